//! Pieces that several pages are made of.

pub(crate) mod answered;
pub(crate) mod archived;
pub(crate) mod bar_chart;
pub(crate) mod counted;
pub(crate) mod field;
pub(crate) mod files;
pub(crate) mod form_field;
pub(crate) mod frame;
pub(crate) mod loaded;
pub(crate) mod moment;
pub(crate) mod picture;
pub(crate) mod problem;
pub(crate) mod record;
pub(crate) mod refusal;
pub(crate) mod session_end;
pub(crate) mod sla_timer;
pub(crate) mod staff_page;
pub(crate) mod ticking;
pub(crate) mod without_scripts;

use leptos::prelude::use_context;

use crate::views::Language;
use crate::words::{Words, words};

/// The texts in the page's language.
pub(crate) fn page_words() -> &'static Words {
    words(use_context::<Language>().unwrap_or_default())
}

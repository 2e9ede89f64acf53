//! The server functions: who is asking, then the call.

pub mod admin;
pub mod inbox;
pub mod people;
pub mod report;
pub mod site;

#[cfg(feature = "ssr")]
mod answer;
#[cfg(feature = "ssr")]
mod asking;

#[cfg(feature = "ssr")]
pub use answer::status_code;
#[cfg(feature = "ssr")]
pub use asking::{
    Unconfirmed, agency, asking, browser_cookie, cookie, known, language_cookie, leave_cookie,
    provider_seed, visitor_of,
};

use leptos::server_fn::codec::JsonEncoding;
use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};

use crate::agency::Refused;

impl FromServerFnError for Refused {
    type Encoder = JsonEncoding;

    /// Whatever goes wrong on the way (no network, a restart, an answer that cannot be read) is the
    /// same for a page: not now. Nothing was changed, or the same draft sent again changes nothing.
    fn from_server_fn_error(_: ServerFnErrorErr) -> Refused {
        Refused::NotNow
    }
}

//! A run's timeline for the staff.

use leptos::prelude::*;

use super::moment::Stamp;
use crate::views::TimelineRow;
use crate::words::record::told;

/// What happened, oldest first.
#[component]
pub(crate) fn Record(rows: Vec<TimelineRow>) -> impl IntoView {
    view! {
        <ol class="hms-record">
            {rows
                .into_iter()
                .map(|row| {
                    view! {
                        <li class="hms-record__row">
                            <Stamp at=row.at/>
                            <span class="hms-record__what">{told(&row)}</span>
                            <span class="hms-record__who">{row.who}</span>
                        </li>
                    }
                })
                .collect_view()}
        </ol>
    }
}

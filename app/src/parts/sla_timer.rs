//! A task's clock: icon, tag and words, counting down.

use leptos::prelude::*;

use super::ticking::Ticking;
use crate::views::SlaClock;
use crate::words::sla::Pace;

/// A task's clock.
#[component]
pub(crate) fn SlaTimer(sla: SlaClock, clock: Ticking) -> impl IntoView {
    let sla = StoredValue::new(sla);
    let pace = Memo::new(move |_| sla.with_value(|sla| sla.pace(clock.now())));
    let words = move || sla.with_value(|sla| sla.words(clock.now()));
    view! {
        <span class=move || format!("hms-timer hms-timer--{}", pace.get().class())>
            <svg class="hms-icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
                <path d=move || picture(pace.get())></path>
            </svg>
            <span class="hms-timer__tag">{move || pace.get().tag()}</span>
            " "
            <span class="hms-timer__words">{words}</span>
        </span>
    }
}

/// A shape for each pace, so that colour is never the only sign: clock, half clock, warning, cross, tick, dash.
fn picture(pace: Pace) -> &'static str {
    match pace {
        Pace::OnTrack => {
            "M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1zm0 2a5 5 0 1 1 0 10A5 5 0 0 1 8 3zm-1 2h2v3h2v2H7z"
        }
        Pace::Half => "M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1zm0 2v10A5 5 0 0 1 8 3z",
        Pace::ThreeQuarters => "M8 1 0 15h16zM7 6h2v4H7zm0 5h2v2H7z",
        Pace::Breached => {
            "M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1zM5.5 4 8 6.5 10.5 4 12 5.5 9.5 8l2.500 2.500L10.500 12 8 9.500 5.500 12 4 10.500 6.500 8 4 5.500z"
        }
        Pace::Met => {
            "M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1zm4.500 4.500L7 11.500l-3.500-3.500L5 6.500l2 2L11 4z"
        }
        Pace::Paused => "M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1zM5.500 5h2v6h-2zm3 0h2v6h-2z",
        Pace::OutsideHours => {
            "M10.500 1.500A7 7 0 1 0 14.500 9.500 5.500 5.500 0 0 1 10.500 1.500z"
        }
        Pace::None => "M2 7h12v2H2z",
    }
}

//! Until when the person is signed in, and a button that makes it longer (WCAG 2.2, 2.2.1). Two minutes before
//! the end it says so; nothing on the page is lost by pressing the button, with scripts or without.

use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::page_words;
use crate::browser::steady_ms;
use crate::functions::people::{read_session, stay_signed_in};
use crate::views::SessionView;
use crate::words::when::clock_time;

/// So long before the end it is said.
const WARN_SECONDS: u32 = 120;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// There is time.
    Long,
    /// It ends soon, and can be made longer.
    Soon,
    /// It ends soon, whatever is done.
    ForGood,
    /// It has ended.
    Ended,
}

/// The sign-in as the page knows it.
#[derive(Clone, Copy)]
struct Known {
    session: RwSignal<SessionView>,
    phase: RwSignal<Phase>,
    /// When it ends, on the browser's steady clock.
    ends_ms: StoredValue<f64>,
    asking: StoredValue<bool>,
}

/// The line below the page.
#[component]
pub(crate) fn SessionEnd(session: SessionView) -> impl IntoView {
    let words = &page_words().people;
    let known = Known {
        session: RwSignal::new(session),
        // What the server writes, the browser hydrates: looked at more closely right after.
        phase: RwSignal::new(Phase::Long),
        ends_ms: StoredValue::new(0.0),
        asking: StoredValue::new(false),
    };
    Effect::new(move |_| {
        known.learn(Some(session));
        let interval = set_interval_with_handle(move || known.tick(), Duration::from_secs(2));
        on_cleanup(move || {
            if let Ok(interval) = interval {
                interval.clear();
            }
        });
    });
    let text = move || {
        let time = clock_time(known.session.get().ends);
        match known.phase.get() {
            Phase::Long => (words.stays)(&time),
            Phase::Soon => (words.ends_soon)(&time),
            Phase::ForGood => (words.ends_for_good)(&time),
            Phase::Ended => words.ended.to_owned(),
        }
    };
    let longer = move || matches!(known.phase.get(), Phase::Long | Phase::Soon);
    view! {
        <section
            class="hms-session"
            class=("hms-session--warn", move || known.phase.get() != Phase::Long)
            aria-label=words.session_label
        >
            <div class="grid-container hms-session__bar">
                <p role="status" class="hms-session__text">{text}</p>
                // In a tab of its own: without scripts this page stays as it is, with what was typed.
                <form method="post" action="/sign-in/stay" target="_blank" class:hms-hidden=move || !longer()>
                    <button
                        class="usa-button usa-button--outline"
                        type="submit"
                        on:click=move |event| {
                            event.prevent_default();
                            known.ask(true);
                        }
                    >
                        {words.stay}
                    </button>
                </form>
                <a
                    class="usa-button usa-button--outline"
                    class:hms-hidden=longer
                    rel="external"
                    target="_blank"
                    href="/sign-in?next=/account"
                >
                    {words.sign_in_new_tab}
                </a>
            </div>
        </section>
    }
}

impl Known {
    fn learn(self, session: Option<SessionView>) {
        let Some(session) = session else {
            self.phase.set(Phase::Ended);
            return;
        };
        self.ends_ms
            .set_value(steady_ms() + f64::from(session.idle_left_seconds) * 1000.0);
        self.session.set(session);
        let phase = if session.idle_left_seconds > WARN_SECONDS {
            Phase::Long
        } else if session.left_seconds > WARN_SECONDS {
            Phase::Soon
        } else {
            Phase::ForGood
        };
        if self.phase.get_untracked() != phase {
            self.phase.set(phase);
        }
    }

    /// Another page may have made it longer: the server is asked before anything is said, and once more
    /// when it should be over.
    fn tick(self) {
        let left_ms = self.ends_ms.get_value() - steady_ms();
        let due = match self.phase.get_untracked() {
            Phase::Long => left_ms <= f64::from(WARN_SECONDS) * 1000.0,
            Phase::Soon | Phase::ForGood => left_ms <= 0.0,
            Phase::Ended => false,
        };
        if due {
            self.ask(false);
        }
    }

    fn ask(self, stay: bool) {
        if self.asking.get_value() && !stay {
            return;
        }
        self.asking.set_value(true);
        spawn_local(async move {
            let answer = match stay {
                true => stay_signed_in().await,
                false => read_session().await,
            };
            // The page may be gone meanwhile.
            if self.asking.try_set_value(false).is_none()
                && let Ok(session) = answer
            {
                self.learn(session);
            }
        });
    }
}

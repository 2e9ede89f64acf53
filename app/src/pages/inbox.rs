//! `/inbox`: the open tasks of my roles, soonest deadline first.
//!
//! The rows stand still while they are read: new work announces itself and is shown when asked for.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use crate::browser::socket::{Line, Live};
use crate::functions::inbox::read_inbox;
use crate::live::Frame;
use crate::parts::counted::Counted;
use crate::parts::loaded::loaded;
use crate::parts::moment::Stamp;
use crate::parts::page_words;
use crate::parts::sla_timer::SlaTimer;
use crate::parts::ticking::Ticking;
use crate::views::{
    COUNTED_MAX, InboxCounts, InboxPlace, InboxQuery, InboxRow, InboxTab, InboxView, Time,
};
use crate::words::when::clock_time_exact;

/// What the live socket tells, whatever tab is shown.
#[derive(Clone, Copy)]
struct Following {
    /// The newest counts heard.
    latest: RwSignal<Option<InboxCounts>>,
    /// How the line is; none until somebody is known to be signed in.
    line: RwSignal<Option<RwSignal<Line>>>,
    /// Workflow time when the line was last heard.
    as_of: RwSignal<Option<Time>>,
    /// The clock of the rows shown.
    clock: RwSignal<Option<Ticking>>,
}

/// The inbox.
#[component]
pub(crate) fn Inbox() -> impl IntoView {
    let query = use_query_map();
    let asked = move || {
        query.with(|query| InboxQuery {
            tab: query
                .get("tab")
                .and_then(|tab| tab.parse().ok())
                .unwrap_or_default(),
            after: query.get("after").and_then(|place| place.parse().ok()),
        })
    };
    let answer = Resource::new_blocking(asked, read_inbox);
    let following = Following {
        latest: RwSignal::new(None),
        line: RwSignal::new(None),
        as_of: RwSignal::new(None),
        clock: RwSignal::new(None),
    };
    let signed_in = Memo::new(move |_| following.clock.with(|clock| clock.is_some()));
    Effect::new(move |_| {
        if signed_in.get() {
            let line = RwSignal::new(Line::Opening);
            following.line.set(Some(line));
            Live::open(
                || "/live/inbox".to_owned(),
                line,
                move |frame| {
                    take_in(frame, following);
                },
            );
        }
    });
    provide_context(following);
    loaded(answer, move |view| {
        let again = Callback::new(move |()| answer.refetch());
        view! { <Rows view again/> }.into_any()
    })
}

fn take_in(frame: Frame, following: Following) {
    let clock = following.clock.get_untracked();
    match frame {
        Frame::Inbox(counts) => {
            following.latest.set(Some(counts));
            following.as_of.set(clock.map(Ticking::now_untracked));
        }
        Frame::Beat(now) => {
            if let Some(clock) = clock {
                clock.set(now);
            }
            following.as_of.set(Some(now.now));
        }
        Frame::Status(_) | Frame::Ended => {}
    }
}

/// The tab shown with its rows.
#[component]
fn Rows(view: InboxView, again: Callback<()>) -> impl IntoView {
    let following = expect_context::<Following>();
    let clock = Ticking::new(view.clock);
    Effect::new(move |_| following.clock.set(Some(clock)));
    let shown = view.counts;
    let tab = view.tab;
    let empty = view.rows.is_empty();
    let (first, next) = (view.first, view.next);
    let rows = view
        .rows
        .into_iter()
        .map(|row| view! { <Row row clock/> })
        .collect_view();
    view! {
        <Title text="Inbox"/>
        <div class="grid-container hms-inbox">
            <h1 id="page-title" tabindex="-1">"Inbox"</h1>
            <Tabs tab shown/>
            <News tab shown again/>
            {if empty && !first {
                view! { <p class="hms-empty">{page_words().lists.no_more}</p> }.into_any()
            } else if empty {
                view! { <Empty tab/> }.into_any()
            } else {
                view! {
                    <div class="hms-table-frame">
                        <table class="usa-table usa-table--borderless hms-table">
                            <caption class="usa-sr-only">{tab_name(tab)} {tab_order(tab)}</caption>
                            <thead>
                                <tr>
                                    <th scope="col">"Case"</th>
                                    <th scope="col">"Time"</th>
                                    <th scope="col">"Severity"</th>
                                    <th scope="col">"Step"</th>
                                    <th scope="col">"Who has it"</th>
                                    <th scope="col">"Opened (UTC)"</th>
                                </tr>
                            </thead>
                            <tbody>{rows}</tbody>
                        </table>
                    </div>
                }
                    .into_any()
            }}
            <Pages tab first next/>
        </div>
    }
}

fn tab_name(tab: InboxTab) -> &'static str {
    match tab {
        InboxTab::Unassigned => "Unassigned",
        InboxTab::Mine => "Mine",
        InboxTab::Team => "Team",
        InboxTab::Escalated => "Escalated",
        InboxTab::Done => "Done",
    }
}

fn tab_order(tab: InboxTab) -> &'static str {
    match tab {
        InboxTab::Done => " tasks, closed last first",
        _ => " tasks, soonest deadline first",
    }
}

/// The ways to the other rows of a long tab.
#[component]
fn Pages(tab: InboxTab, first: bool, next: Option<InboxPlace>) -> impl IntoView {
    let words = &page_words().lists;
    let back = match tab {
        InboxTab::Done => words.first_closed,
        _ => words.first,
    };
    let address = format!("/inbox?tab={}", tab.as_str());
    (!first || next.is_some()).then(|| {
        let next = next.map(|place| {
            let to = format!("{address}&after={place}");
            view! { <a class="usa-button usa-button--outline" href=to>{words.next}</a> }
        });
        let back = (!first).then(|| {
            view! { <a class="usa-button usa-button--outline" href=address>{back}</a> }
        });
        view! { <nav aria-label=words.pages class="hms-pages">{next} " " {back}</nav> }
    })
}

fn count(counts: InboxCounts, tab: InboxTab) -> Option<u64> {
    match tab {
        InboxTab::Unassigned => Some(counts.unassigned),
        InboxTab::Mine => Some(counts.mine),
        InboxTab::Team => Some(counts.team),
        InboxTab::Escalated => Some(counts.escalated),
        InboxTab::Done => None,
    }
}

/// The tabs with their counts, which follow the live socket.
#[component]
fn Tabs(tab: InboxTab, shown: InboxCounts) -> impl IntoView {
    let following = expect_context::<Following>();
    let tabs = InboxTab::ALL
        .into_iter()
        .map(|other| {
            let number = move || {
                count(following.latest.get().unwrap_or(shown), other)
                    .map(|open| view! { " " <span class="hms-tabs__count"><Counted open/></span> })
            };
            view! {
                <li>
                    <a
                        href=format!("/inbox?tab={}", other.as_str())
                        aria-current=(other == tab).then_some("page")
                    >
                        {tab_name(other)}
                        {number}
                    </a>
                </li>
            }
        })
        .collect_view();
    view! {
        <nav aria-label="Tasks">
            <ul class="hms-tabs">{tabs}</ul>
        </nav>
    }
}

/// New work and a lost line announce themselves here.
#[component]
fn News(tab: InboxTab, shown: InboxCounts, again: Callback<()>) -> impl IntoView {
    let following = expect_context::<Following>();
    let line = move || following.line.get().map(|line| line.get());
    let stale = move || match line() {
        Some(Line::Lost) => {
            let as_of = following.as_of.get_untracked().map(clock_time_exact);
            format!("Reconnecting – as of {}", as_of.unwrap_or_default())
        }
        Some(Line::Ended) => "Your sign-in has ended. Sign in again to go on.".to_owned(),
        _ => String::new(),
    };
    let changed = Memo::new(move |_| {
        let latest = following.latest.get()?;
        if latest.seq <= shown.seq {
            return None;
        }
        let latest = count(latest, tab).unwrap_or(0);
        // Of what was not counted to its end nobody knows how many are new.
        let more = match latest {
            0..=COUNTED_MAX => latest.saturating_sub(count(shown, tab).unwrap_or(0)),
            _ => 0,
        };
        Some(if more > 0 {
            format!("{more} new, show")
        } else {
            "This list has changed, show".to_owned()
        })
    });
    view! {
        <div class="hms-news">
            <p role="status" class="hms-news__line">
                {stale}
                {move || {
                    changed
                        .get()
                        .map(|text| {
                            view! {
                                <button
                                    class="usa-button usa-button--outline"
                                    type="button"
                                    on:click=move |_| again.run(())
                                >
                                    {text}
                                </button>
                            }
                        })
                }}
            </p>
            <p class="hms-without-scripts">
                "This page loads again every 30 seconds. " <a rel="external" href="?reload=off">"Stop that"</a>
            </p>
        </div>
    }
}

/// Nothing to do here.
#[component]
fn Empty(tab: InboxTab) -> impl IntoView {
    let text = match tab {
        InboxTab::Unassigned => "Nothing waits to be taken.",
        InboxTab::Mine => "You have no open task. Take one from Unassigned.",
        InboxTab::Team => "Nobody of your team has an open task.",
        InboxTab::Escalated => "No deadline was missed.",
        InboxTab::Done => "Nothing was closed lately.",
    };
    view! {
        <div class="hms-empty">
            <p class="hms-empty__title">"All clear"</p>
            <p>{text}</p>
        </div>
    }
}

#[component]
fn Row(row: InboxRow, clock: Ticking) -> impl IntoView {
    let holder = match row.held_by {
        Some(held) if held.me => "You".to_owned(),
        Some(held) => held.name,
        None => "Nobody".to_owned(),
    };
    view! {
        <tr>
            <th scope="row" data-label="Case">
                <a href=format!("/inbox/{}", row.id)>{row.case}</a>
            </th>
            <td data-label="Time"><SlaTimer sla=row.sla clock/></td>
            <td data-label="Severity"><Severity severity=row.severity/></td>
            <td data-label="Step">{row.title}</td>
            <td data-label="Who has it">{holder}</td>
            <td data-label="Opened (UTC)"><Stamp at=row.created/></td>
        </tr>
    }
}

/// The label of a case.
#[component]
pub(crate) fn Severity(severity: Option<String>) -> impl IntoView {
    match severity {
        None => view! { <span class="hms-none">"None"</span> }.into_any(),
        Some(severity) => {
            let class = if severity.eq_ignore_ascii_case("high") {
                "usa-tag hms-tag--high"
            } else {
                "usa-tag hms-tag--plain"
            };
            view! { <span class=class>{severity}</span> }.into_any()
        }
    }
}

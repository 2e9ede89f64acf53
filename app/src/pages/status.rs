//! `/status/{number}`: where a report stands, live.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_params_map, use_query_map};

use crate::agency::Refused;
use crate::browser::socket::{Line, Live};
use crate::functions::report::read_status;
use crate::live::Frame;
use crate::pages::find::FindForm;
use crate::pages::moved_out::ReportMovedOut;
use crate::parts::files::FileLinks;
use crate::parts::moment::Moment;
use crate::parts::page_words;
use crate::parts::refusal::Refusal;
use crate::parts::ticking::Ticking;
use crate::parts::without_scripts::WithoutScripts;
use crate::posted::FindPosted;
use crate::views::{ReportState, StatusEvent, StatusStep, StatusView, Time};
use crate::words::when::{clock_time_exact, machine};

/// A report's page. Who has not shown its receipt in this browser is asked for it here: whether there
/// is such a report is told to nobody else.
#[component]
pub(crate) fn Status() -> impl IntoView {
    let params = use_params_map();
    let number = move || params.with(|params| params.get("number").unwrap_or_default());
    let answer = Resource::new_blocking(number, read_status);
    let loading = page_words().site.loading;
    view! {
        <Transition fallback=move || view! { <p class="hms-loading">{loading} "…"</p> }>
            {move || {
                let number = number();
                Suspend::new(async move {
                    match answer.await {
                        Ok(report) => view! { <Shown report/> }.into_any(),
                        Err(Refused::SignIn | Refused::NotFound) => {
                            let posted = FindPosted { number, ..FindPosted::default() };
                            view! { <FindForm posted needed=true/> }.into_any()
                        }
                        Err(Refused::MovedOut(case)) => {
                            view! { <ReportMovedOut number case/> }.into_any()
                        }
                        Err(refused) => view! { <Refusal refused/> }.into_any(),
                    }
                })
            }}
        </Transition>
    }
}

/// What the page follows.
#[derive(Clone, Copy)]
struct Following {
    report: RwSignal<StatusView>,
    clock: Ticking,
    line: RwSignal<Line>,
    /// Workflow time when the line was last heard.
    as_of: RwSignal<Time>,
    /// The newest change, for people who do not see the page change.
    news: RwSignal<String>,
}

/// A report, kept up to date.
#[component]
fn Shown(report: StatusView) -> impl IntoView {
    let words = &page_words().status;
    let number = report.number.clone();
    let title = (words.title)(&number);
    let service = report.service.clone();
    let files_of = number.clone();
    let following = Following {
        clock: Ticking::new(report.clock),
        as_of: RwSignal::new(report.clock.now),
        report: RwSignal::new(report),
        line: RwSignal::new(Line::Opening),
        news: RwSignal::new(String::new()),
    };
    view! {
        <Title text=title.clone()/>
        <div class="grid-container hms-status">
            <h1 id="page-title" tabindex="-1">{title}</h1>
            {service.map(|service| view! { <p class="usa-intro">{service}</p> })}
            <Summary following/>
            <Received/>
            <LiveBar number=number.clone() following/>
            <WithoutScripts/>
            <Current following/>
            <AddLink number following/>
            <Timeline following/>
            <Files number=files_of following/>
        </div>
    }
}

/// The files that came with it. They do not change.
#[component]
fn Files(number: String, following: Following) -> impl IntoView {
    let files = following
        .report
        .with_untracked(|report| report.files.clone());
    (!files.is_empty()).then(|| {
        view! {
            <section aria-labelledby="files">
                <h2 id="files">{page_words().status.files_title}</h2>
                <FileLinks files at=format!("/status/{number}/files")/>
            </section>
        }
    })
}

/// Where it stands as a whole, and since when it is here.
#[component]
fn Summary(following: Following) -> impl IntoView {
    let words = &page_words().status;
    let state = Memo::new(move |_| following.report.with(|report| report.state));
    let received = following.report.with_untracked(|report| report.received);
    view! {
        <div class=move || format!("usa-alert usa-alert--{} hms-state", state_class(state.get()))>
            <div class="usa-alert__body">
                <h2 class="usa-alert__heading">
                    {move || words.states[state.get() as usize]}
                </h2>
                <p class="usa-alert__text">{words.received} ": " <Moment at=received/></p>
            </div>
        </div>
    }
}

fn state_class(state: ReportState) -> &'static str {
    match state {
        ReportState::Open => "info",
        ReportState::Held | ReportState::Cancelled => "warning",
        ReportState::Finished => "success",
    }
}

/// How the line is, the clock, and the button that pauses. Its text is read out when it changes; the
/// ticking clock stands outside of it.
#[component]
fn LiveBar(number: String, following: Following) -> impl IntoView {
    let words = &page_words().status;
    let able = RwSignal::new(false);
    // What the person wants; the effect below, which runs in the browser only, does it. Nothing that
    // belongs to one thread is made while the server renders.
    let wants_pause = RwSignal::new(false);
    Effect::new(move |opened: Option<Live>| {
        let pause = wants_pause.get();
        let Some(live) = opened else {
            able.set(true);
            let number = number.clone();
            let path = move || {
                let after = following.report.with_untracked(|report| report.seq);
                format!("/live/status/{number}?after={after}")
            };
            return Live::open(path, following.line, move |frame| take_in(frame, following));
        };
        if pause {
            live.pause()
        } else {
            live.resume()
        }
        live
    });
    let paused = Memo::new(move |_| following.line.get() == Line::Paused);
    let toggle = move |_| wants_pause.set(!paused.get_untracked());
    let said = move || match following.line.get() {
        Line::Opening => String::new(),
        Line::Live => words.live.to_owned(),
        Line::Paused => words.paused.to_owned(),
        Line::Lost => (words.reconnecting)(&clock_time_exact(following.as_of.get_untracked())),
        Line::Ended => words.ended.to_owned(),
    };
    view! {
        <div class="hms-live">
            <p class="hms-live__clock">
                {words.clock_title} ": "
                <time datetime=move || machine(following.clock.now())>
                    {move || clock_time_exact(following.clock.now())} " UTC"
                </time>
            </p>
            <p role="status" class="hms-live__line" data-line=move || line_name(following.line.get())>
                <span>{said}</span>
                " "
                <span>{move || following.news.get()}</span>
            </p>
            {move || {
                (able.get() && following.line.get() != Line::Ended)
                    .then(|| {
                        view! {
                            <button class="usa-button usa-button--outline" type="button" on:click=toggle>
                                {move || if paused.get() { words.resume } else { words.pause }}
                            </button>
                        }
                    })
            }}
        </div>
    }
}

fn line_name(line: Line) -> &'static str {
    match line {
        Line::Opening => "opening",
        Line::Live => "live",
        Line::Lost => "lost",
        Line::Paused => "paused",
        Line::Ended => "ended",
    }
}

fn take_in(frame: Frame, following: Following) {
    match frame {
        Frame::Status(report) => {
            following.clock.set(report.clock);
            following.as_of.set(report.clock.now);
            let newer = following
                .report
                .with_untracked(|shown| report.seq > shown.seq);
            if newer {
                let words = &page_words().status;
                if let Some(last) = report.events.last() {
                    let told = (words.happened)(&last.what);
                    following.news.set((words.changed)(&told));
                }
                following.report.set(*report);
            }
        }
        Frame::Beat(clock) => {
            following.clock.set(clock);
            following.as_of.set(clock.now);
        }
        Frame::Inbox(_) | Frame::Ended => {}
    }
}

/// Says that what was added has come, after it was sent.
#[component]
fn Received() -> impl IntoView {
    let added = use_query_map().with_untracked(|query| query.get("added").is_some());
    added.then(|| {
        view! {
            <div class="usa-alert usa-alert--success">
                <div class="usa-alert__body">
                    <p class="usa-alert__text">{page_words().add.received}</p>
                </div>
            </div>
        }
    })
}

/// The way to add to the report, while that can be done.
#[component]
fn AddLink(number: String, following: Following) -> impl IntoView {
    let may_add = Memo::new(move |_| following.report.with(|report| report.may_add));
    view! {
        {move || {
            let href = format!("/status/{number}/add");
            may_add
                .get()
                .then(|| {
                    view! {
                        <p>
                            <a class="usa-button usa-button--outline" rel="external" href=href>
                                {page_words().add.link}
                            </a>
                        </p>
                    }
                })
        }}
    }
}

/// What is being done now: who has it, and the promised time.
#[component]
fn Current(following: Following) -> impl IntoView {
    let words = &page_words().status;
    let steps = Memo::new(move |_| following.report.with(|report| report.current.clone()));
    view! {
        <section aria-labelledby="now">
            <h2 id="now">{words.now_title}</h2>
            {move || {
                let steps = steps.get();
                let none = steps.is_empty().then(|| view! { <p>{words.none_now}</p> });
                let steps = steps
                    .into_iter()
                    .map(|step| view! { <CurrentStep step clock=following.clock /> })
                    .collect_view();
                view! {
                    {none}
                    {steps}
                }
            }}
        </section>
    }
}

#[component]
fn CurrentStep(step: StatusStep, clock: Ticking) -> impl IntoView {
    let words = &page_words().status;
    let when = &page_words().when;
    let stopped = step
        .paused
        .as_ref()
        .map(|pause| (words.stopped)(&pause.reason, pause.for_reporter));
    let promise = match step.promised {
        None => {
            let why = stopped
                .clone()
                .unwrap_or_else(|| words.no_promise.to_owned());
            view! { <dd>{why}</dd> }.into_any()
        }
        Some(promised) => {
            let relative = move || {
                let left = promised - clock.now();
                if left.num_seconds() > 0 {
                    (words.remaining)(&when.duration(left))
                } else {
                    (words.past)(&when.duration(left))
                }
            };
            let late = move || {
                (step.late || clock.now() >= promised)
                    .then(|| view! { <strong class="hms-late">{words.late}</strong> " " })
            };
            view! {
                <dd>
                    {late}
                    <time datetime=machine(promised)>{(words.promised_by)(&when.moment(promised))}</time>
                    ", "
                    <span class="hms-countdown">{relative}</span>
                </dd>
            }
            .into_any()
        }
    };
    view! {
        <div class="hms-now">
            <h3>{step.title}</h3>
            <dl>
                <dt>{words.who}</dt>
                <dd>{(words.holder)(&step.holder)}</dd>
                <dt>{words.since}</dt>
                <dd><Moment at=step.since/></dd>
                <dt>{words.promised}</dt>
                {promise}
            </dl>
        </div>
    }
}

/// What happened so far. The newest is last, as it happened.
#[component]
fn Timeline(following: Following) -> impl IntoView {
    let words = &page_words().status;
    let events = Memo::new(move |_| following.report.with(|report| report.events.clone()));
    view! {
        <section aria-labelledby="timeline">
            <h2 id="timeline">{words.timeline_title}</h2>
            <ol class="hms-timeline">
                {move || {
                    events
                        .get()
                        .into_iter()
                        .map(|event| view! { <TimelineItem event/> })
                        .collect_view()
                }}
            </ol>
        </section>
    }
}

#[component]
fn TimelineItem(event: StatusEvent) -> impl IntoView {
    use crate::views::Happened;
    let words = &page_words().status;
    let kind = match &event.what {
        Happened::Missed { .. } | Happened::Held | Happened::Paused { .. } => "late",
        Happened::Finished
        | Happened::Done { .. }
        | Happened::Resumed
        | Happened::Continued { .. } => "done",
        Happened::Cancelled => "ended",
        Happened::Received
        | Happened::Added { .. }
        | Happened::Began { .. }
        | Happened::Taken { .. }
        | Happened::Extended { .. }
        | Happened::Moved { .. }
        | Happened::Revised { .. } => "plain",
    };
    let more = match &event.what {
        Happened::Began {
            holder, promised, ..
        } => {
            let holder = (words.holder)(holder);
            let promised = promised.map(|promised| {
                view! {
                    ". " {words.promised} " "
                    {(words.promised_by)(&page_words().when.moment(promised))}
                }
            });
            Some(view! { <p class="hms-timeline__more">{holder} {promised}</p> }.into_any())
        }
        Happened::Continued { promised, .. }
        | Happened::Extended { promised, .. }
        | Happened::Moved { promised, .. }
        | Happened::Revised { promised, .. } => promised.map(|promised| {
            view! {
                <p class="hms-timeline__more">
                    {words.promised} " " {(words.promised_by)(&page_words().when.moment(promised))}
                </p>
            }
            .into_any()
        }),
        Happened::Added { text } => {
            let text = text.clone();
            Some(view! { <p class="hms-timeline__more hms-answer">{text}</p> }.into_any())
        }
        _ => None,
    };
    view! {
        <li class=format!("hms-timeline__item hms-timeline__item--{kind}")>
            <p class="hms-timeline__what">{(words.happened)(&event.what)}</p>
            {more}
            <p class="hms-timeline__when"><Moment at=event.at/></p>
        </li>
    }
}

//! `/admin`: how many deadlines were met, by step and by day.

use chrono::NaiveDate;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use crate::agency::SlaAsked;
use crate::functions::admin::{read_sla_report, read_workflows};
use crate::parts::bar_chart::BarChart;
use crate::parts::loaded::loaded;
use crate::parts::problem::{Problem, Wrong};
use crate::parts::staff_page::StaffPage;
use crate::views::{AcceptFigures, SlaFigures, SlaReport, WorkflowRow, counted};
use crate::words::when::{day, short_ms};

/// The SLA report.
#[component]
pub(crate) fn Sla() -> impl IntoView {
    let query = use_query_map();
    let asked = Memo::new(move |_| {
        query.with(|query| {
            let text = |name: &str| query.get(name).filter(|text| !text.is_empty());
            asked(text("from"), text("to"), text("workflow"))
        })
    });
    let answer = Resource::new_blocking(move || asked.get().unwrap_or_default(), read_sla_report);
    let definitions = Resource::new_blocking(|| (), |()| read_workflows());
    loaded(answer, move |report| {
        let asked = asked.get_untracked();
        let wrong: Vec<Wrong> = asked
            .as_ref()
            .err()
            .map(|(field, text)| Wrong {
                field: Some((*field).to_owned()),
                text: (*text).to_owned(),
            })
            .into_iter()
            .collect();
        let workflow = asked.ok().and_then(|asked| asked.workflow);
        view! {
            <StaffPage title="SLA report" error=!wrong.is_empty()>
                <Problem wrong/>
                <Shown report workflow/>
                <Transition>
                    {move || Suspend::new(async move {
                        definitions.await.ok().map(|rows| view! { <Definitions rows/> })
                    })}
                </Transition>
            </StaffPage>
        }
        .into_any()
    })
}

/// What the address asks for. A date that is none says so and asks for nothing.
fn asked(
    from: Option<String>,
    to: Option<String>,
    workflow: Option<String>,
) -> Result<SlaAsked, (&'static str, &'static str)> {
    const WRONG: &str = "Enter a date like 2024-05-14";
    let day = |text: Option<String>, field| match text {
        Some(text) => date(&text).map(Some).ok_or((field, WRONG)),
        None => Ok(None),
    };
    let (from, to) = (day(from, "from")?, day(to, "to")?);
    if from.zip(to).is_some_and(|(from, to)| from > to) {
        return Err(("from", "The first day must not be after the last day"));
    }
    Ok(SlaAsked { from, to, workflow })
}

/// `2024-05-14`, and nothing else.
pub(super) fn date(text: &str) -> Option<NaiveDate> {
    let mut pieces = text.split('-');
    let year = pieces.next()?.parse().ok()?;
    let month = pieces.next()?.parse().ok()?;
    let day = pieces.next()?.parse().ok()?;
    if pieces.next().is_some() {
        return None;
    }
    NaiveDate::from_ymd_opt(year, month, day)
}

#[component]
fn Shown(report: SlaReport, workflow: Option<String>) -> impl IntoView {
    let csv = {
        let mut address = format!(
            "/admin/sla.csv?from={}&to={}",
            day(report.from),
            day(report.to)
        );
        if let Some(workflow) = &workflow {
            address.push_str(&format!("&workflow={workflow}"));
        }
        address
    };
    let steps = report
        .steps
        .iter()
        .map(|row| {
            view! {
                <tr>
                    <th scope="row" data-label="Step">{row.title.clone()} <br/> <code>{row.workflow.clone()} " / " {row.step.clone()}</code></th>
                    <Figures figures=row.figures/>
                </tr>
            }
        })
        .collect_view();
    let days = report
        .days
        .iter()
        .rev()
        .map(|row| {
            view! {
                <tr>
                    <th scope="row" data-label="Day">{day(row.day)}</th>
                    <td data-label="Compliance" class="hms-number">{compliance(&row.figures)}</td>
                    <td data-label="Met" class="hms-number">{row.figures.met}</td>
                    <td data-label="Breached" class="hms-number">{row.figures.breached}</td>
                    <td data-label="Cancelled" class="hms-number">{row.figures.cancelled}</td>
                    <td data-label="Half finished within" class="hms-number">{length(row.figures.p50_ms)}</td>
                    <td data-label="9 of 10 within" class="hms-number">{length(row.figures.p90_ms)}</td>
                    <td data-label="95 of 100 within" class="hms-number">{length(row.figures.p95_ms)}</td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <Range report=report.clone() workflow/>
        <Totals total=report.total/>
        <p><a class="usa-button usa-button--outline" rel="external" download=true href=csv>"Download as CSV"</a></p>
        <h2>"Time to finish, by step"</h2>
        <div class="hms-table-frame">
            <table class="usa-table usa-table--borderless hms-table">
                <caption class="usa-sr-only">"SLA figures by step"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Step"</th>
                        <th scope="col" class="hms-number">"Compliance"</th>
                        <th scope="col" class="hms-number">"Met"</th>
                        <th scope="col" class="hms-number">"Breached"</th>
                        <th scope="col" class="hms-number">"Open"</th>
                        <th scope="col" class="hms-number">"Open, breached"</th>
                        <th scope="col" class="hms-number">"Cancelled"</th>
                        <th scope="col" class="hms-number">"Half finished within"</th>
                        <th scope="col" class="hms-number">"9 of 10 within"</th>
                        <th scope="col" class="hms-number">"95 of 100 within"</th>
                    </tr>
                </thead>
                <tbody>{steps}</tbody>
            </table>
        </div>
        <Accepted report=report.clone()/>
        <h2>"By day"</h2>
        <BarChart days=report.days.clone()/>
        <details class="hms-details">
            <summary>"The same as a table"</summary>
            <div class="hms-table-frame">
                <table class="usa-table usa-table--borderless hms-table">
                    <caption class="usa-sr-only">"SLA figures by day, newest first"</caption>
                    <thead>
                        <tr>
                            <th scope="col">"Day (UTC)"</th>
                            <th scope="col" class="hms-number">"Compliance"</th>
                            <th scope="col" class="hms-number">"Met"</th>
                            <th scope="col" class="hms-number">"Breached"</th>
                            <th scope="col" class="hms-number">"Cancelled"</th>
                            <th scope="col" class="hms-number">"Half finished within"</th>
                            <th scope="col" class="hms-number">"9 of 10 within"</th>
                            <th scope="col" class="hms-number">"95 of 100 within"</th>
                        </tr>
                    </thead>
                    <tbody>{days}</tbody>
                </table>
            </div>
        </details>
    }
}

/// The days and the workflow, in the address.
#[component]
fn Range(report: SlaReport, workflow: Option<String>) -> impl IntoView {
    let options = report
        .workflows
        .iter()
        .map(|id| {
            let selected = workflow.as_deref() == Some(id.as_str());
            view! { <option value=id.clone() selected=selected>{id.clone()}</option> }
        })
        .collect_view();
    view! {
        <form class="hms-filter" method="get" action="/admin">
            <div>
                <label class="usa-label" for="from">"From (UTC)"</label>
                <input class="usa-input" type="date" id="from" name="from" value=day(report.from)/>
            </div>
            <div>
                <label class="usa-label" for="to">"To, included"</label>
                <input class="usa-input" type="date" id="to" name="to" value=day(report.to)/>
            </div>
            <div>
                <label class="usa-label" for="workflow">"Workflow"</label>
                <select class="usa-select" id="workflow" name="workflow">
                    <option value="">"All"</option>
                    {options}
                </select>
            </div>
            <button class="usa-button" type="submit">"Show"</button>
        </form>
    }
}

/// The figures over everything; the counts lead to the runs behind them.
#[component]
fn Totals(total: SlaFigures) -> impl IntoView {
    let cards = [
        ("Compliance", compliance(&total), None),
        ("Met", total.met.to_string(), None),
        (
            "Breached",
            total.breached.to_string(),
            Some("/admin/runs?filter=breached"),
        ),
        (
            "Open now",
            counted(total.open),
            Some("/admin/runs?filter=running"),
        ),
        ("Open now, breached", counted(total.open_breached), None),
        (
            "Cancelled",
            total.cancelled.to_string(),
            Some("/admin/runs?filter=cancelled"),
        ),
        ("Half finished within", length(total.p50_ms), None),
        ("9 of 10 within", length(total.p90_ms), None),
        ("95 of 100 within", length(total.p95_ms), None),
    ]
    .into_iter()
    .map(|(name, number, link)| {
        let number = match link {
            Some(link) => view! { <a href=link>{number}</a> }.into_any(),
            None => number.into_any(),
        };
        view! {
            <div class="hms-figure">
                <dt>{name}</dt>
                <dd>{number}</dd>
            </div>
        }
    })
    .collect_view();
    view! { <dl class="hms-figures">{cards}</dl> }
}

#[component]
fn Figures(figures: SlaFigures) -> impl IntoView {
    view! {
        <td data-label="Compliance" class="hms-number">{compliance(&figures)}</td>
        <td data-label="Met" class="hms-number">{figures.met}</td>
        <td data-label="Breached" class="hms-number">{figures.breached}</td>
        <td data-label="Open" class="hms-number">{counted(figures.open)}</td>
        <td data-label="Open, breached" class="hms-number">{counted(figures.open_breached)}</td>
        <td data-label="Cancelled" class="hms-number">{figures.cancelled}</td>
        <td data-label="Half finished within" class="hms-number">{length(figures.p50_ms)}</td>
        <td data-label="9 of 10 within" class="hms-number">{length(figures.p90_ms)}</td>
        <td data-label="95 of 100 within" class="hms-number">{length(figures.p95_ms)}</td>
    }
}

/// How long tasks waited for their first claim, over everything, by step and by day.
#[component]
fn Accepted(report: SlaReport) -> impl IntoView {
    let Some(total) = report.total.accept else {
        return view! {
            <h2>"Time to accept"</h2>
            <p>"No task of these days had a time by which somebody must accept it."</p>
        }
        .into_any();
    };
    let steps = report.steps.iter().filter_map(|row| {
        let figures = row.figures.accept?;
        let name = view! {
            <th scope="row" data-label="Step">{row.title.clone()} <br/> <code>{row.workflow.clone()} " / " {row.step.clone()}</code></th>
        };
        Some(view! { <tr>{name} <AcceptCells figures/></tr> })
    });
    let days = report.days.iter().rev().filter_map(|row| {
        let figures = row.figures.accept?;
        Some(view! {
            <tr>
                <th scope="row" data-label="Day">{day(row.day)}</th>
                <AcceptCells figures/>
            </tr>
        })
    });
    view! {
        <h2>"Time to accept"</h2>
        <dl class="hms-figures">
            <Figure name="Compliance" number=percent(total.compliance())/>
            <Figure name="Accepted in time" number=total.met.to_string()/>
            <Figure name="Too late" number=total.breached.to_string()/>
            <Figure name="Cancelled" number=total.cancelled.to_string()/>
            <Figure name="Half accepted within" number=length(total.p50_ms)/>
            <Figure name="9 of 10 within" number=length(total.p90_ms)/>
            <Figure name="95 of 100 within" number=length(total.p95_ms)/>
        </dl>
        <AcceptTable first="Step" caption="Time to accept by step" rows=steps.collect_view().into_any()/>
        <details class="hms-details">
            <summary>"The same by day"</summary>
            <AcceptTable first="Day (UTC)" caption="Time to accept by day, newest first" rows=days.collect_view().into_any()/>
        </details>
    }
    .into_any()
}

/// One figure of a report.
#[component]
fn Figure(name: &'static str, number: String) -> impl IntoView {
    view! {
        <div class="hms-figure">
            <dt>{name}</dt>
            <dd>{number}</dd>
        </div>
    }
}

#[component]
fn AcceptTable(first: &'static str, caption: &'static str, rows: AnyView) -> impl IntoView {
    view! {
        <div class="hms-table-frame">
            <table class="usa-table usa-table--borderless hms-table">
                <caption class="usa-sr-only">{caption}</caption>
                <thead>
                    <tr>
                        <th scope="col">{first}</th>
                        <th scope="col" class="hms-number">"Compliance"</th>
                        <th scope="col" class="hms-number">"In time"</th>
                        <th scope="col" class="hms-number">"Too late"</th>
                        <th scope="col" class="hms-number">"Cancelled"</th>
                        <th scope="col" class="hms-number">"Half accepted within"</th>
                        <th scope="col" class="hms-number">"9 of 10 within"</th>
                        <th scope="col" class="hms-number">"95 of 100 within"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}

#[component]
fn AcceptCells(figures: AcceptFigures) -> impl IntoView {
    view! {
        <td data-label="Compliance" class="hms-number">{percent(figures.compliance())}</td>
        <td data-label="In time" class="hms-number">{figures.met}</td>
        <td data-label="Too late" class="hms-number">{figures.breached}</td>
        <td data-label="Cancelled" class="hms-number">{figures.cancelled}</td>
        <td data-label="Half accepted within" class="hms-number">{length(figures.p50_ms)}</td>
        <td data-label="9 of 10 within" class="hms-number">{length(figures.p90_ms)}</td>
        <td data-label="95 of 100 within" class="hms-number">{length(figures.p95_ms)}</td>
    }
}

fn compliance(figures: &SlaFigures) -> String {
    percent(figures.compliance())
}

fn percent(share: Option<f64>) -> String {
    share.map_or_else(|| "–".to_owned(), |share| format!("{:.1} %", share * 100.0))
}

fn length(ms: Option<u64>) -> String {
    ms.map_or_else(|| "–".to_owned(), short_ms)
}

/// The definitions in force.
#[component]
fn Definitions(rows: Vec<WorkflowRow>) -> impl IntoView {
    let rows = rows
        .into_iter()
        .map(|row| {
            view! {
                <li>
                    <a href=format!("/admin/workflows/{}", row.id)>{row.title}</a>
                    {format!(" – starts on {}, {} open", row.start, counted(row.open))}
                </li>
            }
        })
        .collect_view();
    view! {
        <h2>"Workflows"</h2>
        <ul class="usa-list">{rows}</ul>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_asks_for_days() {
        let text = |text: &str| Some(text.to_owned());
        let good = asked(text("2024-05-01"), text("2024-05-14"), None);
        let said = good.expect("two dates");
        let now = "2024-06-20T08:00:00Z".parse().expect("a moment");
        let query = said.at(now);
        assert_eq!(
            (day(query.from), day(query.to)),
            ("2024-05-01".to_owned(), "2024-05-14".to_owned())
        );
        // What is not said is not lost with what is.
        for (from, to, first, last) in [
            (None, None, "2024-05-22", "2024-06-20"),
            (None, text("2024-05-14"), "2024-04-15", "2024-05-14"),
            (text("2024-06-01"), None, "2024-06-01", "2024-06-20"),
        ] {
            let query = asked(from, to, text("FOIA")).expect("dates").at(now);
            assert_eq!(
                (day(query.from).as_str(), day(query.to).as_str()),
                (first, last)
            );
            assert_eq!(query.workflow.as_deref(), Some("FOIA"));
        }
        assert_eq!(
            asked(text("yesterday"), text("2024-05-14"), None)
                .expect_err("no date")
                .0,
            "from"
        );
        assert_eq!(
            asked(text("2024-05-01"), text("2024-02-30"), None)
                .expect_err("no such day")
                .0,
            "to"
        );
        assert!(asked(text("2024-05-14"), text("2024-05-01"), None).is_err());
    }
}

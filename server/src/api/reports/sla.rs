use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use chrono::{Days, NaiveDate};
use serde_json::{Value, json};

use super::super::Api;
use super::super::params::Params;
use super::super::problem::{Kind, Problem};
use super::figures::Sum;
use crate::store::{SlaDay, SlaOpen};

/// Days without `from`, and at most.
const DAYS: (u64, i64) = (30, 3660);

/// `GET /reports/sla?from=&to=&workflow=[&format=csv]`: SLA outcomes of whole UTC days, both ends
/// included; without dates the last 30 days. What is open now is counted whatever the range.
pub(in crate::api) async fn sla(
    State(api): State<Api>,
    mut params: Params,
) -> Result<Response, Problem> {
    let today = api.orchestrator.now().date_naive();
    let to = params.read::<NaiveDate>("to")?.unwrap_or(today);
    let from = params
        .read::<NaiveDate>("from")?
        .or_else(|| to.checked_sub_days(Days::new(DAYS.0 - 1)))
        .unwrap_or(to);
    let workflow = params.text("workflow")?;
    let format = params.words("format", &["json", "csv"], |word| *word)?;
    params.done()?;
    if from > to || (to - from).num_days() >= DAYS.1 {
        return Err(Problem::new(
            Kind::Parameter,
            format!("from: use a day up to {to}, at most {} days.", DAYS.1),
        ));
    }
    let shelf = api.orchestrator.shelf();
    let days = shelf.sla_days(from, to, workflow.as_deref()).await?;
    let open = shelf.sla_open(workflow.as_deref()).await?;
    if format == ["csv"] {
        let name = format!("attachment; filename=\"sla-{from}-{to}.csv\"");
        let headers = [
            (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
            (header::CONTENT_DISPOSITION, name),
        ];
        return Ok((headers, csv(&days)).into_response());
    }
    let mut report = report(&days, &open);
    report["from"] = json!(from);
    report["to"] = json!(to);
    report["workflow"] = json!(workflow);
    Ok(Json(report).into_response())
}

fn report(days: &[SlaDay], open: &[SlaOpen]) -> Value {
    let mut total = Sum::default();
    let mut steps: BTreeMap<(&str, &str), Sum> = BTreeMap::new();
    let mut by_day: BTreeMap<NaiveDate, Sum> = BTreeMap::new();
    for day in days {
        total.day(day);
        steps
            .entry((&day.workflow, &day.step_id))
            .or_default()
            .day(day);
        by_day.entry(day.day).or_default().day(day);
    }
    for open in open {
        total.open(open);
        steps
            .entry((&open.workflow, &open.step_id))
            .or_default()
            .open(open);
    }
    let steps = steps.iter().map(|((workflow, step), sum)| {
        json!({"workflow": workflow, "step": step, "figures": sum.json()})
    });
    let by_day = by_day.iter().map(|(day, sum)| {
        let figures = sum.figures();
        json!({
            "day": day, "met": figures.met, "breached": figures.breached,
            "cancelled": figures.cancelled, "p50_ms": figures.p50_ms, "p90_ms": figures.p90_ms,
        })
    });
    json!({
        "total": total.json(),
        "steps": steps.collect::<Vec<_>>(),
        "days": by_day.collect::<Vec<_>>(),
    })
}

/// One line for each day and step. Ids of workflows and steps have only letters, digits, `-` and
/// `_`, so nothing needs quoting.
fn csv(days: &[SlaDay]) -> String {
    let mut text = String::from("day,workflow,step,met,breached,cancelled,p50_ms,p90_ms\r\n");
    for day in days {
        let mut sum = Sum::default();
        sum.day(day);
        let figures = sum.figures();
        let ms = |ms: Option<u64>| ms.map(|ms| ms.to_string()).unwrap_or_default();
        text.push_str(&format!(
            "{},{},{},{},{},{},{},{}\r\n",
            day.day,
            day.workflow,
            day.step_id,
            figures.met,
            figures.breached,
            figures.cancelled,
            ms(figures.p50_ms),
            ms(figures.p90_ms),
        ));
    }
    text
}

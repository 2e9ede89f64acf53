use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use chrono::{Days, NaiveDate};
use hms_app::views::SlaFigures;
use serde_json::{Value, json};

use super::super::Api;
use super::super::params::Params;
use super::super::problem::{Kind, Problem};
use crate::sla::{Sum, Tally, csv};
use crate::store::{SlaDay, SlaOpen};

/// Days without `from`.
const DAYS: u64 = 30;

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
        .or_else(|| to.checked_sub_days(Days::new(DAYS - 1)))
        .unwrap_or(to);
    let workflow = params.text("workflow")?;
    let format = params.words("format", &["json", "csv"], |word| *word)?;
    params.done()?;
    if from > to {
        return Err(Problem::new(
            Kind::Parameter,
            format!("from: use a day up to {to}."),
        ));
    }
    let shelf = api.orchestrator.shelf();
    let of = workflow.as_ref().map(std::slice::from_ref);
    let days = shelf.sla_days(from, to, of).await?;
    let open = shelf.sla_open(of).await?;
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
    let tally = Tally::of(days, open);
    let steps = tally.steps.iter().map(|((workflow, step), sum)| {
        json!({"workflow": workflow, "step": step, "figures": figures(sum)})
    });
    let by_day = tally.days.iter().map(|(day, sum)| {
        let figures = sum.figures();
        json!({
            "day": day, "met": figures.met, "breached": figures.breached,
            "cancelled": figures.cancelled, "p50_ms": figures.p50_ms, "p90_ms": figures.p90_ms,
            "p95_ms": figures.p95_ms, "accept": accept(&figures),
        })
    });
    json!({
        "total": figures(&tally.total),
        "steps": steps.collect::<Vec<_>>(),
        "days": by_day.collect::<Vec<_>>(),
    })
}

fn figures(sum: &Sum) -> Value {
    let figures = sum.figures();
    let mut json = json!(figures);
    json["compliance"] = json!(figures.compliance());
    json["accept"] = accept(&figures);
    json
}

/// The time to the first claim; null where no step sets one.
fn accept(figures: &SlaFigures) -> Value {
    figures.accept.map_or(Value::Null, |accept| {
        let mut json = json!(accept);
        json["compliance"] = json!(accept.compliance());
        json
    })
}

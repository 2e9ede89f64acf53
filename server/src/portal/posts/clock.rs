//! Stops a task's clock, lets it run again, or gives it more time. What was typed is never lost.

use axum::extract::{Form, Path, State};
use axum::http::Uri;
use axum::http::request::Parts;
use axum::response::Response;
use hms_app::agency::Refused;
use hms_app::functions::visitor_of;
use hms_app::posted::ClockPosted;
use hms_app::views::{ClockAct, Fault, Rule};
use serde::Deserialize;
use uuid::Uuid;

use super::super::site::Site;
use super::lead_on;

/// The forms of a clock. The reason has two names because both forms stand on one page and a label
/// needs an id of its own.
#[derive(Deserialize)]
pub(in super::super) struct Setting {
    #[serde(default)]
    act: String,
    #[serde(default, alias = "clock-reason", alias = "clock-why")]
    reason: String,
    #[serde(default, rename = "clock-by")]
    by: String,
    #[serde(default, rename = "clock-waiting")]
    waiting: String,
}

impl Setting {
    fn act(&self) -> Result<ClockAct, Refused> {
        let needed = |field: &str, value: &str| match value.trim() {
            "" => Err(Refused::Form(vec![Fault {
                field: field.to_owned(),
                rule: Rule::Required,
            }])),
            value => Ok(value.to_owned()),
        };
        match self.act.as_str() {
            "pause" => Ok(ClockAct::Pause {
                reason: needed("clock-reason", &self.reason)?,
                waiting_for_reporter: self.waiting == "yes",
            }),
            "resume" => Ok(ClockAct::Resume),
            "extend" => Ok(ClockAct::Extend {
                by: needed("clock-by", &self.by)?,
                reason: needed("clock-why", &self.reason)?,
            }),
            _ => Err(Refused::NotFound),
        }
    }
}

/// A button of the clock's part of a task's page was pressed.
pub(in super::super) async fn set(
    State(site): State<Site>,
    Path(id): Path<Uuid>,
    mut parts: Parts,
    Form(setting): Form<Setting>,
) -> Response {
    let visitor = visitor_of(&parts.headers);
    let done = match setting.act() {
        Ok(act) => site.agency.set_clock(&visitor, id, act).await.map(|_| ()),
        Err(refused) => Err(refused),
    };
    let page = format!("/inbox/{id}");
    match done {
        Ok(()) => lead_on(&page),
        Err(refused) => {
            let left = ClockPosted {
                act: setting.act,
                reason: setting.reason,
                by: setting.by,
                waiting_for_reporter: setting.waiting == "yes",
                refused: Some(refused.clone()),
            };
            // The clock is a part of the task's page: it is that page which is shown again.
            parts.uri = page.parse().unwrap_or(Uri::from_static("/inbox"));
            site.again(parts, left, Some(&refused)).await
        }
    }
}

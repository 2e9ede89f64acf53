mod deploy;
mod get;
mod list;
mod moves_json;

pub(super) use deploy::deploy;
pub(super) use get::get;
pub(super) use list::list;

use hms_engine::Calendar;
use serde_json::{Value, json};

use super::Api;
use crate::store::CalendarVersion;

/// A calendar in a list.
fn row(api: &Api, kept: &CalendarVersion, calendar: Option<&Calendar>) -> Value {
    json!({
        "id": kept.id,
        "title": calendar.and_then(|calendar| calendar.title.get("en")).unwrap_or(&kept.id),
        "version": kept.version,
        "time_zone": calendar.map(Calendar::time_zone),
        "deployed": kept.deployed,
        "deployed_by": kept.deployed_by,
        "workflows": named_by(api, &kept.id),
    })
}

/// The workflows in force that count by a calendar.
fn named_by(api: &Api, calendar: &str) -> Vec<String> {
    let all = api.orchestrator.registry().all();
    let naming = all
        .iter()
        .filter(|workflow| workflow.calendars.contains_key(calendar));
    naming.map(|workflow| workflow.id.clone()).collect()
}

mod check;
mod deploy;
mod get;
mod list;

pub(super) use check::check;
pub(super) use deploy::deploy;
pub(super) use get::get;
pub(super) use list::list;

use hms_engine::Workflow;
use serde_json::{Value, json};

/// A definition in a list.
fn row(workflow: &Workflow) -> Value {
    json!({
        "id": workflow.id,
        "title": workflow.title.get("en").unwrap_or(&workflow.id),
        "start": workflow.start,
        "version": workflow.version,
    })
}

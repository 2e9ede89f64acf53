mod check;
mod deploy;
mod get;
mod list;
mod migrate;

pub(super) use check::check;
pub(super) use deploy::deploy;
pub(super) use get::get;
pub(super) use list::list;
pub(super) use migrate::migrate;

use std::sync::Arc;

use hms_engine::Workflow;
use serde_json::{Value, json};

use super::Api;
use super::problem::{Kind, Problem};

/// A definition in a list.
fn row(workflow: &Workflow) -> Value {
    json!({
        "id": workflow.id,
        "title": workflow.title.get("en").unwrap_or(&workflow.id),
        "start": workflow.start,
        "version": workflow.version,
    })
}

/// The version of a workflow in force.
fn in_force(api: &Api, id: &str) -> Result<Arc<Workflow>, Problem> {
    let registry = api.orchestrator.registry();
    registry.in_force(id).ok_or_else(|| {
        let all = registry.all();
        let known: Vec<_> = all.iter().map(|workflow| workflow.id.clone()).collect();
        Problem::new(
            Kind::UnknownWorkflow,
            format!(
                "There is no workflow of this id; known: {}.",
                known.join(", ")
            ),
        )
        .with("known", known)
    })
}

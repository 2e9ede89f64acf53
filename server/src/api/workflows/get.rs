use axum::Json;
use axum::extract::State;
use hms_engine::{List, Step, StepKind, SwitchBy, WaitFor};
use serde_json::{Value, json};

use super::super::params::{Params, WorkflowId};
use super::super::{Api, Problem};
use super::{in_force, row};

/// `GET /workflows/{id}`: the definition in force, its steps and its text.
pub(in crate::api) async fn get(
    State(api): State<Api>,
    WorkflowId(id): WorkflowId,
    params: Params,
) -> Result<Json<Value>, Problem> {
    params.done()?;
    let workflow = in_force(&api, &id)?;
    let mut answer = row(&workflow);
    answer["description"] = json!(workflow.description.get("en"));
    answer["steps"] = steps(&workflow.steps);
    answer["source"] = json!(workflow.source);
    Ok(Json(answer))
}

fn steps(list: &List) -> Value {
    list.steps.iter().map(step).collect()
}

fn step(step: &Step) -> Value {
    let mut row = json!({"id": step.id, "title": step.title.get("en"), "line": step.line});
    match &step.kind {
        StepKind::Task(task) => {
            row["type"] = json!("task");
            row["actor"] = json!(task.actor);
            row["sla"] = json!(task.sla.as_ref().map(|sla| &sla.written));
            let timeout = task.sla.as_ref().and_then(|sla| sla.on_timeout.as_ref());
            row["on_timeout"] = json!(timeout.map(|next| next.as_str()));
            row["on_complete"] = json!(step.on_complete.as_str());
        }
        StepKind::Switch(switch) => {
            row["type"] = json!("switch");
            match &switch.by {
                SwitchBy::Value { expr, cases } => {
                    row["expr"] = json!(expr.source());
                    let cases = cases.iter();
                    let cases = cases.map(|(value, next)| (value.clone(), json!(next.as_str())));
                    row["cases"] = Value::Object(cases.collect());
                }
                SwitchBy::Conditions(conditions) => {
                    let conditions = conditions
                        .iter()
                        .map(|(when, next)| json!({"if": when.source(), "then": next.as_str()}));
                    row["when"] = conditions.collect();
                }
            }
            row["default"] = json!(switch.default.as_ref().map(|next| next.as_str()));
        }
        StepKind::Parallel(parallel) => {
            row["type"] = json!("parallel");
            row["join"] = json!(parallel.join);
            let branches = parallel.branches.iter();
            let branches = branches.map(|(name, list)| (name.clone(), steps(list)));
            row["branches"] = Value::Object(branches.collect());
            row["on_complete"] = json!(step.on_complete.as_str());
        }
        StepKind::Foreach(foreach) => {
            row["type"] = json!("foreach");
            row["items"] = json!(foreach.items.source());
            row["as"] = json!(foreach.name);
            row["at_once"] = json!(foreach.at_once);
            row["steps"] = steps(&foreach.steps);
            row["on_complete"] = json!(step.on_complete.as_str());
        }
        StepKind::Wait(wait) => {
            row["type"] = json!("wait");
            match &wait.what {
                WaitFor::Time { length, .. } => row["for"] = json!(length.written),
                WaitFor::Moment(until) => row["until"] = json!(until.source()),
                WaitFor::Event { name, matching } => {
                    row["event"] = json!(name);
                    row["match"] = json!(matching.as_ref().map(|matching| matching.source()));
                }
            }
            row["sla"] = json!(wait.sla.as_ref().map(|sla| &sla.written));
            let timeout = wait.sla.as_ref().and_then(|sla| sla.on_timeout.as_ref());
            row["on_timeout"] = json!(timeout.map(|next| next.as_str()));
            row["on_complete"] = json!(step.on_complete.as_str());
        }
        StepKind::Call(call) => {
            row["type"] = json!("call");
            row["workflow"] = json!(call.workflow);
            row["on_complete"] = json!(step.on_complete.as_str());
        }
        StepKind::End(end) => {
            row["type"] = json!("end");
            row["outcome"] = json!(end.outcome);
        }
    }
    row
}

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use hms_engine::{Rejected, RunStatus, StepMap, Workflow};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::super::auth::Granted;
use super::super::body::{Sent, noun, text_of};
use super::super::params::{Params, WorkflowId, in_name_of};
use super::super::{Api, Problem};
use super::in_force;
use crate::orchestrator::{MIGRATE_RUNS_MAX, Migration, Moved, Refusal};
use crate::store::RunQuery;

const EXAMPLE: &str =
    r#"{"from":"3f1c…","steps":{"legal_check":"legal_review"},"note":"new form","dry_run":true}"#;
const KNOWN: [&str; 8] = [
    "from", "to", "steps", "runs", "note", "dry_run", "limit", "before",
];
/// Longest note for the audit trail, in bytes.
const NOTE_BYTES_MAX: usize = 1000;
/// Most lines of a step map.
const STEPS_MAX: usize = 500;
/// A version may be named by the beginning of its hash, at least this long.
const PREFIX_MIN: usize = 8;
/// Of so many open runs, the newest, it is looked which versions they have.
const STANDING_MAX: u32 = 10_000;

/// `POST /workflows/{id}/migrate`: moves open runs of the version `from` to the version `to`, those in
/// `runs` or all of them, the newest first, up to `limit`; `next` in the answer is the `before` of the
/// next call. Of each run it is told where it stands then, which deadlines its tasks have, or all that
/// is in the way; one that cannot move holds up no other. With `dry_run` it is all that happens.
pub(in crate::api) async fn migrate(
    State(api): State<Api>,
    WorkflowId(id): WorkflowId,
    Granted(grant): Granted,
    mut params: Params,
    sent: Sent,
) -> Result<Json<Value>, Problem> {
    let by = in_name_of(&grant, params.caller()?);
    params.done()?;
    let newest = in_force(&api, &id)?;
    let mut asked = Asked::read(&sent)?;
    let versions = api.orchestrator.registry().versions_of(&id);
    let to = match asked.to.take() {
        None => newest,
        Some(text) => version(&versions, "/to", &text)?,
    };
    let from = match asked.from.take() {
        Some(text) => version(&versions, "/from", &text)?,
        None => only_other(&api, &versions, &to).await?,
    };
    if from.version == to.version {
        let told = "The runs are to move to the version that they have.";
        return Err(Problem::shape("/from", told));
    }
    let faults = from.map_faults(&to, &asked.steps);
    if !faults.is_empty() {
        return Err(Problem::from(Refusal::Rejected(Rejected::BadMap(faults))));
    }
    let (runs, next) = match asked.runs.take() {
        Some(runs) => (runs, None),
        None => asked.open_of(&api, &from).await?,
    };
    let migration = Migration {
        from,
        to,
        steps: asked.steps,
        note: asked.note,
    };
    let (from, to) = (migration.from.clone(), migration.to.clone());
    let tried = match asked.dry_run {
        true => api.orchestrator.try_migrate(&migration, &runs).await?,
        false => api.orchestrator.migrate(migration, &runs, &by).await,
    };
    let moved = tried.iter().filter(|tried| tried.is_ok()).count();
    let rows = runs.iter().zip(&tried).map(|(run, tried)| row(*run, tried));
    Ok(Json(json!({
        "workflow": id,
        "from": from.version,
        "to": to.version,
        "dry_run": asked.dry_run,
        "moved": moved,
        "refused": tried.len() - moved,
        "runs": rows.collect::<Vec<_>>(),
        "next": next,
    })))
}

/// What is asked, as sent.
struct Asked {
    from: Option<String>,
    to: Option<String>,
    steps: StepMap,
    runs: Option<Vec<Uuid>>,
    note: String,
    dry_run: bool,
    limit: usize,
    before: Option<Uuid>,
}

impl Asked {
    fn read(sent: &Sent) -> Result<Asked, Problem> {
        let mut members = sent.members(EXAMPLE, &KNOWN)?;
        let dry_run = match members.remove("dry_run") {
            None | Some(Value::Null) => false,
            Some(Value::Bool(dry_run)) => dry_run,
            Some(_) => return Err(Problem::shape("/dry_run", "\"dry_run\" is true or false.")),
        };
        let note = text_of(&mut members, "", "note", NOTE_BYTES_MAX)?;
        if note.is_none() && !dry_run {
            let told = "Say why the runs move, for the audit trail: \"note\" is needed.";
            return Err(Problem::shape("/note", told));
        }
        let before = text_of(&mut members, "", "before", 64)?;
        Ok(Asked {
            from: text_of(&mut members, "", "from", 64)?,
            to: text_of(&mut members, "", "to", 64)?,
            steps: steps(&mut members)?,
            runs: runs(&mut members)?,
            note: note.unwrap_or_default(),
            dry_run,
            limit: limit(&mut members)?,
            before: before.map(|text| run_id(&text, "/before")).transpose()?,
        })
    }

    /// The open runs of a version, the newest first, and where to go on when there are more.
    async fn open_of(
        &self,
        api: &Api,
        from: &Workflow,
    ) -> Result<(Vec<Uuid>, Option<Uuid>), Problem> {
        let limit = u32::try_from(self.limit).unwrap_or(u32::MAX);
        let query = RunQuery {
            statuses: vec![RunStatus::Running],
            workflows: Some(vec![from.id.clone()]),
            version: Some(from.version.clone()),
            before: self.before,
            limit,
            ..RunQuery::default()
        };
        let rows = api.orchestrator.shelf().runs(&query).await?;
        let runs: Vec<Uuid> = rows.iter().map(|row| row.run.id).collect();
        let next = runs.last().filter(|_| runs.len() == self.limit).copied();
        Ok((runs, next))
    }
}

fn steps(members: &mut Map<String, Value>) -> Result<StepMap, Problem> {
    let map = match members.remove("steps") {
        None | Some(Value::Null) => return Ok(StepMap::new()),
        Some(Value::Object(map)) if map.len() <= STEPS_MAX => map,
        Some(Value::Object(_)) => {
            let told = format!("A step map has at most {STEPS_MAX} lines.");
            return Err(Problem::shape("/steps", told));
        }
        Some(other) => {
            let told = format!(
                "Here stands {}; send old steps with the new ones, like {{\"legal_check\":\"legal_review\"}}.",
                noun(&other)
            );
            return Err(Problem::shape("/steps", told));
        }
    };
    let line = |(old, new): (String, Value)| match new {
        Value::String(new) => Ok((old, new)),
        other => {
            let pointer = format!("/steps/{}", super::super::body::escaped(&old));
            let told = format!("Here stands {}; send the id of a step.", noun(&other));
            Err(Problem::shape(&pointer, told))
        }
    };
    map.into_iter().map(line).collect()
}

fn runs(members: &mut Map<String, Value>) -> Result<Option<Vec<Uuid>>, Problem> {
    let runs = match members.remove("runs") {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Array(runs)) if runs.len() <= MIGRATE_RUNS_MAX => runs,
        Some(_) => {
            let told = format!("Send the ids of at most {MIGRATE_RUNS_MAX} runs as an array.");
            return Err(Problem::shape("/runs", told));
        }
    };
    let id =
        |(n, run): (usize, &Value)| run_id(run.as_str().unwrap_or_default(), &format!("/runs/{n}"));
    let mut ids: Vec<Uuid> = runs.iter().enumerate().map(id).collect::<Result<_, _>>()?;
    // Named twice it moves once.
    let mut seen = std::collections::HashSet::new();
    ids.retain(|id| seen.insert(*id));
    Ok(Some(ids))
}

fn run_id(text: &str, pointer: &str) -> Result<Uuid, Problem> {
    text.parse()
        .map_err(|_| Problem::shape(pointer, "That is no run id; ids are UUIDs."))
}

fn limit(members: &mut Map<String, Value>) -> Result<usize, Problem> {
    let told = || {
        let told = format!("\"limit\" is a number from 1 to {MIGRATE_RUNS_MAX}.");
        Problem::shape("/limit", told)
    };
    match members.remove("limit") {
        None | Some(Value::Null) => Ok(MIGRATE_RUNS_MAX),
        Some(number) => {
            let number = number
                .as_u64()
                .and_then(|number| usize::try_from(number).ok());
            let number = number.filter(|number| (1..=MIGRATE_RUNS_MAX).contains(number));
            number.ok_or_else(told)
        }
    }
}

/// A version by its hash or the beginning of it.
fn version(all: &[Arc<Workflow>], at: &str, text: &str) -> Result<Arc<Workflow>, Problem> {
    let text = text.trim().to_ascii_lowercase();
    let mut found = all.iter().filter(|flow| flow.version.starts_with(&text));
    match (found.next(), found.next()) {
        (Some(only), None) if text.len() >= PREFIX_MIN => Ok(only.clone()),
        _ => {
            let told = format!(
                "There is no single version whose hash begins so; send at least {PREFIX_MIN} letters of one of `known`."
            );
            let known: Vec<&str> = all.iter().map(|flow| flow.version.as_str()).collect();
            Err(Problem::shape(at, told).with("known", known))
        }
    }
}

/// The one version, besides that to move to, that open runs have.
async fn only_other(
    api: &Api,
    all: &[Arc<Workflow>],
    to: &Workflow,
) -> Result<Arc<Workflow>, Problem> {
    let shelf = api.orchestrator.shelf();
    let standing = shelf.standing(&to.id, STANDING_MAX).await?;
    let mut had: Vec<String> = standing.into_iter().map(|at| at.version).collect();
    had.retain(|version| *version != to.version);
    had.dedup();
    let told = match had.as_slice() {
        [only] => {
            let known = all.iter().find(|flow| flow.version == *only);
            return known.cloned().ok_or_else(|| {
                Problem::shape("/from", "The version that open runs have does not load.")
            });
        }
        [] => "No open run has another version than the one to move to.",
        _ => "Open runs have several other versions; say which in \"from\": one of `known`.",
    };
    Err(Problem::shape("/from", told).with("known", had))
}

/// What came of one run, or would.
fn row(run: Uuid, tried: &Result<Moved, Refusal>) -> Value {
    match tried {
        Ok(moved) => {
            let steps = moved.steps.iter();
            let steps = steps.map(|(from, to)| json!({"from": from, "to": to}));
            let tasks = moved.tasks.iter().map(|task| {
                json!({
                    "id": task.task,
                    "from": task.from,
                    "to": task.to,
                    "actor": task.actor,
                    "released": task.released,
                    "expires_before": task.before,
                    "expires": task.after,
                })
            });
            json!({
                "run_id": run,
                "moved": true,
                "steps": steps.collect::<Vec<_>>(),
                "tasks": tasks.collect::<Vec<_>>(),
            })
        }
        Err(Refusal::Rejected(Rejected::CannotMigrate(obstacles))) => {
            let obstacles = obstacles.iter().map(|obstacle| {
                let mut row = json!(obstacle);
                row["detail"] = json!(obstacle.to_string());
                row
            });
            json!({"run_id": run, "moved": false, "obstacles": obstacles.collect::<Vec<_>>()})
        }
        Err(refusal) => {
            let problem = Problem::from(refusal.clone()).to_json();
            json!({"run_id": run, "moved": false, "obstacles": [], "problem": problem})
        }
    }
}

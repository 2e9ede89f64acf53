use std::collections::BTreeSet;

use hms_engine::{Incident, RunStatus, Time, WaitsFor};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::store::RunRow;

/// A run as the API sends it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RunJson {
    /// Its id.
    pub id: Uuid,
    /// How people call the case: report number, business key, or the end of the id.
    pub case: String,
    /// Its workflow's id.
    pub workflow: String,
    /// The definition's content hash it began with.
    pub version: String,
    /// Where it stands.
    pub status: RunStatus,
    /// The steps it stands at, the outermost list first.
    pub at: Vec<String>,
    /// What it waits for; nothing where all that is left of it has stopped.
    #[serde(default)]
    pub waits_for: BTreeSet<WaitsFor>,
    /// The run that called it.
    #[serde(default)]
    pub parent: Option<Uuid>,
    /// The business key.
    pub key: Option<String>,
    /// The number of the report a person filed.
    pub report: Option<String>,
    /// The event that started it.
    pub event_id: Uuid,
    /// When it began.
    pub started: Option<Time>,
    /// When it ended.
    pub ended: Option<Time>,
    /// How many commands it has taken.
    pub seq: u64,
    /// Whether an incident stands.
    pub stopped: bool,
    /// Whether a deadline was missed.
    pub breached: bool,
    /// What stopped it.
    pub incidents: Vec<Incident>,
}

impl From<&RunRow> for RunJson {
    fn from(row: &RunRow) -> RunJson {
        let run = &row.run;
        RunJson {
            id: run.id,
            case: row.case(),
            workflow: run.workflow.clone(),
            version: run.version.clone(),
            status: run.status,
            at: run.lists.iter().map(|list| list.at.clone()).collect(),
            waits_for: run.waits_for(),
            parent: run.parent,
            key: run.key.clone(),
            report: row.report.clone(),
            event_id: row.event_id,
            started: run.started,
            ended: run.ended,
            seq: run.seq,
            stopped: row.stopped,
            breached: row.breached,
            incidents: run.incidents.clone(),
        }
    }
}

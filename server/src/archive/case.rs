use hms_app::views::FileAnswer;
use hms_engine::Time;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::store::{Beside as Kept, Leaf};
use crate::trail::{CaseFile, read_hex};

/// A line of an archive: a case's file, and what stood beside the case. Whoever reads case's files reads it as one.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ArchivedCase {
    /// The case.
    #[serde(flatten)]
    pub case: CaseFile,
    /// What stood beside it.
    pub beside: Beside,
}

/// What stood beside a case. None of it is sealed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Beside {
    /// The event that started it.
    pub event_id: Uuid,
    /// The event's name.
    pub event: String,
    /// The sender's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// The sender's id for the event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// When the event was received, in workflow time.
    pub received: Time,
    /// The run that called it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<Uuid>,
    /// The number of the report it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report: Option<String>,
    /// When it began.
    pub started: Time,
    /// When it ended.
    pub ended: Option<Time>,
    /// The files that belong to it. Their bytes are in the folder, by their SHA-256.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attached: Vec<FileAnswer>,
}

impl ArchivedCase {
    /// Reads a line.
    pub fn read(line: &str) -> Result<ArchivedCase, String> {
        #[derive(Deserialize)]
        struct Line {
            beside: Beside,
        }
        let case = CaseFile::read(line)?;
        let line: Line = serde_json::from_str(line)
            .map_err(|error| format!("it is no line of an archive: {error}"))?;
        Ok(ArchivedCase {
            case,
            beside: line.beside,
        })
    }

    /// Where its chain ends; none when it has no row, or one without a hash.
    pub(super) fn end(&self) -> Option<Leaf> {
        let last = self.case.rows.last()?;
        Some(Leaf {
            run_id: self.case.run_id,
            number: last.number,
            hash: read_hex(&last.hash)?,
        })
    }

    /// The events that reached it while it ran.
    pub(super) fn reached_by(&self) -> impl Iterator<Item = Uuid> {
        #[derive(Deserialize)]
        struct Command {
            order: String,
            event: Option<Uuid>,
        }
        let commands = self.case.rows.iter();
        let commands = commands.filter(|row| row.command.contains("\"signal\""));
        let read = commands.filter_map(|row| serde_json::from_str::<Command>(&row.command).ok());
        read.filter(|command| command.order == "signal")
            .filter_map(|command| command.event)
    }
}

impl From<Kept> for Beside {
    fn from(kept: Kept) -> Beside {
        let (source, external_id) = kept.origin.unzip();
        Beside {
            event_id: kept.event_id,
            event: kept.event,
            source,
            external_id,
            received: kept.received,
            parent: kept.parent,
            report: kept.report,
            started: kept.started,
            ended: kept.ended,
            attached: kept.files,
        }
    }
}

//! Cases that are in the archive: why what was asked for is not here, and what can be read of them all the same.

use std::sync::Arc;

use hms_app::agency::Refused;
use hms_app::views::{ArchivedIn, MovedOut};
use tokio::sync::Semaphore;
use uuid::Uuid;

use super::{Desk, refuse};
use crate::archive::{self, Folder, NotTaken};
use crate::identity::{Reach, ReportNumber};
use crate::store::{self, ReportRow};
use crate::trail::CaseFile;

/// Files of the archive read at once: one has up to 250 cases, which are gone through until the one is found.
const READ_AT_ONCE: usize = 2;

/// Reads cases from the folder of archives.
#[derive(Clone)]
pub(super) struct ArchiveReader {
    folder: Folder,
    turns: Arc<Semaphore>,
}

impl ArchiveReader {
    pub(super) fn of(folder: Folder) -> ArchiveReader {
        ArchiveReader {
            folder,
            turns: Arc::new(Semaphore::new(READ_AT_ONCE)),
        }
    }
}

impl Desk {
    /// Why the case of a report is not here, for who showed its receipt: it was moved out.
    pub(super) async fn report_moved_out(&self, report: &ReportRow) -> Refused {
        match self.moved_out(report.run_id).await {
            Ok(Some(moved)) => Refused::MovedOut(MovedOut {
                closed: moved.closed,
                archived: None,
            }),
            Ok(None) => Refused::NotFound,
            Err(refused) => refused,
        }
    }

    /// Why a run is not here, for a person of the agency: it was moved out, or there is none within their reach.
    pub(super) async fn run_moved_out(&self, reach: &Reach, run: Uuid) -> Refused {
        match self.moved_out(run).await {
            Ok(Some(moved)) if reach.has(&moved.workflow) => Refused::MovedOut(MovedOut {
                closed: moved.closed,
                archived: Some(ArchivedIn {
                    run,
                    workflow: moved.workflow,
                    month: moved.month,
                    file: moved.file,
                    at_hand: self.archive.is_some(),
                }),
            }),
            Ok(_) => Refused::NotFound,
            Err(refused) => refused,
        }
    }

    /// The run in the archive that has this id, or whose report has this number, within a person's reach.
    pub(super) async fn found_in_archive(
        &self,
        reach: &Reach,
        search: &str,
    ) -> Result<Option<Uuid>, Refused> {
        let search = search.trim();
        let run = match (search.parse::<ReportNumber>(), search.parse::<Uuid>()) {
            (Ok(number), _) => {
                let report = self.orchestrator.shelf().report(&number.to_string()).await;
                report.map_err(refuse::store)?.map(|report| report.run_id)
            }
            (_, Ok(run)) => Some(run),
            _ => None,
        };
        let Some(run) = run else { return Ok(None) };
        let moved = self.moved_out(run).await?;
        let theirs = moved.filter(|moved| reach.has(&moved.workflow));
        Ok(theirs.map(|_| run))
    }

    /// A case as it stands in the archive, where this server can read that; else why not.
    pub(super) async fn archived_case(
        &self,
        reach: &Reach,
        run: Uuid,
    ) -> Result<CaseFile, Refused> {
        let refused = self.run_moved_out(reach, run).await;
        let (Refused::MovedOut(_), Some(reader)) = (&refused, &self.archive) else {
            return Err(refused);
        };
        // Nothing closes it, so that a turn always comes.
        let _turn = reader.turns.acquire().await;
        match archive::find(self.orchestrator.shelf(), &reader.folder, run).await {
            Ok(found) => found.ok_or(refused),
            Err(NotTaken::Store(error)) => Err(refuse::store(error)),
            Err(error) => {
                tracing::error!(%error, run.id = %run, "a case cannot be read from the archive");
                Err(Refused::NotNow)
            }
        }
    }

    async fn moved_out(&self, run: Uuid) -> Result<Option<store::MovedOut>, Refused> {
        let moved = self.orchestrator.shelf().moved_out(run).await;
        moved.map_err(refuse::store)
    }
}

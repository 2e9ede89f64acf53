use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::{Archivist, Folder, KeepRule, KeepRules};
use crate::clock::WorkflowClock;
use crate::store::Store;

/// How long finished runs stay in the database, and where they go then.
#[derive(Debug, Clone, Default, Args)]
pub struct ArchiveSettings {
    /// How long finished runs stay in the database, such as 7y or 90d, and of one workflow, such as FTC-Complaint=10y; several separated by commas. Then they are moved into files in --archive-dir, by whole months. Without it they stay for ever
    #[arg(
        long,
        env = "HMS_KEEP_FINISHED_RUNS",
        value_name = "[WORKFLOW=]TIME",
        value_delimiter = ',',
        requires = "archive_dir"
    )]
    pub keep_finished_runs: Vec<KeepRule>,

    /// The folder of files that finished runs are moved into; of several nodes the same one for all
    #[arg(long, env = "HMS_ARCHIVE_DIR", value_name = "DIR")]
    pub archive_dir: Option<PathBuf>,
}

impl ArchiveSettings {
    /// Begins to move runs out, where that was asked for, and gives the folder; what is wrong with how it was asked for, in
    /// words.
    pub(crate) fn start(
        &self,
        store: &Store,
        clock: &Arc<WorkflowClock>,
        tracker: &TaskTracker,
        stop: &CancellationToken,
    ) -> Result<Option<Folder>, String> {
        let rules = KeepRules::of(&self.keep_finished_runs)
            .map_err(|why| format!("--keep-finished-runs: {why}"))?;
        let Some(path) = &self.archive_dir else {
            return Ok(None);
        };
        let folder = Folder::open(path)
            .map_err(|error| format!("--archive-dir {}: {error}", path.display()))?;
        if !rules.is_empty() {
            let archivist = Archivist::new(store, folder.clone(), rules);
            tracker.spawn(archivist.keep_archiving(clock.clone(), stop.clone()));
        }
        Ok(Some(folder))
    }
}

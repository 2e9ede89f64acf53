use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use hms_engine::Workflow;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::{Archivist, Folder, KeepRule, KeepRules};
use crate::orchestrator::Orchestrator;
use crate::store::Store;

/// How long finished runs stay in the database, and where they go then.
#[derive(Debug, Clone, Default, Args)]
pub struct ArchiveSettings {
    /// How long finished runs stay in the database, such as 7y or 90d, and of one workflow, such as FTC-Complaint=10y; several separated by commas. Then they are moved into files in --archive-dir, by whole months. Of one workflow it is stronger than the retention of its definition, which is stronger than the one for all. Without any they stay for ever
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
        orchestrator: &Orchestrator,
        store: &Store,
        tracker: &TaskTracker,
        stop: &CancellationToken,
    ) -> Result<Option<Folder>, String> {
        let rules = KeepRules::of(&self.keep_finished_runs)
            .map_err(|why| format!("--keep-finished-runs: {why}"))?;
        let definitions = orchestrator.registry().all();
        let Some(path) = &self.archive_dir else {
            tell_who_waits(&definitions);
            return Ok(None);
        };
        let folder = Folder::open(path)
            .map_err(|error| format!("--archive-dir {}: {error}", path.display()))?;
        tell_what_goes_early(&definitions, &rules);
        // Also without a rule: a definition that has one may be deployed later.
        let archivist = Archivist::new(store, folder.clone(), rules);
        tracker.spawn(archivist.keep_archiving(orchestrator.clone(), stop.clone()));
        Ok(Some(folder))
    }
}

/// Says which definitions want their runs moved out, when there is no folder for that.
fn tell_who_waits(definitions: &[Arc<Workflow>]) {
    let waiting: Vec<String> = definitions
        .iter()
        .filter_map(|workflow| {
            let runs = workflow.retention.as_ref()?.runs?;
            Some(format!("{} ({runs})", workflow.id))
        })
        .collect();
    if !waiting.is_empty() {
        tracing::warn!(
            workflows = waiting.join(", "),
            "definitions say how long finished runs stay; without --archive-dir they stay in the database"
        );
    }
}

/// Says whose personal data goes before its time, because the runs go.
fn tell_what_goes_early(definitions: &[Arc<Workflow>], rules: &KeepRules) {
    for workflow in definitions {
        let retention = workflow.retention.as_ref();
        let defined = retention.and_then(|retention| retention.runs);
        let runs = rules.of_workflow(&workflow.id, defined);
        let personal = retention.and_then(|retention| retention.personal.as_ref());
        if let (Some(runs), Some(personal)) = (runs, personal)
            && runs.at_least_ms() < personal.ms
        {
            tracing::warn!(
                workflow.id, %runs, personal = personal.written,
                "finished runs are moved out before the time of their personal data, which is erased with them"
            );
        }
    }
}

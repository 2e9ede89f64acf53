use std::collections::HashSet;
use std::sync::Arc;

use hms_app::agency::{Refused, Visitor};
use hms_app::views::{
    Conflict, MigrationAsk, MigrationRow, MigrationTask, MigrationView, OtherVersion,
};
use hms_engine::{Rejected, RunStatus, Workflow};
use uuid::Uuid;

use super::{Desk, refuse};
use crate::identity::{Act, signature};
use crate::orchestrator::{MIGRATE_RUNS_MAX, Migration, Moved, Refusal};
use crate::store::{RunQuery, RunRow, Standing};

/// So many of them are moved at the press of a button; the rest with another.
const MOVED_MAX: usize = 5_000;
/// As many runs are shown.
const ROWS_MAX: usize = 100;
/// Of so many open runs, the newest, it is told where they stand.
const STANDING_MAX: u32 = 10_000;

impl Desk {
    /// What moving open runs to the version in force would do to the newest of them.
    pub(super) async fn look_at_move(
        &self,
        who: &Visitor,
        id: &str,
        ask: MigrationAsk,
    ) -> Result<MigrationView, Refused> {
        self.door.allowed_in(who, Act::MigrateRuns, id).await?;
        let migration = self.migration(id, ask)?;
        let (rows, next) = self.open_of(&migration.from, None).await?;
        let ids: Vec<Uuid> = rows.iter().map(|row| row.run.id).collect();
        let tried = self.orchestrator.try_migrate(&migration, &ids).await;
        let mut view = MigrationView::default();
        told(&mut view, &rows, &tried.map_err(refuse::other)?);
        view.more = next.is_some();
        view.rows.truncate(ROWS_MAX);
        Ok(view)
    }

    /// Moves open runs to the version in force.
    pub(super) async fn move_runs(
        &self,
        who: &Visitor,
        id: &str,
        ask: MigrationAsk,
    ) -> Result<MigrationView, Refused> {
        let person = self.door.allowed_in(who, Act::MigrateRuns, id).await?;
        let me = signature(person.id);
        let migration = self.migration(id, ask)?;
        let mut view = MigrationView {
            done: true,
            ..MigrationView::default()
        };
        let mut before = None;
        for _ in 0..MOVED_MAX / MIGRATE_RUNS_MAX {
            let (rows, next) = self.open_of(&migration.from, before).await?;
            let ids: Vec<Uuid> = rows.iter().map(|row| row.run.id).collect();
            let moved = self
                .orchestrator
                .migrate(migration.clone(), &ids, &me)
                .await;
            told(&mut view, &rows, &moved);
            view.rows.truncate(ROWS_MAX);
            before = next;
            if before.is_none() {
                break;
            }
        }
        view.more = before.is_some();
        Ok(view)
    }

    /// The versions, besides that in force, that open runs have.
    pub(super) async fn other_versions(
        &self,
        workflow: &Workflow,
    ) -> Result<Vec<OtherVersion>, Refused> {
        let shelf = self.orchestrator.shelf();
        let standing = shelf.standing(&workflow.id, STANDING_MAX).await;
        let mut standing = standing.map_err(refuse::store)?;
        standing.retain(|at| at.version != workflow.version);
        // They come in the order of their versions.
        let others = standing.chunk_by(|one, other| one.version == other.version);
        Ok(others.map(|at| self.other_version(at, workflow)).collect())
    }

    fn other_version(&self, at: &[Standing], workflow: &Workflow) -> OtherVersion {
        let version = at.first().map(|at| at.version.clone()).unwrap_or_default();
        let known = self.orchestrator.registry().version(&version);
        let steps = known.iter().flat_map(|known| known.all_steps());
        let gone = steps.filter(|step| workflow.step(&step.id).is_none());
        OtherVersion {
            stand: at.iter().map(|at| (at.step_id.clone(), at.runs)).collect(),
            gone: gone.map(|step| step.id.clone()).collect(),
            version,
        }
    }

    fn migration(&self, id: &str, ask: MigrationAsk) -> Result<Migration, Refused> {
        let registry = self.orchestrator.registry();
        let to = registry.in_force(id).ok_or(Refused::NotFound)?;
        let from: Arc<Workflow> = registry
            .version(&ask.from)
            .filter(|from| from.id == to.id)
            .ok_or(Refused::NotFound)?;
        let steps = ask.steps.into_iter().collect();
        // The page offers what is there; another version can have been deployed since.
        let faults = from.map_faults(&to, &steps);
        if !faults.is_empty() {
            let why = Rejected::BadMap(faults).to_string();
            return Err(Refused::Conflict(Conflict::Run(why)));
        }
        Ok(Migration {
            from,
            to,
            steps,
            note: ask.note,
        })
    }

    /// Open runs of a version, the newest first, and where to go on when there are more.
    async fn open_of(
        &self,
        from: &Workflow,
        before: Option<Uuid>,
    ) -> Result<(Vec<RunRow>, Option<Uuid>), Refused> {
        let query = RunQuery {
            statuses: vec![RunStatus::Running],
            workflows: Some(vec![from.id.clone()]),
            version: Some(from.version.clone()),
            before,
            limit: u32::try_from(MIGRATE_RUNS_MAX).unwrap_or(u32::MAX),
            ..RunQuery::default()
        };
        let rows = self.orchestrator.shelf().runs(&query).await;
        let rows = rows.map_err(refuse::store)?;
        let full = rows.len() == MIGRATE_RUNS_MAX;
        let next = rows.last().filter(|_| full).map(|row| row.run.id);
        Ok((rows, next))
    }
}

/// Adds what came of runs, those that cannot move before the others.
fn told(view: &mut MigrationView, rows: &[RunRow], tried: &[Result<Moved, Refusal>]) {
    let mut stay = Vec::new();
    for (row, tried) in rows.iter().zip(tried) {
        let mut line = MigrationRow {
            run: row.run.id,
            case: row.case(),
            steps: Vec::new(),
            tasks: Vec::new(),
            obstacles: Vec::new(),
        };
        match tried {
            Ok(moved) => {
                view.moved += 1;
                line.steps.clone_from(&moved.steps);
                let tasks = moved.tasks.iter();
                line.tasks = tasks
                    .map(|task| MigrationTask {
                        step: task.to.clone(),
                        actor: task.actor.as_ref().map(ToString::to_string),
                        before: task.before,
                        after: task.after,
                    })
                    .collect();
                view.rows.push(line);
            }
            Err(refusal) => {
                view.refused += 1;
                let at: HashSet<&str> = row.run.lists.iter().map(|list| list.at.as_str()).collect();
                let mut at: Vec<&str> = at.into_iter().collect();
                at.sort_unstable();
                line.steps = at
                    .into_iter()
                    .map(|step| (step.to_owned(), step.to_owned()))
                    .collect();
                line.obstacles = match refusal {
                    Refusal::Rejected(Rejected::CannotMigrate(obstacles)) => {
                        obstacles.iter().map(ToString::to_string).collect()
                    }
                    other => vec![other.to_string()],
                };
                stay.push(line);
            }
        }
    }
    view.rows.splice(0..0, stay);
}

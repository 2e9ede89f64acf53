//! Moving runs to another version of their workflow.

use std::collections::HashMap;
use std::sync::Arc;

use hms_engine::{
    Actor, Command, Effect, EntryKind, Order, Rejected, Run, StepMap, Time, Workflow, migrate, step,
};
use uuid::Uuid;

use super::hands::from_where;
use super::turn::{Turn, other_calendars};
use super::work::Work;
use super::{Orchestrator, Refusal};

/// The most runs that one call moves.
pub const MIGRATE_RUNS_MAX: usize = 500;
/// As many of them share a transaction: others wait no longer for it than for a batch of events.
const TURN_RUNS: usize = 100;

/// From which version to which runs move, and how.
#[derive(Debug, Clone)]
pub struct Migration {
    /// The version they have.
    pub from: Arc<Workflow>,
    /// The version they are to have.
    pub to: Arc<Workflow>,
    /// Which of its steps take the places of which of the old one.
    pub steps: StepMap,
    /// Why, for the audit trail.
    pub note: String,
}

/// A run that moved, or would.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// Where it stood and which step takes the place of that: of each list that was open.
    pub steps: Vec<(String, String)>,
    /// Its open tasks.
    pub tasks: Vec<MovedTask>,
}

/// An open task of a run that moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MovedTask {
    /// The task.
    pub task: Uuid,
    /// The step it was of.
    pub from: String,
    /// The step it is of.
    pub to: String,
    /// Whom it is for now, when that is somebody else.
    pub actor: Option<Actor>,
    /// Who had it and has it no more.
    pub released: Option<String>,
    /// Its deadline before.
    pub before: Option<Time>,
    /// Its deadline after; one that has passed is missed with the next transaction.
    pub after: Option<Time>,
}

impl Orchestrator {
    /// Moves up to [`MIGRATE_RUNS_MAX`] runs, a transaction for every hundred of them; one answer each, in order. A
    /// run that cannot move is left as it is, and the others are not held up by it.
    pub async fn migrate(
        &self,
        migration: Migration,
        runs: &[Uuid],
        by: &str,
    ) -> Vec<Result<Moved, Refusal>> {
        let migration = Arc::new(migration);
        let mut answers = Vec::with_capacity(runs.len());
        for some in runs.chunks(TURN_RUNS) {
            let (by, runs) = (by.to_owned(), some.to_vec());
            let migration = migration.clone();
            let from = from_where(&by);
            let asked = self.ask(|answer| Work::Migrate {
                by,
                from,
                migration,
                runs,
                answer,
            });
            let all = asked.await;
            answers.extend(all.unwrap_or_else(|refusal| vec![Err(refusal); some.len()]));
        }
        let moved = answers.iter().filter(|answer| answer.is_ok()).count();
        tracing::info!(
            workflow.id = %migration.to.id, workflow.from = %migration.from.version,
            workflow.to = %migration.to.version, moved, refused = answers.len() - moved,
            "runs moved to another version"
        );
        answers
    }

    /// What moving these runs would do; nothing does.
    pub async fn try_migrate(
        &self,
        migration: &Migration,
        runs: &[Uuid],
    ) -> Result<Vec<Result<Moved, Refusal>>, Refusal> {
        let now = self.now();
        let mut known: HashMap<Uuid, Run> = HashMap::new();
        for some in runs.chunks(TURN_RUNS) {
            let rows = self.shelf().runs_by_id(some).await?;
            known.extend(rows.into_iter().map(|row| (row.run.id, row.run)));
        }
        let tried = runs.iter().map(|id| {
            let mut run = known.remove(id).ok_or(Refusal::UnknownRun(*id))?;
            catch_up(&migration.from, &mut run, now);
            let (moved, _) = migration.move_run(&migration.from, &mut run, "", now)?;
            Ok(moved)
        });
        Ok(tried.collect())
    }
}

impl Migration {
    /// Moves a run of a version in memory; what there is to write comes back too.
    fn move_run(
        &self,
        from: &Workflow,
        run: &mut Run,
        by: &str,
        now: Time,
    ) -> Result<(Moved, (Command, Vec<Effect>)), Refusal> {
        if from.version != self.from.version && from.version != self.to.version {
            return Err(Refusal::Rejected(Rejected::WrongVersion));
        }
        let order = Order::Migrate {
            to: self.to.version.clone(),
            steps: self.steps.clone(),
            note: self.note.clone(),
        };
        let command = Command::new(by, order);
        let stood = run.lists.iter().map(|list| {
            let there = self.steps.get(&list.at).unwrap_or(&list.at);
            (list.at.clone(), there.clone())
        });
        let steps = stood.collect();
        let effects = migrate(from, &self.to, run, &command, now).map_err(Refusal::Rejected)?;
        let tasks = effects.iter().filter_map(moved_task).collect();
        let moved = Moved { steps, tasks };
        Ok((moved, (command, effects)))
    }
}

fn moved_task(effect: &Effect) -> Option<MovedTask> {
    let Effect::Record(entry) = effect else {
        return None;
    };
    match &entry.kind {
        EntryKind::TaskMigrated {
            from,
            actor,
            released,
            before,
            after,
        } => Some(MovedTask {
            task: entry.task?,
            from: from.clone(),
            to: entry.step.clone()?,
            actor: actor.clone(),
            released: released.clone(),
            before: *before,
            after: *after,
        }),
        _ => None,
    }
}

/// The open tasks of a run, each with whom it is for.
fn actors(run: &Run) -> Vec<(Uuid, Actor)> {
    let tasks = run.tasks.iter();
    tasks.map(|task| (task.id, task.actor.clone())).collect()
}

/// Does in memory what the conductor does before it gives a run an order.
fn catch_up(workflow: &Workflow, run: &mut Run, now: Time) {
    for (_, order) in other_calendars(run, workflow) {
        let _ = step(workflow, run, &Command::new("calendar", order), now);
    }
    for timer in run.due(now) {
        // One cleared by the one before it is stale, and that is in order.
        let _ = step(workflow, run, &Command::timer(timer), now);
    }
}

impl Turn<'_> {
    /// Moves a run to another version.
    pub(super) fn migrate(
        &mut self,
        id: Uuid,
        by: &str,
        migration: &Migration,
    ) -> Result<Moved, Refusal> {
        self.catch_up(id);
        // As this node knows it now: its calendars may have changed since it was asked.
        let to = self.registry.version(&migration.to.version);
        let migration = &Migration {
            to: to.unwrap_or_else(|| migration.to.clone()),
            ..migration.clone()
        };
        let open = self.runs.get_mut(&id).ok_or(Refusal::UnknownRun(id))?;
        let from = open.workflow.clone();
        let had: Vec<(Uuid, Actor)> = actors(&open.run);
        let (moved, (command, effects)) = migration.move_run(&from, &mut open.run, by, self.now)?;
        open.workflow = migration.to.clone();
        let has = actors(&open.run);
        let left = had.into_iter().filter(|one| !has.contains(one));
        self.gathered.left(left.map(|(_, actor)| actor).collect());
        self.cases.put(&open.run, &open.workflow);
        self.calls.note(&open.run, &effects);
        self.gathered
            .effects(self.ids, &open.run, &command, effects)?;
        Ok(moved)
    }
}

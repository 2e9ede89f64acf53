//! Runs that move to another version of their definition.

use hms_engine::{Actor, Entry, EntryKind, Order, RunStatus, Time};
use hms_server::orchestrator::Migration;
use uuid::Uuid;

use crate::answers::Answer;
use crate::definitions::Kind;
use crate::ensure;
use crate::judge::{Trail, Verdict};
use crate::ledger::{Ledger, Ms, Row};
use crate::refusals::refused;

impl Ledger {
    /// A run has another version from this row on.
    pub(crate) fn moves(&mut self, row: &Row) -> Result<(), String> {
        let Order::Migrate { to, .. } = &row.order else {
            return Ok(());
        };
        ensure!(*to == row.version, "moved to {}, not to {to}", row.version);
        let Some(flow) = self.flows.get(to).cloned() else {
            return Err(format!("moved to an unknown version {to}"));
        };
        let Some(run) = self.runs.get_mut(&row.run) else {
            return Err("a run moved that never began".into());
        };
        ensure!(run.flow.id == flow.id, "it is of {} now", flow.id);
        ensure!(run.version != *to, "it had this version");
        let told = EntryKind::Migrated {
            from: std::mem::replace(&mut run.version, to.clone()),
            to: to.clone(),
            steps: Default::default(),
            note: String::new(),
        };
        let first = row.entries.first().map(|entry| &entry.kind);
        ensure!(first == Some(&told), "it says {first:?}");
        run.flow = flow;
        // Each open task is told of, once.
        let tasks = row.entries.iter().filter(|entry| is_task(entry));
        let mut tasks: Vec<Uuid> = tasks.filter_map(|entry| entry.task).collect();
        tasks.sort_unstable();
        let open: Vec<Uuid> = run.open.iter().copied().collect();
        ensure!(tasks == open, "of {open:?} it moved {tasks:?}");
        Ok(())
    }

    /// An open task belongs to a step of the new version.
    pub(crate) fn task_moved(&mut self, row: &Row, entry: &Entry) -> Result<(), String> {
        let EntryKind::TaskMigrated {
            from,
            actor,
            released,
            before,
            after,
        } = &entry.kind
        else {
            return Ok(());
        };
        let step = entry.step.clone().unwrap_or_default();
        let run = self.runs.get(&row.run);
        let kind = run
            .and_then(|run| run.flow.steps.get(&step))
            .map(|step| &step.kind);
        let Some(Kind::Task(spec)) = kind else {
            return Err(format!("a task of step \"{step}\""));
        };
        let spec = spec.clone();
        let office = self.office_of(row.run);
        self.change(entry.task.unwrap_or_default(), |task| {
            ensure!(task.step == *from, "it was of {}", task.step);
            ensure!(
                ms(*before) == task.expires,
                "it expired at {:?}",
                task.expires
            );
            task.office = office;
            let (clock, office) = (&task.clock, task.office.as_deref());
            let expires = spec.sla_ms.and_then(|ms| clock.deadline(ms, office));
            ensure!(ms(*after) == expires, "it expires at {expires:?}");
            let other = (spec.actor != task.spec.actor).then_some(spec.actor);
            let told = actor.as_ref().map(Actor::to_string);
            ensure!(told.as_deref() == other, "it is for {other:?}");
            let holder = task.holder.take();
            let gone = holder.as_ref().filter(|_| other.is_some());
            ensure!(
                *released == gone.map(|holder| holder.by.clone()),
                "taken from {gone:?}"
            );
            match holder.filter(|_| other.is_none()) {
                None => task.status = hms_engine::TaskStatus::New,
                Some(mut holder) => {
                    if spec.timeout_ms != task.spec.timeout_ms {
                        let limit = |ms: Option<i64>| ms.map(|ms| holder.since + ms);
                        let (old, new) = (limit(task.spec.timeout_ms), limit(spec.timeout_ms));
                        let asked = holder.until.filter(|until| Some(*until) != old);
                        holder.until = asked.into_iter().chain(new).min();
                    }
                    task.holder = Some(holder);
                }
            }
            (task.step, task.spec, task.expires) = (step.clone(), spec.clone(), expires);
            task.moved_at = Some(row.at);
            Ok(())
        })
    }
}

impl Trail<'_> {
    /// Judges the answers to a move of runs.
    pub(crate) fn migrate(
        &mut self,
        by: &str,
        runs: &[Uuid],
        migration: &Migration,
        answer: &Answer,
    ) -> Result<(), String> {
        let order = Order::Migrate {
            to: migration.to.version.clone(),
            steps: Default::default(),
            note: String::new(),
        };
        for (at, run) in runs.iter().enumerate() {
            let got = match answer {
                Answer::Migrate(all) => Some(all.get(at).ok_or("an answer is missing")?),
                _ => None,
            };
            self.clock()?;
            let wanted = self.move_verdict(*run, migration);
            // Where steps are gone or others, the engine says whether the run has its place.
            let next = self.rows.peek();
            let does = next.is_some_and(|row| row.run == *run && row.order == order);
            match wanted {
                Some(Verdict::Refused(word)) => {
                    if let Some(got) = got {
                        refused(got.as_ref().map(|_| ()), word)?;
                    }
                    continue;
                }
                Some(_) => ensure!(does, "{run} stays, and has its place"),
                None => {}
            }
            if let Some(got) = got {
                ensure!(got.is_ok() == does, "{run}: answered {got:?}");
            }
            if does {
                self.row(Some(*run), by, &order)?;
            } else if let Some(got) = got {
                refused(got.as_ref().map(|_| ()), "CannotMigrate")?;
            }
        }
        Ok(())
    }

    /// What moving a run must come to; none where that depends on where it stands.
    fn move_verdict(&self, id: Uuid, migration: &Migration) -> Option<Verdict> {
        let Some(run) = self.ledger.runs.get(&id) else {
            return Some(Verdict::Refused("UnknownRun"));
        };
        let (from, to) = (&migration.from.version, &migration.to.version);
        if run.version == *to {
            return Some(Verdict::Refused("SameVersion"));
        }
        if run.version != *from {
            return Some(Verdict::Refused("WrongVersion"));
        }
        if run.status != RunStatus::Running {
            return Some(Verdict::Refused("RunEnded"));
        }
        let there = self.ledger.flows.get(to);
        let alike = there.is_some_and(|there| there.family == run.flow.family);
        alike.then_some(Verdict::Done)
    }
}

fn is_task(entry: &Entry) -> bool {
    matches!(entry.kind, EntryKind::TaskMigrated { .. })
}

fn ms(moment: Option<Time>) -> Option<Ms> {
    moment.map(|moment| moment.timestamp_millis())
}

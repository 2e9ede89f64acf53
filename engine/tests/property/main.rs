//! Random definitions, random orders, random clocks: what must always hold.

// Clippy's leave to unwrap in tests does not reach the helpers of tests.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod clocks;
mod definitions;
mod garbage;
mod leave;
mod mirror;
mod orders;
mod reach;
mod recounts;
mod results;
mod retention;
mod woken;

use std::collections::BTreeSet;
use std::rc::Rc;

use hms_engine::{
    ActorKind, Calendars, Command, Effect, Order, Rejected, Run, RunStatus, StepKind, StepMap,
    Time, TimerKind, WaitFor, WaitsFor, Workflow, migrate, step,
};
use proptest::prelude::*;
use serde_json::json;
use uuid::Uuid;

use mirror::Mirror;
use orders::Try;
use results::Results;

fn begin() -> Time {
    "2024-05-14T10:03:00Z".parse().unwrap()
}

/// An order that was taken: by which definition, when, and what came of it.
struct Accepted {
    workflow: Rc<Workflow>,
    /// The version that the run moved to by it.
    moved_to: Option<Rc<Workflow>>,
    command: Command,
    now: Time,
    effects: Vec<Effect>,
}

/// A run under way, with all that was accepted.
struct Trial {
    /// Two versions of a definition, each bound to one version of the calendar and to the other.
    versions: [[Rc<Workflow>; 2]; 2],
    /// Which of these the run has, and which of its calendars count.
    at: (usize, usize),
    workflow: Rc<Workflow>,
    /// Whether the run has moved.
    moved: bool,
    run: Run,
    now: Time,
    mirror: Mirror,
    results: Results,
    accepted: Vec<Accepted>,
}

impl Trial {
    fn new(definition: &str) -> Trial {
        Trial::of(&[definition.to_owned(), definition.to_owned()])
    }

    fn of(definitions: &[String; 2]) -> Trial {
        let [one, other] = &clocks::versions();
        let versions = definitions
            .each_ref()
            .map(|definition| bound_twice(definition, [one, other]));
        let workflow = versions[0][0].clone();
        let run = Run::new(
            Uuid::from_u128(0x018f_7712_3456_7000_8000_0123_4567_89ab),
            &workflow,
            json!({"n": 1, "items": [1, {"n": 2}, null]}),
        );
        Trial {
            versions,
            at: (0, 0),
            workflow,
            moved: false,
            run,
            now: begin(),
            mirror: Mirror::default(),
            results: Results::default(),
            accepted: Vec::new(),
        }
    }

    /// Binds the definition to the other version of its calendar, if it has one and the run counts
    /// by it; says whether it was.
    fn change_calendar(&mut self) -> bool {
        if self.run.status != RunStatus::Running || self.run.calendars.is_empty() {
            return false;
        }
        self.at.1 = 1 - self.at.1;
        self.workflow = self.versions[self.at.0][self.at.1].clone();
        true
    }

    /// Moves the run to the other version of its definition, each step to the one of the same place,
    /// and checks all that must hold after it.
    fn migrate(&mut self) -> Result<Result<(), Rejected>, TestCaseError> {
        let to = self.versions[1 - self.at.0][self.at.1].clone();
        let letters = ["s", "t"].map(|letter| to.step(&format!("{letter}0")).map(|_| letter));
        let letter = letters.into_iter().flatten().next().unwrap();
        let steps = self.workflow.all_steps().into_iter();
        let steps = steps.map(|step| (step.id.clone(), format!("{letter}{}", &step.id[1..])));
        let steps: StepMap = steps.filter(|(_, new)| to.step(new).is_some()).collect();
        let order = Order::Migrate {
            to: to.version.clone(),
            steps: steps.clone(),
            note: "tried".into(),
        };
        let (before, command) = (self.run.clone(), Command::new("ada", order));
        let effects = match migrate(&self.workflow, &to, &mut self.run, &command, self.now) {
            Err(rejected) => {
                prop_assert_eq!(&self.run, &before, "it was refused and changed the run");
                return Ok(Err(rejected));
            }
            Ok(effects) => effects,
        };
        prop_assert_eq!(self.run.seq, before.seq + 1);
        prop_assert_eq!(&self.run.version, &to.version);
        for task in &self.run.tasks {
            let same = before.tasks.iter().find(|open| open.id == task.id);
            let opened = effects
                .iter()
                .any(|effect| matches!(effect, Effect::OpenTask(new) if new.id == task.id));
            prop_assert!(same.is_some() != opened, "a task from nowhere");
            if let Some(same) = same {
                let stays = (task.created, task.attempt, task.breached_at, task.escalated);
                let stood = (same.created, same.attempt, same.breached_at, same.escalated);
                prop_assert_eq!(stays, stood);
                let released = task.actor != same.actor;
                prop_assert!(released || task.claimed_by == same.claimed_by);
            }
        }
        self.moved = true;
        self.mirror.write(&command, &effects)?;
        self.mirror.agrees_with(&to, &self.run, self.now)?;
        self.results.moved(&self.workflow, &to, &steps);
        self.results.write(&before, &command, &effects)?;
        self.results.agree(&to, &self.run)?;
        stands(&to, &self.run, self.moved)?;
        self.accepted.push(Accepted {
            workflow: self.workflow.clone(),
            moved_to: Some(to.clone()),
            command,
            now: self.now,
            effects,
        });
        self.at.0 = 1 - self.at.0;
        self.workflow = to;
        Ok(Ok(()))
    }

    /// Gives one order and checks all that must hold after it.
    fn give(&mut self, command: Command) -> Result<Result<(), Rejected>, TestCaseError> {
        let before = self.run.clone();
        match step(&self.workflow, &mut self.run, &command, self.now) {
            Err(rejected) => {
                let reads_orders = before.status == RunStatus::Running
                    && before.started.is_some()
                    && !matches!(rejected, Rejected::WrongCalendar { .. });
                if reads_orders {
                    woken::all_woken(&self.workflow, &before, &command, &[], self.now)?;
                }
                prop_assert_eq!(
                    &self.run,
                    &before,
                    "{:?} was refused and changed the run",
                    command
                );
                if before.status != RunStatus::Running {
                    prop_assert_eq!(&rejected, &Rejected::RunEnded(before.status));
                }
                Ok(Err(rejected))
            }
            Ok(effects) => {
                prop_assert_eq!(
                    before.status,
                    RunStatus::Running,
                    "{:?} after the end",
                    command
                );
                prop_assert_eq!(self.run.seq, before.seq + 1);
                self.mirror.write(&command, &effects)?;
                self.mirror
                    .agrees_with(&self.workflow, &self.run, self.now)?;
                self.results.write(&before, &command, &effects)?;
                self.results.agree(&self.workflow, &self.run)?;
                let at = (self.now, self.moved);
                leave::had_leave(&self.workflow, &before, &command, &effects, at)?;
                woken::all_woken(&self.workflow, &before, &command, &effects, self.now)?;
                stands(&self.workflow, &self.run, self.moved)?;
                self.accepted.push(Accepted {
                    workflow: self.workflow.clone(),
                    moved_to: None,
                    command,
                    now: self.now,
                    effects,
                });
                Ok(Ok(()))
            }
        }
    }
}

/// A definition bound to one version of the calendar, and to the other.
fn bound_twice(definition: &str, [one, other]: [&Calendars; 2]) -> [Rc<Workflow>; 2] {
    let bound = |calendars| {
        let parsed = Workflow::parse_with(definition, calendars);
        let parsed = parsed.unwrap_or_else(|found| panic!("{definition}\n{found:?}"));
        Rc::new(parsed.workflow)
    };
    let first = bound(one);
    let second = match first.calendars.is_empty() {
        true => first.clone(),
        false => {
            let parsed = bound(other);
            let office = &other.get("office").expect("both have it").clone();
            let rebound = Rc::new(first.bound_to(office));
            // Bound without reading the text again, it is the same.
            assert_eq!(
                format!("{:?} {:?}", parsed.steps, parsed.calendars),
                format!("{:?} {:?}", rebound.steps, rebound.calendars)
            );
            rebound
        }
    };
    [first, second]
}

/// Whether the task of a list waits for its next attempt.
fn retries(run: &Run, list: u32) -> bool {
    let tasks = run.tasks.iter().filter(|task| task.list == list);
    tasks.into_iter().any(|task| task.not_before.is_some())
}

/// A running list waits for exactly one thing, or for the lists under it; an ended run for nothing.
fn stands(workflow: &Workflow, run: &Run, moved: bool) -> Result<(), TestCaseError> {
    if run.status != RunStatus::Running {
        prop_assert!(run.lists.is_empty() && run.tasks.is_empty());
        prop_assert!(run.timers.is_empty() && run.incidents.is_empty() && run.calls.is_empty());
        prop_assert!(run.ended.is_some());
        return Ok(());
    }
    prop_assert!(!run.lists.is_empty(), "running, and no list is open");
    let mut waits = 0;
    let mut waits_for = BTreeSet::new();
    for list in &run.lists {
        let here = |number: u32, step: &str| number == list.number && step == list.at;
        let tasks = run.tasks.iter();
        let tasks = tasks.filter(|task| here(task.list, &task.step_id)).count();
        let incidents = run.incidents.iter();
        let incidents = incidents.filter(|one| here(one.list, &one.step)).count();
        let calls = run.calls.iter();
        let calls = calls.filter(|call| here(call.list, &call.step)).count();
        let parent = |inner: &&hms_engine::ListState| {
            inner
                .inside
                .as_ref()
                .is_some_and(|inside| inside.parent == list.number)
        };
        let below = run.lists.iter().filter(parent).count();
        let waiting = match &workflow.step(&list.at).unwrap().kind {
            StepKind::Wait(wait) if incidents == 0 => Some(wait),
            _ => None,
        };
        let wanted = waiting.and_then(|wait| match (&wait.what, &wait.sla) {
            (WaitFor::Event { .. }, None) => None,
            (WaitFor::Event { .. }, Some(_)) => Some(TimerKind::WaitDeadline { list: list.number }),
            _ => Some(TimerKind::Wake { list: list.number }),
        });
        let timers = run.timers.iter().map(|timer| &timer.kind);
        let timers: Vec<_> = timers
            .filter(|kind| kind.list() == Some(list.number))
            .collect();
        prop_assert_eq!(timers, wanted.iter().collect::<Vec<_>>());
        let things =
            tasks + calls + incidents + usize::from(below > 0) + usize::from(waiting.is_some());
        prop_assert_eq!(
            things,
            1,
            "{:?} waits for {} tasks, {} incidents, {} lists",
            list,
            tasks,
            incidents,
            below
        );
        prop_assert_eq!(below > 0, list.under.is_some());
        if let StepKind::Foreach(foreach) = &workflow.step(&list.at).unwrap().kind {
            // Those that are under way go on when a version allows fewer.
            prop_assert!(moved || below <= foreach.at_once, "{} items at once", below);
        }
        waits += tasks + calls + incidents;
        waits_for.extend(match &workflow.step(&list.at).unwrap().kind {
            _ if incidents > 0 => None,
            StepKind::Task(task) => Some(match task.actor.kind {
                _ if retries(run, list.number) => WaitsFor::Timer,
                ActorKind::Human => WaitsFor::Human,
                _ => WaitsFor::Worker,
            }),
            StepKind::Wait(wait) if matches!(wait.what, WaitFor::Event { .. }) => {
                Some(WaitsFor::Event)
            }
            StepKind::Wait(_) => Some(WaitsFor::Timer),
            StepKind::Call(_) => Some(WaitsFor::Call),
            _ => None,
        });
    }
    prop_assert_eq!(
        run.tasks.len() + run.calls.len() + run.incidents.len(),
        waits
    );
    prop_assert_eq!(run.is_stuck(), waits_for.is_empty());
    prop_assert_eq!(run.waits_for(), waits_for);
    Ok(())
}

fn trial(definitions: &[String; 2], tries: &[Try]) -> Result<(), TestCaseError> {
    let mut trial = Trial::of(definitions);
    if tries.first().is_some_and(|first| first.pick % 2 == 0) {
        prop_assert_eq!(
            trial.give(Command::new(
                "x",
                Order::Cancel {
                    note: String::new()
                }
            ))?,
            Err(Rejected::NotBegun)
        );
    }
    prop_assert_eq!(trial.give(Command::new("event", Order::Start))?, Ok(()));
    for one in tries {
        trial.now += one.passed();
        if one.clock_first {
            for timer in trial.run.due(trial.now) {
                // A timer may clear another that was due with it.
                let fired = trial.give(Command::timer(timer))?;
                prop_assert!(
                    matches!(
                        fired,
                        Ok(()) | Err(Rejected::StaleTimer | Rejected::RunEnded(_))
                    ),
                    "{:?}",
                    fired
                );
            }
        }
        if one.changes_calendar() && trial.change_calendar() {
            let note = String::new();
            let early = trial.give(Command::new("x", Order::Cancel { note }))?;
            let refused = matches!(early, Err(Rejected::WrongCalendar(_)));
            prop_assert!(refused, "counted by another calendar: {:?}", early);
            recounts::as_foretold(&mut trial)?;
        }
        if one.migrates() {
            trial.migrate()?.ok();
        }
        let command = one.command(&trial.workflow, &trial.run, &trial.mirror);
        let running = trial.run.status == RunStatus::Running;
        let cancel = matches!(command.order, Order::Cancel { .. });
        let outcome = trial.give(command)?;
        // A running run can always be cancelled.
        prop_assert!(!(running && cancel) || outcome == Ok(()), "{:?}", outcome);
    }
    replay(&trial)?;
    if trial.run.status == RunStatus::Running {
        let cancel = Command::new(
            "admin",
            Order::Cancel {
                note: "over".into(),
            },
        );
        prop_assert_eq!(trial.give(cancel)?, Ok(()));
    }
    trial.mirror.all_closed_once()
}

/// The accepted commands give the same state again, byte for byte, and the same effects, also
/// when the state is stored and read between any two.
fn replay(trial: &Trial) -> Result<(), TestCaseError> {
    let first = &trial.versions[0][0];
    let mut run = Run::new(trial.run.id, first, trial.run.payload.clone());
    for Accepted {
        workflow,
        moved_to,
        command,
        now,
        effects,
    } in &trial.accepted
    {
        let text = serde_json::to_string(&run).unwrap();
        run = serde_json::from_str(&text).unwrap();
        run.payload = trial.run.payload.clone();
        let again = match moved_to {
            Some(to) => migrate(workflow, to, &mut run, command, *now),
            None => step(workflow, &mut run, command, *now),
        };
        prop_assert_eq!(again.as_ref(), Ok(effects));
    }
    prop_assert_eq!(
        serde_json::to_vec(&run).unwrap(),
        serde_json::to_vec(&trial.run).unwrap()
    );
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

    #[test]
    fn what_must_always_hold(
        definitions in definitions::versions(),
        tries in prop::collection::vec(orders::tries(), 0..40),
    ) {
        trial(&definitions, &tries)?;
    }
}

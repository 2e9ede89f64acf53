//! Random definitions, random orders, random clocks: what must always hold.

// Clippy's leave to unwrap in tests does not reach the helpers of tests.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod clocks;
mod definitions;
mod garbage;
mod leave;
mod mirror;
mod orders;
mod recounts;
mod results;
mod woken;

use std::collections::BTreeSet;
use std::rc::Rc;

use hms_engine::{
    ActorKind, Command, Effect, Order, Rejected, Run, RunStatus, StepKind, Time, TimerKind,
    WaitFor, WaitsFor, Workflow, step,
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
    command: Command,
    now: Time,
    effects: Vec<Effect>,
}

/// A run under way, with all that was accepted.
struct Trial {
    /// Bound to one version of the calendar and to the other.
    versions: [Rc<Workflow>; 2],
    workflow: Rc<Workflow>,
    run: Run,
    now: Time,
    mirror: Mirror,
    results: Results,
    accepted: Vec<Accepted>,
}

impl Trial {
    fn new(definition: &str) -> Trial {
        let bound = |calendars| {
            let parsed = Workflow::parse_with(definition, calendars);
            let parsed = parsed.unwrap_or_else(|found| panic!("{definition}\n{found:?}"));
            Rc::new(parsed.workflow)
        };
        let [one, other] = &clocks::versions();
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
        let versions = [first, second];
        let workflow = versions[0].clone();
        let run = Run::new(
            Uuid::from_u128(0x018f_7712_3456_7000_8000_0123_4567_89ab),
            &workflow,
            json!({"n": 1, "items": [1, {"n": 2}, null]}),
        );
        Trial {
            versions,
            workflow,
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
        let [one, other] = &self.versions;
        let first = Rc::ptr_eq(&self.workflow, one);
        self.workflow = if first { other } else { one }.clone();
        true
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
                leave::had_leave(&self.workflow, &before, &command, &effects, self.now)?;
                woken::all_woken(&self.workflow, &before, &command, &effects, self.now)?;
                stands(&self.workflow, &self.run)?;
                self.accepted.push(Accepted {
                    workflow: self.workflow.clone(),
                    command,
                    now: self.now,
                    effects,
                });
                Ok(Ok(()))
            }
        }
    }
}

/// Whether the task of a list waits for its next attempt.
fn retries(run: &Run, list: u32) -> bool {
    let tasks = run.tasks.iter().filter(|task| task.list == list);
    tasks.into_iter().any(|task| task.not_before.is_some())
}

/// A running list waits for exactly one thing, or for the lists under it; an ended run for nothing.
fn stands(workflow: &Workflow, run: &Run) -> Result<(), TestCaseError> {
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
            prop_assert!(below <= foreach.at_once, "{} items at once", below);
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

fn trial(definition: &str, tries: &[Try]) -> Result<(), TestCaseError> {
    let mut trial = Trial::new(definition);
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
    let mut run = Run::new(trial.run.id, &trial.workflow, trial.run.payload.clone());
    for Accepted {
        workflow,
        command,
        now,
        effects,
    } in &trial.accepted
    {
        let text = serde_json::to_string(&run).unwrap();
        run = serde_json::from_str(&text).unwrap();
        run.payload = trial.run.payload.clone();
        let again = step(workflow, &mut run, command, *now);
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
        definition in definitions::definitions(),
        tries in prop::collection::vec(orders::tries(), 0..40),
    ) {
        trial(&definition, &tries)?;
    }
}

/// The trials are worth their time: they do reach the ends and the troubles.
#[test]
fn trials_reach_every_kind_of_order_and_end() {
    use proptest::strategy::ValueTree;
    use std::collections::BTreeMap;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut seen: BTreeMap<String, u32> = BTreeMap::new();
    let strategy = (
        definitions::definitions(),
        prop::collection::vec(orders::tries(), 0..40),
    );
    for _ in 0..1_500 {
        let (definition, tries) = strategy.new_tree(&mut runner).unwrap().current();
        let mut trial = Trial::new(&definition);
        trial
            .give(Command::new("event", Order::Start))
            .unwrap()
            .unwrap();
        for one in &tries {
            trial.now += one.passed();
            if one.changes_calendar() {
                trial.change_calendar();
            }
            let command = one.command(&trial.workflow, &trial.run, &trial.mirror);
            if let Err(rejected) = trial.give(command).unwrap() {
                let word = format!("{rejected:?}");
                let word = word
                    .split([' ', '(', '{'])
                    .next()
                    .unwrap_or_default()
                    .to_owned();
                *seen.entry(format!("refused {word}")).or_default() += 1;
            }
        }
        *seen
            .entry(format!("ended {}", trial.run.status.as_str()))
            .or_default() += 1;
        for accepted in &trial.accepted {
            for effect in &accepted.effects {
                if let Effect::Record(entry) = effect {
                    let kind = serde_json::to_value(&entry.kind).unwrap()["kind"].to_string();
                    *seen.entry(kind).or_default() += 1;
                }
            }
        }
    }
    for wanted in [
        "ended COMPLETED",
        "ended CANCELLED",
        "ended RUNNING",
        "refused RunEnded",
        "refused Begun",
        "refused NotOpen",
        "refused HeldBy",
        "refused NotHeld",
        "refused NotBefore",
        "refused BadResult",
        "refused StaleTimer",
        "refused TooEarly",
        "refused Expired",
        "refused NoIncident",
        "refused NoStep",
        "refused NotAwaited",
        "refused EventKnown",
        "refused NoCall",
        "refused NoClock",
        "refused Paused",
        "refused NotPaused",
        "refused BadPause",
        "refused WrongCalendar",
        "refused BadInformation",
        "\"information_added\"",
        "\"clock_stopped\"",
        "\"clock_started\"",
        "\"sla_extended\"",
        "\"rung_reached\"",
        "\"accept_breached\"",
        "\"accepted\"",
        "\"calendar_changed\"",
        "\"deadline_moved\"",
        "\"task_opened\"",
        "\"task_claimed\"",
        "\"task_released\"",
        "\"lease_expired\"",
        "\"task_completed\"",
        "\"task_failed\"",
        "\"task_timed_out\"",
        "\"sla_breached\"",
        "\"escalated\"",
        "\"task_cancelled\"",
        "\"branch_taken\"",
        "\"incident_raised\"",
        "\"incident_resolved\"",
        "\"error_handled\"",
        "\"wait_began\"",
        "\"wait_ended\"",
        "\"wait_timed_out\"",
        "\"event_taken\"",
        "\"event_kept\"",
        "\"run_called\"",
        "\"call_ended\"",
        "\"call_cancelled\"",
        "\"lists_began\"",
        "\"lists_joined\"",
        "\"incident_dropped\"",
        "\"run_completed\"",
        "\"run_cancelled\"",
    ] {
        assert!(
            seen.get(wanted).is_some_and(|count| *count >= 3),
            "{wanted} is missing: {seen:#?}"
        );
    }
}

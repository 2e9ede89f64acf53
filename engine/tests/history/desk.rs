//! One run under test: orders go in with a clock that stands where it is put.

use chrono::TimeDelta;
use hms_engine::{
    Calendar, Calendars, Command, Effect, Entry, EntryKind, Order, Recipient, Rejected, Run,
    RunStatus, Sla, StepKind, Task, Time, Workflow, step,
};
use serde_json::Value;
use uuid::Uuid;

pub(crate) const FTC: &str = include_str!("../../../workflows/ftc-complaint.yml");

pub(crate) const FEDERAL: &str = include_str!("../../../workflows/calendars/us-federal.yml");

pub(crate) const RUN: Uuid = Uuid::from_u128(0x018f_7712_3456_7000_8000_0123_4567_89ab);

pub(crate) struct Desk {
    pub(crate) workflow: Workflow,
    pub(crate) run: Run,
    pub(crate) now: Time,
    /// The effects of the last order that was taken.
    pub(crate) effects: Vec<Effect>,
}

pub(crate) fn minutes(minutes: i64) -> TimeDelta {
    TimeDelta::minutes(minutes)
}

/// One calendar.
pub(crate) fn calendars(source: &str) -> Calendars {
    let mut calendars = Calendars::default();
    calendars.put(Calendar::parse(source).expect("the calendar loads"));
    calendars
}

impl Desk {
    pub(crate) fn new(definition: &str, payload: Value) -> Desk {
        let workflow = Workflow::parse_with(definition, &calendars(FEDERAL))
            .expect("the definition loads")
            .workflow;
        let run = Run::new(RUN, &workflow, payload);
        let now = "2024-05-14T10:03:00Z".parse().unwrap();
        Desk {
            workflow,
            run,
            now,
            effects: Vec::new(),
        }
    }

    pub(crate) fn started(definition: &str, payload: Value) -> Desk {
        let mut desk = Desk::new(definition, payload);
        desk.order("event", Order::Start).unwrap();
        desk
    }

    /// Gives an order; a refused one must leave the run as it was.
    pub(crate) fn order(&mut self, by: &str, order: Order) -> Result<(), Rejected> {
        let before = self.run.clone();
        match step(
            &self.workflow,
            &mut self.run,
            &Command::new(by, order),
            self.now,
        ) {
            Ok(effects) => {
                assert_eq!(self.run.seq, before.seq + 1);
                self.effects = effects;
                Ok(())
            }
            Err(rejected) => {
                assert_eq!(self.run, before, "a refused order changed the run");
                Err(rejected)
            }
        }
    }

    /// The open task of a step.
    pub(crate) fn task(&self, step: &str) -> &Task {
        self.run
            .tasks
            .iter()
            .find(|task| task.step_id == step)
            .unwrap_or_else(|| panic!("no open task of {step}: {:?}", self.run.tasks))
    }

    pub(crate) fn complete(&mut self, by: &str, step: &str, result: Value) -> Result<(), Rejected> {
        let task = self.task(step).id;
        self.order(by, Order::Complete { task, result })
    }

    pub(crate) fn fail(&mut self, by: &str, step: &str, error: &str) -> Result<(), Rejected> {
        let task = self.task(step).id;
        let error = error.to_owned();
        self.order(by, Order::Fail { task, error })
    }

    pub(crate) fn claim(
        &mut self,
        by: &str,
        step: &str,
        lease_ms: Option<u64>,
    ) -> Result<(), Rejected> {
        let task = self.task(step).id;
        self.order(by, Order::Claim { task, lease_ms })
    }

    /// Puts the clock to a moment and fires what is due, one after the other, as the orchestrator
    /// does.
    pub(crate) fn until(&mut self, moment: &str) {
        let moment: Time = moment.parse().unwrap();
        self.wait(moment - self.now);
    }

    pub(crate) fn pause(&mut self, by: &str, step: &str, reason: &str) -> Result<(), Rejected> {
        let task = self.task(step).id;
        self.order(
            by,
            Order::Pause {
                task,
                reason: reason.to_owned(),
                waiting_for_reporter: false,
            },
        )
    }

    pub(crate) fn resume(&mut self, by: &str, step: &str) -> Result<(), Rejected> {
        let task = self.task(step).id;
        self.order(by, Order::Resume { task })
    }

    pub(crate) fn extend(&mut self, by: &str, step: &str, by_ms: i64) -> Result<(), Rejected> {
        let task = self.task(step).id;
        let reason = "more papers came".to_owned();
        self.order(
            by,
            Order::Extend {
                task,
                by_ms,
                reason,
            },
        )
    }

    /// Whom the last order had told.
    pub(crate) fn told(&self) -> Vec<String> {
        self.effects
            .iter()
            .filter_map(|effect| match effect {
                Effect::Notify { who, about } => {
                    let who = match who {
                        Recipient::Holder(person) => person.clone(),
                        Recipient::Role(actor) => actor.to_string(),
                    };
                    Some(format!("{who} {} {}%", about.step, about.at))
                }
                _ => None,
            })
            .collect()
    }

    /// The SLA of a step.
    pub(crate) fn sla(&self, step: &str) -> &Sla {
        match &self.workflow.step(step).unwrap().kind {
            StepKind::Task(task) => task.sla.as_ref().unwrap(),
            _ => panic!("{step} is no task"),
        }
    }

    /// Moves the clock on and fires what is due, as the orchestrator does.
    pub(crate) fn wait(&mut self, time: TimeDelta) {
        self.now += time;
        for timer in self.run.due(self.now) {
            self.order("clock", Order::TimerFired { timer }).unwrap();
        }
    }

    pub(crate) fn entries(&self) -> Vec<&Entry> {
        self.effects
            .iter()
            .filter_map(|effect| match effect {
                Effect::Record(entry) => Some(entry),
                _ => None,
            })
            .collect()
    }

    /// The kinds of entries of the last order, as they are stored.
    pub(crate) fn kinds(&self) -> Vec<String> {
        self.entries()
            .iter()
            .map(|entry| kind(&entry.kind))
            .collect()
    }

    /// The tasks that the last order closed.
    pub(crate) fn closed(&self) -> Vec<&Task> {
        self.effects
            .iter()
            .filter_map(|effect| match effect {
                Effect::CloseTask(task) => Some(task.as_ref()),
                _ => None,
            })
            .collect()
    }

    /// Where the run stands, on one line.
    pub(crate) fn stands(&self) -> String {
        match self.run.status {
            RunStatus::Running => self
                .run
                .lists
                .iter()
                .map(|list| list.at.as_str())
                .collect::<Vec<_>>()
                .join(", "),
            status => status.as_str().to_owned(),
        }
    }
}

fn kind(kind: &EntryKind) -> String {
    let json = serde_json::to_value(kind).unwrap();
    json["kind"].as_str().unwrap().to_owned()
}

use std::collections::BTreeMap;

use chrono::TimeDelta;
use hms_engine::{Command, Order, Run, RunStatus, Workflow};
use proptest::prelude::*;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::mirror::Mirror;

/// Something tried on a run; what exactly depends on how the run stands.
#[derive(Debug, Clone)]
pub(crate) struct Try {
    passed_s: i64,
    /// Whether what is due fires before, as the orchestrator does it.
    pub(crate) clock_first: bool,
    what: What,
    by: &'static str,
    pub(crate) pick: usize,
    lease_s: Option<u64>,
    result: Value,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum What {
    Claim,
    Release,
    Heartbeat,
    Complete,
    CompleteClosed,
    Fail,
    Timer,
    Start,
    Cancel,
    Retry,
    RetryTo,
    Signal,
    CallEnds,
    CallRefused,
    Pause,
    Resume,
    Extend,
    Inform,
    Recalendar,
    Migrate,
}

pub(crate) fn tries() -> impl Strategy<Value = Try> {
    let what = prop_oneof![
        4 => Just(What::Claim), 2 => Just(What::Release), 2 => Just(What::Heartbeat), 10 => Just(What::Complete),
        1 => Just(What::CompleteClosed), 5 => Just(What::Fail), 3 => Just(What::Timer), 1 => Just(What::Start),
        1 => Just(What::Cancel), 3 => Just(What::Retry), 2 => Just(What::RetryTo), 4 => Just(What::Signal),
        4 => Just(What::CallEnds), 1 => Just(What::CallRefused),
        3 => Just(What::Pause), 3 => Just(What::Resume), 2 => Just(What::Extend), 1 => Just(What::Inform), 2 => Just(What::Recalendar),
        4 => Just(What::Migrate),
    ];
    let result = prop_oneof![
        (0..4i64).prop_map(|n| json!({"n": n, "approved": n % 2 == 0})),
        (0..4i64).prop_map(|n| json!({"n": n, "outcome": "reject", "note": "no"})),
        Just(json!({"outcome": "perhaps"})),
        Just(json!({})),
        (0..3i64).prop_map(|n| json!(n)),
        Just(json!(null)),
    ];
    let passed = prop_oneof![4 => Just(0), 4 => 0..100i64, 3 => 0..3_000i64];
    (
        passed,
        prop::bool::weighted(0.7),
        what,
        prop::sample::select(vec!["ann", "bob"]),
        any::<usize>(),
        prop::option::of(0..200u64),
        result,
    )
        .prop_map(
            |(passed_s, clock_first, what, by, pick, lease_s, result)| Try {
                passed_s,
                clock_first,
                what,
                by,
                pick,
                lease_s,
                result,
            },
        )
}

fn pick<T: Clone>(from: &[T], number: usize) -> Option<T> {
    (!from.is_empty()).then(|| from[number % from.len()].clone())
}

impl Try {
    /// Whether the calendar is to be changed before.
    pub(crate) fn changes_calendar(&self) -> bool {
        self.what == What::Recalendar
    }

    /// Whether the run is to move to the other version of its definition.
    pub(crate) fn migrates(&self) -> bool {
        self.what == What::Migrate
    }

    pub(crate) fn passed(&self) -> TimeDelta {
        TimeDelta::seconds(self.passed_s)
    }

    pub(crate) fn command(&self, workflow: &Workflow, run: &Run, mirror: &Mirror) -> Command {
        let open: Vec<Uuid> = run.tasks.iter().map(|task| task.id).collect();
        let task = pick(&open, self.pick).unwrap_or(Uuid::nil());
        let lease_ms = self.lease_s.map(|seconds| seconds * 1_000);
        let calls: Vec<Uuid> = run.calls.iter().map(|call| call.run).collect();
        let called = pick(&calls, self.pick).unwrap_or(Uuid::nil());
        let note = "tried".to_owned();
        // Now and then none, which is refused.
        let reason = if self.pick.is_multiple_of(3) {
            String::new()
        } else {
            note.clone()
        };
        let order = match self.what {
            What::Claim => Order::Claim { task, lease_ms },
            What::Release => Order::Release { task },
            What::Heartbeat => Order::Heartbeat { task, lease_ms },
            What::Complete => Order::Complete {
                task,
                result: self.result.clone(),
            },
            What::CompleteClosed => {
                let all: Vec<Uuid> = mirror.tasks.keys().copied().collect();
                let task = pick(&all, self.pick).unwrap_or(task);
                Order::Complete {
                    task,
                    result: self.result.clone(),
                }
            }
            What::Fail => Order::Fail {
                task,
                error: "no".into(),
            },
            What::Timer => {
                let set: Vec<u32> = run
                    .timers
                    .iter()
                    .map(|timer| timer.number)
                    .chain([1])
                    .collect();
                let timer = pick(&set, self.pick).unwrap_or(0);
                return Command::timer(timer);
            }
            What::Start => Order::Start,
            What::Signal => Order::Signal {
                event: Uuid::from_u128(self.pick as u128 % 8),
                name: if self.pick.is_multiple_of(5) {
                    "Other"
                } else {
                    "Came"
                }
                .into(),
                payload: json!({"n": self.pick % 3}),
            },
            What::CallEnds => {
                let status = match self.pick % 4 {
                    0 => RunStatus::Cancelled,
                    1 => RunStatus::Failed,
                    _ => RunStatus::Completed,
                };
                Order::CallEnded {
                    run: called,
                    status,
                    result: self.result.clone(),
                }
            }
            What::CallRefused => Order::CallRefused {
                run: called,
                why: "no such workflow".into(),
            },
            What::Pause => Order::Pause {
                task,
                reason,
                waiting_for_reporter: self.pick.is_multiple_of(2),
            },
            What::Resume => Order::Resume { task },
            What::Inform => Order::Inform { text: reason },
            What::Extend => Order::Extend {
                task,
                by_ms: self.pick as i64 % 900_000,
                reason,
            },
            What::Recalendar => Order::Recalendar {
                calendar: "office".into(),
                version: workflow
                    .calendars
                    .get("office")
                    .map_or_else(String::new, |calendar| calendar.version.clone()),
            },
            // Where both versions are not at hand.
            What::Migrate => Order::Migrate {
                to: workflow.version.clone(),
                steps: BTreeMap::new(),
                note,
            },
            What::Cancel => Order::Cancel { note },
            What::Retry => {
                let number = pick(&run.incidents, self.pick).map(|incident| incident.number);
                Order::Retry {
                    incident: number,
                    to: None,
                    note,
                }
            }
            What::RetryTo => {
                let steps = workflow.all_steps();
                let to =
                    pick(&steps, self.pick).map_or_else(|| "end".into(), |step| step.id.clone());
                let meant = pick(&run.incidents, self.pick / 7);
                Order::Retry {
                    incident: meant.map(|incident| incident.number),
                    to: Some(to),
                    note,
                }
            }
        };
        Command::new(self.by, order)
    }
}

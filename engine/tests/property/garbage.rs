//! Orders that make no sense, at moments that make none: each is taken or refused, and none does
//! more harm than that.

use hms_engine::{Command, Order, Run, Time, step};
use proptest::prelude::*;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{Trial, definitions};

/// Anything as an order; tasks by their place among the open ones, when they are meant to be open.
#[derive(Debug, Clone)]
struct Garbage {
    /// Milliseconds since 1970, of any age.
    now_ms: i64,
    by: String,
    verb: u8,
    task: Result<usize, u128>,
    /// A lease, a timer, an incident.
    number: u64,
    text: String,
    result: Value,
}

fn numbers() -> impl Strategy<Value = u64> {
    prop_oneof![
        0..20u64,
        any::<u64>(),
        Just(u64::MAX),
        Just(i64::MAX as u64)
    ]
}

fn moments() -> impl Strategy<Value = i64> {
    let (first, last) = (Time::MIN_UTC, Time::MAX_UTC);
    let (first, last) = (first.timestamp_millis(), last.timestamp_millis());
    let around = 1_715_681_000_000_i64;
    prop_oneof![
        6 => around..around + 10_000_000,
        1 => first..last,
        1 => Just(first),
        1 => Just(last),
    ]
}

fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,20}".prop_map(Value::from),
        Just(json!({"outcome": "reject"})),
        Just(json!({"approved": true})),
    ];
    leaf.prop_recursive(5, 40, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((".{0,8}|outcome|approved|note|n", inner), 0..4)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

fn garbage() -> impl Strategy<Value = Garbage> {
    let task = prop_oneof![
        4 => any::<usize>().prop_map(Ok),
        1 => any::<u128>().prop_map(Err),
    ];
    let text = prop_oneof![
        Just("end".to_owned()),
        Just("s0".to_owned()),
        Just(String::new()),
        ".{0,40}"
    ];
    (
        moments(),
        ".{0,10}",
        0..13u8,
        task,
        numbers(),
        text,
        values(),
    )
        .prop_map(|(now_ms, by, verb, task, number, text, result)| Garbage {
            now_ms,
            by,
            verb,
            task,
            number,
            text,
            result,
        })
}

impl Garbage {
    fn now(&self) -> Time {
        Time::from_timestamp_millis(self.now_ms).unwrap_or(Time::MAX_UTC)
    }

    fn command(&self, run: &Run) -> Command {
        let task = match self.task {
            Ok(at) if run.tasks.is_empty() => Uuid::from_u128(at as u128),
            Ok(at) => run.tasks[at % run.tasks.len()].id,
            Err(id) => Uuid::from_u128(id),
        };
        let (number, text) = (self.number, self.text.clone());
        let lease_ms = (number % 3 > 0).then_some(number);
        let order = match self.verb {
            0 => Order::Start,
            1 => Order::Claim { task, lease_ms },
            2 => Order::Release { task },
            3 => Order::Heartbeat { task, lease_ms },
            4 => Order::Complete {
                task,
                result: self.result.clone(),
            },
            5 => Order::Fail { task, error: text },
            6 => Order::Signal {
                event: task,
                name: if number.is_multiple_of(2) {
                    "Came".into()
                } else {
                    text
                },
                payload: self.result.clone(),
            },
            7 => Order::TimerFired {
                timer: number as u32,
            },
            8 => Order::Pause {
                task,
                reason: text,
                waiting_for_reporter: number.is_multiple_of(2),
            },
            9 => Order::Resume { task },
            10 => Order::Extend {
                task,
                by_ms: number.cast_signed(),
                reason: text,
            },
            12 => Order::Inform { text },
            11 => Order::Recalendar {
                calendar: text.clone(),
                version: text,
            },
            _ => Order::Retry {
                incident: (number % 3 > 0).then_some(number as u32),
                to: number.is_multiple_of(2).then_some(text.clone()),
                note: text,
            },
        };
        Command::new(self.by.clone(), order)
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn no_order_makes_it_panic(
        definition in definitions::definitions(),
        payload in values(),
        orders in prop::collection::vec(garbage(), 0..40),
    ) {
        let trial = Trial::new(&definition);
        let mut run = Run::new(trial.run.id, &trial.workflow, payload.clone());
        let start = Command::new("event", Order::Start);
        step(&trial.workflow, &mut run, &start, trial.now).unwrap();
        for one in &orders {
            let command = one.command(&run);
            let before = run.clone();
            if step(&trial.workflow, &mut run, &command, one.now()).is_err() {
                prop_assert_eq!(&run, &before, "{:?} was refused and changed the run", command);
            }
            // It can be kept and read again, and goes on from there.
            let text = serde_json::to_string(&run).unwrap();
            let mut again: Run = serde_json::from_str(&text).unwrap();
            again.payload = payload.clone();
            prop_assert_eq!(serde_json::to_string(&again).unwrap(), text);
            run = again;
        }
        if run.status == hms_engine::RunStatus::Running {
            let cancel = Command::new("admin", Order::Cancel { note: String::new() });
            prop_assert!(step(&trial.workflow, &mut run, &cancel, trial.now).is_ok());
            let open = run.tasks.len() + run.timers.len() + run.lists.len() + run.incidents.len();
            prop_assert_eq!(open, 0);
        }
    }
}

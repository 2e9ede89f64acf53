//! What people, workers and other systems ask for: sensible things mostly, and everything that
//! goes wrong in earnest: late, twice, by the wrong one, with a wrong answer.

use std::collections::HashMap;
use std::sync::Arc;

use hms_engine::{Order, RunStatus, Workflow};
use hms_server::orchestrator::{Hands, Migration, NewEvent, NewReport, Origin, TaskOrder, Work};
use serde_json::{Value, json};
use tokio::sync::oneshot;
use uuid::Uuid;

use crate::answers::Waiting;
use crate::clocks::clock_order;
use crate::dice::Dice;
use crate::ledger::{Ledger, Ms};

/// The definitions of a world, by their versions.
pub(crate) type Workflows = HashMap<String, Arc<Workflow>>;

/// Something asked.
#[derive(Debug, Clone)]
pub(crate) enum Ask {
    Emit(Vec<NewEvent>),
    Tasks {
        by: String,
        orders: Vec<(Uuid, TaskOrder)>,
    },
    Lease {
        by: String,
        actor: &'static str,
        limit: u32,
        lease_ms: u64,
    },
    Run {
        by: String,
        run: Uuid,
        order: Order,
    },
    Migrate {
        by: String,
        runs: Vec<Uuid>,
        migration: Arc<Migration>,
    },
}

impl Ask {
    /// As the orchestrator takes it.
    pub(crate) fn work(&self) -> (Work, Waiting) {
        match self.clone() {
            Ask::Emit(events) => {
                let (answer, waiting) = oneshot::channel();
                let answer = answer.into();
                (Work::Emit { events, answer }, Waiting::Emit(waiting))
            }
            Ask::Tasks { by, orders } => {
                let (answer, waiting) = oneshot::channel();
                let answer = answer.into();
                let hands = Hands::from(&by);
                let work = Work::Tasks {
                    hands,
                    orders,
                    answer,
                };
                (work, Waiting::Tasks(waiting))
            }
            Ask::Lease {
                by,
                actor,
                limit,
                lease_ms,
            } => {
                let (answer, waiting) = oneshot::channel();
                let work = Work::Lease {
                    by,
                    actor: actor.parse().unwrap(),
                    limit,
                    lease_ms,
                    answer: answer.into(),
                };
                (work, Waiting::Lease(waiting))
            }
            Ask::Run { by, run, order } => {
                let (answer, waiting) = oneshot::channel();
                let work = Work::Run {
                    by,
                    from: None,
                    run,
                    order,
                    answer: answer.into(),
                };
                (work, Waiting::Run(waiting))
            }
            Ask::Migrate {
                by,
                runs,
                migration,
            } => {
                let (answer, waiting) = oneshot::channel();
                let work = Work::Migrate {
                    by,
                    from: None,
                    migration,
                    runs,
                    answer: answer.into(),
                };
                (work, Waiting::Migrate(waiting))
            }
        }
    }
}

const PEOPLE: [&str; 3] = ["person:ann", "person:bob", "w1"];
const LEASED: [&str; 4] = ["AI:a", "AI:*", "SVC:s", "HUMAN:h"];
const LEASES_MS: [u64; 5] = [0, 1_000, 5_000, 60_000, 600_000];

/// Whoever asks for things.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) dice: Dice,
    /// Asked and not answered: asked again, as whoever asked would.
    pub(crate) unanswered: Vec<Ask>,
    /// Tasks that closed lately.
    pub(crate) closed: Vec<Uuid>,
    asked: u64,
}

impl World {
    pub(crate) fn new(dice: Dice) -> World {
        World {
            dice,
            unanswered: Vec::new(),
            closed: Vec::new(),
            asked: 0,
        }
    }

    /// Something to ask, given what is open.
    pub(crate) fn ask(
        &mut self,
        ledger: &Ledger,
        workflows: &Workflows,
        open: &[Uuid],
        now: Ms,
    ) -> Ask {
        self.asked += 1;
        if self.dice.one_in(2)
            && let Some(mut again) = self.unanswered.pop()
        {
            if let Ask::Lease { by, .. } = &mut again {
                *by = format!("lessee-{}", self.asked);
            }
            return again;
        }
        let few = open.len() < 30;
        match self.dice.roll(42) {
            0..=5 if few => self.emit(ledger, now),
            0 => self.emit(ledger, now),
            6 | 7 => self.lease(),
            8 | 9 => self.run_order(ledger),
            10 => match self.migrate(ledger, workflows) {
                Some(ask) => ask,
                None => self.run_order(ledger),
            },
            11 | 12 => self.inform(ledger),
            _ if open.is_empty() => self.emit(ledger, now),
            _ => self.task_orders(ledger, open),
        }
    }

    fn lease(&mut self) -> Ask {
        let actor = *self.dice.pick(&LEASED);
        Ask::Lease {
            // Each by another name, so that what it got is told from all else.
            by: format!("lessee-{}", self.asked),
            actor,
            limit: self.dice.between(1, 10) as u32,
            lease_ms: *self.dice.pick(&LEASES_MS[1..]),
        }
    }

    fn emit(&mut self, ledger: &Ledger, now: Ms) -> Ask {
        let dice = &mut self.dice;
        let many = if dice.one_in(4) {
            dice.between(2, 5)
        } else {
            1
        };
        let mut events: Vec<NewEvent> = Vec::new();
        for _ in 0..many {
            let origin = match dice.roll(4) {
                0 => None,
                // One that came before, or that nobody knows yet.
                1 => Some(dice.roll(ledger.events.len() as u64 + 1)),
                _ => Some(1_000 * self.asked + events.len() as u64),
            };
            let origin = origin.map(|id| Origin {
                source: "other".to_owned(),
                id: id.to_string(),
            });
            let report = dice.one_in(5).then(|| NewReport {
                number: dice.roll(400).to_string(),
                receipt_hash: "hash".to_owned(),
                workflow: dice.one_in(2).then(|| format!("W{}", dice.roll(4))),
            });
            let payload = match dice.roll(30) {
                0 => json!([1]),
                _ => payload(dice, now),
            };
            let name = *dice.pick(&["E0", "E0", "E0", "E0", "E1", "E1", "E1", "Nothing"]);
            let name = name.to_owned();
            // The same again at once.
            if let Some(last) = events.last()
                && dice.one_in(4)
            {
                events.push(last.clone());
                continue;
            }
            events.push(NewEvent {
                name,
                payload,
                origin,
                report,
            });
        }
        Ask::Emit(events)
    }

    /// The reporter adds something, mostly when asked for it.
    fn inform(&mut self, ledger: &Ledger) -> Ask {
        let dice = &mut self.dice;
        let open = ledger.open_tasks();
        let asked = open.filter(|(_, task)| task.asks_reporter());
        let asked: Vec<Uuid> = asked.map(|(_, task)| task.run).collect();
        let runs: Vec<Uuid> = ledger.runs.keys().copied().collect();
        let from = if dice.one_in(3) { &runs } else { &asked };
        let run = dice.any(from).unwrap_or(Uuid::nil());
        let text = if dice.one_in(10) {
            " "
        } else {
            "there is more"
        };
        let order = Order::Inform {
            text: text.to_owned(),
        };
        Ask::Run {
            by: "reporter".to_owned(),
            run,
            order,
        }
    }

    fn run_order(&mut self, ledger: &Ledger) -> Ask {
        let dice = &mut self.dice;
        let by = (*dice.pick(&PEOPLE)).to_owned();
        let runs: Vec<Uuid> = ledger.runs.keys().copied().collect();
        let stopped = ledger.runs.iter();
        let stopped: Vec<Uuid> = stopped
            .filter(|(_, run)| !run.incidents.is_empty())
            .map(|(id, _)| *id)
            .collect();
        let note = "so it is".to_owned();
        if dice.one_in(4) {
            let running = ledger.runs.iter();
            let running: Vec<Uuid> = running
                .filter(|(_, run)| run.status == RunStatus::Running)
                .map(|(id, _)| *id)
                .collect();
            let from = if dice.one_in(4) { &runs } else { &running };
            let run = dice.any(from).unwrap_or(Uuid::nil());
            let order = Order::Cancel { note };
            return Ask::Run { by, run, order };
        }
        let from = if dice.one_in(6) { &runs } else { &stopped };
        let run = dice.any(from).unwrap_or(Uuid::nil());
        let known = ledger.runs.get(&run);
        let incidents: Vec<u32> = known
            .map(|run| run.incidents.keys().copied().collect())
            .unwrap_or_default();
        let incident = match dice.roll(4) {
            0 | 1 => None,
            2 => dice.any(&incidents),
            _ => Some(dice.roll(20) as u32),
        };
        let mut steps: Vec<&str> = known
            .map(|run| run.flow.steps.keys().map(String::as_str).collect())
            .unwrap_or_default();
        steps.sort_unstable();
        let to = match dice.roll(3) {
            0 => None,
            1 => Some("end"),
            _ => dice.any(&steps),
        };
        let to = to.map(str::to_owned);
        let order = Order::Retry { incident, to, note };
        Ask::Run { by, run, order }
    }

    /// Runs of one version, and now and then another one, are to move to another version.
    fn migrate(&mut self, ledger: &Ledger, workflows: &Workflows) -> Option<Ask> {
        let dice = &mut self.dice;
        let running = ledger.runs.iter();
        let running: Vec<(Uuid, &String)> = running
            .filter(|(_, run)| run.status == RunStatus::Running)
            .map(|(id, run)| (*id, &run.version))
            .collect();
        let (_, from) = dice.any(&running)?;
        let from = workflows.get(from)?.clone();
        let to = match dice.one_in(6) {
            true => {
                let mut others: Vec<_> = workflows.values().collect();
                others.retain(|flow| flow.id == from.id);
                others.sort_by(|one, other| one.version.cmp(&other.version));
                dice.any(&others)?
            }
            false => workflows.get(ledger.in_force.get(&from.id)?)?,
        };
        let alike = running
            .iter()
            .filter(|(_, version)| **version == from.version);
        let mut runs: Vec<Uuid> = alike.map(|(id, _)| *id).take(12).collect();
        if dice.one_in(4) {
            let all: Vec<Uuid> = ledger.runs.keys().copied().collect();
            runs.extend(dice.any(&all).filter(|run| !runs.contains(run)));
            runs.push(Uuid::nil());
        }
        let migration = Migration {
            from,
            to: to.clone(),
            steps: Default::default(),
            note: String::new(),
        };
        Some(Ask::Migrate {
            by: (*dice.pick(&PEOPLE)).to_owned(),
            runs,
            migration: Arc::new(migration),
        })
    }

    fn task_orders(&mut self, ledger: &Ledger, open: &[Uuid]) -> Ask {
        let many = if self.dice.one_in(6) {
            self.dice.between(2, 8)
        } else {
            1
        };
        let mut by = (*self.dice.pick(&PEOPLE)).to_owned();
        let mut orders = Vec::new();
        for _ in 0..many {
            let task = match self.dice.roll(20) {
                0 => self.dice.any(&self.closed),
                1 => Some(Uuid::from_u128(self.dice.roll(9).into())),
                _ => None,
            };
            let task = task.unwrap_or_else(|| *self.dice.pick(open));
            let known = ledger.tasks.get(&task);
            if let Some(holder) = known.and_then(|task| task.holder.as_ref())
                && orders.is_empty()
                && !self.dice.one_in(5)
            {
                by.clone_from(&holder.by);
            }
            let order = self.task_order(known);
            orders.push((task, order));
        }
        Ask::Tasks { by, orders }
    }

    fn task_order(&mut self, known: Option<&crate::ledger::Task>) -> TaskOrder {
        let dice = &mut self.dice;
        let lease_ms = (!dice.one_in(3)).then(|| *dice.pick(&LEASES_MS));
        match dice.roll(14) {
            12 | 13 => clock_order(dice, known),
            0 | 1 => TaskOrder::Claim { lease_ms },
            2 => TaskOrder::Release,
            3 => TaskOrder::Heartbeat { lease_ms },
            4 => TaskOrder::Fail {
                error: "it went wrong".to_owned(),
            },
            _ => {
                let kept = known.and_then(|task| task.result.clone());
                let person = known.is_some_and(|task| task.spec.actor.starts_with("HUMAN"));
                let result = match kept.filter(|_| dice.one_in(2)) {
                    Some(kept) => kept,
                    None => result(dice, person),
                };
                TaskOrder::Complete { result }
            }
        }
    }
}

fn payload(dice: &mut Dice, now: Ms) -> Value {
    let at = now + dice.roll(600_000) as Ms;
    let at = hms_server::clock::moment(at).to_rfc3339();
    json!({"n": dice.roll(4), "id": format!("K-{}", dice.roll(50)), "items": [1, {"n": 2}, null], "at": at})
}

fn result(dice: &mut Dice, person: bool) -> Value {
    let n = dice.roll(4);
    if !person || dice.one_in(20) {
        return match dice.roll(8) {
            0 => json!({}),
            1 => json!(n),
            2 => Value::Null,
            _ => json!({"n": n}),
        };
    }
    match dice.roll(8) {
        0..=2 => json!({"outcome": "approve", "n": n}),
        3 | 4 => json!({"outcome": "more", "note": "again", "n": n}),
        5 => json!({"approved": false}),
        6 => json!({"outcome": "perhaps"}),
        _ => json!({"approved": true, "outcome": "reject"}),
    }
}

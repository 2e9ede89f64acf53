use std::collections::{BTreeMap, HashMap};

use serde_json::Value;
use uuid::Uuid;

use super::intervene::orders;
use super::script::{Answer, Ordered, Says, Script};
use super::standing::standing;
use super::timeline::{Happened, Timeline, What};
use crate::expression::Scope;
use crate::{
    Command, Effect, EntryKind, Order, Rejected, Run, RunStatus, Task, TaskStatus, Time, Workflow,
    step,
};

/// More than this is no simulation anybody reads.
const HAPPENED_MAX: usize = 100_000;
/// What is played when nobody says how long: ten years.
const ADVANCE_MS_MAX: i64 = 3_650 * 24 * 3_600_000;

/// Plays a script with these workflows, as long as it says.
pub fn simulate(workflows: &[&Workflow], script: &Script) -> Timeline {
    let advance = script
        .advance_ms
        .unwrap_or(ADVANCE_MS_MAX)
        .min(ADVANCE_MS_MAX);
    let end = script.begin + chrono::TimeDelta::milliseconds(advance);
    let mut world = World {
        workflows,
        script,
        now: script.begin,
        runs: Vec::new(),
        agenda: BTreeMap::new(),
        planned: 0,
        left: script.answers.iter().map(|answer| answer.times).collect(),
        happened: Vec::new(),
    };
    for (at, event) in script.events.iter().enumerate() {
        world.plan(event.at, Act::Event(at));
    }
    for (at, order) in script.orders.iter().enumerate() {
        world.plan(order.at, Act::Order(at));
    }
    while world.happened.len() < HAPPENED_MAX {
        let Some(next) = world.agenda.first_entry() else {
            break;
        };
        if next.key().0 > end {
            break;
        }
        let ((at, ..), act) = next.remove_entry();
        world.now = world.now.max(at);
        world.act(act);
    }
    let cut = world.happened.len() >= HAPPENED_MAX;
    let last = world.now;
    Timeline {
        begin: script.begin,
        end: if script.advance_ms.is_some() && !cut {
            end
        } else {
            last
        },
        runs: (world.runs.iter().enumerate())
            .map(|(at, playing)| standing(at, &playing.run, playing.workflow))
            .collect(),
        happened: world.happened,
        cut,
    }
}

struct World<'s> {
    workflows: &'s [&'s Workflow],
    script: &'s Script,
    now: Time,
    runs: Vec<Playing<'s>>,
    /// What is to happen: the earliest first, at one moment the clock before people, then in the order
    /// in which it was planned.
    agenda: BTreeMap<(Time, u8, u64), Act>,
    planned: u64,
    /// How often each answer can still be given; none is always.
    left: Vec<Option<u32>>,
    happened: Vec<Happened>,
}

/// A run in play.
struct Playing<'s> {
    workflow: &'s Workflow,
    run: Run,
    /// The attempt at each open task that an answer was looked for.
    offered: HashMap<Uuid, u32>,
}

/// Something planned.
enum Act {
    Timer {
        run: usize,
        timer: u32,
    },
    Event(usize),
    Order(usize),
    Claim {
        run: usize,
        task: Uuid,
        answer: usize,
    },
    Answer {
        run: usize,
        task: Uuid,
        answer: usize,
    },
    /// A run has another workflow run for it.
    Call {
        by: usize,
        run: Uuid,
        workflow: String,
        payload: Value,
    },
    /// What one run means for another.
    Tell {
        run: Uuid,
        order: Order,
    },
}

impl<'s> World<'s> {
    fn plan(&mut self, at: Time, act: Act) {
        let rank = match act {
            Act::Timer { .. } => 0,
            _ => 1,
        };
        self.planned += 1;
        self.agenda.insert((at, rank, self.planned), act);
    }

    fn later(&self, ms: i64) -> Time {
        self.now + chrono::TimeDelta::milliseconds(ms)
    }

    fn tell(&mut self, run: Option<usize>, what: What) {
        self.happened.push(Happened {
            at: self.now,
            run: run.map(|run| run + 1),
            what,
        });
    }

    fn act(&mut self, act: Act) {
        let script = self.script;
        match act {
            Act::Timer { run, timer } => self.order(run, Command::timer(timer), None),
            Act::Event(at) => self.event(&script.events[at].name, &script.events[at].payload),
            Act::Order(at) => self.intervene(at),
            Act::Claim { run, task, answer } => {
                let lease_ms = script.answers[answer].lease_ms;
                self.answer(run, task, answer, Order::Claim { task, lease_ms });
            }
            Act::Answer { run, task, answer } => {
                let order = match script.answers[answer].says.clone() {
                    Says::Result(result) => Order::Complete { task, result },
                    Says::Fails(error) => Order::Fail { task, error },
                    Says::Nothing => return,
                };
                self.answer(run, task, answer, order);
            }
            Act::Call {
                by,
                run,
                workflow,
                payload,
            } => self.call(by, run, &workflow, payload),
            Act::Tell { run, order } => {
                let run = self.runs.iter().position(|playing| playing.run.id == run);
                if let Some(run) = run {
                    self.order(run, Command::new("call", order), None);
                }
            }
        }
    }

    /// Another workflow begins for a run, if it is among those in play.
    fn call(&mut self, by: usize, id: Uuid, name: &str, payload: Value) {
        let workflows = self.workflows;
        let Some(workflow) = workflows.iter().find(|workflow| workflow.id == name) else {
            let why = format!("there is no workflow {name} in play");
            let order = Order::CallRefused { run: id, why };
            return self.order(by, Command::new("call", order), None);
        };
        let run = Run::called(id, workflow, payload, &self.runs[by].run);
        self.runs.push(Playing {
            workflow,
            run,
            offered: HashMap::new(),
        });
        self.order(
            self.runs.len() - 1,
            Command::new("call", Order::Start),
            None,
        );
    }

    /// An event starts runs, and goes to those that wait for its name.
    fn event(&mut self, name: &str, payload: &Value) {
        self.tell(
            None,
            What::Event {
                name: name.to_owned(),
            },
        );
        let id = self.fresh_id();
        let begun = self.runs.len();
        for run in 0..begun {
            let playing = &self.runs[run];
            let open = playing.run.status == RunStatus::Running;
            if open && playing.workflow.awaited_events().contains(name) {
                let (event, name) = (id, name.to_owned());
                let payload = payload.clone();
                let order = Order::Signal {
                    event,
                    name,
                    payload,
                };
                self.order(run, Command::new("event", order), None);
            }
        }
        let workflows = self.workflows;
        for workflow in workflows.iter().filter(|workflow| workflow.start == name) {
            let run = Run::new(self.fresh_id(), workflow, payload.clone());
            self.runs.push(Playing {
                workflow,
                run,
                offered: HashMap::new(),
            });
            let run = self.runs.len() - 1;
            self.order(run, Command::new("event", Order::Start), None);
        }
    }

    /// A UUIDv7 of this moment; the same each time the script is played.
    fn fresh_id(&mut self) -> Uuid {
        self.planned += 1;
        let ms = u64::try_from(self.now.timestamp_millis()).unwrap_or(0) & 0xffff_ffff_ffff;
        Uuid::from_u64_pair(ms << 16 | 0x7000, 0x8000_0000_0000_0000 | self.planned)
    }

    fn intervene(&mut self, at: usize) {
        let given = &self.script.orders[at];
        let mut done = 0;
        for run in 0..self.runs.len() {
            let playing = &self.runs[run].run;
            let meant = given.key.is_none() || given.key == playing.key;
            if !meant || playing.status != RunStatus::Running {
                continue;
            }
            let orders = orders(given, playing);
            done += orders.len();
            for (order, step) in orders {
                self.order(run, Command::new(given.by.clone(), order), step);
            }
        }
        if done == 0 {
            let why = match &given.order {
                Ordered::Cancel => "there is no run to cancel".to_owned(),
                Ordered::Retry { step, .. } => format!("nothing has stopped at {step}"),
                Ordered::Pause { step, .. }
                | Ordered::Resume { step }
                | Ordered::Extend { step, .. } => format!("no task of {step} is open"),
            };
            self.tell(None, What::Idle { why });
        }
    }

    /// Somebody does something about a task.
    fn answer(&mut self, run: usize, task: Uuid, answer: usize, order: Order) {
        // The task may be closed by now: who comes too late is told so at its step.
        let step = self.runs[run].step_of(task);
        let by = self.script.answers[answer].by.clone();
        let by = by
            .or_else(|| self.runs[run].actor_of(task))
            .unwrap_or_default();
        self.order(run, Command::new(by, order), step);
    }

    fn order(&mut self, run: usize, command: Command, step_id: Option<String>) {
        let playing = &mut self.runs[run];
        match step(playing.workflow, &mut playing.run, &command, self.now) {
            Ok(effects) => {
                for effect in effects {
                    match effect {
                        Effect::SetTimer(timer) => {
                            let number = timer.number;
                            self.plan(timer.due, Act::Timer { run, timer: number });
                        }
                        Effect::StartRun {
                            run: id,
                            workflow,
                            payload,
                        } => {
                            let call = Act::Call {
                                by: run,
                                run: id,
                                workflow,
                                payload,
                            };
                            self.plan(self.now, call);
                        }
                        Effect::CancelRun(id) => {
                            let note = "The run that called this one wants it no more".to_owned();
                            let order = Order::Cancel { note };
                            self.plan(self.now, Act::Tell { run: id, order });
                        }
                        Effect::FinishRun(status) => {
                            let ended = &self.runs[run].run;
                            if let Some(parent) = ended.parent {
                                let order = Order::CallEnded {
                                    run: ended.id,
                                    status,
                                    result: came_to(ended),
                                };
                                self.plan(self.now, Act::Tell { run: parent, order });
                            }
                        }
                        Effect::Record(entry) => {
                            if let (EntryKind::LeaseExpired { .. }, Some(task)) =
                                (&entry.kind, entry.task)
                            {
                                self.runs[run].offered.remove(&task);
                            }
                            let by = command.by.clone();
                            self.tell(Some(run), What::Entry { by, entry });
                        }
                        _ => {}
                    }
                }
                self.offer(run);
            }
            // The event is for another run.
            Err(Rejected::NotAwaited | Rejected::EventKnown) => {}
            // The timer was cleared, or ended with its run.
            Err(_) if matches!(command.order, Order::TimerFired { .. }) => {}
            Err(rejected) => {
                let what = What::Refused {
                    by: command.by,
                    step: step_id,
                    order: name_of(&command.order).to_owned(),
                    why: rejected.to_string(),
                };
                self.tell(Some(run), what);
            }
        }
    }

    /// Finds an answer for each task that can be taken and has none yet.
    fn offer(&mut self, run: usize) {
        let now = self.now;
        let playing = &mut self.runs[run];
        let free = playing.run.tasks.iter().filter(|task| {
            task.status == TaskStatus::New
                && task.not_before.is_none_or(|at| at <= now)
                && playing.offered.get(&task.id) != Some(&task.attempt)
        });
        let free: Vec<Task> = free.cloned().collect();
        for task in free {
            self.runs[run].offered.insert(task.id, task.attempt);
            let Some(answer) = self.find(run, &task) else {
                continue;
            };
            if let Some(left) = &mut self.left[answer] {
                *left -= 1;
            }
            let given = &self.script.answers[answer];
            let task = task.id;
            if let Some(ms) = given.claim_ms {
                self.plan(self.later(ms), Act::Claim { run, task, answer });
            }
            if given.says != Says::Nothing {
                let at = self.later(given.after_ms);
                self.plan(at, Act::Answer { run, task, answer });
            }
        }
    }

    fn find(&self, run: usize, task: &Task) -> Option<usize> {
        let playing = &self.runs[run];
        let step = playing.workflow.step(&task.step_id)?;
        let fits = |answer: &Answer| {
            answer.is_for(step, &task.actor)
                && answer.condition.as_ref().is_none_or(|condition| {
                    let scope = Scope::of(&playing.run, task.list);
                    condition.evaluate(scope) == Ok(Value::Bool(true))
                })
        };
        let answers = self.script.answers.iter().zip(&self.left);
        answers
            .enumerate()
            .find(|(_, (answer, left))| **left != Some(0) && fits(answer))
            .map(|(at, _)| at)
    }
}

impl Playing<'_> {
    fn task(&self, id: Uuid) -> Option<&Task> {
        self.run.task(id)
    }

    fn step_of(&self, task: Uuid) -> Option<String> {
        self.task(task).map(|task| task.step_id.clone())
    }

    fn actor_of(&self, task: Uuid) -> Option<String> {
        self.task(task).map(|task| task.actor.name.clone())
    }
}

/// What a run that was called came to.
fn came_to(run: &Run) -> Value {
    let last = || run.last.as_ref().and_then(|step| run.results.get(step));
    let result = run.result.as_ref().or_else(last);
    result.cloned().unwrap_or_default()
}

/// The word for an order.
fn name_of(order: &Order) -> &'static str {
    match order {
        Order::Start => "start",
        Order::Claim { .. } => "claim",
        Order::Complete { .. } => "complete",
        Order::Fail { .. } => "fail",
        Order::Signal { .. } => "signal",
        Order::Cancel { .. } => "cancel",
        Order::Retry { .. } => "retry",
        Order::Pause { .. } => "pause",
        Order::Resume { .. } => "resume",
        Order::Extend { .. } => "extend",
        _ => "order",
    }
}

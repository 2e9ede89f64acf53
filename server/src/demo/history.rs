use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use hms_engine::{ActorPattern, TaskStatus, Time};
use serde_json::{Value, json};
use tokio::sync::oneshot;
use uuid::Uuid;

use super::samples;
use crate::node::Opened;
use crate::orchestrator::{Conductor, Hands, NewEvent, Origin, Refusal, TaskOrder, Work};
use crate::store::{Holder, Shelf, TaskOrder as TaskOrderBy, TaskQuery, TaskRow};

/// How many days the history goes back.
const DAYS: i64 = 30;
/// How many cases it has.
const CASES: usize = 320;
/// How many of them came in lately, and how lately.
const FRESH: usize = 12;
const FRESH_WITHIN: Duration = Duration::from_secs(90 * 60);
/// The longest lease a sample worker takes, in milliseconds; it always finishes within it.
const LEASE_MS: u64 = 600_000;

/// Who acts in the history.
#[derive(Debug, Clone)]
pub struct Cast {
    /// As the audit trail names the investigator.
    pub investigator: String,
    /// As the audit trail names the supervisor.
    pub supervisor: String,
    /// The labeller's answer to a payload.
    pub label: fn(&Value) -> Value,
}

/// What happens next in the simulated month.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Act {
    File(usize),
    Label,
    Notify,
    Complete {
        task: Uuid,
        by: String,
        answer: String,
    },
    Accept {
        task: Uuid,
        by: String,
    },
    Decide {
        task: Uuid,
        by: String,
    },
}

/// Numbers that look like chance and are the same each time (SplitMix64).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % below.max(1)
    }

    fn between(&mut self, from: Duration, to: Duration) -> Duration {
        let span = (to - from).as_millis() as u64;
        from + Duration::from_millis(self.roll(span))
    }
}

struct Month<'c> {
    conductor: Conductor,
    cast: &'c Cast,
    dice: Dice,
    acts: BinaryHeap<Reverse<(Time, Act)>>,
    shelf: Arc<dyn Shelf>,
    /// The human tasks whose people are on their way.
    seen: HashSet<Uuid>,
    /// Everything before this has been done.
    now: Time,
}

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);

/// Makes the history: a month of cases up to workflow time now, each step done by the real engine at
/// its own simulated moment. Cases that have not ended by now stay open.
pub async fn make(opened: &Opened, cast: &Cast) -> Result<(), Refusal> {
    let end = opened.clock.now();
    let start = end - Duration::from_secs(86_400) * DAYS as u32;
    let conductor = opened.conductor(true).await?;
    let mut month = Month {
        conductor,
        cast,
        dice: Dice(2026),
        acts: BinaryHeap::new(),
        shelf: opened.store.shelf(),
        seen: HashSet::new(),
        now: start,
    };
    let span = (end - start).num_milliseconds().unsigned_abs();
    for n in 0..CASES {
        // The last ones came in just now, so that an inbox has work to show.
        let ago = if n < CASES - FRESH {
            span
        } else {
            FRESH_WITHIN.as_millis() as u64
        };
        let at = end - Duration::from_millis(month.dice.roll(ago));
        month.acts.push(Reverse((at, Act::File(n))));
    }
    while let Some(Reverse((at, act))) = month.acts.pop() {
        if at > end {
            break;
        }
        month.let_time_pass(at).await?;
        month.act(act).await?;
    }
    month.let_time_pass(end).await
}

impl Month<'_> {
    /// Fires each timer at its own moment up to `to`; whoever a missed deadline hands the case to is
    /// then to act.
    async fn let_time_pass(&mut self, to: Time) -> Result<(), Refusal> {
        while let Some(due) = self.conductor.next_due().filter(|due| *due <= to) {
            self.now = self.now.max(due);
            self.conductor.beat(self.now, Vec::new()).await?;
            self.people("HUMAN:supervisor").await?;
        }
        self.now = self.now.max(to);
        Ok(())
    }

    async fn act(&mut self, act: Act) -> Result<(), Refusal> {
        match act {
            Act::File(n) => {
                let chosen = self.dice.roll(u64::MAX) as usize;
                let event = NewEvent {
                    name: "ComplaintLogged".to_owned(),
                    payload: samples::complaint(n, chosen),
                    origin: Some(Origin {
                        source: "sample".to_owned(),
                        id: n.to_string(),
                    }),
                    report: None,
                };
                let (answer, answered) = oneshot::channel();
                self.turn(Work::Emit {
                    events: vec![event],
                    answer: answer.into(),
                })
                .await?;
                let _: Vec<_> = reply(answered)?.into_iter().collect::<Result<_, _>>()?;
                let after = self.dice.between(SECOND, 20 * SECOND);
                self.soon(after, Act::Label);
            }
            Act::Label => {
                for row in self.lease("AI:fraud-labeler").await? {
                    let payload = serde_json::from_str(row.payload.get()).unwrap_or_default();
                    let answer = (self.cast.label)(&payload).to_string();
                    let by = "AI:fraud-labeler".to_owned();
                    let after = self.dice.between(SECOND, 4 * SECOND);
                    self.soon(
                        after,
                        Act::Complete {
                            task: row.task.id,
                            by,
                            answer,
                        },
                    );
                }
            }
            Act::Notify => {
                for row in self.lease("SVC:email-svc").await? {
                    let answer = json!({"sent": false, "why": "no address"}).to_string();
                    let by = "SVC:email-svc".to_owned();
                    let after = self.dice.between(SECOND, 3 * SECOND);
                    self.soon(
                        after,
                        Act::Complete {
                            task: row.task.id,
                            by,
                            answer,
                        },
                    );
                }
            }
            Act::Decide { task, by } => {
                // One in five is rejected; the note says so in the case's own words.
                let approved = self.dice.roll(5) > 0;
                let answer = if approved {
                    json!({"outcome": "approve", "approved": true, "note": ""})
                } else {
                    json!({"outcome": "reject", "approved": false, "note": "Not enough to go on."})
                };
                self.complete(task, by, &answer.to_string()).await?;
            }
            Act::Complete { task, by, answer } => self.complete(task, by, &answer).await?,
            Act::Accept { task, by } => {
                self.order(task, by, TaskOrder::Claim { lease_ms: None })
                    .await?;
            }
        }
        Ok(())
    }

    /// Finishes a task, and whoever is next will look.
    async fn complete(&mut self, task: Uuid, by: String, answer: &str) -> Result<(), Refusal> {
        let result = serde_json::from_str(answer).unwrap_or_default();
        self.order(task, by, TaskOrder::Complete { result }).await?;
        let after = self.dice.between(SECOND, 5 * SECOND);
        self.soon(after, Act::Notify);
        self.people("HUMAN:investigator").await
    }

    /// People who have new work take it after a while and decide later: most in time, some not.
    async fn people(&mut self, actor: &str) -> Result<(), Refusal> {
        let supervisor = actor.ends_with("supervisor");
        let by = if supervisor {
            &self.cast.supervisor
        } else {
            &self.cast.investigator
        };
        let by = by.clone();
        let asked = TaskQuery {
            actors: vec![pattern(actor)?.into()],
            statuses: vec![TaskStatus::New],
            holder: Holder::Any,
            escalated: false,
            ready_at: None,
            order: TaskOrderBy::Deadline,
            after: None,
            limit: 1_000,
        };
        for row in self.shelf.tasks(&asked).await? {
            let task = row.task.id;
            if !self.seen.insert(task) {
                continue;
            }
            let late = !supervisor && self.dice.roll(9) == 0;
            let accepts = self.dice.between(2 * MINUTE, 50 * MINUTE);
            let takes = match (supervisor, late) {
                (true, _) => self.dice.between(HOUR, 8 * HOUR),
                (_, true) => 6 * HOUR,
                (_, false) => self.dice.between(HOUR, 230 * MINUTE),
            };
            self.soon(
                accepts,
                Act::Accept {
                    task,
                    by: by.clone(),
                },
            );
            self.soon(
                takes,
                Act::Decide {
                    task,
                    by: by.clone(),
                },
            );
        }
        Ok(())
    }

    async fn lease(&mut self, actor: &str) -> Result<Vec<TaskRow>, Refusal> {
        let (answer, answered) = oneshot::channel();
        let actor = pattern(actor)?;
        let by = actor.prefix();
        self.turn(Work::Lease {
            by,
            actor,
            limit: 100,
            lease_ms: LEASE_MS,
            answer: answer.into(),
        })
        .await?;
        reply(answered)?
    }

    /// Does one thing with one task. A task that its deadline closed first stays closed.
    async fn order(&mut self, task: Uuid, by: String, order: TaskOrder) -> Result<(), Refusal> {
        let (answer, answered) = oneshot::channel();
        self.turn(Work::Tasks {
            hands: Hands::from(by.as_str()),
            orders: vec![(task, order)],
            answer: answer.into(),
        })
        .await?;
        for done in reply(answered)? {
            match done {
                Ok(_) | Err(Refusal::Closed(_)) => {}
                Err(refusal) => return Err(refusal),
            }
        }
        Ok(())
    }

    async fn turn(&mut self, work: Work) -> Result<(), Refusal> {
        self.conductor.beat(self.now, vec![work]).await?;
        Ok(())
    }

    fn soon(&mut self, after: Duration, act: Act) {
        self.acts.push(Reverse((self.now + after, act)));
    }
}

fn pattern(actor: &str) -> Result<ActorPattern, Refusal> {
    actor
        .parse()
        .map_err(|error| Refusal::Unavailable(format!("{error}")))
}

fn reply<T>(mut answered: oneshot::Receiver<T>) -> Result<T, Refusal> {
    answered
        .try_recv()
        .map_err(|_| Refusal::Unavailable("it was not committed".to_owned()))
}

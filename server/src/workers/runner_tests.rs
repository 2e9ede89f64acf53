//! The loop with a source that says what it is told to say. Nothing here waits for luck: each test
//! goes on when the source has heard what it must.

use std::collections::VecDeque;
use std::sync::Mutex;

use hms_engine::{Actor, ActorKind};
use serde_json::json;
use tokio::sync::watch;

use super::*;

/// A source that hands out what it was given and remembers what it was brought.
struct Scripted {
    tasks: Mutex<VecDeque<TaskJson>>,
    /// How many of the next calls fail.
    outages: Mutex<u32>,
    /// Whether a renewed task is still the worker's.
    kept: bool,
    said: watch::Sender<Vec<String>>,
}

impl Scripted {
    fn new(tasks: u8, outages: u32, kept: bool) -> Arc<Scripted> {
        Arc::new(Scripted {
            tasks: Mutex::new((1..=tasks).map(task).collect()),
            outages: Mutex::new(outages),
            kept,
            said: watch::channel(Vec::new()).0,
        })
    }

    fn with(tasks: u8) -> Arc<Scripted> {
        Scripted::new(tasks, 0, true)
    }

    fn say(&self, what: String) {
        self.said.send_modify(|said| said.push(what));
    }

    /// Waits until it has heard a line so many times.
    async fn heard(&self, line: &str, times: usize) {
        let enough = |said: &Vec<String>| said.iter().filter(|had| *had == line).count() >= times;
        let heard = async { self.said.subscribe().wait_for(enough).await.map(|_| ()) };
        let heard = tokio::time::timeout(Duration::from_secs(20), heard).await;
        assert!(heard.is_ok(), "never {line} in {:?}", self.said.borrow());
    }

    fn reach(&self) -> Result<(), NotNow> {
        let mut outages = self.outages.lock().unwrap();
        if *outages > 0 {
            *outages -= 1;
            return Err(NotNow("away".into()));
        }
        Ok(())
    }
}

#[async_trait]
impl Source for Scripted {
    fn renews_every(&self) -> Duration {
        Duration::from_millis(5)
    }

    async fn take(&self, limit: u32, stop: &CancellationToken) -> Result<Vec<TaskJson>, NotNow> {
        let taken: Vec<TaskJson> = {
            let mut tasks = self.tasks.lock().unwrap();
            let n = tasks.len().min(limit as usize);
            tasks.drain(..n).collect()
        };
        if taken.is_empty() {
            stop.cancelled().await;
        } else {
            self.say(format!("took {}", taken.len()));
        }
        Ok(taken)
    }

    async fn done(&self, results: &[(Uuid, Value)]) -> Result<(), NotNow> {
        self.reach()?;
        for (task, _) in results {
            self.say(format!("done {}", task.as_u128()));
        }
        Ok(())
    }

    async fn failed(&self, task: Uuid, error: &str) -> Result<(), NotNow> {
        self.reach()?;
        self.say(format!("failed {}: {error}", task.as_u128()));
        Ok(())
    }

    async fn renew(&self, task: Uuid) -> Result<bool, NotNow> {
        self.say(format!("renewed {}", task.as_u128()));
        Ok(self.kept)
    }
}

fn task(n: u8) -> TaskJson {
    let id = Uuid::from_u128(n.into());
    serde_json::from_str(&format!(
        r#"{{"id": "{id}", "run_id": "{id}", "workflow": "w", "step_id": "s", "actor": "SVC:x", "status": "CLAIMED",
        "created": "2024-05-14T10:03:00Z", "expires": null, "payload": {{}}, "input": null, "result": null, "attempt": 1}}"#
    ))
    .unwrap()
}

/// What the worker does with every task.
#[derive(Clone, Copy)]
enum Deed {
    Answers,
    Fails,
    Panics,
    /// Answers when the source has heard a line so many times.
    After(&'static str, usize),
}

struct Does(Arc<Scripted>, Deed);

#[async_trait]
impl Worker for Does {
    fn name(&self) -> &'static str {
        "does"
    }

    fn actor(&self) -> Actor {
        super::super::actor(ActorKind::Svc, "x")
    }

    fn at_once(&self) -> u32 {
        3
    }

    async fn work(&self, _: &TaskJson) -> Result<Value, WorkFailed> {
        match self.1 {
            Deed::Answers => {}
            Deed::Fails => return Err(WorkFailed("no".into())),
            Deed::Panics => panic!("a defect of the worker"),
            Deed::After(line, times) => self.0.heard(line, times).await,
        }
        Ok(json!(1))
    }
}

/// Runs the loop until the source has heard a line, stops it, and gives all it was told.
async fn told(source: Arc<Scripted>, deed: Deed, until: &str, drain: Duration) -> Vec<String> {
    let stop = CancellationToken::new();
    let worker = Arc::new(Does(source.clone(), deed));
    let running = tokio::spawn(run(worker, source.clone(), stop.clone(), drain));
    source.heard(until, 1).await;
    stop.cancel();
    running.await.unwrap();
    source.said.borrow().clone()
}

const LONG: Duration = Duration::from_secs(20);

#[tokio::test]
async fn no_more_are_taken_than_can_be_done_at_once_and_none_is_lost() {
    let said = told(Scripted::with(7), Deed::Answers, "done 7", LONG).await;
    let taken = said.iter().filter_map(|line| line.strip_prefix("took "));
    let taken: Vec<u32> = taken.map(|n| n.parse().unwrap()).collect();
    assert_eq!(taken.iter().sum::<u32>(), 7);
    assert!(taken.iter().all(|n| *n <= 3), "{taken:?}");
    for n in 1..=7 {
        let line = format!("done {n}");
        assert_eq!(
            said.iter().filter(|had| **had == line).count(),
            1,
            "{said:?}"
        );
    }
}

#[tokio::test]
async fn a_failure_and_a_panic_are_failed_attempts() {
    let said = told(Scripted::with(1), Deed::Fails, "failed 1: no", LONG).await;
    assert_eq!(said, ["took 1", "failed 1: no"]);
    let broke = "failed 1: the worker broke off";
    let said = told(Scripted::with(1), Deed::Panics, broke, LONG).await;
    assert_eq!(said, ["took 1", broke]);
}

#[tokio::test]
async fn results_are_brought_again_until_they_are_taken() {
    let source = Scripted::new(1, 2, true);
    let said = told(source, Deed::Answers, "done 1", LONG).await;
    assert_eq!(said, ["took 1", "done 1"]);
}

#[tokio::test]
async fn long_work_keeps_its_lease() {
    let said = told(
        Scripted::with(1),
        Deed::After("renewed 1", 3),
        "done 1",
        LONG,
    )
    .await;
    assert!(
        said.iter().filter(|line| *line == "renewed 1").count() >= 3,
        "{said:?}"
    );
}

#[tokio::test]
async fn work_that_was_lost_to_another_is_dropped() {
    let source = Scripted::new(1, 0, false);
    let said = told(source, Deed::After("never", 1), "renewed 1", LONG).await;
    assert_eq!(said, ["took 1", "renewed 1"]);
}

#[tokio::test]
async fn told_to_stop_it_finishes_what_it_has_begun() {
    // Stopped at the first renewal, it goes on to the third and answers.
    let said = told(
        Scripted::with(1),
        Deed::After("renewed 1", 3),
        "renewed 1",
        LONG,
    )
    .await;
    assert_eq!(said.last().map(String::as_str), Some("done 1"));
}

#[tokio::test]
async fn told_to_stop_it_waits_no_longer_than_it_may() {
    let drain = Duration::from_millis(50);
    let said = told(Scripted::with(1), Deed::After("never", 1), "took 1", drain).await;
    assert!(!said.contains(&"done 1".to_owned()));
}

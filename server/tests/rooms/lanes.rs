//! Several conductors at one node: journals that stand still and go on as the test wants.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use hms_engine::Workflow;
use hms_server::clock::{Anchor, WorkflowClock};
use hms_server::orchestrator::{NewEvent, Orchestrator, Refusal, Registry};
use hms_server::store::sqlite::SqliteStore;
use hms_server::store::{
    Batch, CalendarVersion, Journal, Loaded, Look, Needed, StoreError, WorkflowVersion,
};
use serde_json::json;
use tokio::sync::{Semaphore, mpsc};
use uuid::Uuid;

const FLOW: &str = "id: W\nstart: Filed\nsteps:\n  - id: one\n    actor: SVC:x\n    sla: 1m\n";

/// What was asked of which journal.
#[derive(Debug, PartialEq, Eq)]
enum Asked {
    Committed(&'static str),
    DueTimers(&'static str),
}

/// Keeps nothing and says what it was asked; the first looks around once it is let.
struct Told {
    name: &'static str,
    asked: mpsc::UnboundedSender<Asked>,
    may_look: Arc<Semaphore>,
}

#[async_trait]
impl Journal for Told {
    fn shared(&self) -> bool {
        true
    }

    fn beside(&self) -> Option<Box<dyn Journal>> {
        Some(Box::new(Told {
            name: "other",
            asked: self.asked.clone(),
            may_look: self.may_look.clone(),
        }))
    }

    async fn begin(&mut self, needed: &Needed) -> Result<Loaded, StoreError> {
        if needed.due > 0 {
            self.asked.send(Asked::DueTimers(self.name)).unwrap();
        }
        Ok(Loaded::default())
    }

    async fn more(&mut self, _: &[Uuid]) -> Result<Loaded, StoreError> {
        Ok(Loaded::default())
    }

    async fn commit(&mut self, _: Batch) -> Result<(), StoreError> {
        self.asked.send(Asked::Committed(self.name)).unwrap();
        Ok(())
    }

    async fn abandon(&mut self) {}

    async fn look(&mut self) -> Result<Look, StoreError> {
        let _may = self.may_look.acquire().await.unwrap();
        Ok(Look::default())
    }

    async fn probe(&mut self) -> Result<(), StoreError> {
        Ok(())
    }

    async fn deploy(&mut self, _: &WorkflowVersion) -> Result<i64, StoreError> {
        Ok(0)
    }

    async fn deploy_calendar(&mut self, _: &CalendarVersion) -> Result<i64, StoreError> {
        Ok(0)
    }

    async fn clock(&mut self) -> Result<Option<(Anchor, i64)>, StoreError> {
        Ok(None)
    }

    async fn set_clock(&mut self, _: Anchor, _: i64) -> Result<(), StoreError> {
        Ok(())
    }
}

struct Node {
    orchestrator: Orchestrator,
    asked: mpsc::UnboundedReceiver<Asked>,
    may_look: Arc<Semaphore>,
    _folder: tempfile::TempDir,
}

/// A node whose first conductor stands still until it may look around.
async fn node(rate: f64) -> Node {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&folder.path().join("hms.db"))
        .await
        .unwrap();
    let registry = Registry::default();
    registry.put(Workflow::parse(FLOW).unwrap().workflow, Some(1));
    let anchor = Anchor {
        wall_ms: hms_server::clock::wall_ms(),
        workflow_ms: 0,
        rate,
    };
    let (tell, asked) = mpsc::unbounded_channel();
    let may_look = Arc::new(Semaphore::new(0));
    let first = Told {
        name: "first",
        asked: tell,
        may_look: may_look.clone(),
    };
    let orchestrator = Orchestrator::start(
        Arc::new(WorkflowClock::new(anchor, 0)),
        Arc::new(store),
        Box::new(first),
        Arc::new(registry),
        None,
    );
    Node {
        orchestrator,
        asked,
        may_look,
        _folder: folder,
    }
}

fn filed() -> NewEvent {
    NewEvent {
        name: "Filed".to_owned(),
        payload: json!({}),
        origin: None,
        report: None,
    }
}

async fn within<T>(what: &str, asked: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(60), asked)
        .await
        .unwrap_or_else(|_| panic!("waited too long for {what}"))
}

#[tokio::test]
async fn while_one_stands_still_another_goes_on_and_its_timers_are_the_firsts_to_fire() {
    // A deadline in a minute of workflow time comes in six hundredths of a second.
    let mut node = node(1_000.0).await;
    let emitted = within("the event", node.orchestrator.emit(filed())).await;
    assert_eq!(emitted.unwrap().runs.len(), 1);
    assert_eq!(node.asked.recv().await, Some(Asked::Committed("other")));
    // The first has looked around before it hears of the timer, and what it saw names none.
    node.may_look.add_permits(1);
    let next = within("the timer", async {
        loop {
            match node.asked.recv().await {
                // What it asks when it begins.
                Some(Asked::DueTimers(_)) if node.orchestrator.now() < deadline() => {}
                other => break other,
            }
        }
    });
    assert_eq!(next.await, Some(Asked::DueTimers("first")));
    within("the end", node.orchestrator.stop()).await;
}

#[tokio::test]
async fn when_all_have_broken_who_waits_hears_that_nothing_was_done() {
    let mut node = node(1.0).await;
    // What they tell is heard by nobody, which breaks them.
    node.asked.close();
    node.may_look.add_permits(1);
    for _ in 0..3 {
        let told = within("an answer", node.orchestrator.emit(filed())).await;
        assert!(matches!(told, Err(Refusal::Unavailable(_))), "{told:?}");
    }
    within("that it has ended", node.orchestrator.ended()).await;
}

fn deadline() -> hms_engine::Time {
    "1970-01-01T00:01:00Z".parse().unwrap()
}

#[tokio::test]
async fn a_node_that_is_told_to_stop_does_what_has_arrived_and_ends() {
    let node = node(1.0).await;
    let many = (0..50).map(|_| {
        let orchestrator = node.orchestrator.clone();
        tokio::spawn(async move { orchestrator.emit(filed()).await })
    });
    let many: Vec<_> = many.collect();
    tokio::task::yield_now().await;
    node.may_look.add_permits(1);
    within("the end", node.orchestrator.stop()).await;
    within("that it has ended", node.orchestrator.ended()).await;
    for one in many {
        within("an answer", one).await.unwrap().unwrap();
    }
    assert!(node.orchestrator.emit(filed()).await.is_err());
}

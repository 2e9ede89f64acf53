//! More arrives than can be kept.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use hms_server::clock::{Anchor, WorkflowClock};
use hms_server::orchestrator::{Orchestrator, Refusal, Registry};
use hms_server::store::sqlite::SqliteStore;
use hms_server::store::{
    Batch, CalendarVersion, Journal, Loaded, Look, Needed, StoreError, WorkflowVersion,
};
use uuid::Uuid;

/// A store that is asked and never answers.
struct Stuck;

#[async_trait]
impl Journal for Stuck {
    fn shared(&self) -> bool {
        false
    }

    async fn begin(&mut self, _: &Needed) -> Result<Loaded, StoreError> {
        std::future::pending().await
    }

    async fn more(&mut self, _: &[Uuid]) -> Result<Loaded, StoreError> {
        std::future::pending().await
    }

    async fn commit(&mut self, _: Batch) -> Result<(), StoreError> {
        std::future::pending().await
    }

    async fn abandon(&mut self) {}

    async fn look(&mut self) -> Result<Look, StoreError> {
        std::future::pending().await
    }

    async fn probe(&mut self) -> Result<(), StoreError> {
        std::future::pending().await
    }

    async fn deploy(&mut self, _: &WorkflowVersion) -> Result<i64, StoreError> {
        std::future::pending().await
    }

    async fn deploy_calendar(&mut self, _: &CalendarVersion) -> Result<i64, StoreError> {
        std::future::pending().await
    }

    async fn clock(&mut self) -> Result<Option<(Anchor, i64)>, StoreError> {
        std::future::pending().await
    }

    async fn set_clock(&mut self, _: Anchor, _: i64) -> Result<(), StoreError> {
        std::future::pending().await
    }
}

/// Asks until told to come again; gives how many were taken, none of which is answered.
async fn fill(orchestrator: &Orchestrator) -> usize {
    let mut taken = 0;
    loop {
        let asked = orchestrator.cancel(Uuid::nil(), "x", String::new());
        match tokio::time::timeout(Duration::ZERO, asked).await {
            Err(_) => taken += 1,
            Ok(Err(Refusal::Overloaded)) => return taken,
            Ok(other) => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn when_machines_have_filled_their_share_there_is_room_for_people() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&folder.path().join("hms.db"))
        .await
        .unwrap();
    let anchor = Anchor {
        wall_ms: 0,
        workflow_ms: 0,
        rate: 1.0,
    };
    let machines = Orchestrator::start(
        Arc::new(WorkflowClock::new(anchor, 0)),
        Arc::new(store),
        Box::new(Stuck),
        Arc::new(Registry::default()),
        None,
    );
    let people = machines.for_people();
    assert!(fill(&machines).await > 1_000);
    // The conductor takes one batch and stays at it; then the machines' share is full again.
    tokio::task::yield_now().await;
    fill(&machines).await;
    assert_eq!(fill(&people).await, 1_024);
    assert_eq!(fill(&machines).await, 0);
}

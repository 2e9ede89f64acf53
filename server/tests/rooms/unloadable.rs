//! Cases whose definition no longer loads stand still, and keep nobody else from going on.

use hms_engine::{TaskStatus, Time};
use hms_server::orchestrator::{NewEvent, Work};
use hms_server::store::Shelf;
use serde_json::json;
use sqlx::{Connection, Executor};
use tokio::sync::oneshot;
use uuid::Uuid;

use crate::calendars::Life;
use crate::orchestrator::actor;

/// More than one turn takes of timers and of free tasks.
const STUCK: usize = 600;

fn definition(id: &str, sla: &str) -> String {
    format!(
        "id: {id}\nstart: {id}Filed\nsteps:\n  - {{ id: review, actor: HUMAN:clerk, sla: {sla}, on_timeout: boss }}\n  - {{ id: boss, actor: HUMAN:boss, sla: 9d }}\n"
    )
}

async fn begin(life: &mut Life, id: &str, cases: usize, now: Time) -> Vec<Uuid> {
    let event = NewEvent {
        name: format!("{id}Filed"),
        payload: json!({}),
        origin: None,
        report: None,
    };
    let (answer, answered) = oneshot::channel();
    let emit = Work::Emit {
        events: vec![event; cases],
        answer: answer.into(),
    };
    life.conductor.beat(now, vec![emit]).await.unwrap();
    let emitted = answered.await.unwrap().into_iter();
    emitted.map(|one| one.unwrap().runs[0].run_id).collect()
}

#[tokio::test]
async fn cases_whose_definition_no_longer_loads_keep_nobody_from_going_on() {
    let data = tempfile::tempdir().unwrap();
    let file = data.path().join("hms.db");
    let now: Time = "2024-05-14T10:00:00Z".parse().unwrap();
    let at = |minutes| now + chrono::TimeDelta::minutes(minutes);
    let mut life = Life::begin(&file).await;
    let by = || "omar".to_owned();
    let (old, good) = (definition("Old", "1h"), definition("Good", "2h"));
    for text in [&old, &good] {
        life.conductor.put_in_force(now, by(), text).await.unwrap();
    }
    let stuck = begin(&mut life, "Old", STUCK, now).await;
    let good_one = begin(&mut life, "Good", 1, now).await[0];
    drop(life);
    // The program comes up in a version that reads the one definition no longer.
    let url = format!("sqlite://{}", file.display());
    let mut connection = sqlx::SqliteConnection::connect(&url).await.unwrap();
    let breaking = "UPDATE workflows SET source = 'id: Old' WHERE id = 'Old'";
    connection.execute(breaking).await.unwrap();

    let mut life = Life::begin(&file).await;
    // Its tasks are the first in line, and are handed to nobody; what is behind them is.
    let (answer, answered) = oneshot::channel();
    let lease = Work::Lease {
        by: "ann".to_owned(),
        actor: actor("HUMAN:clerk"),
        limit: 5,
        lease_ms: 60_000,
        answer: answer.into(),
    };
    life.conductor.beat(at(1), vec![lease]).await.unwrap();
    let leased = answered.await.unwrap().unwrap();
    let runs: Vec<Uuid> = leased.iter().map(|row| row.run_id).collect();
    assert_eq!(runs, [good_one]);
    // All their deadlines have passed; that of the other passes on time, and then there is nothing to do.
    let mut beats = 0;
    while life.conductor.next_due().is_some_and(|due| due <= at(121)) {
        life.conductor.beat(at(121), Vec::new()).await.unwrap();
        beats += 1;
        assert!(beats < 10, "it looks for ever at what it cannot do");
    }
    let tasks = life.store.run_tasks(good_one).await.unwrap();
    assert_eq!(tasks[0].task.status, TaskStatus::Timeout);
    assert_eq!(life.conductor.next_due(), tasks[1].task.expires);
    drop(life);
    // In a version that reads it again they go on where they were.
    let mending = sqlx::query("UPDATE workflows SET source = ? WHERE id = 'Old'").bind(old);
    mending.execute(&mut connection).await.unwrap();
    let mut life = Life::begin(&file).await;
    while life.conductor.next_due().is_some_and(|due| due <= at(121)) {
        life.conductor.beat(at(121), Vec::new()).await.unwrap();
    }
    for run in stuck {
        let tasks = life.store.run_tasks(run).await.unwrap();
        assert_eq!(tasks[0].task.status, TaskStatus::Timeout);
    }
}

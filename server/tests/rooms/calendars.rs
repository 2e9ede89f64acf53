//! Another version of a calendar under open cases: said first, then done, some in each turn, and by itself
//! after a crash.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use hms_engine::{Calendar, EntryKind, Order, TaskStatus, Time};
use hms_server::orchestrator::{Conductor, Ids, NewEvent, Orchestrator, Refusal, Registry, Work};
use hms_server::store::sqlite::SqliteStore;
use hms_server::store::{CalendarShelf, Shelf};
use serde_json::{Value, json};
use tokio::sync::oneshot;
use uuid::Uuid;

use crate::orchestrator::{node, only_task};

const REVIEW: &str = "id: Review\nstart: Filed\ncalendar: office\nsteps:\n  - { id: review, actor: HUMAN:clerk, sla: { within: 1h, ladder: [{ at: 50%, remind: assignee }] }, on_timeout: boss }\n  - { id: boss, actor: HUMAN:boss, sla: { within: 4h, calendar: none } }\n";

/// Open at all hours but on some days after a moment, from today on.
pub(crate) fn office(now: Time, closed_days: i64) -> String {
    let holidays = (0..closed_days).map(|day| {
        let date = (now + TimeDelta::days(day)).date_naive();
        format!("  - {{ name: Closed, on: {date} }}\n")
    });
    let week = "monday tuesday wednesday thursday friday saturday sunday";
    let hours: Vec<String> = week
        .split(' ')
        .map(|day| format!("{day}: 00:00-24:00"))
        .collect();
    let holidays: String = holidays.collect();
    format!(
        "id: office\ntime_zone: UTC\nhours: {{ {} }}\nholidays:\n  - {{ name: Long ago, on: 1999-01-01 }}\n{holidays}",
        hours.join(", ")
    )
}

fn filed(n: usize) -> NewEvent {
    NewEvent {
        name: "Filed".to_owned(),
        payload: json!({"n": n}),
        origin: None,
        report: None,
    }
}

pub(crate) fn calendar(text: &str) -> Arc<Calendar> {
    Arc::new(Calendar::parse(text).unwrap())
}

/// A case of a calendar by which nobody works today and tomorrow.
pub(crate) async fn case(orchestrator: &Orchestrator) -> Uuid {
    let closed = office(orchestrator.now(), 2);
    orchestrator.deploy_calendar(&closed, "ann").await.unwrap();
    orchestrator.deploy(REVIEW, "ann").await.unwrap();
    let emitted = orchestrator.emit(filed(1)).await.unwrap();
    emitted.runs[0].run_id
}

/// Waits for what the orchestrator does by itself.
pub(crate) async fn eventually<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    for _ in 0..1_000 {
        if let Some(found) = look().await {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("waited too long for {what}")
}

#[tokio::test]
async fn a_deadline_that_moves_earlier_moves_at_once_and_fires_on_time() {
    let data = tempfile::tempdir().unwrap();
    // An hour in a second.
    let orchestrator = node(data.path(), 3_600.0).await;
    let run = case(&orchestrator).await;
    let before = only_task(&orchestrator, "HUMAN:clerk").await.task;
    let midnight = (before.created.date_naive() + TimeDelta::days(2)).and_time(Default::default());
    assert_eq!(
        before.expires,
        Some(midnight.and_utc() + TimeDelta::hours(1))
    );

    let open = office(before.created, 0);
    let foretold = orchestrator.foretell(&calendar(&open), 9).await.unwrap();
    let to = before.created + TimeDelta::hours(1);
    assert_eq!(
        (foretold.cases, foretold.moved, foretold.more),
        (1, 1, false)
    );
    assert_eq!(
        (foretold.deadlines, foretold.rungs, foretold.later),
        (1, 1, 0)
    );
    let deadline = foretold
        .biggest
        .iter()
        .find(|one| one.what.to == to)
        .unwrap();
    assert_eq!(
        (deadline.run_id, Some(deadline.what.from)),
        (run, before.expires)
    );
    assert!(deadline.by_ms() < 0 && deadline.what.task == Some(before.id));
    // So far it was said only.
    assert_eq!(
        only_task(&orchestrator, "HUMAN:clerk").await.task.expires,
        before.expires
    );

    let deployed = orchestrator.deploy_calendar(&open, "omar").await.unwrap();
    assert!(deployed.changed && deployed.id == "office");
    // Nobody touches the case; it moves, and its deadline passes an hour after it was opened.
    let task = eventually("the deadline", async || {
        let task = orchestrator
            .shelf()
            .task(before.id)
            .await
            .unwrap()
            .unwrap()
            .task;
        (task.status == TaskStatus::Timeout).then_some(task)
    })
    .await;
    assert_eq!(task.breached_at, Some(to));
    let late = task.closed_at.unwrap() - to;
    assert!(
        late < TimeDelta::hours(1),
        "fired {late} of workflow time late"
    );
    let history = orchestrator.shelf().history(run, 0, 99).await.unwrap();
    let moved: Vec<_> = history
        .iter()
        .filter(|row| {
            row.entries
                .iter()
                .any(|entry| matches!(entry.kind, EntryKind::CalendarChanged { .. }))
        })
        .collect();
    assert_eq!(moved.len(), 1);
    assert_eq!(moved[0].who, "omar");
    let from = before.expires.unwrap();
    assert!(
        moved[0]
            .entries
            .iter()
            .any(|entry| entry.kind == EntryKind::DeadlineMoved { from, to })
    );
    // The same text again changes nothing.
    let again = orchestrator.deploy_calendar(&open, "omar").await.unwrap();
    assert!(!again.changed);
    orchestrator.stop().await;
}

#[tokio::test]
async fn a_wrong_calendar_is_told_and_never_in_force() {
    let data = tempfile::tempdir().unwrap();
    let orchestrator = node(data.path(), 1.0).await;
    let refused = orchestrator
        .deploy_calendar("id: office\nhours: nine\n", "x")
        .await;
    let Err(Refusal::BadCalendar(found)) = refused else {
        panic!("{refused:?}")
    };
    assert_eq!(found[0].code, "HMS006");
    assert!(orchestrator.registry().calendar("office").is_none());
    orchestrator.stop().await;
}

/// A program's life on a file, turn by turn.
pub(crate) struct Life {
    pub(crate) conductor: Conductor,
    pub(crate) store: SqliteStore,
    registry: Arc<Registry>,
}

impl Life {
    pub(crate) async fn begin(file: &Path) -> Life {
        let store = SqliteStore::open(file).await.unwrap();
        let registry = Arc::new(Registry::default());
        for calendar in store.calendars().await.unwrap() {
            registry.take_in_calendar(&calendar);
        }
        for version in store.workflow_versions().await.unwrap() {
            registry.take_in(&version);
        }
        let journal = store.journal().await.unwrap();
        let conductor = Conductor::new(Box::new(journal), registry.clone(), Ids::by_chance(), true);
        Life {
            conductor,
            store,
            registry,
        }
    }

    /// How many cases are counted by another version.
    async fn behind(&self) -> usize {
        let version = self.registry.calendar("office").unwrap().version.clone();
        let found = self
            .store
            .counted_otherwise("office", &version, None, 10_000)
            .await;
        found.unwrap().len()
    }
}

#[tokio::test]
async fn many_cases_are_counted_anew_in_turns_and_a_crash_in_between_loses_none() {
    const CASES: usize = 600;
    let data = tempfile::tempdir().unwrap();
    let file = data.path().join("hms.db");
    let now: Time = "2024-05-14T10:00:00Z".parse().unwrap();
    let mut life = Life::begin(&file).await;
    let by = || "omar".to_owned();
    life.conductor
        .put_calendar_in_force(now, by(), &office(now, 2))
        .await
        .unwrap();
    life.conductor
        .put_in_force(now, by(), REVIEW)
        .await
        .unwrap();
    let (answer, answered) = oneshot::channel();
    let events = (0..CASES).map(filed).collect();
    let emit = Work::Emit {
        events,
        answer: answer.into(),
    };
    life.conductor.beat(now, vec![emit]).await.unwrap();
    let emitted = answered.await.unwrap();
    let runs: Vec<Uuid> = emitted
        .into_iter()
        .map(|one| one.unwrap().runs[0].run_id)
        .collect();
    assert_eq!(life.behind().await, 0);

    life.conductor
        .put_calendar_in_force(now, by(), &office(now, 3))
        .await
        .unwrap();
    assert_eq!(
        life.behind().await,
        CASES,
        "no case is touched by the deployment itself"
    );
    life.conductor.beat(now, Vec::new()).await.unwrap();
    let left = life.behind().await;
    assert!(0 < left && left < CASES, "{left} after a turn");
    // It dies; another life goes on, without being asked.
    drop(life);
    let mut life = Life::begin(&file).await;
    assert_eq!(life.behind().await, left);
    let mut turns = 0;
    while life.conductor.next_due().is_some_and(|due| due <= now) {
        life.conductor.beat(now, Vec::new()).await.unwrap();
        turns += 1;
        assert!(turns < 20, "it does not come to an end");
    }
    assert_eq!(life.behind().await, 0);
    let deadline = (now.date_naive() + TimeDelta::days(3)).and_time(Default::default());
    let deadline = deadline.and_utc() + TimeDelta::hours(1);
    for run in runs {
        let history = life.store.history(run, 0, 99).await.unwrap();
        let kinds: Vec<&str> = history
            .iter()
            .map(|row| row.command["order"].as_str().unwrap())
            .collect();
        assert_eq!(kinds, ["start", "recalendar"], "each once");
        assert_eq!(history[1].who, "omar");
        let row = life.store.run(run).await.unwrap().unwrap();
        assert_eq!(row.run.tasks[0].expires, Some(deadline));
    }
    // All timers stand where they now belong: nothing fires before, all does then.
    let first = life.conductor.next_due().unwrap();
    assert_eq!(first, deadline - TimeDelta::minutes(30));
    while life.conductor.next_due().is_some_and(|due| due <= deadline) {
        life.conductor.beat(deadline, Vec::new()).await.unwrap();
    }
    let at = life.store.load_by_step("Review").await.unwrap();
    let open: Vec<_> = at
        .iter()
        .map(|load| (load.step_id.as_str(), load.open))
        .collect();
    assert_eq!(open, [("boss", CASES as u64)]);
}

#[tokio::test]
async fn a_case_that_was_not_reached_yet_is_counted_anew_when_it_is_touched() {
    let data = tempfile::tempdir().unwrap();
    let file = data.path().join("hms.db");
    let now: Time = "2024-05-14T10:00:00Z".parse().unwrap();
    let mut life = Life::begin(&file).await;
    let by = || "omar".to_owned();
    life.conductor
        .put_calendar_in_force(now, by(), &office(now, 2))
        .await
        .unwrap();
    life.conductor
        .put_in_force(now, by(), REVIEW)
        .await
        .unwrap();
    let (answer, answered) = oneshot::channel();
    let emit = Work::Emit {
        events: vec![filed(1)],
        answer: answer.into(),
    };
    life.conductor.beat(now, vec![emit]).await.unwrap();
    let run = answered.await.unwrap().remove(0).unwrap().runs[0].run_id;
    life.conductor
        .put_calendar_in_force(now, by(), &office(now, 0))
        .await
        .unwrap();
    // Two hours later, by the new calendar, the deadline has passed: who comes now is too late.
    let later = now + TimeDelta::hours(2);
    let (answer, answered) = oneshot::channel();
    let note = "over".to_owned();
    let cancel = Work::Run {
        by: "person:00000000-0000-7000-8000-000000000001".into(),
        from: Some("203.0.113.9".to_owned()),
        run,
        order: Order::Cancel { note },
        answer: answer.into(),
    };
    life.conductor.beat(later, vec![cancel]).await.unwrap();
    answered.await.unwrap().unwrap();
    let history = life.store.history(run, 0, 99).await.unwrap();
    let orders: Vec<&str> = history
        .iter()
        .map(|row| row.command["order"].as_str().unwrap())
        .collect();
    assert_eq!(
        orders,
        [
            "start",
            "recalendar",
            "timer_fired",
            "timer_fired",
            "cancel"
        ]
    );
    // Where it was asked from is said of what was asked, not of what came due by the way.
    let from: Vec<&Value> = history.iter().map(|row| &row.command["from"]).collect();
    let nowhere = &Value::Null;
    assert_eq!(
        from,
        [nowhere, nowhere, nowhere, nowhere, &json!("203.0.113.9")]
    );
    // It has ended, so no calendar counts it.
    let found = life
        .store
        .counted_otherwise("office", "none", None, 9)
        .await
        .unwrap();
    assert!(found.is_empty());
}

//! What a program asks for with a token stands in the trail with that token, and nothing else does.

use std::sync::Arc;

use hms_engine::Time;
use hms_server::identity::{Grant, Verb};
use hms_server::orchestrator::{Hands, NewEvent, TaskOrder, Work};
use hms_server::store::Shelf;
use serde_json::{Value, json};
use tokio::sync::oneshot;
use uuid::Uuid;

use crate::calendars::Life;

/// More than one turn takes of timers.
const CASES: usize = 600;
const TEXT: &str =
    "id: Filed\nstart: ItFiled\nsteps:\n  - { id: review, actor: HUMAN:clerk, sla: 1h }\n";

#[tokio::test]
async fn what_the_clock_does_on_the_way_is_no_programs() {
    let data = tempfile::tempdir().unwrap();
    let now: Time = "2024-05-14T10:00:00Z".parse().unwrap();
    let late = now + chrono::TimeDelta::hours(2);
    let mut life = Life::begin(&data.path().join("hms.db")).await;
    let by = "omar".to_owned();
    life.conductor.put_in_force(now, by, TEXT).await.unwrap();
    let token = Uuid::from_u128(7);
    let with_token = |work: Work| Work::ByToken {
        token,
        work: Box::new(work),
    };
    let mut begun = Vec::new();
    // Of the last the deadline comes last: the others' are fired first, and its own on the way to what is asked of it.
    for (at, cases) in [(now, CASES), (now + chrono::TimeDelta::minutes(1), 1)] {
        let event = NewEvent {
            name: "ItFiled".to_owned(),
            payload: json!({}),
            origin: None,
            report: None,
        };
        let (answer, answered) = oneshot::channel();
        let emit = with_token(Work::Emit {
            events: vec![event; cases],
            answer: answer.into(),
        });
        life.conductor.beat(at, vec![emit]).await.unwrap();
        let emitted = answered.await.unwrap().into_iter();
        begun.extend(emitted.map(|one| one.unwrap().runs[0].run_id));
    }
    let (other, run) = (begun[0], begun[CASES]);
    let task = life.store.run_tasks(run).await.unwrap()[0].task.id;
    let grant = Grant {
        token: Some(token),
        actors: vec!["HUMAN:*".parse().unwrap()],
        verbs: Vec::<Verb>::new(),
    };
    let (answer, answered) = oneshot::channel();
    let result = json!({"outcome": "approve"});
    let complete = with_token(Work::Tasks {
        hands: Hands::of_program(None, Arc::new(grant)),
        orders: vec![(task, TaskOrder::Complete { result })],
        answer: answer.into(),
    });
    life.conductor.beat(late, vec![complete]).await.unwrap();
    assert!(answered.await.unwrap()[0].is_ok());
    // What is done after it, for nobody's token, has none.
    while life.conductor.next_due().is_some_and(|due| due <= late) {
        life.conductor.beat(late, Vec::new()).await.unwrap();
    }
    let own = json!(token);
    for (run, expect) in [
        (
            run,
            vec![
                ("event", &own),
                ("clock", &Value::Null),
                ("HUMAN:clerk", &own),
            ],
        ),
        (other, vec![("event", &own), ("clock", &Value::Null)]),
    ] {
        let rows = life.store.history(run, 0, 10).await.unwrap();
        let told: Vec<(&str, &Value)> = rows
            .iter()
            .map(|row| (row.who.as_str(), &row.command["token"]))
            .collect();
        assert_eq!(told, expect);
    }
}

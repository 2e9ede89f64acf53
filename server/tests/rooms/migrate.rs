//! Runs that move to another version: many at a time, against whoever works on them, and with all
//! that stands beside them in the store.

use std::sync::Arc;

use hms_engine::{
    Command, Order, Rejected, Run, RunStatus, StepMap, TaskStatus, Time, Workflow, migrate, step,
};
use hms_server::orchestrator::{
    Interest, MIGRATE_RUNS_MAX, Migration, Moved, NewEvent, Orchestrator, Refusal,
};
use hms_server::store::{Reach, RunQuery};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::orchestrator::{actor, done, node, only_task, open_tasks};

const OLD: &str = r#"
id: Permit
start: Asked
key: payload.case
steps:
  - { id: look, actor: "HUMAN:clerk", sla: 4h, on_timeout: boss }
  - { id: papers, type: wait, event: PapersCame, match: event.payload.paper == payload.case }
  - { id: decide, actor: "HUMAN:judge" }
  - { id: boss, actor: "HUMAN:boss" }
"#;

/// `look` is called otherwise, is for another role and has less time; the wait has another event.
fn new() -> String {
    OLD.replace(
        "id: look, actor: \"HUMAN:clerk\", sla: 4h",
        "id: check, actor: \"HUMAN:officer\", sla: 1s",
    )
    .replace(
        "event: PapersCame, match: event.payload.paper",
        "event: FormCame, match: event.payload.form",
    )
}

fn event(name: &str, payload: Value) -> NewEvent {
    NewEvent {
        name: name.to_owned(),
        payload,
        origin: None,
        report: None,
    }
}

struct House {
    orchestrator: Orchestrator,
    from: Arc<Workflow>,
    to: Arc<Workflow>,
    _data: tempfile::TempDir,
}

impl House {
    /// With runs that stand at the first step of the old version, and a new one in force.
    async fn with(old: &str, new: &str, runs: usize) -> (House, Vec<Uuid>) {
        let data = tempfile::tempdir().unwrap();
        let orchestrator = node(data.path(), 1.0).await;
        let version = orchestrator.deploy(old, "test").await.unwrap().version;
        let from = orchestrator.registry().version(&version).unwrap();
        let events = (0..runs).map(|n| event(&from.start, json!({"case": n.to_string()})));
        let emitted = orchestrator.emit_many(events.collect()).await;
        let runs = emitted
            .iter()
            .map(|one| one.as_ref().unwrap().runs[0].run_id);
        let runs = runs.collect();
        let version = orchestrator.deploy(new, "test").await.unwrap().version;
        let to = orchestrator.registry().version(&version).unwrap();
        let house = House {
            orchestrator,
            from,
            to,
            _data: data,
        };
        (house, runs)
    }

    fn migration(&self, steps: &[(&str, &str)]) -> Migration {
        let steps = steps
            .iter()
            .map(|(old, new)| ((*old).to_owned(), (*new).to_owned()));
        Migration {
            from: self.from.clone(),
            to: self.to.clone(),
            steps: steps.collect::<StepMap>(),
            note: "new form".to_owned(),
        }
    }

    async fn run(&self, id: Uuid) -> Run {
        self.orchestrator
            .shelf()
            .run(id)
            .await
            .unwrap()
            .unwrap()
            .run
    }

    /// The history of a run, given to the engine again, gives its state byte for byte.
    async fn replays(&self, id: Uuid) {
        let kept = self.run(id).await;
        let history = self
            .orchestrator
            .shelf()
            .history(id, 0, 1_000)
            .await
            .unwrap();
        let mut run = Run::new(id, &self.from, kept.payload.clone());
        let version = |version: &str| self.orchestrator.registry().version(version).unwrap();
        for row in history {
            let order: Order = serde_json::from_value(row.command.clone()).unwrap();
            let has = version(&run.version);
            let to = match &order {
                Order::Migrate { to, .. } => Some(version(to)),
                _ => None,
            };
            let command = Command::new(row.who.clone(), order);
            let effects = match to {
                Some(to) => migrate(&has, &to, &mut run, &command, row.at),
                None => step(&has, &mut run, &command, row.at),
            };
            assert!(effects.is_ok(), "{row:?}: {effects:?}");
            assert_eq!(row.version.as_deref(), Some(run.version.as_str()));
        }
        let bytes = |run: &Run| serde_json::to_string(run).unwrap();
        assert_eq!(bytes(&run), bytes(&kept));
    }
}

fn steps(moved: &Moved) -> Vec<(&str, &str)> {
    let steps = moved.steps.iter();
    steps
        .map(|(from, to)| (from.as_str(), to.as_str()))
        .collect()
}

/// Waits until a run stands so.
async fn eventually(house: &House, run: Uuid, at: &str) {
    let listener = house.orchestrator.hub().listen(Interest::Run(run));
    tokio::time::timeout(std::time::Duration::from_secs(10), async {
        while house
            .run(run)
            .await
            .lists
            .first()
            .is_none_or(|list| list.at != at)
        {
            listener.changed().await;
        }
    })
    .await
    .unwrap_or_else(|_| panic!("it never comes to {at}"));
}

#[tokio::test]
async fn rows_timers_and_waits_follow_a_run() {
    let (house, runs) = House::with(OLD, &new(), 3).await;
    let [one, two, stays] = runs[..] else {
        panic!("{runs:?}")
    };
    let clerk = open_tasks(&house.orchestrator, "HUMAN:clerk").await;
    let of = |run: Uuid| clerk.iter().find(|row| row.run_id == run).unwrap().task.id;
    let at_wait = done(json!({"approved": true}));
    house
        .orchestrator
        .task_order(of(two), "ann", at_wait)
        .await
        .unwrap();

    let migration = house.migration(&[("look", "check")]);
    let tried = house
        .orchestrator
        .try_migrate(&migration, &[one, two])
        .await
        .unwrap();
    assert_eq!(
        house.run(one).await.version,
        house.from.version,
        "only tried"
    );
    let officers = house
        .orchestrator
        .hub()
        .listen(Interest::Free(vec![actor("HUMAN:officer")]));
    let clerks = house
        .orchestrator
        .hub()
        .listen(Interest::Tasks(vec![actor("HUMAN:clerk")]));
    let moved = house
        .orchestrator
        .migrate(migration, &[one, two], "ada")
        .await;
    let [Ok(first), Ok(second)] = &moved[..] else {
        panic!("{moved:?}")
    };
    let [Ok(tried), Ok(also)] = &tried[..] else {
        panic!("{tried:?}")
    };
    assert_eq!((first, second), (tried, also));
    assert_eq!(steps(first), [("look", "check")]);
    assert_eq!(steps(second), [("papers", "papers")]);
    let task = &first.tasks[0];
    assert_eq!(
        (task.task, task.from.as_str(), task.to.as_str()),
        (of(one), "look", "check")
    );
    assert_eq!(task.actor.as_ref().unwrap().to_string(), "HUMAN:officer");
    let length = |from: Time, to: Option<Time>| (to.unwrap() - from).num_milliseconds();
    let row = house
        .orchestrator
        .shelf()
        .task(of(one))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(length(row.task.created, task.before), 4 * 3_600_000);
    assert_eq!(length(row.task.created, task.after), 1_000);
    // Whoever waits for work of the new role is woken, and whoever looks at that of the old one.
    let woken = async {
        officers.changed().await;
        clerks.changed().await;
    };
    tokio::time::timeout(std::time::Duration::from_secs(10), woken)
        .await
        .unwrap();

    // Its time has passed by the new version: it is missed at once, and counted.
    eventually(&house, one, "boss").await;
    let row = house
        .orchestrator
        .shelf()
        .task(of(one))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (row.task.status, row.task.step_id.as_str()),
        (TaskStatus::Timeout, "check")
    );
    assert_eq!(row.task.actor.to_string(), "HUMAN:officer");
    assert!(
        only_task(&house.orchestrator, "HUMAN:boss")
            .await
            .task
            .escalated
    );
    assert_eq!(
        only_task(&house.orchestrator, "HUMAN:clerk").await.run_id,
        stays
    );

    // The other waits for what the new version says, and no longer for what the old one did.
    let send = |name: &str, field: &str| event(name, json!({field: "1"}));
    let old = house
        .orchestrator
        .emit(send("PapersCame", "paper"))
        .await
        .unwrap();
    assert!(old.reached.is_empty(), "{:?}", old.reached);
    let new = house
        .orchestrator
        .emit(send("FormCame", "form"))
        .await
        .unwrap();
    assert_eq!(
        (new.reached[0].run_id, new.reached[0].how),
        (two, Reach::Taken)
    );
    assert_eq!(house.run(two).await.lists[0].at, "decide");
    for run in runs {
        house.replays(run).await;
    }
    let open = |version: &str| RunQuery {
        statuses: vec![RunStatus::Running],
        workflows: Some(vec!["Permit".into()]),
        version: Some(version.to_owned()),
        limit: 10,
        ..RunQuery::default()
    };
    let of_old = house
        .orchestrator
        .shelf()
        .runs(&open(&house.from.version))
        .await
        .unwrap();
    let of_new = house
        .orchestrator
        .shelf()
        .runs(&open(&house.to.version))
        .await
        .unwrap();
    assert_eq!((of_old.len(), of_new.len()), (1, 2));
}

#[tokio::test]
async fn many_move_and_one_that_cannot_holds_up_none() {
    let (house, runs) = House::with(OLD, &new(), 230).await;
    let clerk = open_tasks(&house.orchestrator, "HUMAN:clerk").await;
    let odd = clerk[40].clone();
    house
        .orchestrator
        .task_order(odd.task.id, "ann", done(json!({"approved": true})))
        .await
        .unwrap();
    let over = house
        .orchestrator
        .cancel(runs[7], "ada", "twice".into())
        .await
        .unwrap();
    let stranger = Uuid::now_v7();
    let mut asked = runs.clone();
    asked.push(stranger);
    // Who stands at the wait has nowhere to go.
    let migration = house.migration(&[("look", "check"), ("papers", "boss")]);
    let moved = house.orchestrator.migrate(migration, &asked, "ada").await;
    assert!(asked.len() <= MIGRATE_RUNS_MAX);
    for (run, moved) in asked.iter().zip(&moved) {
        match moved {
            Ok(_) => assert_eq!(house.run(*run).await.version, house.to.version),
            Err(Refusal::Rejected(Rejected::CannotMigrate(all))) => {
                assert_eq!((*run, all.len()), (odd.run_id, 1));
            }
            Err(Refusal::Rejected(Rejected::RunEnded(_))) => assert_eq!(*run, over.run.id),
            Err(Refusal::UnknownRun(id)) => assert_eq!((*id, *run), (stranger, stranger)),
            Err(other) => panic!("{run}: {other}"),
        }
    }
    assert_eq!(moved.iter().filter(|moved| moved.is_err()).count(), 3);
    // What was asked once is refused when it is asked again.
    let again = house.migration(&[]);
    let again = house.orchestrator.migrate(again, &[runs[0]], "ada").await;
    assert!(
        matches!(again[..], [Err(Refusal::Rejected(Rejected::SameVersion))]),
        "{again:?}"
    );
}

#[tokio::test]
async fn whoever_finishes_a_task_meanwhile_and_the_move_have_one_winner() {
    let longer = OLD
        .replace("sla: 4h", "sla: 6h")
        .replace("id: look", "id: check");
    let (house, runs) = House::with(OLD, &longer, 60).await;
    let clerk = open_tasks(&house.orchestrator, "HUMAN:clerk").await;
    let finish = clerk.iter().enumerate().map(|(n, row)| {
        let (orchestrator, task) = (house.orchestrator.clone(), row.task.id);
        tokio::spawn(async move {
            for _ in 0..n % 7 {
                tokio::task::yield_now().await;
            }
            orchestrator
                .task_order(task, "ann", done(json!({"approved": true})))
                .await
        })
    });
    let finish: Vec<_> = finish.collect();
    let migration = house.migration(&[("look", "check")]);
    let moving = runs.chunks(10).map(|some| {
        let (orchestrator, migration) = (house.orchestrator.clone(), migration.clone());
        let some = some.to_vec();
        tokio::spawn(async move { orchestrator.migrate(migration, &some, "ada").await })
    });
    let moving: Vec<_> = moving.collect();
    for done in finish {
        done.await.unwrap().unwrap();
    }
    for moved in moving {
        for one in moved.await.unwrap() {
            one.unwrap();
        }
    }
    // Each task was finished once, by the old name or the new, and each run has moved and gone on.
    for row in clerk {
        let run = house.run(row.run_id).await;
        assert_eq!(
            (run.version.as_str(), run.lists[0].at.as_str()),
            (house.to.version.as_str(), "papers")
        );
        assert_eq!(run.results.keys().collect::<Vec<_>>(), ["check"]);
        let task = house
            .orchestrator
            .shelf()
            .task(row.task.id)
            .await
            .unwrap()
            .unwrap()
            .task;
        assert_eq!(task.status, TaskStatus::Done);
        house.replays(row.run_id).await;
    }
}

//! Runs by what they wait for, by whether anything in them moves, and by who called them.

use hms_engine::{Order, Run};
use hms_server::store::{RunQuery, Store, Waiting};
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection, PgConnection, Row, SqliteConnection};
use uuid::Uuid;

use crate::journal::write;
use crate::kept::Kept;
use crate::on_both;
use crate::script::{Script, at};

on_both!(
    runs_are_found_by_what_they_wait_for,
    called_runs_are_found_by_their_caller,
    actors_with_open_tasks_are_told_once,
);

const WORK: &str = r#"
id: Work
start: Filed
steps:
  - id: fork
    type: parallel
    join: all
    branches:
      label:
        - { id: label, actor: "AI:labeler", retry: { attempts: 2, first: 10m } }
      decide:
        - { id: which, type: switch, expr: payload.who, cases: { person: decide, time: sleep, event: papers, nobody: end } }
        - { id: decide, actor: "HUMAN:clerk", on_complete: end }
        - { id: sleep, type: wait, for: 2d, on_complete: end }
        - { id: papers, type: wait, event: Papers, match: event.n == 1, on_complete: end }
"#;

/// Begins a run whose one branch waits for the labeller, and the other for what is asked.
fn begun(script: &mut Script, n: u128, who: &str) -> Run {
    script.start(n, json!({"who": who}))
}

fn fail(script: &mut Script, run: &mut Run) {
    let task = run.tasks.iter().find(|task| task.step_id == "label");
    let order = Order::Fail {
        task: task.unwrap().id,
        error: "no model".into(),
    };
    script.order(run, "labeler-1", order);
}

/// A labeller and: a person, a time, an event, nothing (its labeller fails), an unknown choice (which stops).
async fn five_runs(store: &Store) -> Vec<Uuid> {
    let mut journal = store.journal().await.unwrap();
    let mut script = Script::of(WORK);
    let mut runs: Vec<Run> = ["person", "time", "event", "nobody", "odd"]
        .iter()
        .zip(1..)
        .map(|(who, n)| begun(&mut script, n, who))
        .collect();
    write(journal.as_mut(), script.take()).await.unwrap();
    // What changes of a run that is there is written too: one waits for its next attempt, of one nothing
    // is left that is not stopped.
    script.now = at(60);
    fail(&mut script, &mut runs[3]);
    fail(&mut script, &mut runs[4]);
    write(journal.as_mut(), script.take()).await.unwrap();
    script.now = at(60 * 60);
    script.fire(&mut runs[4]);
    fail(&mut script, &mut runs[4]);
    write(journal.as_mut(), script.take()).await.unwrap();
    runs.iter().map(|run| run.id).collect()
}

fn all() -> RunQuery {
    RunQuery {
        limit: 10,
        ..RunQuery::default()
    }
}

fn waiting(what: Waiting) -> RunQuery {
    RunQuery {
        waiting: Some(what),
        ..all()
    }
}

fn stuck(unserved: &[&str]) -> RunQuery {
    RunQuery {
        stuck: Some(unserved.iter().map(|one| (*one).to_owned()).collect()),
        ..all()
    }
}

async fn found(store: &Store, asked: &RunQuery) -> Vec<Uuid> {
    let rows = store.shelf().runs(asked).await.unwrap();
    rows.iter().map(|row| row.run.id).collect()
}

async fn runs_are_found_by_what_they_wait_for(kept: Kept) {
    let ids = five_runs(&kept.store).await;
    let of = |places: &[usize]| places.iter().map(|n| ids[*n]).collect::<Vec<_>>();
    let cases = [
        ("a person", waiting(Waiting::Human), of(&[0])),
        ("a moment", waiting(Waiting::Timer), of(&[3, 1])),
        ("stuck", stuck(&[]), of(&[4])),
        (
            "and an actor without workers",
            stuck(&["AI:labeler"]),
            of(&[4, 3, 2, 1, 0]),
        ),
        (
            "another actor",
            stuck(&["AI:other", "SVC:\0", "HUMAN:clerk"]),
            of(&[4, 0]),
        ),
        (
            "older",
            RunQuery {
                before: Some(ids[3]),
                ..waiting(Waiting::Timer)
            },
            of(&[1]),
        ),
        (
            "at most",
            RunQuery {
                limit: 2,
                ..stuck(&["AI:labeler"])
            },
            of(&[4, 3]),
        ),
        (
            "a person, and stopped",
            RunQuery {
                stopped: true,
                ..waiting(Waiting::Human)
            },
            vec![],
        ),
        (
            "stopped",
            RunQuery {
                stopped: true,
                ..all()
            },
            of(&[4]),
        ),
    ];
    for (what, asked, expected) in &cases {
        assert_eq!(found(&kept.store, asked).await, *expected, "{what}");
    }
    // What was kept before these columns were there is filled in by the migration as it is written now.
    let before = flags(&kept).await;
    assert!(before.iter().any(|(_, flags)| flags.contains(&true)));
    assert_eq!(migrated(&kept).await, before);
    let mut script = Script::of(WORK);
    let mut journal = kept.store.journal().await.unwrap();
    for (n, id) in ids.iter().enumerate() {
        let mut run = kept.store.shelf().run(*id).await.unwrap().unwrap().run;
        script.now = at(90_000 + n as i64);
        let note = "over".to_owned();
        script.order(&mut run, "admin", Order::Cancel { note });
    }
    write(journal.as_mut(), script.take()).await.unwrap();
    for asked in [
        waiting(Waiting::Human),
        waiting(Waiting::Timer),
        stuck(&["AI:labeler"]),
    ] {
        assert_eq!(found(&kept.store, &asked).await, Vec::<Uuid>::new());
    }
}

async fn called_runs_are_found_by_their_caller(kept: Kept) {
    let mut journal = kept.store.journal().await.unwrap();
    let mut script = Script::of(WORK);
    let caller = begun(&mut script, 1, "person");
    for n in 2..5 {
        begun(&mut script, n, "time");
    }
    for write in script.batch().runs.iter_mut().skip(1).take(2) {
        write.run.parent = Some(caller.id);
    }
    let called: Vec<Uuid> = script.batch().runs[1..3]
        .iter()
        .map(|write| write.run.id)
        .collect();
    write(journal.as_mut(), script.take()).await.unwrap();
    let of = |parent| RunQuery {
        parent: Some(parent),
        ..all()
    };
    let newest_first: Vec<Uuid> = called.iter().rev().copied().collect();
    assert_eq!(found(&kept.store, &of(caller.id)).await, newest_first);
    assert_eq!(found(&kept.store, &of(called[0])).await, Vec::<Uuid>::new());
}

async fn actors_with_open_tasks_are_told_once(kept: Kept) {
    assert_eq!(
        kept.store.shelf().open_actors().await.unwrap(),
        Vec::<String>::new()
    );
    five_runs(&kept.store).await;
    let actors = kept.store.shelf().open_actors().await.unwrap();
    assert_eq!(actors, ["AI:labeler", "HUMAN:clerk"]);
}

type Flags = Vec<(String, [bool; 3])>;

const FLAGS: &str =
    "SELECT CAST(id AS TEXT), waits_human, waits_timer, stuck FROM runs ORDER BY id";

/// What stands in the columns.
async fn flags(kept: &Kept) -> Flags {
    if kept.is_file() {
        let mut file = file(kept).await;
        let rows = sqlx::query(FLAGS).fetch_all(&mut file).await.unwrap();
        return rows
            .iter()
            .map(|row| (row.get(0), [row.get(1), row.get(2), row.get(3)]))
            .collect();
    }
    let mut server = PgConnection::connect(&kept.url()).await.unwrap();
    let rows = sqlx::query(FLAGS).fetch_all(&mut server).await.unwrap();
    rows.iter()
        .map(|row| (row.get(0), [row.get(1), row.get(2), row.get(3)]))
        .collect()
}

/// What stands there after the columns were emptied and the migration filled them.
async fn migrated(kept: &Kept) -> Flags {
    let (text, nothing) = match kept.is_file() {
        true => (
            include_str!("../../../migrations/sqlite/0011_waiting.sql"),
            "0",
        ),
        false => (
            include_str!("../../../migrations/postgres/0011_waiting.sql"),
            "false",
        ),
    };
    let code: String = text
        .lines()
        .map(|line| line.split("--").next().unwrap_or_default())
        .collect::<Vec<_>>()
        .join("\n");
    let updates = code
        .split(';')
        .map(str::trim)
        .filter(|part| part.starts_with("UPDATE"));
    let emptied = format!(
        "UPDATE runs SET waits_human = {nothing}, waits_timer = {nothing}, stuck = {nothing}"
    );
    let all = std::iter::once(emptied).chain(updates.map(str::to_owned));
    if kept.is_file() {
        let mut file = file(kept).await;
        for sql in all {
            sqlx::query(AssertSqlSafe(sql))
                .execute(&mut file)
                .await
                .unwrap();
        }
    } else {
        let mut server = PgConnection::connect(&kept.url()).await.unwrap();
        for sql in all {
            sqlx::query(AssertSqlSafe(sql))
                .execute(&mut server)
                .await
                .unwrap();
        }
    }
    flags(kept).await
}

async fn file(kept: &Kept) -> SqliteConnection {
    let path = format!("sqlite://{}", kept.file().display());
    SqliteConnection::connect(&path).await.unwrap()
}

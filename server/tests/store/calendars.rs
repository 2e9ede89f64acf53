//! Calendars and the cases that are counted by them.

use hms_engine::{Calendar, Calendars, Run, Workflow};
use hms_server::node::{self, Place};
use hms_server::orchestrator::{NewEvent, Orchestrator};
use hms_server::store::{Behind, CalendarVersion, CountedAt, CountedWrite, Journal, Needed, Store};
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection, Executor};
use uuid::Uuid;

use crate::journal::write;
use crate::kept::{self, Kept};
use crate::on_all;
use crate::script::{Script, at};

on_all!(
    one_version_of_a_calendar_is_in_force,
    cases_counted_otherwise_are_found_page_by_page,
    by_what_a_case_is_counted_is_written_with_it,
    cases_that_were_there_before_are_found_too,
);

/// A version that was deployed in this second, as the first, second … deployment.
fn version(version: &str, id: &str, seconds: i64, in_force: bool) -> CalendarVersion {
    CalendarVersion {
        version: version.to_owned(),
        id: id.to_owned(),
        source: format!("id: {id} # {version} é"),
        deployed: at(seconds),
        deployed_by: "me".to_owned(),
        in_force,
        deployment: seconds,
    }
}

async fn one_version_of_a_calendar_is_in_force(kept: Kept) {
    let mut journal = kept.store.journal().await.unwrap();
    let shelf = kept.store.shelf();
    // One file has one node, and nothing to tell deployments apart for.
    let version = |one, id, seconds, in_force| {
        let kept_as = version(one, id, seconds, in_force);
        let deployment = if kept.is_file() { 0 } else { seconds };
        CalendarVersion {
            deployment,
            ..kept_as
        }
    };
    assert_eq!(shelf.calendars().await.unwrap(), []);
    for (one, id, seconds) in [("b", "office", 1), ("a", "office", 2), ("c", "court", 3)] {
        let deployed = version(one, id, seconds, true);
        journal.deploy_calendar(&deployed).await.unwrap();
    }
    let in_force = shelf.calendars().await.unwrap();
    let expect = [
        version("c", "court", 3, true),
        version("a", "office", 2, true),
    ];
    assert_eq!(in_force, expect);
    let before = version("b", "office", 1, false);
    let all = shelf.calendar_versions("office", 10).await.unwrap();
    assert_eq!(all, [version("a", "office", 2, true), before.clone()]);
    let one = shelf.calendar_versions("office", 1).await.unwrap();
    assert_eq!(one, [version("a", "office", 2, true)]);
    assert_eq!(shelf.calendar_version("b").await.unwrap(), Some(before));
    assert_eq!(shelf.calendar_version("d").await.unwrap(), None);
    // Back to the first.
    let back = version("b", "office", 4, true);
    journal.deploy_calendar(&back).await.unwrap();
    let all = shelf.calendar_versions("office", 10).await.unwrap();
    assert_eq!(all, [back, version("a", "office", 2, false)]);
    // The same data, opened once more.
    let again = kept.again().await.shelf().calendars().await.unwrap();
    assert_eq!(again.len(), 2);
}

/// Puts a version of the calendar `office` into a definition that counts by it.
fn bound(text: &str) -> (Workflow, String) {
    let mut calendars = Calendars::default();
    calendars.put(Calendar::parse(text).unwrap());
    let definition =
        "id: W\nstart: E\ncalendar: office\nsteps:\n  - { id: a, actor: HUMAN:a, sla: 1bd }\n";
    let version = calendars.get("office").unwrap().version.clone();
    let parsed = Workflow::parse_with(definition, &calendars).unwrap();
    (parsed.workflow, version)
}

fn office(hours: &str) -> String {
    format!("id: office\ntime_zone: UTC\nhours: {{ weekdays: {hours} }}\n")
}

/// Begins cases that are counted by a version, and says so of them.
async fn cases(journal: &mut dyn Journal, workflow: &Workflow, ids: &[u128]) -> Vec<Run> {
    let mut script = Script::of("id: W\nstart: E\nsteps:\n  - { id: a, actor: SVC:a }\n");
    script.workflow = workflow.clone();
    let runs: Vec<Run> = ids
        .iter()
        .map(|n| script.start(*n, json!({"n": 1})))
        .collect();
    for run in &runs {
        let by = run.calendars.clone().into_iter().collect();
        script
            .batch()
            .counted
            .push(CountedWrite { run_id: run.id, by });
    }
    write(journal, script.take()).await.unwrap();
    runs
}

fn ids(runs: &[Run]) -> Vec<Uuid> {
    runs.iter().map(|run| run.id).collect()
}

async fn otherwise(
    store: &Store,
    version: &str,
    after: Option<&CountedAt>,
    limit: u32,
) -> Vec<CountedAt> {
    let shelf = store.shelf();
    let found = shelf
        .counted_otherwise("office", version, after, limit)
        .await;
    found.unwrap().into_iter().map(|(at, _)| at).collect()
}

async fn cases_counted_otherwise_are_found_page_by_page(kept: Kept) {
    let mut journal = kept.store.journal().await.unwrap();
    let three = ["09:00-17:00", "08:00-16:00", "08:00-12:00"].map(|hours| bound(&office(hours)));
    let mut versions: Vec<(usize, String)> =
        (0..).zip(three.iter().map(|(_, v)| v.clone())).collect();
    versions.sort_by(|a, b| a.1.cmp(&b.1));
    let mut by_version = Vec::new();
    for (n, (which, _)) in (0..).zip(&versions) {
        let first = n * 10;
        let runs = cases(
            journal.as_mut(),
            &three[*which].0,
            &[first + 2, first + 1, first + 3],
        )
        .await;
        by_version.push(runs);
    }
    // By the version in the middle, so that there are some before it and some behind.
    let in_force = versions[1].1.clone();
    let mut expect: Vec<CountedAt> = Vec::new();
    for which in [0, 2] {
        let mut runs = ids(&by_version[which]);
        runs.sort_unstable();
        expect.extend(runs.into_iter().map(|run_id| CountedAt {
            version: versions[which].1.clone(),
            run_id,
        }));
    }
    assert_eq!(otherwise(&kept.store, &in_force, None, 100).await, expect);
    for limit in [1, 2, 4] {
        let mut found: Vec<CountedAt> = Vec::new();
        loop {
            let page = otherwise(&kept.store, &in_force, found.last(), limit).await;
            assert!(page.len() <= limit as usize);
            if page.is_empty() {
                break;
            }
            found.extend(page);
        }
        assert_eq!(found, expect, "{limit} at a time");
    }
    let states = kept
        .store
        .shelf()
        .counted_otherwise("office", &in_force, None, 1)
        .await;
    let (at, run) = states.unwrap().remove(0);
    let known = by_version[0]
        .iter()
        .find(|run| run.id == at.run_id)
        .unwrap();
    assert_eq!(
        (run.tasks, run.calendars),
        (known.tasks.clone(), known.calendars.clone())
    );
    // With the work of a turn they are loaded whole.
    let needed = |after: Option<CountedAt>, limit| Needed {
        now: at_0(),
        behind: Some(Behind {
            calendar: "office".to_owned(),
            version: in_force.clone(),
            after,
            limit,
        }),
        ..Needed::default()
    };
    let loaded = journal.begin(&needed(None, 4)).await.unwrap();
    journal.abandon().await;
    assert_eq!(loaded.behind.last, Some(expect[3].clone()));
    assert!(loaded.behind.more && !loaded.behind.passed_over);
    let mut found = loaded.behind.runs.clone();
    found.sort_unstable();
    let mut wanted: Vec<Uuid> = expect[..4].iter().map(|at| at.run_id).collect();
    wanted.sort_unstable();
    assert_eq!(found, wanted);
    let mut whole = ids(&loaded.runs);
    whole.sort_unstable();
    assert_eq!(whole, wanted);
    assert!(loaded.runs.iter().all(|run| run.payload == json!({"n": 1})));
    let rest = journal.begin(&needed(loaded.behind.last, 4)).await.unwrap();
    journal.abandon().await;
    assert_eq!((rest.behind.runs.len(), rest.behind.more), (2, false));
    let none = journal.begin(&needed(rest.behind.last, 4)).await.unwrap();
    journal.abandon().await;
    assert_eq!((none.behind.runs.len(), none.behind.last), (0, None));
}

fn at_0() -> hms_engine::Time {
    at(0)
}

async fn by_what_a_case_is_counted_is_written_with_it(kept: Kept) {
    let mut journal = kept.store.journal().await.unwrap();
    let (workflow, version) = bound(&office("09:00-17:00"));
    let runs = cases(journal.as_mut(), &workflow, &[1, 2]).await;
    let by = |run: &Run, by: &[(&str, &str)]| CountedWrite {
        run_id: run.id,
        by: by
            .iter()
            .map(|(id, version)| ((*id).to_owned(), (*version).to_owned()))
            .collect(),
    };
    let mut script = Script::of("id: X\nstart: E\nsteps:\n  - { id: a, actor: SVC:a }\n");
    script.start(9, json!({}));
    script.batch().counted = vec![
        by(&runs[0], &[("office", "other"), ("court", "one")]),
        // It has ended.
        by(&runs[1], &[]),
    ];
    write(journal.as_mut(), script.take()).await.unwrap();
    let found = otherwise(&kept.store, &version, None, 9).await;
    assert_eq!(found.len(), 1);
    assert_eq!(
        (found[0].run_id, found[0].version.as_str()),
        (runs[0].id, "other")
    );
    assert!(otherwise(&kept.store, "other", None, 9).await.is_empty());
    let shelf = kept.store.shelf();
    let court = shelf
        .counted_otherwise("court", "two", None, 9)
        .await
        .unwrap();
    assert_eq!(court.len(), 1);
}

/// An installation of before the table was there: its open cases are in it after the migration.
async fn cases_that_were_there_before_are_found_too(kept: Kept) {
    let mut journal = kept.store.journal().await.unwrap();
    let (workflow, _) = bound(&office("09:00-17:00"));
    let runs = cases(journal.as_mut(), &workflow, &[1, 2]).await;
    drop(journal);
    let before = [
        format!(
            "UPDATE runs SET status = 'COMPLETED' WHERE id = '{}'",
            runs[1].id
        ),
        "DROP TABLE counted".to_owned(),
        "DELETE FROM _sqlx_migrations WHERE version = 10".to_owned(),
    ];
    match &kept.store {
        Store::Sqlite(_) => {
            let url = format!("sqlite://{}", kept.file().display());
            let mut connection = sqlx::SqliteConnection::connect(&url).await.unwrap();
            for sql in before {
                connection.execute(AssertSqlSafe(sql)).await.unwrap();
            }
        }
        Store::Postgres(_) => {
            let mut connection = sqlx::PgConnection::connect(&kept.url()).await.unwrap();
            for sql in before {
                connection.execute(AssertSqlSafe(sql)).await.unwrap();
            }
        }
    }
    let again = kept.again().await;
    let found = otherwise(&again, "none", None, 9).await;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].run_id, runs[0].id);
    assert_eq!(found[0].version, runs[0].calendars["office"]);
}

#[tokio::test]
async fn a_calendar_deployed_at_one_node_is_told_at_the_other_and_what_is_locked_is_passed_over() {
    let kept = kept::postgres().await;
    let mut a = kept.store.journal().await.unwrap();
    let mut b = kept.again().await.journal().await.unwrap();
    let (workflow, _) = bound(&office("09:00-17:00"));
    let starts = Needed {
        now: at(0),
        starts: true,
        ..Needed::default()
    };
    a.deploy_calendar(&version("one", "office", 1, true))
        .await
        .unwrap();
    let told = b.begin(&starts).await.unwrap();
    b.abandon().await;
    assert_eq!(told.calendars, [version("one", "office", 1, true)]);
    a.deploy_calendar(&version("two", "office", 2, true))
        .await
        .unwrap();
    let look = b.look().await.unwrap();
    assert_eq!(look.calendars, [version("two", "office", 2, true)]);
    for told in [
        b.look().await.unwrap().calendars,
        b.begin(&starts).await.unwrap().calendars,
    ] {
        assert!(told.is_empty(), "told once: {told:?}");
    }
    b.abandon().await;
    // A case that another node counted anew brings the calendar with it.
    let runs = cases(a.as_mut(), &workflow, &[1, 2, 3]).await;
    a.deploy_calendar(&version("three", "office", 3, true))
        .await
        .unwrap();
    let one = Needed {
        now: at(0),
        runs: vec![runs[0].id],
        ..Needed::default()
    };
    let told = b.begin(&one).await.unwrap();
    assert_eq!(told.calendars, [version("three", "office", 3, true)]);
    // B has it now; A takes the others and says that something is left.
    let behind = Needed {
        now: at(0),
        behind: Some(Behind {
            calendar: "office".to_owned(),
            version: "three".to_owned(),
            after: None,
            limit: 9,
        }),
        ..Needed::default()
    };
    let found = a.begin(&behind).await.unwrap().behind;
    assert_eq!(found.runs, [runs[1].id, runs[2].id]);
    assert!(found.passed_over && !found.more);
    a.abandon().await;
    b.abandon().await;
}

/// A node with a folder of its own on a shared database.
async fn node(data: &std::path::Path, url: &str) -> Orchestrator {
    let place = Place {
        data_dir: data.to_owned(),
        database_url: Some(url.to_owned()),
        workflows: None,
        clock_rate: 1.0,
    };
    let (orchestrator, _store, _lock) = node::open(&place).await.unwrap().start();
    orchestrator
}

async fn begin(node: &Orchestrator) -> Uuid {
    let event = NewEvent {
        name: "E".to_owned(),
        payload: json!({}),
        origin: None,
        report: None,
    };
    node.emit(event).await.unwrap().runs[0].run_id
}

#[tokio::test]
async fn a_calendar_deployed_at_one_node_counts_at_the_other_before_its_next_event() {
    let url = kept::postgres().await.url();
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let a = node(folders[0].path(), &url).await;
    // A node has the keys of the first one, copied as the README says.
    let key = |folder: &tempfile::TempDir| folder.path().join("personal.key");
    std::fs::copy(key(&folders[0]), key(&folders[1])).unwrap();
    let b = node(folders[1].path(), &url).await;
    let definition =
        "id: W\nstart: E\ncalendar: office\nsteps:\n  - { id: a, actor: HUMAN:a, sla: 1bd }\n";
    a.deploy_calendar(&office("09:00-17:00"), "ann")
        .await
        .unwrap();
    a.deploy(definition, "ann").await.unwrap();
    let mut runs = vec![begin(&a).await, begin(&b).await];
    // Forth and back, at one and at the other.
    let texts = [
        office("08:00-16:00"),
        office("09:00-17:00"),
        office("08:00-12:00"),
    ];
    for (turn, (text, [here, there])) in
        (1_u64..).zip(texts.iter().zip([[&a, &b], [&b, &a], [&a, &b]]))
    {
        let deployed = here.deploy_calendar(text, "omar").await.unwrap();
        assert!(deployed.changed);
        let run = begin(there).await;
        let row = there.shelf().run(run).await.unwrap().unwrap();
        assert_eq!(row.run.calendars["office"], deployed.version, "turn {turn}");
        // The open cases follow, whichever node does it, and each once.
        for run in &runs {
            let mut tries = 0;
            while a.shelf().run(*run).await.unwrap().unwrap().run.calendars["office"]
                != deployed.version
            {
                tries += 1;
                assert!(tries < 1_000, "a case is left behind in turn {turn}");
                tokio::time::sleep(std::time::Duration::from_millis(10)).await;
            }
        }
        runs.push(run);
    }
    for (run, times) in runs.iter().zip([3, 3, 2, 1, 0]) {
        let history = a.shelf().history(*run, 0, 99).await.unwrap();
        let anew = history
            .iter()
            .filter(|row| row.command["order"] == "recalendar");
        let by: Vec<&str> = anew.map(|row| row.who.as_str()).collect();
        assert_eq!(by, vec!["omar"; times]);
    }
    a.stop().await;
    b.stop().await;
}

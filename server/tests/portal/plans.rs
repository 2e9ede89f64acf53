//! How SQLite finds what the pages show and what is written for them: no statement reads from end to end what grows
//! with each case.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::sync::{Arc, Mutex};

use hms_app::agency::Agency;
use hms_app::views::{InboxTab, RunsFilter, TaskAct};
use hms_server::portal::access::PATHS;
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{AssertSqlSafe, Connection, Row};
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

use crate::browser::{get, pages};
use crate::house::house;
use crate::stored_script::cookie;
use crate::walk::ways::{Case, way};

const DEFINITION: &str = include_str!("../../../workflows/ftc-complaint.yml");
/// What has a row more with each case, for as long as the program is used.
const GROWING: [&str; 9] = [
    "runs", "tasks", "timers", "events", "reports", "audit", "personal", "files", "outbox",
];
/// Lists, by what they may be asked for.
const LISTS: [&str; 8] = [
    "/inbox?tab=mine",
    "/inbox?tab=team",
    "/inbox?tab=escalated",
    "/inbox?tab=done",
    "/admin?workflow=FTC-Complaint",
    "/admin?from=2020-01-01&to=2026-01-01",
    "/admin/runs?search=7",
    "/admin/audit?from=2020-01-01&to=2026-01-01",
];

/// Statements, as the store gives them to the database.
#[derive(Clone, Default)]
struct Heard(Arc<Mutex<BTreeSet<String>>>);

impl<S: Subscriber> Layer<S> for Heard {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if event.metadata().target() != "sqlx::query" {
            return;
        }
        let mut statement = Statement::default();
        event.record(&mut statement);
        // A short one is its own summary.
        let whole = match statement.whole.trim() {
            "" => statement.summary,
            whole => whole.to_owned(),
        };
        self.0.lock().unwrap().insert(whole);
    }
}

#[derive(Default)]
struct Statement {
    whole: String,
    summary: String,
}

impl Visit for Statement {
    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "db.statement" => value.clone_into(&mut self.whole),
            "summary" => value.clone_into(&mut self.summary),
            _ => {}
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn Debug) {}
}

/// The growing table that stands under this name in a statement.
fn growing(sql: &str, name: &str) -> Option<&'static str> {
    let words: Vec<&str> = sql
        .split(|c: char| !(c.is_alphanumeric() || c == '_'))
        .filter(|word| !word.is_empty())
        .collect();
    let named = |table: &&&str| {
        **table == name
            || words
                .windows(2)
                .any(|pair| pair[0] == **table && pair[1] == name)
            || words
                .windows(3)
                .any(|three| three[0] == **table && three[1] == "AS" && three[2] == name)
    };
    GROWING.iter().find(named).copied()
}

/// What of a plan reads a growing table from end to end. Some part of it, like what is open, is not that; neither is a
/// list in the order of an index that ends early.
fn endless(sql: &str, plan: &[String], parts: &BTreeMap<String, bool>) -> Vec<String> {
    let sorted = plan.iter().any(|step| step.contains("TEMP B-TREE"));
    if sql.contains("LIMIT") && !sorted {
        return Vec::new();
    }
    let scans = plan.iter().filter(|step| {
        let mut words = step.split(' ');
        if words.next() != Some("SCAN") {
            return false;
        }
        let table = words.next().and_then(|name| growing(sql, name));
        let index = step.split("INDEX ").nth(1);
        let partial = index.is_some_and(|index| parts.get(index).copied().unwrap_or_default());
        table.is_some() && !partial
    });
    scans.cloned().collect()
}

#[test]
fn what_reads_a_whole_table_is_noticed() {
    let parts = BTreeMap::from([("runs_running".into(), true), ("runs_of".into(), false)]);
    let whole = |sql: &str, plan: &[&str]| {
        let plan: Vec<String> = plan.iter().map(|&step| step.to_owned()).collect();
        !endless(sql, &plan, &parts).is_empty()
    };
    let counted = "SELECT workflow, count(*) FROM runs GROUP BY workflow";
    assert!(whole(counted, &["SCAN runs USING INDEX runs_of"]));
    assert!(whole("SELECT 1 FROM tasks t", &["SCAN t"]));
    assert!(whole("SELECT 1 FROM tasks AS t", &["SCAN t"]));
    assert!(whole(
        "SELECT 1 FROM runs ORDER BY key LIMIT 1",
        &["SCAN runs", "USE TEMP B-TREE FOR ORDER BY"]
    ));
    assert!(!whole(counted, &["SCAN runs USING INDEX runs_running"]));
    assert!(!whole("SELECT 1 FROM people p", &["SCAN p"]));
    assert!(!whole("SELECT 1 FROM runs LIMIT 1", &["SCAN runs"]));
}

#[tokio::test]
async fn nothing_that_grows_is_read_from_end_to_end_for_a_page() {
    let heard = Heard::default();
    let listening = tracing_subscriber::registry().with(heard.clone());
    // The database is asked on threads of its own, and each test has a process.
    tracing::subscriber::set_global_default(listening).unwrap();
    let house = house(1.0).await;
    let pages = pages(&house, DEFINITION).await;
    let filed = house.severe_report().await;
    let reporter = crate::house::reporter(&filed.token);
    let staff = house
        .staff("Ada", &["investigator", "supervisor", "administrator"])
        .await;
    let task = house.only_task(&staff, InboxTab::Unassigned).await;
    let accepted = house.desk.act_on_task(&staff, task, TaskAct::Accept).await;
    accepted.unwrap();
    let case = Case {
        number: filed.number.clone(),
        task,
        run: house.desk.task(&staff, task).await.unwrap().run_id,
        person: house.desk.person(&staff).await.unwrap().unwrap().id,
    };
    let rows = PATHS.iter().filter(|(method, path, _)| {
        *method == "GET" && !path.starts_with("/live/") && !path.contains("/files/")
    });
    let rows: Vec<String> = rows
        .map(|(method, path, _)| format!("{method} {path}"))
        .collect();
    let addresses = rows.iter().map(|row| {
        way(row, &case)
            .unwrap_or_else(|| panic!("nobody walks {row}"))
            .0
    });
    let filters = RunsFilter::ALL.into_iter().flat_map(|filter| {
        let filtered = format!("/admin/runs?filter={}", filter.as_str());
        [format!("{filtered}&workflow=FTC-Complaint"), filtered]
    });
    for address in addresses.chain(LISTS.map(str::to_owned)).chain(filters) {
        for who in [&cookie(&staff), &cookie(&reporter), ""] {
            let page = get(&pages, &address, "en", who).await;
            assert!(page.status < 500, "{address}: {}", page.status);
        }
    }
    house.stop.cancel();

    let url = format!("sqlite://{}", house.file().display());
    let mut connection = SqliteConnection::connect(&url).await.unwrap();
    let parts: Vec<(String, bool)> = sqlx::query_as(
        "SELECT name, coalesce(sql LIKE '% WHERE %', 0) FROM sqlite_master WHERE type = 'index'",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    let parts = parts.into_iter().collect();
    let statements = heard.0.lock().unwrap().clone();
    let mut faults = Vec::new();
    let mut explained = 0;
    for sql in statements {
        // Several in one text are the commit's, which writes by keys only.
        let reads = ["SELECT", "UPDATE", "DELETE", "WITH"];
        if !reads.iter().any(|verb| sql.starts_with(verb)) {
            continue;
        }
        let plan = sqlx::query(AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}")))
            .fetch_all(&mut connection)
            .await
            .unwrap_or_else(|error| panic!("{sql}: {error}"));
        let step = |row: &SqliteRow| row.get::<String, _>(3);
        let plan: Vec<String> = plan.iter().map(step).collect();
        let whole = endless(&sql, &plan, &parts);
        if !whole.is_empty() {
            faults.push(format!("{sql}\n    {}", whole.join("\n    ")));
        }
        explained += 1;
    }
    assert!(explained > 60, "only {explained} statements were heard");
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
}

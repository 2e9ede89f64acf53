//! From a file to a database of many nodes.

use hms_engine::Order;
use hms_server::clock::Anchor;
use hms_server::identity::{Allowance, ServerKey};
use hms_server::store::{
    Account, Added, FileRow, Needed, ReportRow, Shelf, SlaChange, SlaOutcome, Store, TransferError,
    WorkerRecord, WorkflowVersion, transfer,
};
use hms_server::trail;
use serde_json::json;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::files;
use crate::kept::{self, Kept};
use crate::script::{Script, at, nasty};

const REVIEW: &str = "id: Review\nstart: Filed\nkey: payload.complaintId\nsteps:\n  - id: label\n    actor: AI:labeler\n  - id: review\n    actor: HUMAN:clerk\n    sla: 1h\n";

/// More events than fit into one page.
const RUNS: u128 = 1_100;

/// A file with a row at least in every table.
async fn filled() -> Kept {
    let kept = kept::sqlite().await;
    let mut journal = kept.store.journal().await.unwrap();
    let anchor = Anchor {
        wall_ms: 1,
        workflow_ms: 2,
        rate: 240.0,
    };
    journal.set_clock(anchor, 3).await.unwrap();
    let mut script = Script::of(REVIEW);
    let version = WorkflowVersion {
        version: script.workflow.version.clone(),
        id: "Review".to_owned(),
        source: REVIEW.to_owned(),
        deployed: at(0),
        deployed_by: "me".to_owned(),
        in_force: true,
        deployment: 0,
    };
    journal.deploy(&version).await.unwrap();
    for n in 1..=RUNS {
        let files: &[_] = match n {
            1 => &[scan(0).0.file],
            _ => &[],
        };
        let mut run = script.start_with(n, nasty(), files);
        let label = run.tasks[0].id;
        script.complete(&mut run, label, nasty());
        if n % 2 == 0 {
            let task = run.tasks[0].id;
            script.order(
                &mut run,
                "p\0",
                Order::Claim {
                    task,
                    lease_ms: Some(1),
                },
            );
        }
    }
    script.batch().reports.push(ReportRow {
        number: "4839-2017-55".to_owned(),
        receipt_hash: "h".to_owned(),
        event_id: Uuid::from_u128(1),
        run_id: Uuid::from_u128(1001),
        filed: at(0),
    });
    for outcome in [SlaOutcome::Met(60_000), SlaOutcome::Breached] {
        script.batch().sla.push(SlaChange {
            workflow: "Review".to_owned(),
            step_id: "review".to_owned(),
            at: at(1),
            outcome,
        });
    }
    journal.begin(&Needed::default()).await.unwrap();
    journal.commit(script.take()).await.unwrap();
    let people = kept.store.people();
    let ivy = Account {
        id: Uuid::from_u128(5),
        email: "ivy@x.example".to_owned(),
        name: "Ivy \"I\" {x}".to_owned(),
        roles: vec!["clerk".to_owned(), "boss".to_owned()],
        language: None,
        password_hash: "$h".to_owned(),
        created_ms: 1_700_000_000_123,
        disabled_ms: None,
    };
    assert_eq!(people.add(&ivy).await.unwrap(), Added::Yes);
    let tries = [("name".to_owned(), Allowance::ACCOUNT)];
    people.begin_try(&tries, 1).await.unwrap().unwrap();
    let worker = WorkerRecord {
        actor: "AI:*".to_owned(),
        worker: "w".to_owned(),
        version: None,
        last_seen: at(0),
        done: 3,
        failed: 1,
    };
    kept.store.workforce().add(&[worker], 10).await.unwrap();
    // More pieces than fit into one page.
    for n in 0..2 {
        let (row, bytes) = scan(n);
        kept.store.files().keep(&row, &bytes).await.unwrap();
    }
    kept
}

/// A file of five megabytes.
fn scan(n: u128) -> (FileRow, Vec<u8>) {
    let bytes = files::bytes(5 * 1024 * 1024 + 7);
    let mut row = files::row(n, bytes.len() as u64, 5);
    let sha256 = Sha256::digest(&bytes);
    row.file.sha256 = sha256.iter().map(|byte| format!("{byte:02x}")).collect();
    (row, bytes)
}

#[tokio::test]
async fn a_file_that_is_not_what_it_was_is_told() {
    let (from, to) = (kept::sqlite().await, kept::postgres().await);
    let (mut row, bytes) = scan(1);
    row.file.sha256 = "0".repeat(64);
    from.store.files().keep(&row, &bytes).await.unwrap();
    let differs = transfer(&from.file(), &to.url(), &mut |_: &str, _: i64| {}).await;
    let Err(TransferError::Differs { what, .. }) = differs else {
        panic!("{differs:?}")
    };
    assert_eq!(what, format!("file {}", row.file.file));
}

#[tokio::test]
async fn everything_arrives_as_it_was_though_it_was_interrupted() {
    arrives(kept::postgres().await).await;
}

#[tokio::test]
async fn so_it_does_where_much_is_lacking() {
    arrives(kept::lesser().await).await;
}

async fn arrives(to: Kept) {
    let from = filled().await;
    let seal = ServerKey::fresh().seal();
    trail::seal(from.store.trail().as_ref(), &seal, at(9), None)
        .await
        .unwrap();
    let (file, url) = (from.file(), to.url());
    // Cut off after the first page of the events.
    let (cut, was_cut) = tokio::sync::oneshot::channel();
    let mut cut = Some(cut);
    let mut tell = |table: &str, _rows: i64| {
        if table == "events"
            && let Some(cut) = cut.take()
        {
            cut.send(()).unwrap();
        }
    };
    tokio::select! {
        biased;
        _ = was_cut => {}
        moved = transfer(&file, &url, &mut tell) => panic!("not cut off: {moved:?}"),
    }
    let mut told = Vec::new();
    let mut tell = |table: &str, rows: i64| told.push((table.to_owned(), rows));
    let moved = transfer(&file, &url, &mut tell).await.unwrap();
    assert!(
        !told.contains(&("events".to_owned(), 1_000)),
        "moved twice: {told:?}"
    );
    assert!(told.contains(&("events".to_owned(), 1_100)), "{told:?}");
    assert!(moved.tables.contains(&("runs".to_owned(), 1_100)));

    let (here, there) = (from.store.shelf(), to.store.shelf());
    let run = Uuid::from_u128(1002);
    let (was, is) = (here.run(run).await.unwrap(), there.run(run).await.unwrap());
    assert_eq!(was.unwrap().run, is.unwrap().run);
    let (was, is) = (
        here.history(run, 0, 9).await.unwrap(),
        there.history(run, 0, 9).await.unwrap(),
    );
    // The one that wrote it had a NUL in its name, and PostgreSQL has none.
    assert_eq!(was.len(), 3);
    for (was, is) in was.iter().zip(&is) {
        assert_eq!(
            (was.n, was.seq, &was.command, &was.entries),
            (is.n, is.seq, &is.command, &is.entries)
        );
    }
    let day = at(0).date_naive();
    assert_eq!(
        here.sla_days(day, day, None).await.unwrap(),
        there.sla_days(day, day, None).await.unwrap()
    );
    assert_eq!(
        here.report("4839-2017-55").await.unwrap(),
        there.report("4839-2017-55").await.unwrap()
    );
    // Only where there are several nodes are deployments told apart by a number.
    let versions = async |shelf: &dyn Shelf| {
        let mut versions = shelf.workflow_versions().await.unwrap();
        for version in &mut versions {
            version.deployment = 0;
        }
        versions
    };
    assert_eq!(versions(&*here).await, versions(&*there).await);
    let account = |store: &Store| {
        let people = store.people();
        async move { people.account("ivy@x.example").await.unwrap().unwrap() }
    };
    assert!(account(&from.store).await == account(&to.store).await);
    let workers = to.store.workforce().load(9).await.unwrap();
    assert_eq!(workers, from.store.workforce().load(9).await.unwrap());
    for n in 0..2 {
        let (row, bytes) = scan(n);
        let files = to.store.files();
        let found = files.files(&[row.file.file]).await.unwrap();
        assert_eq!(found, std::slice::from_ref(&row));
        assert!(files.bytes(row.file.file).await.unwrap() == bytes);
    }
    // The chains and their checkpoints hold where they came to, a name with a NUL among them.
    let whole = async |store: &Store| {
        let mut tell = |fault| panic!("{fault}");
        let key = Some(seal.public_key());
        trail::verify(store.trail().as_ref(), key, None, &mut tell)
            .await
            .unwrap()
    };
    let looked = whole(&to.store).await;
    assert_eq!(looked, whole(&from.store).await);
    assert_eq!((looked.runs, looked.checkpoints), (1_100, 1));
    let mut journal = to.again().await.journal().await.unwrap();
    let (anchor, latest) = journal.clock().await.unwrap().unwrap();
    assert_eq!((anchor.rate, latest), (240.0, at(0).timestamp_millis()));
    // And work goes on: timers, the audit trail's numbers.
    let look = journal.look().await.unwrap();
    assert_eq!((look.next.is_some(), look.deployed.len()), (true, 1));
    let mut script = Script::of(REVIEW);
    script.start(9_999, json!({}));
    journal.begin(&Needed::default()).await.unwrap();
    journal.commit(script.take()).await.unwrap();
    assert_eq!(whole(&to.store).await.runs, 1_101);
    // Again it would not fit any more, and says so.
    let again = transfer(&file, &url, &mut |_: &str, _: i64| {}).await;
    assert!(
        matches!(again, Err(TransferError::Differs { .. })),
        "{again:?}"
    );
}

#[tokio::test]
async fn a_database_with_cases_of_its_own_is_left_alone() {
    let (from, to) = (filled().await, kept::postgres().await);
    let mut journal = to.store.journal().await.unwrap();
    let mut script = Script::of(REVIEW);
    script.start(1, json!({}));
    journal.begin(&Needed::default()).await.unwrap();
    journal.commit(script.take()).await.unwrap();
    let refused = transfer(&from.file(), &to.url(), &mut |_: &str, _: i64| {}).await;
    assert!(
        matches!(refused, Err(TransferError::NotEmpty)),
        "{refused:?}"
    );
}

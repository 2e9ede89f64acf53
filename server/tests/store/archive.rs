//! Finished runs moved out into files: nothing is lost on the way, and what is kept proves them.

use std::path::PathBuf;

use hms_engine::{Order, Run};
use hms_server::archive::{ArchiveError, ArchivedCase, Archivist, Folder, KeepRules, Swept, look};
use hms_server::identity::{Seal, ServerKey, Vault};
use hms_server::store::{
    Claim, EventRow, MovedOut, PersonalEnded, PersonalWrite, Reach, ReachedRun, ReportRow,
    SlaChange, SlaOutcome, StartedRun, WorkflowVersion,
};
use hms_server::trail;
use serde_json::json;
use sha2::{Digest, Sha256};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::files;
use crate::journal::write;
use crate::kept::Kept;
use crate::on_all;
use crate::script::{Script, at};

on_all!(
    finished_runs_are_moved_out_and_prove_themselves,
    what_is_not_whole_or_not_sealed_stays,
    runs_that_call_each_other_wait_for_each_other,
    what_a_crash_left_is_put_right,
);

const SMALL: &str = "id: Small\nstart: Filed\nkey: payload.complaintId\nsteps:\n  - id: work\n    actor: SVC:worker\n    sla: { within: 2h, ladder: [{ at: 50%, notify: HUMAN:boss }] }\n  - id: more\n    type: wait\n    event: Added\n";
const DAY: i64 = 86_400;
/// When most of it has been for longer than 30 days.
pub(crate) const MARCH: i64 = 75 * DAY;

/// Three runs that ended in January, one of which shares its event with one that is open; that one; and one that
/// ended in February.
pub(crate) struct Filed {
    pub(crate) seal: Seal,
    pub(crate) folder: TempDir,
}

pub(crate) fn run_id(n: u128) -> Uuid {
    Uuid::from_u128(n + 1000)
}

pub(crate) async fn filed(kept: &Kept) -> Filed {
    let (seal, store) = (ServerKey::fresh().seal(), &kept.store);
    let mut journal = store.journal().await.unwrap();
    let mut script = Script::of(SMALL);
    let version = WorkflowVersion {
        version: script.workflow.version.clone(),
        id: "Small".to_owned(),
        source: SMALL.to_owned(),
        deployed: at(0),
        deployed_by: "me".to_owned(),
        in_force: true,
        deployment: 0,
    };
    journal.deploy(&version).await.unwrap();
    let mut runs: Vec<Run> = (1..=5)
        .map(|n| {
            script.start(
                n,
                json!({"complaintId": n.to_string(), "text": "a \u{0} b <"}),
            )
        })
        .collect();
    // The fifth run's event started the third one as well.
    let fifth = script.batch().events.iter_mut();
    for event in fifth.filter(|event| event.id == Uuid::from_u128(5)) {
        event.runs.push(StartedRun {
            run_id: run_id(3),
            workflow: "Small".to_owned(),
        });
    }
    let of_case = files::row(1, 3, 5);
    let mut file = of_case.clone();
    file.file.sha256 = hex(&Sha256::digest(b"one"));
    store.files().keep(&file, b"one").await.unwrap();
    let sealed = Vault::fresh().seal(Uuid::from_u128(11), "email", b"1");
    let personal = |n, owner| PersonalWrite {
        id: Uuid::from_u128(n),
        owner,
        field: "email".to_owned(),
        sealed: sealed.clone(),
        created_ms: at(0).timestamp_millis(),
    };
    script.batch().personal = vec![
        personal(11, Uuid::from_u128(1)),
        personal(12, run_id(1)),
        personal(13, Uuid::from_u128(3)),
    ];
    script.batch().files.push(Claim {
        file: file.file.file,
        run_id: run_id(1),
    });
    script.batch().reports.push(ReportRow {
        number: "R-1".to_owned(),
        receipt_hash: "x".to_owned(),
        event_id: Uuid::from_u128(1),
        run_id: run_id(1),
        filed: at(0),
    });
    script.batch().sla.push(SlaChange {
        workflow: "Small".to_owned(),
        step_id: "work".to_owned(),
        at: at(0),
        outcome: SlaOutcome::Met(5),
    });
    write(journal.as_mut(), script.take()).await.unwrap();
    // Somebody is told about the first one.
    script.now = at(3_601);
    script.fire(&mut runs[0]);
    assert_eq!(script.batch().outbox.len(), 1);
    write(journal.as_mut(), script.take()).await.unwrap();
    for n in [1, 2, 4, 5] {
        script.now = at(if n == 4 { 31 * DAY + 5 } else { 20 * DAY });
        end(&mut script, &mut runs[n - 1], n as u128);
        let ended = PersonalEnded {
            workflow: "Small".to_owned(),
            since_ms: script.now.timestamp_millis(),
            owner: runs[n - 1].id,
        };
        script.batch().personal_ended.push(ended);
        write(journal.as_mut(), script.take()).await.unwrap();
    }
    Filed {
        seal,
        folder: tempfile::tempdir().unwrap(),
    }
}

/// Ends a run by its task and by an event that reaches it.
fn end(script: &mut Script, run: &mut Run, n: u128) {
    let task = run.tasks[0].id;
    // Its deadline is long past; it has no way to go then, so its task is still open.
    script.fire(run);
    for notice in &mut script.batch().outbox {
        notice.id = Uuid::from_u128(5_000 + n);
    }
    script.complete(run, task, json!({"done": true}));
    let event = Uuid::from_u128(100 + n);
    let payload = json!({"complaintId": n.to_string()});
    let received = script.now;
    script.batch().events.push(EventRow {
        id: event,
        source: None,
        external_id: None,
        name: "Added".to_owned(),
        payload: payload.clone(),
        received,
        runs: Vec::new(),
        reached: vec![ReachedRun {
            run_id: run.id,
            workflow: "Small".to_owned(),
            how: Reach::Taken,
        }],
    });
    let name = "Added".to_owned();
    let signal = Order::Signal {
        event,
        name,
        payload,
    };
    script.order(run, "event", signal);
    assert!(run.ended.is_some());
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Filed {
    pub(crate) async fn seal(&self, kept: &Kept) {
        let trail = kept.store.trail();
        trail::seal(trail.as_ref(), &self.seal, at(40 * DAY), None)
            .await
            .unwrap();
    }

    pub(crate) async fn sweep(&self, kept: &Kept, now: i64) -> Result<Swept, ArchiveError> {
        let folder = Folder::open(self.folder.path()).unwrap();
        let rules = KeepRules::of(&["Small=30d".parse().unwrap()]).unwrap();
        Archivist::new(&kept.store, folder, rules)
            .sweep(at(now), &CancellationToken::new())
            .await
    }

    /// What is at fault: of what the database keeps, and of the folder.
    pub(crate) async fn faults(&self, kept: &Kept) -> Vec<String> {
        let (trail, key) = (kept.store.trail(), Some(self.seal.public_key()));
        let mut told = Vec::new();
        trail::verify(trail.as_ref(), key, None, &mut |fault| {
            told.push(fault.to_string());
        })
        .await
        .unwrap();
        let folder = Folder::existing(self.folder.path()).unwrap();
        look(trail.as_ref(), &folder, key, &mut |fault| told.push(fault))
            .await
            .unwrap();
        told.sort();
        told
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

pub(crate) const JANUARY: &str = "Small/2026-01-000001.jsonl";

pub(crate) fn moved(runs: u64, files: u64) -> Swept {
    Swept {
        runs,
        files,
        left: 0,
    }
}

/// How many rows of a run there are, in any table.
async fn rows_of(kept: &Kept, run: Uuid) -> i64 {
    let mut sum = kept
        .count(&format!("SELECT count(*) FROM runs WHERE id = '{run}'"))
        .await;
    for table in [
        "tasks", "timers", "waits", "counted", "files", "audit", "outbox",
    ] {
        let sql = format!("SELECT count(*) FROM {table} WHERE run_id = '{run}'");
        sum += kept.count(&sql).await;
    }
    let personal = format!("SELECT count(*) FROM personal WHERE owner = '{run}'");
    sum + kept.count(&personal).await
}

async fn finished_runs_are_moved_out_and_prove_themselves(kept: Kept) {
    let filed = filed(&kept).await;
    filed.seal(&kept).await;
    let shelf = kept.store.shelf();
    let day = at(0).date_naive();
    let figures = shelf.sla_days(day, day, None).await.unwrap();
    assert_eq!(figures.len(), 1);
    assert!(rows_of(&kept, run_id(1)).await > 8);
    // 30 days are not over for all of January: nothing goes.
    assert_eq!(
        filed.sweep(&kept, 59 * DAY).await.unwrap(),
        Swept::default()
    );
    assert_eq!(filed.sweep(&kept, MARCH).await.unwrap(), moved(3, 1));

    for n in [1, 2, 5] {
        assert_eq!(rows_of(&kept, run_id(n)).await, 0, "{n}");
        assert!(shelf.run(run_id(n)).await.unwrap().is_none());
    }
    for n in [3, 4] {
        assert!(rows_of(&kept, run_id(n)).await > 0, "{n}");
        assert!(shelf.run(run_id(n)).await.unwrap().is_some());
    }
    // Events go with the last run that they started or reached.
    for (event, there) in [(1, false), (2, false), (5, true), (3, true), (101, false)] {
        let kept = shelf.event(Uuid::from_u128(event)).await.unwrap();
        assert_eq!(kept.is_some(), there, "event {event}");
    }
    for (table, left) in [
        ("personal", 1),
        ("personal_ended", 1),
        ("file_pieces", 0),
        // That of the one which stays until February is over.
        ("outbox", 1),
    ] {
        let sql = format!("SELECT count(*) FROM {table}");
        assert_eq!(kept.count(&sql).await, left, "{table}");
    }
    // Of a report stays by what its reporter is known, and told where it is.
    let report = shelf.report("R-1").await.unwrap().unwrap();
    assert_eq!((report.run_id, &*report.receipt_hash), (run_id(1), "x"));
    let moved_out = MovedOut {
        workflow: "Small".to_owned(),
        file: JANUARY.to_owned(),
        month: "2026-01".to_owned(),
        closed: Some(at(20 * DAY).date_naive()),
    };
    assert_eq!(shelf.moved_out(run_id(1)).await.unwrap(), Some(moved_out));
    assert_eq!(shelf.moved_out(run_id(3)).await.unwrap(), None);
    // Reports over the months that were moved out stay right.
    assert_eq!(shelf.sla_days(day, day, None).await.unwrap(), figures);

    // What is kept proves them, also to who opens the database anew.
    assert_eq!(filed.faults(&kept).await, [""; 0]);
    let trail = kept.again().await.trail();
    let looked = trail::verify(trail.as_ref(), None, None, &mut |_| {})
        .await
        .unwrap();
    assert_eq!((looked.runs, looked.moved_out), (2, 3));
    let archived = trail.archived(&[run_id(2), run_id(3)]).await.unwrap();
    assert_eq!(archived.len(), 1);
    assert_eq!((archived[0].0.run_id, archived[0].1), (run_id(2), 1));

    // Each line is a case by itself, with what stood beside it, and the file it came with.
    let text = std::fs::read_to_string(filed.path(JANUARY)).unwrap();
    let cases: Vec<_> = text
        .lines()
        .map(|line| ArchivedCase::read(line).unwrap())
        .collect();
    assert_eq!(cases.len(), 3);
    let first = &cases[0];
    assert_eq!(
        first.case.look(Some(filed.seal.public_key())).faults,
        [""; 0]
    );
    assert_eq!(first.case.payload["text"], "a \u{0} b <");
    assert_eq!(first.beside.report.as_deref(), Some("R-1"));
    assert_eq!(first.beside.event, "Filed");
    assert_eq!(first.beside.external_id.as_deref(), Some("1"));
    let sha256 = &first.beside.attached[0].sha256;
    let bytes = filed.path(&format!("files/{}/{sha256}", &sha256[..2]));
    assert_eq!(std::fs::read(bytes).unwrap(), b"one");
    let line = text.lines().next().unwrap();
    assert!(trail::CaseFile::read(line).is_ok());

    // Later February goes; what is open stays, and nothing is moved twice.
    assert_eq!(
        filed.sweep(&kept, MARCH).await.unwrap(),
        Swept::default(),
        "nothing twice"
    );
    filed.seal(&kept).await;
    assert_eq!(filed.sweep(&kept, 120 * DAY).await.unwrap(), moved(1, 1));
    assert_eq!(filed.faults(&kept).await, [""; 0]);
    assert!(filed.path("Small/2026-02-000002.jsonl").exists());
    assert!(shelf.run(run_id(3)).await.unwrap().is_some());
    // New runs go on as ever.
    let mut journal = kept.store.journal().await.unwrap();
    let mut script = Script::of(SMALL);
    script.now = at(121 * DAY);
    script.start(9, json!({"complaintId": "9"}));
    write(journal.as_mut(), script.take()).await.unwrap();
    filed.seal(&kept).await;
    assert_eq!(filed.faults(&kept).await, [""; 0]);
}

async fn what_is_not_whole_or_not_sealed_stays(kept: Kept) {
    let filed = filed(&kept).await;
    let stays = |left| Swept {
        left,
        ..Swept::default()
    };
    assert_eq!(filed.sweep(&kept, MARCH).await.unwrap(), stays(3));
    assert_eq!(kept.count("SELECT count(*) FROM runs").await, 5);
    filed.seal(&kept).await;
    let (two, one) = (run_id(2), run_id(1));
    kept.tamper(&format!(
        "UPDATE audit SET who = 'mallory' WHERE run_id = '{two}' AND seq = 1"
    ))
    .await;
    let other = match kept.is_file() {
        true => "UPDATE file_pieces SET bytes = x'74776f'",
        false => "UPDATE file_pieces SET bytes = decode('74776f', 'hex')",
    };
    kept.tamper(other).await;
    let swept = filed.sweep(&kept, MARCH).await.unwrap();
    assert_eq!((swept.runs, swept.left), (1, 2));
    for run in [one, two] {
        assert!(rows_of(&kept, run).await > 0);
    }
}

async fn runs_that_call_each_other_wait_for_each_other(kept: Kept) {
    let filed = filed(&kept).await;
    filed.seal(&kept).await;
    // The first called the third, which is open; the third called the second; the fifth called the fourth, which goes later.
    for (child, parent) in [(3, 1), (2, 3), (4, 5)] {
        kept.tamper(&format!(
            "UPDATE runs SET parent = '{}' WHERE id = '{}'",
            run_id(parent),
            run_id(child)
        ))
        .await;
    }
    assert_eq!(filed.sweep(&kept, MARCH).await.unwrap(), Swept::default());
    assert_eq!(filed.sweep(&kept, 120 * DAY).await.unwrap(), moved(1, 1));
    assert_eq!(filed.sweep(&kept, 120 * DAY).await.unwrap(), moved(1, 1));
    for (n, there) in [(1, true), (2, true), (3, true), (4, false), (5, false)] {
        assert_eq!(rows_of(&kept, run_id(n)).await > 0, there, "{n}");
    }
    assert_eq!(filed.faults(&kept).await, [""; 0]);
}

async fn what_a_crash_left_is_put_right(kept: Kept) {
    let filed = filed(&kept).await;
    filed.seal(&kept).await;
    // Cut off while it wrote: of the very name that comes next, and whole or not.
    let aside = filed.path(&format!("{JANUARY}.0123.part"));
    std::fs::create_dir_all(aside.parent().unwrap()).unwrap();
    std::fs::write(&aside, "half of a").unwrap();
    assert_eq!(filed.sweep(&kept, MARCH).await.unwrap(), moved(3, 1));
    assert!(!aside.exists());
    assert_eq!(filed.faults(&kept).await, [""; 0]);
    // Cut off after the transaction and before the file was in its place.
    std::fs::rename(filed.path(JANUARY), &aside).unwrap();
    assert_eq!(
        filed.faults(&kept).await,
        [format!("archive 1: {JANUARY} is missing")]
    );
    let other = filed.path(&format!("{JANUARY}.4567.part"));
    std::fs::write(&other, "another").unwrap();
    assert_eq!(filed.sweep(&kept, MARCH).await.unwrap(), Swept::default());
    assert_eq!(filed.faults(&kept).await, [""; 0]);
    assert!(!aside.exists() && !other.exists());
}

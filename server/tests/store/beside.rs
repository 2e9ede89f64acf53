//! What is kept beside the audit trail: each byte of it counts.

use hms_server::store::{CalendarVersion, FileRow, WorkflowVersion};
use hms_server::trail::{self, What};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::files;
use crate::journal::{REVIEW, write};
use crate::kept::Kept;
use crate::on_all;
use crate::script::{Script, at};
use crate::trail::{hex, literal, told};

on_all!(
    each_byte_of_what_was_reported_counts,
    a_run_from_before_is_told_and_no_fault,
    a_changed_calendar_is_named,
);

async fn each_byte_of_what_was_reported_counts(kept: Kept) {
    let mut journal = kept.store.journal().await.unwrap();
    let mut script = Script::of(REVIEW);
    let (row, bytes) = small_file();
    kept.store.files().keep(&row, &bytes).await.unwrap();
    let payload = json!({"a": "wire 18400", "complaintId": "C-1", "n": [1.5, true]});
    let run = script
        .start_with(1, payload, std::slice::from_ref(&row.file))
        .id;
    write(journal.as_mut(), script.take()).await.unwrap();
    let trail = kept.store.trail();
    let look = async || {
        let mut told = Vec::new();
        let mut tell = |fault: trail::Fault| told.push(fault.what);
        trail::verify(trail.as_ref(), None, None, &mut tell)
            .await
            .unwrap();
        // The definition was never deployed here.
        told.retain(|what| !matches!(what, What::DefinitionGone(_)));
        told
    };
    assert_eq!(look().await, []);
    let text = trail.payload_text(run).await.unwrap().unwrap();
    let mut changed = 0;
    for at in 0..text.len() {
        let mut other = text.clone().into_bytes();
        other[at] = if other[at] == b'7' { b'8' } else { b'7' };
        let other = String::from_utf8(other).unwrap();
        // PostgreSQL takes nothing else for JSON.
        if serde_json::from_str::<serde_json::Value>(&other).is_err() {
            continue;
        }
        changed += 1;
        kept.tamper(&format!("UPDATE events SET payload = '{other}'"))
            .await;
        assert_eq!(look().await, [What::ReportChanged], "{other}");
    }
    assert!(changed > 20, "{changed}");
    // The same to a reader of JSON, in other bytes.
    for other in [format!("{text} "), text.replace("1.5", "1.50")] {
        kept.tamper(&format!("UPDATE events SET payload = '{other}'"))
            .await;
        assert_eq!(look().await, [What::ReportChanged], "{other}");
    }
    kept.tamper(&format!("UPDATE events SET payload = '{text}'"))
        .await;
    for at in 0..bytes.len() {
        let mut other = bytes.clone();
        other[at] ^= 1;
        let other = literal(&kept, &other);
        kept.tamper(&format!("UPDATE file_pieces SET bytes = {other}"))
            .await;
        assert_eq!(look().await, [What::FileChanged(row.file.file)], "{at}");
    }
    let same = literal(&kept, &bytes);
    kept.tamper(&format!("UPDATE file_pieces SET bytes = {same}"))
        .await;
    assert_eq!(look().await, []);
}

fn small_file() -> (FileRow, Vec<u8>) {
    let bytes = files::bytes(24);
    let mut row = files::row(4, 24, 5);
    row.file.sha256 = hex(&Sha256::digest(&bytes));
    (row, bytes)
}

async fn a_run_from_before_is_told_and_no_fault(kept: Kept) {
    let mut journal = kept.store.journal().await.unwrap();
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
    let runs: Vec<_> = (1..=2).map(|n| script.start(n, json!({"n": n}))).collect();
    // As a program of before wrote it.
    script.batch().audit[0].command = json!({"order": "start"}).to_string();
    write(journal.as_mut(), script.take()).await.unwrap();
    let (faults, looked) = told(&kept, None).await;
    assert_eq!((faults, looked.uncovered), (vec![], 1));
    for (run, uncovered) in runs.iter().zip([1, 0]) {
        let mut tell = |fault: trail::Fault| panic!("{fault}");
        let trail = kept.store.trail();
        let looked = trail::verify_run(trail.as_ref(), run.id, None, &mut tell).await;
        assert_eq!(looked.unwrap().unwrap().uncovered, uncovered);
    }
}

async fn a_changed_calendar_is_named(kept: Kept) {
    let mut journal = kept.store.journal().await.unwrap();
    let source = "id: office\n";
    let calendar = CalendarVersion {
        version: hex(&Sha256::digest(source)),
        id: "office".to_owned(),
        source: source.to_owned(),
        deployed: at(0),
        deployed_by: "me".to_owned(),
        in_force: true,
        deployment: 0,
    };
    journal.deploy_calendar(&calendar).await.unwrap();
    assert_eq!(told(&kept, None).await.0, [""; 0]);
    kept.tamper("UPDATE calendars SET source = 'id: offize'")
        .await;
    let named = format!("calendar {} was changed", calendar.version);
    assert_eq!(told(&kept, None).await.0, [named]);
}

//! The chain of the audit trail and its checkpoints: what somebody does behind the program's back is named.

use hms_engine::Order;
use hms_server::identity::{Seal, ServerKey};
use hms_server::store::chain::HOUSE;
use hms_server::store::{FileRow, Note, WorkflowVersion};
use hms_server::trail::{self, Looked};
use serde_json::json;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::files;
use crate::journal::{REVIEW, write};
use crate::kept::Kept;
use crate::on_all;
use crate::script::{Script, at, nasty};
use crate::trail_attacks::attacks;

on_all!(
    what_was_written_verifies,
    a_history_computed_anew_is_found_by_its_checkpoint,
    a_run_is_looked_at_by_itself,
    rows_from_before_are_chained_once,
    a_checkpoint_is_kept_once,
    what_was_read_and_who_came_is_kept_in_the_houses_chain,
);

/// Each attack is a store of its own; one kind of server is enough.
mod attacked {
    use super::every_attack_is_named;

    crate::on_all!(every_attack_is_named);
}

/// The runs of [`written`].
pub(crate) const ONE: &str = "00000000-0000-0000-0000-0000000003e9";
pub(crate) const TWO: &str = "00000000-0000-0000-0000-0000000003ea";
pub(crate) const THREE: &str = "00000000-0000-0000-0000-0000000003eb";

fn run(text: &str) -> Uuid {
    text.parse().unwrap()
}

/// More than fits into one piece.
const LETTER_BYTES: usize = 700_000;

/// The file that came with the second run of [`written`].
fn letter() -> FileRow {
    let bytes = files::bytes(LETTER_BYTES);
    let mut row = files::row(2, LETTER_BYTES as u64, 5);
    row.file.sha256 = hex(&Sha256::digest(bytes));
    row
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

/// A deployment, three runs of two rows, with a file that came with the second, a checkpoint, a third row of two of them, a checkpoint, and a fourth row of
/// the first.
pub(crate) async fn written(kept: &Kept) -> Seal {
    let seal = ServerKey::fresh().seal();
    let trail = kept.store.trail();
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
    let letter = letter();
    let bytes = files::bytes(LETTER_BYTES);
    kept.store.files().keep(&letter, &bytes).await.unwrap();
    let mut runs: Vec<_> = (1..=3)
        .map(|n| {
            let mut payload = nasty();
            payload["n"] = json!(n);
            let files: &[_] = match n {
                2 => std::slice::from_ref(&letter.file),
                _ => &[],
            };
            script.start_with(n, payload, files)
        })
        .collect();
    for run in &mut runs {
        let label = run.tasks[0].id;
        script.complete(run, label, nasty());
    }
    write(journal.as_mut(), script.take()).await.unwrap();
    assert_eq!(
        trail::seal(trail.as_ref(), &seal, at(1), None)
            .await
            .unwrap(),
        1
    );
    for run in &mut runs[..2] {
        let task = run.tasks[0].id;
        let claim = Order::Claim {
            task,
            lease_ms: None,
        };
        script.order(run, "p\0", claim);
    }
    write(journal.as_mut(), script.take()).await.unwrap();
    trail::seal(trail.as_ref(), &seal, at(2), None)
        .await
        .unwrap();
    let task = runs[0].tasks[0].id;
    script.order(&mut runs[0], "p\0", Order::Release { task });
    write(journal.as_mut(), script.take()).await.unwrap();
    seal
}

/// Bytes as SQL.
pub(crate) fn literal(kept: &Kept, bytes: &[u8]) -> String {
    match kept.is_file() {
        true => format!("x'{}'", hex(bytes)),
        false => format!("'\\x{}'", hex(bytes)),
    }
}

pub(crate) async fn told(kept: &Kept, key: Option<[u8; 32]>) -> (Vec<String>, Looked) {
    let mut told = Vec::new();
    let mut tell = |fault: trail::Fault| told.push(fault.to_string());
    let looked = trail::verify(kept.store.trail().as_ref(), key, None, &mut tell)
        .await
        .unwrap();
    told.sort();
    assert_eq!(looked.faults, told.len() as u64);
    (told, looked)
}

async fn what_was_written_verifies(kept: Kept) {
    let seal = written(&kept).await;
    let (faults, looked) = told(&kept, Some(seal.public_key())).await;
    assert_eq!(faults, [""; 0]);
    assert_eq!((looked.runs, looked.rows, looked.checkpoints), (3, 10, 2));
    assert_eq!(looked.uncovered, 0);
    assert_eq!(looked.sealed, Some((2, at(2), seal.public_key())));
    // A journal that knows nothing goes on where the chains end.
    let mut journal = kept.again().await.journal().await.unwrap();
    let needed = hms_server::store::Needed {
        now: at(5),
        runs: vec![run(TWO)],
        ..Default::default()
    };
    let mut two = journal.begin(&needed).await.unwrap().runs.pop().unwrap();
    let mut script = Script::of(REVIEW);
    script.now = at(5);
    let task = two.tasks[0].id;
    script.order(&mut two, "p\0", Order::Release { task });
    journal.commit(script.take()).await.unwrap();
    assert_eq!(told(&kept, None).await.0, [""; 0]);
}

async fn every_attack_is_named(kept: Kept) {
    // Each on a store of its own.
    let fresh = async || {
        if kept.is_file() {
            crate::kept::sqlite().await
        } else {
            crate::kept::postgres().await
        }
    };
    for (attack, mut expected) in attacks() {
        let kept = fresh().await;
        let seal = written(&kept).await;
        for sql in &attack {
            kept.tamper(sql).await;
        }
        expected.sort();
        let (faults, _) = told(&kept, Some(seal.public_key())).await;
        assert_eq!(faults, expected, "{attack:?}");
    }
}

async fn a_history_computed_anew_is_found_by_its_checkpoint(kept: Kept) {
    let seal = written(&kept).await;
    // All hashes of a run made to fit again: who has the database can.
    let mut rows = kept
        .store
        .trail()
        .trail_of(Some(run(THREE)), 0, 9)
        .await
        .unwrap();
    let literal = |hash: [u8; 32]| literal(&kept, &hash);
    let first = rows[0].hash.unwrap();
    rows[1].who = "mallory".to_owned();
    let forged = literal(rows[1].link().after(&first));
    kept.tamper(&format!(
        "UPDATE audit SET who = 'mallory', hash = {forged} WHERE run_id = '{THREE}' AND seq = 2"
    ))
    .await;
    kept.tamper(&format!(
        "UPDATE runs SET audit_hash = {forged} WHERE id = '{THREE}'"
    ))
    .await;
    let (faults, _) = told(&kept, Some(seal.public_key())).await;
    let named = format!("run {THREE}: row 2 is another than checkpoint 1 holds");
    // The task's own row still says who did it.
    let shelf = kept.store.shelf();
    let tasks = shelf.run_tasks(run(THREE)).await.unwrap();
    let done = tasks.iter().find(|row| row.task.result.is_some());
    let label = done.unwrap().task.id;
    let decided = format!("run {THREE}: what was decided of task {label} was changed afterwards");
    assert_eq!(faults, [named, decided.clone()]);
    // And with every checkpoint signed anew, by the key.
    let other = ServerKey::fresh().seal();
    kept.tamper("DELETE FROM checkpoints").await;
    trail::seal(kept.store.trail().as_ref(), &other, at(9), None)
        .await
        .unwrap();
    let (faults, _) = told(&kept, Some(seal.public_key())).await;
    let signed = "checkpoint 1 was signed with another key".to_owned();
    assert_eq!(faults, [signed, decided]);
}

async fn a_run_is_looked_at_by_itself(kept: Kept) {
    let seal = written(&kept).await;
    let look = async |of: &str| {
        let mut told = Vec::new();
        let mut tell = |fault: trail::Fault| told.push(fault.to_string());
        let trail = kept.store.trail();
        let key = Some(seal.public_key());
        let looked = trail::verify_run(trail.as_ref(), run(of), key, &mut tell).await;
        (told, looked.unwrap().map(|looked| looked.rows))
    };
    assert_eq!(look(TWO).await, (vec![], Some(3)));
    assert_eq!(look(ONE).await, (vec![], Some(4)));
    let nobody = Uuid::from_u128(1).to_string();
    assert_eq!(look(&nobody).await, (vec![], None));
    kept.tamper(&format!(
        "DELETE FROM audit WHERE run_id = '{TWO}' AND seq = 2"
    ))
    .await;
    let (faults, rows) = look(TWO).await;
    assert_eq!(faults, [format!("run {TWO}: row 2 was removed")]);
    assert_eq!(rows, Some(2));
    kept.tamper("UPDATE files SET name = 'other.pdf'").await;
    kept.tamper("UPDATE workflows SET source = 'id: Other'")
        .await;
    let version = Script::of(REVIEW).workflow.version;
    assert_eq!(
        look(TWO).await.0,
        [
            format!("run {TWO}: row 2 was removed"),
            format!(
                "run {TWO}: file {} was changed after it was handed in",
                letter().file.file
            ),
            format!("definition {version} was changed"),
        ]
    );
}

async fn rows_from_before_are_chained_once(kept: Kept) {
    written(&kept).await;
    let before = kept
        .store
        .trail()
        .trail_of(Some(run(ONE)), 0, 9)
        .await
        .unwrap();
    // As a store of the version before is found.
    for sql in [
        "UPDATE audit SET hash = NULL",
        "UPDATE audit SET seq = NULL WHERE run_id IS NULL",
        "UPDATE runs SET audit_hash = NULL",
        "DELETE FROM audit_house",
        "DELETE FROM checkpoints",
    ] {
        kept.tamper(sql).await;
    }
    let again = kept.again().await;
    let after = again.trail().trail_of(Some(run(ONE)), 0, 9).await.unwrap();
    assert_eq!(after, before, "the same rows give the same chain");
    let (faults, looked) = told(&kept, None).await;
    assert_eq!((faults, looked.rows), (vec![], 10));
    // Later on, a row without a hash is one that was put in.
    kept.tamper(&format!(
        "UPDATE audit SET hash = NULL WHERE run_id = '{ONE}' AND seq = 4"
    ))
    .await;
    kept.again().await;
    let (faults, _) = told(&kept, None).await;
    assert_eq!(
        faults,
        [format!(
            "run {ONE}: the row at n = 10 is in no chain: it was put in"
        )]
    );
}

async fn a_checkpoint_is_kept_once(kept: Kept) {
    let seal = written(&kept).await;
    let trail = kept.store.trail();
    let last = trail.last_checkpoint().await.unwrap().unwrap();
    assert_eq!((last.number, last.leaves.len()), (2, 2));
    assert!(!trail.keep_checkpoint(&last).await.unwrap());
    assert_eq!(trail.checkpoint_over(1).await.unwrap().unwrap().number, 1);
    assert_eq!(trail.checkpoint_over(9).await.unwrap(), Some(last));
    assert_eq!(trail.checkpoint_over(10).await.unwrap(), None);
    // Nothing new, nothing to seal; and what is too much for one takes as many as it needs.
    assert_eq!(
        trail::seal(trail.as_ref(), &seal, at(3), None)
            .await
            .unwrap(),
        1
    );
    assert_eq!(
        trail::seal(trail.as_ref(), &seal, at(4), None)
            .await
            .unwrap(),
        0
    );
    let note = |n: u32| Note {
        at: at(5),
        who: format!("person:{n}"),
        version: None,
        about: None,
        command: "{}".to_owned(),
    };
    trail
        .note(&(0..5_000).map(note).collect::<Vec<_>>())
        .await
        .unwrap();
    assert_eq!(
        trail::seal(trail.as_ref(), &seal, at(6), None)
            .await
            .unwrap(),
        2
    );
    assert_eq!(told(&kept, Some(seal.public_key())).await.0, [""; 0]);
}

async fn what_was_read_and_who_came_is_kept_in_the_houses_chain(kept: Kept) {
    let trail = kept.store.trail();
    let note = |who: &str| Note {
        at: at(1),
        who: who.to_owned(),
        version: None,
        about: Some(run(ONE)),
        command: json!({"order": "read", "what": "task"}).to_string(),
    };
    // Several at once, by as many as come.
    let (a, b) = (note("person:a"), note("person:b\0"));
    let both = [a.clone(), b.clone()];
    let (one, two) = tokio::join!(trail.note(&both), trail.note(std::slice::from_ref(&a)));
    one.unwrap();
    two.unwrap();
    let rows = trail.trail_of(None, 0, 9).await.unwrap();
    let numbers: Vec<_> = rows.iter().map(|row| row.seq.unwrap()).collect();
    assert_eq!(numbers, [1, 2, 3]);
    assert!(rows.iter().all(|row| row.about == Some(run(ONE))));
    let head = trail.head(None).await.unwrap().unwrap();
    assert_eq!((head.run_id, head.seq), (HOUSE, 3));
    assert_eq!(told(&kept, None).await.0, [""; 0]);
}

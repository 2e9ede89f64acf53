//! What somebody who has the database may do to the audit trail, and what is to be told of it.

use serde_json::json;

use crate::journal::REVIEW;
use crate::script::Script;
use crate::trail::{ONE, THREE, TWO};

/// The file that came with the second run.
const FILE: &str = "01900000-0000-7000-8000-000000000002";

/// What somebody who has the database does, and what is told.
pub(crate) fn attacks() -> Vec<(Vec<String>, Vec<String>)> {
    let row = |run: &str, seq: u64| format!("run_id = '{run}' AND seq = {seq}");
    let of = |run: &str, what: &str| format!("run {run}: {what}");
    let event = |n: u32| format!("id = '00000000-0000-0000-0000-{n:012}'");
    let mut script = Script::of(REVIEW);
    let version = script.workflow.version.clone();
    // Ids derive from the run's own.
    let mut two = script.start(2, json!({}));
    let label = two.tasks[0].id;
    script.complete(&mut two, label, json!({}));
    let review = two.tasks[0].id;
    let attack = |sql: &[String], told: &[String]| (sql.to_vec(), told.to_vec());
    vec![
        // A row changed, in each of its parts.
        attack(
            &[format!(
                "UPDATE audit SET who = 'mallory' WHERE {}",
                row(TWO, 2)
            )],
            &[of(TWO, "row 2 was changed, or the one before it")],
        ),
        attack(
            &[format!(
                "UPDATE audit SET entries = '[ ]' WHERE {}",
                row(TWO, 1)
            )],
            &[of(TWO, "row 1 was changed, or the one before it")],
        ),
        attack(
            &[format!(
                "UPDATE audit SET command = '{{}}' WHERE {}",
                row(ONE, 4)
            )],
            &[of(ONE, "row 4 was changed, or the one before it")],
        ),
        attack(
            &[format!(
                "UPDATE audit SET version = NULL WHERE {}",
                row(TWO, 1)
            )],
            &[of(TWO, "row 1 was changed, or the one before it")],
        ),
        attack(
            &[format!(
                "UPDATE audit SET at = '2026-01-01T00:00:00.001Z' WHERE {}",
                row(TWO, 1)
            )],
            &[of(TWO, "row 1 was changed, or the one before it")],
        ),
        // One removed.
        attack(
            &[format!("DELETE FROM audit WHERE {}", row(TWO, 2))],
            &[
                of(TWO, "row 2 was removed"),
                of(TWO, "row 2 was removed; checkpoint 1 holds it"),
            ],
        ),
        attack(
            &[format!("DELETE FROM audit WHERE {}", row(TWO, 1))],
            &[of(TWO, "row 1 was removed")],
        ),
        // One put in, with a hash and without.
        attack(
            &[format!(
                "INSERT INTO audit (run_id, seq, at, who, version, command, entries, hash) \
                 SELECT run_id, 5, at, 'mallory', version, command, entries, hash FROM audit WHERE {}",
                row(ONE, 4)
            )],
            &[
                of(ONE, "row 5 was changed, or the one before it"),
                of(ONE, "row 5 was put in behind the last"),
            ],
        ),
        attack(
            &[format!(
                "INSERT INTO audit (run_id, seq, at, who, version, command, entries) \
                 SELECT run_id, 5, at, 'mallory', version, command, entries FROM audit WHERE {}",
                row(ONE, 4)
            )],
            &[
                of(ONE, "row 5 was put in behind the last"),
                of(ONE, "the row at n = 11 is in no chain: it was put in"),
            ],
        ),
        // The end cut off: before a checkpoint held it, and after, with the run's own end set back.
        attack(
            &[format!("DELETE FROM audit WHERE {}", row(ONE, 4))],
            &[of(ONE, "row 4, the last, was removed")],
        ),
        attack(
            &[
                format!("DELETE FROM audit WHERE {}", row(TWO, 3)),
                format!(
                    "UPDATE runs SET seq = 2, audit_hash = (SELECT hash FROM audit WHERE {}) WHERE id = '{TWO}'",
                    row(TWO, 2)
                ),
            ],
            &[of(TWO, "row 3 was removed; checkpoint 2 holds it")],
        ),
        // A whole run gone; the run without its rows; its rows without it.
        attack(
            &[
                format!("DELETE FROM audit WHERE run_id = '{THREE}'"),
                format!("DELETE FROM runs WHERE id = '{THREE}'"),
            ],
            &[of(THREE, "row 2 was removed; checkpoint 1 holds it")],
        ),
        attack(
            &[format!("DELETE FROM audit WHERE run_id = '{THREE}'")],
            &[
                of(THREE, "all of its 2 rows were removed"),
                of(THREE, "row 2 was removed; checkpoint 1 holds it"),
            ],
        ),
        attack(
            &[format!("DELETE FROM runs WHERE id = '{THREE}'")],
            &[of(THREE, "the run itself was removed")],
        ),
        attack(
            &[format!(
                "UPDATE runs SET audit_hash = NULL WHERE id = '{THREE}'"
            )],
            &[of(THREE, "row 2 is not the one the run ended with")],
        ),
        // What concerns no run.
        attack(
            &["UPDATE audit SET who = 'mallory' WHERE run_id IS NULL".to_owned()],
            &["house: row 1 was changed, or the one before it".to_owned()],
        ),
        attack(
            &["DELETE FROM audit WHERE run_id IS NULL".to_owned()],
            &[
                "house: all of its 1 rows were removed".to_owned(),
                "house: row 1 was removed; checkpoint 1 holds it".to_owned(),
            ],
        ),
        // What was reported, the files and the definitions, which are kept beside the rows.
        attack(
            &[format!(
                "UPDATE events SET payload = '{{}}' WHERE {}",
                event(1)
            )],
            &[of(
                ONE,
                "what was reported was changed after it was received",
            )],
        ),
        attack(
            &[format!("DELETE FROM events WHERE {}", event(3))],
            &[of(THREE, "what was reported was removed")],
        ),
        attack(
            &[format!(
                "UPDATE runs SET event_id = (SELECT id FROM events WHERE {}) WHERE id = '{ONE}'",
                event(3)
            )],
            &[of(
                ONE,
                "what was reported was changed after it was received",
            )],
        ),
        attack(
            &["UPDATE file_pieces SET n = 9 WHERE n = 0".to_owned()],
            &[of(
                TWO,
                &format!("file {FILE} was changed after it was handed in"),
            )],
        ),
        attack(
            &["DELETE FROM file_pieces WHERE n = 1".to_owned()],
            &[of(
                TWO,
                &format!("file {FILE} was changed after it was handed in"),
            )],
        ),
        attack(
            &["UPDATE files SET sha256 = 'ab'".to_owned()],
            &[of(
                TWO,
                &format!("file {FILE} was changed after it was handed in"),
            )],
        ),
        attack(
            &["UPDATE files SET name = 'other.pdf'".to_owned()],
            &[of(
                TWO,
                &format!("file {FILE} was changed after it was handed in"),
            )],
        ),
        attack(
            &["DELETE FROM files".to_owned()],
            &[of(TWO, &format!("file {FILE} was removed"))],
        ),
        attack(
            &["UPDATE workflows SET source = 'id: Other'".to_owned()],
            &[format!("definition {version} was changed")],
        ),
        attack(
            &["DELETE FROM workflows".to_owned()],
            &[format!(
                "definition {version}, by which cases are done, was removed"
            )],
        ),
        // What was decided, as pages show it.
        attack(
            &[format!(
                "UPDATE tasks SET result = '{{\"outcome\":\"approve\"}}' WHERE run_id = '{TWO}' AND status = 'DONE'"
            )],
            &[of(
                TWO,
                &format!("what was decided of task {label} was changed afterwards"),
            )],
        ),
        attack(
            &[format!(
                "UPDATE tasks SET closed_by = 'mallory' WHERE run_id = '{TWO}' AND status = 'DONE'"
            )],
            &[of(
                TWO,
                &format!("what was decided of task {label} was changed afterwards"),
            )],
        ),
        attack(
            &[format!(
                "UPDATE tasks SET status = 'NEW' WHERE run_id = '{TWO}' AND status = 'DONE'"
            )],
            &[of(
                TWO,
                &format!("what was decided of task {label} was changed afterwards"),
            )],
        ),
        attack(
            &[format!(
                "DELETE FROM tasks WHERE run_id = '{TWO}' AND status = 'DONE'"
            )],
            &[of(
                TWO,
                &format!("task {label}, which was decided, was removed"),
            )],
        ),
        attack(
            &[format!(
                "UPDATE tasks SET status = 'DONE' WHERE run_id = '{TWO}' AND status <> 'DONE'"
            )],
            &[of(
                TWO,
                &format!("task {review} was made to look decided, and nobody decided it"),
            )],
        ),
        // That a row covers something is part of the row.
        attack(
            &[format!(
                "UPDATE audit SET command = '{{\"order\":\"start\"}}' WHERE {}",
                row(TWO, 1)
            )],
            &[of(TWO, "row 1 was changed, or the one before it")],
        ),
        // Checkpoints.
        attack(
            &["UPDATE checkpoints SET at_ms = at_ms + 1 WHERE number = 1".to_owned()],
            &[
                "checkpoint 1 was changed: its signature does not fit".to_owned(),
                "checkpoint 2 does not follow the one before it".to_owned(),
            ],
        ),
        attack(
            &["UPDATE checkpoints SET leaves = substr(leaves, 57) WHERE number = 2".to_owned()],
            &[
                "checkpoint 2 was changed: its chains do not give its root".to_owned(),
                "checkpoint 2 was changed: its signature does not fit".to_owned(),
                of(
                    ONE,
                    "the row at n = 8 was put in after checkpoint 2 was made, or its run taken out of that",
                ),
            ],
        ),
        attack(
            &["DELETE FROM checkpoints WHERE number = 1".to_owned()],
            &["checkpoint 1 was removed".to_owned()],
        ),
    ]
}

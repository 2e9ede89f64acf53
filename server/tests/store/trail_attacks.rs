//! What somebody who has the database may do to the audit trail, and what is to be told of it.

use crate::trail::{ONE, THREE, TWO};

/// What somebody who has the database does, and what is told.
pub(crate) fn attacks() -> Vec<(Vec<String>, Vec<String>)> {
    let row = |run: &str, seq: u64| format!("run_id = '{run}' AND seq = {seq}");
    let of = |run: &str, what: &str| format!("run {run}: {what}");
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

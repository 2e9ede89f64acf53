//! Tasks are handed out from among very many that wait for their next attempt.

use std::time::Duration;

use hms_server::store::Needed;
use serde_json::json;
use uuid::Uuid;

use crate::journal::write;
use crate::kept::{self, Kept};
use crate::on_both;
use crate::plans::plan;
use crate::script::{Script, at};

on_both!(
    what_may_be_tried_again_is_free_and_the_rest_is_not,
    free_tasks_are_found_by_an_index_that_knows_who_waits,
);

/// As many as wait while a service is down for a while.
const WAITING: u32 = 5_000;

const PATIENCE: Duration = Duration::from_secs(20);

/// Runs with a task each, whose deadline is the later, the later it began: of every actor the last, so many, are free, and the rest wait
/// until a moment that is the later too. Gives the runs of each.
async fn filled(kept: &Kept, actors: &[&str], free: u32) -> Vec<Vec<Uuid>> {
    let mut journal = kept.store.journal().await.unwrap();
    let mut all = Vec::new();
    for (kind, actor) in (1..).zip(actors) {
        let text = format!(
            "id: W{kind}\nstart: E\nsteps:\n  - {{ id: a, actor: \"{actor}\", sla: 1h }}\n"
        );
        let mut script = Script::of(&text);
        let first = 1_000_000 * kind;
        let runs = (0..WAITING + free).map(|n| script.start(first + u128::from(n), json!({})));
        let runs: Vec<Uuid> = runs.map(|run| run.id).collect();
        for (n, write) in (0..).zip(&mut script.batch().tasks) {
            write.task.not_before = (n < WAITING).then(|| at(100 + i64::from(n)));
            write.task.expires = Some(at(10_000 + 2 * i64::from(n) + kind as i64));
        }
        write(journal.as_mut(), script.take()).await.unwrap();
        all.push(runs);
    }
    all
}

/// The runs of the free tasks of a pattern, and whether others were passed over.
async fn found(kept: &Kept, pattern: &str, limit: u32, now: i64) -> (Vec<Uuid>, bool) {
    let needed = Needed {
        now: at(now),
        free: vec![(pattern.parse().unwrap(), limit)],
        ..Needed::default()
    };
    let mut journal = kept.store.journal().await.unwrap();
    let loaded = journal.begin(&needed).await.unwrap();
    journal.abandon().await;
    let runs = loaded.free[0].iter().map(|(_, run)| *run).collect();
    (runs, loaded.passed_over)
}

async fn what_may_be_tried_again_is_free_and_the_rest_is_not(kept: Kept) {
    let runs = filled(&kept, &["AI:a", "AI:b"], 3).await;
    let (waiting, free) = runs[0].split_at(WAITING as usize);
    assert_eq!(found(&kept, "AI:a", 9, 99).await, (free.to_vec(), false));
    assert_eq!(
        found(&kept, "AI:a", 2, 99).await,
        (free[..2].to_vec(), false)
    );
    // Their timers have not said so, and they may be taken all the same, in the order of all.
    let again = [&waiting[..2], free].concat();
    assert_eq!(found(&kept, "AI:a", 9, 101).await, (again.clone(), false));
    assert_eq!(
        found(&kept, "AI:a", 4, 101).await,
        (again[..4].to_vec(), false)
    );
    let turns = free.iter().zip(&runs[1][WAITING as usize..]);
    let both: Vec<Uuid> = turns.flat_map(|(a, b)| [*a, *b]).collect();
    assert_eq!(found(&kept, "AI:*", 20, 99).await, (both.clone(), false));
    let again = [waiting[0], runs[1][0], waiting[1], runs[1][1], both[0]];
    let (first, _) = found(&kept, "AI:*", 5, 101).await;
    assert_eq!(first, again);
}

async fn free_tasks_are_found_by_an_index_that_knows_who_waits(kept: Kept) {
    filled(&kept, &["AI:a"], 3).await;
    let of = "SELECT t.id FROM tasks t WHERE t.closed_at IS NULL AND t.status = 'NEW' AND t.actor = 'AI:a'";
    let no_deadline = if kept.is_file() { "'9'" } else { "'infinity'" };
    for (which, order, index) in [
        (
            "(CASE WHEN t.not_before IS NULL THEN 0 ELSE 1 END) = 0",
            format!("coalesce(t.expires, {no_deadline}), -t.priority, t.id"),
            "tasks_open",
        ),
        (
            "t.not_before <= '2026-01-01T00:00:00.000Z'",
            "t.not_before".to_owned(),
            "tasks_waiting",
        ),
    ] {
        let sql = format!("{of} AND {which} ORDER BY {order} LIMIT 10");
        let plan = plan(&kept, &sql).await;
        assert!(plan.contains(index), "{sql}\n{plan}");
        assert!(
            !plan.contains("Sort") && !plan.contains("TEMP B-TREE"),
            "{sql}\n{plan}"
        );
    }
}

/// PostgreSQL counts what it looked at, and says so when a connection has ended.
#[tokio::test]
async fn those_that_wait_are_not_looked_at() {
    let kept = kept::postgres().await;
    filled(&kept, &["AI:a", "AI:b"], 3).await;
    for (pattern, expected) in [("AI:a", 3), ("AI:*", 6)] {
        assert_eq!(found(&kept, pattern, 10, 99).await.0.len(), expected);
    }
    let runs = "SELECT coalesce(sum(idx_tup_fetch), 0)::bigint FROM pg_stat_user_tables WHERE relname = 'runs'";
    let said = async {
        while kept.count(runs).await < 9 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(PATIENCE, said)
        .await
        .expect("what was read is said");
    let looked = "SELECT sum(idx_tup_read)::bigint FROM pg_stat_user_indexes WHERE indexrelname IN ('tasks_open', 'tasks_waiting')";
    let looked = kept.count(looked).await;
    assert!(looked < 200, "{looked} places of indexes were read");
}

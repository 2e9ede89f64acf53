//! A run that moved to another version of its workflow.

use hms_engine::{ActorPattern, Order, Run, RunStatus};
use hms_server::store::{Needed, RunQuery, WaitsWrite};
use serde_json::json;

use crate::journal::{REVIEW, read, write};
use crate::kept::Kept;
use crate::on_all;
use crate::script::{Script, at};

on_all!(a_run_that_moved_is_found_as_it_is_now);

async fn a_run_that_moved_is_found_as_it_is_now(kept: Kept) {
    let mut journal = kept.store.journal().await.unwrap();
    let mut script = Script::of(REVIEW);
    let mut runs: Vec<Run> = (1..=3)
        .map(|n| script.start(n, json!({"complaintId": n.to_string(), "n\0": "a\0b"})))
        .collect();
    let mut batch = script.take();
    batch.waits = vec![WaitsWrite {
        run_id: runs[0].id,
        waits: vec![("Came".into(), "x".into())],
    }];
    write(journal.as_mut(), batch).await.unwrap();
    let new = REVIEW
        .replace(
            "id: label\n    actor: AI:labeler",
            "id: sort\n    actor: AI:sorter\n    input: { all: payload }",
        )
        .replace(
            "key: payload.complaintId",
            "key: \"'C' + payload.complaintId\"",
        );
    let from = script.workflow.version.clone();
    script.now = at(5);
    let claimed = runs[0].tasks[0].id;
    script.order(
        &mut runs[0],
        "w1",
        Order::Claim {
            task: claimed,
            lease_ms: None,
        },
    );
    // Two move, and the second goes on in the same transaction.
    script.migrate(&mut runs[..2], &new, &[("label", "sort")]);
    let task = runs[1].tasks[0].id;
    script.complete(&mut runs[1], task, json!({"severity": "Low"}));
    let mut batch = script.take();
    let waits = vec![];
    batch.waits = vec![WaitsWrite {
        run_id: runs[0].id,
        waits,
    }];
    write(journal.as_mut(), batch).await.unwrap();

    // As whoever opens the store finds them, and as the one that wrote them has them at hand.
    let again = kept.again().await;
    let mut fresh = again.journal().await.unwrap();
    for journal in [&mut journal, &mut fresh] {
        for run in &runs {
            let needed = Needed {
                now: at(6),
                runs: vec![run.id],
                tasks: run.tasks.iter().map(|task| task.id).collect(),
                ..Needed::default()
            };
            let mut loaded = read(journal.as_mut(), needed).await;
            assert_eq!(&loaded.runs.remove(0), run);
            assert_eq!(loaded.tasks[0].1, run.tasks[0]);
        }
        let free = |actor: &str| Needed {
            now: at(6),
            free: vec![(actor.parse::<ActorPattern>().unwrap(), 10)],
            ..Needed::default()
        };
        // It came free when it went to another actor; the third run stays with the old one.
        let sorter = read(journal.as_mut(), free("AI:sorter")).await;
        assert_eq!(sorter.free, [vec![(claimed, runs[0].id)]]);
        let labeler = read(journal.as_mut(), free("AI:labeler")).await;
        assert_eq!(labeler.free, [vec![(runs[2].tasks[0].id, runs[2].id)]]);
    }
    let shelf = kept.store.shelf();
    let row = shelf.task(claimed).await.unwrap().unwrap();
    assert_eq!(row.task, runs[0].tasks[0]);
    assert_eq!(
        (row.task.step_id.as_str(), &row.task.input["all"]["n\0"]),
        ("sort", &json!("a\0b"))
    );
    let closed = shelf.task(task).await.unwrap().unwrap().task;
    assert_eq!(
        (closed.step_id.as_str(), closed.actor.to_string().as_str()),
        ("sort", "AI:sorter")
    );
    for (query, found) in [
        (of_version(&from), vec![2]),
        (of_version(&script.workflow.version), vec![1, 0]),
        (of_version("none"), vec![]),
        (of_key("C1"), vec![0]),
        // A key that begins so; the first two have another now.
        (of_key("3"), vec![2]),
        (of_key("1"), vec![]),
    ] {
        let rows = shelf.runs(&query).await.unwrap();
        let ids: Vec<_> = rows.iter().map(|row| row.run.id).collect();
        let expect: Vec<_> = found.iter().map(|n| runs[*n].id).collect();
        assert_eq!(ids, expect, "{query:?}");
    }
    let standing = shelf.standing("Review", 10).await.unwrap();
    let mut at: Vec<_> = standing
        .iter()
        .map(|at| (at.step_id.as_str(), at.version == from, at.runs))
        .collect();
    at.sort_unstable();
    assert_eq!(
        at,
        [("label", true, 1), ("review", false, 1), ("sort", false, 1)]
    );
}

fn of_version(version: &str) -> RunQuery {
    RunQuery {
        statuses: vec![RunStatus::Running],
        workflows: Some(vec!["Review".into()]),
        version: Some(version.to_owned()),
        limit: 10,
        ..RunQuery::default()
    }
}

fn of_key(key: &str) -> RunQuery {
    RunQuery {
        search: Some(key.to_owned()),
        limit: 10,
        ..RunQuery::default()
    }
}

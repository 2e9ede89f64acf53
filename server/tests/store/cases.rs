//! Finding the running cases that an event may be for.

use hms_engine::{Order, Run};
use hms_server::store::{CASES_MAX, Needed, Sought, Standing, WaitsWrite};
use serde_json::json;
use uuid::Uuid;

use crate::journal::{REVIEW, read, write};
use crate::kept::Kept;
use crate::on_all;
use crate::script::{Script, at};

on_all!(running_cases_are_found_for_an_event);

async fn running_cases_are_found_for_an_event(kept: Kept) {
    let mut journal = kept.store.journal().await.unwrap();
    let mut script = Script::of(REVIEW);
    let mut runs: Vec<Run> = (1..=4)
        .map(|n| script.start(n, json!({"complaintId": n.min(2).to_string()})))
        .collect();
    for n in 0..=CASES_MAX as u128 {
        script.start(n + 10, json!({"complaintId": "many"}));
    }
    let note = "over".to_owned();
    script.order(&mut runs[3], "admin", Order::Cancel { note });
    let mut batch = script.take();
    let waits = |run: &Run, addresses: &[&str]| WaitsWrite {
        run_id: run.id,
        waits: addresses
            .iter()
            .map(|at| ("Came".to_owned(), (*at).to_owned()))
            .collect(),
    };
    batch.waits = vec![waits(&runs[0], &["", "x = 1"]), waits(&runs[1], &["x = 1"])];
    write(journal.as_mut(), batch).await.unwrap();
    let key = |workflow: &str, key: &str| Sought::Key {
        workflow: workflow.to_owned(),
        key: key.to_owned(),
    };
    let address = |event: &str, address: &str| Sought::Address {
        event: event.to_owned(),
        address: address.to_owned(),
    };
    let ids = |of: &[usize]| of.iter().map(|n| runs[*n].id).collect::<Vec<_>>();
    for (sought, found) in [
        (key("Review", "1"), ids(&[0])),
        (key("Review", "2"), ids(&[1, 2])),
        (key("Review", "3"), vec![]),
        (key("Other", "1"), vec![]),
        (address("Came", "x = 1"), ids(&[0, 1])),
        (address("Came", ""), ids(&[0])),
        (address("Went", ""), vec![]),
        (key("Review", "many"), vec![]),
    ] {
        let needed = Needed {
            now: at(1),
            cases: [sought.clone()].into(),
            ..Needed::default()
        };
        let loaded = read(journal.as_mut(), needed).await;
        let mut have: Vec<Uuid> = loaded.runs.iter().map(|run| run.id).collect();
        have.sort_unstable();
        assert_eq!(have, found, "{sought:?}");
        assert_eq!(
            loaded.crowded.len(),
            usize::from(sought == key("Review", "many"))
        );
    }
    // What a run waits for now stands in place of what it waited for.
    script.now = at(2);
    let label = runs[0].tasks[0].id;
    script.complete(&mut runs[0], label, json!({}));
    let mut batch = script.take();
    batch.waits = vec![waits(&runs[0], &["x = 2"])];
    write(journal.as_mut(), batch).await.unwrap();
    let needed = Needed {
        now: at(3),
        cases: [address("Came", "x = 1"), address("Came", "x = 2")].into(),
        ..Needed::default()
    };
    let mut both: Vec<Uuid> = read(journal.as_mut(), needed)
        .await
        .runs
        .iter()
        .map(|run| run.id)
        .collect();
    both.sort_unstable();
    let mut wanted = vec![runs[0].id, runs[1].id];
    wanted.sort_unstable();
    assert_eq!(both, wanted);
    // Where the newest of them stand: one was told to go on, one was cancelled.
    let shelf = kept.store.shelf();
    let stand = |step: &str, runs: u64| Standing {
        version: script.workflow.version.clone(),
        step_id: step.to_owned(),
        runs,
    };
    let many = CASES_MAX as u64 + 1;
    let standing = shelf.standing("Review", 10_000).await.unwrap();
    assert_eq!(standing, [stand("label", many + 2), stand("review", 1)]);
    assert_eq!(
        shelf.standing("Review", 5).await.unwrap(),
        [stand("label", 5)]
    );
    assert_eq!(shelf.standing("Other", 5).await.unwrap(), []);
    // More, in a transaction under way.
    journal
        .begin(&Needed {
            now: at(3),
            ..Needed::default()
        })
        .await
        .unwrap();
    let more = journal
        .more(&[runs[2].id, Uuid::from_u128(9)])
        .await
        .unwrap();
    journal.abandon().await;
    assert_eq!(more.runs, [runs[2].clone()]);
}

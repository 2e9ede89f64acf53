//! Who works, counted by all nodes together.

use hms_server::clock::moment;
use hms_server::store::WorkerRecord;

use crate::kept::Kept;
use crate::on_all;

on_all!(what_workers_do_adds_up_over_lives_and_nodes);

async fn what_workers_do_adds_up_over_lives_and_nodes(kept: Kept) {
    let record = |worker: &str, version: Option<&str>, seen, done, failed| WorkerRecord {
        actor: "AI:fraud-labeler".into(),
        worker: worker.into(),
        version: version.map(str::to_owned),
        last_seen: moment(seen),
        done,
        failed,
    };
    let store = kept.store.workforce();
    let rows = [
        record("b", Some("1.2"), 2_000, 2, 1),
        record("a", None, 1_000, 1, 0),
        record("c", None, 3_000, 0, 0),
    ];
    store.add(&rows, 10).await.unwrap();
    store.add(&[], 10).await.unwrap();
    // Another node, whose clock is behind and which was told no version.
    let again = kept.again().await.workforce();
    again
        .add(&[record("b", None, 1_500, 5, 1)], 10)
        .await
        .unwrap();
    let all = [
        record("c", None, 3_000, 0, 0),
        record("b", Some("1.2"), 2_000, 7, 2),
        record("a", None, 1_000, 1, 0),
    ];
    assert_eq!(store.load(10).await.unwrap(), all);
    assert_eq!(store.load(1).await.unwrap(), all[..1]);
    // Of too many, those not seen for longest go.
    again
        .add(&[record("d", None, 4_000, 0, 0)], 2)
        .await
        .unwrap();
    let left = store.load(10).await.unwrap();
    assert_eq!(left, [record("d", None, 4_000, 0, 0), all[0].clone()]);
}

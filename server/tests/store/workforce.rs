//! Who works, kept between two lives of the process.

use hms_server::clock::moment;
use hms_server::store::WorkerRecord;

use crate::kept::Kept;
use crate::on_both;

on_both!(the_workforce_is_kept_between_two_lives);

async fn the_workforce_is_kept_between_two_lives(kept: Kept) {
    let record = |worker: &str, seen, done| WorkerRecord {
        actor: "AI:fraud-labeler".into(),
        worker: worker.into(),
        version: Some("1.2".into()),
        last_seen: moment(seen),
        done,
        failed: 1,
    };
    let store = kept.store.workforce();
    let rows = [
        record("b", 2_000, 2),
        record("a", 1_000, 1),
        record("c", 3_000, 0),
    ];
    store.save(&rows, &[]).await.unwrap();
    let gone = ("AI:fraud-labeler".to_owned(), "a".to_owned());
    store.save(&[record("b", 4_000, 5)], &[gone]).await.unwrap();
    store.save(&[], &[]).await.unwrap();
    let again = kept.again().await.workforce();
    let all = [record("b", 4_000, 5), record("c", 3_000, 0)];
    assert_eq!(again.load(10).await.unwrap(), all);
    assert_eq!(again.load(1).await.unwrap(), all[..1]);
}

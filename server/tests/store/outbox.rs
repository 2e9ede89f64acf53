//! What people are to be told: written with what happened, taken by one, told once.

use hms_engine::Recipient;
use hms_server::store::{Needed, Receivers, Told};
use serde_json::json;
use uuid::Uuid;

use crate::kept::Kept;
use crate::on_all;
use crate::script::{Script, at};

on_all!(a_notice_is_taken_by_one_and_kept_until_all_were_told);

const LADDER: &str = "id: Review\nstart: Filed\nsteps:\n  - id: review\n    actor: HUMAN:clerk\n    sla: { within: 1h, ladder: [{ at: 50%, notify: HUMAN:boss }] }\n";

async fn a_notice_is_taken_by_one_and_kept_until_all_were_told(kept: Kept) {
    let mut journal = kept.store.journal().await.unwrap();
    let mut script = Script::of(LADDER);
    let mut run = script.start(1, json!({}));
    script.now = at(1_900);
    script.fire(&mut run);
    journal.begin(&Needed::default()).await.unwrap();
    journal.commit(script.take()).await.unwrap();

    let outbox = kept.store.outbox();
    assert!(outbox.next().await.unwrap().is_some());
    let taken = outbox.take(1_000, 500, 10).await.unwrap();
    let [notice] = taken.as_slice() else {
        panic!("{taken:?}");
    };
    assert_eq!(notice.who, Recipient::Role("HUMAN:boss".parse().unwrap()));
    assert_eq!(
        (notice.task_id, notice.step_id.as_str(), notice.at_percent),
        (run.tasks[0].id, "review", 50)
    );
    assert_eq!(
        (notice.deadline, notice.created),
        (Some(at(3_600)), at(1_900))
    );
    assert_eq!((notice.tries, notice.told.len()), (1, 0));
    // It is left to whoever took it, until that is over.
    assert_eq!(outbox.take(1_499, 500, 10).await.unwrap(), []);
    assert_eq!(outbox.next().await.unwrap(), Some(1_500));
    let ann = Uuid::from_u128(7);
    outbox.sent(notice.id, ann, 1_200).await.unwrap();
    outbox.sent(notice.id, ann, 1_300).await.unwrap();
    let again = outbox.take(1_500, 500, 10).await.unwrap();
    assert_eq!((again[0].tries, &again[0].told), (2, &vec![ann]));
    let told = |closed| Told {
        who: Recipient::Role("HUMAN:boss".parse().unwrap()),
        at_percent: 50,
        people: 1,
        closed,
    };
    let task = run.tasks[0].id;
    let shelf = kept.store.shelf();
    assert_eq!(shelf.told_about(task).await.unwrap(), [told(false)]);
    assert_eq!(shelf.told_about(run.id).await.unwrap(), []);
    outbox.put_off(notice.id, 9_000).await.unwrap();
    assert_eq!(outbox.next().await.unwrap(), Some(9_000));
    outbox.close(notice.id, 3_000).await.unwrap();
    assert_eq!(outbox.next().await.unwrap(), None);
    assert_eq!(shelf.told_about(task).await.unwrap(), [told(true)]);
    assert_eq!(outbox.take(i64::from(i32::MAX), 1, 10).await.unwrap(), []);
    for nobody in [
        Receivers::Roles(vec!["boss".into(), "boss@Fork".into()]),
        Receivers::Person(ann),
    ] {
        assert_eq!(outbox.receivers(&nobody).await.unwrap(), []);
    }
}

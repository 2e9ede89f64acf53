//! Personal data, sealed and apart from the cases.

use hms_server::identity::{Sealed, Vault};
use hms_server::store::{Needed, Note, PersonalKept, PersonalRow, PersonalWrite, SealedAnew};
use serde_json::json;
use uuid::Uuid;

use crate::kept::Kept;
use crate::on_all;
use crate::script::{Script, at};

on_all!(
    what_came_with_a_run_is_read_by_it_and_by_no_other,
    what_is_erased_is_gone_once_and_noted,
    the_first_key_is_believed,
);

const FLOW: &str = "id: W\nstart: E\nsteps:\n  - { id: a, actor: SVC:x }\n";

fn write(n: u128, owner: u128, field: &str, sealed: &Sealed) -> PersonalWrite {
    PersonalWrite {
        id: Uuid::from_u128(n),
        owner: Uuid::from_u128(owner),
        field: field.to_owned(),
        sealed: sealed.clone(),
        created_ms: at(0).timestamp_millis(),
    }
}

fn note(run: Uuid) -> Note {
    Note {
        at: at(9),
        who: "test".to_owned(),
        version: None,
        about: Some(run),
        command: json!({"order": "erase_personal"}).to_string(),
    }
}

fn sorted(mut rows: Vec<PersonalRow>) -> Vec<(Uuid, Uuid, String, bool)> {
    rows.sort_by_key(|row| (row.run_id, row.id));
    let told = rows.into_iter();
    told.map(|row| (row.run_id, row.id, row.field, row.sealed.is_some()))
        .collect()
}

/// Two runs, each with what came with its event; and one value that came with an event that reached the second.
async fn two(kept: &Kept, sealed: &Sealed) -> [Uuid; 2] {
    let mut journal = kept.store.journal().await.unwrap();
    let mut script = Script::of(FLOW);
    let runs = [1, 2].map(|n| {
        script
            .start(n, json!({"email": format!("personal:{n}")}))
            .id
    });
    let mut batch = script.take();
    batch.personal = vec![
        write(11, 1, "email", sealed),
        write(12, 1, "phone", sealed),
        write(21, 2, "email", sealed),
        write(22, 1002, "email", sealed),
    ];
    journal.begin(&Needed::default()).await.unwrap();
    journal.commit(batch).await.unwrap();
    runs
}

async fn what_came_with_a_run_is_read_by_it_and_by_no_other(kept: Kept) {
    let sealed = Vault::fresh().seal(Uuid::from_u128(11), "email", b"1");
    let [one, two] = two(&kept, &sealed).await;
    let store = kept.again().await.personal();
    let row = |run, n, field: &str| (run, Uuid::from_u128(n), field.to_owned(), true);
    let of_one = [row(one, 11, "email"), row(one, 12, "phone")];
    let of_two = [row(two, 21, "email"), row(two, 22, "email")];
    let read = store.personal_of(&[one]).await.unwrap();
    assert!(read.iter().all(|row| row.sealed.as_ref() == Some(&sealed)));
    assert_eq!(sorted(read), of_one);
    assert_eq!(sorted(store.personal_of(&[two]).await.unwrap()), of_two);
    let both = store.personal_of(&[two, Uuid::nil(), one]).await.unwrap();
    assert_eq!(sorted(both), [of_one, of_two].concat());
    assert_eq!(store.personal_of(&[]).await.unwrap(), []);
}

async fn what_is_erased_is_gone_once_and_noted(kept: Kept) {
    let sealed = Vault::fresh().seal(Uuid::from_u128(22), "email", &[7; 40]);
    let [one, two] = two(&kept, &sealed).await;
    let store = kept.store.personal();
    assert_eq!(store.erase_personal(two, &note(two)).await.unwrap(), 2);
    assert_eq!(store.erase_personal(two, &note(two)).await.unwrap(), 0);
    assert_eq!(
        store.erase_personal(Uuid::nil(), &note(two)).await.unwrap(),
        0
    );
    let kept_of = |kept, erased, erased_ms| PersonalKept {
        kept,
        erased,
        erased_ms,
    };
    let now = Some(at(9).timestamp_millis());
    assert_eq!(store.personal_kept(one).await.unwrap(), kept_of(2, 0, None));
    assert_eq!(store.personal_kept(two).await.unwrap(), kept_of(0, 2, now));
    let nobody = store.personal_kept(Uuid::nil()).await.unwrap();
    assert_eq!(nobody, PersonalKept::default());
    let noted = store.erasure_noted(two).await.unwrap().unwrap();
    assert_eq!((noted.who.as_str(), noted.about), ("test", Some(two)));
    assert_eq!(store.erasure_noted(one).await.unwrap(), None);
    for (event, runs) in [(1, 1), (9, 0)] {
        let event = Uuid::from_u128(event);
        assert_eq!(store.began_with(event).await.unwrap(), runs);
    }
    let left = store.personal_of(&[two]).await.unwrap();
    assert_eq!(left.len(), 2);
    assert!(left.iter().all(|row| row.sealed.is_none()));
    let other = store.personal_of(&[one]).await.unwrap();
    assert!(other.iter().all(|row| row.sealed.is_some()));
    let trail = kept.store.trail();
    let rows = trail.stands(0, i64::MAX, 100).await.unwrap();
    let of_house = rows.iter().filter(|row| row.run_id.is_none());
    assert_eq!(of_house.count(), 1, "noted once");
}

/// How many pieces of some bytes stand in the files of a store.
fn pieces_of(bytes: &[u8], kept: &Kept) -> usize {
    let file = kept.file();
    let name = |end: &str| std::path::PathBuf::from(format!("{}{end}", file.display()));
    let files = ["", "-wal"].map(|end| std::fs::read(name(end)).unwrap_or_default());
    let found = |piece: &&[u8]| {
        let mut files = files.iter();
        files.any(|held| held.windows(piece.len()).any(|part| part == *piece))
    };
    bytes.chunks_exact(256).filter(found).count()
}

#[tokio::test]
async fn what_is_erased_or_sealed_anew_is_in_no_page_of_the_file() {
    // Long enough for pages of its own, which are only given free when it goes.
    let long: Vec<u8> = (0..12_000u32).flat_map(|n| n.to_be_bytes()).collect();
    let vault = Vault::fresh();
    let sealed = vault.seal(Uuid::from_u128(21), "email", &long);
    let sealed_anew = Vault::fresh().seal(Uuid::from_u128(21), "email", b"short");

    let kept = crate::kept::sqlite().await;
    let [first, second] = two(&kept, &sealed).await;
    assert!(
        pieces_of(&sealed.bytes, &kept) > 100,
        "the look finds what is there"
    );
    let personal = kept.store.personal();
    for run in [first, second] {
        assert_eq!(personal.erase_personal(run, &note(run)).await.unwrap(), 2);
    }
    let gone = kept
        .count("SELECT count(*) FROM personal WHERE sealed IS NOT NULL")
        .await;
    assert_eq!((gone, pieces_of(&sealed.bytes, &kept)), (0, 0));

    let kept = crate::kept::sqlite().await;
    two(&kept, &sealed).await;
    let personal = kept.store.personal();
    let anew = [11, 12, 21, 22].map(|n| SealedAnew {
        id: Uuid::from_u128(n),
        before: sealed.bytes.clone(),
        now: sealed_anew.clone(),
    });
    assert_eq!(personal.seal_anew(&anew).await.unwrap(), 4);
    personal.go_over_to("other", &note(second)).await.unwrap();
    assert_eq!(pieces_of(&sealed.bytes, &kept), 0);
}

async fn the_first_key_is_believed(kept: Kept) {
    let store = kept.store.personal();
    assert_eq!(store.personal_key(None).await.unwrap(), None);
    for offered in [Some("first"), Some("second"), None] {
        let print = store.personal_key(offered).await.unwrap();
        assert_eq!(print.as_deref(), Some("first"));
    }
}

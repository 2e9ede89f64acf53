//! Files that were handed in.

use hms_app::views::FileAnswer;
use hms_server::store::{Batch, Claim, FileRow, Needed, Unclaimed};
use uuid::Uuid;

use crate::kept::Kept;
use crate::on_all;

on_all!(
    a_file_is_kept_in_pieces_and_comes_back_as_it_was,
    what_waits_is_counted_and_what_waited_in_vain_goes,
    a_file_belongs_to_the_case_that_named_it,
);

pub(crate) fn row(n: u128, size: u64, created_ms: i64) -> FileRow {
    FileRow {
        file: FileAnswer {
            file: Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 + n),
            name: "plán \"7\".pdf".to_owned(),
            media: "application/pdf".to_owned(),
            size,
            sha256: "ab".repeat(32),
        },
        owner: "portal:d".to_owned(),
        sender: format!("s{}", n % 2),
        created_ms,
        run_id: None,
    }
}

/// Every byte there is, more of them than fit into one piece.
pub(crate) fn bytes(many: usize) -> Vec<u8> {
    (0..many)
        .map(|n| (n * 7 % 251) as u8 ^ (n >> 9) as u8)
        .collect()
}

async fn a_file_is_kept_in_pieces_and_comes_back_as_it_was(kept: Kept) {
    let store = kept.store.files();
    // None, one, exactly two and a bit more than two pieces.
    for (n, many) in [(1, 0), (2, 1), (3, 1024 * 1024), (4, 1024 * 1024 + 3)] {
        let row = row(n, many as u64, 5);
        store.keep(&row, &bytes(many)).await.unwrap();
        assert!(
            store.keep(&row, &bytes(many)).await.is_err(),
            "an id is given once"
        );
        let again = kept.again().await.files();
        let found = again.files(&[row.file.file]).await.unwrap();
        assert_eq!(found, std::slice::from_ref(&row));
        assert_eq!(again.bytes(row.file.file).await.unwrap(), bytes(many));
    }
    assert_eq!(store.files(&[Uuid::nil()]).await.unwrap(), []);
    assert_eq!(store.files(&[]).await.unwrap(), []);
    assert!(store.bytes(Uuid::nil()).await.unwrap().is_empty());
}

async fn what_waits_is_counted_and_what_waited_in_vain_goes(kept: Kept) {
    let store = kept.store.files();
    for n in 1..=5 {
        let row = row(n, 10 * n as u64, n as i64 * 100);
        store.keep(&row, &bytes(10 * n as usize)).await.unwrap();
    }
    let waiting = |files, bytes| Unclaimed { files, bytes };
    // The first, third and fifth are of one sender.
    assert_eq!(
        store.waiting("s1").await.unwrap(),
        [waiting(3, 90), waiting(5, 150)]
    );
    assert_eq!(store.waiting("s7").await.unwrap()[0], waiting(0, 0));

    // The oldest belongs to a case: it stays, and counts no more.
    let claim = Claim {
        file: row(1, 0, 0).file.file,
        run_id: Uuid::from_u128(9),
    };
    let mut journal = kept.store.journal().await.unwrap();
    journal.begin(&Needed::default()).await.unwrap();
    let batch = Batch {
        files: vec![claim],
        ..Batch::default()
    };
    journal.commit(batch).await.unwrap();
    assert_eq!(
        store.waiting("s1").await.unwrap(),
        [waiting(2, 80), waiting(4, 140)]
    );
    assert_eq!(store.remove_unclaimed(400, 1).await.unwrap(), 1, "bounded");
    assert_eq!(store.remove_unclaimed(400, 9).await.unwrap(), 1);
    assert_eq!(store.remove_unclaimed(400, 9).await.unwrap(), 0);
    let left: Vec<Uuid> = (1..=5).map(|n| row(n, 0, 0).file.file).collect();
    let mut rows = store.files(&left).await.unwrap();
    rows.sort_by_key(|row| row.created_ms);
    let moments: Vec<i64> = rows.iter().map(|row| row.created_ms).collect();
    assert_eq!(moments, [100, 400, 500]);
    assert_eq!(rows[0].run_id, Some(claim.run_id));
    assert!(
        store.bytes(left[1]).await.unwrap().is_empty(),
        "its bytes too"
    );
    assert_eq!(store.bytes(left[0]).await.unwrap(), bytes(10));
}

async fn a_file_belongs_to_the_case_that_named_it(kept: Kept) {
    let store = kept.store.files();
    let first = row(1, 3, 5);
    store.keep(&first, b"abc").await.unwrap();
    let mut journal = kept.store.journal().await.unwrap();
    let needed = Needed {
        files: vec![first.file.file, Uuid::from_u128(77)],
        ..Needed::default()
    };
    let loaded = journal.begin(&needed).await.unwrap();
    assert_eq!(loaded.files, std::slice::from_ref(&first));
    let claim = Claim {
        file: first.file.file,
        run_id: Uuid::from_u128(9),
    };
    let batch = || Batch {
        files: vec![claim],
        ..Batch::default()
    };
    journal.abandon().await;
    let found = store.files(&needed.files).await.unwrap();
    assert_eq!(found, std::slice::from_ref(&first));

    journal.begin(&needed).await.unwrap();
    journal.commit(batch()).await.unwrap();
    let loaded = journal.begin(&needed).await.unwrap();
    assert_eq!(loaded.files[0].run_id, Some(claim.run_id));
    journal.abandon().await;
}

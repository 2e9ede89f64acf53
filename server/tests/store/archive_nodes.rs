//! Of several nodes one at a time moves finished runs out, and only what is as it was read.

use hms_server::archive::ArchiveError;
use hms_server::store::{ArchiveRow, ArchiveWrite, Lease};
use uuid::Uuid;

use crate::archive::{JANUARY, MARCH, filed, moved, run_id};
use crate::kept::Kept;
use crate::on_all;
use crate::script::at;

on_all!(one_node_at_a_time_moves_runs_out);

async fn one_node_at_a_time_moves_runs_out(kept: Kept) {
    let filed = filed(&kept).await;
    filed.seal(&kept).await;
    let archive = kept.store.archive();
    let (one, two) = (Uuid::from_u128(1), Uuid::from_u128(2));
    let wall = hms_server::clock::wall_ms();
    let lease = |holder, now_ms, until_ms| Lease {
        holder,
        now_ms,
        until_ms,
    };
    let hour = wall + 3_600_000;
    for (asked, expected) in [
        (lease(one, wall, hour), true),
        (lease(two, wall + 1, hour), false),
        (lease(one, wall + 2, hour), true),
    ] {
        assert_eq!(archive.may_archive(asked).await.unwrap(), expected);
    }
    let elsewhere = filed.sweep(&kept, MARCH).await;
    assert!(matches!(elsewhere, Err(ArchiveError::Elsewhere)));
    // Whoever lost it meanwhile changes nothing.
    let end = kept.store.trail().head(Some(run_id(1))).await.unwrap();
    let end = end.unwrap();
    let leaf = hms_server::store::Leaf {
        run_id: run_id(1),
        number: end.seq,
        hash: end.hash.unwrap(),
    };
    let mut late = ArchiveWrite {
        lease: lease(two, wall + 3, hour),
        row: ArchiveRow {
            number: 1,
            workflow: "Small".to_owned(),
            month: "2026-01".to_owned(),
            file: JANUARY.to_owned(),
            sha256: [1; 32],
            runs: 1,
            root: [2; 32],
            note: 0,
            at: at(MARCH),
        },
        leaves: vec![leaf],
        closed: vec![None],
        events: Vec::new(),
    };
    assert!(!archive.move_out(&late).await.unwrap());
    // So does who has it, for a run that is not as it was read, or is there no more.
    late.lease.holder = one;
    for wrong in [
        hms_server::store::Leaf {
            number: end.seq - 1,
            ..leaf
        },
        hms_server::store::Leaf {
            hash: [9; 32],
            ..leaf
        },
        hms_server::store::Leaf {
            run_id: run_id(3),
            ..leaf
        },
        hms_server::store::Leaf {
            run_id: run_id(77),
            ..leaf
        },
    ] {
        late.leaves = vec![wrong];
        assert!(!archive.move_out(&late).await.unwrap(), "{wrong:?}");
    }
    assert_eq!(kept.count("SELECT count(*) FROM runs").await, 5);
    assert_eq!(archive.last_archive().await.unwrap(), 0);
    assert_eq!(filed.faults(&kept).await, [""; 0]);
    // Its time over, another may.
    assert!(
        archive
            .may_archive(lease(one, wall, wall - 1))
            .await
            .unwrap()
    );
    assert_eq!(filed.sweep(&kept, MARCH).await.unwrap(), moved(3, 1));
}

//! Checkpoints in a file outside the database: what somebody takes away from the end of the trail, or makes anew with the key,
//! is named.

use hms_server::store::Note;
use hms_server::trail::{self, Outside};

use crate::kept::Kept;
use crate::on_all;
use crate::script::at;
use crate::trail::{literal, told, written};

on_all!(
    checkpoints_that_were_made_anew_are_found_outside,
    an_end_that_was_cut_off_is_found_outside,
);

async fn checkpoints_that_were_made_anew_are_found_outside(kept: Kept) {
    let seal = written(&kept).await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checkpoints");
    let trail = kept.store.trail();
    let outside = Outside::open(&path).await.unwrap();
    // It gets what was made before it was there.
    trail::seal(trail.as_ref(), &seal, at(3), Some(&outside))
        .await
        .unwrap();
    let look = async || {
        let mut told = Vec::new();
        let mut tell = |fault: trail::Fault| told.push(fault.to_string());
        trail::verify(trail.as_ref(), None, Some(&path), &mut tell)
            .await
            .unwrap();
        told
    };
    assert_eq!(look().await, [""; 0]);
    // A node that begins again goes on where the file ends.
    let again = Outside::open(&path).await.unwrap();
    trail::seal(trail.as_ref(), &seal, at(4), Some(&again))
        .await
        .unwrap();
    assert_eq!(std::fs::read_to_string(&path).unwrap().lines().count(), 3);
    // A line that a crash cut off takes none with it.
    let whole = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, &whole[..whole.len() - 40]).unwrap();
    let again = Outside::open(&path).await.unwrap();
    trail::seal(trail.as_ref(), &seal, at(5), Some(&again))
        .await
        .unwrap();
    assert_eq!(look().await, [""; 0]);
    // One that is gone is told by itself.
    let first_gone: String = whole.split_inclusive('\n').skip(1).collect();
    std::fs::write(&path, first_gone).unwrap();
    assert_eq!(
        look().await,
        ["checkpoint 1 is not the same in the database and in the file"]
    );
    std::fs::write(&path, &whole).unwrap();
    // Who has the database and the key takes the last two away and makes one.
    kept.tamper("DELETE FROM checkpoints WHERE number > 1")
        .await;
    trail::seal(trail.as_ref(), &seal, at(9), None)
        .await
        .unwrap();
    assert_eq!(
        look().await,
        [
            "checkpoint 2 is not the same in the database and in the file",
            "checkpoint 3, the last, is in the file and was removed from the database"
        ]
    );
}

async fn an_end_that_was_cut_off_is_found_outside(kept: Kept) {
    let seal = written(&kept).await;
    let folder = tempfile::tempdir().unwrap();
    let trail = kept.store.trail();
    // Two nodes, each with a file of its own.
    let paths = ["one", "two"].map(|name| folder.path().join(name));
    let [one, two] = [0, 1].map(|node: usize| Outside::at(paths[node].clone()));
    let sealed = async |node: &Outside, seconds| {
        let now = at(seconds);
        trail::seal(trail.as_ref(), &seal, now, Some(node)).await
    };
    let look = async |node: usize| {
        let mut told = Vec::new();
        let mut tell = |fault: trail::Fault| told.push(fault.to_string());
        let looked = trail::verify(trail.as_ref(), None, Some(&paths[node]), &mut tell);
        (looked.await.unwrap().outside, told)
    };
    let something = async |seconds| {
        let note = Note {
            at: at(seconds),
            who: "me".to_owned(),
            version: None,
            about: None,
            command: "{}".to_owned(),
        };
        trail.note(&[note]).await.unwrap();
    };
    let whole: [String; 0] = [];
    assert_eq!(sealed(&one, 3).await.unwrap(), 1);
    assert_eq!(look(0).await, (3, whole.to_vec()));
    let house = trail.head(None).await.unwrap().unwrap();
    let end = trail.last_checkpoint().await.unwrap().unwrap().upto_n;
    something(4).await;
    assert_eq!(sealed(&two, 4).await.unwrap(), 1);
    assert_eq!(look(1).await, (4, whole.to_vec()));
    // That one has fewer, because another node made the last, is no fault.
    assert_eq!(look(0).await, (3, whole.to_vec()));
    something(5).await;
    assert_eq!(sealed(&one, 5).await.unwrap(), 1);
    assert_eq!(look(0).await, (5, whole.to_vec()));

    // Who has the database takes back the last two with all they cover, and leaves no trace in it.
    let hash = literal(&kept, &house.hash.unwrap());
    for sql in [
        "DELETE FROM checkpoints WHERE number > 3".to_owned(),
        format!("DELETE FROM audit WHERE n > {end}"),
        format!(
            "UPDATE audit_house SET number = {}, hash = {hash}",
            house.seq
        ),
    ] {
        kept.tamper(&sql).await;
    }
    assert_eq!(told(&kept, None).await.0, whole);
    let cut = "checkpoints 4 to 5, the last, are in the file and were removed from the database";
    assert_eq!(look(0).await, (3, vec![cut.to_owned()]));
    let cut = "checkpoint 4, the last, is in the file and was removed from the database";
    assert_eq!(look(1).await, (3, vec![cut.to_owned()]));

    // A node notices it too, and does not mix into its file what is not of the same trail.
    let before = std::fs::read(&paths[0]).unwrap();
    for seconds in [6, 7, 8] {
        something(seconds).await;
        let told = sealed(&one, seconds).await.unwrap_err().to_string();
        assert!(told.contains("ends with checkpoint 5"), "{told}");
    }
    assert_eq!(std::fs::read(&paths[0]).unwrap(), before);
    let other = |n| format!("checkpoint {n} is not the same in the database and in the file");
    assert_eq!(look(0).await, (5, vec![other(4), other(5)]));
    // When somebody has seen to it and kept the file, another is begun.
    std::fs::rename(&paths[0], folder.path().join("kept")).unwrap();
    assert_eq!(sealed(&one, 9).await.unwrap(), 0);
    assert_eq!(look(0).await, (6, whole.to_vec()));
    // Two that append to the same one do so once.
    let same = Outside::open(&paths[0]).await.unwrap();
    something(10).await;
    assert_eq!(sealed(&one, 10).await.unwrap(), 1);
    assert_eq!(sealed(&same, 11).await.unwrap(), 0);
    assert_eq!(
        std::fs::read_to_string(&paths[0]).unwrap().lines().count(),
        7
    );
    // What is no file of checkpoints is left as it is.
    let long = "Dear all,\n".repeat(200_000);
    std::fs::write(&paths[1], &long).unwrap();
    let told = sealed(&two, 12).await.unwrap_err().to_string();
    assert!(told.contains("something else than checkpoints"), "{told}");
    assert_eq!(std::fs::read_to_string(&paths[1]).unwrap(), long);
}

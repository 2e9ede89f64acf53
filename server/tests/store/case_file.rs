//! One case taken out: it shows by itself whether it is whole.

use hms_engine::Order;
use hms_server::identity::ServerKey;
use hms_server::store::WorkflowVersion;
use hms_server::trail::{self, CaseFile, NoCaseFile, page, take_out};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::files;
use crate::journal::{REVIEW, write};
use crate::kept::Kept;
use crate::on_all;
use crate::script::{Script, at};

on_all!(a_case_is_taken_out_whole_and_every_change_of_the_file_is_found);

const HOSTILE: &str =
    "</script><script>alert(1)</script><img src=x onerror=alert(2)> & \"'\u{202e} {{x}}";

async fn a_case_is_taken_out_whole_and_every_change_of_the_file_is_found(kept: Kept) {
    let seal = ServerKey::fresh().seal();
    let key = Some(seal.public_key());
    let (store, run) = (&kept.store, Uuid::from_u128(1002));
    let mut journal = store.journal().await.unwrap();
    let mut script = Script::of(REVIEW);
    let version = WorkflowVersion {
        version: script.workflow.version.clone(),
        id: "Review".to_owned(),
        source: REVIEW.to_owned(),
        deployed: at(0),
        deployed_by: "me".to_owned(),
        in_force: true,
        deployment: 0,
    };
    journal.deploy(&version).await.unwrap();
    let bytes = b"a letter";
    let mut letter = files::row(7, bytes.len() as u64, 5);
    HOSTILE.clone_into(&mut letter.file.name);
    store.files().keep(&letter, bytes).await.unwrap();
    // Among others, so that the way to the root is a way.
    let mut runs: Vec<_> = (1..=5)
        .map(|n| {
            let payload = json!({"text": HOSTILE, "complaintId": n.to_string(), "loss": 0.1 + 0.2});
            let files: &[_] = match n {
                2 => std::slice::from_ref(&letter.file),
                _ => &[],
            };
            script.start_with(n, payload, files)
        })
        .collect();
    write(journal.as_mut(), script.take()).await.unwrap();
    let out = async || {
        take_out(store.shelf().as_ref(), store.trail().as_ref(), run, at(60))
            .await
            .unwrap()
    };
    let unsealed = out().await.look(key);
    assert_eq!(unsealed.faults, ["no checkpoint holds it yet"]);
    trail::seal(store.trail().as_ref(), &seal, at(1), None)
        .await
        .unwrap();
    let label = runs[1].tasks[0].id;
    script.complete(&mut runs[1], label, json!({"note": HOSTILE}));
    write(journal.as_mut(), script.take()).await.unwrap();
    // The other runs go on and are sealed again; this one's last seal is not the last checkpoint.
    let label = runs[0].tasks[0].id;
    trail::seal(store.trail().as_ref(), &seal, at(2), None)
        .await
        .unwrap();
    script.complete(&mut runs[0], label, json!({}));
    write(journal.as_mut(), script.take()).await.unwrap();
    trail::seal(store.trail().as_ref(), &seal, at(3), None)
        .await
        .unwrap();
    let task = runs[1].tasks[0].id;
    let claim = Order::Claim {
        task,
        lease_ms: None,
    };
    script.order(&mut runs[1], "person:p", claim);
    write(journal.as_mut(), script.take()).await.unwrap();

    let file = out().await;
    let look = file.look(key);
    assert_eq!(look.faults, [""; 0]);
    assert_eq!(look.sealed, Some((2, seal.public_key())));
    assert_eq!((file.rows.len(), file.case.as_str()), (3, "2"));
    assert_eq!(file.look(None).faults, [""; 0]);
    let other = ServerKey::fresh().seal().public_key();
    assert_eq!(
        file.look(Some(other)).faults,
        ["checkpoint 2 was signed with another key"]
    );

    // As JSON and as a page it comes back as it was.
    let json = serde_json::to_string(&file).unwrap();
    assert_eq!(CaseFile::read(&json).unwrap(), file);
    let html = page(&file).unwrap();
    assert_eq!(CaseFile::read(&html).unwrap(), file);
    // Nothing that a person wrote is markup in it.
    assert!(!html.contains("<img") && !html.contains("<script>") && !html.contains('\u{202e}'));
    assert_eq!(html.matches("<script").count(), 1);
    assert_eq!(html.matches("</script>").count(), 1);
    assert!(html.contains("&lt;img src=x onerror=alert(2)&gt; &amp;"));

    // It says itself what of it is covered.
    assert!(html.contains("has the SHA-256 of it as it was received"));
    assert!(html.contains(&letter.file.sha256) && file.covers_report());

    // Every part of the history counts.
    type Change = fn(&mut Value);
    let changes: [(&str, Change); 17] = [
        ("who", |file| file["rows"][1]["who"] = json!("mallory")),
        ("entries", |file| file["rows"][0]["entries"] = json!("[]")),
        ("command", |file| file["rows"][2]["command"] = json!("{}")),
        ("moment", |file| {
            file["rows"][1]["at"] = json!("2026-01-01T00:00:09Z");
        }),
        ("a row less", |file| {
            file["rows"].as_array_mut().unwrap().remove(1);
        }),
        ("the beginning", |file| {
            file["rows"].as_array_mut().unwrap().remove(0);
        }),
        ("report", |file| file["payload"]["text"] = json!("other")),
        ("report's text", |file| {
            let text = file["payload_text"].as_str().unwrap().replace('e', "i");
            file["payload"] = serde_json::from_str(&text).unwrap();
            file["payload_text"] = text.into();
        }),
        ("no report's text", |file| {
            file.as_object_mut().unwrap().remove("payload_text");
        }),
        ("file's name", |file| {
            file["files"][0]["name"] = json!("other.pdf")
        }),
        ("file's hash", |file| {
            file["files"][0]["sha256"] = json!("00".repeat(32));
        }),
        ("a file less", |file| {
            file.as_object_mut().unwrap().remove("files");
        }),
        ("a file more", |file| {
            let mut more = file["files"][0].clone();
            more["file"] = json!(Uuid::from_u128(5));
            file["files"].as_array_mut().unwrap().push(more);
        }),
        ("definition", |file| file["definition"] = json!("id: Other")),
        ("root", |file| {
            file["seal"]["root"] = json!("00".repeat(32));
        }),
        ("checkpoint", |file| file["seal"]["checkpoint"] = json!(9)),
        ("run", |file| {
            file["run_id"] = json!(Uuid::from_u128(1003));
        }),
    ];
    for (what, change) in changes {
        let mut changed: Value = serde_json::from_str(&json).unwrap();
        change(&mut changed);
        let changed = CaseFile::read(&changed.to_string()).unwrap();
        assert!(!changed.look(key).faults.is_empty(), "{what}");
    }
    for wrong in ["", "{}", &json.replace("hms-case-1", "hms-case-9")] {
        assert!(CaseFile::read(wrong).is_err());
    }
    let nobody = Uuid::from_u128(9);
    let none = take_out(
        store.shelf().as_ref(),
        store.trail().as_ref(),
        nobody,
        at(60),
    )
    .await;
    assert!(matches!(none, Err(NoCaseFile::Unknown(id)) if id == nobody));
}

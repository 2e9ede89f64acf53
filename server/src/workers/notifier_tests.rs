use std::path::Path;

use hms_engine::{About, Recipient};
use uuid::Uuid;

use super::*;
use crate::identity::signature;
use crate::store::{Account, Batch, Database, Needed, NoticeWrite, Store};
use crate::workers::email_svc::MailSettings;

async fn store(folder: &Path) -> Store {
    Database::File(folder.join("hms.db")).open().await.unwrap()
}

async fn person(store: &Store, name: &str, roles: &[&str]) -> Uuid {
    let account = Account {
        id: Uuid::now_v7(),
        email: format!("{name}@agency.example"),
        name: name.to_owned(),
        roles: roles.iter().map(|role| (*role).to_owned()).collect(),
        language: None,
        password_hash: "not used here".to_owned(),
        created_ms: wall_ms(),
        disabled_ms: None,
    };
    store.people().add(&account).await.unwrap();
    account.id
}

/// Writes notices as a batch does.
async fn written(store: &Store, to: Vec<Recipient>) -> Vec<Uuid> {
    let outbox: Vec<NoticeWrite> = to
        .into_iter()
        .map(|who| NoticeWrite {
            id: Uuid::now_v7(),
            run_id: Uuid::from_u128(1),
            workflow: "FTC-Complaint".into(),
            who,
            about: About {
                task: Uuid::from_u128(2),
                step: "human_review".into(),
                at: 80,
                deadline: Some("2026-01-05T14:00:00Z".parse().unwrap()),
            },
            created: "2026-01-05T12:00:00Z".parse().unwrap(),
        })
        .collect();
    let ids = outbox.iter().map(|notice| notice.id).collect();
    let mut journal = store.journal().await.unwrap();
    journal.begin(&Needed::default()).await.unwrap();
    let batch = Batch {
        outbox,
        ..Batch::default()
    };
    journal.commit(batch).await.unwrap();
    ids
}

fn mail(folder: &Path) -> EmailSvc {
    EmailSvc::new(&MailSettings::default(), "http://127.0.0.1:7000", folder).unwrap()
}

/// The messages written so far: the receiver's address of each, sorted.
fn received(folder: &Path) -> Vec<String> {
    let Ok(files) = std::fs::read_dir(folder.join("mail")) else {
        return Vec::new();
    };
    let mut to: Vec<String> = files
        .map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap())
        .map(|text| {
            let line = text.lines().find(|line| line.starts_with("To: ")).unwrap();
            line.trim_start_matches("To: ").trim().to_owned()
        })
        .collect();
    to.sort();
    to
}

#[tokio::test]
async fn those_of_a_role_and_who_has_the_task_are_told_once() {
    let folder = tempfile::tempdir().unwrap();
    let (store, mail) = (store(folder.path()).await, mail(folder.path()));
    person(&store, "ann", &["supervisor"]).await;
    person(&store, "bob", &["investigator", "supervisor"]).await;
    let cid = person(&store, "cid", &["investigator"]).await;
    let supervisors = "HUMAN:supervisor".parse().unwrap();
    let to = vec![
        Recipient::Role(supervisors),
        Recipient::Holder(signature(cid)),
        // A program that signed by a name of its own is nobody to write to.
        Recipient::Holder("worker-1".into()),
    ];
    written(&store, to).await;
    let outbox = store.outbox();
    send_due(outbox.as_ref(), &mail, &Registry::default())
        .await
        .unwrap();
    let told = [
        "ann@agency.example",
        "bob@agency.example",
        "cid@agency.example",
    ];
    assert_eq!(received(folder.path()), told);
    assert_eq!(outbox.next().await.unwrap(), None);
    send_due(outbox.as_ref(), &mail, &Registry::default())
        .await
        .unwrap();
    assert_eq!(received(folder.path()), told);
    let any = std::fs::read_dir(folder.path().join("mail"))
        .unwrap()
        .next();
    let text = std::fs::read_to_string(any.unwrap().unwrap().path()).unwrap();
    for wanted in [
        "80 % of the time",
        "human_review",
        "/inbox/00000000-0000-0000-0000-000000000002",
    ] {
        let plain = text.replace("=\r\n", "");
        assert!(plain.contains(wanted), "{wanted}: {text}");
    }
}

/// The process ended after one of two was told: whoever takes the notice up tells the other.
#[tokio::test]
async fn who_was_told_before_the_end_is_not_told_again() {
    let folder = tempfile::tempdir().unwrap();
    let (first, mail) = (store(folder.path()).await, mail(folder.path()));
    let ann = person(&first, "ann", &["supervisor"]).await;
    person(&first, "bob", &["supervisor"]).await;
    let supervisors = "HUMAN:supervisor".parse().unwrap();
    let notice = written(&first, vec![Recipient::Role(supervisors)]).await[0];
    let outbox = first.outbox();
    let taken = outbox.take(wall_ms(), 0, 10).await.unwrap();
    assert_eq!((taken.len(), taken[0].id), (1, notice));
    outbox.sent(notice, ann, wall_ms()).await.unwrap();
    first.close().await;

    let second = store(folder.path()).await;
    send_due(second.outbox().as_ref(), &mail, &Registry::default())
        .await
        .unwrap();
    assert_eq!(received(folder.path()), ["bob@agency.example"]);
}

#[tokio::test]
async fn what_is_taken_is_left_to_whoever_took_it() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path()).await;
    let supervisors = "HUMAN:supervisor".parse().unwrap();
    written(&store, vec![Recipient::Role(supervisors)]).await;
    let outbox = store.outbox();
    let now = wall_ms();
    assert_eq!(outbox.take(now, HOLD_MS, 10).await.unwrap().len(), 1);
    assert_eq!(outbox.take(now, HOLD_MS, 10).await.unwrap(), []);
    let again = outbox.take(now + HOLD_MS, HOLD_MS, 10).await.unwrap();
    assert_eq!(again[0].tries, 2);
}

/// A mail folder that cannot be written: the notice waits, and is sent when it can be.
#[tokio::test]
async fn what_could_not_be_sent_is_tried_again() {
    let folder = tempfile::tempdir().unwrap();
    let (store, mail) = (store(folder.path()).await, mail(folder.path()));
    person(&store, "ann", &["supervisor"]).await;
    let supervisors = "HUMAN:supervisor".parse().unwrap();
    let notice = written(&store, vec![Recipient::Role(supervisors)]).await[0];
    std::fs::write(folder.path().join("mail"), "in the way").unwrap();
    let outbox = store.outbox();
    send_due(outbox.as_ref(), &mail, &Registry::default())
        .await
        .unwrap();
    let next = outbox.next().await.unwrap().unwrap();
    assert!(next > wall_ms(), "it waits");
    std::fs::remove_file(folder.path().join("mail")).unwrap();
    outbox.put_off(notice, 0).await.unwrap();
    send_due(outbox.as_ref(), &mail, &Registry::default())
        .await
        .unwrap();
    assert_eq!(received(folder.path()), ["ann@agency.example"]);
    assert_eq!(outbox.next().await.unwrap(), None);
}

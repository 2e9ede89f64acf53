//! What somebody writes makes no header, no second receiver and no other body.

use hms_engine::{Recipient, Workflow};
use serde_json::{Value, json};

use super::smtp_tests::task;
use super::*;
use crate::orchestrator::Registry;
use crate::store::{LinkPurpose, NewLink, Notice};

/// What makes a line of its own where it is not looked at.
const BREAKS: [&str; 6] = [
    "\r\nBcc: eve@evil.example\r\n\r\nBuy this",
    "\nBcc: eve@evil.example",
    "\rBcc: eve@evil.example",
    "\r\n.\r\nMAIL FROM:<eve@evil.example>",
    "\u{85}Bcc: eve@evil.example",
    "\u{2028}Bcc: eve@evil.example",
];

fn worker(folder: &Path) -> EmailSvc {
    let settings = MailSettings::default();
    EmailSvc::new(&settings, "http://127.0.0.1:7000", folder).unwrap()
}

/// The messages kept since, each taken away.
fn kept(folder: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(folder.join("mail")) else {
        return Vec::new();
    };
    let paths = entries.map(|entry| entry.unwrap().path());
    paths
        .map(|path| {
            // It may hold a link to set a password: it is for nobody else of the machine.
            let kept = std::fs::metadata(&path).unwrap().permissions();
            assert_eq!(
                std::os::unix::fs::PermissionsExt::mode(&kept) & 0o777,
                0o600
            );
            let text = std::fs::read_to_string(&path).unwrap();
            std::fs::remove_file(path).unwrap();
            text
        })
        .collect()
}

/// The names of a message's headers, in the order of the alphabet; and its body.
fn parts(message: &str) -> (Vec<String>, String) {
    let (head, body) = message.split_once("\r\n\r\n").unwrap();
    // Whatever some reader takes for the end of a line.
    let lines = head.split(['\r', '\n', '\u{85}', '\u{2028}']);
    let own = lines.filter(|line| !line.is_empty() && !line.starts_with([' ', '\t']));
    let mut names: Vec<String> = own
        .map(|line| line.split(':').next().unwrap().to_owned())
        .collect();
    names.sort();
    (names, body.to_owned())
}

fn one(mut messages: Vec<String>) -> String {
    assert_eq!(messages.len(), 1, "{messages:?}");
    messages.remove(0)
}

#[tokio::test]
async fn what_a_reporter_writes_is_in_no_header_and_in_no_body() {
    let folder = tempfile::tempdir().unwrap();
    let worker = worker(folder.path());
    let fine = json!({"email": "maria@example.org", "language": "en", "complaintId": "4839"});
    worker.work(&task(&fine)).await.unwrap();
    let (headers, body) = parts(&one(kept(folder.path())));
    assert!(headers.contains(&"To".to_owned()) && !headers.contains(&"Bcc".to_owned()));
    for attack in BREAKS
        .into_iter()
        .chain(["<script>pwned()</script>", "=1+1"])
    {
        for field in ["email", "language", "complaintId", "text", "suspect"] {
            let mut payload = fine.clone();
            for value in [
                attack.to_owned(),
                format!("maria@example.org{attack}"),
                format!("4839{attack}"),
            ] {
                payload[field] = Value::String(value);
                worker.work(&task(&payload)).await.unwrap();
                for message in kept(folder.path()) {
                    let (found, said) = parts(&message);
                    assert_eq!(found, headers, "{field}: {message}");
                    for word in ["evil.example", "pwned", "Buy this", "=1+1"] {
                        assert!(!said.contains(word), "{field}: {message}");
                    }
                    assert_eq!(said.lines().count(), body.lines().count(), "{message}");
                }
            }
        }
    }
}

#[tokio::test]
async fn what_a_definition_is_called_makes_no_header() {
    let folder = tempfile::tempdir().unwrap();
    let worker = worker(folder.path());
    let notice = Notice {
        id: Uuid::from_u128(1),
        task_id: Uuid::from_u128(2),
        workflow: "Claim".into(),
        step_id: "decide".into(),
        who: Recipient::Role("HUMAN:clerk".parse().unwrap()),
        at_percent: 50,
        deadline: None,
        created: "2026-01-05T12:00:00Z".parse().unwrap(),
        tries: 1,
        told: Vec::new(),
    };
    let mut expect = None;
    for title in std::iter::once("We decide").chain(BREAKS) {
        // JSON is YAML, so a title may have any character.
        let title = Value::String(title.to_owned());
        let text = format!(
            "id: Claim\nstart: Claimed\ntitle: {title}\nsteps:\n  - id: decide\n    title: {title}\n    actor: HUMAN:clerk\n"
        );
        let Ok(parsed) = Workflow::parse(&text) else {
            // Refused where it is loaded.
            continue;
        };
        let registry = Registry::default();
        registry.put(parsed.workflow, Some(0));
        let about = About::of(&registry, &notice, None);
        let sent = worker
            .remind(&about, Uuid::from_u128(3), "ann@agency.example")
            .await;
        assert_eq!(sent, Ok(()));
        let (found, _) = parts(&one(kept(folder.path())));
        assert_eq!(&found, expect.get_or_insert(found.clone()), "{title}");
        assert!(!found.contains(&"Bcc".to_owned()));
    }
}

#[tokio::test]
async fn an_address_that_is_more_than_one_gets_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let worker = worker(folder.path());
    for address in BREAKS
        .map(|attack| format!("ann@agency.example{attack}"))
        .into_iter()
        .chain([
            "ann@agency.example, eve@evil.example".to_owned(),
            "ann@agency.example> RCPT TO:<eve@evil.example".to_owned(),
        ])
    {
        let link = AccountLink {
            link: NewLink {
                id: Uuid::from_u128(1),
                person: Uuid::from_u128(2),
                purpose: LinkPurpose::Invite,
                created_ms: 0,
                expires_ms: 1_000,
            },
            email: address.clone(),
            name: "Ann".into(),
            language: None,
            tries: 1,
            used_ms: None,
            disabled_ms: None,
        };
        assert!(
            worker.send_link(&link, "word").await.is_err(),
            "{address:?}"
        );
        assert_eq!(kept(folder.path()), [""; 0], "{address:?}");
    }
}

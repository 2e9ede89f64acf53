//! Personal data: kept apart, given to who works on the task, and nowhere else.

use hms_server::identity::{VAULT_FILE, Vault};
use hms_server::node::{self, Place};
use hms_server::orchestrator::Sight;
use serde_json::{Value, json};

use crate::house::{House, text};

const FLOW: &str = "id: Permit
start: PermitAsked
key: payload.number
personal: [mail, phone]
steps:
  - id: told
    actor: SVC:teller
    input: { to: payload.mail, number: payload.number }
  - { id: reply, type: wait, event: Replied, match: event.payload.number == run.key }
  - { id: again, actor: SVC:teller, input: { phone: steps.reply.result.phone } }
  - { id: sub, type: call, workflow: Sub, payload: { mail: payload.mail, note: payload.number } }
";
const SUB: &str =
    "id: Sub\nstart: SubAsked\npersonal: [mail, note]\nsteps: [{ id: s, actor: SVC:sub }]\n";
const ADDRESS: &str = "maria.quispe@example.org";
const PHONE: &str = "202-555-0143";

async fn permits() -> House {
    let house = House::open().await;
    for definition in [SUB, FLOW] {
        house.orchestrator.deploy(definition, "test").await.unwrap();
    }
    house
}

async fn ask_for(house: &House, payload: Value) -> String {
    let event = json!({"name": "PermitAsked", "payload": payload, "source": "test", "id": "1"});
    let answer = house.post("/act/events", &event).await;
    assert_eq!(answer.status, 202, "{}", answer.body);
    let again = house.post("/act/events", &event).await;
    assert_eq!(again.body["event_id"], answer.body["event_id"]);
    assert_eq!(again.body["runs"], answer.body["runs"]);
    text(&answer.body["runs"][0]["run_id"])
}

async fn taken(house: &House, actor: &str) -> Value {
    let path = format!("/act/tasks?actor={actor}&lease=60s");
    let mut tasks = house.get(&path).await.body;
    assert_eq!(tasks.as_array().map(Vec::len), Some(1), "{tasks}");
    tasks[0].take()
}

async fn finish(house: &House, task: &Value) {
    let path = format!("/act/tasks/{}/complete", text(&task["id"]));
    let done = house.post(&path, &json!({})).await;
    assert_eq!(done.status, 200, "{}", done.body);
    assert!(!done.body.to_string().contains(ADDRESS), "{}", done.body);
}

fn is_reference(value: &Value) -> bool {
    value
        .as_str()
        .is_some_and(|text| text.starts_with("personal:"))
}

/// Whether any of these stands anywhere in the house's data folder, the write-ahead log included.
fn kept_in_clear(house: &House, wanted: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for file in std::fs::read_dir(house.data_dir()).unwrap() {
        let path = file.unwrap().path();
        let bytes = std::fs::read(&path).unwrap_or_default();
        for text in wanted {
            if bytes
                .windows(text.len())
                .any(|part| part == text.as_bytes())
            {
                found.push(format!("{text} in {}", path.display()));
            }
        }
    }
    found
}

#[tokio::test]
async fn who_works_on_a_task_is_given_it_and_it_is_kept_in_clear_nowhere() {
    let house = permits().await;
    let payload = json!({"number": "P-7", "mail": ADDRESS, "phone": "", "text": "plain words"});
    let run = ask_for(&house, payload).await;
    let shown = house.get(&format!("/act/runs/{run}")).await.body;
    assert!(is_reference(&shown["payload"]["mail"]), "{shown}");
    assert_eq!(shown["payload"]["phone"], "");
    let task = text(&shown["tasks"][0]["id"]);
    for path in [
        "/act/tasks".to_owned(),
        format!("/act/tasks/{task}"),
        format!("/act/runs/{run}/history"),
        format!("/act/runs/{run}/export"),
    ] {
        let answer = house.get(&path).await;
        assert_eq!(answer.status, 200, "{path}");
        let body = answer.body.to_string();
        assert!(!body.contains(ADDRESS), "{path}: {body}");
        // What happened refers to nothing; the case does.
        let refers = body.contains("personal:");
        assert!(refers || path.ends_with("/history"), "{path}: {body}");
    }
    let told = taken(&house, "SVC:teller").await;
    assert_eq!(told["payload"]["mail"], ADDRESS);
    assert_eq!(told["payload"]["text"], "plain words");
    assert_eq!(told["input"], json!({"to": ADDRESS, "number": "P-7"}));
    finish(&house, &told).await;

    // An event for a case that waits: what it brings is that case's to read.
    let reply = json!({"name": "Replied", "payload": {"number": "P-7", "phone": PHONE}});
    let answer = house.post("/act/events", &reply).await;
    assert_eq!(answer.status, 202, "{}", answer.body);
    let again = taken(&house, "SVC:teller").await;
    assert_eq!(again["input"], json!({"phone": PHONE}));
    finish(&house, &again).await;

    // What a run hands on is read where it arrives; what is personal only there is put apart there.
    let sub = taken(&house, "SVC:sub").await;
    assert_eq!(sub["payload"], json!({"mail": ADDRESS, "note": "P-7"}));

    // One that nobody waits for is kept all the same.
    let stray = json!({"name": "Replied", "payload": {"number": "P-8", "phone": "202-555-0199"}});
    assert_eq!(house.post("/act/events", &stray).await.status, 202);
    assert_eq!(
        kept_in_clear(&house, &[ADDRESS, PHONE, "202-555-0199"]),
        Vec::<String>::new()
    );
    assert!(
        !kept_in_clear(&house, &["plain words"]).is_empty(),
        "the look finds what is there"
    );

    // What was reported is covered as it is kept, with references.
    assert_eq!(house.verified().await, [""; 0]);
    let changed = |name: &str| {
        format!("UPDATE events SET payload = replace(payload, 'P-7', 'P-9') WHERE name = '{name}'")
    };
    house.tamper(&changed("Replied")).await;
    house.tamper(&changed("PermitAsked")).await;
    let event = text(&answer.body["event_id"]);
    assert_eq!(
        house.verified().await,
        [
            format!("run {run}: what was reported was changed after it was received"),
            format!(
                "run {run}: event {event}, which reached it, was changed after it was received"
            ),
        ]
    );
}

#[tokio::test]
async fn what_refers_to_anothers_is_given_as_it_was_written() {
    let house = permits().await;
    let run = ask_for(&house, json!({"number": "P-7", "mail": ADDRESS})).await;
    let shown = house.get(&format!("/act/runs/{run}")).await.body;
    let stolen = text(&shown["payload"]["mail"]);
    finish(&house, &taken(&house, "SVC:teller").await).await;
    let payload = json!({"number": stolen, "mail": stolen, "text": stolen});
    let event = json!({"name": "PermitAsked", "payload": payload});
    assert_eq!(house.post("/act/events", &event).await.status, 202);
    let task = taken(&house, "SVC:teller").await;
    assert_eq!(task["payload"], payload);
    assert_eq!(task["input"]["to"], stolen);
}

/// Begun by the event that the other workflow waits for, and by itself it knows nothing personal.
const LEDGER: &str = "id: Ledger
start: Replied
steps:
  - { id: booked, actor: SVC:booker }
";

#[tokio::test]
async fn an_event_that_starts_a_case_and_reaches_another_is_read_by_both() {
    let house = permits().await;
    house.orchestrator.deploy(LEDGER, "test").await.unwrap();
    ask_for(&house, json!({"number": "P-7", "mail": ADDRESS})).await;
    finish(&house, &taken(&house, "SVC:teller").await).await;
    // One that finds a case waiting, and one that finds none.
    for number in ["P-7", "P-8"] {
        let payload = json!({"number": number, "phone": PHONE});
        let event = json!({"name": "Replied", "payload": payload});
        let sent = house.post("/act/events", &event).await;
        assert_eq!(sent.status, 202);
        let run = text(&sent.body["runs"][0]["run_id"]);
        let shown = house.get(&format!("/act/runs/{run}")).await.body;
        assert!(
            is_reference(&shown["payload"]["phone"]),
            "{number}: {shown}"
        );
        // As it is once the case is loaded from what is kept.
        let mut read = shown["payload"].clone();
        let id = run.parse().unwrap();
        let opened = house
            .orchestrator
            .show_personal(id, &mut read, Sight::Clear);
        assert!(opened.await.unwrap(), "{number}");
        assert_eq!(read, payload, "{number}");
        let booked = taken(&house, "SVC:booker").await;
        assert_eq!(booked["payload"], payload, "{number}");
        finish(&house, &booked).await;
    }
    assert_eq!(kept_in_clear(&house, &[PHONE]), [""; 0]);
}

#[tokio::test]
async fn what_was_erased_is_given_as_nothing() {
    let house = permits().await;
    let run = ask_for(&house, json!({"number": "P-7", "mail": ADDRESS})).await;
    let id = run.parse().unwrap();
    let note = hms_server::store::Note {
        at: house.orchestrator.now(),
        who: "test".to_owned(),
        version: None,
        about: Some(id),
        command: json!({"order": "erase_personal"}).to_string(),
    };
    let personal = house.store.personal();
    assert_eq!(personal.erase_personal(id, &note).await.unwrap(), 1);
    let task = taken(&house, "SVC:teller").await;
    assert_eq!(task["payload"], json!({"number": "P-7", "mail": null}));
    assert_eq!(task["input"], json!({"to": null, "number": "P-7"}));
    let shown = house.get(&format!("/act/runs/{run}")).await.body;
    assert!(
        is_reference(&shown["payload"]["mail"]),
        "the case stays as it is"
    );
    assert_eq!(house.verified().await, [""; 0], "to erase bends nothing");
}

#[tokio::test]
async fn a_node_without_the_key_does_not_start() {
    let folder = tempfile::tempdir().unwrap();
    let place = Place {
        data_dir: folder.path().to_owned(),
        database_url: None,
        workflows: None,
        clock_rate: 1.0,
    };
    drop(node::open(&place).await.unwrap());
    let path = folder.path().join(VAULT_FILE);
    let key = std::fs::read_to_string(&path).unwrap();
    let refused = |told: Result<node::Opened, node::StartError>| match told {
        Ok(_) => panic!("it started"),
        Err(error) => error.to_string(),
    };
    std::fs::remove_file(&path).unwrap();
    let told = refused(node::open(&place).await);
    assert!(told.contains("personal.key is missing"), "{told}");
    assert!(!path.exists(), "no new one is made in its place");
    Vault::of_folder(folder.path()).unwrap();
    let told = refused(node::open(&place).await);
    assert!(told.contains("without the key"), "{told}");
    let other = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, format!("{other}{key}")).unwrap();
    drop(node::open(&place).await.unwrap());
}

//! The file of checkpoints that a node keeps in its data folder without being told to.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use serde_json::json;

use crate::support::{Hms, Setup, eventually, post};

/// The database and what SQLite may have beside it.
const DATABASE: [&str; 3] = ["hms.db", "hms.db-wal", "hms.db-shm"];

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_put_back_to_an_earlier_state_is_noticed() {
    let data = tempfile::tempdir().unwrap();
    let aside = tempfile::tempdir().unwrap();
    let log = aside.path().join("log");
    let file = data.path().join("audit-checkpoints.jsonl");
    let args = ["--no-sample-history", "--builtin-workers", "none"];
    let setup = Setup::demo(data.path(), &args);
    let client = reqwest::Client::new();
    let start = || Hms::from(setup.command_logging(&log));
    // The trail is sealed when it ends.
    let something_happens = async || {
        let hms = start();
        report(&client, &hms).await;
        assert!(hms.terminate().1);
    };
    something_happens().await;
    let mode = std::fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let (whole, said) = verify(data.path(), &[]);
    assert!(whole && said.contains("were compared with"), "{said}");

    take(data.path(), aside.path());
    something_happens().await;
    assert!(verify(data.path(), &[]).0);
    take(aside.path(), data.path());
    let (whole, said) = verify(data.path(), &[]);
    assert!(
        !whole && said.contains("removed from the database"),
        "{said}"
    );
    assert!(said.contains("keep it somewhere else"), "{said}");
    // In the database itself there is no trace of it, and a file that was named goes first.
    let first = std::fs::read_to_string(&file).unwrap();
    let other = aside.path().join("other.jsonl");
    std::fs::write(&other, first.lines().next().unwrap()).unwrap();
    let (whole, said) = verify(data.path(), &["--checkpoints", other.to_str().unwrap()]);
    assert!(whole, "{said}");

    // The server goes on, says so, and leaves the file as it is.
    let hms = start();
    failing(&client, &hms).await;
    report(&client, &hms).await;
    assert!(hms.terminate().1);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), first);
    let logged = std::fs::read_to_string(&log).unwrap();
    assert_eq!(logged.matches("Nothing is appended").count(), 1, "{logged}");

    // A new database in the folder is told in the same way. Moved away, the file is begun again.
    for name in DATABASE {
        let _ = std::fs::remove_file(data.path().join(name));
    }
    let hms = start();
    failing(&client, &hms).await;
    report(&client, &hms).await;
    std::fs::rename(&file, aside.path().join("kept.jsonl")).unwrap();
    assert!(hms.terminate().1);
    let (whole, said) = verify(data.path(), &[]);
    assert!(whole && said.contains("were compared with"), "{said}");

    // One that cannot be written keeps nothing from being accepted.
    std::fs::remove_file(&file).unwrap();
    std::fs::create_dir(&file).unwrap();
    let hms = start();
    failing(&client, &hms).await;
    report(&client, &hms).await;
    assert!(hms.terminate().1);
    let logged = std::fs::read_to_string(&log).unwrap();
    assert_eq!(
        logged.matches("it cannot be written").count(),
        1,
        "{logged}"
    );
}

async fn report(client: &reqwest::Client, hms: &Hms) {
    let event = json!({"name": "ComplaintLogged", "payload": {"complaintId": "C-42", "text": "Checks", "email": "reporter@example.org"}});
    let (status, answer) = post(client, &format!("{}/act/events", hms.api), &event).await;
    assert_eq!(status, 202, "{answer}");
}

async fn failing(client: &reqwest::Client, hms: &Hms) {
    let url = format!("{}/metrics", hms.api);
    eventually("the figure", || async {
        let figures = client.get(&url).send().await.ok()?.text().await.ok()?;
        figures
            .contains("hms_audit_checkpoints_file_failing 1")
            .then_some(())
    })
    .await;
}

/// Copies a database from one folder to another, in the place of what is there.
fn take(from: &Path, to: &Path) {
    for name in DATABASE {
        let _ = std::fs::remove_file(to.join(name));
        if from.join(name).exists() {
            std::fs::copy(from.join(name), to.join(name)).unwrap();
        }
    }
}

fn verify(data: &Path, more: &[&str]) -> (bool, String) {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_hms"));
    command.args(["audit", "verify", "--data-dir"]);
    let done = command.arg(data).args(more).output().unwrap();
    let said = [done.stdout, done.stderr].map(|text| String::from_utf8(text).unwrap());
    (done.status.success(), said.concat())
}

//! Personal data of the real program: where it must not be found, and what becomes of it.

use std::path::Path;
use std::process::{Command, Output};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::postgres::{self, Server};
use crate::support::{Hms, Setup, eventually, get, post};

const SEVERE: &str = "A caller said he was from my bank and I wired $18,400 of my savings.";
const ADDRESS: &str = "maria.quispe@example.org";

/// Runs a command of the program to its end.
fn hms(arguments: &[&str], at: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hms"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("HMS_")) {
        command.env_remove(name);
    }
    command.args(arguments).args(at).output().unwrap()
}

fn said(output: &Output) -> String {
    let both = [&output.stdout[..], &output.stderr[..]].concat();
    String::from_utf8(both).unwrap()
}

fn has(bytes: &[u8], text: &str) -> bool {
    bytes
        .windows(text.len())
        .any(|part| part == text.as_bytes())
}

/// A node that logs everything into a file, with what it prints beside it.
fn start(setup: &Setup, log: &Path) -> (Hms, Arc<Mutex<String>>) {
    let mut command = setup.command_logging(log);
    command.env("HMS_LOG", "trace");
    Hms::listened_to(command)
}

/// Files a report with an address; its run.
async fn file(client: &reqwest::Client, api: &str, text: &str) -> String {
    let payload = json!({"complaintId": "C-42", "text": text, "email": ADDRESS});
    let event = json!({"name": "ComplaintLogged", "payload": payload});
    let (status, accepted) = post(client, &format!("{}/act/events", api), &event).await;
    assert_eq!(status, 202, "{accepted}");
    accepted["runs"][0]["run_id"].as_str().unwrap().to_owned()
}

/// The open task of a run for an actor.
async fn task_of(client: &reqwest::Client, api: &str, run: &str, actor: &str) -> String {
    let url = format!("{}/act/tasks?actor={actor}&limit=1000", api);
    let what = format!("a task for {actor}");
    let task = eventually(&what, || async {
        let tasks = get(client, &url).await?;
        let mut tasks = tasks.as_array()?.iter();
        tasks.find(|task| task["run_id"] == run).cloned()
    });
    task.await["id"].as_str().unwrap().to_owned()
}

/// Lives a report through: labelled, reviewed by who claims it and starts again meanwhile, its sender told.
async fn live_through(client: &reqwest::Client, api: &str, restart: impl AsyncFnOnce()) -> String {
    let run = file(client, api, SEVERE).await;
    let task = task_of(client, api, &run, "HUMAN:investigator").await;
    let claim = format!("{}/act/tasks/{task}/claim?worker=ivy&lease=1h", api);
    let (status, claimed) = post(client, &claim, &json!({})).await;
    assert_eq!(
        (status, &claimed["payload"]["email"]),
        (200, &json!(ADDRESS))
    );
    restart().await;
    let (status, again) = post(client, &claim, &json!({})).await;
    assert_eq!((status, &again["payload"]["email"]), (200, &json!(ADDRESS)));
    let complete = format!("{}/act/tasks/{task}/complete?worker=ivy", api);
    let (status, done) = post(client, &complete, &json!({"outcome": "approve"})).await;
    assert_eq!(status, 200, "{done}");
    let url = format!("{}/act/runs/{run}", api);
    let ended = eventually("the run's end", || async {
        let run = get(client, &url).await;
        run.filter(|run| run["status"] != "RUNNING")
    });
    assert_eq!(ended.await["status"], "COMPLETED");
    run
}

/// A free port, for a node that is to be found again where it was.
fn port() -> String {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    free.local_addr().unwrap().to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_in_no_file_of_the_database_and_in_no_log_and_goes_when_told_to() {
    let data = tempfile::tempdir().unwrap();
    let log = data.path().join("log");
    let (api, portal) = (port(), port());
    let setup = Setup::demo(
        data.path(),
        &[
            "--api-addr",
            &api,
            "--portal-addr",
            &portal,
            "--no-sample-history",
        ],
    );
    let (node, mut printed) = start(&setup, &log);
    let client = reqwest::Client::new();
    let api = node.api.clone();
    let node = Mutex::new(Some(node));
    // The node is killed between claim and completion, and comes up where it was.
    let run = live_through(&client, &api, async || {
        node.lock().unwrap().take().unwrap().kill();
        let (again, more) = start(&setup, &log);
        let before = std::mem::replace(&mut printed, more);
        let before = before.lock().unwrap();
        assert!(before.contains("FTC-Complaint") && !before.contains(ADDRESS));
        *node.lock().unwrap() = Some(again);
    })
    .await;
    assert!(!printed.lock().unwrap().contains(ADDRESS));
    let logged = std::fs::read(&log).unwrap();
    assert!(has(&logged, "hms_server"), "there is a log to look through");
    assert!(!has(&logged, ADDRESS), "in the log");
    let (mut looked, mut words) = (0, false);
    for file in std::fs::read_dir(data.path()).unwrap() {
        let path = file.unwrap().path();
        let Ok(bytes) = std::fs::read(&path) else {
            continue;
        };
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        looked += usize::from(name.starts_with("hms.db"));
        words |= has(&bytes, "from my bank");
        assert!(!has(&bytes, ADDRESS), "in {name}");
    }
    assert!(looked >= 2 && words, "the look finds what is there");

    let folder = data.path().display().to_string();
    let at = ["--data-dir", &folder];
    let erase = [
        "personal",
        "erase",
        "--run",
        &run,
        "--reason",
        "Asked for it",
    ];
    let first = hms(&erase, &at);
    assert!(
        said(&first).starts_with("Erased 1 value."),
        "{}",
        said(&first)
    );
    let again = hms(&erase, &at);
    assert!(again.status.success());
    assert_eq!(said(&again), "There was nothing left to erase.\n");
    for (wrong, told) in [
        (
            ["personal", "erase", "--run", &run, "--reason", " "],
            "--reason wants 1 to 500",
        ),
        (
            [
                "personal",
                "erase",
                "--run",
                "019d0000-0000-7000-8000-000000000502",
                "--reason",
                "x",
            ],
            "there is no run 019d0000",
        ),
    ] {
        let refused = hms(&wrong, &at);
        assert!(!refused.status.success());
        assert!(said(&refused).contains(told), "{}", said(&refused));
    }
    let verified = hms(&["audit", "verify"], &at);
    assert!(verified.status.success(), "{}", said(&verified));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dump_of_the_database_has_it_sealed_only() {
    let data = tempfile::tempdir().unwrap();
    let url = Server::fresh_database().await;
    let setup = Setup::demo(
        data.path(),
        &["--database-url", &url, "--no-sample-history"],
    );
    let node = setup.start();
    let client = reqwest::Client::new();
    live_through(&client, &node.api, async || {}).await;
    let dump = Command::new(postgres::programs().join("pg_dump"))
        .args(["--inserts", "--dbname", &url])
        .output()
        .unwrap();
    assert!(dump.status.success(), "{}", said(&dump));
    assert!(
        has(&dump.stdout, "from my bank"),
        "the look finds what is there"
    );
    assert!(has(&dump.stdout, "personal:"));
    let hex: String = ADDRESS.bytes().map(|byte| format!("{byte:02x}")).collect();
    for text in [ADDRESS, "maria.quispe", &hex] {
        assert!(!has(&dump.stdout, text), "{text} is in the dump");
    }
}

/// The payload's address as somebody is given it who claims the task now.
async fn claimed(client: &reqwest::Client, api: &str, run: &str) -> Value {
    let task = task_of(client, api, run, "AI:fraud-labeler").await;
    let claim = format!("{}/act/tasks/{task}/claim?worker=w", api);
    let (status, task) = post(client, &claim, &json!({})).await;
    assert_eq!(status, 200, "{task}");
    let release = format!(
        "{}/act/tasks/{}/release?worker=w",
        api,
        task["id"].as_str().unwrap()
    );
    assert_eq!(post(client, &release, &json!({})).await.0, 200);
    task["payload"]["email"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn all_of_it_is_sealed_anew_while_a_node_runs_and_the_former_key_can_go() {
    let data = tempfile::tempdir().unwrap();
    let setup = Setup::demo(
        data.path(),
        &["--no-sample-history", "--builtin-workers", "none"],
    );
    let node = setup.start();
    let client = reqwest::Client::new();
    let mut runs = Vec::new();
    for _ in 0..3 {
        runs.push(file(&client, &node.api, "Spam").await);
    }
    let folder = data.path().display().to_string();
    let at = ["--data-dir", &folder];
    let path = data.path().join("personal.key");
    let old = std::fs::read_to_string(&path).unwrap();
    let new = format!("{}\n", "1f".repeat(32));

    // Without the former key nothing opens, so nothing is begun.
    std::fs::write(&path, &new).unwrap();
    let refused = hms(&["personal", "rotate"], &at);
    assert!(!refused.status.success());
    assert!(
        said(&refused).contains("without the key"),
        "{}",
        said(&refused)
    );

    std::fs::write(&path, format!("{new}{old}")).unwrap();
    let done = hms(&["personal", "rotate"], &at);
    assert!(done.status.success(), "{}", said(&done));
    assert!(
        said(&done).contains("3 values were sealed anew: everything is sealed by the first key"),
        "{}",
        said(&done)
    );
    // The node that runs was told nothing: it reads the file again when it meets a key it does not know.
    assert_eq!(claimed(&client, &node.api, &runs[0]).await, ADDRESS);
    let more = file(&client, &node.api, "Spam").await;
    let again = hms(&["personal", "rotate"], &at);
    assert!(
        said(&again).starts_with("0 values were sealed anew"),
        "it seals by the new key: {}",
        said(&again)
    );

    std::fs::write(&path, &new).unwrap();
    node.signal("HUP");
    for run in runs.iter().chain([&more]) {
        assert_eq!(claimed(&client, &node.api, run).await, ADDRESS);
    }
    assert!(node.terminate().1, "it ends well");
    let node = setup.start();
    assert_eq!(claimed(&client, &node.api, &more).await, ADDRESS);
    drop(node);
    let verified = hms(&["audit", "verify"], &at);
    assert!(verified.status.success(), "{}", said(&verified));

    // A value that was changed in the database does not open, whatever the keys.
    let file = format!("sqlite://{}", data.path().join("hms.db").display());
    let mut connection = <sqlx::SqliteConnection as sqlx::Connection>::connect(&file)
        .await
        .unwrap();
    sqlx::query(
        "UPDATE personal SET sealed = zeroblob(60) WHERE id = (SELECT min(id) FROM personal)",
    )
    .execute(&mut connection)
    .await
    .unwrap();
    sqlx::Connection::close(connection).await.unwrap();
    std::fs::write(&path, format!("{old}{new}")).unwrap();
    let told = hms(&["personal", "rotate"], &at);
    assert!(!told.status.success());
    assert!(
        said(&told).contains("3 values were sealed anew; 1 do not open"),
        "{}",
        said(&told)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_may_come_from_the_environment_and_from_one_place_only() {
    const KEY: &str = "2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e";
    let data = tempfile::tempdir().unwrap();
    let setup = Setup::demo(
        data.path(),
        &["--no-sample-history", "--builtin-workers", "none"],
    );
    let with = |key: &str| {
        let mut command = setup.command();
        command.env("HMS_PERSONAL_KEY", key);
        command
    };
    let refused = |mut command: Command| {
        let output = command.output().unwrap();
        assert!(!output.status.success());
        said(&output)
    };
    let told = refused(with("2e2e2e"));
    assert!(
        told.contains("64 hexadecimal digits") && !told.contains("2e2e2e"),
        "{told}"
    );

    let log = data.path().join("log");
    let mut command = with(KEY);
    command
        .env("HMS_LOG", "trace")
        .stderr(std::fs::File::create(&log).unwrap());
    let node = Hms::from(command);
    let client = reqwest::Client::new();
    let run = file(&client, &node.api, "Spam").await;
    assert_eq!(claimed(&client, &node.api, &run).await, ADDRESS);
    let path = data.path().join("personal.key");
    assert!(!path.exists(), "it is kept nowhere");
    drop(node);
    assert!(!has(&std::fs::read(&log).unwrap(), KEY), "in the log");

    let told = refused(setup.command());
    assert!(told.contains("personal.key is missing"), "{told}");
    let told = refused(with(&"3f".repeat(32)));
    assert!(told.contains("without the key"), "{told}");
    std::fs::write(&path, format!("{KEY}\n")).unwrap();
    let told = refused(with(KEY));
    assert!(
        told.contains("keep one of the two") && !told.contains(KEY),
        "{told}"
    );
    std::fs::remove_file(&path).unwrap();
    let node = Hms::from(with(&format!("{},{KEY}", "3f".repeat(32))));
    assert_eq!(claimed(&client, &node.api, &run).await, ADDRESS);
}

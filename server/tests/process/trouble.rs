//! Trouble with what is below: a disk without room, a database without a connection left, one that is slow.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{Connection, Executor};

use crate::nodes::node;
use crate::postgres::Server;
use crate::support::{Hms, Setup, eventually, get, post};

/// Room on a small disk, in megabytes.
const ROOM: u32 = 48;
/// More than fits on it.
const EVENTS_MAX: usize = 20_000;
/// How long a call may take to be told that the store is in trouble.
const TOLD_IN: Duration = Duration::from_secs(20);

/// A node and what it says on its standard error.
struct Troubled {
    hms: Hms,
    client: reqwest::Client,
    log: std::path::PathBuf,
    accepted: usize,
}

impl Troubled {
    fn start(mut command: Command, log: &Path) -> Troubled {
        command.stderr(Stdio::from(File::create(log).unwrap()));
        Troubled {
            hms: Hms::from(command),
            client: reqwest::Client::new(),
            log: log.to_owned(),
            accepted: 0,
        }
    }

    /// Files a complaint; whether it was accepted. Nothing but that and "come again" is an answer.
    async fn file(&mut self, text: &str) -> bool {
        let event =
            json!({"name": "ComplaintLogged", "payload": {"complaintId": "C-1", "text": text}});
        let asked = Instant::now();
        let sent = self.client.post(format!("{}/events", self.hms.api));
        let answer = sent.json(&event).send().await.unwrap();
        assert!(asked.elapsed() < TOLD_IN, "it took {:?}", asked.elapsed());
        match answer.status().as_u16() {
            202 => {
                self.accepted += 1;
                true
            }
            503 => {
                assert!(answer.headers().contains_key("retry-after"));
                false
            }
            other => panic!("{other}: {}", answer.text().await.unwrap()),
        }
    }

    async fn ready(&self) -> bool {
        let asked = self.client.get(format!("{}/readyz", self.hms.api));
        match asked.send().await.unwrap().status().as_u16() {
            200 => true,
            503 => false,
            other => panic!("{other}"),
        }
    }

    async fn well_again(&mut self) {
        eventually("the node to be ready again", || async {
            self.ready().await.then_some(())
        })
        .await;
        assert!(self.file("again").await);
    }

    /// What was accepted is there, nothing else is, and the log tells of the trouble once.
    async fn nothing_lost(&self) {
        let url = format!("{}/act/runs?status=RUNNING&limit=1000", self.hms.api);
        let runs = get(&self.client, &url).await.unwrap();
        let runs = runs.as_array().unwrap().len();
        assert_eq!(runs, self.accepted.min(1000));
        let told = std::fs::read_to_string(&self.log).unwrap();
        let lines = |what: &str| told.lines().filter(|line| line.contains(what)).count();
        assert_eq!(lines("the store does not answer"), 1, "{told}");
        assert_eq!(lines("the store answers again"), 1, "{told}");
    }
}

/// Writes until there is no room left.
fn fill(path: &Path) {
    let mut file = OpenOptions::new()
        .create_new(true)
        .write(true)
        .open(path)
        .unwrap();
    for size in [1 << 20, 4096, 1] {
        let block = vec![b'x'; size];
        while file.write_all(&block).is_ok() {}
    }
    file.sync_all().unwrap();
}

/// Whether this machine lets a program see a disk that others do not.
fn disks_of_our_own(arguments: &[&str]) -> bool {
    let tried = Command::new("unshare").args(arguments).arg("true").status();
    let there = tried.is_ok_and(|status| status.success());
    if !there {
        eprintln!(
            "not shown: `unshare {}` is refused here",
            arguments.join(" ")
        );
    }
    there
}

/// From the first refusal to the end, once the disk is full.
async fn full_disk(mut node: Troubled, filler: &Path) {
    assert!(node.file("before").await);
    assert!(node.ready().await);
    fill(filler);
    let long = "They called again. ".repeat(400);
    let mut refused = false;
    for _ in 0..EVENTS_MAX {
        if !node.file(&long).await {
            refused = true;
            break;
        }
    }
    assert!(refused, "a full disk takes everything");
    assert!(!node.ready().await);
    for _ in 0..5 {
        assert!(!node.file(&long).await);
    }
    // The process is well, and what is there can be read.
    for path in ["healthz", "act/runs?limit=1"] {
        let url = format!("{}/{path}", node.hms.api);
        assert!(get(&node.client, &url).await.is_some(), "{path}");
    }
    std::fs::remove_file(filler).unwrap();
    node.well_again().await;
    node.nothing_lost().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_told_and_what_was_accepted_is_kept() {
    const MOUNT: &str = r#"mount -t tmpfs -o "size=$1m" tmpfs "$2" && shift 2 && exec "$@""#;
    const OWN: [&str; 2] = ["--map-root-user", "--mount"];
    if !disks_of_our_own(&OWN) {
        return;
    }
    let (data, logs) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let plain = Setup::demo(
        data.path(),
        &["--builtin-workers", "none", "--no-sample-history"],
    )
    .command();
    let mut command = Command::new("unshare");
    command
        .args(OWN)
        .args(["sh", "-c", MOUNT, "sh", &ROOM.to_string()])
        .arg(data.path())
        .arg(plain.get_program())
        .args(plain.get_args());
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("HMS_")) {
        command.env_remove(name);
    }
    let node = Troubled::start(command, &logs.path().join("stderr"));
    let filler = node.hms.its(&data.path().join("filler"));
    full_disk(node, &filler).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_whose_disk_is_full_is_told_and_what_was_accepted_is_kept() {
    if !disks_of_our_own(&["--mount"]) {
        return;
    }
    let data = tempfile::tempdir().unwrap();
    let server = Server::with_small_disk(ROOM);
    let url = server.database_on_small_disk().await;
    let command = node(data.path(), &url, "1").command();
    let node = Troubled::start(command, &data.path().join("stderr"));
    full_disk(node, &server.on_small_disk("filler")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_connection_left_nodes_say_so_and_then_go_on() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start("-c max_connections=15 -c superuser_reserved_connections=0");
    let url = server.database().await;
    let command = node(data.path(), &url, "1").command();
    let mut node = Troubled::start(command, &data.path().join("stderr"));
    assert!(node.file("before").await);

    // Somebody else's program takes every connection, and the node's are cut.
    let options: PgConnectOptions = url.parse().unwrap();
    let mut others = vec![PgConnection::connect_with(&options).await.unwrap()];
    let until = Instant::now() + Duration::from_secs(30);
    loop {
        assert!(Instant::now() < until, "the node keeps its connections");
        while let Ok(connection) = PgConnection::connect_with(&options).await {
            others.push(connection);
        }
        let cut: Vec<bool> = sqlx::query_scalar(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'hms'",
        )
        .fetch_all(&mut others[0])
        .await
        .unwrap();
        if cut.is_empty() {
            break;
        }
    }
    assert!(!node.file("meanwhile").await);
    assert!(!node.ready().await);
    for other in others {
        other.close().await.unwrap();
    }
    node.well_again().await;
    node.nothing_lost().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_small_pool_serves_everybody_in_turn() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start("");
    let url = server.database().await;
    let command = node(data.path(), &format!("{url}?max_connections=1"), "1").command();
    let hms = Hms::from(command);
    let client = reqwest::Client::new();
    let event = json!({"name": "ComplaintLogged", "payload": {"complaintId": "C-1", "text": "x"}});
    let (status, answer) = post(&client, &format!("{}/events", hms.api), &event).await;
    assert_eq!(status, 202, "{answer}");
    let mut asked = tokio::task::JoinSet::new();
    for n in 0..200 {
        let (client, api) = (client.clone(), hms.api.clone());
        asked.spawn(async move {
            let path = ["act/runs", "act/tasks?actor=AI:*", "act/workers"][n % 3];
            get(&client, &format!("{api}/{path}")).await
        });
    }
    while let Some(answer) = asked.join_next().await {
        assert!(matches!(
            answer.unwrap(),
            Some(Value::Array(_) | Value::Object(_))
        ));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_slow_is_told_within_seconds_and_not_waited_for() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start("");
    let url = server.database().await;
    let command = node(data.path(), &url, "1").command();
    let mut node = Troubled::start(command, &data.path().join("stderr"));
    assert!(node.file("before").await);
    let options: PgConnectOptions = url.parse().unwrap();
    let mut other = PgConnection::connect_with(&options).await.unwrap();
    let mut held = other.begin().await.unwrap();
    held.execute("LOCK TABLE runs IN ACCESS EXCLUSIVE MODE")
        .await
        .unwrap();
    assert!(!node.file("meanwhile").await);
    assert!(!node.ready().await);
    held.rollback().await.unwrap();
    node.well_again().await;
    node.nothing_lost().await;
}

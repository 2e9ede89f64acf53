//! Several nodes on one PostgreSQL database: seen at each other, killed, stopped, and the database
//! itself going away.

use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::load::Load;
use crate::postgres::Server;
use crate::support::{Setup, eventually, get, post};

/// How soon a change at one node must be seen at another.
const SOON: Duration = Duration::from_secs(1);

/// A node on a database, without people or workers that get in the way.
pub(crate) fn node(data: &Path, url: &str, rate: &str) -> Setup {
    let args = [
        "--database-url",
        url,
        "--clock-rate",
        rate,
        "--builtin-workers",
        "none",
        "--no-sample-history",
    ];
    Setup::demo(data, &args)
}

fn complaint() -> Value {
    json!({"name": "ComplaintLogged", "payload": {"complaintId": "C-42", "text": "Spam calls"}})
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happens_at_one_node_is_seen_at_the_other_within_a_second() {
    let data = tempfile::tempdir().unwrap();
    let url = Server::fresh_database().await;
    let setup = node(data.path(), &url, "1");
    let (a, b) = (setup.start(), setup.start());
    let client = reqwest::Client::new();
    let (status, emitted) = post(&client, &format!("{}/events", a.api), &complaint()).await;
    assert_eq!(status, 202, "{emitted}");
    let run = emitted["runs"][0]["run_id"].as_str().unwrap();
    // B gives the task out and takes it back; whoever waits at A hears of what follows.
    let waiting = {
        let (client, api) = (client.clone(), a.api.clone());
        tokio::spawn(async move {
            let url = format!("{api}/act/tasks?actor=HUMAN:investigator&wait=30s");
            (get(&client, &url).await, Instant::now())
        })
    };
    let free = format!("{}/tasks?actor=AI:fraud-labeler&lease=60s", b.api);
    let tasks = get(&client, &free).await.unwrap();
    let task = tasks[0]["id"].as_str().unwrap();
    // The waiting call has to be there before what it waits for, or it proves nothing.
    eventually("the call that waits at A", || async {
        let workers = get(&client, &format!("{}/workers", a.api)).await?;
        workers
            .to_string()
            .contains("HUMAN:investigator")
            .then_some(())
    })
    .await;
    let finished = Instant::now();
    let path = format!("{}/tasks/{task}/complete", b.api);
    let (status, answer) = post(&client, &path, &json!({"severity": "High"})).await;
    assert_eq!(status, 200, "{answer}");
    let (seen, when) = waiting.await.unwrap();
    assert_eq!(seen.unwrap()[0]["run_id"], run);
    assert!(when - finished < SOON, "{:?}", when - finished);
    // A definition deployed at A starts runs at B at once.
    let source = "id: Greeting\nstart: Greeted\nsteps:\n  - id: greet\n    actor: SVC:greeter\n";
    let deployed = client
        .post(format!("{}/act/workflows", a.api))
        .header("content-type", "application/yaml")
        .body(source)
        .send()
        .await
        .unwrap();
    assert!(
        deployed.status().is_success(),
        "{}",
        deployed.text().await.unwrap()
    );
    let event = json!({"name": "Greeted", "payload": {}});
    let (status, answer) = post(&client, &format!("{}/events", b.api), &event).await;
    assert_eq!(status, 202, "{answer}");
    // And time is the same at both.
    let (_, here) = post(&client, &format!("{}/events", a.api), &complaint()).await;
    let run = here["runs"][0]["run_id"].as_str().unwrap();
    let there = get(&client, &format!("{}/runs/{run}", b.api))
        .await
        .unwrap();
    assert_eq!(there["status"], "RUNNING");
    // Each ends when it is told to, whatever listens and waits.
    for node in [a, b] {
        let (took, well) = node.terminate();
        assert!(well && took < Duration::from_secs(5), "{took:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_killed_fifty_times_lose_nothing_and_double_nothing() {
    const RUNS: usize = 400;
    const KILLS: usize = 50;
    let data = tempfile::tempdir().unwrap();
    let url = Server::fresh_database().await;
    let setup = node(data.path(), &url, "1");
    let mut nodes = [setup.start(), setup.start()];
    let underway = Load::begin(RUNS, &[&nodes[0], &nodes[1]]).await;
    for kill in 1..=KILLS {
        underway.load.accepted(RUNS * kill / (KILLS + 1)).await;
        let n = kill % 2;
        let fresh = setup.start();
        underway.load.moved(n, &fresh).await;
        std::mem::replace(&mut nodes[n], fresh).kill();
    }
    underway.end(&nodes[0]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_stands_still_keeps_nothing_from_the_others() {
    const RUNS: usize = 200;
    let data = tempfile::tempdir().unwrap();
    let url = Server::fresh_database().await;
    let setup = node(data.path(), &url, "1");
    let (a, b) = (setup.start(), setup.start());
    let underway = Load::begin(RUNS, &[&a, &b]).await;
    underway.load.accepted(RUNS / 4).await;
    a.signal("STOP");
    // All goes to B now, while A may hold locks, leases and answers.
    underway.load.moved(0, &b).await;
    underway.load.accepted(RUNS * 3 / 4).await;
    a.signal("CONT");
    underway.load.moved(0, &a).await;
    underway.end(&a).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_standby_takes_over_under_load_and_nothing_accepted_is_lost() {
    const RUNS: usize = 150;
    let data = tempfile::tempdir().unwrap();
    let mut primary = Server::start("");
    let url = primary.database().await;
    let mut standby = primary.standby().await;
    let setup = node(data.path(), &primary.or(&url, &standby), "1");
    let (a, b) = (setup.start(), setup.start());
    let underway = Load::begin(RUNS, &[&a, &b]).await;
    underway.load.accepted(RUNS / 3).await;
    primary.stop("immediate");
    standby.promote();
    underway.load.accepted(RUNS * 2 / 3).await;
    underway.end(&b).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_database_is_away_nodes_say_so_and_then_go_on_by_themselves() {
    let data = tempfile::tempdir().unwrap();
    let mut server = Server::start("");
    let url = server.database().await;
    let log = data.path().join("stderr");
    let mut command = node(data.path(), &url, "1").command();
    let stderr = std::fs::File::create(&log).unwrap();
    command.stderr(Stdio::from(stderr));
    let hms = crate::support::Hms::from(command);
    let client = reqwest::Client::new();
    let events = format!("{}/events", hms.api);
    let ready = format!("{}/readyz", hms.api);
    let (status, before) = post(&client, &events, &complaint()).await;
    assert_eq!(status, 202, "{before}");
    for how in ["fast", "immediate"] {
        server.stop(how);
        for _ in 0..3 {
            let answer = client
                .post(&events)
                .json(&complaint())
                .send()
                .await
                .unwrap();
            assert_eq!(answer.status(), 503);
            assert!(answer.headers().contains_key("retry-after"));
        }
        let answer = client.get(&ready).send().await.unwrap();
        assert_eq!(answer.status(), 503);
        // The process itself is well.
        let alive = client.get(format!("{}/healthz", hms.api)).send();
        assert_eq!(alive.await.unwrap().status(), 200);
        server.start_again();
        eventually("the node to be ready again", || async {
            let answer = client.get(&ready).send().await.ok()?;
            answer.status().is_success().then_some(())
        })
        .await;
        let (status, after) = post(&client, &events, &complaint()).await;
        assert_eq!(status, 202, "{after}");
    }
    // What was accepted before is still there, and what was refused is not.
    let run = before["runs"][0]["run_id"].as_str().unwrap();
    let kept = get(&client, &format!("{}/runs/{run}", hms.api))
        .await
        .unwrap();
    assert_eq!(kept["status"], "RUNNING");
    let tasks = get(&client, &format!("{}/tasks?actor=AI:*", hms.api))
        .await
        .unwrap();
    assert_eq!(tasks.as_array().unwrap().len(), 3);
    let told = std::fs::read_to_string(&log).unwrap();
    let lines = |what: &str| told.lines().filter(|line| line.contains(what)).count();
    assert_eq!(
        lines("the store does not answer"),
        2,
        "once each time:\n{told}"
    );
    assert_eq!(lines("the store answers again"), 2, "{told}");
}

#[test]
fn an_address_where_no_database_is_ends_the_start_with_one_line() {
    let data = tempfile::tempdir().unwrap();
    let url = "postgres://hms:secret@127.0.0.1:1/hms";
    let output = node(data.path(), url, "1").command().output().unwrap();
    assert!(!output.status.success());
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(told.contains("the store is unavailable"), "{told}");
    assert!(!told.contains("secret"), "{told}");
}

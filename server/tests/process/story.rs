//! The main job over HTTP, against the real program: a complaint is labelled, reviewed against its
//! clock, escalated when missed, and its sender told.

use crate::support::{Hms, Setup, eventually, get, post};
use serde_json::{Value, json};

const SEVERE: &str = "A caller said he was from my bank and I wired $18,400 of my savings.";

async fn file(client: &reqwest::Client, hms: &Hms, text: &str) -> String {
    let event = json!({"name": "ComplaintLogged", "payload": {"complaintId": "C-42", "text": text, "email": "reporter@example.org"}});
    let (status, accepted) = post(client, &format!("{}/act/events", hms.api), &event).await;
    assert_eq!(status, 202, "{accepted}");
    accepted["runs"][0]["run_id"].as_str().unwrap().to_owned()
}

/// The open task of a run for an actor.
async fn task_for(client: &reqwest::Client, hms: &Hms, run: &str, actor: &str) -> Value {
    let url = format!("{}/act/tasks?actor={actor}&limit=1000", hms.api);
    eventually(&format!("a task for {actor}"), || async {
        let tasks = get(client, &url).await?;
        tasks
            .as_array()?
            .iter()
            .find(|task| task["run_id"] == run)
            .cloned()
    })
    .await
}

async fn run_ends(client: &reqwest::Client, hms: &Hms, run: &str) -> Value {
    let url = format!("{}/act/runs/{run}", hms.api);
    eventually("the run's end", || async {
        get(client, &url)
            .await
            .filter(|run| run["status"] != "RUNNING")
    })
    .await
}

fn mails(data: &std::path::Path) -> Vec<String> {
    let Ok(folder) = std::fs::read_dir(data.join("mail")) else {
        return Vec::new();
    };
    folder
        .map(|mail| std::fs::read_to_string(mail.unwrap().path()).unwrap())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_severe_complaint_is_reviewed_and_its_sender_told() {
    let data = tempfile::tempdir().unwrap();
    let hms = Setup::demo(data.path(), &[]).start();
    let client = reqwest::Client::new();
    let run = file(&client, &hms, SEVERE).await;

    let review = task_for(&client, &hms, &run, "HUMAN:investigator").await;
    assert_eq!(review["step_id"], "human_review");
    assert_eq!(review["status"], "NEW");
    let created: chrono::DateTime<chrono::Utc> =
        review["created"].as_str().unwrap().parse().unwrap();
    let expires: chrono::DateTime<chrono::Utc> =
        review["expires"].as_str().unwrap().parse().unwrap();
    assert_eq!((expires - created).num_hours(), 4);

    let task = review["id"].as_str().unwrap();
    let complete = format!("{}/tasks/{task}/complete", hms.api);
    let approve = json!({"outcome": "approve", "approved": true, "note": "Call the bank."});
    let (status, done) = post(&client, &complete, &approve).await;
    assert_eq!((status, &done["status"]), (200, &json!("DONE")), "{done}");
    let (again, _) = post(&client, &complete, &approve).await;
    assert_eq!(
        again, 200,
        "the same result again is answered like the first time"
    );
    let (other, problem) = post(
        &client,
        &complete,
        &json!({"outcome": "reject", "note": "x"}),
    )
    .await;
    assert_eq!(other, 409, "{problem}");

    assert_eq!(run_ends(&client, &hms, &run).await["status"], "COMPLETED");
    let mails = mails(data.path());
    assert_eq!(mails.len(), 1);
    assert!(mails[0].contains("reporter@example.org"));
    assert!(
        !mails[0].contains("18,400"),
        "a mail carries nothing of what was reported"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missed_deadline_goes_to_the_supervisor_and_is_counted_once() {
    let data = tempfile::tempdir().unwrap();
    // Four hours in four seconds.
    let hms = Setup::demo(data.path(), &["--clock-rate", "3600"]).start();
    let client = reqwest::Client::new();
    // Some weeks around workflow time, which runs fast here.
    let newest = get(&client, &format!("{}/act/runs?limit=1", hms.api)).await;
    let started = newest.unwrap()[0]["started"].as_str().unwrap()[..10].to_owned();
    let today: chrono::NaiveDate = started.parse().unwrap();
    let (from, to) = (today - chrono::Days::new(40), today + chrono::Days::new(40));
    let breaches = || async {
        let url = format!("{}/act/reports/sla?from={from}&to={to}", hms.api);
        let report = get(&client, &url).await.expect("the SLA report");
        report["total"]["breached"]
            .as_u64()
            .expect("a number of breaches")
    };
    // The sample history's own open tasks may breach meanwhile; wait until none is open.
    let open = format!(
        "{}/act/tasks?actor=HUMAN:investigator&status=NEW,CLAIMED",
        hms.api
    );
    eventually("the sample history's deadlines", || async {
        get(&client, &open)
            .await
            .filter(|open| open.as_array().is_some_and(Vec::is_empty))
    })
    .await;
    let before = breaches().await;

    let run = file(&client, &hms, SEVERE).await;
    let review = task_for(&client, &hms, &run, "HUMAN:investigator").await;
    let escalated = task_for(&client, &hms, &run, "HUMAN:supervisor").await;
    assert_eq!(escalated["step_id"], "escalate");
    let review_id = review["id"].as_str().unwrap();
    let closed = get(&client, &format!("{}/act/tasks/{review_id}", hms.api))
        .await
        .unwrap();
    assert_eq!(closed["status"], "TIMEOUT");
    let late = format!("{}/act/tasks/{review_id}/complete", hms.api);
    let (status, problem) = post(&client, &late, &json!({"outcome": "approve"})).await;
    assert_eq!(status, 409, "{problem}");

    let task = escalated["id"].as_str().unwrap();
    let complete = format!("{}/act/tasks/{task}/complete", hms.api);
    assert_eq!(
        post(&client, &complete, &json!({"outcome": "approve"}))
            .await
            .0,
        200
    );
    assert_eq!(run_ends(&client, &hms, &run).await["status"], "COMPLETED");
    assert_eq!(breaches().await, before + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_naive_worker_loop_works_with_and_without_the_prefix() {
    let data = tempfile::tempdir().unwrap();
    let hms = Setup::demo(data.path(), &["--builtin-workers", "none"]).start();
    let client = reqwest::Client::new();
    for prefix in ["", "/act"] {
        let run = file(&client, &hms, "Spam calls").await;
        for actor in ["AI:fraud-labeler", "SVC:email-svc"] {
            let task = task_for(&client, &hms, &run, actor).await;
            let url = format!(
                "{}{prefix}/tasks/{}/complete",
                hms.api,
                task["id"].as_str().unwrap()
            );
            let (status, done) = post(&client, &url, &json!({"severity": "Low"})).await;
            assert_eq!(status, 200, "{done}");
        }
        assert_eq!(run_ends(&client, &hms, &run).await["status"], "COMPLETED");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sigterm_drains_and_ends_within_five_seconds() {
    let data = tempfile::tempdir().unwrap();
    let hms = Setup::demo(data.path(), &[]).start();
    let client = reqwest::Client::new();
    let run = file(&client, &hms, SEVERE).await;
    // A long poll and an idle connection are open while it stops.
    let poll = client
        .get(format!("{}/act/tasks?actor=AI:nobody&wait=30s", hms.api))
        .send();
    let poll = tokio::spawn(poll);
    task_for(&client, &hms, &run, "HUMAN:investigator").await;
    let (took, well) = tokio::task::spawn_blocking(move || hms.terminate())
        .await
        .unwrap();
    assert!(
        well && took.as_secs() < 5,
        "ended well: {well}, after {took:?}"
    );
    let _ = poll.await;
    let hms = Setup::demo(data.path(), &[]).start();
    task_for(&client, &hms, &run, "HUMAN:investigator").await;
}

#[test]
fn what_is_wrong_at_start_is_one_clear_line() {
    let data = tempfile::tempdir().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().to_string();
    let told = |args: &[&str]| {
        let output = Setup::demo(data.path(), args).command().output().unwrap();
        assert!(!output.status.success());
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(stderr.trim().lines().count(), 1, "{stderr}");
        stderr
    };
    assert!(told(&["--api-addr", &port]).contains(&format!("{port} is in use")));
    assert!(told(&["--portal-addr", "0.0.0.0:0"]).contains("--demo"));
    assert!(told(&["--database-url", "mysql://u:secret@h/d"]).contains("sqlite://PATH"));
}

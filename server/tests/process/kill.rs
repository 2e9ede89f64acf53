//! What was accepted is kept: the program is killed in the middle of 500 runs under load.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::support::{Setup, eventually, get};
use serde_json::{Value, json};
use tokio::sync::{Mutex, RwLock};

const RUNS: usize = 500;
const KILLS: usize = 4;
/// Every third case is severe; every second of those is left to its deadline.
const SEVERE_EACH: usize = 3;

/// What the program has said 2xx to.
#[derive(Default)]
struct Accepted {
    /// Event → its run.
    events: HashMap<usize, String>,
    /// Task → the result it was finished with.
    completions: HashMap<String, Value>,
}

struct Load {
    client: reqwest::Client,
    api: RwLock<String>,
    accepted: Mutex<Accepted>,
    over: AtomicBool,
}

impl Load {
    /// Posts until there is an answer; the program may be gone meanwhile.
    async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        loop {
            let url = format!("{}{path}", self.api.read().await);
            if let Ok(answer) = self.client.post(url).json(body).send().await {
                let status = answer.status().as_u16();
                if status != 503
                    && let Ok(body) = answer.json().await
                {
                    return (status, body);
                }
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    async fn tasks(&self, actor: &str) -> Vec<Value> {
        let url = format!(
            "{}/act/tasks?actor={actor}&limit=50&wait=1s",
            self.api.read().await
        );
        match get(&self.client, &url).await {
            Some(Value::Array(tasks)) => tasks,
            _ => {
                tokio::time::sleep(Duration::from_millis(10)).await;
                Vec::new()
            }
        }
    }

    async fn emit(&self, n: usize) {
        let event = json!({"specversion": "1.0", "type": "ComplaintLogged", "source": "load", "id": n.to_string(),
            "data": {"complaintId": format!("C-{n}"), "text": "x"}});
        let body = event.to_string();
        loop {
            let url = format!("{}/act/events", self.api.read().await);
            let sent = self
                .client
                .post(url)
                .header("content-type", "application/cloudevents+json")
                .body(body.clone())
                .send()
                .await;
            if let Ok(answer) = sent
                && answer.status().is_success()
                && let Ok(answer) = answer.json::<Value>().await
            {
                let run = answer["runs"][0]["run_id"].as_str().unwrap().to_owned();
                let known = self.accepted.lock().await.events.insert(n, run.clone());
                assert!(
                    known.is_none_or(|known| known == run),
                    "one event, two runs"
                );
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// The naive worker loop, for one actor.
    async fn work(&self, actor: &str) {
        while !self.over.load(Ordering::Relaxed) {
            for task in self.tasks(actor).await {
                let n: usize = task["payload"]["complaintId"].as_str().unwrap()[2..]
                    .parse()
                    .unwrap();
                let severe = n.is_multiple_of(SEVERE_EACH);
                let result = match actor {
                    "AI:fraud-labeler" => {
                        json!({"severity": if severe { "High" } else { "Low" }, "n": n})
                    }
                    "SVC:email-svc" => json!({"sent": n}),
                    // Left to its deadline.
                    "HUMAN:investigator" if n.is_multiple_of(2 * SEVERE_EACH) => continue,
                    _ => json!({"outcome": "approve", "approved": true, "note": format!("n {n}")}),
                };
                let id = task["id"].as_str().unwrap().to_owned();
                let (status, answer) = self.post(&format!("/tasks/{id}/complete"), &result).await;
                match status {
                    200 => {
                        self.accepted.lock().await.completions.insert(id, result);
                    }
                    409 => {}
                    other => panic!("{other}: {answer}"),
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_in_the_middle_nothing_is_lost_and_nothing_is_doubled() {
    let data = tempfile::tempdir().unwrap();
    // Four hours in six seconds; no sample history and no built-in workers get in the way.
    let setup = Setup::demo(
        data.path(),
        &[
            "--clock-rate",
            "2400",
            "--builtin-workers",
            "none",
            "--no-sample-history",
        ],
    );
    let mut hms = setup.start();
    let load = Arc::new(Load {
        client: reqwest::Client::builder()
            .timeout(Duration::from_secs(10))
            .build()
            .unwrap(),
        api: RwLock::new(hms.api.clone()),
        accepted: Mutex::default(),
        over: AtomicBool::new(false),
    });
    let mut tasks = tokio::task::JoinSet::new();
    for actor in [
        "AI:fraud-labeler",
        "SVC:email-svc",
        "HUMAN:investigator",
        "HUMAN:supervisor",
    ] {
        let load = load.clone();
        tasks.spawn(async move { load.work(actor).await });
    }
    let emitting = load.clone();
    let emitter = tokio::spawn(async move {
        for n in 0..RUNS {
            emitting.emit(n).await;
        }
    });
    for kill in 1..=KILLS {
        // Not by the clock but by what was accepted, so that each kill falls into the load.
        let goal = RUNS * kill / (KILLS + 1);
        eventually("events to be accepted", || async {
            (load.accepted.lock().await.events.len() >= goal).then_some(())
        })
        .await;
        hms.kill();
        hms = setup.start();
        *load.api.write().await = hms.api.clone();
    }
    emitter.await.unwrap();
    let running = format!("{}/act/runs?status=RUNNING&limit=1", hms.api);
    eventually("every run's end", || async {
        let runs = get(&load.client, &running).await?;
        let rows = runs.get("runs").unwrap_or(&runs);
        rows.as_array()?.is_empty().then_some(())
    })
    .await;
    load.over.store(true, Ordering::Relaxed);
    while let Some(done) = tasks.join_next().await {
        done.unwrap();
    }

    let accepted = load.accepted.lock().await;
    assert_eq!(accepted.events.len(), RUNS);
    let runs: HashSet<&String> = accepted.events.values().collect();
    assert_eq!(runs.len(), RUNS, "each event has a run of its own");
    let mut completed_by_history: HashMap<String, Value> = HashMap::new();
    let mut timeouts = 0;
    for (n, run) in &accepted.events {
        let state = get(&load.client, &format!("{}/act/runs/{run}", hms.api))
            .await
            .unwrap();
        assert_eq!(state["status"], "COMPLETED", "{state}");
        let history = get(&load.client, &format!("{}/act/runs/{run}/history", hms.api))
            .await
            .unwrap();
        let rows = history
            .get("history")
            .unwrap_or(&history)
            .as_array()
            .unwrap()
            .clone();
        let entries: Vec<&Value> = rows
            .iter()
            .flat_map(|row| row["entries"].as_array().unwrap())
            .collect();
        let of = |kind: &str| entries.iter().filter(|entry| entry["kind"] == kind).count();
        assert_eq!(of("run_completed"), 1, "{history}");
        assert_eq!(of("run_started"), 1);
        let missed = of("task_timed_out");
        assert_eq!(
            missed,
            usize::from(n.is_multiple_of(2 * SEVERE_EACH)),
            "run {n}: {history}"
        );
        timeouts += missed;
        let mut closed = HashSet::new();
        for entry in entries {
            let kind = entry["kind"].as_str().unwrap();
            if ["task_completed", "task_timed_out", "task_cancelled"].contains(&kind) {
                let task = entry["task"].as_str().unwrap().to_owned();
                assert!(closed.insert(task.clone()), "task {task} closed twice");
                if kind == "task_completed" {
                    completed_by_history.insert(task, entry["result"].clone());
                }
            }
        }
    }
    assert_eq!(timeouts, RUNS.div_ceil(2 * SEVERE_EACH));
    for (task, result) in &accepted.completions {
        assert_eq!(
            completed_by_history.get(task),
            Some(result),
            "an accepted completion is kept"
        );
    }
}

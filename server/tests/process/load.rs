//! A load of cases with a worker for each actor, and what must be true when it is over.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::{Mutex, RwLock};
use tokio::task::{JoinHandle, JoinSet};

use crate::support::{Hms, eventually, get};

/// Every third case is severe; every second of those is left to its deadline.
const SEVERE_EACH: usize = 3;

/// What is worked on. Only who is left to a deadline has one that can be missed: how fast the machine is
/// must not change what becomes of a case.
const WORKFLOW: &str = include_str!("load.yml");

/// The case is left to its deadline.
fn left(n: usize) -> bool {
    n.is_multiple_of(2 * SEVERE_EACH)
}

/// What the case is found to be.
fn severity(n: usize) -> &'static str {
    match n {
        _ if left(n) => "Left",
        _ if n.is_multiple_of(SEVERE_EACH) => "High",
        _ => "Low",
    }
}

/// What the program has said 2xx to.
#[derive(Default)]
struct Accepted {
    /// Event → its run.
    events: HashMap<usize, String>,
    /// Task → the result it was finished with.
    completions: HashMap<String, Value>,
}

/// The load on one node or several.
pub(crate) struct Load {
    runs: usize,
    client: reqwest::Client,
    apis: RwLock<Vec<String>>,
    turn: AtomicUsize,
    accepted: Mutex<Accepted>,
    over: AtomicBool,
}

/// The load under way.
pub(crate) struct Underway {
    pub(crate) load: Arc<Load>,
    workers: JoinSet<()>,
    emitter: JoinHandle<()>,
}

impl Load {
    /// Begins to file so many cases and to work on them, at these nodes in turn.
    pub(crate) async fn begin(runs: usize, nodes: &[&Hms]) -> Underway {
        let deployed = reqwest::Client::new()
            .post(format!("{}/act/workflows", nodes[0].api))
            .header("content-type", "application/yaml")
            .body(WORKFLOW)
            .send();
        let deployed = deployed.await.unwrap();
        assert!(deployed.status().is_success(), "{deployed:?}");
        let load = Arc::new(Load {
            runs,
            client: reqwest::Client::builder()
                .timeout(Duration::from_secs(10))
                .build()
                .unwrap(),
            apis: RwLock::new(nodes.iter().map(|node| node.api.clone()).collect()),
            turn: AtomicUsize::new(0),
            accepted: Mutex::default(),
            over: AtomicBool::new(false),
        });
        let mut workers = JoinSet::new();
        for actor in [
            "AI:fraud-labeler",
            "SVC:email-svc",
            "HUMAN:investigator",
            "HUMAN:supervisor",
        ] {
            let load = load.clone();
            workers.spawn(async move { load.work(actor).await });
        }
        let emitting = load.clone();
        let emitter = tokio::spawn(async move {
            for n in 0..runs {
                emitting.emit(n).await;
            }
        });
        Underway {
            load,
            workers,
            emitter,
        }
    }

    /// Waits until so many events were accepted: each kill is to fall into the load.
    pub(crate) async fn accepted(&self, goal: usize) {
        eventually("events to be accepted", || async {
            (self.accepted.lock().await.events.len() >= goal).then_some(())
        })
        .await;
    }

    /// A node has another address now.
    pub(crate) async fn moved(&self, node: usize, to: &Hms) {
        self.apis.write().await[node].clone_from(&to.api);
    }

    /// Each call goes to the next node: what one gave out, another takes back.
    async fn api(&self) -> String {
        let apis = self.apis.read().await;
        apis[self.turn.fetch_add(1, Ordering::Relaxed) % apis.len()].clone()
    }

    /// Posts until there is an answer; the program may be gone meanwhile.
    async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        loop {
            let url = format!("{}{path}", self.api().await);
            if let Ok(answer) = self.client.post(url).json(body).send().await {
                let status = answer.status().as_u16();
                if status != 503
                    && status != 429
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
            self.api().await
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
        let event = json!({"specversion": "1.0", "type": "LoadBegun", "source": "load", "id": n.to_string(),
            "data": {"n": n}});
        let body = event.to_string();
        loop {
            let url = format!("{}/act/events", self.api().await);
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
                let n = usize::try_from(task["payload"]["n"].as_u64().unwrap()).unwrap();
                let result = match actor {
                    "AI:fraud-labeler" => json!({"severity": severity(n), "n": n}),
                    "SVC:email-svc" => json!({"sent": n}),
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

impl Underway {
    /// Waits for the end of every case and checks each accepted answer against what `node` keeps.
    pub(crate) async fn end(mut self, node: &Hms) {
        let (load, api) = (self.load, &node.api);
        let (client, runs) = (&load.client, load.runs);
        self.emitter.await.unwrap();
        let running = format!("{api}/act/runs?status=RUNNING&limit=1");
        eventually("every run's end", || async {
            let runs = get(client, &running).await?;
            let rows = runs.get("runs").unwrap_or(&runs);
            rows.as_array()?.is_empty().then_some(())
        })
        .await;
        load.over.store(true, Ordering::Relaxed);
        while let Some(done) = self.workers.join_next().await {
            done.unwrap();
        }

        let accepted = load.accepted.lock().await;
        assert_eq!(accepted.events.len(), runs);
        let own: HashSet<&String> = accepted.events.values().collect();
        assert_eq!(own.len(), runs, "each event has a run of its own");
        let mut completed_by_history: HashMap<String, Value> = HashMap::new();
        let mut timeouts = 0;
        for (n, run) in &accepted.events {
            let state = kept(client, &format!("{api}/act/runs/{run}")).await;
            assert_eq!(state["status"], "COMPLETED", "{state}");
            let history = kept(client, &format!("{api}/act/runs/{run}/history")).await;
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
            assert_eq!(missed, usize::from(left(*n)), "run {n}: {history}");
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
        assert_eq!(timeouts, runs.div_ceil(2 * SEVERE_EACH));
        for (task, result) in &accepted.completions {
            assert_eq!(
                completed_by_history.get(task),
                Some(result),
                "an accepted completion is kept"
            );
        }
    }
}

/// What a node keeps at an address. It may push back for a moment; it may not have lost anything.
async fn kept(client: &reqwest::Client, url: &str) -> Value {
    eventually("an answer about a run", || async {
        let answer = client.get(url).send().await.unwrap();
        let status = answer.status().as_u16();
        let told = answer.text().await.unwrap();
        assert!([200, 429, 503].contains(&status), "{url}: {status} {told}");
        (status == 200).then(|| serde_json::from_str(&told).unwrap())
    })
    .await
}

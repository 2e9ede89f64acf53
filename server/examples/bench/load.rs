//! Complaints driven to their end as fast as the server takes them.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::sync::{Mutex, Semaphore, mpsc};
use tokio::task::JoinSet;

use crate::connection::{Connection, expect};

/// Who works.
pub(crate) const ACTORS: [&str; 3] = ["AI:fraud-labeler", "HUMAN:investigator", NOTIFIER];
/// Who does the last step of each run.
pub(crate) const NOTIFIER: &str = "SVC:email-svc";
/// One complaint in so many is severe and takes a person's review.
const SEVERE_EACH: usize = 4;
/// Runs that are open at once.
const OPEN_MAX: usize = 1_000;
/// Tasks asked for in one list.
const LISTED: usize = 1_000;

/// How calls are made.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Calls {
    /// One for each event and each completion.
    Single,
    /// One for so many.
    Many(usize),
}

/// How complaints are called, by their sender and as cases.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Keys {
    /// One after the other, as where an agency numbers what it receives.
    InOrder,
    /// In no order, as numbers that nobody is to guess.
    Scattered,
}

impl Keys {
    /// The n-th complaint's.
    pub(crate) fn of(self, n: usize) -> String {
        match self {
            Keys::InOrder => format!("C-{n:08}"),
            // Fibonacci hashing: the high half of the product.
            Keys::Scattered => {
                let scattered = (n as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
                format!("{scattered:08x}-{n}")
            }
        }
    }

    /// Which one is called so.
    fn number(key: &str) -> Option<usize> {
        key.rsplit_once('-')?.1.parse().ok()
    }
}

/// The first of so many numbers of complaints. Each complaint of a benchmark has its own, so that no case is called as
/// a finished one is.
pub(crate) fn numbers(complaints: usize) -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    NEXT.fetch_add(complaints, Ordering::Relaxed)
}

/// A load to put on a server.
pub(crate) struct Load {
    /// One for each node; connections take turns.
    addresses: Vec<String>,
    runs: usize,
    connections: usize,
    calls: Calls,
    keys: Keys,
    /// The number of its first complaint.
    first: usize,
    /// Places for runs that may still be opened.
    places: Arc<Semaphore>,
    opened: AtomicUsize,
    begun: AtomicUsize,
    ended: AtomicUsize,
}

/// What a load gave.
pub(crate) struct Done {
    /// From the first event to the last run's end.
    pub(crate) took: Duration,
    /// How long each call that sent events took.
    pub(crate) events: Vec<Duration>,
}

/// A task's id and its complaint's number.
type Task = (String, usize);

impl Load {
    pub(crate) fn new(
        addresses: &[&str],
        runs: usize,
        connections: usize,
        calls: Calls,
    ) -> Arc<Load> {
        Load::called(addresses, runs, connections, calls, Keys::InOrder)
    }

    /// The same of complaints that are called otherwise.
    pub(crate) fn called(
        addresses: &[&str],
        runs: usize,
        connections: usize,
        calls: Calls,
        keys: Keys,
    ) -> Arc<Load> {
        Arc::new(Load {
            addresses: addresses
                .iter()
                .map(|&address| address.to_owned())
                .collect(),
            opened: AtomicUsize::new(0),
            runs,
            connections,
            calls,
            keys,
            first: numbers(runs),
            places: Arc::new(Semaphore::new(OPEN_MAX)),
            begun: AtomicUsize::new(0),
            ended: AtomicUsize::new(0),
        })
    }

    /// Puts it on, and makes sure that every run has ended.
    pub(crate) async fn run(self: Arc<Load>) -> io::Result<Done> {
        let began = Instant::now();
        let mut working: JoinSet<io::Result<()>> = JoinSet::new();
        for actor in ACTORS {
            let (tasks, arrivals) = mpsc::channel(LISTED);
            let done = Arc::new(Semaphore::new(0));
            working.spawn(self.clone().list(actor, tasks, done.clone()));
            let arrivals = Arc::new(Mutex::new(arrivals));
            for _ in 0..self.connections {
                let (arrivals, done) = (arrivals.clone(), done.clone());
                working.spawn(self.clone().complete(actor, arrivals, done));
            }
        }
        let mut emitting = JoinSet::new();
        for _ in 0..self.connections {
            emitting.spawn(self.clone().emit());
        }
        let mut events = Vec::new();
        while let Some(done) = emitting.join_next().await {
            events.extend(done.map_err(io::Error::other)??);
        }
        while let Some(done) = working.join_next().await {
            done.map_err(io::Error::other)??;
        }
        let took = began.elapsed();
        let mut connection = self.connection().await?;
        let path = "/act/runs?status=RUNNING&workflow=FTC-Complaint&limit=1";
        if connection.get(path).await? != json!([]) {
            return Err(io::Error::other("a run did not end"));
        }
        Ok(Done { took, events })
    }

    async fn connection(&self) -> io::Result<Connection> {
        let n = self.opened.fetch_add(1, Ordering::Relaxed);
        Connection::open(&self.addresses[n % self.addresses.len()]).await
    }

    fn over(&self) -> bool {
        self.ended.load(Ordering::Relaxed) >= self.runs
    }

    fn at_once(&self) -> usize {
        match self.calls {
            Calls::Single => 1,
            Calls::Many(n) => n,
        }
    }

    /// Files complaints.
    async fn emit(self: Arc<Load>) -> io::Result<Vec<Duration>> {
        let mut connection = self.connection().await?;
        let mut took = Vec::new();
        loop {
            let first = self.begun.fetch_add(self.at_once(), Ordering::Relaxed);
            let last = (first + self.at_once()).min(self.runs);
            if first >= last {
                return Ok(took);
            }
            // The semaphore is never closed.
            if let Ok(places) = self.places.acquire_many((last - first) as u32).await {
                places.forget();
            }
            let events: Vec<String> = (first..last)
                .map(|n| event(&self.keys.of(self.first + n)))
                .collect();
            let asked = Instant::now();
            match self.calls {
                Calls::Single => {
                    let (status, body) = connection.post("/act/events", &events[0]).await?;
                    expect(status, &[202], "event", &body)?;
                }
                Calls::Many(_) => {
                    let body = format!("[{}]", events.join(","));
                    let (status, body) = connection.post("/act/events/batch", &body).await?;
                    expect(status, &[200], "events", &body)?;
                    each(&body, 202)?;
                }
            }
            took.push(asked.elapsed());
        }
    }

    /// Asks for tasks as a worker does: passes on all it is given, and asks again when those are done.
    async fn list(
        self: Arc<Load>,
        actor: &'static str,
        tasks: mpsc::Sender<Task>,
        done: Arc<Semaphore>,
    ) -> io::Result<()> {
        let mut connection = self.connection().await?;
        let path = format!("/act/tasks?actor={actor}&limit={LISTED}&wait=1s");
        while !self.over() {
            let listed = found(&connection.get(&path).await?);
            let begun = listed.len() as u32;
            for task in listed {
                if tasks.send(task).await.is_err() {
                    return Ok(());
                }
            }
            // The semaphore is never closed.
            if let Ok(done) = done.acquire_many(begun).await {
                done.forget();
            }
        }
        Ok(())
    }

    /// Completes tasks.
    async fn complete(
        self: Arc<Load>,
        actor: &'static str,
        arrivals: Arc<Mutex<mpsc::Receiver<Task>>>,
        done: Arc<Semaphore>,
    ) -> io::Result<()> {
        let mut connection = self.connection().await?;
        loop {
            let mut tasks = Vec::with_capacity(self.at_once());
            if arrivals
                .lock()
                .await
                .recv_many(&mut tasks, self.at_once())
                .await
                == 0
            {
                return Ok(());
            }
            match self.calls {
                Calls::Single => {
                    let (id, n) = &tasks[0];
                    let path = format!("/act/tasks/{id}/complete");
                    let (status, body) = connection.post(&path, &result(actor, *n)).await?;
                    expect(status, &[200], &path, &body)?;
                }
                Calls::Many(_) => {
                    let items: Vec<String> = tasks
                        .iter()
                        .map(|(id, n)| format!(r#"{{"id":"{id}","result":{}}}"#, result(actor, *n)))
                        .collect();
                    let body = format!("[{}]", items.join(","));
                    let (status, body) = connection.post("/act/tasks/complete", &body).await?;
                    expect(status, &[200], "completions", &body)?;
                    each(&body, 200)?;
                }
            }
            done.add_permits(tasks.len());
            if actor == NOTIFIER {
                self.places.add_permits(tasks.len());
                self.ended.fetch_add(tasks.len(), Ordering::Relaxed);
            }
        }
    }
}

/// Refuses an answer of many in which one is not as expected.
fn each(body: &[u8], status: u64) -> io::Result<()> {
    let answers: Vec<Value> = serde_json::from_slice(body)?;
    match answers.iter().find(|answer| answer["status"] != status) {
        None => Ok(()),
        Some(answer) => Err(io::Error::other(answer.to_string())),
    }
}

/// The complaint that is called so.
pub(crate) fn event(key: &str) -> String {
    format!(
        r#"{{"name":"ComplaintLogged","payload":{{"complaintId":"{key}","text":"A caller said he was from my bank and asked for gift cards. I hung up, then he called again.","contact":"phone","email":"reporter@example.org","language":"en"}}}}"#
    )
}

/// An actor's answer to the n-th complaint's task.
pub(crate) fn result(actor: &str, n: usize) -> String {
    match actor {
        "AI:fraud-labeler" => {
            let severity = if n.is_multiple_of(SEVERE_EACH) {
                "High"
            } else {
                "Low"
            };
            format!(r#"{{"severity":"{severity}","confidence":0.9,"reasons":["Poses as a bank"]}}"#)
        }
        "HUMAN:investigator" => r#"{"outcome":"approve","approved":true,"note":"seen"}"#.to_owned(),
        _ => r#"{"sent":true}"#.to_owned(),
    }
}

/// The tasks in a list.
pub(crate) fn found(list: &Value) -> Vec<Task> {
    let tasks = list.as_array().into_iter().flatten();
    tasks
        .filter_map(|task| {
            let number = Keys::number(task["payload"]["complaintId"].as_str()?)?;
            Some((task["id"].as_str()?.to_owned(), number))
        })
        .collect()
}

//! One complaint after the other in a system with nothing else to do, its workers long-polling.

use std::io;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::connection::{Connection, expect};
use crate::load::{ACTORS, Keys, NOTIFIER, event, found, numbers, result};

/// How long each of a number of runs took from sending the event to the last completion's answer.
pub(crate) async fn runs(address: &str, runs: usize) -> io::Result<Vec<Duration>> {
    let (ended, mut ends) = mpsc::channel(1);
    let mut workers = JoinSet::new();
    for actor in ACTORS {
        let (mut connection, ended) = (Connection::open(address).await?, ended.clone());
        workers.spawn(async move { work(&mut connection, actor, &ended).await });
    }
    let mut connection = Connection::open(address).await?;
    let mut took = Vec::with_capacity(runs);
    let first = numbers(runs);
    for n in first..first + runs {
        let complaint = event(&Keys::InOrder.of(n));
        let asked = Instant::now();
        let (status, body) = connection.post("/act/events", &complaint).await?;
        expect(status, &[202], "event", &body)?;
        tokio::select! {
            _ = ends.recv() => took.push(asked.elapsed()),
            Some(Ok(Err(failed))) = workers.join_next() => return Err(failed),
        }
    }
    Ok(took)
}

/// The plain worker loop.
async fn work(
    connection: &mut Connection,
    actor: &'static str,
    ended: &mpsc::Sender<()>,
) -> io::Result<()> {
    let list = format!("/act/tasks?actor={actor}&wait=30s");
    loop {
        for (id, n) in found(&connection.get(&list).await?) {
            let path = format!("/act/tasks/{id}/complete");
            let (status, body) = connection.post(&path, &result(actor, n)).await?;
            expect(status, &[200], &path, &body)?;
            if actor == NOTIFIER && ended.send(()).await.is_err() {
                return Ok(());
            }
        }
    }
}

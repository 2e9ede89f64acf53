//! Very many open status pages and inboxes on one node.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::browser::{Browser, Socket};
use crate::connection::{Connection, expect};
use crate::database::{Databases, Kind};
use crate::figures::{Figures, percentile};
use crate::load::{Keys, event};
use crate::served::Served;
use crate::{Asked, Failure};

/// Sockets being opened at once.
const OPENING: usize = 64;
/// How long all may take to hear of a change.
const HEARD_MAX: Duration = Duration::from_secs(60);
/// When to ask again whether they are all closed.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

pub(crate) async fn measure(
    databases: &Databases,
    kind: Kind,
    asked: &Asked,
    figures: &mut Figures,
) -> Result<(), Failure> {
    figures.head(&format!("{}, sockets", kind.name()));
    for what in ["status pages", "inboxes"] {
        // A server of its own: memory that was used before is not taken again.
        let served = Served::demo(&databases.fresh(kind, &what.replace(' ', "-")).await)?;
        let mut browser = Browser::new(&served.portal)?;
        let number = browser.file_report().await?;
        let path = match what {
            "inboxes" => {
                browser = Browser::new(&served.portal)?;
                let (email, password) = served.person("investigator")?;
                browser.sign_in(email, password).await?;
                "/live/inbox".to_owned()
            }
            _ => format!("/live/status/{number}"),
        };
        let before = served.resident_memory_mb()?;
        let mut sockets = open(&browser, &path, asked.sockets).await?;
        let after = served.resident_memory_mb()?;
        figures.add(
            &format!("memory of each of {} open {what}", asked.sockets),
            "kB",
            (after - before) * 1024.0 / asked.sockets as f64,
        );
        let changed = Instant::now();
        change(&served.api, what == "inboxes").await?;
        let mut took = Vec::with_capacity(sockets.len());
        let mut hearing = JoinSet::new();
        for mut socket in sockets.drain(..) {
            hearing.spawn(async move {
                socket.state().await?;
                std::io::Result::Ok((socket, Instant::now()))
            });
        }
        let mut kept = Vec::new();
        tokio::time::timeout(HEARD_MAX, async {
            while let Some(heard) = hearing.join_next().await {
                let (socket, at) = heard??;
                took.push(at - changed);
                kept.push(socket);
            }
            Result::<(), Failure>::Ok(())
        })
        .await??;
        drop(kept);
        closed(&served.api).await?;
        for (name, share) in [("half", 0.5), ("all", 1.0)] {
            figures.add(
                &format!("{name} of the {what} show a change after"),
                "ms",
                percentile(&mut took, share),
            );
        }
        served.stop()?;
    }
    Ok(())
}

/// Opens sockets and hears the first state of each.
async fn open(browser: &Browser, path: &str, sockets: usize) -> Result<Vec<Socket>, Failure> {
    let places = Arc::new(Semaphore::new(OPENING));
    let mut opening = JoinSet::new();
    for _ in 0..sockets {
        let (places, browser, path) = (places.clone(), browser.again(), path.to_owned());
        opening.spawn(async move {
            let _place = places
                .acquire_owned()
                .await
                .map_err(std::io::Error::other)?;
            let mut socket = browser.socket(&path).await?;
            socket.state().await?;
            std::io::Result::Ok(socket)
        });
    }
    let mut open = Vec::with_capacity(sockets);
    while let Some(socket) = opening.join_next().await {
        open.push(socket??);
    }
    Ok(open)
}

/// Waits until the server has let go of all sockets.
async fn closed(api: &str) -> Result<(), Failure> {
    let mut connection = Connection::open(api).await?;
    let closed = async {
        while !connection
            .text("/metrics")
            .await?
            .contains("\nhms_live_sockets 0\n")
        {
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        Ok(())
    };
    tokio::time::timeout(HEARD_MAX, closed).await?
}

/// Something that the pages must show: the report's label is there, or there is one task more.
async fn change(api: &str, inbox: bool) -> Result<(), Failure> {
    let mut connection = Connection::open(api).await?;
    if inbox {
        let (status, body) = connection
            .post("/act/events", &event(&Keys::InOrder.of(0)))
            .await?;
        expect(status, &[202], "event", &body)?;
    }
    let tasks = connection
        .get("/act/tasks?actor=AI:fraud-labeler&wait=5s")
        .await?;
    let id = tasks[0]["id"].as_str().ok_or("no task to label")?;
    let path = format!("/act/tasks/{id}/complete");
    let label = r#"{"severity":"High","confidence":0.9,"reasons":["Poses as a bank"]}"#;
    let (status, body) = connection.post(&path, label).await?;
    expect(status, &[200], "label", &body)?;
    Ok(())
}

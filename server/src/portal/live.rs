//! The live sockets: `/live/status/{number}` and `/live/inbox`, as `hms_app::live` tells them.
//!
//! A socket is opened to whoever may see the page, told whole states, and closed when the sign-in
//! or the receipt is no longer good. It never writes.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use axum::Router;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::from_fn;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use hms_app::agency::{Agency, Refused, Visitor};
use hms_app::functions::{status_code, visitor_of};
use hms_app::live::{BEAT_SECONDS, Frame};
use hms_app::views::Person;
use serde::Deserialize;
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::{Desk, access, guard};
use crate::identity::inbox_of;
use crate::orchestrator::{Interest, Listener};
use crate::store::{ReportRow, TasksOf};

/// Between beats: well within what the pages are promised, so that a slow line is no silence.
const BEAT: Duration = Duration::from_secs(BEAT_SECONDS as u64 * 2 / 3);
/// Between two states: many changes in a row are told as one.
const PAUSE: Duration = Duration::from_millis(250);
/// How long a frame may take to leave; a page that takes none is gone.
const SEND_MAX: Duration = Duration::from_secs(10);
/// The pages send nothing but what the protocol itself does.
const INBOUND_BYTES_MAX: usize = 4 * 1024;
/// What a socket keeps for what comes in, which is next to nothing; usual are 128 KB.
const INBOUND_BUFFER: usize = 512;
/// Sockets open at once: more than the ten thousand pages a node is measured with, and fewer than the files
/// a process may open where that was not raised far.
const SOCKETS_MAX: usize = 16_000;

/// The live sockets. They close when `stop` is cancelled; `tracker` waits for them.
pub fn live(desk: Arc<Desk>, stop: CancellationToken, tracker: TaskTracker) -> Router {
    Router::new()
        .route("/live/status/{number}", get(status))
        .route("/live/inbox", get(inbox))
        .layer(from_fn(access::gate))
        .with_state(Live {
            desk,
            stop,
            tracker,
        })
}

#[derive(Clone)]
struct Live {
    desk: Arc<Desk>,
    stop: CancellationToken,
    tracker: TaskTracker,
}

#[derive(Deserialize)]
struct After {
    #[serde(default)]
    after: u64,
}

async fn status(
    State(live): State<Live>,
    Path(number): Path<String>,
    Query(After { after }): Query<After>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    let who = visitor_of(&headers);
    let was_in = who.reporter.is_some();
    let feed = StatusFeed::open(live.desk.clone(), who, &number, after).await;
    live.open(&headers, upgrade, feed, was_in)
}

async fn inbox(
    State(live): State<Live>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    let who = visitor_of(&headers);
    let was_in = who.session.is_some();
    let feed = InboxFeed::open(live.desk.clone(), who).await;
    live.open(&headers, upgrade, feed, was_in)
}

impl Live {
    /// Opens a socket, or says in HTTP why not. A page whose sign-in ended while it was away is
    /// told so in a frame: scripts cannot read the status of a refused socket.
    fn open<F: Feed>(
        self,
        headers: &HeaderMap,
        upgrade: WebSocketUpgrade,
        feed: Result<F, Refused>,
        was_in: bool,
    ) -> Response {
        if !guard::from_here(headers) {
            return StatusCode::FORBIDDEN.into_response();
        }
        if self.stop.is_cancelled() || self.tracker.len() >= SOCKETS_MAX {
            return StatusCode::SERVICE_UNAVAILABLE.into_response();
        }
        let feed = match feed {
            Ok(feed) => Some(feed),
            Err(Refused::SignIn) if was_in => None,
            Err(refused) => return status_code(&refused).into_response(),
        };
        let Live {
            desk,
            stop,
            tracker,
        } = self;
        upgrade
            .read_buffer_size(INBOUND_BUFFER)
            .max_message_size(INBOUND_BYTES_MAX)
            .max_frame_size(INBOUND_BYTES_MAX)
            .on_upgrade(move |socket| {
                tracker.track_future(async move {
                    let _counted = desk.orchestrator.metrics().socket();
                    let line = Line { socket, stop };
                    match feed {
                        Some(feed) => line.follow(feed).await,
                        None => line.end().await,
                    }
                })
            })
    }
}

/// What a socket tells.
#[async_trait]
trait Feed: Send + 'static {
    /// The state now, unless it was told before.
    async fn state(&mut self) -> Result<Option<Frame>, Refused>;

    /// Waits for the next change.
    async fn changed(&mut self);

    /// A beat, as long as whoever listens may still hear.
    async fn beat(&self) -> Result<Frame, Refused>;
}

struct StatusFeed {
    desk: Arc<Desk>,
    who: Visitor,
    report: ReportRow,
    listener: Listener,
    told: u64,
}

impl StatusFeed {
    async fn open(
        desk: Arc<Desk>,
        who: Visitor,
        number: &str,
        told: u64,
    ) -> Result<StatusFeed, Refused> {
        let report = desk.report_of(&who, number).await?;
        // A place at the hub before the first look, so that no change is missed.
        let hub = desk.orchestrator.hub();
        let listener = hub.listen(Interest::Run(report.run_id));
        Ok(StatusFeed {
            desk,
            who,
            report,
            listener,
            told,
        })
    }
}

#[async_trait]
impl Feed for StatusFeed {
    async fn state(&mut self) -> Result<Option<Frame>, Refused> {
        let view = self.desk.status_of(&self.report, self.who.language).await?;
        if view.seq <= self.told {
            return Ok(None);
        }
        self.told = view.seq;
        Ok(Some(Frame::Status(Box::new(view))))
    }

    async fn changed(&mut self) {
        self.listener.changed().await;
    }

    async fn beat(&self) -> Result<Frame, Refused> {
        self.desk.report_of(&self.who, &self.report.number).await?;
        Ok(Frame::Beat(self.desk.clock()))
    }
}

struct InboxFeed {
    desk: Arc<Desk>,
    who: Visitor,
    person: Person,
    actors: Vec<TasksOf>,
    pulse: watch::Receiver<u64>,
}

impl InboxFeed {
    async fn open(desk: Arc<Desk>, who: Visitor) -> Result<InboxFeed, Refused> {
        let person = desk.door.signed_in(&who).await?;
        let actors = inbox_of(&person.roles);
        let pulse = desk.pulses.of(&desk.orchestrator, &actors);
        Ok(InboxFeed {
            desk,
            who,
            person,
            actors,
            pulse,
        })
    }
}

#[async_trait]
impl Feed for InboxFeed {
    async fn state(&mut self) -> Result<Option<Frame>, Refused> {
        self.pulse.mark_unchanged();
        let counts = self.desk.counts_heard(&self.person, &self.actors).await?;
        Ok(Some(Frame::Inbox(counts)))
    }

    async fn changed(&mut self) {
        if self.pulse.changed().await.is_err() {
            // Nobody counts any more: the server is stopping.
            std::future::pending::<()>().await;
        }
    }

    async fn beat(&self) -> Result<Frame, Refused> {
        let stands = self.desk.door.still_in(&self.who, &self.person).await?;
        if stands {
            Ok(Frame::Beat(self.desk.clock()))
        } else {
            Err(Refused::SignIn)
        }
    }
}

struct Line {
    socket: WebSocket,
    stop: CancellationToken,
}

/// The other side is gone, or this one is going.
struct Over;

impl Line {
    async fn follow<F: Feed>(mut self, mut feed: F) {
        // What ends it is no error: the page comes back by itself.
        let _ = self.tell(&mut feed).await;
    }

    async fn tell<F: Feed>(&mut self, feed: &mut F) -> Result<(), Over> {
        let mut beats = interval(BEAT);
        beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
        beats.tick().await;
        // The first frame comes at once: the state, or a beat when the page has it.
        let first = match feed.state().await {
            Ok(None) => feed.beat().await.map(Some),
            state => state,
        };
        let mut unread = self.answer(first).await?;
        loop {
            let told = tokio::select! {
                () = self.stop.cancelled() => return self.close(close_code::AWAY).await,
                heard = self.socket.recv() => match heard {
                    Some(Ok(Message::Close(_)) | Err(_)) | None => return Err(Over),
                    Some(Ok(_)) => continue,
                },
                () = feed.changed() => feed.state().await,
                _ = beats.tick() => match feed.beat().await {
                    // A state that could not be read is tried again with the next beat.
                    Ok(_) if unread => feed.state().await,
                    beat => beat.map(Some),
                },
            };
            let beat = matches!(told, Ok(Some(Frame::Beat(_))));
            let not_now = self.answer(told).await?;
            if !beat {
                unread = not_now;
                tokio::select! {
                    () = self.stop.cancelled() => {}
                    () = sleep(PAUSE) => {}
                }
            }
        }
    }

    /// Sends what there is to tell. Whether the store could not say.
    async fn answer(&mut self, told: Result<Option<Frame>, Refused>) -> Result<bool, Over> {
        match told {
            Ok(Some(frame)) => self.send(&frame).await.map(|()| false),
            Ok(None) => Ok(false),
            Err(Refused::NotNow | Refused::NotKnown) => Ok(true),
            Err(_) => {
                self.send(&Frame::Ended).await?;
                self.close(close_code::POLICY).await?;
                Err(Over)
            }
        }
    }

    async fn end(mut self) {
        if self.send(&Frame::Ended).await.is_ok() {
            let _ = self.close(close_code::POLICY).await;
        }
    }

    async fn send(&mut self, frame: &Frame) -> Result<(), Over> {
        let text = serde_json::to_string(frame).map_err(|error| {
            tracing::error!(%error, "a live frame could not be written");
            Over
        })?;
        self.pass(Message::Text(text.into())).await
    }

    async fn close(&mut self, code: u16) -> Result<(), Over> {
        let reason = CloseFrame {
            code,
            reason: "".into(),
        };
        timeout(SEND_MAX, self.socket.send(Message::Close(Some(reason))))
            .await
            .map_err(|_| Over)?
            .map_err(|_| Over)
    }

    async fn pass(&mut self, message: Message) -> Result<(), Over> {
        tokio::select! {
            () = self.stop.cancelled() => Err(Over),
            sent = timeout(SEND_MAX, self.socket.send(message)) => match sent {
                Ok(Ok(())) => Ok(()),
                _ => Err(Over),
            },
        }
    }
}

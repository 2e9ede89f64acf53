//! The live sockets and the file to download, over a real port.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use futures_util::{SinkExt, StreamExt};
use hms_app::agency::{Agency, REPORTER_COOKIE, SESSION_COOKIE, Token, Visitor};
use hms_app::live::Frame;
use hms_app::views::{Decision, InboxCounts, InboxTab, StatusView, TaskAct};
use hms_server::portal;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};
use tokio_util::task::TaskTracker;

use crate::house::{House, draft, house, severe, two_nodes};

/// How soon a change must be seen.
const SOON: Duration = Duration::from_secs(1);
/// How long to wait where it is not the time that is tested.
const PATIENCE: Duration = Duration::from_secs(10);

struct Port {
    host: String,
    tracker: TaskTracker,
}

async fn serve(house: &House) -> Port {
    let (desk, tracker) = (Arc::new(house.desk.clone()), TaskTracker::new());
    let router: Router =
        portal::live(desk.clone(), house.stop.clone(), tracker.clone()).merge(portal::csv(desk));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let host = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move { axum::serve(listener, router).await });
    Port { host, tracker }
}

fn cookie(name: &str, token: &Token) -> String {
    format!("{name}={}", token.0)
}

struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Port {
    /// Opens a socket as a page of an origin would; the status when it is refused.
    async fn open_from(&self, origin: &str, path: &str, cookie: &str) -> Result<Socket, u16> {
        let url = format!("ws://{}{path}", self.host);
        let mut request = url.into_client_request().unwrap();
        let headers = request.headers_mut();
        headers.insert("origin", origin.parse().unwrap());
        headers.insert("cookie", cookie.parse().unwrap());
        match connect_async(request).await {
            Ok((socket, _)) => Ok(Socket(socket)),
            Err(Error::Http(answer)) => Err(answer.status().as_u16()),
            Err(error) => panic!("{error}"),
        }
    }

    async fn open(&self, path: &str, cookie: &str) -> Result<Socket, u16> {
        let here = format!("http://{}", self.host);
        self.open_from(&here, path, cookie).await
    }
}

impl Socket {
    async fn heard(&mut self, within: Duration) -> Option<Message> {
        let heard = tokio::time::timeout(within, self.0.next()).await;
        heard.ok().flatten().and_then(Result::ok)
    }

    async fn frame_within(&mut self, within: Duration) -> Frame {
        match self.heard(within).await {
            Some(Message::Text(text)) => serde_json::from_str(&text).unwrap(),
            other => panic!("no frame but {other:?}"),
        }
    }

    async fn frame(&mut self) -> Frame {
        self.frame_within(PATIENCE).await
    }

    async fn status(&mut self) -> StatusView {
        match self.frame().await {
            Frame::Status(view) => *view,
            other => panic!("no status but {other:?}"),
        }
    }

    async fn counts(&mut self) -> InboxCounts {
        match self.frame().await {
            Frame::Inbox(counts) => counts,
            other => panic!("no counts but {other:?}"),
        }
    }
}

#[tokio::test]
async fn two_pages_see_the_same_change_within_a_second() {
    let house = house(1.0).await;
    let port = serve(&house).await;
    let filed = house
        .desk
        .file_report(draft("They emptied my account."))
        .await
        .unwrap();
    let opened = house
        .desk
        .open_report(&filed.number, &filed.receipt.0)
        .await
        .unwrap();
    let path = format!("/live/status/{}", filed.number);
    let mut here = port
        .open(&path, &cookie(REPORTER_COOKIE, &filed.token))
        .await
        .ok()
        .unwrap();
    let mut there = port
        .open(&path, &cookie(REPORTER_COOKIE, &opened.token))
        .await
        .ok()
        .unwrap();
    let (first, also) = (here.status().await, there.status().await);
    assert_eq!((first.seq, &first.events), (also.seq, &also.events));

    house.work("AI:fraud-labeler", severe()).await;
    let changed = Instant::now();
    for socket in [&mut here, &mut there] {
        let view = socket.status().await;
        assert!(changed.elapsed() < SOON);
        assert!(view.seq > first.seq);
        assert_eq!(view.current[0].title, "An investigator reviews your report");
    }
    // A page that has this state already hears a beat, and then the next change only.
    let now = house.status(&filed).await.seq;
    let after = format!("{path}?after={now}");
    let mut late = port
        .open(&after, &cookie(REPORTER_COOKIE, &filed.token))
        .await
        .ok()
        .unwrap();
    assert!(matches!(late.frame().await, Frame::Beat(_)));
    let ivy = house.staff("Ivy", &["investigator"]).await;
    let task = house.only_task(&ivy, InboxTab::Unassigned).await;
    house
        .desk
        .act_on_task(&ivy, task, TaskAct::Accept)
        .await
        .unwrap();
    for socket in [&mut here, &mut there, &mut late] {
        assert!(socket.status().await.seq > now);
    }
    // Nothing is told twice.
    assert_eq!(here.heard(Duration::from_millis(600)).await, None);
}

#[tokio::test]
async fn a_page_at_one_node_sees_what_happens_at_another_within_a_second() {
    let [here, there] = two_nodes().await;
    let filed = here.desk.file_report(draft("Mine")).await.unwrap();
    // Number and receipt are good at every node, and so is the token.
    let opened = there.desk.open_report(&filed.number, &filed.receipt.0);
    assert_eq!(opened.await.unwrap().number, filed.number);
    let ivy = here.staff("Ivy", &["investigator"]).await;
    let port = serve(&there).await;
    let reporter = cookie(REPORTER_COOKIE, &filed.token);
    let path = format!("/live/status/{}", filed.number);
    let mut status = port.open(&path, &reporter).await.ok().unwrap();
    let staff = cookie(SESSION_COOKIE, ivy.session.as_ref().unwrap());
    let mut inbox = port.open("/live/inbox", &staff).await.ok().unwrap();
    let before = (status.status().await.seq, inbox.counts().await.unassigned);

    here.work("AI:fraud-labeler", severe()).await;
    let changed = Instant::now();
    let seq = status.status().await.seq;
    // What the report's filing changed may be heard of first; it leaves the inbox as it was.
    let mut unassigned = inbox.counts().await.unassigned;
    while unassigned == before.1 {
        unassigned = inbox.counts().await.unassigned;
    }
    assert!(changed.elapsed() < SOON, "{:?}", changed.elapsed());
    assert!(
        seq > before.0 && unassigned == before.1 + 1,
        "{before:?} {seq} {unassigned}"
    );
}

#[tokio::test]
async fn a_socket_opens_to_whoever_may_see_the_page_and_to_no_other_site() {
    let house = house(1.0).await;
    let port = serve(&house).await;
    let mine = house.desk.file_report(draft("Mine")).await.unwrap();
    let theirs = house.desk.file_report(draft("Theirs")).await.unwrap();
    let me = cookie(REPORTER_COOKIE, &mine.token);
    let path = format!("/live/status/{}", mine.number);
    let refused = async |path: &str, cookie: &str| port.open(path, cookie).await.err();

    let elsewhere = port.open_from("https://evil.example", &path, &me).await;
    assert_eq!(elsewhere.err(), Some(403));
    assert_eq!(refused(&path, "hms_other=1").await, Some(401));
    let other = format!("/live/status/{}", theirs.number);
    assert_eq!(refused(&other, &me).await, Some(404));
    assert_eq!(refused("/live/status/x", &me).await, Some(404));
    assert_eq!(refused("/live/inbox", &me).await, Some(401));
    // A reporter's token in the staff's cookie opens nothing; it is told as an ended sign-in.
    let swapped = cookie(SESSION_COOKIE, &mine.token);
    let mut socket = port.open("/live/inbox", &swapped).await.ok().unwrap();
    assert_eq!(socket.frame().await, Frame::Ended);
    assert!(port.open(&path, &me).await.is_ok());
}

#[tokio::test]
async fn the_inbox_is_told_of_changes_to_its_own_roles() {
    let house = house(1.0).await;
    let port = serve(&house).await;
    let ivy = house.staff("Ivy", &["investigator"]).await;
    let sam = house.staff("Sam", &["supervisor"]).await;
    let open = async |who: &Visitor| {
        let token = who.session.clone().unwrap();
        port.open("/live/inbox", &cookie(SESSION_COOKIE, &token))
            .await
            .ok()
            .unwrap()
    };
    let (mut ivys, mut sams) = (open(&ivy).await, open(&sam).await);
    let before = ivys.counts().await;
    assert_eq!(before.unassigned, 0);
    assert_eq!(sams.counts().await.unassigned, 0);

    house.severe_report().await;
    let after = ivys.counts().await;
    assert_eq!(after.unassigned, 1);
    assert!(after.seq > before.seq);
    // The page's own number is the same one.
    let inbox = house
        .desk
        .inbox(&ivy, InboxTab::Unassigned.into())
        .await
        .unwrap();
    assert_eq!(inbox.counts, after);
    assert_eq!(sams.heard(Duration::from_millis(600)).await, None);

    // Many changes at once are told as few, and the last of them is told.
    for _ in 0..20 {
        house.severe_report().await;
    }
    let mut frames = 0;
    loop {
        frames += 1;
        if ivys.counts().await.unassigned == 21 {
            break;
        }
    }
    assert!(frames < 20, "{frames} frames for 20 changes");
}

#[tokio::test]
async fn a_beat_comes_in_time_and_a_sign_out_ends_the_socket() {
    let house = house(1.0).await;
    let port = serve(&house).await;
    let ivy = house.staff("Ivy", &["investigator"]).await;
    let sam = house.staff("Sam", &["supervisor"]).await;
    let open = async |who: &Visitor| {
        let token = who.session.clone().unwrap();
        let mut socket = port
            .open("/live/inbox", &cookie(SESSION_COOKIE, &token))
            .await
            .ok()
            .unwrap();
        socket.counts().await;
        socket
    };
    let (mut ivys, mut sams) = (open(&ivy).await, open(&sam).await);
    house.desk.sign_out(&ivy).await.unwrap();
    let promised = Duration::from_secs(u64::from(hms_app::live::BEAT_SECONDS));
    let (ended, beat) = tokio::join!(ivys.frame_within(promised), sams.frame_within(promised));
    assert_eq!(ended, Frame::Ended);
    assert!(matches!(beat, Frame::Beat(_)));
    assert!(matches!(
        ivys.heard(PATIENCE).await,
        Some(Message::Close(_))
    ));
}

#[tokio::test]
async fn a_stopping_server_says_goodbye_and_takes_no_new_sockets() {
    let house = house(1.0).await;
    let port = serve(&house).await;
    let filed = house.desk.file_report(draft("Spam calls")).await.unwrap();
    let (path, me) = (
        format!("/live/status/{}", filed.number),
        cookie(REPORTER_COOKIE, &filed.token),
    );
    let mut socket = port.open(&path, &me).await.ok().unwrap();
    socket.status().await;
    let asked = Instant::now();
    house.stop.cancel();
    match socket.heard(PATIENCE).await {
        Some(Message::Close(Some(why))) => assert_eq!(why.code, CloseCode::Away),
        other => panic!("no goodbye but {other:?}"),
    }
    port.tracker.close();
    tokio::time::timeout(SOON, port.tracker.wait())
        .await
        .unwrap();
    assert!(asked.elapsed() < SOON);
    assert_eq!(port.open(&path, &me).await.err(), Some(503));
}

#[tokio::test]
async fn a_page_that_talks_too_much_is_cut_off() {
    let house = house(1.0).await;
    let port = serve(&house).await;
    let ivy = house.staff("Ivy", &["investigator"]).await;
    let token = ivy.session.clone().unwrap();
    let mut socket = port
        .open("/live/inbox", &cookie(SESSION_COOKIE, &token))
        .await
        .ok()
        .unwrap();
    socket.counts().await;
    let small = Message::Text("hello".into());
    socket.0.send(small).await.unwrap();
    let large = Message::Text("x".repeat(5_000).into());
    socket.0.send(large).await.unwrap();
    let ended = tokio::time::timeout(PATIENCE, async {
        while let Some(Ok(_)) = socket.0.next().await {}
    });
    assert!(ended.await.is_ok(), "the socket is still open");
}

#[tokio::test]
async fn the_figures_can_be_downloaded_by_those_who_read_them() {
    let house = house(1.0).await;
    let port = serve(&house).await;
    let ivy = house.staff("Ivy", &["investigator"]).await;
    let sam = house.staff("Sam", &["supervisor"]).await;
    house.severe_report().await;
    let task = house.only_task(&ivy, InboxTab::Unassigned).await;
    let approve = TaskAct::Decide(Decision::of("approve", ""));
    house.desk.act_on_task(&ivy, task, approve).await.unwrap();
    let client = reqwest::Client::new();
    let url = format!("http://{}/admin/sla.csv", port.host);
    let get = async |who: Option<&Visitor>, query: &str| {
        let mut request = client.get(format!("{url}{query}"));
        if let Some(token) = who.and_then(|who| who.session.as_ref()) {
            request = request.header("cookie", cookie(SESSION_COOKIE, token));
        }
        request.send().await.unwrap()
    };
    assert_eq!(get(None, "").await.status(), 401);
    assert_eq!(get(Some(&ivy), "").await.status(), 403);
    assert_eq!(get(Some(&sam), "?from=x").await.status(), 400);
    let answer = get(Some(&sam), "?workflow=").await;
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["content-type"], "text/csv; charset=utf-8");
    assert!(
        answer.headers()["content-disposition"]
            .to_str()
            .unwrap()
            .contains("sla-")
    );
    let text = answer.text().await.unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 2, "{text}");
    assert!(
        lines[1].contains(",FTC-Complaint,human_review,1,0,0,"),
        "{text}"
    );
    let other = get(Some(&sam), "?workflow=Another")
        .await
        .text()
        .await
        .unwrap();
    assert_eq!(other.lines().count(), 1);
}

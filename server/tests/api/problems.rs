use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes};
use hms_server::api::ApiAuth;
use http_body::Frame;
use serde_json::json;

use crate::house::{Case, House, check, get, post};

#[tokio::test]
async fn what_is_not_there_is_told_as_a_problem_too() {
    let house = House::open().await;
    check(&house, vec![
                get("/act/workflows/%FF", 404, json!({"type": "/act/problems/unknown-workflow"})),
        get("/act/tasks/%FF", 404, json!({"type": "/act/problems/unknown-task"})),
get("/nowhere", 404, json!({"type": "/act/problems/unknown-path", "detail": "There is nothing at /nowhere."})),
        get("/act/nowhere", 404, json!({"type": "/act/problems/unknown-path"})),
        get("/act", 404, json!({"type": "/act/problems/unknown-path"})),
        get("/act/events", 405, json!({"type": "/act/problems/method"})),
        Case { method: "DELETE", ..get("/tasks/x", 405, json!({"type": "/act/problems/method"})) },
    ]).await;
    let answer = house.get("/act/events").await;
    assert_eq!(answer.headers["allow"], "POST");
    assert_eq!(answer.headers["cache-control"], "no-store");
}

/// A body that comes in pieces of 64 KiB, without its length said before.
struct Pieces(usize);

impl axum::body::HttpBody for Pieces {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        if self.0 == 0 {
            return Poll::Ready(None);
        }
        self.0 -= 1;
        Poll::Ready(Some(Ok(Frame::data(Bytes::from(vec![b' '; 64 * 1024])))))
    }
}

#[tokio::test]
async fn a_body_over_its_limit_is_refused_however_it_comes() {
    let house = House::open().await;
    let big = format!("{{\"name\":\"{}\"}}", "x".repeat(20 * 1024 * 1024));
    let length = big.len().to_string();
    let expect = json!({"type": "/act/problems/too-large", "limit": 1024 * 1024});
    check(&house, vec![post("/act/events", &big, 413, expect)]).await;
    let announced = house
        .ask(
            "POST",
            "/act/events",
            &[("content-length", &length), ("expect", "100-continue")],
            Body::empty(),
        )
        .await;
    assert_eq!(announced.status, 413);
    let pieces = house
        .ask("POST", "/act/events", &[], Body::new(Pieces(40)))
        .await;
    assert_eq!(pieces.status, 413);
    let small = house
        .ask("POST", "/act/events", &[], Body::new(Pieces(4)))
        .await;
    assert_eq!(
        (small.status, &small.body["type"]),
        (400, &json!("/act/problems/not-json"))
    );
}

#[tokio::test]
async fn without_a_token_only_health_is_open() {
    let house = House::with(ApiAuth::token("a-token-of-some-length").unwrap(), 1.0).await;
    check(
        &house,
        vec![
            get("/healthz", 200, json!({"status": "ok"})),
            get("/readyz", 200, json!({"status": "ready"})),
            get("/act/healthz", 200, json!({"status": "ok"})),
            get(
                "/act/tasks?actor=AI:x",
                401,
                json!({"type": "/act/problems/sign-in"}),
            ),
            get(
                "/act/nowhere",
                401,
                json!({"type": "/act/problems/sign-in"}),
            ),
            post(
                "/events",
                r#"{"name":"ComplaintLogged"}"#,
                401,
                json!({"type": "/act/problems/sign-in"}),
            ),
            Case {
                headers: &[("authorization", "Bearer a-token-of-some-length")],
                ..get("/act/tasks?actor=AI:x", 200, json!([]))
            },
            // With a token there is no open door to guard: any name serves.
            Case {
                headers: &[
                    ("authorization", "Bearer a-token-of-some-length"),
                    ("host", "hms.agency.example"),
                ],
                ..get("/act/runs", 200, json!([]))
            },
        ],
    )
    .await;
    let answer = house.get("/act/runs").await;
    assert_eq!(answer.headers["www-authenticate"], "Bearer");
}

#[tokio::test]
async fn a_foreign_page_cannot_use_the_open_door() {
    let house = House::open().await;
    let foreign = |headers| Case {
        headers,
        ..post(
            "/act/events",
            r#"{"name":"ComplaintLogged"}"#,
            403,
            json!({"type": "/act/problems/other-site"}),
        )
    };
    check(
        &house,
        vec![
            foreign(&[("host", "evil.example")]),
            foreign(&[
                ("origin", "http://evil.example"),
                ("content-type", "application/json"),
            ]),
            Case {
                headers: &[("content-type", "text/plain")],
                status: 415,
                expect: json!({}),
                ..foreign(&[])
            },
        ],
    )
    .await;
    assert_eq!(house.get("/act/runs").await.body, json!([]));
}

#[tokio::test]
async fn a_stopping_server_says_that_it_is_not_ready() {
    let house = House::open().await;
    house.stop.cancel();
    check(
        &house,
        vec![
            get("/healthz", 200, json!({"status": "ok"})),
            get("/readyz", 503, json!({"type": "/act/problems/unavailable"})),
        ],
    )
    .await;
    house.orchestrator.stop().await;
    let answer = house
        .post("/act/events", &json!({"name": "ComplaintLogged"}))
        .await;
    assert_eq!(
        (
            answer.status,
            answer.headers["retry-after"].to_str().unwrap()
        ),
        (503, "2")
    );
}

#[tokio::test]
async fn every_type_of_problem_is_listed() {
    let house = House::open().await;
    let list = house.get("/act/problems").await.body;
    let types: Vec<_> = list
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["type"].as_str().unwrap().to_owned())
        .collect();
    assert!(types.contains(&"/act/problems/unknown-event".to_owned()));
    assert!(types.len() > 20);
}

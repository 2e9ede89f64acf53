//! Reads a form without files, whole, with room for it.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;

use super::broken::Broken;
use super::room::{Lease, Room};

/// The most that a form without files has, in bytes, with its encoding: the longest one there is.
pub(super) const BYTES_MAX: usize = 2 * 1024 * 1024;
/// Most answers of such a form: each takes memory of its own, however short it is.
const ANSWERS_MAX: usize = 5_000;
/// How long nothing may come.
const SILENCE: Duration = Duration::from_secs(20);
/// How often its bytes are held: as they came, and as they are read out of that.
const TIMES: usize = 2;

/// Around what takes a form without files: it is read here, and its room is held until it is acted on.
pub(super) async fn hold(State(room): State<Room>, request: Request, next: Next) -> Response {
    if request.method().is_safe() {
        return next.run(request).await;
    }
    let mut lease = room.lease();
    match read(request, &mut lease).await {
        Ok(request) => next.run(request).await,
        Err(broken) => broken.into_response(),
    }
}

/// The request with all of its body at hand. When there is no room the rest is read on and thrown away, so that the
/// browser hears of it.
pub(super) async fn read(request: Request, lease: &mut Lease) -> Result<Request, Broken> {
    let (parts, body) = request.into_parts();
    let mut chunks = body.into_data_stream();
    let mut bytes = Vec::new();
    let (mut length, mut full) = (0, false);
    while let Some(chunk) = heard(chunks.next()).await? {
        let chunk = chunk.map_err(|_| Broken::Malformed)?;
        length += chunk.len();
        if length > BYTES_MAX {
            return Err(Broken::TooLarge);
        }
        if !full && !lease.text(TIMES * chunk.len()) {
            full = true;
            bytes = Vec::new();
            lease.give_back();
        }
        if !full {
            bytes.extend_from_slice(&chunk);
        }
    }
    if full {
        tracing::warn!("no memory for a form that is being sent; its sender is told");
        return Err(Broken::Full);
    }
    let kind = parts.headers.get(CONTENT_TYPE);
    let is_form = kind.is_some_and(|kind| kind.as_bytes().starts_with(b"application/x-www-form"));
    if is_form && bytes.iter().filter(|byte| **byte == b'&').count() >= ANSWERS_MAX {
        return Err(Broken::TooLarge);
    }
    Ok(Request::from_parts(parts, Body::from(Bytes::from(bytes))))
}

/// What comes next, unless nothing does for too long.
async fn heard<T>(next: impl Future<Output = T>) -> Result<T, Broken> {
    let next = tokio::time::timeout(SILENCE, next).await;
    next.map_err(|_| Broken::Slow)
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::extract::Form;
    use axum::middleware::from_fn_with_state;
    use axum::routing::post;
    use futures_util::stream;
    use http_body_util::BodyExt;
    use std::convert::Infallible;
    use tokio::sync::mpsc;
    use tower::ServiceExt;

    use super::*;

    type Pairs = Vec<(String, String)>;

    fn form(body: Body) -> Request {
        Request::post("/")
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(body)
            .unwrap()
    }

    /// A body that goes on as long as its sender is there.
    fn open() -> (mpsc::UnboundedSender<Bytes>, Body) {
        let (send, receive) = mpsc::unbounded_channel();
        let chunks = stream::unfold(receive, async |mut receive| {
            let chunk: Bytes = receive.recv().await?;
            Some((Ok::<_, Infallible>(chunk), receive))
        });
        (send, Body::from_stream(chunks))
    }

    async fn told(response: Response) -> (u16, Option<String>, String) {
        let again = response.headers().get("retry-after");
        let again = again.map(|seconds| seconds.to_str().unwrap().to_owned());
        let status = response.status().as_u16();
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        (status, again, String::from_utf8(bytes.to_vec()).unwrap())
    }

    /// Waits until it is so, however slow the machine is.
    async fn until(so: impl Fn() -> bool) {
        let waited = async {
            while !so() {
                tokio::task::yield_now().await;
            }
        };
        let waited = tokio::time::timeout(Duration::from_secs(60), waited).await;
        waited.expect("it is not so after a minute");
    }

    #[tokio::test]
    async fn many_slow_forms_have_a_bound_and_a_small_one_is_told_so() {
        let room = Room::of(40, 0);
        let answers = async |Form(pairs): Form<Pairs>| format!("{} answers", pairs.len());
        let pages = Router::new()
            .route("/", post(answers))
            .layer(from_fn_with_state(room.clone(), hold));
        let ask = |body| pages.clone().oneshot(form(body));
        let small = async || told(ask(Body::from("a=1&b=2")).await.unwrap()).await;
        // Each has sent four kilobytes and does not end.
        let mut slow = Vec::new();
        for _ in 0..5 {
            let (more, body) = open();
            more.send(Bytes::from(vec![b'x'; 4096])).unwrap();
            slow.push((more, tokio::spawn(ask(body))));
        }
        until(|| room.free().0 == 0).await;
        let (status, again, text) = small().await;
        assert_eq!((status, again.as_deref()), (503, Some("5")), "{text}");
        assert!(text.contains("Nothing that you typed is lost"), "{text}");
        // One that wants more than there is gives back what it had, and is told when it has come to its end.
        let (more, first) = slow.remove(0);
        more.send(Bytes::from(vec![b'x'; 1024])).unwrap();
        until(|| room.free().0 > 0).await;
        assert_eq!(small().await.0, 200);
        drop(more);
        assert_eq!(told(first.await.unwrap().unwrap()).await.0, 503);
        // One that ends, and one whose browser went away.
        let (more, second) = slow.remove(0);
        drop(more);
        assert_eq!(told(second.await.unwrap().unwrap()).await.0, 200);
        for (_, one) in &slow {
            one.abort();
        }
        until(|| room.free().0 == 40).await;
        assert_eq!(small().await, (200, None, "2 answers".to_owned()));
    }

    #[tokio::test]
    async fn a_form_without_files_has_a_longest_and_a_most() {
        let room = Room::default();
        let short = "a&".repeat(ANSWERS_MAX);
        for (body, wrong) in [
            ("a=".to_owned() + &"x".repeat(BYTES_MAX - 2), None),
            (
                "a=".to_owned() + &"x".repeat(BYTES_MAX),
                Some(Broken::TooLarge),
            ),
            (short[2..].to_owned(), None),
            (short, Some(Broken::TooLarge)),
        ] {
            let told = body.chars().take(9).collect::<String>();
            let read = read(form(Body::from(body)), &mut room.lease()).await;
            assert_eq!(read.err(), wrong, "{told}");
        }
        assert_eq!(room.free(), Room::default().free());
    }
}

//! Cookies where people open the pages over TLS: named `__Host-…` and `Secure`, so that neither another host of
//! the same domain nor anybody on the line can put one into a browser. The rest of the program knows them by
//! their plain names; here, at its edge, they are renamed both ways.

use axum::extract::Request;
use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;

/// What our cookies' names begin with.
const OURS: &str = "hms_";
/// What browsers accept only with `Secure`, `Path=/` and no `Domain` (RFC 6265bis, 4.1.3.2).
const PREFIX: &str = "__Host-";

/// Renames the cookies of one request and of its answer.
pub async fn host_cookies(mut request: Request, next: Next) -> Response {
    came(request.headers_mut());
    let mut response = next.run(request).await;
    left(response.headers_mut());
    response
}

/// Of our cookies only those with the prefix count: anybody could have put a plain one there.
fn came(headers: &mut HeaderMap) {
    let pairs: Vec<String> = headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|header| header.to_str().ok())
        .flat_map(|header| header.split(';'))
        .map(str::trim)
        .filter(|pair| !pair.starts_with(OURS))
        .map(|pair| match pair.strip_prefix(PREFIX) {
            Some(plain) if plain.starts_with(OURS) => plain.to_owned(),
            _ => pair.to_owned(),
        })
        .collect();
    headers.remove(COOKIE);
    if let Ok(header) = HeaderValue::from_str(&pairs.join("; "))
        && !pairs.is_empty()
    {
        headers.insert(COOKIE, header);
    }
}

fn left(headers: &mut HeaderMap) {
    let cookies: Vec<HeaderValue> = headers
        .get_all(SET_COOKIE)
        .iter()
        .map(|cookie| match cookie.to_str() {
            Ok(text) if text.starts_with(OURS) => {
                HeaderValue::from_str(&format!("{PREFIX}{text}; Secure"))
                    .unwrap_or_else(|_| cookie.clone())
            }
            _ => cookie.clone(),
        })
        .collect();
    headers.remove(SET_COOKIE);
    for cookie in cookies {
        headers.append(SET_COOKIE, cookie);
    }
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::Body;
    use axum::middleware::from_fn;
    use axum::routing::get;
    use tower::ServiceExt;

    use super::*;

    #[tokio::test]
    async fn only_cookies_with_the_prefix_come_in_and_go_out() {
        let app = Router::new()
            .route(
                "/",
                get(async |headers: HeaderMap| {
                    let came = headers
                        .get(COOKIE)
                        .map_or("", |came| came.to_str().unwrap());
                    (
                        [(SET_COOKIE, "hms_session=t; HttpOnly; SameSite=Lax; Path=/")],
                        came.to_owned(),
                    )
                }),
            )
            .layer(from_fn(host_cookies));
        for (sent, came) in [
            (
                "__Host-hms_session=a; hms_session=planted; x=y",
                "hms_session=a; x=y",
            ),
            ("hms_session=planted; hms_reporter=planted", ""),
            (
                "__Host-other=1; __Host-hms_lang=es",
                "__Host-other=1; hms_lang=es",
            ),
            ("", ""),
        ] {
            let request = Request::get("/").header("cookie", sent);
            let answer = app.clone().oneshot(request.body(Body::empty()).unwrap());
            let answer = answer.await.unwrap();
            assert_eq!(
                answer.headers()[SET_COOKIE],
                "__Host-hms_session=t; HttpOnly; SameSite=Lax; Path=/; Secure"
            );
            let body = axum::body::to_bytes(answer.into_body(), 1024)
                .await
                .unwrap();
            assert_eq!(body, came.as_bytes(), "{sent}");
        }
    }
}

//! The headers every answer leaves with, unless it has brought stricter ones of its own.

use axum::http::header::{
    CONTENT_SECURITY_POLICY, REFERRER_POLICY, SET_COOKIE, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue};

/// What holds where an answer says nothing. Pages bring a policy of their own, with the nonce of their scripts.
const UNLESS_TOLD: [(HeaderName, HeaderValue); 7] = [
    (
        CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(
            "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        ),
    ),
    // The page that a form without scripts came from is asked for by the server itself.
    (REFERRER_POLICY, HeaderValue::from_static("same-origin")),
    (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        HeaderValue::from_static("same-origin"),
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        HeaderValue::from_static("same-origin"),
    ),
    // The clipboard is left: a receipt can be copied.
    (
        HeaderName::from_static("permissions-policy"),
        HeaderValue::from_static(
            "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), \
             magnetometer=(), microphone=(), midi=(), payment=(), usb=()",
        ),
    ),
];

/// A year. Other names below this one are not ours to decide about.
const ONLY_ENCRYPTED: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// Puts them on an answer. Over TLS the browser is to come back over TLS only, and no cookie leaves without it.
pub(super) fn harden(headers: &mut HeaderMap, encrypted: bool) {
    // Room for all of them at once: growing step by step moves what is there each time.
    headers.reserve(UNLESS_TOLD.len() + 1);
    for (name, value) in UNLESS_TOLD {
        headers.entry(name).or_insert(value);
    }
    if encrypted {
        headers.insert(STRICT_TRANSPORT_SECURITY, ONLY_ENCRYPTED);
        secure_cookies(headers);
    }
}

fn secure_cookies(headers: &mut HeaderMap) {
    for cookie in headers
        .get_all(SET_COOKIE)
        .iter()
        .cloned()
        .collect::<Vec<_>>()
        .into_iter()
        .enumerate()
    {
        let (n, cookie) = cookie;
        let secure = secured(&cookie);
        match n {
            0 => headers.insert(SET_COOKIE, secure).is_some(),
            _ => headers.append(SET_COOKIE, secure),
        };
    }
}

fn secured(cookie: &HeaderValue) -> HeaderValue {
    let has = cookie
        .as_bytes()
        .split(|byte| *byte == b';')
        .skip(1)
        .any(|part| part.trim_ascii().eq_ignore_ascii_case(b"secure"));
    if has {
        return cookie.clone();
    }
    let mut bytes = cookie.as_bytes().to_vec();
    bytes.extend_from_slice(b"; Secure");
    HeaderValue::from_bytes(&bytes).unwrap_or_else(|_| cookie.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left(encrypted: bool) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.append(SET_COOKIE, HeaderValue::from_static("a=1; HttpOnly"));
        headers.append(SET_COOKIE, HeaderValue::from_static("b=secure; SECURE"));
        headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
        harden(&mut headers, encrypted);
        headers
    }

    #[test]
    fn cookies_are_secure_and_tls_is_kept_to_over_tls_only() {
        let cookies = |headers: &HeaderMap| {
            let all = headers.get_all(SET_COOKIE).iter();
            all.map(|cookie| cookie.to_str().unwrap().to_owned())
                .collect::<Vec<_>>()
        };
        let plain = left(false);
        assert_eq!(cookies(&plain), ["a=1; HttpOnly", "b=secure; SECURE"]);
        assert_eq!(plain.get(STRICT_TRANSPORT_SECURITY), None);
        let encrypted = left(true);
        assert_eq!(
            cookies(&encrypted),
            ["a=1; HttpOnly; Secure", "b=secure; SECURE"]
        );
        assert_eq!(encrypted[STRICT_TRANSPORT_SECURITY], "max-age=31536000");
    }

    #[test]
    fn what_an_answer_brought_stays() {
        let headers = left(false);
        assert_eq!(headers[REFERRER_POLICY], "no-referrer");
        assert_eq!(headers[X_FRAME_OPTIONS], "DENY");
        assert!(
            headers[CONTENT_SECURITY_POLICY]
                .to_str()
                .unwrap()
                .starts_with("default-src 'none'")
        );
    }
}

//! Whether a browser asks on behalf of a page of this site, by what it says itself (Fetch Metadata, Origin).

use axum::http::header::{COOKIE, HOST, ORIGIN, REFERER};
use axum::http::{HeaderMap, Method};

/// On whose behalf a request is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// A page of this site, or the person themselves; or a program that has nothing to misuse.
    Here,
    /// A link on another site led here: a page may be shown, nothing may be changed.
    Led,
    /// A page of another site, or one that cannot be told.
    Elsewhere,
}

/// On whose behalf. A browser that says nothing at all and yet sends a cookie is not believed.
pub fn asked(method: &Method, headers: &HeaderMap, encrypted: bool) -> Asked {
    let reads = matches!(*method, Method::GET | Method::HEAD);
    if let Some(site) = text(headers, "sec-fetch-site") {
        return match site {
            "same-origin" | "none" => Asked::Here,
            _ if reads && led(headers) => Asked::Led,
            _ => Asked::Elsewhere,
        };
    }
    // Browsers before 2023 say no more than the origin, and only with what changes something.
    if let Some(origin) = text(headers, ORIGIN.as_str()) {
        return here_if(own(origin, headers, encrypted));
    }
    if reads {
        return Asked::Here;
    }
    // Browsers without scripts say from which page a form came.
    if let Some(referer) = text(headers, REFERER.as_str()) {
        let origin = referer.match_indices('/').nth(2);
        let origin = origin.map_or(referer, |(end, _)| &referer[..end]);
        return here_if(own(origin, headers, encrypted));
    }
    here_if(!headers.contains_key(COOKIE))
}

/// A link or an address in a page, shown in a window of its own and not inside another site's page.
fn led(headers: &HeaderMap) -> bool {
    text(headers, "sec-fetch-mode") == Some("navigate")
        && matches!(text(headers, "sec-fetch-dest"), Some("document"))
}

/// Whether an origin is the one this request was sent to. Over TLS it must be `https`; without it nobody can
/// tell, for a proxy may not have been named.
fn own(origin: &str, headers: &HeaderMap, encrypted: bool) -> bool {
    let Some((scheme, host)) = origin.split_once("://") else {
        return false;
    };
    let scheme_fits = scheme == "https" || (scheme == "http" && !encrypted);
    scheme_fits && !host.is_empty() && text(headers, HOST.as_str()) == Some(host)
}

fn here_if(own: bool) -> Asked {
    if own { Asked::Here } else { Asked::Elsewhere }
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    // One that cannot be read is there, and says nothing good.
    headers.get(name).map(|value| value.to_str().unwrap_or("?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(method: Method, encrypted: bool, lines: &[(&'static str, &'static str)]) -> Asked {
        let headers = lines
            .iter()
            .map(|(name, value)| {
                let name = axum::http::HeaderName::from_static(name);
                (name, axum::http::HeaderValue::from_static(value))
            })
            .collect();
        asked(&method, &headers, encrypted)
    }

    #[test]
    fn what_another_site_sends_is_known() {
        use Asked::{Elsewhere, Here, Led};
        let navigated = ("sec-fetch-mode", "navigate");
        let window = ("sec-fetch-dest", "document");
        for (lines, changes, reads) in [
            (&[("sec-fetch-site", "same-origin")][..], Here, Here),
            (&[("sec-fetch-site", "none")], Here, Here),
            (&[("sec-fetch-site", "cross-site")], Elsewhere, Elsewhere),
            (&[("sec-fetch-site", "same-site")], Elsewhere, Elsewhere),
            (&[("sec-fetch-site", "made-up")], Elsewhere, Elsewhere),
            (
                &[("sec-fetch-site", "cross-site"), navigated, window],
                Elsewhere,
                Led,
            ),
            (
                &[
                    ("sec-fetch-site", "cross-site"),
                    navigated,
                    ("sec-fetch-dest", "iframe"),
                ],
                Elsewhere,
                Elsewhere,
            ),
            (
                &[
                    ("sec-fetch-site", "cross-site"),
                    ("sec-fetch-mode", "no-cors"),
                    window,
                ],
                Elsewhere,
                Elsewhere,
            ),
            (&[("origin", "http://a:1"), ("host", "a:1")], Here, Here),
            (&[("origin", "https://a:1"), ("host", "a:1")], Here, Here),
            (
                &[("origin", "http://b:1"), ("host", "a:1")],
                Elsewhere,
                Elsewhere,
            ),
            (
                &[("origin", "http://a:2"), ("host", "a:1")],
                Elsewhere,
                Elsewhere,
            ),
            (
                &[("origin", "ftp://a:1"), ("host", "a:1")],
                Elsewhere,
                Elsewhere,
            ),
            (&[("origin", "null"), ("host", "a:1")], Elsewhere, Elsewhere),
            (&[("origin", "http://")], Elsewhere, Elsewhere),
            (
                &[("referer", "http://a:1/report"), ("host", "a:1")],
                Here,
                Here,
            ),
            (
                &[("referer", "http://b/?http://a:1/"), ("host", "a:1")],
                Elsewhere,
                Here,
            ),
            (
                &[("referer", "http://a:1.evil/"), ("host", "a:1")],
                Elsewhere,
                Here,
            ),
            (&[("host", "a:1")], Here, Here),
            (&[("host", "a:1"), ("cookie", "s=1")], Elsewhere, Here),
        ] {
            assert_eq!(told(Method::POST, false, lines), changes, "POST {lines:?}");
            assert_eq!(
                told(Method::DELETE, false, lines),
                changes,
                "DELETE {lines:?}"
            );
            assert_eq!(told(Method::GET, false, lines), reads, "GET {lines:?}");
        }
    }

    #[test]
    fn over_tls_a_page_without_it_is_another_site() {
        for (origin, expect) in [("http://a", Asked::Elsewhere), ("https://a", Asked::Here)] {
            assert_eq!(
                told(Method::POST, true, &[("origin", origin), ("host", "a")]),
                expect
            );
        }
    }
}

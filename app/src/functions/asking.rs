//! Who is asking, from the request's headers; cookies on the answer.

use axum::http::header::{ACCEPT_LANGUAGE, COOKIE, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue, request::Parts};
use leptos::prelude::use_context;
use leptos_axum::ResponseOptions;

use crate::agency::{
    BROWSER_COOKIE, BROWSER_SECONDS, PROVIDER_COOKIE, REPORTER_COOKIE, Refused, SESSION_COOKIE,
    SharedAgency, Token, Visitor,
};
use crate::views::Language;

/// The cookie that remembers the language chosen.
const LANGUAGE_COOKIE: &str = "hms_lang";
/// How long a language is remembered, in seconds: a year.
const LANGUAGE_SECONDS: u32 = 31_536_000;

/// In the context of a page that answers a post of which nobody knows whether it was kept, and that cannot be shown
/// itself just now: it says that, and not that nothing was changed.
#[derive(Debug, Clone, Copy)]
pub struct Unconfirmed;

/// The server, as provided to the pages.
pub fn agency() -> Result<SharedAgency, Refused> {
    if use_context::<Unconfirmed>().is_some() {
        return Err(Refused::NotKnown);
    }
    use_context::<SharedAgency>().ok_or(Refused::NotNow)
}

/// Who is asking: as a form post already found out, or as the request's headers tell.
pub fn asking() -> Visitor {
    use_context::<Visitor>().unwrap_or_else(|| {
        use_context::<Parts>()
            .map(|parts| visitor_of(&parts.headers))
            .unwrap_or_default()
    })
}

/// Who is asking, as far as the headers tell.
pub fn visitor_of(headers: &HeaderMap) -> Visitor {
    Visitor {
        session: cookie_value(headers, SESSION_COOKIE).map(Token),
        reporter: cookie_value(headers, REPORTER_COOKIE).map(Token),
        browser: cookie_value(headers, BROWSER_COOKIE).map(Token),
        language: language_of(headers),
        passive: passive(headers),
    }
}

/// What a browser kept while it was at the provider of sign-ins.
pub fn provider_seed(headers: &HeaderMap) -> Option<Token> {
    cookie_value(headers, PROVIDER_COOKIE).map(Token)
}

/// Whether a page asks for itself again without anybody having done something (Fetch Metadata,
/// `Sec-Fetch-User`). A browser that says nothing is taken to be used.
fn passive(headers: &HeaderMap) -> bool {
    let is = |name, value: &str| headers.get(name).is_some_and(|found| found == value);
    is("sec-fetch-mode", "navigate") && !is("sec-fetch-user", "?1")
}

/// A `Set-Cookie` value for a secret: not for scripts, not for other sites. Without a token it is forgotten.
/// It ends with the browser; how long the secret is good is the server's to say.
pub fn cookie(name: &str, token: Option<&Token>) -> Option<HeaderValue> {
    let value = match token {
        Some(Token(secret)) => format!("{name}={secret}; HttpOnly; SameSite=Lax; Path=/"),
        None => format!("{name}=; HttpOnly; SameSite=Lax; Path=/; Max-Age=0"),
    };
    HeaderValue::from_str(&value).ok()
}

/// A `Set-Cookie` value for a browser in which somebody signed in: as for a secret, and kept when the browser ends.
pub fn browser_cookie(Token(secret): &Token) -> Option<HeaderValue> {
    HeaderValue::from_str(&format!(
        "{BROWSER_COOKIE}={secret}; HttpOnly; SameSite=Lax; Path=/; Max-Age={BROWSER_SECONDS}"
    ))
    .ok()
}

/// A `Set-Cookie` value that remembers a language.
pub fn language_cookie(language: Language) -> Option<HeaderValue> {
    let code = language.code();
    HeaderValue::from_str(&format!(
        "{LANGUAGE_COOKIE}={code}; HttpOnly; SameSite=Lax; Path=/; Max-Age={LANGUAGE_SECONDS}"
    ))
    .ok()
}

/// Puts a secret's cookie on the answer of the server function that runs.
pub fn leave_cookie(name: &str, token: &Token) {
    if let (Some(answer), Some(cookie)) =
        (use_context::<ResponseOptions>(), cookie(name, Some(token)))
    {
        answer.append_header(SET_COOKIE, cookie);
    }
}

fn cookie_value(headers: &HeaderMap, name: &str) -> Option<String> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|header| header.to_str().ok())
        .flat_map(|header| header.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, value)| *key == name && !value.is_empty())
        .map(|(_, value)| value.to_owned())
}

fn language_of(headers: &HeaderMap) -> Language {
    if let Some(chosen) = cookie_value(headers, LANGUAGE_COOKIE).and_then(|code| known(&code)) {
        return chosen;
    }
    headers
        .get(ACCEPT_LANGUAGE)
        .and_then(|header| header.to_str().ok())
        .and_then(preferred)
        .unwrap_or_default()
}

/// A language by its code; a region after it does not matter.
pub fn known(code: &str) -> Option<Language> {
    match code.trim().split(['-', '_']).next()? {
        code if code.eq_ignore_ascii_case("en") => Some(Language::En),
        code if code.eq_ignore_ascii_case("es") => Some(Language::Es),
        _ => None,
    }
}

/// The language with the highest weight that the site has (RFC 9110, 12.5.4); the first of equals.
fn preferred(header: &str) -> Option<Language> {
    let mut best: Option<(Language, f32)> = None;
    for range in header.split(',') {
        let mut pieces = range.split(';');
        let Some(language) = pieces.next().and_then(known) else {
            continue;
        };
        let weight = pieces
            .find_map(|piece| piece.trim().strip_prefix("q=")?.parse::<f32>().ok())
            .unwrap_or(1.0);
        if weight > 0.0 && best.is_none_or(|(_, held)| weight > held) {
            best = Some((language, weight));
        }
    }
    best.map(|(language, _)| language)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| {
                (
                    name.parse::<axum::http::HeaderName>().expect("a name"),
                    HeaderValue::from_static(value),
                )
            })
            .collect()
    }

    #[test]
    fn cookies_are_read_by_their_whole_name() {
        let visitor = visitor_of(&headers(&[(
            "cookie",
            "xhms_session=a; hms_session=b=c; hms_reporter=; hms_browser=d; hms_lang=es",
        )]));
        assert_eq!(visitor.session, Some(Token("b=c".into())));
        assert_eq!(visitor.reporter, None);
        assert_eq!(visitor.browser, Some(Token("d".into())));
        assert_eq!(visitor.language, Language::Es);
    }

    #[test]
    fn the_heaviest_known_language_wins() {
        let cases = [
            ("es", Language::Es),
            ("es-MX,es;q=0.9,en;q=0.8", Language::Es),
            ("de, es;q=0.5, en;q=0.7", Language::En),
            ("fr, es;q=0.1", Language::Es),
            ("es;q=0, fr", Language::En),
            ("", Language::En),
            ("*", Language::En),
        ];
        for (header, expected) in cases {
            assert_eq!(
                preferred(header).unwrap_or_default(),
                expected,
                "{header:?}"
            );
        }
    }

    #[test]
    fn secrets_are_kept_from_scripts_and_other_sites() {
        let left = cookie(SESSION_COOKIE, Some(&Token("t".into()))).expect("a header");
        assert_eq!(left, "hms_session=t; HttpOnly; SameSite=Lax; Path=/");
        let gone = cookie(SESSION_COOKIE, None).expect("a header");
        assert_eq!(
            gone,
            "hms_session=; HttpOnly; SameSite=Lax; Path=/; Max-Age=0"
        );
        assert_eq!(cookie("a", Some(&Token("x\r\ny".into()))), None);
    }
}

use std::str::FromStr;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};

/// The names this server answers to. A name that a foreign site points at this machine still arrives as that name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hosts(Vec<String>);

impl Hosts {
    /// This machine's own names, and `act`: what the demonstration answers to unless told otherwise.
    pub fn local() -> Hosts {
        Hosts(
            ["localhost", "127.0.0.1", "[::1]", "act"]
                .map(str::to_owned)
                .to_vec(),
        )
    }

    /// Whether a request asks for one of them; the port does not matter.
    pub fn have(&self, uri: &Uri, headers: &HeaderMap) -> bool {
        let name = name_of(host(uri, headers));
        self.0.iter().any(|known| known.eq_ignore_ascii_case(name))
    }

    /// The names, for people: "localhost, 127.0.0.1 or act".
    pub fn told(&self) -> String {
        match self.0.split_last() {
            Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
            _ => self.0.concat(),
        }
    }
}

impl FromStr for Hosts {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let names: Vec<String> = text.split(',').map(|name| name.trim().to_owned()).collect();
        let name = |name: &String| {
            let bare = name.trim_start_matches('[').trim_end_matches(']');
            !bare.is_empty()
                && bare
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b':'))
                && name_of(name) == name
        };
        match names.iter().find(|one| !name(one)) {
            Some(wrong) => Err(format!(
                "\"{wrong}\" is no host name – write names without a port, like complaints.example,localhost"
            )),
            None => Ok(Hosts(names)),
        }
    }
}

/// A router that is asked under one of these names only.
pub fn only_as(router: Router, hosts: Hosts) -> Router {
    router.layer(from_fn_with_state(hosts, known))
}

async fn known(State(hosts): State<Hosts>, request: Request, next: Next) -> Response {
    if hosts.have(request.uri(), request.headers()) {
        return next.run(request).await;
    }
    let told = format!("This server answers only as {}.\n", hosts.told());
    (StatusCode::MISDIRECTED_REQUEST, told).into_response()
}

/// The host a request asks for, with its port where it has one.
pub(super) fn host<'r>(uri: &'r Uri, headers: &'r HeaderMap) -> &'r str {
    headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .or_else(|| uri.authority().map(|authority| authority.as_str()))
        .unwrap_or_default()
}

/// The name in a host with or without a port.
fn name_of(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port))
            if port.bytes().all(|b| b.is_ascii_digit())
                && !name.is_empty()
                && (!name.contains(':') || name.ends_with(']')) =>
        {
            name
        }
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(hosts: &Hosts, host: &str) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, host.parse().unwrap());
        hosts.have(&Uri::from_static("/"), &headers)
    }

    #[test]
    fn a_name_is_known_with_and_without_a_port() {
        let local = Hosts::local();
        for known in [
            "localhost",
            "LOCALHOST:7000",
            "127.0.0.1:1",
            "[::1]:8100",
            "[::1]",
            "act:8100",
        ] {
            assert!(asked(&local, known), "{known}");
        }
        for foreign in [
            "evil.example",
            "localhost.evil.example:7000",
            "",
            "127.0.0.1.evil.example",
            "::1",
        ] {
            assert!(!asked(&local, foreign), "{foreign}");
        }
        assert!(!local.have(&Uri::from_static("/"), &HeaderMap::new()));
        let own: Hosts = "complaints.example, [2001:db8::1]".parse().unwrap();
        assert!(asked(&own, "Complaints.Example") && asked(&own, "[2001:db8::1]:443"));
        assert!(!asked(&own, "localhost"));
    }

    #[test]
    fn what_is_no_name_is_told() {
        for wrong in ["", "a,,b", "http://a", "a:80", "a b"] {
            assert!(wrong.parse::<Hosts>().is_err(), "{wrong}");
        }
        assert_eq!(Hosts::local().told(), "localhost, 127.0.0.1, [::1] or act");
    }
}

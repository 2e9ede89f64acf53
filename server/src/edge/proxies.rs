//! Where a request really comes from, when proxies stand before this server.

use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use axum::http::header::FORWARDED;
use axum::http::{HeaderMap, HeaderName};

use super::Network;

/// Most hops that are looked at, from the nearest on.
const HOPS_MAX: usize = 32;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// The header by which the proxies say from whom a request came. One of the two and not whichever is there: a
/// proxy passes on the one it does not know, and anybody can have written that.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ProxyHeader {
    /// `X-Forwarded-For` and `X-Forwarded-Proto`.
    #[default]
    XForwarded,
    /// `Forwarded` (RFC 7239).
    Forwarded,
}

impl FromStr for ProxyHeader {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.to_ascii_lowercase().as_str() {
            "x-forwarded-for" => Ok(ProxyHeader::XForwarded),
            "forwarded" => Ok(ProxyHeader::Forwarded),
            _ => Err(format!(
                "\"{text}\" is not known – use x-forwarded-for or forwarded"
            )),
        }
    }
}

/// The proxies whose word is taken.
#[derive(Debug, Clone, Default)]
pub struct Proxies {
    trusted: Vec<Network>,
    header: ProxyHeader,
}

/// Where a request comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Came {
    /// The nearest address that is no trusted proxy.
    pub from: IpAddr,
    /// Whether it came over TLS, here or at the outermost proxy that says so.
    pub encrypted: bool,
    /// Whether a trusted proxy handed it on.
    pub handed_on: bool,
}

impl Proxies {
    /// Those of these networks, which say so in this header.
    pub fn new(trusted: Vec<Network>, header: ProxyHeader) -> Proxies {
        Proxies { trusted, header }
    }

    /// Where a request of this peer comes from. What a peer says that is no trusted proxy is not read.
    pub fn came(&self, peer: SocketAddr, encrypted: bool, headers: &HeaderMap) -> Came {
        let peer = peer.ip().to_canonical();
        if !self.trusts(peer) {
            return Came {
                from: peer,
                encrypted,
                handed_on: false,
            };
        }
        let (hops, said_encrypted) = match self.header {
            ProxyHeader::XForwarded => x_forwarded(headers),
            ProxyHeader::Forwarded => forwarded(headers),
        };
        // From the right: each was written by the one after it. The first that is no proxy is whom we want; what
        // stands left of it is their own word.
        let mut from = peer;
        for hop in hops {
            match hop {
                Some(address) => from = address,
                None => break,
            }
            if !self.trusts(from) {
                break;
            }
        }
        Came {
            from,
            encrypted: encrypted || said_encrypted,
            handed_on: true,
        }
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.trusted.iter().any(|network| network.has(address))
    }
}

/// The hops from the nearest on, none where one is no address; and whether the nearest proxy was asked over TLS.
fn x_forwarded(headers: &HeaderMap) -> (Vec<Option<IpAddr>>, bool) {
    let hops = from_the_right(headers, &FORWARDED_FOR)
        .map(address)
        .collect();
    let encrypted = from_the_right(headers, &FORWARDED_PROTO)
        .next()
        .is_some_and(|scheme| scheme.eq_ignore_ascii_case("https"));
    (hops, encrypted)
}

fn forwarded(headers: &HeaderMap) -> (Vec<Option<IpAddr>>, bool) {
    let mut encrypted = None;
    let mut hops = Vec::new();
    for element in from_the_right(headers, &FORWARDED) {
        let member = |wanted: &str| {
            element.split(';').find_map(|pair| {
                let (name, value) = pair.split_once('=')?;
                let named = name.trim().eq_ignore_ascii_case(wanted);
                named.then(|| value.trim().trim_matches('"'))
            })
        };
        let https = || member("proto").is_some_and(|scheme| scheme.eq_ignore_ascii_case("https"));
        encrypted.get_or_insert_with(https);
        hops.push(member("for").and_then(address));
    }
    (hops, encrypted.unwrap_or(false))
}

/// The parts of a list, over all headers of this name, from the last on.
fn from_the_right<'h>(
    headers: &'h HeaderMap,
    name: &HeaderName,
) -> impl Iterator<Item = &'h str> + use<'h> {
    let lines: Vec<&str> = headers
        .get_all(name)
        .iter()
        .map(|value| value.to_str().unwrap_or_default())
        .collect();
    lines
        .into_iter()
        .rev()
        .flat_map(|line| line.rsplit(','))
        .take(HOPS_MAX)
        .map(str::trim)
}

/// An address with or without a port: `192.0.2.7`, `192.0.2.7:80`, `[2001:db8::1]`, `[2001:db8::1]:80`.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.trim_start_matches('[').trim_end_matches(']');
    let address = bare.parse::<IpAddr>().ok();
    let address = address.or_else(|| {
        text.parse::<SocketAddr>()
            .ok()
            .map(|with_port| with_port.ip())
    });
    address.map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn came(header: ProxyHeader, peer: &str, lines: &[(&'static str, &str)]) -> (String, bool) {
        let trusted = ["10.0.0.0/8", "127.0.0.1"].map(|network| network.parse().unwrap());
        let proxies = Proxies::new(trusted.to_vec(), header);
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, value.parse().unwrap());
        }
        let came = proxies.came(peer.parse().unwrap(), false, &headers);
        (came.from.to_string(), came.encrypted)
    }

    #[test]
    fn only_what_a_trusted_proxy_says_is_read_and_from_the_right() {
        let far = "198.51.100.9:5";
        let near = "10.0.0.1:5";
        for (peer, lines, from, encrypted) in [
            (
                far,
                &[
                    ("x-forwarded-for", "192.0.2.7"),
                    ("x-forwarded-proto", "https"),
                ][..],
                "198.51.100.9",
                false,
            ),
            (near, &[], "10.0.0.1", false),
            (
                near,
                &[("x-forwarded-for", "192.0.2.7")],
                "192.0.2.7",
                false,
            ),
            (
                near,
                &[("x-forwarded-for", "192.0.2.7:4711")],
                "192.0.2.7",
                false,
            ),
            (
                near,
                &[("x-forwarded-for", "[2001:db8::1]:80")],
                "2001:db8::1",
                false,
            ),
            // What the client made up stands on the left.
            (
                near,
                &[("x-forwarded-for", "6.6.6.6, 192.0.2.7, 10.0.0.2")],
                "192.0.2.7",
                false,
            ),
            (
                near,
                &[
                    ("x-forwarded-for", "6.6.6.6"),
                    ("x-forwarded-for", "192.0.2.7"),
                ],
                "192.0.2.7",
                false,
            ),
            (
                near,
                &[("x-forwarded-for", "192.0.2.7, unknown, 10.0.0.2")],
                "10.0.0.2",
                false,
            ),
            (
                near,
                &[("x-forwarded-for", "10.0.0.3, 10.0.0.2")],
                "10.0.0.3",
                false,
            ),
            (near, &[("x-forwarded-proto", "https")], "10.0.0.1", true),
            (
                near,
                &[("x-forwarded-proto", "https, http")],
                "10.0.0.1",
                false,
            ),
            // The other header is anybody's.
            (
                near,
                &[("forwarded", "for=6.6.6.6;proto=https")],
                "10.0.0.1",
                false,
            ),
        ] {
            let told = came(ProxyHeader::XForwarded, peer, lines);
            assert_eq!(told, (from.to_owned(), encrypted), "{peer} {lines:?}");
        }
        for (lines, from, encrypted) in [
            (
                &[("forwarded", "for=192.0.2.7;proto=https;by=10.0.0.1")][..],
                "192.0.2.7",
                true,
            ),
            (
                &[("forwarded", "For=\"[2001:db8::1]:80\"; proto=http")],
                "2001:db8::1",
                false,
            ),
            (
                &[("forwarded", "for=6.6.6.6, for=192.0.2.7;proto=https")],
                "192.0.2.7",
                true,
            ),
            (
                &[("forwarded", "for=192.0.2.7;proto=https, for=10.0.0.2")],
                "192.0.2.7",
                false,
            ),
            (&[("forwarded", "for=_hidden")], "10.0.0.1", false),
            (
                &[
                    ("x-forwarded-for", "6.6.6.6"),
                    ("x-forwarded-proto", "https"),
                ],
                "10.0.0.1",
                false,
            ),
        ] {
            let told = came(ProxyHeader::Forwarded, near, lines);
            assert_eq!(told, (from.to_owned(), encrypted), "{lines:?}");
        }
    }

    #[test]
    fn without_a_trusted_proxy_nobody_is_believed() {
        let mut headers = HeaderMap::new();
        headers.insert(FORWARDED_FOR, "192.0.2.7".parse().unwrap());
        let came = Proxies::default().came("127.0.0.1:1".parse().unwrap(), false, &headers);
        assert_eq!(came.from.to_string(), "127.0.0.1");
        assert!(!came.handed_on);
    }

    #[test]
    fn a_thousand_hops_are_not_walked() {
        let line = vec!["10.0.0.9"; 1000].join(",");
        let told = came(
            ProxyHeader::XForwarded,
            "10.0.0.1:5",
            &[("x-forwarded-for", &format!("192.0.2.7,{line}"))],
        );
        assert_eq!(told.0, "10.0.0.9");
    }
}

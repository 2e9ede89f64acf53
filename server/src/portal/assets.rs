//! Scripts, style, fonts and pictures: from a folder beside the binary, or from the binary itself.
//!
//! All files are read once, at start: they are a few megabytes, and what is served can then not change
//! under a running server, nor can a path lead anywhere else.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use sha2::{Digest, Sha256};

/// Maps `pkg/hms.js` to the name with its hash.
const MANIFEST: &str = "manifest.json";
/// For names with a hash: what is behind them never changes.
const FOREVER: &str = "public, max-age=31536000, immutable";
/// For fonts and pictures, which keep their names.
const A_DAY: &str = "public, max-age=86400";

/// The files of a site.
#[derive(Clone, Default)]
pub struct Assets(Arc<Files>);

#[derive(Default)]
struct Files {
    /// By path below the root, with `.br` and `.gz` files beside what they compress.
    files: HashMap<String, File>,
    /// Logical to served name.
    names: HashMap<String, String>,
}

struct File {
    bytes: Bytes,
    etag: HeaderValue,
}

impl Assets {
    /// The site beside the binary, else in the binary, else where the build puts it. Without any, the
    /// pages still work, unstyled and without scripts.
    pub fn find() -> Assets {
        let beside = std::env::current_exe()
            .ok()
            .and_then(|exe| Some(exe.parent()?.to_owned()));
        let built = beside.as_deref().and_then(Path::parent);
        let folder = |base: Option<&Path>| base.map(|base| base.join("site"));
        let assets = [folder(beside.as_deref()), folder(built)]
            .into_iter()
            .flatten()
            .chain([PathBuf::from("target/site")]);
        let mut places = assets.map(|place| Assets::in_folder(&place));
        let found = places
            .next()
            .flatten()
            .or_else(embedded)
            .or_else(|| places.flatten().next());
        found.unwrap_or_else(|| {
            tracing::warn!("no scripts and styles found; `cargo xtask build` makes them");
            Assets::default()
        })
    }

    /// The site in a folder; none when there is no manifest in it.
    pub fn in_folder(folder: &Path) -> Option<Assets> {
        if !folder.join(MANIFEST).is_file() {
            return None;
        }
        let mut files = Vec::new();
        if let Err(error) = read_below(folder, "", &mut files) {
            tracing::warn!(site.folder = %folder.display(), %error, "the site's folder cannot be read");
            return None;
        }
        Some(Assets::of(files))
    }

    fn of(files: Vec<(String, Bytes)>) -> Assets {
        let names = files
            .iter()
            .find(|(path, _)| path == MANIFEST)
            .and_then(|(_, bytes)| serde_json::from_slice(bytes).ok())
            .unwrap_or_else(|| {
                tracing::warn!("the site's manifest cannot be read");
                HashMap::new()
            });
        let files = files
            .into_iter()
            .filter(|(path, _)| path != MANIFEST)
            .map(|(path, bytes)| {
                let etag = etag(&bytes);
                (path, File { bytes, etag })
            })
            .collect();
        Assets(Arc::new(Files { files, names }))
    }

    /// The address of a file by its logical name, `pkg/hms.js`; none when it is not there.
    pub fn address(&self, logical: &str) -> Option<String> {
        let name = self.0.names.get(logical)?;
        self.0.files.contains_key(name).then(|| format!("/{name}"))
    }

    /// The address of a file that keeps its name; none when it is not there.
    pub fn plain(&self, path: &str) -> Option<String> {
        self.0.files.contains_key(path).then(|| format!("/{path}"))
    }

    /// Their routes. What is not there is a 404, not a page.
    pub fn routes(self) -> Router {
        Router::new()
            .route("/pkg/{*file}", get(serve))
            .route("/style/{*file}", get(serve))
            .route("/fonts/{*file}", get(serve))
            .route("/img/{*file}", get(serve))
            .route("/favicon.ico", get(StatusCode::NOT_FOUND))
            .with_state(self)
    }
}

fn read_below(
    folder: &Path,
    prefix: &str,
    files: &mut Vec<(String, Bytes)>,
) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            read_below(&entry.path(), &format!("{path}/"), files)?;
        } else {
            files.push((path, Bytes::from(std::fs::read(entry.path())?)));
        }
    }
    Ok(())
}

#[cfg(feature = "embed")]
fn embedded() -> Option<Assets> {
    #[derive(rust_embed::Embed)]
    #[folder = "../target/site"]
    struct Embedded;

    Embedded::get(MANIFEST)?;
    let files = Embedded::iter()
        .filter_map(|path| {
            let file = Embedded::get(&path)?;
            Some((path.into_owned(), Bytes::from(file.data.into_owned())))
        })
        .collect();
    Some(Assets::of(files))
}

#[cfg(not(feature = "embed"))]
fn embedded() -> Option<Assets> {
    None
}

fn etag(bytes: &[u8]) -> HeaderValue {
    let digest = Sha256::digest(bytes);
    let hex: String = digest[..12]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    HeaderValue::from_str(&format!("\"{hex}\"")).unwrap_or(HeaderValue::from_static("\"\""))
}

async fn serve(State(assets): State<Assets>, request: Request) -> Response {
    let path = request.uri().path().trim_start_matches('/');
    assets
        .0
        .answer(path, request.headers())
        .unwrap_or_else(|| (StatusCode::NOT_FOUND, "There is no such file.\n").into_response())
}

impl Files {
    fn answer(&self, path: &str, headers: &HeaderMap) -> Option<Response> {
        let plain = self.files.get(path)?;
        let (encoding, file) = ["br", "gzip"]
            .into_iter()
            .filter(|encoding| accepts(headers, encoding))
            .find_map(|encoding| {
                let suffix = if encoding == "gzip" { "gz" } else { encoding };
                let file = self.files.get(&format!("{path}.{suffix}"))?;
                Some((Some(encoding), file))
            })
            .unwrap_or((None, plain));
        let mut response = if headers
            .get_all(IF_NONE_MATCH)
            .iter()
            .any(|known| known == file.etag)
        {
            StatusCode::NOT_MODIFIED.into_response()
        } else {
            Response::new(Body::from(file.bytes.clone()))
        };
        let hashed = self.names.values().any(|name| name == path);
        let answer = response.headers_mut();
        answer.insert(CONTENT_TYPE, HeaderValue::from_static(content_type(path)));
        answer.insert(
            CACHE_CONTROL,
            HeaderValue::from_static(if hashed { FOREVER } else { A_DAY }),
        );
        answer.insert(ETAG, file.etag.clone());
        answer.insert(VARY, HeaderValue::from_static("accept-encoding"));
        if let Some(encoding) = encoding {
            answer.insert(CONTENT_ENCODING, HeaderValue::from_static(encoding));
        }
        Some(response)
    }
}

/// Whether a client takes an encoding (RFC 9110, 12.5.3); `q=0` refuses it.
fn accepts(headers: &HeaderMap, encoding: &str) -> bool {
    headers
        .get_all(ACCEPT_ENCODING)
        .iter()
        .filter_map(|header| header.to_str().ok())
        .flat_map(|header| header.split(','))
        .any(|choice| {
            let mut pieces = choice.split(';').map(str::trim);
            pieces
                .next()
                .is_some_and(|name| name.eq_ignore_ascii_case(encoding))
                && !pieces.any(|piece| matches!(piece, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"))
        })
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "js" => "text/javascript; charset=utf-8",
        "wasm" => "application/wasm",
        "css" => "text/css; charset=utf-8",
        "woff2" => "font/woff2",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "json" => "application/json",
        "txt" | "md" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assets() -> Assets {
        let manifest = r#"{"pkg/hms.js":"pkg/hms.1a.js","pkg/gone.js":"pkg/gone.2b.js"}"#;
        Assets::of(
            [
                (MANIFEST, manifest),
                ("pkg/hms.1a.js", "plain"),
                ("pkg/hms.1a.js.br", "brotli"),
                ("pkg/hms.1a.js.gz", "gzip"),
                ("fonts/a.woff2", "font"),
            ]
            .map(|(path, text)| (path.to_owned(), Bytes::from_static(text.as_bytes())))
            .into(),
        )
    }

    fn asked(path: &str, encodings: &str) -> Option<Response> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT_ENCODING, encodings.parse().expect("a header"));
        assets().0.answer(path, &headers)
    }

    #[test]
    fn a_name_leads_to_a_file_that_is_there() {
        assert_eq!(
            assets().address("pkg/hms.js").as_deref(),
            Some("/pkg/hms.1a.js")
        );
        assert_eq!(assets().address("pkg/gone.js"), None);
        assert_eq!(
            assets().plain("fonts/a.woff2").as_deref(),
            Some("/fonts/a.woff2")
        );
    }

    #[test]
    fn the_smallest_accepted_form_is_served() {
        let cases = [
            ("gzip, deflate, br", Some("br")),
            ("gzip", Some("gzip")),
            ("br;q=0, gzip", Some("gzip")),
            ("identity", None),
        ];
        for (encodings, expected) in cases {
            let response = asked("pkg/hms.1a.js", encodings).expect("a file");
            let encoding = response.headers().get(CONTENT_ENCODING);
            assert_eq!(encoding.and_then(|value| value.to_str().ok()), expected);
            assert_eq!(response.headers()[CACHE_CONTROL], FOREVER);
            assert_eq!(
                response.headers()[CONTENT_TYPE],
                "text/javascript; charset=utf-8"
            );
        }
        let font = asked("fonts/a.woff2", "br").expect("a file");
        assert_eq!(font.headers()[CACHE_CONTROL], A_DAY);
    }

    #[test]
    fn what_is_known_is_not_sent_again() {
        let first = asked("fonts/a.woff2", "").expect("a file");
        let mut headers = HeaderMap::new();
        headers.insert(IF_NONE_MATCH, first.headers()[ETAG].clone());
        let again = assets()
            .0
            .answer("fonts/a.woff2", &headers)
            .expect("a file");
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
    }

    #[test]
    fn nothing_else_is_served() {
        for path in [
            "pkg/none.js",
            "manifest.json",
            "pkg/../manifest.json",
            "",
            "/etc/passwd",
        ] {
            assert!(asked(path, "").is_none(), "{path}");
        }
    }
}

//! What a visitor downloads, as it goes over the wire.

use std::fs;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::build::MANIFEST;
use crate::folders;
use crate::server::Server;
use crate::stage::kilobytes;

/// One thing that is downloaded, in bytes.
pub struct Weight {
    /// What it is.
    pub name: String,
    /// As it lies on the disk or is rendered.
    pub plain: Option<usize>,
    /// As it is sent: brotli where that is used.
    pub sent: usize,
}

/// What a page weighs before any script runs, and the scripts.
pub struct Weights {
    /// HTML, style sheet, fonts.
    pub page: Vec<Weight>,
    /// wasm and JavaScript, which the page works without.
    pub scripts: Vec<Weight>,
}

/// A public page before any wasm (UX: HTML 15, CSS 17, fonts 41, in all at most 100 kB).
const PAGE_MAX: usize = 100_000;

/// Its HTML alone.
const HTML_MAX: usize = 15_000;

/// The pages a visitor may come to first.
const FIRST_PAGES: [&str; 3] = ["/", "/report", "/status"];

/// Weighs the first pages of a server started for it.
pub fn weigh() -> Result<Weights> {
    let server = Server::start()?;
    let mut page = Vec::new();
    for path in FIRST_PAGES {
        let answer = server.get(path)?;
        // Only what the server compressed has another plain size, which only the server knows.
        let compressed = answer.head.contains("content-encoding:");
        page.push(Weight {
            name: format!("HTML of {path}"),
            plain: (!compressed).then_some(answer.body.len()),
            sent: answer.body.len(),
        });
    }
    page.push(asset("style/main.css", "CSS")?);
    for entry in
        fs::read_dir(folders::site().join("fonts")).context("cannot read target/site/fonts")?
    {
        let path = entry?.path();
        let size = fs::metadata(&path)?.len() as usize;
        if path.extension().is_some_and(|ending| ending == "woff2") {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            page.push(Weight {
                name: format!("font {name}"),
                plain: Some(size),
                sent: size,
            });
        }
    }
    let scripts = vec![
        asset("pkg/hms_bg.wasm", "wasm")?,
        asset("pkg/hms.js", "JavaScript")?,
    ];
    Ok(Weights { page, scripts })
}

/// Fails when a first page is heavier than promised.
pub fn check() -> Result<String> {
    let weights = weigh()?;
    let (html, rest): (Vec<_>, Vec<_>) = weights
        .page
        .iter()
        .partition(|weight| weight.name.starts_with("HTML"));
    let rest: usize = rest.iter().map(|weight| weight.sent).sum();
    let mut heaviest = 0;
    for page in html {
        if page.sent > HTML_MAX {
            bail!(
                "{} is {}, more than {}",
                page.name,
                kilobytes(page.sent),
                kilobytes(HTML_MAX)
            );
        }
        heaviest = heaviest.max(page.sent);
    }
    if heaviest + rest > PAGE_MAX {
        bail!(
            "a first page with its style and fonts is {}, more than {}",
            kilobytes(heaviest + rest),
            kilobytes(PAGE_MAX)
        );
    }
    Ok(format!(
        "a first page with style and fonts is at most {} of {}",
        kilobytes(heaviest + rest),
        kilobytes(PAGE_MAX)
    ))
}

fn asset(logical: &str, name: &str) -> Result<Weight> {
    let site = folders::site();
    let manifest = fs::read(site.join(MANIFEST))
        .context("there is no target/site/manifest.json; run `cargo xtask build` first")?;
    let manifest: Value = serde_json::from_slice(&manifest)?;
    let real = manifest[logical]
        .as_str()
        .with_context(|| format!("the manifest does not name {logical}"))?;
    let size = |path: String| {
        fs::metadata(site.join(&path))
            .map(|metadata| metadata.len() as usize)
            .with_context(|| format!("there is no target/site/{path}"))
    };
    Ok(Weight {
        name: name.into(),
        plain: Some(size(real.into())?),
        sent: size(format!("{real}.br"))?,
    })
}

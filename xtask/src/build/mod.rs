//! `cargo xtask build`: the browser's code, the assets and the server that carries them.

use std::fmt::Display;

use anyhow::Result;

use crate::command::{cargo, run};
use crate::folders;
use crate::stage::{kilobytes, stage};

mod bindgen;
mod compress;
mod digest;
mod site;
mod style;
mod wasm;

pub use site::MANIFEST;
pub use wasm::{TARGET, Wasm, add_target};

/// Builds everything for release. What is up to date is not built again.
pub fn build() -> Result<()> {
    assets(Wasm::Release)?;
    stage("server", || {
        run(cargo([
            "build",
            "--release",
            "-p",
            "hms-server",
            "--features",
            "embed",
            "--target-dir",
            "target",
        ]))?;
        Ok(format!(
            "{} {}",
            shown(&folders::hms()),
            size(&folders::hms())
        ))
    })
}

/// Builds what the browser loads, into `target/site`.
pub fn assets(wasm: Wasm) -> Result<()> {
    folders_writable()?;
    let mut site = site::Site::default();
    stage("browser code", || {
        wasm::compile(wasm)?;
        bindgen::generate(wasm, &mut site)
    })?;
    stage("style", || style::collect(&mut site))?;
    stage("site", || site.write(wasm == Wasm::Release))
}

/// Asks before ten minutes of work whether its result can be written.
fn folders_writable() -> Result<()> {
    use anyhow::Context;
    for folder in [folders::site(), folders::cache()] {
        std::fs::create_dir_all(&folder)
            .with_context(|| format!("cannot make the folder {}", shown(&folder)))?;
        let probe = folder.join(".writable");
        std::fs::write(&probe, "")
            .with_context(|| format!("cannot write into {}", shown(&folder)))?;
        let _ = std::fs::remove_file(&probe);
    }
    Ok(())
}

/// A path as seen from the repository's root.
pub fn shown(path: &std::path::Path) -> impl Display {
    path.strip_prefix(folders::root())
        .unwrap_or(path)
        .display()
        .to_string()
}

fn size(path: &std::path::Path) -> String {
    std::fs::metadata(path)
        .map(|metadata| kilobytes(metadata.len() as usize))
        .unwrap_or_default()
}

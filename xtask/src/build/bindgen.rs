//! From cargo's wasm to what a browser loads: wasm-bindgen's JavaScript and the stripped module.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use wasm_bindgen_cli_support::Bindgen;

use super::digest::digest;
use super::site::{Naming, Site};
use super::wasm::Wasm;
use crate::command::{command, installed, output, run};
use crate::folders;
use crate::stage::kilobytes;

/// The same version as the `wasm-bindgen` crate in the wasm: the two must be equal to the letter.
const BINDGEN_VERSION: &str = "0.2.130";

/// A module without its target-features section must be told what it uses.
const WASM_OPT: [&str; 8] = [
    "-Oz",
    "--enable-bulk-memory",
    "--enable-nontrapping-float-to-int",
    "--enable-sign-ext",
    "--enable-reference-types",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--strip-debug",
];

/// Adds `pkg/` to the site. Work already done for the same wasm by the same tools is taken from the cache.
pub fn generate(wasm: Wasm, site: &mut Site) -> Result<String> {
    let artifact = wasm.artifact();
    let bytes =
        fs::read(&artifact).with_context(|| format!("cannot read {}", super::shown(&artifact)))?;
    let optimizer = optimizer(wasm)?;
    let key = digest(format!("{} {BINDGEN_VERSION} {optimizer:?}", digest(&bytes)).as_bytes());
    let folder = folders::cache().join("bindgen").join(&key[..32]);

    let fresh = !folder.is_dir();
    if fresh {
        // Made beside and renamed when whole, so that an interrupted build leaves no half result.
        let draft = folder.with_extension("draft");
        let _ = fs::remove_dir_all(&draft);
        bind(&artifact, &draft, wasm)?;
        if optimizer.is_some() {
            optimize(&draft.join("hms_bg.wasm"))?;
        }
        fs::rename(&draft, &folder)
            .with_context(|| format!("cannot write {}", super::shown(&folder)))?;
        forget_others(&folder);
    }

    let js = fs::read(folder.join("hms.js"))?;
    // The page hands the module's real, hashed address to `init`; a default address would be wrong.
    ensure!(
        !String::from_utf8_lossy(&js).contains("hms_bg.wasm"),
        "the JavaScript of wasm-bindgen names hms_bg.wasm, which is served under another name"
    );
    site.add("pkg/hms.js", js, Naming::Hashed);
    let module = fs::read(folder.join("hms_bg.wasm"))?;
    let size = module.len();
    site.add("pkg/hms_bg.wasm", module, Naming::Hashed);
    // Inline JavaScript of crates: its folder's name already carries a hash, and hms.js imports it by that name.
    site.add_folder(&folder.join("snippets"), "pkg/snippets")?;

    let optimized = match (&optimizer, wasm) {
        (Some(version), _) => format!(", {version}"),
        (None, Wasm::Release) => ", wasm-opt is not on PATH and was left out".into(),
        (None, Wasm::Dev) => String::new(),
    };
    let state = if fresh { "built" } else { "up to date" };
    Ok(format!("{state}, {}{optimized}", kilobytes(size)))
}

fn bind(artifact: &Path, folder: &Path, wasm: Wasm) -> Result<()> {
    Bindgen::new()
        .input_path(artifact)
        .out_name("hms")
        .web(true)?
        .typescript(false)
        .omit_default_module_path(true)
        .remove_name_section(wasm == Wasm::Release)
        .remove_producers_section(wasm == Wasm::Release)
        .generate(folder)
        .context("wasm-bindgen")
}

/// The version of `wasm-opt`, when there is one to use.
fn optimizer(wasm: Wasm) -> Result<Option<String>> {
    if wasm == Wasm::Dev || !installed("wasm-opt") {
        return Ok(None);
    }
    Ok(Some(
        output(command("wasm-opt", ["--version"]))?
            .trim()
            .to_owned(),
    ))
}

fn optimize(module: &Path) -> Result<()> {
    let smaller = module.with_extension("opt");
    let mut optimizer = command("wasm-opt", WASM_OPT);
    optimizer.arg(module).arg("-o").arg(&smaller);
    run(optimizer)?;
    fs::rename(&smaller, module)?;
    Ok(())
}

/// Keeps the folder of caches from growing with every change. What stays behind does no harm.
fn forget_others(kept: &Path) {
    let Some(siblings) = kept.parent().and_then(|parent| fs::read_dir(parent).ok()) else {
        return;
    };
    for sibling in siblings
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path != kept)
    {
        let _ = fs::remove_dir_all(sibling);
    }
}

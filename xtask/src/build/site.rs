//! `target/site`: the assets exactly as they are served, with a manifest from logical to real names.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use super::compress::{compress, worth_compressing};
use super::digest::hashed_name;
use super::shown;
use crate::folders;

/// Maps `pkg/hms.js` to `pkg/hms.0123456789abcdef.js` and so on; the server reads it.
pub const MANIFEST: &str = "manifest.json";

/// Under which name a file is served.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Naming {
    /// With its content's hash in the name, and an entry in the manifest.
    Hashed,
    /// As it is, because other files refer to it by this name.
    Plain,
}

/// The files of a site, gathered in memory before any is written.
#[derive(Default)]
pub struct Site {
    files: BTreeMap<String, Vec<u8>>,
    manifest: BTreeMap<String, String>,
}

impl Site {
    /// Adds a file; `path` uses `/` and is relative to the site.
    pub fn add(&mut self, path: &str, bytes: Vec<u8>, naming: Naming) {
        let name = match naming {
            Naming::Plain => path.to_owned(),
            Naming::Hashed => {
                let name = hashed_name(path, &bytes);
                self.manifest.insert(path.to_owned(), name.clone());
                name
            }
        };
        self.files.insert(name, bytes);
    }

    /// Adds all files below a folder under their own names; a folder that is not there has none.
    pub fn add_folder(&mut self, folder: &Path, prefix: &str) -> Result<()> {
        if !folder.is_dir() {
            return Ok(());
        }
        for path in files_below(folder)? {
            let bytes = fs::read(&path).with_context(|| format!("cannot read {}", shown(&path)))?;
            self.add(
                &format!("{prefix}/{}", relative(&path, folder)),
                bytes,
                Naming::Plain,
            );
        }
        Ok(())
    }

    /// Whether the site has this file, by the name it is served under.
    pub fn has(&self, path: &str) -> bool {
        self.files.contains_key(path)
    }

    /// Writes what changed and removes what is no longer part of the site. Files that are equal keep their
    /// time, so that cargo does not link the server again.
    pub fn write(mut self, with_compressed: bool) -> Result<String> {
        if with_compressed {
            let mut copies = BTreeMap::new();
            for (path, bytes) in self
                .files
                .iter()
                .filter(|(path, _)| worth_compressing(path))
            {
                let compressed = compress(bytes).with_context(|| format!("compressing {path}"))?;
                copies.insert(format!("{path}.br"), compressed.br);
                copies.insert(format!("{path}.gz"), compressed.gz);
            }
            self.files.extend(copies);
        }
        self.files.insert(
            MANIFEST.to_owned(),
            serde_json::to_vec_pretty(&self.manifest)?,
        );

        let root = folders::site();
        let mut written = 0;
        for (path, bytes) in &self.files {
            written += usize::from(write_when_changed(&root.join(path), bytes)?);
        }
        let removed = self.remove_others(&root)?;
        Ok(match (written, removed) {
            (0, 0) => "up to date".into(),
            _ => format!(
                "{} files, {written} written, {removed} old ones removed",
                self.files.len()
            ),
        })
    }

    fn remove_others(&self, root: &Path) -> Result<usize> {
        let kept: BTreeSet<&str> = self.files.keys().map(String::as_str).collect();
        let mut removed = 0;
        for path in files_below(root)? {
            if !kept.contains(relative(&path, root).as_str()) {
                fs::remove_file(&path)
                    .with_context(|| format!("cannot remove {}", shown(&path)))?;
                removed += 1;
            }
        }
        Ok(removed)
    }
}

fn write_when_changed(path: &Path, bytes: &[u8]) -> Result<bool> {
    if fs::read(path).is_ok_and(|old| old == bytes) {
        return Ok(false);
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)
            .with_context(|| format!("cannot make the folder {}", shown(folder)))?;
    }
    fs::write(path, bytes).with_context(|| format!("cannot write {}", shown(path)))?;
    Ok(true)
}

fn files_below(folder: &Path) -> Result<Vec<std::path::PathBuf>> {
    let mut found = Vec::new();
    for entry in
        fs::read_dir(folder).with_context(|| format!("cannot read the folder {}", shown(folder)))?
    {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(files_below(&path)?);
        } else {
            found.push(path);
        }
    }
    Ok(found)
}

fn relative(path: &Path, folder: &Path) -> String {
    path.strip_prefix(folder)
        .unwrap_or(path)
        .to_string_lossy()
        .replace('\\', "/")
}

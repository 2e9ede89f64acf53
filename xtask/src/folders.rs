//! Where things are in the repository.

use std::path::{Path, PathBuf};

/// The repository's root. Known at compile time: `cargo xtask` always compiles in the clone it runs in.
pub fn root() -> &'static Path {
    // The manifest of this crate is in ROOT/xtask, so there is a parent.
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap_or(Path::new("."))
}

/// Build output. `CARGO_TARGET_DIR` is left aside on purpose: the server embeds `target/site` by this path.
pub fn target() -> PathBuf {
    root().join("target")
}

/// The assets as the server serves them.
pub fn site() -> PathBuf {
    target().join("site")
}

/// What the build remembers between calls: bindgen's output and compressed files, named by their input.
pub fn cache() -> PathBuf {
    target().join("xtask-cache")
}

/// The release server.
pub fn hms() -> PathBuf {
    target().join("release").join("hms")
}

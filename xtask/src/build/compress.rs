//! Compressed copies, made once per content and kept in the cache: brotli at its best takes seconds.

use std::fs;
use std::io::Write;

use anyhow::{Context, Result};

use super::digest::digest;
use crate::folders;

/// A file's content compressed in both ways a browser may ask for.
pub struct Compressed {
    /// Brotli, quality 11.
    pub br: Vec<u8>,
    /// gzip, level 9.
    pub gz: Vec<u8>,
}

/// Compresses, or takes from the cache what was compressed before.
pub fn compress(bytes: &[u8]) -> Result<Compressed> {
    let digest = digest(bytes);
    Ok(Compressed {
        br: kept(&digest, "br", || brotli_of(bytes))?,
        gz: kept(&digest, "gz", || gzip_of(bytes))?,
    })
}

/// Fonts and pictures are compressed formats already.
pub fn worth_compressing(path: &str) -> bool {
    let ending = path.rsplit('.').next().unwrap_or_default();
    !matches!(
        ending,
        "woff2" | "png" | "jpg" | "jpeg" | "webp" | "gif" | "ico"
    )
}

fn kept(digest: &str, ending: &str, make: impl FnOnce() -> Result<Vec<u8>>) -> Result<Vec<u8>> {
    let folder = folders::cache().join("compressed");
    let path = folder.join(format!("{digest}.{ending}"));
    if let Ok(bytes) = fs::read(&path) {
        return Ok(bytes);
    }
    let bytes = make()?;
    fs::create_dir_all(&folder)
        .with_context(|| format!("cannot make the folder {}", super::shown(&folder)))?;
    // Written under another name first: an interrupted build must not leave half a file under this one.
    let draft = path.with_extension(format!("{ending}.draft"));
    fs::write(&draft, &bytes)
        .and_then(|()| fs::rename(&draft, &path))
        .with_context(|| format!("cannot write {}", super::shown(&path)))?;
    Ok(bytes)
}

fn brotli_of(bytes: &[u8]) -> Result<Vec<u8>> {
    let parameters = brotli::enc::BrotliEncoderParams {
        quality: 11,
        lgwin: 22,
        size_hint: bytes.len(),
        ..Default::default()
    };
    let mut compressed = Vec::with_capacity(bytes.len() / 3);
    brotli::BrotliCompress(&mut &bytes[..], &mut compressed, &parameters).context("brotli")?;
    Ok(compressed)
}

fn gzip_of(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = flate2::write::GzEncoder::new(
        Vec::with_capacity(bytes.len() / 3),
        flate2::Compression::best(),
    );
    encoder.write_all(bytes).context("gzip")?;
    encoder.finish().context("gzip")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    #[test]
    fn both_ways_give_back_the_same_bytes() {
        let text = "An investigator reviews your report. "
            .repeat(500)
            .into_bytes();
        let (br, gz) = (brotli_of(&text).unwrap(), gzip_of(&text).unwrap());
        assert!(br.len() * 20 < text.len() && gz.len() * 20 < text.len());

        let mut unpacked = Vec::new();
        brotli::BrotliDecompress(&mut &br[..], &mut unpacked).unwrap();
        assert_eq!(unpacked, text);
        unpacked.clear();
        flate2::read::GzDecoder::new(&gz[..])
            .read_to_end(&mut unpacked)
            .unwrap();
        assert_eq!(unpacked, text);
    }

    #[test]
    fn fonts_are_left_as_they_are() {
        assert!(worth_compressing("pkg/hms_bg.wasm") && worth_compressing("img/mark.svg"));
        assert!(!worth_compressing("fonts/source-sans-pro-regular.woff2"));
    }
}

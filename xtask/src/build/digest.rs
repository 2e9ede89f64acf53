//! Names made from content, so that browsers may keep a file for ever.

use sha2::{Digest, Sha256};

/// SHA-256 in hexadecimal.
pub fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// `pkg/hms.js` becomes `pkg/hms.0123456789abcdef.js`: 64 bits are plenty to tell versions apart.
pub fn hashed_name(path: &str, bytes: &[u8]) -> String {
    let digest = digest(bytes);
    let short = &digest[..16];
    match path.rsplit_once('.') {
        Some((stem, ending)) => format!("{stem}.{short}.{ending}"),
        None => format!("{path}.{short}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_follows_the_content() {
        let one = hashed_name("pkg/hms_bg.wasm", b"one");
        assert_eq!(one, "pkg/hms_bg.7692c3ad3540bb80.wasm");
        assert_ne!(one, hashed_name("pkg/hms_bg.wasm", b"two"));
        assert_eq!(hashed_name("LICENSE", b"one"), "LICENSE.7692c3ad3540bb80");
    }
}

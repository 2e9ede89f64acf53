use std::fmt;
use std::io;
use std::path::Path;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::private_file;

/// The file under the data folder that holds the key.
const FILE: &str = "server.key";

/// 32 random bytes made at the first start and kept beside the data. From it come the numbers and
/// receipts of reports, so that the same draft gives the same ones again without keeping them.
#[derive(Clone)]
pub struct ServerKey([u8; 32]);

impl fmt::Debug for ServerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ServerKey(…)")
    }
}

impl ServerKey {
    /// A key that is kept nowhere.
    pub fn fresh() -> ServerKey {
        ServerKey(rand::random())
    }

    /// The key of a data folder, made when there is none. A file of another length is an error:
    /// a new key would make every repeat of a draft a second report.
    pub fn of_folder(data_dir: &Path) -> io::Result<ServerKey> {
        let path = data_dir.join(FILE);
        let bytes = private_file::read_or_make(&path, || rand::random::<[u8; 32]>().to_vec())?;
        bytes.try_into().map(ServerKey).map_err(|bytes: Vec<u8>| {
            io::Error::new(
                io::ErrorKind::InvalidData,
                format!(
                    "{} has {} bytes and must have 32",
                    path.display(),
                    bytes.len()
                ),
            )
        })
    }

    /// The key of a data folder; none when there is none, and none is made.
    pub fn kept_in(data_dir: &Path) -> io::Result<Option<ServerKey>> {
        match data_dir.join(FILE).try_exists()? {
            true => ServerKey::of_folder(data_dir).map(Some),
            false => Ok(None),
        }
    }

    /// 32 bytes that only this key gives for this purpose and these parts (HMAC-SHA-256).
    pub(super) fn derive(&self, purpose: &str, parts: &[&[u8]]) -> [u8; 32] {
        // HMAC takes a key of any length, so the error cannot come; a keyless result would be
        // worse than none, hence no fallback.
        #[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("a key of any length");
        for part in std::iter::once(purpose.as_bytes()).chain(parts.iter().copied()) {
            // Lengths keep ("ab", "c") apart from ("a", "bc").
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }

    /// By which the key is known again, and nothing else can be told from it.
    pub fn print(&self) -> String {
        hex(&self.derive("print", &[])[..16])
    }

    /// A name for something that must not be stored as it is (an address, an e-mail): the same
    /// each time, and nobody without the key can tell what it stands for.
    pub fn pseudonym(&self, kind: &str, of: &str) -> String {
        hex(&self.derive(kind, &[of.as_bytes()])[..16])
    }
}

/// Lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        for nibble in [byte >> 4, byte & 15] {
            text.extend(char::from_digit(u32::from(nibble), 16));
        }
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_keeps_its_key_and_only_its_owner_may_read_it() {
        let folder = tempfile::tempdir().unwrap();
        let key = ServerKey::of_folder(folder.path()).unwrap();
        assert_eq!(ServerKey::of_folder(folder.path()).unwrap().0, key.0);
        assert_ne!(ServerKey::fresh().0, key.0);
        assert_eq!(
            ServerKey::of_folder(folder.path()).unwrap().print(),
            key.print()
        );
        assert_ne!(ServerKey::fresh().print(), key.print());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let file = std::fs::metadata(folder.path().join(FILE)).unwrap();
            assert_eq!(file.permissions().mode() & 0o777, 0o600);
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_damaged_key_is_told_and_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(FILE), b"short").unwrap();
        let told = ServerKey::of_folder(folder.path()).unwrap_err().to_string();
        assert!(told.contains("has 5 bytes and must have 32"), "{told}");
    }

    #[test]
    fn parts_do_not_run_into_each_other() {
        let key = ServerKey::fresh();
        assert_ne!(
            key.derive("x", &[b"ab", b"c"]),
            key.derive("x", &[b"a", b"bc"])
        );
        assert_ne!(key.derive("x", &[b"a"]), key.derive("y", &[b"a"]));
        assert_eq!(key.derive("x", &[b"a"]), key.derive("x", &[b"a"]));
    }

    #[test]
    fn hexadecimal() {
        assert_eq!(hex(&[0x00, 0x1f, 0xa0]), "001fa0");
    }
}

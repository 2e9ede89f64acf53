use std::convert::Infallible;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::key::hex;
use super::private_file;

/// The file under the data folder that holds the keys, the current one first: 64 hexadecimal digits each, one a line.
pub const VAULT_FILE: &str = "personal.key";
/// The most keys at once: the current one, and former ones until everything is sealed anew.
const KEYS_MAX: usize = 16;

/// The keys by which personal data is sealed (ChaCha20-Poly1305, RFC 8439). They are kept outside the database, so
/// that whoever has a copy of it has no addresses.
pub struct Vault {
    /// Each with its print, the current one first; never empty.
    keys: Vec<(String, LessSafeKey)>,
    /// The file they came from; none when they came from elsewhere.
    file: Option<PathBuf>,
}

/// Keys as they are handed over by the environment: like the lines of a key file, or with commas between them.
#[derive(Clone)]
pub struct KeyText(String);

impl fmt::Debug for KeyText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyText(…)")
    }
}

impl FromStr for KeyText {
    type Err = Infallible;

    /// Takes any text: what is wrong with a key must not be told with the key, as a flag's parser would.
    fn from_str(text: &str) -> Result<KeyText, Infallible> {
        Ok(KeyText(text.to_owned()))
    }
}

/// A value that was sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// By which key.
    pub key_print: String,
    /// The nonce and the sealed value.
    pub bytes: Vec<u8>,
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Vault(…)")
    }
}

impl Vault {
    /// One with a key that is kept nowhere.
    pub fn fresh() -> Vault {
        Vault {
            keys: vec![keyed(&rand::random())],
            file: None,
        }
    }

    /// One with these keys; none when they are not 1 to 16 keys of 64 hexadecimal digits.
    pub fn of_text(text: &KeyText) -> Option<Vault> {
        Vault::read(&text.0.replace(',', "\n"))
    }

    /// That of a data folder, whose file is made when there is none.
    ///
    /// # Errors
    ///
    /// The system's, or a file that holds anything but keys.
    pub fn of_folder(data_dir: &Path) -> io::Result<Vault> {
        let fresh = || format!("{}\n", hex(&rand::random::<[u8; 32]>())).into_bytes();
        let path = data_dir.join(VAULT_FILE);
        let bytes = private_file::read_or_make(&path, fresh)?;
        Vault::of_file(path, &bytes)
    }

    fn of_file(path: PathBuf, bytes: &[u8]) -> io::Result<Vault> {
        match std::str::from_utf8(bytes).ok().and_then(Vault::read) {
            Some(vault) => Ok(Vault {
                file: Some(path),
                ..vault
            }),
            None => Err(io::Error::new(
                io::ErrorKind::InvalidData,
                format!(
                    "{} must hold 1 to {KEYS_MAX} keys of 64 hexadecimal digits, one a line",
                    path.display()
                ),
            )),
        }
    }

    /// The keys that stand in the file now from which these came; none when they are the same, or came from no file.
    ///
    /// # Errors
    ///
    /// The system's, or a file that holds anything but keys.
    pub fn read_again(&self) -> io::Result<Option<Vault>> {
        let Some(path) = &self.file else {
            return Ok(None);
        };
        let now = Vault::of_file(path.clone(), &std::fs::read(path)?)?;
        let same = self.prints().eq(now.prints());
        Ok((!same).then_some(now))
    }

    /// That of a data folder; none when there is none, and none is made.
    ///
    /// # Errors
    ///
    /// Those of [`Vault::of_folder`].
    pub fn kept_in(data_dir: &Path) -> io::Result<Option<Vault>> {
        match data_dir.join(VAULT_FILE).try_exists()? {
            true => Vault::of_folder(data_dir).map(Some),
            false => Ok(None),
        }
    }

    fn read(text: &str) -> Option<Vault> {
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        let keys: Vec<_> = lines
            .map(|line| key(line).map(|key| keyed(&key)))
            .collect::<Option<_>>()?;
        (1..=KEYS_MAX)
            .contains(&keys.len())
            .then_some(Vault { keys, file: None })
    }

    /// The prints of all keys, the current one's first.
    pub fn prints(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().map(|(print, _)| print.as_str())
    }

    /// By which the current key is known again, and nothing else can be told from it.
    pub fn print(&self) -> &str {
        &self.keys[0].0
    }

    /// Whether the key with this print is among them.
    pub fn has(&self, print: &str) -> bool {
        self.keys.iter().any(|(known, _)| known == print)
    }

    /// Seals a value by the current key. It opens under this id and this field only.
    pub fn seal(&self, id: Uuid, field: &str, value: &[u8]) -> Sealed {
        let (print, key) = &self.keys[0];
        let nonce: [u8; NONCE_LEN] = rand::random();
        let mut sealed = value.to_vec();
        // The only values that are refused are those of many gigabytes.
        #[expect(clippy::expect_used, reason = "a payload is far below the limit")]
        key.seal_in_place_append_tag(
            Nonce::assume_unique_for_key(nonce),
            bound_to(id, field),
            &mut sealed,
        )
        .expect("a value of at most a payload's size");
        Sealed {
            key_print: print.clone(),
            bytes: [&nonce[..], &sealed].concat(),
        }
    }

    /// What was sealed; none without its key, or when anything about it was changed.
    pub fn open(&self, id: Uuid, field: &str, sealed: &Sealed) -> Option<Vec<u8>> {
        let (_, key) = self
            .keys
            .iter()
            .find(|(print, _)| *print == sealed.key_print)?;
        let (nonce, value) = sealed.bytes.split_first_chunk::<NONCE_LEN>()?;
        let mut value = value.to_vec();
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let opened = key.open_in_place(nonce, bound_to(id, field), &mut value);
        Some(opened.ok()?.to_vec())
    }
}

fn bound_to(id: Uuid, field: &str) -> Aad<Vec<u8>> {
    Aad::from([&id.as_bytes()[..], field.as_bytes()].concat())
}

fn keyed(key: &[u8; 32]) -> (String, LessSafeKey) {
    let print = Sha256::new()
        .chain_update(b"hms personal key print")
        .chain_update(key)
        .finalize();
    // The only keys that are refused are those of another length.
    #[expect(clippy::expect_used, reason = "a key of 32 bytes is taken")]
    let unbound = UnboundKey::new(&CHACHA20_POLY1305, key).expect("a key of 32 bytes");
    (hex(&print[..16]), LessSafeKey::new(unbound))
}

fn key(text: &str) -> Option<[u8; 32]> {
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    let mut key = [0; 32];
    for (byte, at) in key.iter_mut().zip((0..64).step_by(2)) {
        *byte = u8::from_str_radix(&text[at..at + 2], 16).ok()?;
    }
    Some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sealed_opens_in_its_place_only() {
        let vault = Vault::fresh();
        let (id, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let sealed = vault.seal(id, "email", b"\"a@b.example\"");
        let open = |id: Uuid, field: &str, sealed: &Sealed| vault.open(id, field, sealed);
        assert_eq!(
            open(id, "email", &sealed).as_deref(),
            Some(&b"\"a@b.example\""[..])
        );
        assert_eq!(open(other, "email", &sealed), None);
        assert_eq!(open(id, "phone", &sealed), None);
        for at in 0..sealed.bytes.len() {
            let mut bent = sealed.clone();
            bent.bytes[at] ^= 1;
            assert_eq!(open(id, "email", &bent), None, "byte {at}");
        }
        assert_eq!(Vault::fresh().open(id, "email", &sealed), None);
        let again = vault.seal(id, "email", b"\"a@b.example\"");
        assert_ne!(again.bytes, sealed.bytes, "twice the same is not seen");
    }

    #[test]
    fn a_former_key_opens_and_the_current_one_seals() {
        let folder = tempfile::tempdir().unwrap();
        assert!(Vault::kept_in(folder.path()).unwrap().is_none());
        let old = Vault::of_folder(folder.path()).unwrap();
        let sealed = old.seal(Uuid::nil(), "email", b"1");
        let path = folder.path().join(VAULT_FILE);
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, format!("{}\n{text}", "0f".repeat(32))).unwrap();
        let new = Vault::kept_in(folder.path()).unwrap().unwrap();
        assert_ne!(new.print(), old.print());
        assert!(new.has(old.print()) && !old.has(new.print()));
        assert_eq!(
            new.open(Uuid::nil(), "email", &sealed).as_deref(),
            Some(&b"1"[..])
        );
        assert_eq!(new.seal(Uuid::nil(), "email", b"1").key_print, new.print());
    }

    #[test]
    fn a_file_is_read_again_and_the_former_keys_stay_when_it_cannot_be() {
        let folder = tempfile::tempdir().unwrap();
        let vault = Vault::of_folder(folder.path()).unwrap();
        assert!(vault.read_again().unwrap().is_none(), "it is the same");
        let path = folder.path().join(VAULT_FILE);
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, format!("{}\n{text}", "0f".repeat(32))).unwrap();
        let now = vault.read_again().unwrap().unwrap();
        assert!(now.has(vault.print()) && now.print() != vault.print());
        std::fs::write(&path, "half a k").unwrap();
        assert!(now.read_again().is_err());
        assert!(Vault::fresh().read_again().unwrap().is_none());
    }

    #[test]
    fn keys_may_be_handed_over_as_a_text_that_nobody_is_shown() {
        let key = "0f".repeat(32);
        let text: KeyText = key.parse().unwrap();
        assert!(!format!("{text:?}").contains("0f0f"));
        let vault = Vault::of_text(&text).unwrap();
        let two = format!("{}, {key}", "f0".repeat(32)).parse().unwrap();
        let two = Vault::of_text(&two).unwrap();
        assert_eq!(two.prints().count(), 2);
        assert!(two.has(vault.print()) && two.print() != vault.print());
        for wrong in ["", "0f", &"zz".repeat(32)] {
            assert!(Vault::of_text(&wrong.parse().unwrap()).is_none(), "{wrong}");
        }
    }

    #[test]
    fn a_file_that_holds_no_keys_is_told_and_not_replaced() {
        for text in ["", "short\n", &"zz".repeat(32), &"0f\n".repeat(32)] {
            let folder = tempfile::tempdir().unwrap();
            std::fs::write(folder.path().join(VAULT_FILE), text).unwrap();
            let told = Vault::of_folder(folder.path()).unwrap_err().to_string();
            assert!(told.contains("64 hexadecimal digits"), "{told}");
        }
    }
}

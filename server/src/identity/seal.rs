use std::fmt;

use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};

use super::ServerKey;

/// Whose checkpoints of the audit trail are: a key pair that comes from the server's key, so that it is kept outside
/// the database and is the same at every node.
pub struct Seal(Ed25519KeyPair);

impl fmt::Debug for Seal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seal(…)")
    }
}

impl ServerKey {
    /// The pair that signs checkpoints.
    pub fn seal(&self) -> Seal {
        let seed = self.derive("audit checkpoints", &[]);
        // The only seeds that are refused are those of another length.
        #[expect(clippy::expect_used, reason = "a seed of 32 bytes is taken")]
        Seal(Ed25519KeyPair::from_seed_unchecked(&seed).expect("a seed of 32 bytes"))
    }
}

impl Seal {
    /// By which everybody can tell that a signature is of this key.
    pub fn public_key(&self) -> [u8; 32] {
        let mut key = [0; 32];
        key.copy_from_slice(self.0.public_key().as_ref());
        key
    }

    /// A signature (Ed25519).
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        let mut signature = [0; 64];
        signature.copy_from_slice(self.0.sign(message).as_ref());
        signature
    }
}

/// Whether a signature is of this key and this message.
pub fn is_sealed(public_key: &[u8; 32], message: &[u8], signature: &[u8; 64]) -> bool {
    UnparsedPublicKey::new(&ED25519, public_key)
        .verify(message, signature)
        .is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seal_is_of_its_key_and_its_message() {
        let key = ServerKey::fresh();
        let (seal, other) = (key.seal(), ServerKey::fresh().seal());
        let signature = seal.sign(b"x");
        assert_eq!(seal.public_key(), key.seal().public_key());
        assert!(is_sealed(&seal.public_key(), b"x", &signature));
        assert!(!is_sealed(&seal.public_key(), b"y", &signature));
        assert!(!is_sealed(&other.public_key(), b"x", &signature));
        assert!(!is_sealed(&seal.public_key(), b"x", &[0; 64]));
    }
}

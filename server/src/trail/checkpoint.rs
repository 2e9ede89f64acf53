use hms_engine::Time;
use sha2::{Digest, Sha256};

use super::merkle;
use crate::identity::{Seal, is_sealed};
use crate::store::chain::{BEGINNING, Hash};
use crate::store::{Checkpoint, Leaf};

/// What the bytes of a checkpoint begin with.
const DOMAIN: &[u8] = b"hms audit checkpoint 1";

/// The next checkpoint after `last`, signed: of the rows up to `upto_n`, with the leaves in the order of their runs.
pub fn sealed(
    last: Option<&Checkpoint>,
    (at, upto_n): (Time, i64),
    leaves: Vec<Leaf>,
    seal: &Seal,
) -> Checkpoint {
    let bytes: Vec<_> = leaves.iter().map(Leaf::bytes).collect();
    let mut checkpoint = Checkpoint {
        number: last.map_or(0, |last| last.number) + 1,
        at,
        after_n: last.map_or(0, |last| last.upto_n),
        upto_n,
        root: merkle::root(&bytes),
        leaves,
        previous: last.map_or(BEGINNING, Checkpoint::hash),
        public_key: seal.public_key(),
        signature: [0; 64],
    };
    checkpoint.signature = seal.sign(&checkpoint.message());
    checkpoint
}

/// Whether a checkpoint's signature is of the key it names and of all it says.
pub fn is_genuine(checkpoint: &Checkpoint) -> bool {
    is_sealed(
        &checkpoint.public_key,
        &checkpoint.message(),
        &checkpoint.signature,
    )
}

impl Checkpoint {
    /// What is signed.
    pub fn message(&self) -> Vec<u8> {
        signed_bytes(
            (self.number, self.at.timestamp_millis()),
            (self.after_n, self.upto_n),
            self.leaves.len() as u64,
            &self.root,
            &self.previous,
        )
    }

    /// What the next one holds of it.
    pub fn hash(&self) -> Hash {
        Sha256::digest(self.message()).into()
    }
}

/// What is signed of a checkpoint: each part has a fixed length.
pub(super) fn signed_bytes(
    (number, at_ms): (u64, i64),
    (after_n, upto_n): (i64, i64),
    leaves: u64,
    root: &Hash,
    previous: &Hash,
) -> Vec<u8> {
    let mut bytes = DOMAIN.to_vec();
    bytes.extend(number.to_be_bytes());
    bytes.extend(at_ms.to_be_bytes());
    bytes.extend(after_n.to_be_bytes());
    bytes.extend(upto_n.to_be_bytes());
    bytes.extend(leaves.to_be_bytes());
    bytes.extend(root);
    bytes.extend(previous);
    bytes
}

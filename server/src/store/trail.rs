use async_trait::async_trait;
use hms_engine::Time;
use uuid::Uuid;

use super::chain::Hash;
use super::{Archived, LogPage, LogQuery, Reported, StoreError};

/// The audit trail as it is kept, to be sealed, verified and taken out.
#[async_trait]
pub trait Trail: Reported + Archived {
    /// Where rows after `after` and up to `upto` stand, by `n`.
    async fn stands(&self, after: i64, upto: i64, limit: u32) -> Result<Vec<Stand>, StoreError>;

    /// All rows of runs after a place, by run and number.
    async fn trail(&self, after: (Uuid, u64), limit: u32) -> Result<Vec<TrailRow>, StoreError>;

    /// The rows of one run after a number, or of the house.
    async fn trail_of(
        &self,
        run: Option<Uuid>,
        after: u64,
        limit: u32,
    ) -> Result<Vec<TrailRow>, StoreError>;

    /// Where the chains of the runs after this one end, by run.
    async fn heads(&self, after: Uuid, limit: u32) -> Result<Vec<Head>, StoreError>;

    /// Where a run's chain ends, or the house's.
    async fn head(&self, run: Option<Uuid>) -> Result<Option<Head>, StoreError>;

    /// The last row after `after` up to which all rows are there for good: no transaction that is under way can
    /// still bring one. None when nothing is there, or it is not known yet.
    async fn settled(&self, after: i64) -> Result<Option<i64>, StoreError>;

    /// The text of a version of a definition.
    async fn definition(&self, version: &str) -> Result<Option<String>, StoreError>;

    /// Checkpoints after this number, in their order.
    async fn checkpoints(&self, after: u64, limit: u32) -> Result<Vec<Checkpoint>, StoreError>;

    /// The last checkpoint.
    async fn last_checkpoint(&self) -> Result<Option<Checkpoint>, StoreError>;

    /// The checkpoint that covers a row.
    async fn checkpoint_over(&self, n: i64) -> Result<Option<Checkpoint>, StoreError>;

    /// Keeps a checkpoint; whether it is the first of its number.
    async fn keep_checkpoint(&self, checkpoint: &Checkpoint) -> Result<bool, StoreError>;

    /// Adds to the house's chain what concerns no change of a run. It is kept when this returns.
    async fn note(&self, notes: &[Note]) -> Result<(), StoreError>;

    /// A page of what people did and read, the newest first; of one case all that happened to it.
    async fn logbook(&self, query: &LogQuery) -> Result<LogPage, StoreError>;
}

/// A row of the audit trail with its texts as they are kept, byte for byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrailRow {
    /// Its place among all.
    pub n: i64,
    /// The run; none of the house's.
    pub run_id: Option<Uuid>,
    /// Its number in its chain.
    pub seq: Option<u64>,
    /// When, in workflow time.
    pub at: Time,
    /// Who.
    pub who: String,
    /// The definition's version.
    pub version: Option<String>,
    /// The case it is about, of the house's rows.
    pub about: Option<Uuid>,
    /// What was asked, as JSON.
    pub command: String,
    /// What happened, as JSON.
    pub entries: String,
    /// Its hash.
    pub hash: Option<Hash>,
}

/// Where a row stands, and its hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stand {
    /// Its place among all.
    pub n: i64,
    /// The run; none of the house's.
    pub run_id: Option<Uuid>,
    /// Its number in its chain.
    pub seq: Option<u64>,
    /// Its hash.
    pub hash: Option<Hash>,
}

/// Where a chain ends, as its run says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// The run, or [`super::chain::HOUSE`].
    pub run_id: Uuid,
    /// The number of its last row.
    pub seq: u64,
    /// The hash of its last row.
    pub hash: Option<Hash>,
}

/// What concerns no change of a run: who read what, who signed in, what was deployed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// When.
    pub at: Time,
    /// Who.
    pub who: String,
    /// The definition's version.
    pub version: Option<String>,
    /// The case or the account it is about.
    pub about: Option<Uuid>,
    /// What was done, as JSON; no personal data and no secret.
    pub command: String,
}

/// Where the chains that grew since the last checkpoint stood at a moment, signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// From 1, without a gap.
    pub number: u64,
    /// When, in workflow time.
    pub at: Time,
    /// It covers the rows after this `n`,
    pub after_n: i64,
    /// and up to this one.
    pub upto_n: i64,
    /// The last row of each chain in it, by run.
    pub leaves: Vec<Leaf>,
    /// The root of the Merkle tree over them.
    pub root: Hash,
    /// The SHA-256 of the checkpoint before.
    pub previous: Hash,
    /// Whose signature it is.
    pub public_key: [u8; 32],
    /// Ed25519.
    pub signature: [u8; 64],
}

/// Where one chain stood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leaf {
    /// The run, or [`super::chain::HOUSE`].
    pub run_id: Uuid,
    /// The number of its last row.
    pub number: u64,
    /// The hash of that row.
    pub hash: Hash,
}

impl Leaf {
    /// How many bytes one is.
    pub const BYTES: usize = 56;

    /// As it is kept and as the Merkle tree takes it.
    pub fn bytes(&self) -> [u8; Leaf::BYTES] {
        let mut bytes = [0; Leaf::BYTES];
        bytes[..16].copy_from_slice(self.run_id.as_bytes());
        bytes[16..24].copy_from_slice(&self.number.to_be_bytes());
        bytes[24..].copy_from_slice(&self.hash);
        bytes
    }

    fn read(bytes: &[u8]) -> Option<Leaf> {
        Some(Leaf {
            run_id: Uuid::from_slice(bytes.get(..16)?).ok()?,
            number: u64::from_be_bytes(bytes.get(16..24)?.try_into().ok()?),
            hash: bytes.get(24..)?.try_into().ok()?,
        })
    }
}

/// Leaves as they are kept.
pub(super) fn leaves_kept(leaves: &[Leaf]) -> Vec<u8> {
    leaves.iter().flat_map(Leaf::bytes).collect()
}

/// A checkpoint from its columns as both stores keep them.
pub(super) struct CheckpointColumns<'r> {
    pub(super) number: i64,
    pub(super) at_ms: i64,
    pub(super) range: (i64, i64),
    pub(super) leaves: &'r [u8],
    pub(super) root: &'r [u8],
    pub(super) previous: &'r [u8],
    pub(super) public_key: &'r [u8],
    pub(super) signature: &'r [u8],
}

impl CheckpointColumns<'_> {
    /// The checkpoint. What does not have the length it must have was changed by hand, and becomes what no signature
    /// fits: it is for whoever verifies to say so.
    pub(super) fn read(self) -> Checkpoint {
        let chunks = self.leaves.chunks(Leaf::BYTES);
        Checkpoint {
            number: self.number.unsigned_abs(),
            at: crate::clock::moment(self.at_ms),
            after_n: self.range.0,
            upto_n: self.range.1,
            leaves: chunks.filter_map(Leaf::read).collect(),
            root: self.root.try_into().unwrap_or_default(),
            previous: self.previous.try_into().unwrap_or_default(),
            public_key: self.public_key.try_into().unwrap_or_default(),
            signature: self.signature.try_into().unwrap_or([0; 64]),
        }
    }
}

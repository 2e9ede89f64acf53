//! The chain of the audit trail: each row holds the SHA-256 of the row before it and of itself, so that one
//! that is changed, removed or put in does not fit its neighbours. A chain a run, and one of the house for what
//! concerns no run.

use std::borrow::Cow;
use std::collections::HashMap;

use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{AuditWrite, Batch, Head, Note, StoreError, TrailRow};

/// A SHA-256.
pub type Hash = [u8; 32];

/// What stands before the first row of a chain.
pub const BEGINNING: Hash = [0; 32];

/// The chain of what concerns no run: deployments, sign-ins, who read what.
pub const HOUSE: Uuid = Uuid::nil();

/// What the hash of a row begins with, so that it is taken for nothing else.
const DOMAIN: &[u8] = b"hms audit row 1";

/// The parts of a row that its hash covers.
#[derive(Debug, Clone, Copy)]
pub struct Link<'r> {
    /// The run, or [`HOUSE`].
    pub chain: Uuid,
    /// Its number in the chain, from 1.
    pub number: u64,
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
    /// Who.
    pub who: &'r str,
    /// The definition's version.
    pub version: Option<&'r str>,
    /// The case it is about, of the house's rows.
    pub about: Option<Uuid>,
    /// What was asked, as the JSON text that is kept.
    pub command: &'r str,
    /// What happened, as the JSON text that is kept.
    pub entries: &'r str,
}

impl Link<'_> {
    /// The row's hash, after the one before it.
    ///
    /// The texts go in as their own SHA-256, so that a row can be proven by those where its texts may not be shown.
    /// Every part has a fixed length or says it, so that no two rows give the same bytes.
    pub fn after(&self, before: &Hash) -> Hash {
        let mut hash = Sha256::new();
        hash.update(DOMAIN);
        hash.update(before);
        hash.update(self.chain.as_bytes());
        hash.update(self.number.to_be_bytes());
        hash.update(self.at_ms.to_be_bytes());
        let who = without_nul(self.who);
        hash.update((who.len() as u64).to_be_bytes());
        hash.update(who.as_bytes());
        let version = self.version.unwrap_or_default();
        hash.update((version.len() as u64).to_be_bytes());
        hash.update(version);
        hash.update(self.about.unwrap_or_default().as_bytes());
        hash.update(Sha256::digest(self.command));
        hash.update(Sha256::digest(self.entries));
        hash.finalize().into()
    }
}

/// A text as PostgreSQL keeps it, so that a row has one hash in either store.
pub(super) fn without_nul(text: &str) -> Cow<'_, str> {
    if text.contains('\0') {
        Cow::Owned(text.replace('\0', "\u{fffd}"))
    } else {
        Cow::Borrowed(text)
    }
}

impl AuditWrite {
    /// What its hash covers.
    pub(super) fn link(&self) -> Link<'_> {
        Link {
            chain: self.run_id.unwrap_or(HOUSE),
            number: self.seq.unwrap_or_default(),
            at_ms: self.at.timestamp_millis(),
            who: &self.who,
            version: self.version.as_deref(),
            about: None,
            command: &self.command,
            entries: &self.entries,
        }
    }
}

impl Note {
    /// What its hash covers, as a row of this number in the house's chain.
    pub(super) fn link(&self, number: u64) -> Link<'_> {
        Link {
            chain: HOUSE,
            number,
            at_ms: self.at.timestamp_millis(),
            who: &self.who,
            version: self.version.as_deref(),
            about: self.about,
            command: &self.command,
            entries: NOTHING,
        }
    }

    /// Notes as the next rows of the house's chain, each with its number and hash; and where it ends then.
    pub(super) fn chain(notes: &[Note], head: Option<Head>) -> (Vec<ChainedNote<'_>>, (u64, Hash)) {
        let (mut number, mut hash) = head.map_or((0, BEGINNING), |head| {
            (head.seq, head.hash.unwrap_or(BEGINNING))
        });
        let mut chained = Vec::with_capacity(notes.len());
        for note in notes {
            number += 1;
            hash = note.link(number).after(&hash);
            chained.push((note, number, hash));
        }
        (chained, (number, hash))
    }
}

/// A note, its number in the house's chain, and its hash.
pub(super) type ChainedNote<'n> = (&'n Note, u64, Hash);

/// The entries of a row of the house's.
pub(super) const NOTHING: &str = "[]";

/// The rows of a page from before there were chains, each with its number and hash. `heads` is where the chains of
/// their runs end, and goes on with them; the house's is under [`HOUSE`], and `last` its number.
pub(super) fn adopted(
    rows: &[TrailRow],
    heads: &mut HashMap<Uuid, Hash>,
    last: &mut u64,
) -> Vec<(i64, u64, Hash)> {
    rows.iter()
        .map(|row| {
            let number = row.run_id.map_or_else(
                || {
                    *last += 1;
                    *last
                },
                |_| row.seq.unwrap_or_default(),
            );
            let link = Link {
                number,
                ..row.link()
            };
            let head = heads.entry(link.chain).or_insert(BEGINNING);
            *head = link.after(head);
            (row.n, number, *head)
        })
        .collect()
}

impl TrailRow {
    /// What its hash covers.
    pub fn link(&self) -> Link<'_> {
        Link {
            chain: self.run_id.unwrap_or(HOUSE),
            number: self.seq.unwrap_or_default(),
            at_ms: self.at.timestamp_millis(),
            who: &self.who,
            version: self.version.as_deref(),
            about: self.about,
            command: &self.command,
            entries: &self.entries,
        }
    }
}

/// Where the chains of the runs of a turn end. They come with the runs themselves, so that chaining asks for nothing.
#[derive(Debug, Default)]
pub(super) struct Heads(HashMap<Uuid, Hash>);

impl Heads {
    /// Forgets the last turn's.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// Where a run's chain ends.
    pub(super) fn set(&mut self, run: Uuid, hash: Hash) {
        self.0.insert(run, hash);
    }

    /// Where a run's chain ends; at its beginning when it has no row.
    pub(super) fn of(&self, run: Uuid) -> Hash {
        self.0.get(&run).copied().unwrap_or(BEGINNING)
    }

    /// The runs of a batch that are neither new nor were read in this turn.
    pub(super) fn strangers(&self, batch: &Batch) -> Vec<Uuid> {
        let written = batch.runs.iter().filter(|write| write.began_by.is_none());
        written
            .map(|write| write.run.id)
            .filter(|run| !self.0.contains_key(run))
            .collect()
    }

    /// Chains rows, and gives the hash of each.
    pub(super) fn chain<'r>(&mut self, rows: &'r [AuditWrite]) -> Vec<(&'r AuditWrite, Hash)> {
        rows.iter()
            .map(|row| {
                let link = row.link();
                let hash = link.after(&self.of(link.chain));
                self.set(link.chain, hash);
                (row, hash)
            })
            .collect()
    }
}

/// A hash as it is kept.
pub(super) fn kept(bytes: Option<&[u8]>) -> Result<Option<Hash>, StoreError> {
    let hash = bytes.map(|bytes| {
        bytes
            .try_into()
            .map_err(|_| StoreError::Unreadable("a hash that is not of 32 bytes".to_owned()))
    });
    hash.transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row() -> Link<'static> {
        Link {
            chain: Uuid::from_u128(1),
            number: 2,
            at_ms: 3,
            who: "worker",
            version: Some("v"),
            about: None,
            command: "{}",
            entries: "[]",
        }
    }

    #[test]
    fn every_part_of_a_row_counts() {
        let whole = row().after(&BEGINNING);
        let others = [
            Link {
                chain: HOUSE,
                ..row()
            },
            Link { number: 3, ..row() },
            Link { at_ms: 4, ..row() },
            Link {
                who: "worker2",
                ..row()
            },
            Link {
                version: None,
                ..row()
            },
            Link {
                version: Some("w"),
                ..row()
            },
            Link {
                about: Some(Uuid::from_u128(9)),
                ..row()
            },
            Link {
                command: "{ }",
                ..row()
            },
            Link {
                entries: "[1]",
                ..row()
            },
            // Parts do not run into each other.
            Link {
                who: "worke",
                version: Some("rv"),
                ..row()
            },
            Link {
                command: "[]",
                entries: "{}",
                ..row()
            },
        ];
        for other in others {
            assert_ne!(other.after(&BEGINNING), whole, "{other:?}");
        }
        assert_ne!(row().after(&[1; 32]), whole);
        assert_eq!(row().after(&BEGINNING), whole);
    }

    #[test]
    fn a_nul_counts_as_what_postgresql_keeps_for_it() {
        let (nul, kept) = (
            Link {
                who: "a\0",
                ..row()
            },
            Link {
                who: "a\u{fffd}",
                ..row()
            },
        );
        assert_eq!(nul.after(&BEGINNING), kept.after(&BEGINNING));
    }
}

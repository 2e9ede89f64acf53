//! The audit trail that nobody can bend: checkpoints that seal it, and looking whether it is whole.
//!
//! Each row is chained to the one before it where it is written (`store/chain.rs`). That alone finds who changes a
//! row; it does not find who has the database and computes all hashes of a case anew. So every minute the ends of all
//! chains that grew are put into a Merkle tree whose root is signed with a key that is not in the database, each
//! checkpoint with the hash of the one before.

mod archives;
mod beside;
mod case_file;
mod case_page;
mod checkpoint;
mod fault;
mod last;
mod merkle;
mod notebook;
mod outside;
mod sealer;
mod verify;
mod walk;

pub(crate) use archives::root_of;
pub use case_file::{CASE_ROWS_MAX, CaseFile, CaseLook, CaseRow, CaseSeal, NoCaseFile, take_out};
pub use case_page::{json, page};
pub use checkpoint::{is_genuine, sealed};
pub use fault::{Fault, What};
pub use last::{LastSeal, look_at_last};
pub use merkle::{Side, proof, proven, root};
pub use notebook::{Deed, Notebook};
pub use outside::{CHECKPOINTS_FILE, Outside, OutsideError};
pub use sealer::{SealError, run as keep_sealing, seal};
pub use verify::{Looked, verify, verify_run};

/// Bytes written as hexadecimal digits; none when they are not, or of another length.
pub(crate) fn read_hex<const BYTES: usize>(text: &str) -> Option<[u8; BYTES]> {
    if text.len() != 2 * BYTES || !text.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    let mut bytes = [0; BYTES];
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * at..2 * at + 2], 16).ok()?;
    }
    Some(bytes)
}

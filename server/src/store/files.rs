use async_trait::async_trait;
use hms_app::views::FileAnswer;
use uuid::Uuid;

use super::StoreError;

/// Files that were handed in. Which case one belongs to is written by the
/// [`Journal`](super::Journal), with the case. Times are of the wall clock, in milliseconds since 1970.
#[async_trait]
pub trait Files: Send + Sync {
    /// Keeps a file that belongs to no case yet; it is there once this was answered.
    async fn keep(&self, file: &FileRow, bytes: &[u8]) -> Result<(), StoreError>;

    /// Files by their ids, in no particular order; those that are unknown or not whole are left out.
    async fn files(&self, ids: &[Uuid]) -> Result<Vec<FileRow>, StoreError>;

    /// The bytes of a file; none of one that is not there.
    async fn bytes(&self, id: Uuid) -> Result<Vec<u8>, StoreError>;

    /// How much there is that belongs to no case: of one sender, and of all.
    async fn waiting(&self, sender: &str) -> Result<[Unclaimed; 2], StoreError>;

    /// Removes up to `limit` files that came before a moment and belong to no case; how many.
    async fn remove_unclaimed(&self, before_ms: i64, limit: u32) -> Result<u64, StoreError>;
}

/// A file as kept, without its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileRow {
    /// As answers name it.
    pub file: FileAnswer,
    /// For which draft or task it came, or `api`: only there it can be named.
    pub owner: String,
    /// Who is counted for it while it belongs to no case: no address and no name.
    pub sender: String,
    /// When it came.
    pub created_ms: i64,
    /// The run it belongs to, once it was named.
    pub run_id: Option<Uuid>,
}

/// Files that belong to no case.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Unclaimed {
    /// How many.
    pub files: u64,
    /// How many bytes together.
    pub bytes: u64,
}

/// The owner of files that came by the HTTP API.
pub const OWNER_API: &str = "api";

/// The owner of files that came with a draft, by how the event it becomes is known.
pub fn owner_of_draft(source: &str, id: &str) -> String {
    format!("{source}:{id}")
}

/// The owner of files that somebody adds to a task's form.
pub fn owner_of_task(task: Uuid, by: &str) -> String {
    format!("task:{task}:{by}")
}

/// Largest piece of a file, in bytes.
pub(super) const PIECE_BYTES: usize = 512 * 1024;

/// A file's pieces with their numbers.
pub(super) fn pieces(bytes: &[u8]) -> impl Iterator<Item = (i32, &[u8])> {
    (0..).zip(bytes.chunks(PIECE_BYTES))
}

/// The statements that both stores understand alike.
pub(super) mod sql {
    pub(in crate::store) const ADD: &str = "INSERT INTO files \
        (id, owner, sender, name, media, size, sha256, created_ms, whole) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, false)";
    pub(in crate::store) const ADD_PIECE: &str =
        "INSERT INTO file_pieces (file_id, n, bytes) VALUES ($1, $2, $3)";
    pub(in crate::store) const WHOLE: &str = "UPDATE files SET whole = true WHERE id = $1";
    pub(in crate::store) const COLUMNS: &str =
        "id, owner, sender, name, media, size, sha256, created_ms, run_id";
    pub(in crate::store) const PIECES: &str =
        "SELECT bytes FROM file_pieces WHERE file_id = $1 ORDER BY n";
    pub(in crate::store) const WAITING: &str = "SELECT \
        (SELECT count(*) FROM files WHERE run_id IS NULL AND sender = $1), \
        (SELECT CAST(coalesce(sum(size), 0) AS bigint) FROM files WHERE run_id IS NULL AND sender = $1), \
        (SELECT count(*) FROM files WHERE run_id IS NULL), \
        (SELECT CAST(coalesce(sum(size), 0) AS bigint) FROM files WHERE run_id IS NULL)";
}

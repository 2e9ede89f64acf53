/// Why the store did not answer. The text is for logs and never holds people's data.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// Out of reach, out of connections, locked or full: it may be back soon.
    #[error("the store is unavailable: {0}")]
    Unavailable(String),
    /// Another node did something at the same time; nothing was kept, and trying again will see it.
    #[error("another node was first: {0}")]
    Conflict(String),
    /// The store went away while it kept something, and nobody can say whether it did.
    #[error(
        "the store went away, and it is not known whether this was kept; look before you do it again: {0}"
    )]
    Unknown(String),
    /// What is kept cannot be read as what it should be.
    #[error("the store holds something unreadable: {0}")]
    Unreadable(String),
}

/// PostgreSQL's codes for what went well but for somebody else: a serialization failure, a deadlock,
/// a lock not to be had in time, a key that another transaction took first.
const CONFLICTS: [&str; 4] = ["40001", "40P01", "55P03", "23505"];

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::ColumnDecode { .. }
            | sqlx::Error::Decode(_)
            | sqlx::Error::ColumnNotFound(_) => StoreError::Unreadable(error.to_string()),
            sqlx::Error::Database(ref told)
                if told.code().is_some_and(|code| CONFLICTS.contains(&&*code)) =>
            {
                StoreError::Conflict(error.to_string())
            }
            other => StoreError::Unavailable(other.to_string()),
        }
    }
}

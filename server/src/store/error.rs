/// Why the store did not answer. The text is for logs and never holds people's data.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// Out of reach, out of connections, locked or full: it may be back soon.
    #[error("the store is unavailable: {0}")]
    Unavailable(String),
    /// What is kept cannot be read as what it should be.
    #[error("the store holds something unreadable: {0}")]
    Unreadable(String),
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::ColumnDecode { .. }
            | sqlx::Error::Decode(_)
            | sqlx::Error::ColumnNotFound(_) => StoreError::Unreadable(error.to_string()),
            other => StoreError::Unavailable(other.to_string()),
        }
    }
}

use async_trait::async_trait;
use uuid::Uuid;

use super::{Account, Added, StoreError};

/// Who people are at providers of sign-ins.
#[async_trait]
pub trait Identities: Send + Sync {
    /// The account of who has this name at this provider.
    async fn account_of(&self, issuer: &str, subject: &str) -> Result<Option<Account>, StoreError>;

    /// Whether a person is known by a name at some provider.
    async fn comes_from_one(&self, person: Uuid) -> Result<bool, StoreError>;

    /// Adds a person who came from a provider for the first time, unless the address is another's. `by`
    /// is who the log says added them.
    async fn add_from(
        &self,
        account: &Account,
        issuer: &str,
        subject: &str,
        by: &str,
    ) -> Result<Added, StoreError>;
}

/// The statements, which both stores understand alike.
pub(super) mod sql {
    pub(in crate::store) const ACCOUNT_OF: &str = "SELECT p.id, p.email, p.name, p.roles, \
        p.password_hash, p.created, p.language, p.disabled_ms FROM identities i \
        JOIN people p ON p.id = i.person_id WHERE i.issuer = $1 AND i.subject = $2";
    pub(in crate::store) const COMES_FROM_ONE: &str =
        "SELECT EXISTS (SELECT 1 FROM identities WHERE person_id = $1)";
    pub(in crate::store) const ADD: &str = "INSERT INTO identities (issuer, subject, person_id) \
        VALUES ($1, $2, $3) ON CONFLICT (issuer, subject) DO NOTHING";
}

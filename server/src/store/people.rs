use std::collections::HashMap;

use async_trait::async_trait;
use uuid::Uuid;

use super::{Accounts, Browsers, Identities, SecondSteps, StoreError};
use crate::identity::Allowance;

/// The staff, who is signed in, and who tried in vain. Times are of the wall clock, in
/// milliseconds since 1970: a session is about real life, whatever rate workflow time runs at.
#[async_trait]
pub trait People: Send + Sync {
    /// Adds a person, unless the e-mail address is another's.
    async fn add(&self, account: &Account) -> Result<Added, StoreError>;

    /// Their accounts, for those who look after them.
    fn accounts(&self) -> &dyn Accounts;

    /// Who they are at providers of sign-ins.
    fn identities(&self) -> &dyn Identities;

    /// The browsers in which they signed in before.
    fn browsers(&self) -> &dyn Browsers;

    /// The second steps at their sign-in.
    fn second_steps(&self) -> &dyn SecondSteps;

    /// Gives a person another password, ends their sessions and forgets their browsers; whether there is such a person.
    async fn set_password(&self, email: &str, password_hash: &str) -> Result<bool, StoreError>;

    /// Gives a person other roles; whether there is such a person. They hold from their next request on.
    async fn set_roles(&self, email: &str, roles: &[String]) -> Result<bool, StoreError>;

    /// The account of an e-mail address in its normal form.
    async fn account(&self, email: &str) -> Result<Option<Account>, StoreError>;

    /// The names of several people at once; unknown ids are left out.
    async fn names(&self, ids: &[Uuid]) -> Result<HashMap<Uuid, String>, StoreError>;

    /// The same of programs' tokens.
    async fn token_names(&self, ids: &[Uuid]) -> Result<HashMap<Uuid, String>, StoreError>;

    /// Keeps a new session, and forgets those that ended before it began.
    async fn open_session(&self, session: &NewSession) -> Result<(), StoreError>;

    /// A session by the hash of its token, ended or not. None of a person who may not sign in.
    async fn session(&self, token_hash: &str) -> Result<Option<Session>, StoreError>;

    /// Notes that a session was used.
    async fn touch_session(&self, token_hash: &str, now_ms: i64) -> Result<(), StoreError>;

    /// Ends a session.
    async fn end_session(&self, token_hash: &str) -> Result<(), StoreError>;

    /// Counts a try against each of these names, as wrong until [`People::take_back_try`] says
    /// otherwise; or counts nothing and gives the seconds to wait when one of them must. Counting
    /// before the secret is checked keeps a thousand tries at once from being one.
    async fn begin_try(
        &self,
        names: &[(String, Allowance)],
        now_ms: i64,
    ) -> Result<Result<(), u32>, StoreError>;

    /// The try was right: forgets the wrong ones of `clear`, and takes back the one just counted
    /// against `take_back`.
    async fn end_try(&self, clear: &str, take_back: Option<&str>) -> Result<(), StoreError>;

    /// The try was not looked at: takes back the one just counted against each of these names.
    async fn take_back_try(&self, names: &[String]) -> Result<(), StoreError>;
}

/// A person of the staff, with what they sign in by.
#[derive(Clone, PartialEq, Eq)]
pub struct Account {
    /// Their id, as the audit trail names them.
    pub id: Uuid,
    /// Their e-mail address, in its normal form.
    pub email: String,
    /// Shown name.
    pub name: String,
    /// Their roles, as definitions name them after `HUMAN:`.
    pub roles: Vec<String>,
    /// The language they are written to in: `en` or `es`; none where nobody said.
    pub language: Option<String>,
    /// The hash of their password, as a PHC string; empty while they have none and cannot sign in by one.
    pub password_hash: String,
    /// When they were added.
    pub created_ms: i64,
    /// Since when they may not sign in; none while they may.
    pub disabled_ms: Option<i64>,
}

impl std::fmt::Debug for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // People's data never reaches a log.
        write!(f, "Account({})", self.id)
    }
}

/// Whether a person was added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Added {
    /// They were.
    Yes,
    /// Another has the e-mail address.
    EmailTaken,
}

/// A session to keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSession {
    /// The hash of its token.
    pub token_hash: String,
    /// Whose it is.
    pub of: SessionOf,
    /// When it begins.
    pub created_ms: i64,
    /// When it ends, used or not.
    pub expires_ms: i64,
}

/// Whose a new session is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SessionOf {
    /// A person's who signed in.
    Person(Uuid),
    /// A reporter's who showed number and receipt: good for this number only.
    Report(String),
}

/// A session as kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Who holds it.
    pub holder: SessionHolder,
    /// When it was last used.
    pub last_seen_ms: i64,
    /// When it ends, used or not.
    pub expires_ms: i64,
}

/// Who holds a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SessionHolder {
    /// A person, as they are now: a role taken away is gone at the next request.
    Person {
        /// Their id.
        id: Uuid,
        /// Shown name.
        name: String,
        /// Their roles.
        roles: Vec<String>,
    },
    /// The reporter of this number.
    Report(String),
}

use async_trait::async_trait;
use hms_engine::ActorPattern;
use uuid::Uuid;

use super::accounts::BY_COMMAND;
use super::{Note, StoreError};
use crate::clock::moment;
use crate::identity::Verb;

/// The tokens of programs. Times are of the wall clock, in milliseconds since 1970.
#[async_trait]
pub trait Tokens: Send + Sync {
    /// Keeps a new token.
    async fn add(&self, token: &TokenRow) -> Result<(), StoreError>;

    /// Every token, the newest first, also those that ended.
    async fn all(&self) -> Result<Vec<TokenRow>, StoreError>;

    /// A token by its hash, also one that ended.
    async fn by_hash(&self, hash: &str) -> Result<Option<TokenRow>, StoreError>;

    /// Ends a token now; whether there was one that had not ended.
    async fn revoke(&self, id: Uuid, now_ms: i64) -> Result<bool, StoreError>;

    /// Notes that one was used.
    async fn used(&self, id: Uuid, now_ms: i64) -> Result<(), StoreError>;
}

/// A token as kept: of itself only its hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRow {
    /// Its id, by which people name it.
    pub id: Uuid,
    /// The SHA-256 of the token, in hex.
    pub hash: String,
    /// What it is for, in a few words.
    pub name: String,
    /// Whose tasks it may see and work on.
    pub actors: Vec<ActorPattern>,
    /// What else it may do.
    pub verbs: Vec<Verb>,
    /// When it was made.
    pub created_ms: i64,
    /// When it ends by itself.
    pub expires_ms: Option<i64>,
    /// When it was last used, to about a minute.
    pub last_used_ms: Option<i64>,
    /// When it was ended by somebody.
    pub revoked_ms: Option<i64>,
}

impl TokenRow {
    /// Whether it is good at a moment.
    pub fn is_good(&self, now_ms: i64) -> bool {
        self.revoked_ms.is_none() && self.expires_ms.is_none_or(|end| now_ms < end)
    }
}

/// That a token was made, as a row of the audit trail: what it is good for, and until when.
pub(super) fn made(token: &TokenRow) -> Note {
    let actors = token.actors.iter().map(ActorPattern::to_string);
    let verbs = token.verbs.iter().map(|verb| verb.as_str().to_owned());
    let command = serde_json::json!({
        "order": "account", "what": "token_made", "id": token.id,
        "after": actors.chain(verbs).collect::<Vec<_>>(), "until": token.expires_ms.map(moment),
    });
    note(token.id, token.created_ms, command.to_string())
}

/// That one was ended.
pub(super) fn revoked(token: Uuid, now_ms: i64) -> Note {
    let command = serde_json::json!({"order": "account", "what": "token_revoked", "id": token});
    note(token, now_ms, command.to_string())
}

fn note(token: Uuid, at_ms: i64, command: String) -> Note {
    Note {
        at: moment(at_ms),
        // Tokens are made and ended on the command line only.
        who: BY_COMMAND.to_owned(),
        version: None,
        about: Some(token),
        command,
    }
}

/// The statements, which both stores understand alike.
pub(super) mod sql {
    pub(in crate::store) const ADD: &str = "INSERT INTO tokens (id, hash, name, actors, verbs, created_ms, expires_ms) \
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    pub(in crate::store) const ALL: &str = "SELECT id, hash, name, actors, verbs, created_ms, expires_ms, \
        last_used_ms, revoked_ms FROM tokens ORDER BY id DESC LIMIT 10000";
    pub(in crate::store) const BY_HASH: &str = "SELECT id, hash, name, actors, verbs, created_ms, expires_ms, \
        last_used_ms, revoked_ms FROM tokens WHERE hash = $1";
    pub(in crate::store) const REVOKE: &str =
        "UPDATE tokens SET revoked_ms = $2 WHERE id = $1 AND revoked_ms IS NULL";
    pub(in crate::store) const USED: &str = "UPDATE tokens SET last_used_ms = $2 WHERE id = $1";
}

/// The lists of a token, as kept: (actors, verbs).
pub(super) fn lists_as_kept(token: &TokenRow) -> (String, String) {
    let actors = token.actors.iter().map(ActorPattern::to_string);
    let verbs = token.verbs.iter().map(|verb| verb.as_str());
    (
        serde_json::Value::from_iter(actors).to_string(),
        serde_json::Value::from_iter(verbs).to_string(),
    )
}

/// A list of a token, as it was kept.
pub(super) fn list_as_was<T: std::str::FromStr>(kept: &str) -> Result<Vec<T>, StoreError> {
    let unreadable = || StoreError::Unreadable("a token's list".to_owned());
    let words: Vec<String> = serde_json::from_str(kept).map_err(|_| unreadable())?;
    words
        .iter()
        .map(|word| word.parse().map_err(|_| unreadable()))
        .collect()
}

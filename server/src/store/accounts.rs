use async_trait::async_trait;
use uuid::Uuid;

use super::{Account, Added, Note, StoreError};
use crate::clock::moment;
use crate::edge;

/// The accounts of the staff as those who look after them see them. Each change is kept together with its
/// entry in the accounts' log, in one transaction. Times are of the wall clock, in milliseconds since 1970.
#[async_trait]
pub trait Accounts: Send + Sync {
    /// The newest accounts, or those made before the one with this id; at most `limit`.
    async fn page(&self, before: Option<Uuid>, limit: u32) -> Result<Vec<Account>, StoreError>;

    /// One account.
    async fn of(&self, id: Uuid) -> Result<Option<Account>, StoreError>;

    /// Adds a person together with the link they are invited by, unless the address is another's.
    async fn invite(
        &self,
        account: &Account,
        link: &NewLink,
        by: &str,
    ) -> Result<Added, StoreError>;

    /// Changes an account; whether there is one.
    async fn change(
        &self,
        id: Uuid,
        change: &AccountChange,
        by: &str,
        now_ms: i64,
    ) -> Result<bool, StoreError>;

    /// What was done to an account, the latest first; at most `limit`.
    async fn log(&self, id: Uuid, limit: u32) -> Result<Vec<AccountEntry>, StoreError>;

    /// Keeps a link that is to be mailed, and forgets those that ended before it was made.
    async fn make_link(&self, link: &NewLink, by: &str) -> Result<(), StoreError>;

    /// A link, used or not, with whose it is.
    async fn link(&self, id: Uuid) -> Result<Option<AccountLink>, StoreError>;

    /// Uses a link that is good: the password is set, every session and every other link of the person
    /// ends. False when it was used or has ended meanwhile, and then nothing changes.
    async fn use_link(
        &self,
        id: Uuid,
        password_hash: &str,
        now_ms: i64,
    ) -> Result<bool, StoreError>;

    /// Takes links that are to be mailed by now; they are due again after `hold_ms` unless they are sent.
    async fn links_to_send(
        &self,
        now_ms: i64,
        hold_ms: i64,
        limit: u32,
    ) -> Result<Vec<AccountLink>, StoreError>;

    /// Notes that a link was mailed, or given up.
    async fn link_sent(&self, id: Uuid) -> Result<(), StoreError>;
}

/// What is changed about an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccountChange {
    /// Its roles; they hold from the next request on.
    Roles(Vec<String>),
    /// They may not sign in any more; their sessions end.
    Disabled,
    /// They may again.
    Enabled,
    /// All of their sessions end.
    SessionsEnded,
}

impl AccountChange {
    /// As the log names it.
    pub fn word(&self) -> &'static str {
        match self {
            AccountChange::Roles(_) => "roles",
            AccountChange::Disabled => "disabled",
            AccountChange::Enabled => "enabled",
            AccountChange::SessionsEnded => "sessions_ended",
        }
    }

    /// Whether the person's sessions end by it.
    pub(super) fn ends_sessions(&self) -> bool {
        matches!(self, AccountChange::Disabled | AccountChange::SessionsEnded)
    }
}

/// A line of the accounts' log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountEntry {
    /// When.
    pub at_ms: i64,
    /// Who did it: a person's signature, or a command.
    pub who: String,
    /// What: `added`, `roles`, `disabled`, `enabled`, `sessions_ended`, `password`, `link`.
    pub what: String,
    /// What it was before, as JSON.
    pub before: Option<String>,
    /// What it is after, as JSON.
    pub after: Option<String>,
}

/// What a link is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkPurpose {
    /// The first password of a person who was invited.
    Invite,
    /// Another password for a person who lost theirs.
    Reset,
}

impl LinkPurpose {
    /// As kept.
    pub fn as_str(self) -> &'static str {
        match self {
            LinkPurpose::Invite => "invite",
            LinkPurpose::Reset => "reset",
        }
    }

    /// As it was kept.
    pub(super) fn of_word(word: &str) -> Result<LinkPurpose, StoreError> {
        match word {
            "invite" => Ok(LinkPurpose::Invite),
            "reset" => Ok(LinkPurpose::Reset),
            _ => Err(StoreError::Unreadable("account_links.purpose".to_owned())),
        }
    }
}

/// A link to keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewLink {
    /// Its id, from which the server's key makes what stands in it.
    pub id: Uuid,
    /// Whose password it sets.
    pub person: Uuid,
    /// What it is for.
    pub purpose: LinkPurpose,
    /// When it was made.
    pub created_ms: i64,
    /// When it ends.
    pub expires_ms: i64,
}

/// A link as kept, with whose it is.
#[derive(Clone, PartialEq, Eq)]
pub struct AccountLink {
    /// The link.
    pub link: NewLink,
    /// When it was used.
    pub used_ms: Option<i64>,
    /// How many times mailing it was tried.
    pub tries: u32,
    /// Where it is mailed to.
    pub email: String,
    /// The person's name.
    pub name: String,
    /// The language they are written to in.
    pub language: Option<String>,
    /// Since when they may not sign in.
    pub disabled_ms: Option<i64>,
}

impl AccountLink {
    /// Whether it sets a password at a moment.
    pub fn is_good(&self, now_ms: i64) -> bool {
        self.used_ms.is_none() && self.disabled_ms.is_none() && now_ms < self.link.expires_ms
    }
}

impl std::fmt::Debug for AccountLink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // People's data never reaches a log.
        write!(f, "AccountLink({:?})", self.link)
    }
}

/// Who added a person where nobody was signed in: whoever may run the program on its data.
pub(super) const BY_COMMAND: &str = "hms";

/// A line of the log to write: (what, before, after).
pub(super) type Logged = (&'static str, Option<String>, Option<String>);

/// What the log says of a change.
pub(super) fn logged(change: &AccountChange, before: &[String]) -> Logged {
    match change {
        AccountChange::Roles(roles) => {
            let json = |roles: &[String]| Some(serde_json::json!(roles).to_string());
            (change.word(), json(before), json(roles))
        }
        _ => (change.word(), None, None),
    }
}

/// A change of an account as a row of the audit trail: who, what, before and after, and from where it was asked.
pub(super) fn noted(person: Uuid, at_ms: i64, by: &str, (what, before, after): &Logged) -> Note {
    let value = |json: &Option<String>| {
        json.as_ref()
            .and_then(|json| serde_json::from_str::<serde_json::Value>(json).ok())
    };
    let mut command = serde_json::json!({"order": "account", "what": what});
    for (name, value) in [
        ("before", value(before)),
        ("after", value(after)),
        ("from", edge::address().map(Into::into)),
    ] {
        if let Some(value) = value {
            command[name] = value;
        }
    }
    Note {
        at: moment(at_ms),
        who: by.to_owned(),
        version: None,
        about: Some(person),
        command: command.to_string(),
    }
}

/// The statements, which both stores understand alike.
pub(super) mod sql {
    pub(in crate::store) const ENABLE: &str = "UPDATE people SET disabled_ms = NULL WHERE id = $1";
    pub(in crate::store) const DISABLE: &str =
        "UPDATE people SET disabled_ms = coalesce(disabled_ms, $2) WHERE id = $1";
    pub(in crate::store) const SET_ROLES: &str = "UPDATE people SET roles = $2 WHERE id = $1";
    pub(in crate::store) const SET_PASSWORD: &str =
        "UPDATE people SET password_hash = $2 WHERE id = $1";
    pub(in crate::store) const END_SESSIONS: &str = "DELETE FROM sessions WHERE person_id = $1";
    pub(in crate::store) const LOG: &str = "INSERT INTO account_log \
        (id, person_id, at_ms, who, what, before, after) VALUES ($1, $2, $3, $4, $5, $6, $7)";
    pub(in crate::store) const READ_LOG: &str = "SELECT at_ms, who, what, before, after \
        FROM account_log WHERE person_id = $1 ORDER BY id DESC LIMIT $2";
    pub(in crate::store) const SWEEP_LINKS: &str =
        "DELETE FROM account_links WHERE expires_ms <= $1";
    pub(in crate::store) const ADD_LINK: &str = "INSERT INTO account_links \
        (id, person_id, purpose, created_ms, expires_ms, send_ms) VALUES ($1, $2, $3, $4, $5, $4)";
    pub(in crate::store) const LINK: &str = "SELECT l.id, l.person_id, l.purpose, l.created_ms, \
        l.expires_ms, l.used_ms, l.tries, p.email, p.name, p.language, p.disabled_ms \
        FROM account_links l JOIN people p ON p.id = l.person_id WHERE l.id = $1";
    pub(in crate::store) const USE_LINK: &str = "UPDATE account_links SET used_ms = $2, \
        send_ms = NULL WHERE id = $1 AND used_ms IS NULL AND expires_ms > $2 AND EXISTS (SELECT 1 \
        FROM people p WHERE p.id = person_id AND p.disabled_ms IS NULL) RETURNING person_id";
    pub(in crate::store) const END_OTHER_LINKS: &str =
        "DELETE FROM account_links WHERE person_id = $1 AND id <> $2";
    pub(in crate::store) const LINK_SENT: &str =
        "UPDATE account_links SET send_ms = NULL WHERE id = $1";
}

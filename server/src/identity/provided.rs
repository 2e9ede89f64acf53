use hms_app::agency::{Refused, Token};
use hms_app::views::NAME_CHARS_MAX;
use hms_forms::looks_like_email;
use uuid::Uuid;

use super::doorkeeper::not_now;
use super::{Doorkeeper, Identity};
use crate::clock::wall_ms;
use crate::store::{Account, AccountChange, Added, SessionOf};

/// Who changed an account, where the log says so: what the provider of sign-ins says.
const BY_PROVIDER: &str = "sign-in provider";

impl Doorkeeper {
    /// Signs in who a provider says somebody is. Whoever it gives no role is nobody here; whom it gives one
    /// is added when they come first, and has the roles it gives from then on. They are known by their name
    /// at the provider, never by an address.
    pub async fn sign_in_as(&self, identity: Identity) -> Result<Token, Refused> {
        let known = self.people.identities();
        let (issuer, subject) = (identity.issuer.as_str(), identity.subject.as_str());
        let mut account = known.account_of(issuer, subject).await.map_err(not_now)?;
        if account.is_none() && !identity.roles.is_empty() {
            let new = stranger(&identity);
            let added = known.add_from(&new, issuer, subject, BY_PROVIDER).await;
            account = match added.map_err(not_now)? {
                Added::Yes => Some(new),
                // Somebody else has the address, or they came twice at once.
                Added::EmailTaken => known.account_of(issuer, subject).await.map_err(not_now)?,
            };
        }
        let account = account.ok_or(Refused::NotAllowed)?;
        if account.disabled_ms.is_some() {
            return Err(Refused::NotAllowed);
        }
        let change = match identity.roles.is_empty() {
            true => Some(AccountChange::SessionsEnded),
            false if identity.roles != account.roles => {
                Some(AccountChange::Roles(identity.roles.clone()))
            }
            false => None,
        };
        if let Some(change) = change {
            let changed = self
                .accounts()
                .change(account.id, &change, BY_PROVIDER, wall_ms());
            changed.await.map_err(not_now)?;
        }
        if identity.roles.is_empty() {
            return Err(Refused::NotAllowed);
        }
        let whole_ms = self.times.whole_ms;
        self.open(SessionOf::Person(account.id), whole_ms).await
    }
}

/// A person who comes from a provider for the first time.
fn stranger(identity: &Identity) -> Account {
    let id = Uuid::now_v7();
    let email = identity
        .email
        .clone()
        .filter(|email| looks_like_email(email));
    // A name that is never one of the internet's (RFC 2606): nothing is mailed there.
    let email = email.unwrap_or_else(|| format!("{}@sign-in.invalid", id.simple()));
    let name: String = identity
        .name
        .as_deref()
        .unwrap_or(&email)
        .trim()
        .chars()
        .take(NAME_CHARS_MAX)
        .collect();
    Account {
        id,
        name: if name.is_empty() { email.clone() } else { name },
        email,
        roles: identity.roles.clone(),
        language: None,
        password_hash: String::new(),
        created_ms: wall_ms(),
        disabled_ms: None,
    }
}

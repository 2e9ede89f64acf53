//! Links by which a person sets a password: in an invitation, or after losing it. Each is good once and for a
//! time. What stands in a link is derived from its id with the server's key, so the store holds nothing a link
//! could be made from, and whoever mails it can make it again.

use std::time::Duration;

use hms_app::agency::Refused;
use hms_app::views::{PasswordFault, check_password};
use subtle::ConstantTimeEq;
use uuid::Uuid;

use super::doorkeeper::not_now;
use super::key::hex;
use super::{Doorkeeper, ServerKey, common_password, normal_email};
use crate::clock::wall_ms;
use crate::store::{Account, AccountLink, LinkPurpose, NewLink};

const HOUR_MS: i64 = 3_600_000;
/// How long an invitation is good.
const INVITE_MS: i64 = 7 * 24 * HOUR_MS;
/// How long a link to another password is good.
const RESET_MS: i64 = HOUR_MS;
/// How long a request for a link takes, whether there is such an account or not.
const ASKED: Duration = Duration::from_millis(400);
/// Who asked, where the log says so: nobody had signed in.
const BY_VISITOR: &str = "sign-in page";

/// A link that begins now.
pub fn new_link(person: Uuid, purpose: LinkPurpose, now_ms: i64) -> NewLink {
    let lasts_ms = match purpose {
        LinkPurpose::Invite => INVITE_MS,
        LinkPurpose::Reset => RESET_MS,
    };
    NewLink {
        id: Uuid::new_v4(),
        person,
        purpose,
        created_ms: now_ms,
        expires_ms: now_ms + lasts_ms,
    }
}

impl ServerKey {
    /// What stands in the link with this id: 32 hexadecimal digits of its id, and 32 that only this key gives.
    pub fn link_word(&self, id: Uuid) -> String {
        let proof = self.derive("account-link", &[id.as_bytes()]);
        format!("{}{}", id.simple(), hex(&proof[..16]))
    }

    /// The id in a link, when this key made it.
    fn link_id(&self, word: &str) -> Option<Uuid> {
        let id = word.get(..32)?.parse::<Uuid>().ok()?;
        let right = self.link_word(id);
        bool::from(right.as_bytes().ct_eq(word.as_bytes())).then_some(id)
    }
}

impl Doorkeeper {
    /// An invitation to keep for a person who is added now.
    pub fn invitation(&self, person: Uuid) -> NewLink {
        new_link(person, LinkPurpose::Invite, wall_ms())
    }

    /// Keeps a link to another password for a person, to be mailed. `by` is who wants it.
    pub async fn send_link(&self, person: Uuid, by: &str) -> Result<(), Refused> {
        let account = self.accounts().of(person).await.map_err(not_now)?;
        let account = account.ok_or(Refused::NotFound)?;
        let purpose = match account.password_hash.is_empty() {
            true => LinkPurpose::Invite,
            false => LinkPurpose::Reset,
        };
        let link = new_link(person, purpose, wall_ms());
        self.accounts().make_link(&link, by).await.map_err(not_now)
    }

    /// Somebody says that an account is theirs and its password lost. Told the same in the same time,
    /// whether there is one; who asks again and again has to wait.
    pub async fn ask_reset(&self, email: &str, address: Option<&str>) -> Result<(), Refused> {
        let email = normal_email(email);
        // Never taken back: each request counts, or somebody's mailbox could be filled.
        let _counted = self.begin_try("reset", &email, address).await?;
        let work = async {
            let account = self.people().account(&email).await.map_err(not_now)?;
            match account.filter(|account| account.disabled_ms.is_none()) {
                Some(account) if self.may_ask(&account).await? => {
                    self.send_link(account.id, BY_VISITOR).await
                }
                _ => Ok(()),
            }
        };
        tokio::join!(work, tokio::time::sleep(ASKED)).0
    }

    /// Whether whose account this is may get a password by asking for it. Who comes from a provider has none and gets none
    /// that way: they would still be in here when the provider says that they have left. An administrator may mail them a link.
    async fn may_ask(&self, account: &Account) -> Result<bool, Refused> {
        if !account.password_hash.is_empty() {
            return Ok(true);
        }
        let known = self.people().identities();
        let from_provider = known.comes_from_one(account.id).await.map_err(not_now)?;
        Ok(!from_provider)
    }

    /// The link, if it is good; [`Refused::NotFound`] when it was used, has ended, or never was one.
    pub async fn read_link(&self, word: &str) -> Result<AccountLink, Refused> {
        let id = self.key().link_id(word).ok_or(Refused::NotFound)?;
        let link = self.accounts().link(id).await.map_err(not_now)?;
        link.filter(|link| link.is_good(wall_ms()))
            .ok_or(Refused::NotFound)
    }

    /// Sets the password of whose link it is. Their sessions and other links end.
    pub async fn set_by_link(
        &self,
        word: &str,
        password: &str,
    ) -> Result<Result<(), PasswordFault>, Refused> {
        let link = self.read_link(word).await?;
        if let Some(fault) = fault(password, &link.email, &link.name) {
            return Ok(Err(fault));
        }
        let hash = self.passwords.hash(password).await.map_err(|error| {
            tracing::warn!(%error, "a password could not be set");
            Refused::NotNow
        })?;
        let used = self
            .accounts()
            .use_link(link.link.id, &hash, wall_ms())
            .await
            .map_err(not_now)?;
        if !used {
            return Err(Refused::NotFound);
        }
        // Whoever mistyped before is not made to wait with the new one.
        let cleared = self.key().pseudonym("account", &link.email);
        self.people()
            .end_try(&cleared, None)
            .await
            .map_err(not_now)?;
        Ok(Ok(()))
    }
}

/// What is wrong with a password that a person chose (NIST SP 800-63B, 5.1.1.2: long enough, of any
/// characters, and none that everybody knows or that follows from who they are).
pub fn fault(password: &str, email: &str, name: &str) -> Option<PasswordFault> {
    if let Some(fault) = check_password(password) {
        return Some(fault);
    }
    let typed = password.trim().to_lowercase();
    let own = |text: &str| !text.is_empty() && typed == text.trim().to_lowercase();
    let mailbox = email.split('@').next().unwrap_or_default();
    let known = common_password(&typed) || own(email) || own(name) || own(&mailbox.repeat(2));
    known.then_some(PasswordFault::Common)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_good_with_the_key_that_made_it_only() {
        let (key, other) = (ServerKey::fresh(), ServerKey::fresh());
        let id = Uuid::new_v4();
        let word = key.link_word(id);
        assert_eq!(word.len(), 64);
        assert_eq!(key.link_id(&word), Some(id));
        assert_eq!(other.link_id(&word), None);
        let mut forged = key.link_word(Uuid::new_v4());
        forged.replace_range(..32, &id.simple().to_string());
        for wrong in [
            forged.as_str(),
            "",
            &word[..63],
            &word[..32],
            "ñ",
            &format!("{word}0"),
        ] {
            assert_eq!(key.link_id(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_password_is_long_and_not_what_everybody_tries() {
        for (password, expect) in [
            ("short", Some(PasswordFault::TooShort)),
            ("elevenchars", Some(PasswordFault::TooShort)),
            ("ñññññññññññ!", None),
            ("twelve chars", None),
            ("correct horse battery staple", None),
            ("password1234", Some(PasswordFault::Common)),
            ("PASSWORD1234", Some(PasswordFault::Common)),
            ("aaaaaaaaaaaaaaa", Some(PasswordFault::Common)),
            ("123456789012", Some(PasswordFault::Common)),
            ("abababababab", Some(PasswordFault::Common)),
            ("maria@agency.example", Some(PasswordFault::Common)),
            ("Maria Lopez Ruiz", Some(PasswordFault::Common)),
        ] {
            let told = fault(password, "maria@agency.example", "Maria Lopez Ruiz");
            assert_eq!(told, expect, "{password}");
        }
        let long = "a b".repeat(100);
        assert_eq!(fault(&long, "", ""), Some(PasswordFault::TooLong));
    }
}

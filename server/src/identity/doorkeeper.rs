use std::sync::Arc;

use hms_app::agency::{Refused, Token, Visitor};
use hms_app::views::Person;

use super::{Act, Allowance, Passwords, ServerKey, fresh_token, may, normal_email, token_hash};
use crate::clock::wall_ms;
use crate::store::{NewSession, People, Session, SessionHolder, SessionOf, StoreError};

const HOUR_MS: i64 = 3_600_000;
/// A person's session ends this long after its last use …
const STAFF_IDLE_MS: i64 = 2 * HOUR_MS;
/// … and this long after it began, however busy.
const STAFF_MS: i64 = 12 * HOUR_MS;
/// A reporter's session ends this long after number and receipt were shown.
const REPORTER_MS: i64 = 24 * HOUR_MS;
/// The use of a session is noted at most this often.
const TOUCH_MS: i64 = 60_000;

/// Lets people in: checks passwords and tokens, opens and ends sessions, slows down guessing.
#[derive(Clone)]
pub struct Doorkeeper {
    people: Arc<dyn People>,
    key: ServerKey,
    passwords: Passwords,
}

/// A try at a secret that has been counted as wrong until it turns out right.
#[must_use]
pub struct Try {
    account: String,
    address: Option<String>,
}

impl Doorkeeper {
    /// A doorkeeper for these people.
    pub fn new(people: Arc<dyn People>, key: ServerKey) -> Doorkeeper {
        Doorkeeper {
            people,
            key,
            passwords: Passwords::default(),
        }
    }

    /// The staff.
    pub fn people(&self) -> &dyn People {
        self.people.as_ref()
    }

    /// The server's key.
    pub fn key(&self) -> &ServerKey {
        &self.key
    }

    /// Signs a person in. An unknown e-mail and a wrong password get the same answer after the
    /// same work.
    pub async fn sign_in(
        &self,
        email: &str,
        password: &str,
        address: Option<&str>,
    ) -> Result<Token, Refused> {
        let email = normal_email(email);
        let counted = self.begin_try("account", &email, address).await?;
        let account = self.people.account(&email).await.map_err(not_now)?;
        let kept = account
            .as_ref()
            .map(|account| account.password_hash.as_str());
        let right = self.passwords.is(password, kept).await.map_err(|error| {
            tracing::warn!(%error, "a sign-in could not be checked");
            Refused::NotNow
        })?;
        match account {
            Some(account) if right => {
                self.end_try(counted).await?;
                self.open(SessionOf::Person(account.id), STAFF_MS).await
            }
            _ => Err(Refused::WrongSecret),
        }
    }

    /// Counts a try at the secret of an account or a report, from an address. Whoever must wait
    /// is told so before anything is checked.
    pub async fn begin_try(
        &self,
        kind: &str,
        of: &str,
        address: Option<&str>,
    ) -> Result<Try, Refused> {
        let counted = Try {
            account: self.key.pseudonym(kind, of),
            address: address.map(|address| self.key.pseudonym("address", address)),
        };
        let mut names = vec![(counted.account.clone(), Allowance::ACCOUNT)];
        names.extend(
            counted
                .address
                .clone()
                .map(|address| (address, Allowance::ADDRESS)),
        );
        match self.people.begin_try(&names, wall_ms()).await {
            Ok(Ok(())) => Ok(counted),
            Ok(Err(seconds)) => Err(Refused::TooMany(seconds)),
            Err(error) => Err(not_now(error)),
        }
    }

    /// The try was right.
    pub async fn end_try(&self, counted: Try) -> Result<(), Refused> {
        let take_back = counted.address.as_deref();
        self.people
            .end_try(&counted.account, take_back)
            .await
            .map_err(not_now)
    }

    /// Opens a session that is good for one report.
    pub async fn admit_reporter(&self, number: &str) -> Result<Token, Refused> {
        self.open(SessionOf::Report(number.to_owned()), REPORTER_MS)
            .await
    }

    /// Who is signed in, if anybody is.
    pub async fn person(&self, who: &Visitor) -> Result<Option<Person>, Refused> {
        let Some(token) = &who.session else {
            return Ok(None);
        };
        let Some(session) = self.look_up(token).await? else {
            return Ok(None);
        };
        let SessionHolder::Person { id, name, roles } = session.holder else {
            return Ok(None);
        };
        let now_ms = wall_ms();
        if now_ms - session.last_seen_ms > TOUCH_MS {
            let touched = self.people.touch_session(&token_hash(token), now_ms).await;
            touched.map_err(not_now)?;
        }
        Ok(Some(Person { id, name, roles }))
    }

    /// Who is signed in; [`Refused::SignIn`] when nobody is.
    pub async fn signed_in(&self, who: &Visitor) -> Result<Person, Refused> {
        self.person(who).await?.ok_or(Refused::SignIn)
    }

    /// Who is signed in, if they may do this.
    pub async fn allowed(&self, who: &Visitor, act: Act) -> Result<Person, Refused> {
        let person = self.signed_in(who).await?;
        if may(&person.roles, act) {
            Ok(person)
        } else {
            Err(Refused::NotAllowed)
        }
    }

    /// Whether a person's session still stands, with the same roles. Looking does not count as
    /// use: an open page alone keeps nobody signed in.
    pub async fn still_in(&self, who: &Visitor, person: &Person) -> Result<bool, Refused> {
        let Some(token) = &who.session else {
            return Ok(false);
        };
        Ok(
            match self.look_up(token).await?.map(|session| session.holder) {
                Some(SessionHolder::Person { id, roles, .. }) => {
                    id == person.id && roles == person.roles
                }
                _ => false,
            },
        )
    }

    /// The number of the report the visitor has shown the receipt of, if any.
    pub async fn reporter(&self, who: &Visitor) -> Result<Option<String>, Refused> {
        let Some(token) = &who.reporter else {
            return Ok(None);
        };
        Ok(
            match self.look_up(token).await?.map(|session| session.holder) {
                Some(SessionHolder::Report(number)) => Some(number),
                _ => None,
            },
        )
    }

    /// Ends a person's session.
    pub async fn sign_out(&self, who: &Visitor) -> Result<(), Refused> {
        match &who.session {
            Some(token) => self
                .people
                .end_session(&token_hash(token))
                .await
                .map_err(not_now),
            None => Ok(()),
        }
    }

    async fn open(&self, of: SessionOf, lasts_ms: i64) -> Result<Token, Refused> {
        let (token, now_ms) = (fresh_token(), wall_ms());
        let session = NewSession {
            token_hash: token_hash(&token),
            of,
            created_ms: now_ms,
            expires_ms: now_ms + lasts_ms,
        };
        self.people.open_session(&session).await.map_err(not_now)?;
        Ok(token)
    }

    /// A session that has not ended.
    async fn look_up(&self, token: &Token) -> Result<Option<Session>, Refused> {
        let session = self.people.session(&token_hash(token)).await;
        let session = session.map_err(not_now)?;
        Ok(session.filter(|session| !ended(session, wall_ms())))
    }
}

fn ended(session: &Session, now_ms: i64) -> bool {
    let idle = matches!(session.holder, SessionHolder::Person { .. })
        && now_ms - session.last_seen_ms >= STAFF_IDLE_MS;
    idle || now_ms >= session.expires_ms
}

fn not_now(error: StoreError) -> Refused {
    tracing::warn!(%error, "the store did not answer about people");
    Refused::NotNow
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_persons_session_ends_when_idle_and_a_reporters_does_not() {
        let session = |holder| Session {
            holder,
            last_seen_ms: 0,
            expires_ms: STAFF_MS,
        };
        let person = session(SessionHolder::Person {
            id: uuid::Uuid::nil(),
            name: String::new(),
            roles: vec![],
        });
        let reporter = session(SessionHolder::Report("4839-2017-55".to_owned()));
        assert!(!ended(&person, STAFF_IDLE_MS - 1));
        assert!(ended(&person, STAFF_IDLE_MS));
        assert!(!ended(&reporter, STAFF_IDLE_MS));
        assert!(!ended(&reporter, STAFF_MS - 1));
        assert!(ended(&reporter, STAFF_MS));
        let busy = Session {
            last_seen_ms: STAFF_MS - 1,
            ..person
        };
        assert!(
            ended(&busy, STAFF_MS),
            "twelve hours are the end, however busy"
        );
    }
}

use std::sync::Arc;

use hms_app::agency::{Refused, SignedIn, Token, Visitor};
use hms_app::views::Person;
use uuid::Uuid;

use super::known_sessions::KnownSessions;
use super::{Passwords, ServerKey, TriedFrom, fresh_token, normal_email, token_hash};
use crate::clock::wall_ms;
use crate::store::{Accounts, NewSession, People, Session, SessionHolder, SessionOf, StoreError};

const HOUR_MS: i64 = 3_600_000;
/// A reporter's session ends this long after number and receipt were shown.
const REPORTER_MS: i64 = 24 * HOUR_MS;
/// The use of a session is noted at most this often, and at least ten times in its idle time.
const TOUCH_MS: i64 = 60_000;

/// How long a person's session lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionTimes {
    /// It ends this long after its last use, in milliseconds …
    pub idle_ms: i64,
    /// … and this long after it began, however busy.
    pub whole_ms: i64,
}

impl Default for SessionTimes {
    fn default() -> Self {
        SessionTimes {
            idle_ms: HOUR_MS / 2,
            whole_ms: 12 * HOUR_MS,
        }
    }
}

/// How long a session still stands, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Unless it is used.
    pub idle_left_ms: i64,
    /// At most, however it is used.
    pub left_ms: i64,
}

/// Lets people in: checks passwords and tokens, opens and ends sessions, slows down guessing.
#[derive(Clone)]
pub struct Doorkeeper {
    pub(super) people: Arc<dyn People>,
    sessions: KnownSessions,
    key: ServerKey,
    pub(super) passwords: Passwords,
    pub(super) times: SessionTimes,
}

impl Doorkeeper {
    /// A doorkeeper for these people.
    pub fn new(people: Arc<dyn People>, key: ServerKey) -> Doorkeeper {
        Doorkeeper {
            sessions: KnownSessions::new(people.clone()),
            people,
            key,
            passwords: Passwords::default(),
            times: SessionTimes::default(),
        }
    }

    /// With sessions that last so long.
    #[must_use]
    pub fn with_times(self, times: SessionTimes) -> Doorkeeper {
        Doorkeeper { times, ..self }
    }

    /// With room for so many passwords at a time.
    #[must_use]
    pub fn with_passwords(self, passwords: Passwords) -> Doorkeeper {
        Doorkeeper { passwords, ..self }
    }

    /// Their accounts. Whoever asks for them may be about to change one, so no session is believed from memory then.
    pub fn accounts(&self) -> &dyn Accounts {
        self.sessions.forget_all();
        self.people.accounts()
    }

    /// The staff.
    pub fn people(&self) -> &dyn People {
        self.people.as_ref()
    }

    /// The server's key.
    pub fn key(&self) -> &ServerKey {
        &self.key
    }

    /// Signs a person in. An unknown e-mail, a wrong password and a wrong code of the second step get
    /// the same answer after the same work.
    pub async fn sign_in(
        &self,
        email: &str,
        password: &str,
        code: &str,
        from: TriedFrom<'_>,
    ) -> Result<SignedIn, Refused> {
        let email = normal_email(email);
        let tried = self.begin_sign_in(&email, from).await?;
        let account = self.people.account(&email).await.map_err(not_now)?;
        // Who has no password yet, and who may not sign in, is told the same as who is not known.
        let account = account
            .filter(|account| account.disabled_ms.is_none() && !account.password_hash.is_empty());
        let kept = account
            .as_ref()
            .map(|account| account.password_hash.as_str());
        let right = match self.passwords.is(password, kept).await {
            Ok(right) => right,
            Err(error) => {
                tracing::warn!(%error, "a sign-in could not be checked");
                // Nobody looked whether it was right, so it was not wrong: a flood must not slow the people it
                // keeps waiting.
                self.take_back_try(tried.counted).await?;
                return Err(Refused::NotNow);
            }
        };
        // Looked up for everybody, and told like a wrong password, so that nobody learns which of the
        // two was right, nor by the time: what a wrong code asks for, a wrong password does too.
        let id = account.as_ref().map_or(Uuid::nil(), |account| account.id);
        let step = self.people.second_steps().of(id).await.map_err(not_now)?;
        let right = match right {
            true => self.second(id, step, code).await?,
            false => self.second_in_vain(code).await?,
        };
        match account {
            Some(account) if right => self.let_in(account.id, tried).await,
            _ => Err(Refused::WrongSecret),
        }
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
        let Some(session) = self.known(token).await? else {
            return Ok(None);
        };
        let SessionHolder::Person { id, name, roles } = session.holder else {
            return Ok(None);
        };
        let now_ms = wall_ms();
        let touch_ms = TOUCH_MS.min(self.times.idle_ms / 10);
        if !who.passive && now_ms - session.last_seen_ms > touch_ms {
            self.touch(token, now_ms).await?;
        }
        Ok(Some(Person { id, name, roles }))
    }

    /// Who is signed in; [`Refused::SignIn`] when nobody is.
    pub async fn signed_in(&self, who: &Visitor) -> Result<Person, Refused> {
        self.person(who).await?.ok_or(Refused::SignIn)
    }

    /// Whether a person's session still stands, with the same roles, by the store and not by what is remembered: a
    /// live page ends with its session. Looking does not count as use: an open page alone keeps nobody signed in.
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
            match self.known(token).await?.map(|session| session.holder) {
                Some(SessionHolder::Report(number)) => Some(number),
                _ => None,
            },
        )
    }

    /// How long the visitor's session still stands; none when nobody is signed in. Looking does not
    /// count as use.
    pub async fn standing(&self, who: &Visitor) -> Result<Option<Standing>, Refused> {
        let Some(token) = &who.session else {
            return Ok(None);
        };
        let session = self.look_up(token).await?;
        Ok(session.and_then(|session| self.left(&session, wall_ms())))
    }

    /// Uses the session, so that it lasts as long as it can; how long it stands then.
    pub async fn stay(&self, who: &Visitor) -> Result<Option<Standing>, Refused> {
        let Some(token) = &who.session else {
            return Ok(None);
        };
        let Some(session) = self.look_up(token).await? else {
            return Ok(None);
        };
        let now_ms = wall_ms();
        self.touch(token, now_ms).await?;
        let used = Session {
            last_seen_ms: now_ms,
            ..session
        };
        Ok(self.left(&used, now_ms))
    }

    fn left(&self, session: &Session, now_ms: i64) -> Option<Standing> {
        let SessionHolder::Person { .. } = session.holder else {
            return None;
        };
        let left_ms = session.expires_ms - now_ms;
        let idle_left_ms = session.last_seen_ms + self.times.idle_ms - now_ms;
        Some(Standing {
            idle_left_ms: idle_left_ms.min(left_ms),
            left_ms,
        })
    }

    /// Ends a person's session.
    pub async fn sign_out(&self, who: &Visitor) -> Result<(), Refused> {
        match &who.session {
            Some(token) => {
                let hash = token_hash(token);
                let ended = self.people.end_session(&hash).await;
                self.sessions.forget(&hash);
                ended.map_err(not_now)
            }
            None => Ok(()),
        }
    }

    pub(super) async fn open(&self, of: SessionOf, lasts_ms: i64) -> Result<Token, Refused> {
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
        Ok(self.standing_one(session.map_err(not_now)?))
    }

    /// The same, as it was within the last second.
    async fn known(&self, token: &Token) -> Result<Option<Session>, Refused> {
        let session = self.sessions.session(&token_hash(token)).await;
        Ok(self.standing_one(session.map_err(not_now)?))
    }

    fn standing_one(&self, session: Option<Session>) -> Option<Session> {
        session.filter(|session| !ended(session, self.times, wall_ms()))
    }

    async fn touch(&self, token: &Token, now_ms: i64) -> Result<(), Refused> {
        let hash = token_hash(token);
        let touched = self.people.touch_session(&hash, now_ms).await;
        self.sessions.forget(&hash);
        touched.map_err(not_now)
    }
}

fn ended(session: &Session, times: SessionTimes, now_ms: i64) -> bool {
    let idle = matches!(session.holder, SessionHolder::Person { .. })
        && now_ms - session.last_seen_ms >= times.idle_ms;
    idle || now_ms >= session.expires_ms
}

/// The store did not answer: logged here, told as "not now", or that nobody knows whether it was kept.
pub(crate) fn not_now(error: StoreError) -> Refused {
    tracing::warn!(%error, "the store did not answer a page");
    match error {
        StoreError::Unknown(_) => Refused::NotKnown,
        _ => Refused::NotNow,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_persons_session_ends_when_idle_and_a_reporters_does_not() {
        let times = SessionTimes::default();
        let ended = |session: &Session, now_ms| ended(session, times, now_ms);
        let session = |holder| Session {
            holder,
            last_seen_ms: 0,
            expires_ms: times.whole_ms,
        };
        let person = session(SessionHolder::Person {
            id: uuid::Uuid::nil(),
            name: String::new(),
            roles: vec![],
        });
        let reporter = session(SessionHolder::Report("4839-2017-55".to_owned()));
        assert!(!ended(&person, times.idle_ms - 1));
        assert!(ended(&person, times.idle_ms));
        assert!(!ended(&reporter, times.idle_ms));
        assert!(!ended(&reporter, times.whole_ms - 1));
        assert!(ended(&reporter, times.whole_ms));
        let busy = Session {
            last_seen_ms: times.whole_ms - 1,
            ..person
        };
        assert!(
            ended(&busy, times.whole_ms),
            "twelve hours are the end, however busy"
        );
    }
}

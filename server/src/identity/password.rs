use std::sync::Arc;
use std::time::Duration;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
pub use hms_app::views::{PASSWORD_CHARS_MAX, PASSWORD_CHARS_MIN};
use tokio::sync::Semaphore;

/// How many passwords are hashed at once: each takes a processor and 19 MiB of memory.
const AT_ONCE: usize = 2;
/// How many may queue for a turn; more are told at once that it cannot be now.
const QUEUE_MAX: usize = 32;
/// How long to queue for a turn.
const TURN_WAIT: Duration = Duration::from_secs(5);

/// What a password is checked against when there is no such account, so that the answer takes the
/// same time. No password has this hash: its bytes were never computed from one.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5LWF0LWFsbA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Hashes and checks passwords with Argon2id (19 MiB, two passes: OWASP's choice for sign-in), a
/// few at a time and off the async threads.
#[derive(Debug, Clone)]
pub struct Passwords {
    turns: Arc<Semaphore>,
    places: Arc<Semaphore>,
}

/// No turn came up in time, or the hash could not be made or read.
#[derive(Debug, Clone, thiserror::Error)]
#[error("the password could not be hashed: {0}")]
pub struct NotHashed(String);

impl Default for Passwords {
    fn default() -> Self {
        Passwords::with_room(AT_ONCE, QUEUE_MAX)
    }
}

impl Passwords {
    /// Hashes so many at once, and lets so many queue for a turn. More are told at once that it cannot be now.
    pub fn with_room(at_once: usize, queue: usize) -> Passwords {
        Passwords {
            turns: Arc::new(Semaphore::new(at_once)),
            places: Arc::new(Semaphore::new(at_once + queue)),
        }
    }

    /// The hash to store, as a PHC string with its own salt.
    pub async fn hash(&self, password: &str) -> Result<String, NotHashed> {
        let password = password.to_owned();
        self.in_turn(move || hash(&password)).await
    }

    /// Whether the password is the one hashed. Without a hash it is not, after the same work.
    pub async fn is(&self, password: &str, kept: Option<&str>) -> Result<bool, NotHashed> {
        let (password, known) = (password.to_owned(), kept.is_some());
        let against = kept.unwrap_or(NOBODY).to_owned();
        self.in_turn(move || {
            let against = PasswordHash::new(&against).map_err(|e| NotHashed(e.to_string()))?;
            let fits = Argon2::default().verify_password(password.as_bytes(), &against);
            Ok(fits.is_ok() && known)
        })
        .await
    }

    async fn in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, NotHashed> + Send + 'static,
    ) -> Result<T, NotHashed> {
        let place = self.places.clone().try_acquire_owned();
        let place = place.map_err(|_| NotHashed("too many wait".to_owned()))?;
        let turn = tokio::time::timeout(TURN_WAIT, self.turns.clone().acquire_owned())
            .await
            .map_err(|_| NotHashed("too many at once".to_owned()))?
            .map_err(|e| NotHashed(e.to_string()))?;
        tokio::task::spawn_blocking(move || {
            let done = work();
            drop((turn, place));
            done
        })
        .await
        .map_err(|e| NotHashed(e.to_string()))?
    }
}

fn hash(password: &str) -> Result<String, NotHashed> {
    Argon2::default()
        .hash_password(password.as_bytes())
        .map(|hash| hash.to_string())
        .map_err(|e| NotHashed(e.to_string()))
}

/// A password nobody guesses (80 bits), easy to copy by hand: `k7qm-2xkd-9fht-c0vz`.
pub fn fresh_password() -> String {
    const LETTERS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
    let random: [u8; 16] = rand::random();
    let letters: Vec<char> = random
        .iter()
        .map(|byte| char::from(LETTERS[usize::from(byte & 31)]))
        .collect();
    let groups: Vec<String> = letters
        .chunks(4)
        .map(|group| group.iter().collect())
        .collect();
    groups.join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_right_password_fits_and_nobodys_never_does() {
        let passwords = Passwords::default();
        let kept = passwords.hash("correct horse battery").await.unwrap();
        assert!(kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert_ne!(passwords.hash("correct horse battery").await.unwrap(), kept);
        assert!(
            passwords
                .is("correct horse battery", Some(&kept))
                .await
                .unwrap()
        );
        assert!(
            !passwords
                .is("correct horse batterY", Some(&kept))
                .await
                .unwrap()
        );
        assert!(!passwords.is("correct horse battery", None).await.unwrap());
        assert!(!passwords.is("", None).await.unwrap());
    }

    #[tokio::test]
    async fn an_unreadable_hash_is_an_error_and_not_a_yes() {
        assert!(Passwords::default().is("x", Some("md5:abc")).await.is_err());
    }

    #[tokio::test]
    async fn two_are_hashed_at_once_some_queue_and_more_are_turned_away() {
        let passwords = Passwords::default();
        let (begun, mut beginnings) = tokio::sync::mpsc::unbounded_channel();
        let (stay, leave) = std::sync::mpsc::channel::<()>();
        let leave = Arc::new(std::sync::Mutex::new(leave));
        let mut at_work = tokio::task::JoinSet::new();
        for _ in 0..AT_ONCE + QUEUE_MAX {
            let (passwords, begun, leave) = (passwords.clone(), begun.clone(), leave.clone());
            at_work.spawn(async move {
                let work = move || {
                    begun.send(()).unwrap();
                    // Until the other end is dropped.
                    let _ = leave.lock().unwrap().recv();
                    Ok(())
                };
                passwords.in_turn(work).await.is_ok()
            });
        }
        // The threads that hash stand still and the async ones do not.
        for _ in 0..AT_ONCE {
            beginnings.recv().await.unwrap();
        }
        assert!(passwords.is("one too many", None).await.is_err());
        assert!(beginnings.try_recv().is_err(), "more than two at once");
        drop(stay);
        assert!(at_work.join_all().await.iter().all(|done| *done));
        assert!(!passwords.is("has a turn again", None).await.unwrap());
    }

    #[test]
    fn fresh_passwords_are_long_enough_to_be_taken() {
        let password = fresh_password();
        assert_eq!(password.len(), 19);
        assert!(password.chars().count() >= PASSWORD_CHARS_MIN);
        assert_ne!(fresh_password(), password);
    }
}

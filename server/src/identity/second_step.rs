//! The second step at a person's sign-in: a code of their app, or a recovery code.

use hms_app::agency::Refused;
use uuid::Uuid;

use super::doorkeeper::not_now;
use super::{Doorkeeper, ServerKey, TotpSecret, signature};
use crate::clock::wall_ms;
use crate::store::SecondStep;

/// How many recovery codes a person gets.
const RECOVERY_CODES: usize = 8;
/// What apps call the account by, before its address.
const ISSUER: &str = "HMS-ACT";

/// A second step that is being set up.
#[derive(Debug, Clone)]
pub struct Setup {
    /// What the app and the server share.
    pub secret: TotpSecret,
    /// What the picture holds.
    pub uri: String,
}

impl ServerKey {
    /// The secret of a person's second step. A new salt gives another.
    fn totp_secret(&self, person: Uuid, salt: &str) -> TotpSecret {
        let derived = self.derive("second-step", &[person.as_bytes(), salt.as_bytes()]);
        let mut bytes = [0; 20];
        bytes.copy_from_slice(&derived[..20]);
        TotpSecret::of(bytes)
    }

    /// How a recovery code is kept. Case, spaces and dashes do not matter.
    fn recovery_hash(&self, person: Uuid, typed: &str) -> String {
        let letters: String = typed
            .chars()
            .filter(|c| c.is_ascii_alphanumeric())
            .collect();
        let code = format!("{person} {}", letters.to_lowercase());
        self.pseudonym("recovery-code", &code)
    }
}

impl Doorkeeper {
    /// Whether the second step of a person is done by what was typed; it is when there is none.
    pub(super) async fn second(
        &self,
        person: Uuid,
        step: Option<SecondStep>,
        typed: &str,
    ) -> Result<bool, Refused> {
        let Some(step) = step.filter(|step| step.confirmed_ms.is_some()) else {
            return Ok(true);
        };
        let now_ms = wall_ms();
        let steps = self.people().second_steps();
        let secret = self.key().totp_secret(person, &step.salt);
        if let Some(step) = secret.step_of(typed, now_ms) {
            return steps.take(person, step).await.map_err(not_now);
        }
        if typed.trim().is_empty() {
            return Ok(false);
        }
        let hash = self.key().recovery_hash(person, typed);
        let taken = steps.take_recovery(person, &hash, now_ms).await;
        taken.map_err(not_now)
    }

    /// What a wrong code would ask of the store, for who has not even the password: else the time would tell that the
    /// password was right. It is nobody's, so it is never right.
    pub(super) async fn second_in_vain(&self, typed: &str) -> Result<bool, Refused> {
        let nobodys = SecondStep {
            salt: String::new(),
            confirmed_ms: Some(0),
            recovery_left: 0,
        };
        self.second(Uuid::nil(), Some(nobodys), typed).await
    }

    /// Whether a person's sign-in has a second step, and how many recovery codes are left.
    pub async fn second_step(&self, person: Uuid) -> Result<Option<u32>, Refused> {
        let step = self.people().second_steps().of(person).await;
        let step = step.map_err(not_now)?;
        Ok(step
            .filter(|step| step.confirmed_ms.is_some())
            .map(|step| step.recovery_left))
    }

    /// Begins to set one up; none when there is one in use. `account` is how the app calls it.
    pub async fn begin_second_step(
        &self,
        person: Uuid,
        account: &str,
    ) -> Result<Option<Setup>, Refused> {
        let salt = Uuid::new_v4().simple().to_string();
        let begun = self.people().second_steps().begin(person, &salt).await;
        Ok(begun
            .map_err(not_now)?
            .then(|| self.setup(person, &salt, account)))
    }

    /// What is being set up; none when nothing is.
    pub async fn second_step_setup(
        &self,
        person: Uuid,
        account: &str,
    ) -> Result<Option<Setup>, Refused> {
        let step = self.people().second_steps().of(person).await;
        let step = step.map_err(not_now)?;
        Ok(step
            .filter(|step| step.confirmed_ms.is_none())
            .map(|step| self.setup(person, &step.salt, account)))
    }

    fn setup(&self, person: Uuid, salt: &str, account: &str) -> Setup {
        let secret = self.key().totp_secret(person, salt);
        Setup {
            uri: secret.uri(ISSUER, account),
            secret,
        }
    }

    /// Puts in use what is being set up, when the code is right: the recovery codes, told once.
    pub async fn confirm_second_step(
        &self,
        person: Uuid,
        typed: &str,
    ) -> Result<Option<Vec<String>>, Refused> {
        // A code has six digits: guessing is slowed down here as at the sign-in.
        let counted = self
            .begin_try("second-step", &person.to_string(), None)
            .await?;
        let steps = self.people().second_steps();
        let step = steps.of(person).await.map_err(not_now)?;
        let Some(begun) = step.filter(|step| step.confirmed_ms.is_none()) else {
            return Err(Refused::NotFound);
        };
        let now_ms = wall_ms();
        let secret = self.key().totp_secret(person, &begun.salt);
        let Some(step) = secret.step_of(typed, now_ms) else {
            return Ok(None);
        };
        let codes: Vec<String> = (0..RECOVERY_CODES).map(|_| recovery_code()).collect();
        let hashes: Vec<String> = codes
            .iter()
            .map(|code| self.key().recovery_hash(person, code))
            .collect();
        let confirmed = steps
            .confirm(person, &begun.salt, step, &hashes, now_ms)
            .await
            .map_err(not_now)?;
        self.end_try(counted).await?;
        match confirmed {
            true => Ok(Some(codes)),
            false => Err(Refused::NotFound),
        }
    }

    /// Ends a person's own second step, when a code of it is right.
    pub async fn end_second_step(&self, person: Uuid, typed: &str) -> Result<bool, Refused> {
        let counted = self
            .begin_try("second-step", &person.to_string(), None)
            .await?;
        let steps = self.people().second_steps();
        let step = steps.of(person).await.map_err(not_now)?;
        if step.as_ref().is_none_or(|step| step.confirmed_ms.is_none()) {
            return Err(Refused::NotFound);
        }
        if !self.second(person, step, typed).await? {
            return Ok(false);
        }
        self.end_try(counted).await?;
        let ended = steps.end(person, &signature(person), wall_ms()).await;
        ended.map_err(not_now)?;
        Ok(true)
    }

    /// Takes away the second step of somebody who lost app and codes. `by` is who does.
    pub async fn take_second_step_away(&self, person: Uuid, by: &str) -> Result<(), Refused> {
        let ended = self
            .people()
            .second_steps()
            .end(person, by, wall_ms())
            .await;
        ended.map(|_| ()).map_err(not_now)
    }
}

/// Fifty random bits, easy to copy by hand: `k7qm2-xkd9f`.
fn recovery_code() -> String {
    const LETTERS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
    let random: [u8; 10] = rand::random();
    let letter = |byte: &u8| char::from(LETTERS[usize::from(byte & 31)]);
    let letters: String = random.iter().map(letter).collect();
    format!("{}-{}", &letters[..5], &letters[5..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recovery_code_is_known_however_it_is_typed_and_for_its_person_only() {
        let key = ServerKey::fresh();
        let code = recovery_code();
        assert_eq!(code.len(), 11);
        assert_ne!(recovery_code(), code);
        let (ivy, sam) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let kept = key.recovery_hash(ivy, &code);
        let typed = format!(" {} ", code.to_uppercase().replace('-', " "));
        assert_eq!(key.recovery_hash(ivy, &typed), kept);
        assert_ne!(key.recovery_hash(sam, &code), kept);
        assert_ne!(ServerKey::fresh().recovery_hash(ivy, &code), kept);
    }

    #[test]
    fn a_secret_is_of_one_person_one_salt_and_one_key() {
        let key = ServerKey::fresh();
        let (ivy, sam) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let secret = key.totp_secret(ivy, "a");
        assert_eq!(key.totp_secret(ivy, "a"), secret);
        assert_ne!(key.totp_secret(sam, "a"), secret);
        assert_ne!(key.totp_secret(ivy, "b"), secret);
        assert_ne!(ServerKey::fresh().totp_secret(ivy, "a"), secret);
    }
}

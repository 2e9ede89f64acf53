use uuid::Uuid;

/// What stands before a person's id where the audit trail says who.
const PREFIX: &str = "person:";
/// The same before the id of a program's token.
const TOKEN_PREFIX: &str = "token:";

/// How the audit trail and tasks name a person: their id, never their name or address.
pub fn signature(person: Uuid) -> String {
    format!("{PREFIX}{person}")
}

/// The person a signature names; none for a worker, a clock or an event.
pub fn signed_by(who: &str) -> Option<Uuid> {
    who.strip_prefix(PREFIX)?.parse().ok()
}

/// How the audit trail names a program by its token, whatever it calls itself.
pub fn token_signature(token: Uuid) -> String {
    format!("{TOKEN_PREFIX}{token}")
}

/// The token a signature names.
pub fn signed_by_token(who: &str) -> Option<Uuid> {
    who.strip_prefix(TOKEN_PREFIX)?.parse().ok()
}

/// Whether a name reads as one that only this program gives: a caller must not choose it.
pub fn is_signature(name: &str) -> bool {
    let begins = |prefix: &str| {
        let beginning = name.get(..prefix.len());
        beginning.is_some_and(|beginning| beginning.eq_ignore_ascii_case(prefix))
    };
    begins(PREFIX) || begins(TOKEN_PREFIX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_names_its_person_and_nothing_else_does() {
        let person = Uuid::from_u128(7);
        assert_eq!(signed_by(&signature(person)), Some(person));
        for other in ["clock", "event", "fraud-labeler", "person:", "person:x"] {
            assert_eq!(signed_by(other), None, "{other}");
        }
    }
}

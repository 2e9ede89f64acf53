use uuid::Uuid;

/// What stands before a person's id where the audit trail says who.
const PREFIX: &str = "person:";

/// How the audit trail and tasks name a person: their id, never their name or address.
pub fn signature(person: Uuid) -> String {
    format!("{PREFIX}{person}")
}

/// The person a signature names; none for a worker, a clock or an event.
pub fn signed_by(who: &str) -> Option<Uuid> {
    who.strip_prefix(PREFIX)?.parse().ok()
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

//! The rules of a complaint form, checked by the same code in the browser and on the server.

use hms_forms::{EMAIL_CHARS_MAX, cents, looks_like_email};

use crate::views::{Draft, Fault, Rule};

/// The longest account of what happened, in characters.
pub const TEXT_CHARS_MAX: u32 = 10_000;
/// The longest description of who did it, in characters.
pub const SUSPECT_CHARS_MAX: u32 = 200;
/// The ways a person can have been reached, as sent and kept.
pub const CONTACTS: [&str; 8] = [
    "phone",
    "text",
    "email",
    "web",
    "social",
    "mail",
    "in_person",
    "other",
];

impl Draft {
    /// Everything that is wrong with the answers, in the order of the form. Empty when it can be sent.
    pub fn check(&self) -> Vec<Fault> {
        [
            ("text", text_fault(&self.text)),
            ("lost", lost_fault(&self.lost)),
            ("contact", contact_fault(&self.contact)),
            ("suspect", too_long(&self.suspect, SUSPECT_CHARS_MAX)),
            ("email", email_fault(&self.email)),
        ]
        .into_iter()
        .filter_map(|(field, rule)| {
            rule.map(|rule| Fault {
                field: field.to_owned(),
                rule,
            })
        })
        .collect()
    }

    /// The amount lost in cents; none when nothing was named or it cannot be read.
    pub fn lost_cents(&self) -> Option<u64> {
        cents(&self.lost)
    }
}

fn text_fault(text: &str) -> Option<Rule> {
    if text.trim().is_empty() {
        return Some(Rule::Required);
    }
    too_long(text, TEXT_CHARS_MAX)
}

fn lost_fault(lost: &str) -> Option<Rule> {
    (!lost.trim().is_empty() && cents(lost).is_none()).then_some(Rule::Money)
}

fn contact_fault(contact: &str) -> Option<Rule> {
    (!contact.is_empty() && !CONTACTS.contains(&contact)).then_some(Rule::Choice)
}

fn email_fault(email: &str) -> Option<Rule> {
    let email = email.trim();
    if email.is_empty() {
        return None;
    }
    too_long(email, EMAIL_CHARS_MAX).or_else(|| (!looks_like_email(email)).then_some(Rule::Email))
}

/// Browsers send a line break as two characters (CR LF); a person counts it as one.
fn too_long(text: &str, chars_max: u32) -> Option<Rule> {
    let chars = text.chars().filter(|c| *c != '\r').count();
    (chars > chars_max as usize).then_some(Rule::TooLong(chars_max))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft() -> Draft {
        Draft {
            text: "They said they were from my bank.".into(),
            ..Draft::default()
        }
    }

    fn rules(draft: &Draft) -> Vec<(String, Rule)> {
        draft
            .check()
            .into_iter()
            .map(|fault| (fault.field, fault.rule))
            .collect()
    }

    #[test]
    fn only_the_account_is_needed() {
        assert_eq!(draft().check(), vec![]);
        let empty = Draft {
            text: " \n ".into(),
            ..draft()
        };
        assert_eq!(rules(&empty), [("text".into(), Rule::Required)]);
    }

    #[test]
    fn faults_come_in_the_order_of_the_form() {
        let wrong = Draft {
            text: String::new(),
            lost: "much".into(),
            contact: "pigeon".into(),
            suspect: "x".repeat(201),
            email: "me@home".into(),
            ..draft()
        };
        assert_eq!(
            rules(&wrong),
            [
                ("text".into(), Rule::Required),
                ("lost".into(), Rule::Money),
                ("contact".into(), Rule::Choice),
                ("suspect".into(), Rule::TooLong(200)),
                ("email".into(), Rule::Email),
            ]
        );
    }

    #[test]
    fn length_counts_characters_and_a_line_break_once() {
        let exact = Draft {
            text: format!("{}\r\n", "é".repeat(9_999)),
            ..draft()
        };
        assert_eq!(exact.check(), vec![]);
        let over = Draft {
            text: "é".repeat(10_001),
            ..draft()
        };
        assert_eq!(rules(&over), [("text".into(), Rule::TooLong(10_000))]);
    }

    #[test]
    fn every_offered_contact_is_accepted() {
        for contact in CONTACTS {
            let chosen = Draft {
                contact: contact.into(),
                ..draft()
            };
            assert_eq!(chosen.check(), vec![], "{contact}");
        }
    }
}

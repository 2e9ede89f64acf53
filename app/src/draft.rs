//! The rules of a complaint form, checked by the same code in the browser and on the server.

use crate::views::{Draft, Fault, Rule};

/// The longest account of what happened, in characters.
pub const TEXT_CHARS_MAX: u32 = 10_000;
/// The longest description of who did it, in characters.
pub const SUSPECT_CHARS_MAX: u32 = 200;
/// The longest e-mail address, in characters (RFC 5321, 4.5.3.1.3: a path has 256 with its brackets).
pub const EMAIL_CHARS_MAX: u32 = 254;
/// The most money one report can name, in cents: a trillion dollars is a slip of the finger.
pub const LOST_CENTS_MAX: u64 = 99_999_999_999_999;

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

/// Whether a text has the shape of an e-mail address. Whether it exists only a message can tell.
pub fn looks_like_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else {
        return false;
    };
    let local_ok = (1..=64).contains(&local.len())
        && !local.starts_with('.')
        && !local.ends_with('.')
        && !local.contains("..")
        && local
            .chars()
            .all(|c| c.is_alphanumeric() || ".!#$%&'*+/=?^_`{|}~-".contains(c));
    let labels: Vec<&str> = domain.split('.').collect();
    let domain_ok = labels.len() >= 2
        && labels.iter().all(|label| {
            (1..=63).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.chars().all(|c| c.is_alphanumeric() || c == '-')
        })
        && labels
            .last()
            .is_some_and(|top| top.chars().any(char::is_alphabetic));
    local_ok && domain_ok
}

/// An amount of dollars as people type it: `120`, `120.5`, `$1,200.50`. In cents.
///
/// A comma only groups thousands: `12,5` is refused rather than read as something else than meant.
pub fn cents(typed: &str) -> Option<u64> {
    let typed = typed.trim();
    let amount = typed
        .strip_prefix('$')
        .or_else(|| typed.strip_suffix('$'))
        .unwrap_or(typed)
        .trim();
    let (whole, fraction) = match amount.split_once('.') {
        Some((whole, fraction)) => (whole, fraction),
        None => (amount, "0"),
    };
    let whole = dollars(whole)?;
    let fraction = match fraction.len() {
        1 => digits(fraction)? * 10,
        2 => digits(fraction)?,
        _ => return None,
    };
    whole
        .checked_mul(100)?
        .checked_add(fraction)
        .filter(|cents| *cents <= LOST_CENTS_MAX)
}

fn dollars(whole: &str) -> Option<u64> {
    let mut groups = whole.split(',');
    let first = groups.next()?;
    let mut joined = first.to_owned();
    let mut grouped = false;
    for group in groups {
        if group.len() != 3 {
            return None;
        }
        grouped = true;
        joined.push_str(group);
    }
    if grouped && !(1..=3).contains(&first.len()) {
        return None;
    }
    digits(&joined)
}

fn digits(text: &str) -> Option<u64> {
    if text.is_empty() || text.len() > 18 || !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

/// Cents as an amount to read: `$1,200.50`.
pub fn money(cents: u64) -> String {
    let whole = (cents / 100).to_string();
    let mut grouped = String::with_capacity(whole.len() + whole.len() / 3 + 4);
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("${grouped}.{:02}", cents % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_as_people_type_them() {
        let cases = [
            ("120", Some(12_000)),
            ("$120", Some(12_000)),
            (" $ 1,200.50 ", Some(120_050)),
            ("1,200.50", Some(120_050)),
            ("1,234,567", Some(123_456_700)),
            ("120.5", Some(12_050)),
            ("0", Some(0)),
            ("120$", Some(12_000)),
            ("1200.50", Some(120_050)),
            ("", None),
            ("$", None),
            ("12,5", None),
            ("1200,500", None),
            (",500", None),
            ("1.234", None),
            ("-5", None),
            ("5.", None),
            ("a lot", None),
            ("1e9", None),
            ("١٢", None),
            ("99999999999999999999", None),
        ];
        for (typed, expected) in cases {
            assert_eq!(cents(typed), expected, "{typed:?}");
        }
    }

    #[test]
    fn amounts_as_people_read_them() {
        let cases = [
            (0, "$0.00"),
            (5, "$0.05"),
            (12_050, "$120.50"),
            (120_050, "$1,200.50"),
            (12_345_678_900, "$123,456,789.00"),
        ];
        for (cents, expected) in cases {
            assert_eq!(money(cents), expected);
        }
    }

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

    #[test]
    fn addresses() {
        for good in [
            "ana@example.org",
            "a.b+fraud@mail.example.co.uk",
            "josé@correo.example.mx",
        ] {
            assert!(looks_like_email(good), "{good}");
        }
        for bad in [
            "ana",
            "ana@",
            "@example.org",
            "ana@example",
            "ana @example.org",
            "ana@exa mple.org",
            ".ana@example.org",
            "a..b@example.org",
            "ana@-example.org",
            "ana@example..org",
            "ana@1.2.3.4",
            "ana@example.org\r\nBcc: x@example.org",
        ] {
            assert!(!looks_like_email(bad), "{bad}");
        }
    }
}

//! E-mail addresses and phone numbers.

/// The longest e-mail address, in characters (RFC 5321, 4.5.3.1.3: a path has 256 with its brackets).
pub const EMAIL_CHARS_MAX: u32 = 254;
/// The longest phone number with its extension, in characters.
pub(crate) const PHONE_CHARS_MAX: u32 = 40;

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

/// Whether a text can be dialled: digits (7 of a local number to 15 of ITU-T E.164, and an extension)
/// and what people write between them.
pub(crate) fn looks_like_phone(text: &str) -> bool {
    let lower = text.to_lowercase();
    let (number, extension) = match lower.find(['x', 'e', '#']) {
        Some(at) => lower.split_at(at),
        None => (lower.as_str(), ""),
    };
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).count();
    let number_ok = (7..=15).contains(&digits(number))
        && number
            .chars()
            .all(|c| c.is_ascii_digit() || " +-().".contains(c))
        && !number.trim_start().chars().skip(1).any(|c| c == '+');
    let named = extension
        .trim_start_matches("ext")
        .trim_start_matches(['x', '#']);
    let rest = named.trim_start_matches(['.', ':', ' ']).trim_end();
    let extension_ok = extension.is_empty()
        || (named.len() < extension.len()
            && (1..=8).contains(&rest.len())
            && rest.chars().all(|c| c.is_ascii_digit()));
    number_ok && extension_ok
}

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn phones() {
        for good in [
            "555-0100",
            "(202) 555-0100",
            "202.555.0100",
            "+52 55 1234 5678",
            "202 555 0100 ext. 12",
            "202-555-0100 x12",
            "2025550100#7",
        ] {
            assert!(looks_like_phone(good), "{good}");
        }
        for bad in [
            "",
            "911",
            "none",
            "call me",
            "202-555-01OO",
            "1234567890123456",
            "202 555 0100 ext",
            "202 555 0100 extra",
            "+1 +202 555 0100",
            "555-0100; drop",
            "２０２５５５０１００",
        ] {
            assert!(!looks_like_phone(bad), "{bad}");
        }
    }
}

//! Amounts of money as people type and read them.

use serde_json::{Value, json};

/// The most money one answer can name, in cents: a trillion dollars is a slip of the finger.
pub const CENTS_MAX: u64 = 99_999_999_999_999;

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
    let whole = grouped(whole)?;
    let fraction = match fraction.len() {
        1 => digits(fraction)? * 10,
        2 => digits(fraction)?,
        _ => return None,
    };
    whole
        .checked_mul(100)?
        .checked_add(fraction)
        .filter(|cents| *cents <= CENTS_MAX)
}

/// A whole number as people type it, its thousands grouped or not.
pub(crate) fn grouped(whole: &str) -> Option<u64> {
    let mut groups = whole.split(',');
    let first = groups.next()?;
    let mut joined = first.to_owned();
    let mut commas = false;
    for group in groups {
        if group.len() != 3 {
            return None;
        }
        commas = true;
        joined.push_str(group);
    }
    if commas && !(1..=3).contains(&first.len()) {
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

/// Cents as a payload has them: dollars, a whole number when there are no cents.
pub fn dollars(cents: u64) -> Value {
    match cents % 100 {
        0 => json!(cents / 100),
        _ => json!(cents as f64 / 100.0),
    }
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

    #[test]
    fn a_payload_has_dollars() {
        assert_eq!(dollars(12_000), json!(120));
        assert_eq!(dollars(12_050), json!(120.5));
    }
}

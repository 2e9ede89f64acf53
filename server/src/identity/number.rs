use std::fmt;
use std::str::FromStr;

use uuid::Uuid;

use super::ServerKey;

/// Digits of a number before its check digit.
const DIGITS: usize = 9;

/// Damm's table: a quasigroup of order 10 with zeros on the diagonal. A single wrong digit and
/// two neighbours exchanged never pass (H. Michael Damm, 2004).
const DAMM: [[u8; 10]; 10] = [
    [0, 3, 1, 7, 5, 9, 8, 6, 4, 2],
    [7, 0, 9, 2, 1, 5, 4, 8, 6, 3],
    [4, 2, 0, 6, 8, 7, 1, 3, 5, 9],
    [1, 7, 5, 0, 9, 8, 3, 4, 2, 6],
    [6, 1, 2, 3, 0, 4, 5, 9, 7, 8],
    [3, 6, 7, 4, 2, 0, 9, 5, 8, 1],
    [5, 8, 6, 9, 7, 2, 0, 1, 3, 4],
    [8, 9, 4, 5, 3, 6, 2, 0, 1, 7],
    [9, 4, 3, 8, 6, 1, 7, 2, 0, 5],
    [2, 5, 8, 1, 4, 3, 6, 7, 9, 0],
];

/// The number of a report, like `4839-2017-55`: nine digits and a check digit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ReportNumber([u8; DIGITS + 1]);

/// The text is no report number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a report number")]
pub struct NotANumber;

impl ReportNumber {
    /// The number a draft gets; the next one in the row when another report has it already.
    pub fn of_draft(key: &ServerKey, draft: Uuid, turn: u32) -> ReportNumber {
        let bytes = key.derive("report number", &[draft.as_bytes(), &turn.to_be_bytes()]);
        let mut digits = [0; DIGITS + 1];
        // 32 bytes over 9 digits: taken as one large number, the bias of `% 10` is below 10^-60.
        let mut large = bytes;
        for digit in &mut digits[..DIGITS] {
            *digit = divide_by_ten(&mut large);
        }
        digits[DIGITS] = damm(&digits[..DIGITS]);
        ReportNumber(digits)
    }
}

/// Divides a large number in place and gives the remainder.
fn divide_by_ten(large: &mut [u8; 32]) -> u8 {
    large.iter_mut().fold(0, |carry, byte| {
        let value = carry * 256 + u16::from(*byte);
        *byte = (value / 10) as u8;
        value % 10
    }) as u8
}

fn damm(digits: &[u8]) -> u8 {
    digits
        .iter()
        .fold(0, |row, digit| DAMM[usize::from(row)][usize::from(*digit)])
}

impl fmt::Display for ReportNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, digit) in self.0.iter().enumerate() {
            if place == 4 || place == 8 {
                f.write_str("-")?;
            }
            write!(f, "{digit}")?;
        }
        Ok(())
    }
}

impl FromStr for ReportNumber {
    type Err = NotANumber;

    /// Forgives spaces, hyphens and dots anywhere, and `o`, `i`, `l` for 0 and 1.
    fn from_str(text: &str) -> Result<ReportNumber, NotANumber> {
        let mut digits = [0; DIGITS + 1];
        let mut count = 0;
        for c in text.chars() {
            let digit = match c.to_ascii_lowercase() {
                'o' => 0,
                'i' | 'l' => 1,
                '-' | '.' | '\u{2010}'..='\u{2015}' => continue,
                c if c.is_whitespace() => continue,
                c => c.to_digit(10).ok_or(NotANumber)? as u8,
            };
            *digits.get_mut(count).ok_or(NotANumber)? = digit;
            count += 1;
        }
        if count != digits.len() || damm(&digits) != 0 {
            return Err(NotANumber);
        }
        Ok(ReportNumber(digits))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn some() -> Vec<ReportNumber> {
        let key = ServerKey::fresh();
        (0..200)
            .map(|n| ReportNumber::of_draft(&key, Uuid::from_u128(n), 0))
            .collect()
    }

    #[test]
    fn damms_own_example() {
        assert_eq!(damm(&[5, 7, 2]), 4);
    }

    #[test]
    fn a_draft_gives_the_same_number_again_and_another_at_the_next_turn() {
        let (key, draft) = (ServerKey::fresh(), Uuid::from_u128(1));
        let number = ReportNumber::of_draft(&key, draft, 0);
        assert_eq!(ReportNumber::of_draft(&key, draft, 0), number);
        assert_ne!(ReportNumber::of_draft(&key, draft, 1), number);
        assert_ne!(
            ReportNumber::of_draft(&ServerKey::fresh(), draft, 0),
            number
        );
    }

    #[test]
    fn numbers_are_read_as_written_and_as_people_type_them() {
        for number in some() {
            let written = number.to_string();
            assert_eq!(written.len(), 12);
            let typed = [
                written.clone(),
                written.replace('-', ""),
                format!("  {} ", written.replace('-', " ")),
                written.replace('-', "–"),
                written.replace('0', "O").replace('1', "l"),
            ];
            for text in typed {
                assert_eq!(text.parse(), Ok(number), "{text}");
            }
        }
    }

    #[test]
    fn a_wrong_digit_and_exchanged_neighbours_are_noticed() {
        for number in some() {
            for place in 0..=DIGITS {
                for other in 1..10 {
                    let mut wrong = number;
                    wrong.0[place] = (wrong.0[place] + other) % 10;
                    assert_eq!(wrong.to_string().parse::<ReportNumber>(), Err(NotANumber));
                }
                if place < DIGITS && number.0[place] != number.0[place + 1] {
                    let mut wrong = number;
                    wrong.0.swap(place, place + 1);
                    assert_eq!(wrong.to_string().parse::<ReportNumber>(), Err(NotANumber));
                }
            }
        }
    }

    #[test]
    fn other_texts_are_no_numbers() {
        for text in [
            "",
            "4839",
            "4839-2017-555",
            "4839-2017-5x",
            "../../etc",
            "٤٨٣٩٢٠١٧٥٥",
        ] {
            assert_eq!(text.parse::<ReportNumber>(), Err(NotANumber), "{text}");
        }
    }
}

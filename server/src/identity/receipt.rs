use std::fmt;
use std::str::FromStr;

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use uuid::Uuid;

use super::ServerKey;
use super::key::hex;

/// Letters that nobody confuses when reading aloud: no I, L, O, U (Crockford's base 32).
const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Letters before the check letter: 95 bits.
const SECRET: usize = 19;
/// Letters of a group.
const GROUP: usize = 4;

/// The secret of a receipt, like `7Q4M-2XKD-9FHT-C0VZ-B8RN`: 95 random bits and a check letter.
#[derive(Clone, Copy)]
pub struct ReceiptSecret([u8; SECRET + 1]);

/// The text is no receipt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a receipt")]
pub struct NotAReceipt;

impl ReceiptSecret {
    /// The receipt a draft gets at a turn of its number.
    pub fn of_draft(key: &ServerKey, draft: Uuid, turn: u32) -> ReceiptSecret {
        let bytes = key.derive("receipt", &[draft.as_bytes(), &turn.to_be_bytes()]);
        let mut letters = [0; SECRET + 1];
        for (letter, byte) in letters[..SECRET].iter_mut().zip(bytes) {
            *letter = byte & 31;
        }
        letters[SECRET] = times_alpha(check(&letters[..SECRET]));
        ReceiptSecret(letters)
    }

    /// What is stored of it. It is long enough that nobody guesses it, so a plain hash will do.
    pub fn hash(&self) -> String {
        hex(&Sha256::digest(self.0))
    }

    /// Whether this is the receipt with that hash; takes the same time whatever differs.
    pub fn matches(&self, hash: &str) -> bool {
        self.hash().as_bytes().ct_eq(hash.as_bytes()).into()
    }
}

/// Multiplication by the generator of the field of 32 elements (x⁵ + x² + 1).
fn times_alpha(x: u8) -> u8 {
    let twice = x << 1;
    if twice & 32 == 0 {
        twice
    } else {
        twice ^ 0b10_0101
    }
}

/// The letters as a polynomial at the generator. With the check letter it is zero; each place has
/// a weight of its own, so one wrong letter or two exchanged ones never pass.
fn check(letters: &[u8]) -> u8 {
    letters
        .iter()
        .fold(0, |sum, letter| times_alpha(sum) ^ letter)
}

/// The receipt as written; only for the person it belongs to, hence no `Display`.
impl ReceiptSecret {
    /// In groups of four.
    pub fn written(&self) -> String {
        let groups: Vec<String> = self
            .0
            .chunks(GROUP)
            .map(|group| {
                let letters = group.iter().map(|letter| LETTERS[usize::from(*letter)]);
                letters.map(char::from).collect()
            })
            .collect();
        groups.join("-")
    }
}

impl fmt::Debug for ReceiptSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ReceiptSecret(…)")
    }
}

impl FromStr for ReceiptSecret {
    type Err = NotAReceipt;

    /// Forgives case, spaces, hyphens and dots, and `o`, `i`, `l` for 0 and 1.
    fn from_str(text: &str) -> Result<ReceiptSecret, NotAReceipt> {
        let mut letters = [0; SECRET + 1];
        let mut count = 0;
        for c in text.chars() {
            let c = match c.to_ascii_uppercase() {
                'O' => '0',
                'I' | 'L' => '1',
                '-' | '.' | '\u{2010}'..='\u{2015}' => continue,
                c if c.is_whitespace() => continue,
                c => c,
            };
            let value = LETTERS.iter().position(|letter| char::from(*letter) == c);
            let value = value.ok_or(NotAReceipt)? as u8;
            *letters.get_mut(count).ok_or(NotAReceipt)? = value;
            count += 1;
        }
        if count != letters.len() || check(&letters) != 0 {
            return Err(NotAReceipt);
        }
        Ok(ReceiptSecret(letters))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn some() -> Vec<ReceiptSecret> {
        let key = ServerKey::fresh();
        (0..100)
            .map(|n| ReceiptSecret::of_draft(&key, Uuid::from_u128(n), 0))
            .collect()
    }

    #[test]
    fn a_draft_gives_the_same_receipt_again() {
        let (key, draft) = (ServerKey::fresh(), Uuid::from_u128(1));
        let receipt = ReceiptSecret::of_draft(&key, draft, 0);
        assert_eq!(
            ReceiptSecret::of_draft(&key, draft, 0).written(),
            receipt.written()
        );
        assert!(!ReceiptSecret::of_draft(&key, draft, 1).matches(&receipt.hash()));
        assert!(!ReceiptSecret::of_draft(&ServerKey::fresh(), draft, 0).matches(&receipt.hash()));
    }

    #[test]
    fn receipts_are_read_as_written_and_as_people_type_them() {
        for receipt in some() {
            let written = receipt.written();
            assert_eq!(written.len(), 24);
            assert!(!written.contains(['I', 'L', 'O', 'U']));
            let typed = [
                written.clone(),
                written.to_lowercase(),
                written.replace('-', ""),
                format!(" {}\n", written.replace('-', "  ")),
                written.replace('0', "o").replace('1', "I"),
                written.replace('1', "l"),
            ];
            for text in typed {
                let read: ReceiptSecret = text.parse().unwrap();
                assert!(read.matches(&receipt.hash()), "{text}");
            }
        }
    }

    #[test]
    fn a_wrong_letter_and_exchanged_letters_are_noticed() {
        for receipt in some() {
            for place in 0..=SECRET {
                for other in 1..32 {
                    let mut wrong = receipt;
                    wrong.0[place] ^= other;
                    assert!(wrong.written().parse::<ReceiptSecret>().is_err());
                }
                for second in place + 1..=SECRET {
                    let mut wrong = receipt;
                    wrong.0.swap(place, second);
                    let same = receipt.0[place] == receipt.0[second];
                    assert_eq!(wrong.written().parse::<ReceiptSecret>().is_ok(), same);
                }
            }
        }
    }

    #[test]
    fn other_texts_are_no_receipts() {
        for text in [
            "",
            "7Q4M",
            "7Q4M-2XKD-9FHT-C0VZ-B8RNN",
            "UUUU-UUUU-UUUU-UUUU-UUUU",
        ] {
            assert!(text.parse::<ReceiptSecret>().is_err(), "{text}");
        }
        assert_eq!(format!("{:?}", some()[0]), "ReceiptSecret(…)");
    }
}

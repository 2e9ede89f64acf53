//! Codes that change every half minute (TOTP, RFC 6238 over HOTP, RFC 4226): HMAC-SHA-1, six digits, as every
//! authenticator app makes them.

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use subtle::ConstantTimeEq;

/// How long a code stands, in seconds.
const STEP_SECONDS: i64 = 30;
/// How many codes before and after now's are taken: clocks differ, and people type slowly.
const STEPS_OFF: i64 = 1;
/// Six digits.
const MODULUS: u32 = 1_000_000;

/// A secret that a person's app and the server share.
#[derive(Clone, PartialEq, Eq)]
pub struct TotpSecret([u8; 20]);

impl std::fmt::Debug for TotpSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TotpSecret(…)")
    }
}

impl TotpSecret {
    /// The secret of these bytes.
    pub(super) fn of(bytes: [u8; 20]) -> TotpSecret {
        TotpSecret(bytes)
    }

    /// The step whose code was typed, if it is one around this moment. Spaces do not matter.
    pub fn step_of(&self, typed: &str, now_ms: i64) -> Option<i64> {
        let typed: String = typed.chars().filter(|c| !c.is_whitespace()).collect();
        if typed.len() != 6 || !typed.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let now = now_ms.div_euclid(1000 * STEP_SECONDS);
        // All are compared, whichever fits, so that the time tells nothing.
        (now - STEPS_OFF..=now + STEPS_OFF).fold(None, |found, step| {
            let fits: bool = self.code(step).as_bytes().ct_eq(typed.as_bytes()).into();
            if fits { Some(step) } else { found }
        })
    }

    /// The code of a step, counted in half minutes since 1970 (RFC 4226, 5.3).
    pub fn code(&self, step: i64) -> String {
        #[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
        let mut mac = Hmac::<Sha1>::new_from_slice(&self.0).expect("a key of any length");
        mac.update(&step.to_be_bytes());
        let hash = mac.finalize().into_bytes();
        let at = usize::from(hash[19] & 15);
        let word = [hash[at] & 0x7f, hash[at + 1], hash[at + 2], hash[at + 3]];
        format!("{:06}", u32::from_be_bytes(word) % MODULUS)
    }

    /// The secret as people type it into an app: base32 in groups of four (RFC 4648, 6).
    pub fn in_words(&self) -> String {
        let plain = self.base32();
        let groups: Vec<&str> = (0..plain.len())
            .step_by(4)
            .map(|at| &plain[at..(at + 4).min(plain.len())])
            .collect();
        groups.join(" ")
    }

    /// What the picture holds that an app reads.
    pub fn uri(&self, issuer: &str, account: &str) -> String {
        let encoded = |text: &str| -> String {
            text.bytes()
                .map(|byte| match byte {
                    b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                        char::from(byte).to_string()
                    }
                    _ => format!("%{byte:02X}"),
                })
                .collect()
        };
        format!(
            "otpauth://totp/{issuer}:{account}?secret={secret}&issuer={issuer}",
            issuer = encoded(issuer),
            account = encoded(account),
            secret = self.base32()
        )
    }

    fn base32(&self) -> String {
        const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        // 20 bytes are 160 bits: 32 letters of five, and nothing is left over.
        let (mut text, mut bits, mut held) = (String::new(), 0u32, 0u32);
        for byte in self.0 {
            bits = (bits << 8) | u32::from(byte);
            held += 8;
            while held >= 5 {
                held -= 5;
                text.push(char::from(LETTERS[((bits >> held) & 31) as usize]));
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The secret of RFC 6238, appendix B.
    fn rfc() -> TotpSecret {
        TotpSecret::of(*b"12345678901234567890")
    }

    #[test]
    fn codes_are_those_of_the_rfc() {
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(rfc().code(seconds / 30), code);
            assert_eq!(rfc().step_of(code, seconds * 1000), Some(seconds / 30));
        }
    }

    #[test]
    fn one_step_early_or_late_is_taken_and_two_are_not() {
        let code = rfc().code(100);
        for (step, expect) in [
            (98, false),
            (99, true),
            (100, true),
            (101, true),
            (102, false),
        ] {
            let at_ms = step * 30_000 + 12_345;
            assert_eq!(rfc().step_of(&code, at_ms), expect.then_some(100), "{step}");
        }
        let spaced = format!(" {} {} ", &code[..3], &code[3..]);
        assert_eq!(rfc().step_of(&spaced, 3_000_000), Some(100));
        for wrong in ["", "12345", "1234567", "abcdef", "１２３４５６"] {
            assert_eq!(rfc().step_of(wrong, 3_000_000), None, "{wrong}");
        }
    }

    #[test]
    fn an_app_reads_the_secret() {
        assert_eq!(rfc().in_words(), "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ");
        assert_eq!(
            rfc().uri("HMS-ACT", "maria@x.example"),
            "otpauth://totp/HMS-ACT:maria%40x.example?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=HMS-ACT"
        );
        assert_eq!(format!("{:?}", rfc()), "TotpSecret(…)");
    }
}

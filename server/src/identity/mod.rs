//! Who somebody is, and what they may do: the server's key, passwords, receipts, sessions, roles.
//!
//! Secrets leave this module only towards the person they belong to. What is stored of them is a
//! hash: Argon2id for what people choose, SHA-256 for what this program makes (it is long enough
//! that nobody guesses it).

mod acts;
pub mod demo;
mod doorkeeper;
mod email;
mod grant;
mod key;
mod known_tokens;
mod number;
mod password;
mod private_file;
mod receipt;
mod seal;
mod signature;
mod throttle;
mod token;

pub use acts::{ADMINISTRATOR, Act, INVESTIGATOR, SUPERVISOR, may};
pub use doorkeeper::{Doorkeeper, Try};
pub use email::{mask_email, normal_email};
pub use grant::{Grant, NoVerb, Verb};
pub use key::ServerKey;
pub(crate) use key::hex;
pub use known_tokens::KnownTokens;
pub use number::{NotANumber, ReportNumber};
pub use password::{PASSWORD_CHARS_MAX, PASSWORD_CHARS_MIN, Passwords, fresh_password};
pub use receipt::{NotAReceipt, ReceiptSecret};
pub use seal::{Seal, is_sealed};
pub use signature::{signature, signed_by};
pub use throttle::{Allowance, TRIES_WINDOW_MS, Tries};
pub use token::{fresh_token, token_hash};

//! Who somebody is, and what they may do: the server's key, passwords, receipts, sessions, roles.
//!
//! Secrets leave this module only towards the person they belong to. What is stored of them is a
//! hash: Argon2id for what people choose, SHA-256 for what this program makes (it is long enough
//! that nobody guesses it).

mod acts;
mod allowed;
mod browsers;
mod common_passwords;
pub mod demo;
mod doorkeeper;
mod email;
mod grant;
mod held;
mod key;
mod known_sessions;
mod known_tokens;
mod links;
mod number;
mod oidc;
mod password;
pub(crate) mod private_file;
mod provided;
mod receipt;
mod seal;
mod second_step;
mod signature;
mod throttle;
mod token;
mod totp;
mod tries;
mod vault;

pub use acts::{
    ADMINISTRATOR, AUDITOR, Act, HOUSE_ROLES, INVESTIGATOR, SUPERVISOR, held_as, holds, inbox_of,
    may, may_in, reach,
};
pub use browsers::TriedFrom;
pub use common_passwords::common_password;
pub(crate) use doorkeeper::not_now;
pub use doorkeeper::{Doorkeeper, SessionTimes, Standing};
pub use email::{mask_email, normal_email};
pub use grant::{Grant, NoVerb, Verb};
pub use held::{HeldRole, NotARole, Reach};
pub use key::ServerKey;
pub(crate) use key::hex;
pub use known_tokens::KnownTokens;
pub use links::{fault as password_fault, new_link};
pub use number::{NotANumber, ReportNumber};
pub use oidc::{Identity, NoToken, Oidc, OidcError, OidcSettings, RoleRule};
pub use password::{PASSWORD_CHARS_MAX, PASSWORD_CHARS_MIN, Passwords, fresh_password};
pub use receipt::{NotAReceipt, ReceiptSecret};
pub use seal::{Seal, is_sealed};
pub use second_step::Setup;
pub use signature::{is_signature, signature, signed_by, signed_by_token, token_signature};
pub use throttle::{Allowance, TRIES_WINDOW_MS, Tries};
pub use token::{fresh_token, token_hash};
pub use totp::TotpSecret;
pub use tries::Try;
pub use vault::{KeyText, Sealed, VAULT_FILE, Vault};

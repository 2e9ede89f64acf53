//! What a field of a form takes. The engine checks a person's answers by these rules, the server the
//! forms of the portal, and the browser may do so before it sends them: so this is plain data and pure
//! functions, and brings neither YAML nor CEL into a visitor's download.

mod amount;
mod contact;
mod field;
mod file;
mod read;
mod rule;

pub use amount::{CENTS_MAX, cents, dollars, money};
pub use contact::{EMAIL_CHARS_MAX, looks_like_email};
pub use field::{Field, Kind};
pub use file::{
    FILE_BYTES_MAX, FILE_KINDS, FILE_MB_MAX, FILE_NAME_CHARS_MAX, FILES_MAX, FileAnswer, file_size,
};
pub use rule::Rule;

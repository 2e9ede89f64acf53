use crate::Keep;

/// How long what is kept of a case stays after its end. Either of them is said, or both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retention {
    /// Its personal data; none: until somebody erases it.
    pub personal: Option<PersonalKept>,
    /// The case itself, before it is moved into the archive; none: as whoever runs the program says.
    pub runs: Option<Keep>,
}

/// How long personal data stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonalKept {
    /// In milliseconds.
    pub ms: i64,
    /// As written, for people: `90d`.
    pub written: String,
}

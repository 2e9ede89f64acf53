/// How long what is kept of a case stays after its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retention {
    /// Personal data, in milliseconds.
    pub personal_ms: i64,
    /// The same as written, for people: `90d`.
    pub written: String,
}

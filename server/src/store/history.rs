//! A long history for the benchmark: the rows of the runs that have ended, copied again and again into
//! earlier days under ids of their own. Nothing but a benchmark calls this; a copied run is there to be in
//! the way of others and to be listed, not to be worked on: its state still names the tasks it was copied from.

/// What is copied, in this order.
pub(super) const TABLES: [&str; 7] = [
    "events",
    "runs",
    "tasks",
    "audit",
    "sla_days",
    "sla_durations",
    "accept_durations",
];

/// Where the two databases' words differ. Each takes a column, and the number of the copy.
pub(super) struct Dialect {
    /// An id that no other copy has.
    pub(super) id: fn(&str, u32) -> String,
    /// A moment as many days earlier as the copy's number.
    pub(super) moment: fn(&str, u32) -> String,
    /// A day as many days earlier.
    pub(super) day: fn(&str, u32) -> String,
    /// A run's state with this id in the place of its own.
    pub(super) state: fn(&str) -> String,
    /// A condition that the originals meet and no copy does.
    pub(super) original: &'static str,
}

/// The first 13 characters of an id in the copy of this number. Ids of the program begin with their
/// moment, which is later than these by decades.
pub(super) fn prefix(copy: u32) -> String {
    format!("{:08x}-{:04x}", copy >> 16, copy & 0xffff)
}

/// The statement that makes one copy of a table's rows.
pub(super) fn copy(dialect: &Dialect, table: &str, columns: &[String], number: u32) -> String {
    let values: Vec<String> = columns
        .iter()
        .map(|column| match column.as_str() {
            "id" | "run_id" | "event_id" => (dialect.id)(column, number),
            // Pages know a run by the id in its state.
            "state" => (dialect.state)(&(dialect.id)("id", number)),
            "key" => format!("key || '-{number}'"),
            "received" | "started" | "ended" | "created" | "expires" | "not_before"
            | "claimed_at" | "lease_until" | "breached_at" | "closed_at" | "at" => {
                (dialect.moment)(column, number)
            }
            "day" => (dialect.day)(column, number),
            _ => column.clone(),
        })
        .collect();
    // The figures are by day: the originals' day is the latest.
    let originals = match table {
        "audit" => format!("run_id {}", dialect.original),
        "sla_days" | "sla_durations" | "accept_durations" => {
            format!("day = (SELECT max(day) FROM {table})")
        }
        _ => format!("id {}", dialect.original),
    };
    format!(
        "INSERT INTO {table} ({}) SELECT {} FROM {table} WHERE {originals}",
        columns.join(", "),
        values.join(", ")
    )
}

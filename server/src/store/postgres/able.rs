//! What a database that speaks PostgreSQL's protocol has of PostgreSQL. Found out by trying, when the store is opened;
//! what is missing is done without (`ARCHITECTURE.md` has the table of how, `words.rs` the statements).

use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Executor};

use crate::store::StoreError;

/// What of it there is, and the words that follow from that.
#[derive(Debug)]
#[cfg_attr(test, derive(Default))]
pub(super) struct Able {
    /// Rows that somebody else is at can be passed over.
    pub(super) skips: bool,
    /// A text of the type `json` is kept as it was written.
    pub(super) json: bool,
    /// Texts can be put in the order of their bytes; where they cannot, that is their order anyway.
    pub(super) collates: bool,
    /// A table can number its rows.
    pub(super) identity: bool,
    /// Rows of such a table can be given their numbers.
    pub(super) overriding: bool,
    /// Statements that change rows can be parts of one.
    pub(super) nests: bool,
    /// Others can be called.
    pub(super) calls: bool,
    /// What became of a transaction can be asked for, by its number.
    pub(super) outcomes: bool,
    /// Rows of the trail are numbered by its table, and which transactions are under way can be asked for.
    pub(super) numbers: bool,
    /// There are tables that go with their transaction.
    pub(super) temporary: bool,
    /// What a connection of the pool is told first.
    pub(super) first_words: String,
    /// How a transaction of the journal begins.
    pub(super) begin: String,
    /// The same of one that waits for no disk.
    pub(super) begin_unsynced: String,
    /// How one begins that reads lists; none where each connection has been told what it says.
    pub(super) begin_list: Option<String>,
}

/// A node that stands still must not hold locks for ever, and a reader must not wait longer than who asked. Nothing that is read takes
/// as long as it takes to compile a statement.
const OF_READERS: [(&str, &str); 4] = [
    ("jit", "off"),
    ("statement_timeout", "'15s'"),
    ("lock_timeout", "'5s'"),
    ("idle_in_transaction_session_timeout", "'10s'"),
];
/// How long a transaction of the journal may wait and stand still: a node that is stopped in the middle of one must
/// not keep the others from its runs. Said with each transaction and not once a connection, so that it holds behind a
/// pooler too.
const OF_JOURNAL: [(&str, &str); 3] = [
    ("lock_timeout", "'3s'"),
    ("statement_timeout", "'10s'"),
    ("idle_in_transaction_session_timeout", "'5s'"),
];
/// All that a turn reads and writes, and every list that is shown, is found by an index. A planner that meets a table while it is small, or was never
/// counted, would read it from end to end, and keeps to that plan while the table grows; so it is told not to. Planned
/// once is enough: what is asked for differs by which runs it names and by nothing else.
const BY_INDEX: [(&str, &str); 5] = [
    ("enable_seqscan", "off"),
    ("enable_hashjoin", "off"),
    ("enable_mergejoin", "off"),
    ("jit", "off"),
    ("plan_cache_mode", "force_generic_plan"),
];
const UNSYNCED: (&str, &str) = ("synchronous_commit", "off");

/// Half a megabyte of new pages where the tables are, so that a full disk is known.
const ROOM: &str = "CREATE TEMPORARY TABLE probe ON COMMIT DROP AS \
    SELECT n, repeat('x', 2000) FROM generate_series(1, 256) AS n; ";

/// A statement that changes rows in another.
const NESTED: &str = "WITH done AS (UPDATE gates SET passed = passed WHERE name = '' RETURNING 1) \
    SELECT count(*) FROM done";
/// A number that is given where one is to be had; there is no such row.
const OVERRIDING: &str = "INSERT INTO gates (name, passed) OVERRIDING SYSTEM VALUE \
    SELECT name, passed FROM gates WHERE name = ''";
/// A table that numbers its rows. Where making one cannot be undone it is there the next time.
const IDENTITY: &str = "CREATE TABLE IF NOT EXISTS hms_try \
    (n bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY)";
/// Texts in the order of their bytes.
const BYTES: &str = "SELECT 'Z'::text$ < 'a' AND 'a:b'::text$ < 'aa' AND 'z'::text$ < 'é'";

impl Able {
    /// Tries what there is, by a connection; `held` is another, which is in a transaction that has written. What is
    /// missing is told once. `shared` says whether connections may be somebody else's between transactions.
    pub(super) async fn of(
        connection: &mut PgConnection,
        held: &mut PgConnection,
        shared: bool,
    ) -> Result<Able, StoreError> {
        let json = keeps_texts(connection).await?;
        let collates = collates(connection).await?;
        let mut missing: Vec<&str> = Vec::new();
        // A handful of settings: not a loop over data.
        let settings = OF_JOURNAL.into_iter().chain(BY_INDEX).chain([UNSYNCED]);
        for (setting, value) in settings {
            if !tried(connection, format!("SET LOCAL {setting} = {value}")).await? {
                missing.push(setting);
            }
        }
        let known = |(setting, _): &(&str, &str)| !missing.contains(setting);
        let said = |how: &str, words: &[(&str, &str)]| {
            let words = words.iter().filter(|word| known(word));
            words.fold(String::new(), |text, (setting, value)| {
                format!("{text}; {how} {setting} = {value}")
            })
        };
        let by_index = said("SET LOCAL", &BY_INDEX);
        let first_words = format!("SET TIME ZONE 'UTC'{}", said("SET", &OF_READERS));
        let (first_words, begin_list) = match shared {
            true => (first_words, Some(format!("BEGIN{by_index}"))),
            false => (first_words + &said("SET", &BY_INDEX), None),
        };
        let begin = format!("BEGIN{}{by_index}", said("SET LOCAL", &OF_JOURNAL));
        let begin_unsynced = format!("BEGIN{}{by_index}", said("SET LOCAL", &[UNSYNCED]));
        let skip = "SELECT name FROM gates WHERE name = '' FOR UPDATE SKIP LOCKED";
        let skips = tried(connection, skip.to_owned()).await?;
        let calls = tried(connection, "SELECT pg_notify('hms_try', '')".to_owned()).await?;
        let temporary = tried(connection, ROOM.replace("256", "1")).await?;
        let (outcomes, numbers) = transactions(connection, held).await?;
        let nests = tried(connection, NESTED.to_owned()).await?;
        let overriding = tried(connection, OVERRIDING.to_owned()).await?;
        let table = if temporary {
            "TEMPORARY TABLE"
        } else {
            "TABLE"
        };
        let identity = tried(connection, IDENTITY.replace("TABLE", table)).await?;
        let others = [
            (skips, "SKIP LOCKED"),
            (json, "JSON kept as it is written"),
            (collates, "COLLATE"),
            (identity, "IDENTITY"),
            (overriding, "OVERRIDING"),
            (nests, "WITH that writes"),
            (calls, "NOTIFY"),
            (temporary, "temporary tables"),
            (outcomes, "outcomes of transactions"),
            (numbers, "transactions under way"),
        ];
        missing.extend(
            others
                .iter()
                .filter(|(there, _)| !there)
                .map(|(_, name)| name),
        );
        if !missing.is_empty() {
            tracing::warn!(
                missing = missing.join(", "),
                "the database lacks something of PostgreSQL, and this node does without"
            );
        }
        Ok(Able {
            skips,
            json,
            collates,
            // A number that cannot be given would be in the way of turns.
            identity: identity && overriding,
            overriding,
            nests,
            calls,
            outcomes,
            numbers,
            temporary,
            first_words,
            begin,
            begin_unsynced,
            begin_list,
        })
    }

    /// Whether the database is at work: there must be room where the tables are, and the way to the runs be free.
    pub(super) fn probe(&self) -> String {
        let room = if self.temporary { ROOM } else { "" };
        let skip = self.skip_locked();
        format!("BEGIN; {room}SELECT id FROM runs LIMIT 1 FOR UPDATE{skip}; COMMIT")
    }
}

/// Whether the type `json` keeps a text as it was written: the hashes of the audit trail are those of such texts. Where it
/// does not, they are in columns of text, unless the tables came from somewhere else.
async fn keeps_texts(connection: &mut PgConnection) -> Result<bool, StoreError> {
    let written = r#"{"b": 1,  "a":2}"#;
    let kept: String = sqlx::query_scalar("SELECT $1::text::json::text")
        .bind(written)
        .fetch_one(&mut *connection)
        .await?;
    if kept == written {
        return Ok(true);
    }
    let column: Option<String> = sqlx::query_scalar(
        "SELECT data_type::text FROM information_schema.columns WHERE table_schema = current_schema() \
         AND table_name = 'audit' AND column_name = 'command'",
    )
    .fetch_optional(connection)
    .await?;
    if column.is_none_or(|column| column == "text") {
        return Ok(false);
    }
    Err(StoreError::Unavailable(format!(
        "this database writes {written} of the type json as {kept}, and its audit trail is of that type, so it could \
         not be verified; such a database must be a new one, or have been one when this program first opened it"
    )))
}

/// Whether texts can be put in the order of their bytes, by which names that begin alike are found: for whom a task is,
/// or who did something. Where that cannot be said it must be their order anyway.
async fn collates(connection: &mut PgConnection) -> Result<bool, StoreError> {
    if tried(connection, BYTES.replace("$", " COLLATE \"C\"")).await? {
        return Ok(true);
    }
    let of_bytes: bool = sqlx::query_scalar(AssertSqlSafe(BYTES.replace("$", "")))
        .fetch_one(connection)
        .await?;
    match of_bytes {
        true => Ok(false),
        false => Err(StoreError::Unavailable(
            "this database knows no COLLATE \"C\" and orders texts in another way than by their bytes; it takes one that \
             was made with the locale C"
                .into(),
        )),
    }
}

/// Whether a statement is taken, in a transaction that comes to nothing.
async fn tried(connection: &mut PgConnection, sql: String) -> Result<bool, StoreError> {
    connection.execute("BEGIN").await?;
    let taken = connection.execute(AssertSqlSafe(sql)).await;
    connection.execute("ROLLBACK").await?;
    match taken {
        Ok(_) => Ok(true),
        // Not known, or not given; 22023 is of a value that is not.
        Err(sqlx::Error::Database(told))
            if told.code().is_some_and(|code| {
                code.starts_with("42") || ["0A000", "22023"].contains(&&*code)
            }) =>
        {
            Ok(false)
        }
        Err(other) => Err(other.into()),
    }
}

/// Whether what became of a transaction can be asked for, and which are under way. That there are functions of these
/// names is not enough: where each of many servers counts transactions of its own, they say nothing of the others'.
async fn transactions(
    connection: &mut PgConnection,
    held: &mut PgConnection,
) -> Result<(bool, bool), StoreError> {
    let version: String = sqlx::query_scalar("SELECT version()")
        .fetch_one(&mut *connection)
        .await?;
    let numbers = "SELECT pg_current_xact_id()::text";
    if !is_postgres(&version) || !tried(connection, numbers.to_owned()).await? {
        return Ok((false, false));
    }
    let number: String = sqlx::query_scalar(numbers).fetch_one(held).await?;
    let status = "SELECT pg_xact_status($1::text::xid8) = 'in progress'";
    let under_way = "SELECT pg_snapshot_xmin(pg_current_snapshot()) <= $1::text::xid8";
    let mut both = [false; 2];
    for (answer, asked) in both.iter_mut().zip([status, under_way]) {
        let there = asked.replace("$1", "'3'");
        if tried(connection, there).await? {
            let said: Option<bool> = sqlx::query_scalar(asked)
                .bind(&number)
                .fetch_one(&mut *connection)
                .await?;
            *answer = said == Some(true);
        }
    }
    Ok((both[0], both[1]))
}

/// Whether a server says that it is PostgreSQL itself, and not something with its front: `PostgreSQL 15.14 (Debian …)`,
/// but not `PostgreSQL 15.2-YB-2025.1.0.0-b0 on …`.
fn is_postgres(version: &str) -> bool {
    let mut words = version.split(' ');
    words.next() == Some("PostgreSQL")
        && words.next().is_some_and(|number| {
            number
                .bytes()
                .all(|byte| byte.is_ascii_digit() || byte == b'.')
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_believed_when_it_is_postgresql_itself() {
        for (version, itself) in [
            (
                "PostgreSQL 15.14 (Debian 15.14-0+deb12u1) on x86_64-pc-linux-gnu",
                true,
            ),
            ("PostgreSQL 18.6 on aarch64-unknown-linux-gnu", true),
            (
                "PostgreSQL 15.2-YB-2025.1.0.0-b0 on x86_64-pc-linux-gnu",
                false,
            ),
            ("CockroachDB CCL v26.3.0 (x86_64-pc-linux-gnu)", false),
            ("", false),
        ] {
            assert_eq!(is_postgres(version), itself, "{version}");
        }
    }
}

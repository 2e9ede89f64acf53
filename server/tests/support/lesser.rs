//! A database that speaks PostgreSQL's protocol and lacks much of it: a real server behind something that spells words
//! wrong, so that the server does not know them.

use std::io::{self, Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{Connection, Executor};

/// All that this program knows to do without.
pub(crate) const ALL: &[&str] = &[
    "SKIP LOCKED",
    "LISTEN",
    "pg_notify",
    "pg_stat_activity",
    "pg_is_in_recovery",
    "pg_xact_status",
    "pg_current_xact_id",
    "pg_current_snapshot",
    "pg_advisory",
    "TEMPORARY",
    "lock_timeout",
    "statement_timeout",
    "idle_in_transaction_session_timeout",
    "synchronous_commit",
    "AS (INSERT",
    "AS (UPDATE",
    "AS (DELETE",
    "AS IDENTITY",
    "OVERRIDING",
    "COLLATE",
    "json",
];

/// The type that stands there as `json`, which keeps no text as it was written, with what looks into it.
const JSOQ: &str = "CREATE DOMAIN jsoq AS jsonb; \
    CREATE FUNCTION json_array_elements(jsonb) RETURNS SETOF jsonb LANGUAGE sql \
        AS 'SELECT jsonb_array_elements($1)'; \
    CREATE FUNCTION json_array_elements_text(jsonb) RETURNS SETOF text LANGUAGE sql \
        AS 'SELECT jsonb_array_elements_text($1)'; \
    CREATE FUNCTION json_array_length(jsonb) RETURNS integer LANGUAGE sql \
        AS 'SELECT jsonb_array_length($1)'; \
    CREATE FUNCTION json_each_text(jsonb, OUT key text, OUT value text) RETURNS SETOF record \
        LANGUAGE sql AS 'SELECT * FROM jsonb_each_text($1)';";

/// Stands before a server until the process ends.
pub(crate) struct Lesser {
    folder: PathBuf,
}

impl Lesser {
    /// Before the server of a connection string, which has its socket in a folder; it does not know these words.
    pub(crate) fn before(url: &str, words: &'static [&'static str]) -> Lesser {
        let options: PgConnectOptions = url.parse().unwrap();
        let to = options
            .get_socket()
            .expect("a server with a socket")
            .join(".s.PGSQL.5432");
        // It goes with the temporary folder of the process that made it; a few bytes.
        let folder = tempfile::tempdir().unwrap().keep();
        let listener = UnixListener::bind(folder.join(".s.PGSQL.5432")).unwrap();
        let to: Arc<Path> = to.into();
        // Not the runtime of the test that happened to come first: others go on with it.
        std::thread::spawn(move || {
            for client in listener.incoming() {
                let Ok(client) = client else { return };
                if let Ok(server) = UnixStream::connect(&to) {
                    pass(client, server, words);
                }
            }
        });
        Lesser { folder }
    }

    /// The folder of its socket.
    #[allow(dead_code, reason = "not every test program puts something before it")]
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The connection string of the same database through it.
    pub(crate) async fn url(&self, direct: &str) -> String {
        let mut connection = PgConnection::connect(direct).await.unwrap();
        let there = "SELECT to_regtype('jsoq') IS NOT NULL";
        let there: bool = sqlx::query_scalar(there)
            .fetch_one(&mut connection)
            .await
            .unwrap();
        if !there {
            connection.execute(JSOQ).await.unwrap();
        }
        connection.close().await.unwrap();
        let (_, database) = direct.rsplit_once('/').unwrap();
        let folder = self.folder.to_str().unwrap().replace('/', "%2F");
        format!("postgres://hms@{folder}/{database}")
    }
}

fn pass(client: UnixStream, server: UnixStream, words: &'static [&'static str]) {
    let (mut back_to, mut back_from) = (client.try_clone().unwrap(), server.try_clone().unwrap());
    std::thread::spawn(move || {
        let _ = io::copy(&mut back_from, &mut back_to);
        let _ = back_to.shutdown(std::net::Shutdown::Both);
    });
    std::thread::spawn(move || {
        let _ = misspell(client, &server, words);
        let _ = server.shutdown(std::net::Shutdown::Both);
    });
}

/// Message by message: the first has no letter before its length.
fn misspell(mut client: UnixStream, mut server: &UnixStream, words: &[&str]) -> io::Result<()> {
    let mut head = vec![0; 4];
    loop {
        client.read_exact(&mut head)?;
        let (letter, length) = head.split_at(head.len() - 4);
        let length = u32::from_be_bytes(length.try_into().unwrap()) as usize;
        let mut body = vec![0; length - 4];
        client.read_exact(&mut body)?;
        // A query, or one that is prepared: here is the text of statements, and nowhere else.
        if matches!(letter, b"Q" | b"P") {
            for word in words {
                wrong(&mut body, word.as_bytes());
            }
        }
        server.write_all(&head)?;
        server.write_all(&body)?;
        // A wish for encryption comes before it, if any does.
        if length > 8 {
            head.resize(5, 0);
        }
    }
}

/// The same length, so that the message keeps its own. The type is a word of its own, and not the beginning of a
/// function's name.
fn wrong(body: &mut [u8], word: &[u8]) {
    let of_name = |byte: Option<&u8>| byte.is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_');
    let mut at = 0;
    while let Some(found) = body[at..].windows(word.len()).position(|some| some == word) {
        let before = (at + found).checked_sub(1).and_then(|n| body.get(n));
        at += found + word.len();
        let in_name = of_name(before) || of_name(body.get(at));
        if word != b"json" || !in_name {
            body[at - 1] = b'q';
        }
    }
}

//! Statements and tables in the words that a database knows: what it does not know is left out of them.

use sqlx::{AssertSqlSafe, SqlSafeStr, SqlStr};

use super::PostgresStore;
use super::able::Able;

const SKIP_LOCKED: &str = " SKIP LOCKED";
const OVERRIDING: &str = " OVERRIDING SYSTEM VALUE";
const IDENTITY: &str = " GENERATED ALWAYS AS IDENTITY";
const COLLATE: &str = " COLLATE \"C\"";
/// A text that becomes JSON as it is written.
const JSON: &str = "::json";
const TEXT: &str = "::text";

/// The tables where JSON is kept in columns of text; what looks into one casts it. The index of the house's rows by kind is
/// left out: to PostgreSQL what comes of a cast may change, and no index keeps such a thing.
const AS_TEXT: [(&str, &str); 7] = [
    (" json NOT NULL", " text NOT NULL"),
    (" json,", " text,"),
    (" json;", " text;"),
    ("state -> ", "state::json -> "),
    ("(e.runs)", "(e.runs::json)"),
    (
        "clock ->> 'dormant' = 'true'",
        "clock LIKE '%\"dormant\":true%'",
    ),
    (
        "CREATE INDEX audit_kinds ON audit ((command ->> 'order'), n) WHERE run_id IS NULL;",
        "",
    ),
];

impl Able {
    /// The end of a statement that locks rows and passes over those somebody else is at; without that it waits for them,
    /// no longer than its time-out.
    pub(super) fn skip_locked(&self) -> &'static str {
        if self.skips { SKIP_LOCKED } else { "" }
    }

    /// A statement with such an end somewhere in it.
    pub(super) fn skipping(&self, sql: &'static str) -> SqlStr {
        match self.skips {
            true => sql.into_sql_str(),
            // The text is this program's own still.
            false => AssertSqlSafe(sql.replace(SKIP_LOCKED, "")).into_sql_str(),
        }
    }

    /// A statement that writes JSON, or rows with numbers of their own. A column is `json` or, in a database that would
    /// not keep a text so, `text`; the first takes JSON only, and the second either.
    pub(super) fn writing(&self, sql: impl SqlSafeStr) -> SqlStr {
        let sql = sql.into_sql_str();
        if self.json && self.overriding {
            return sql;
        }
        let mut words = sql.as_str().to_owned();
        if !self.json {
            words = words.replace(JSON, TEXT);
        }
        if !self.overriding {
            words = words.replace(OVERRIDING, "");
        }
        AssertSqlSafe(words).into_sql_str()
    }

    /// What comes after a text that is compared by its bytes.
    pub(super) fn collate(&self) -> &'static str {
        if self.collates { COLLATE } else { "" }
    }

    /// The text of a migration.
    pub(super) fn tables(&self, sql: &str) -> String {
        let left_out = [(self.identity, IDENTITY), (self.collates, COLLATE)];
        let left_out = left_out.map(|(there, word)| (there, (word, "")));
        let as_text = AS_TEXT.map(|words| (self.json, words));
        let missing = left_out.into_iter().chain(as_text);
        let missing = missing.filter(|(there, _)| !there);
        missing.fold(sql.to_owned(), |text, (_, (word, other))| {
            text.replace(word, other)
        })
    }
}

impl PostgresStore {
    /// What a statement says that gives rows their numbers; of tables that number none it means nothing.
    pub(in crate::store) fn overriding(&self) -> &'static str {
        if self.able.overriding { OVERRIDING } else { "" }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::migrations;

    fn whole() -> Able {
        Able {
            skips: true,
            json: true,
            collates: true,
            identity: true,
            overriding: true,
            ..Able::default()
        }
    }

    #[test]
    fn what_is_known_is_said_as_it_is_written() {
        let sql = "INSERT INTO t (n, j) OVERRIDING SYSTEM VALUE SELECT n, j::json FROM unnest($1::text[])";
        assert_eq!(whole().writing(sql), sql);
        assert_eq!(
            Able::default().writing(sql),
            "INSERT INTO t (n, j) SELECT n, j::text FROM unnest($1::text[])"
        );
        let sql = "SELECT n FROM t FOR UPDATE SKIP LOCKED";
        assert_eq!(whole().skipping(sql), sql);
        assert_eq!(Able::default().skipping(sql), "SELECT n FROM t FOR UPDATE");
    }

    #[test]
    fn tables_are_made_without_the_words_that_are_not_known() {
        let of = |able: &Able| {
            let found = migrations::of("postgres", |sql| able.tables(sql)).unwrap();
            let texts = found.iter().map(|found| found.sql.as_str().to_owned());
            texts.collect::<Vec<_>>()
        };
        let as_written = migrations::of("postgres", str::to_owned).unwrap();
        let as_written = as_written.iter().map(|found| found.sql.as_str().to_owned());
        assert_eq!(of(&whole()), as_written.collect::<Vec<_>>());
        for text in of(&Able::default()) {
            // What is behind the dashes is for people.
            let lines = text.lines().filter_map(|line| line.split("--").next());
            for line in lines {
                for word in [
                    "COLLATE", "IDENTITY", " json ", " json,", " json;", "state ->",
                ] {
                    assert!(!line.contains(word), "{line}");
                }
            }
        }
    }
}

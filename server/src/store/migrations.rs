//! The tables of each store: numbered files under `migrations/`, carried in the program.
//!
//! Read here rather than by sqlx's macro, which would have every build compile sqlx and SQLite a second
//! time for the compiler's own use.

use rust_embed::RustEmbed;
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::{AssertSqlSafe, SqlSafeStr};

use super::StoreError;

#[derive(RustEmbed)]
#[folder = "../migrations"]
struct Files;

/// The migrations in one folder, in the order of their numbers, in the words that `said` makes of each. They are known
/// again by what is in the file, in whatever words they were run.
pub(super) fn of(folder: &str, said: impl Fn(&str) -> String) -> Result<Migrator, StoreError> {
    let mut found = Vec::new();
    for path in Files::iter().filter(|path| path.starts_with(folder)) {
        let unreadable = || StoreError::Unavailable(format!("migration {path} cannot be read"));
        let (number, name) = path
            .strip_prefix(folder)
            .and_then(|rest| rest.strip_prefix('/')?.strip_suffix(".sql"))
            .and_then(|name| name.split_once('_'))
            .ok_or_else(unreadable)?;
        let number = number.parse().map_err(|_| unreadable())?;
        let file = Files::get(&path).ok_or_else(unreadable)?;
        let text = String::from_utf8(file.data.into_owned()).map_err(|_| unreadable())?;
        // The text is a file of this program and holds no data.
        let sql = AssertSqlSafe(said(&text)).into_sql_str();
        found.push(Migration {
            sql,
            ..Migration::new(
                number,
                name.replace('_', " ").into(),
                MigrationType::Simple,
                AssertSqlSafe(text).into_sql_str(),
                false,
            )
        });
    }
    found.sort_by_key(|migration| migration.version);
    Ok(Migrator::with_migrations(found))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_a_migration_and_no_number_is_given_twice() {
        for folder in ["sqlite", "postgres"] {
            let found = of(folder, str::to_owned).unwrap();
            let numbers: Vec<i64> = found.iter().map(|migration| migration.version).collect();
            assert!(numbers.len() >= 3);
            assert!(numbers.is_sorted_by(|a, b| a < b), "{folder}: {numbers:?}");
            assert_eq!(&*found.iter().next().unwrap().description, "core");
        }
    }

    #[test]
    fn a_migration_is_known_again_in_other_words() {
        let (as_written, said) = (
            of("postgres", str::to_owned).unwrap(),
            of("postgres", |_| "SELECT 1".to_owned()).unwrap(),
        );
        for (one, other) in as_written.iter().zip(said.iter()) {
            assert_eq!(one.checksum, other.checksum);
            assert_eq!(other.sql, "SELECT 1");
        }
    }
}

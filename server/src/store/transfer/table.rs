use std::collections::BTreeMap;

use sqlx::postgres::PgConnection;
use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Row};

use super::{PAGE, PAGE_OF_PIECES, TransferError};

/// A table that both stores have, and how its columns go over.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) name: String,
    columns: Vec<Column>,
    /// The columns of its primary key, in order: where each is in `columns`, and whether it is a number.
    key: Vec<(usize, bool)>,
    /// What gives rows the numbers they had.
    overriding: &'static str,
}

/// A column: everything goes over as text, and each side makes its own of it.
#[derive(Debug)]
struct Column {
    name: String,
    /// What SQLite is asked for.
    read: String,
    /// What PostgreSQL makes of it; `{}` is the text.
    write: String,
}

/// A row, as text.
pub(super) type Texts = Vec<Option<String>>;

/// What differs by design: (table, PostgreSQL's column, what SQLite is asked for, what PostgreSQL makes
/// of it).
const DIFFERENT: [(&str, &str, &str, &str); 4] = [
    (
        "timers",
        "due",
        "due_ms",
        "'epoch'::timestamptz + {}::bigint * interval '1 millisecond'",
    ),
    (
        "people",
        "roles",
        "roles",
        "ARRAY(SELECT json_array_elements_text({}::json))",
    ),
    // In the order they were deployed.
    ("workflows", "deployment", "rowid", "{}::bigint"),
    ("calendars", "deployment", "rowid", "{}::bigint"),
];

/// All tables, but for the clock's, which has another shape, and the end of the house's chain, which has a row already.
pub(super) async fn tables(
    here: &mut SqliteConnection,
    there: &mut PgConnection,
    overriding: &'static str,
) -> Result<Vec<Table>, TransferError> {
    let names: Vec<String> = sqlx::query_scalar(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT IN ('clock', 'audit_house') \
         AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name NOT LIKE '\\_sqlx%' ESCAPE '\\' \
         ORDER BY CASE name WHEN 'people' THEN 0 ELSE 1 END, name",
    )
    .fetch_all(&mut *here)
    .await?;
    let rows = sqlx::query(
        "SELECT table_name::text, column_name::text, \
         CASE data_type WHEN 'ARRAY' THEN 'text[]' ELSE data_type::text END \
         FROM information_schema.columns WHERE table_schema = current_schema() \
         ORDER BY table_name, ordinal_position",
    )
    .fetch_all(there)
    .await?;
    let mut targets: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    for row in rows {
        let column = (row.try_get(1)?, row.try_get(2)?);
        targets.entry(row.try_get(0)?).or_default().push(column);
    }
    let mut tables = Vec::with_capacity(names.len());
    for name in names {
        let target = targets.remove(&name).unwrap_or_default();
        tables.push(Table::fitted(here, name, target, overriding).await?);
    }
    Ok(tables)
}

impl Table {
    async fn fitted(
        here: &mut SqliteConnection,
        name: String,
        target: Vec<(String, String)>,
        overriding: &'static str,
    ) -> Result<Table, TransferError> {
        let shape = |why: String| TransferError::Shape {
            table: name.clone(),
            why,
        };
        // (name, type, place in the key from 1)
        let mut source: Vec<(String, String, i64)> =
            sqlx::query("SELECT name, type, pk FROM pragma_table_info($1)")
                .bind(&name)
                .fetch_all(here)
                .await?
                .iter()
                .map(|row| Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?)))
                .collect::<Result<_, sqlx::Error>>()?;
        source.sort_by_key(|(_, _, pk)| *pk);
        let mut left: Vec<&str> = source
            .iter()
            .map(|(column, _, _)| column.as_str())
            .collect();
        let mut columns = Vec::with_capacity(target.len());
        for (column, kind) in target {
            let different = DIFFERENT
                .iter()
                .find(|(table, to, _, _)| *table == name && *to == column);
            let (asked, write) = match different {
                Some((_, _, asked, write)) => ((*asked).to_owned(), (*write).to_owned()),
                None => (column.clone(), format!("{{}}::{kind}")),
            };
            let known = source.iter().find(|(from, _, _)| *from == asked);
            if known.is_none() && asked != "rowid" {
                return Err(shape(format!("the file has no column {asked}")));
            }
            left.retain(|from| *from != asked);
            let blob = known.is_some_and(|(_, kind, _)| kind == "BLOB");
            columns.push(Column {
                name: column,
                read: if blob {
                    format!("hex({asked})")
                } else {
                    format!("CAST({asked} AS TEXT)")
                },
                write: if blob {
                    "decode({}, 'hex')".to_owned()
                } else {
                    write
                },
            });
        }
        if let Some(column) = left.first() {
            return Err(shape(format!("the database has no column for {column}")));
        }
        let key = source
            .iter()
            .filter(|(_, _, pk)| *pk > 0)
            .map(|(column, kind, _)| {
                let at = columns.iter().position(|known| known.name == *column);
                at.map(|at| (at, kind == "INTEGER"))
            })
            .collect::<Option<Vec<_>>>()
            .filter(|key| !key.is_empty())
            .ok_or_else(|| shape("it has no key to go by".to_owned()))?;
        Ok(Table {
            name,
            columns,
            key,
            overriding,
        })
    }

    /// How many of its rows are moved at once: pieces of files are large, and so may be checkpoints.
    pub(super) fn page_rows(&self) -> i64 {
        match self.name.as_str() {
            "file_pieces" | "checkpoints" => PAGE_OF_PIECES,
            _ => PAGE,
        }
    }

    /// The rows after a key, in the order of their keys.
    pub(super) async fn page(
        &self,
        here: &mut SqliteConnection,
        after: Option<&[String]>,
        limit: i64,
    ) -> Result<Vec<Texts>, TransferError> {
        let list = |of: &dyn Fn(&Column) -> String| -> String {
            self.columns.iter().map(of).collect::<Vec<_>>().join(", ")
        };
        let key: Vec<&str> = self
            .key
            .iter()
            .map(|(at, _)| self.columns[*at].name.as_str())
            .collect();
        let key = key.join(", ");
        let beyond = if after.is_some() {
            let bound: Vec<&str> = self
                .key
                .iter()
                .map(|(_, number)| if *number { "CAST(? AS INTEGER)" } else { "?" })
                .collect();
            format!("WHERE ({key}) > ({})", bound.join(", "))
        } else {
            String::new()
        };
        // Names come from the tables of this program and hold no data.
        let sql = format!(
            "SELECT {} FROM {} {beyond} ORDER BY {key} LIMIT ?",
            list(&|column| column.read.clone()),
            self.name
        );
        let mut query = sqlx::query(AssertSqlSafe(sql));
        for value in after.unwrap_or_default() {
            query = query.bind(value.clone());
        }
        let rows = query.bind(limit).fetch_all(here).await?;
        rows.iter()
            .map(|row| {
                (0..self.columns.len())
                    .map(|column| Ok(row.try_get(column)?))
                    .collect()
            })
            .collect()
    }

    /// The key of a row.
    pub(super) fn key_of(&self, row: &Texts) -> Vec<String> {
        self.key
            .iter()
            .map(|(at, _)| row[*at].clone().unwrap_or_default())
            .collect()
    }

    /// Writes rows; those that are there already stay as they are.
    pub(super) async fn put(
        &self,
        there: &mut PgConnection,
        rows: &[Texts],
    ) -> Result<(), TransferError> {
        let mut names = Vec::new();
        let mut made = Vec::new();
        let mut arrays = Vec::new();
        for (n, column) in self.columns.iter().enumerate() {
            names.push(column.name.as_str());
            made.push(column.write.replace("{}", &format!("r.{}", column.name)));
            arrays.push(format!("${}::text[]", n + 1));
        }
        let names = names.join(", ");
        let sql = format!(
            "INSERT INTO {} ({names}){} SELECT {} FROM unnest({}) \
             AS r ({names}) ON CONFLICT DO NOTHING",
            self.name,
            self.overriding,
            made.join(", "),
            arrays.join(", ")
        );
        let mut query = sqlx::query(AssertSqlSafe(sql));
        for column in 0..self.columns.len() {
            let values: Vec<Option<String>> = rows
                .iter()
                .map(|row| {
                    row[column]
                        .as_ref()
                        .map(|text| text.replace('\0', "\u{fffd}"))
                })
                .collect();
            query = query.bind(values);
        }
        query.execute(there).await?;
        Ok(())
    }
}

//! Runs by what people look for them by.

use sqlx::postgres::PgPool;
use uuid::Uuid;

use super::PostgresStore;
use super::decode::{self, count, each};
use super::lists::{DIALECT, ask};
use crate::store::{RunQuery, RunRow, StoreError, run_lists};

/// What a row of a run is read from.
pub(super) const RUN_SELECT: &str = "SELECT r.state::text, e.payload::text, r.event_id, r.stopped, \
    r.breached, p.number \
    FROM runs r JOIN events e ON e.id = r.event_id LEFT JOIN reports p ON p.run_id = r.id";
/// Actor after actor in the index of open tasks, so that it costs as many looks as there are actors.
const OPEN_ACTORS: &str = "WITH RECURSIVE found (actor) AS ( \
    SELECT min(actor) FROM tasks WHERE closed_at IS NULL \
    UNION ALL SELECT (SELECT min(actor) FROM tasks WHERE closed_at IS NULL \
     AND actor > found.actor) FROM found WHERE found.actor IS NOT NULL) \
    SELECT actor FROM found WHERE actor IS NOT NULL";

/// Runs, newest first.
pub(super) async fn matching(
    store: &PostgresStore,
    asked: &RunQuery,
) -> Result<Vec<RunRow>, StoreError> {
    if asked.workflows.as_ref().is_some_and(Vec::is_empty) {
        return Ok(Vec::new());
    }
    let statement = run_lists::rows(DIALECT, RUN_SELECT, asked);
    let mut list = store.listing().await?;
    let rows = ask(statement).fetch_all(&mut *list).await?;
    list.end().await?;
    each(&rows, decode::run_row)
}

/// Whether there are more that fit than were looked at.
pub(super) async fn cut(store: &PostgresStore, asked: &RunQuery) -> Result<bool, StoreError> {
    let Some(statement) = run_lists::cut(DIALECT, asked) else {
        return Ok(false);
    };
    let mut list = store.listing().await?;
    let row = ask(statement).fetch_one(&mut *list).await?;
    list.end().await?;
    Ok(count(&row, 0)? > 0)
}

/// The actors that have open tasks.
pub(super) async fn open_actors(pool: &PgPool) -> Result<Vec<String>, StoreError> {
    Ok(sqlx::query_scalar(OPEN_ACTORS).fetch_all(pool).await?)
}

/// The ids whose written form begins with a text; none when no id does.
pub(super) fn ids_with_prefix(text: &str) -> Option<(Uuid, Uuid)> {
    const LOWEST: &str = "00000000-0000-0000-0000-000000000000";
    let fits = text.len() <= LOWEST.len()
        && text.bytes().zip(LOWEST.bytes()).all(|(c, at)| match at {
            b'-' => c == b'-',
            _ => matches!(c, b'0'..=b'9' | b'a'..=b'f'),
        });
    if !fits {
        return None;
    }
    let rest = &LOWEST[text.len()..];
    let lowest = Uuid::parse_str(&format!("{text}{rest}")).ok()?;
    let highest = Uuid::parse_str(&format!("{text}{}", rest.replace('0', "f"))).ok()?;
    Some((lowest, highest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_of_an_id_is_a_range_of_ids() {
        let id = |text| Uuid::parse_str(text).unwrap();
        assert_eq!(
            ids_with_prefix("018f00aa-7"),
            Some((
                id("018f00aa-7000-0000-0000-000000000000"),
                id("018f00aa-7fff-ffff-ffff-ffffffffffff"),
            ))
        );
        for text in [
            "C-42",
            "018F",
            "018f00aa7",
            "00000000-0000-0000-0000-0000000000000",
        ] {
            assert_eq!(ids_with_prefix(text), None, "{text}");
        }
    }
}

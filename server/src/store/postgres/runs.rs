//! Runs by what people look for them by.

use hms_engine::RunStatus;
use sqlx::postgres::PgPool;
use sqlx::{Postgres, QueryBuilder};
use uuid::Uuid;

use super::decode::{self, each};
use super::write::plain;
use crate::store::{RunQuery, RunRow, StoreError, Waiting};

/// What a row of a run is read from.
pub(super) const RUN_SELECT: &str = "SELECT r.state::text, e.payload::text, r.event_id, r.stopped, \
    r.breached, p.number \
    FROM runs r JOIN events e ON e.id = r.event_id LEFT JOIN reports p ON p.run_id = r.id";
/// Written as the partial index has it.
const OPEN: &str = "t.status IN ('NEW', 'CLAIMED')";
/// Actor after actor in the index of open tasks, so that it costs as many looks as there are actors.
const OPEN_ACTORS: &str = "WITH RECURSIVE found (actor) AS ( \
    SELECT min(actor) FROM tasks WHERE status IN ('NEW', 'CLAIMED') \
    UNION ALL SELECT (SELECT min(actor) FROM tasks WHERE status IN ('NEW', 'CLAIMED') \
     AND actor > found.actor) FROM found WHERE found.actor IS NOT NULL) \
    SELECT actor FROM found WHERE actor IS NOT NULL";

/// Runs, newest first.
pub(super) async fn matching(pool: &PgPool, asked: &RunQuery) -> Result<Vec<RunRow>, StoreError> {
    // A sorted, limited list a workflow, each served by the index; then the newest of them.
    let of: Vec<Option<&str>> = match &asked.workflows {
        None => vec![None],
        Some(workflows) => workflows.iter().map(|id| Some(id.as_str())).collect(),
    };
    if of.is_empty() {
        return Ok(Vec::new());
    }
    let mut query = QueryBuilder::<Postgres>::new("");
    for (n, workflow) in of.iter().enumerate() {
        query.push(if n > 0 { " UNION ALL (" } else { "(" });
        push_runs_of(&mut query, asked, *workflow);
        query.push(")");
    }
    let rows = query.build().fetch_all(pool).await?;
    let mut found = each(&rows, decode::run_row)?;
    if of.len() > 1 {
        found.sort_by_key(|row| std::cmp::Reverse(row.run.id));
        found.dedup_by_key(|row| row.run.id);
        found.truncate(asked.limit as usize);
    }
    Ok(found)
}

fn push_runs_of(query: &mut QueryBuilder<Postgres>, asked: &RunQuery, workflow: Option<&str>) {
    query.push(RUN_SELECT).push(" WHERE true");
    match asked.statuses.as_slice() {
        [] => {}
        // Written as the partial indexes have them.
        [RunStatus::Running] => {
            query.push(" AND r.status = 'RUNNING'");
        }
        [_, _]
            if !asked
                .statuses
                .iter()
                .any(|status| status.as_str() == "COMPLETED" || status.as_str() == "RUNNING") =>
        {
            query.push(" AND r.status IN ('CANCELLED', 'FAILED')");
        }
        statuses => {
            query.push(" AND r.status IN (");
            let mut words = query.separated(", ");
            for status in statuses {
                words.push_bind(status.as_str());
            }
            query.push(")");
        }
    }
    if asked.stopped {
        query.push(" AND r.stopped");
    }
    if asked.breached {
        query.push(" AND r.breached");
    }
    match asked.waiting {
        None => {}
        Some(Waiting::Human) => {
            query.push(" AND r.waits_human");
        }
        Some(Waiting::Timer) => {
            query.push(" AND r.waits_timer");
        }
    }
    if let Some(unserved) = &asked.stuck {
        let unserved: Vec<String> = unserved.iter().map(|one| plain(one).into_owned()).collect();
        query.push(" AND r.id IN (SELECT id FROM runs WHERE stuck UNION SELECT t.run_id FROM tasks t WHERE ");
        query.push(OPEN).push(" AND t.actor = ANY(");
        query.push_bind(unserved).push("))");
    }
    if let Some(parent) = asked.parent {
        query.push(" AND r.parent = ").push_bind(parent);
    }
    if let Some(workflow) = workflow {
        query
            .push(" AND r.workflow = ")
            .push_bind(plain(workflow).into_owned());
    }
    if let Some(version) = &asked.version {
        query
            .push(" AND r.version = ")
            .push_bind(plain(version).into_owned());
    }
    if let Some(search) = &asked.search {
        // Each part is a range on an index of its own.
        let search = plain(search).into_owned();
        let end = format!("{search}\u{10ffff}");
        query.push(" AND r.id IN (");
        if let Some((lowest, highest)) = ids_with_prefix(&search) {
            query.push("SELECT id FROM runs WHERE id BETWEEN ");
            query.push_bind(lowest).push(" AND ").push_bind(highest);
            query.push(" UNION ");
        }
        query.push("SELECT id FROM runs WHERE key >= ");
        query.push_bind(search.clone());
        query.push(" AND key < ").push_bind(end.clone());
        query.push(" UNION SELECT run_id FROM reports WHERE number >= ");
        query.push_bind(search);
        query.push(" AND number < ").push_bind(end).push(")");
    }
    if let Some(before) = asked.before {
        query.push(" AND r.id < ").push_bind(before);
    }
    query
        .push(" ORDER BY r.id DESC LIMIT ")
        .push_bind(i64::from(asked.limit));
}

/// The actors that have open tasks.
pub(super) async fn open_actors(pool: &PgPool) -> Result<Vec<String>, StoreError> {
    Ok(sqlx::query_scalar(OPEN_ACTORS).fetch_all(pool).await?)
}

/// The ids whose written form begins with a text; none when no id does.
fn ids_with_prefix(text: &str) -> Option<(Uuid, Uuid)> {
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

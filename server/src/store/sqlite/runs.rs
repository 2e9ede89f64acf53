//! Runs by what people look for them by.

use hms_engine::RunStatus;
use sqlx::sqlite::SqlitePool;
use sqlx::{QueryBuilder, Sqlite};

use super::encode;
use super::queries::text_list;
use crate::store::{RunQuery, RunRow, StoreError, Waiting};

/// What a row of a run is read from.
pub(super) const RUN_SELECT: &str = "SELECT r.state, e.payload, r.event_id, r.stopped, r.breached, p.number \
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
pub(super) async fn matching(
    pool: &SqlitePool,
    asked: &RunQuery,
) -> Result<Vec<RunRow>, StoreError> {
    // A sorted, limited list a workflow, each served by the index; then the newest of them.
    let of: Vec<Option<&str>> = match &asked.workflows {
        None => vec![None],
        Some(workflows) => workflows.iter().map(|id| Some(id.as_str())).collect(),
    };
    if of.is_empty() {
        return Ok(Vec::new());
    }
    let mut query = QueryBuilder::<Sqlite>::new("");
    for (n, workflow) in of.iter().enumerate() {
        query.push(if n > 0 {
            " UNION ALL SELECT * FROM ("
        } else {
            "SELECT * FROM ("
        });
        push_runs_of(&mut query, asked, *workflow);
        query.push(")");
    }
    let rows = query.build().fetch_all(pool).await?;
    let mut found: Vec<RunRow> = rows.iter().map(encode::run_row).collect::<Result<_, _>>()?;
    if of.len() > 1 {
        found.sort_by_key(|row| std::cmp::Reverse(row.run.id));
        found.dedup_by_key(|row| row.run.id);
        found.truncate(asked.limit as usize);
    }
    Ok(found)
}

fn push_runs_of(query: &mut QueryBuilder<Sqlite>, asked: &RunQuery, workflow: Option<&str>) {
    query.push(RUN_SELECT).push(" WHERE 1 = 1");
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
        query.push(" AND r.stopped = 1");
    }
    if asked.breached {
        query.push(" AND r.breached = 1");
    }
    match asked.waiting {
        None => {}
        Some(Waiting::Human) => {
            query.push(" AND r.waits_human = 1");
        }
        Some(Waiting::Timer) => {
            query.push(" AND r.waits_timer = 1");
        }
    }
    if let Some(unserved) = &asked.stuck {
        query.push(" AND r.id IN (SELECT id FROM runs WHERE stuck = 1 UNION SELECT t.run_id FROM tasks t WHERE ");
        query
            .push(OPEN)
            .push(" AND t.actor IN (SELECT value FROM json_each(");
        query
            .push_bind(text_list(unserved.iter().cloned()))
            .push(")))");
    }
    if let Some(parent) = asked.parent {
        query.push(" AND r.parent = ").push_bind(parent.to_string());
    }
    if let Some(workflow) = workflow {
        query
            .push(" AND r.workflow = ")
            .push_bind(workflow.to_owned());
    }
    if let Some(version) = &asked.version {
        query.push(" AND r.version = ").push_bind(version.clone());
    }
    if let Some(search) = &asked.search {
        // Each part is a range on an index of its own.
        let end = format!("{search}\u{10ffff}");
        query
            .push(" AND r.id IN (SELECT id FROM runs WHERE id >= ")
            .push_bind(search.clone());
        query.push(" AND id < ").push_bind(end.clone());
        query
            .push(" UNION SELECT id FROM runs WHERE key >= ")
            .push_bind(search.clone());
        query.push(" AND key < ").push_bind(end.clone());
        query.push(" UNION SELECT run_id FROM reports WHERE number >= ");
        query.push_bind(search.clone());
        query.push(" AND number < ").push_bind(end).push(")");
    }
    if let Some(before) = asked.before {
        query.push(" AND r.id < ").push_bind(before.to_string());
    }
    query
        .push(" ORDER BY r.id DESC LIMIT ")
        .push_bind(asked.limit);
}

/// The actors that have open tasks.
pub(super) async fn open_actors(pool: &SqlitePool) -> Result<Vec<String>, StoreError> {
    Ok(sqlx::query_scalar(OPEN_ACTORS).fetch_all(pool).await?)
}

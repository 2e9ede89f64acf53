use sqlx::{AssertSqlSafe, Row};

use super::PostgresStore;
use super::trail::{COLUMNS, trail_row};
use crate::store::logbook::WRITTEN_LATE_MS;
use crate::store::{LOOKED_MAX, LogKind, LogPage, LogQuery, StoreError};

/// A page of the audit trail. First the rows that may be on it are found by the index that fits what is asked, so many at
/// most; of those the rest of the conditions takes its pick.
pub(super) async fn page(store: &PostgresStore, query: &LogQuery) -> Result<LogPage, StoreError> {
    let (after, upto) = bounds(store, query).await?;
    let found = found(store.able.collate(), query);
    let sql = format!(
        "SELECT {COLUMNS} FROM audit WHERE n = ANY (ARRAY({found})) \
         AND ($4::text IS NULL OR who = $4) AND ($5::timestamptz IS NULL OR at >= $5) \
         AND ($6::timestamptz IS NULL OR at < $6) AND {} ORDER BY n DESC LIMIT $7",
        kind(query.kind)
    );
    let rows = sqlx::query(AssertSqlSafe(sql))
        .bind(query.about)
        .bind(after)
        .bind(upto)
        .bind(&query.who)
        .bind(query.from)
        .bind(query.until)
        .bind(i64::from(query.limit))
        .fetch_all(&store.pool)
        .await?;
    let rows = rows.iter().map(trail_row).collect::<Result<Vec<_>, _>>()?;
    if rows.len() == query.limit as usize {
        return Ok(query.page(rows, None));
    }
    let sql = format!(
        "SELECT count(*), min(n) FROM ({found}) AS found WHERE $4::text IS NULL OR $4 = $4"
    );
    let looked = sqlx::query(AssertSqlSafe(sql))
        .bind(query.about)
        .bind(after)
        .bind(upto)
        .bind(&query.who)
        .fetch_one(&store.pool)
        .await?;
    let many: i64 = looked.try_get(0)?;
    let last: Option<i64> = looked.try_get(1)?;
    let looked = last.map(|last| (u32::try_from(many).unwrap_or(u32::MAX), last));
    Ok(query.page(rows, looked))
}

/// The numbers of the rows to look at, the newest first: $1 is what they are about, $2 and $3 between which they stand,
/// $4 who did it.
fn found(collate: &str, query: &LogQuery) -> String {
    // The condition of the index `audit_people`.
    let by_person = format!("who{collate} >= 'person:' AND who{collate} < 'person;'");
    let between = "n > $2::bigint AND n < $3::bigint";
    let newest = format!("ORDER BY n DESC LIMIT {LOOKED_MAX}");
    if query.about.is_some() {
        // The rows of one run are in the order of their numbers in its chain.
        return format!(
            "SELECT n FROM ((SELECT n FROM audit WHERE run_id = $1::uuid AND {between} \
             ORDER BY seq DESC LIMIT {LOOKED_MAX}) UNION ALL (SELECT n FROM audit \
             WHERE about IS NOT NULL AND about = $1::uuid AND {between} {newest})) AS either {newest}"
        );
    }
    // The parameter stands there so that each text takes as many.
    let all = format!("$1::uuid IS NULL AND {between}");
    if query
        .who
        .as_ref()
        .is_some_and(|who| who.starts_with("person:"))
    {
        return format!(
            "SELECT n FROM audit WHERE who{collate} = $4::text AND {by_person} AND {all} {newest}"
        );
    }
    match query.kind.map(LogKind::orders) {
        Some(orders) if !orders.is_empty() => format!(
            "SELECT n FROM audit WHERE run_id IS NULL AND {} AND {all} {newest}",
            one_of(orders)
        ),
        _ => format!(
            "SELECT n FROM audit WHERE (run_id IS NULL OR ({by_person})) AND {all} {newest}"
        ),
    }
}

fn one_of(orders: &[&str]) -> String {
    let quoted: Vec<_> = orders.iter().map(|order| format!("'{order}'")).collect();
    match quoted.as_slice() {
        [one] => format!("(command::json ->> 'order') = {one}"),
        many => format!("(command::json ->> 'order') IN ({})", many.join(", ")),
    }
}

/// The condition of a kind.
fn kind(kind: Option<LogKind>) -> String {
    match kind {
        None => "TRUE".to_owned(),
        Some(LogKind::Case) => "run_id IS NOT NULL".to_owned(),
        Some(kind) => format!("run_id IS NULL AND {}", one_of(kind.orders())),
    }
}

/// Between which rows those of the moments asked for stand; both ends are left out. The moments themselves are compared
/// too: this only keeps from looking at all rows.
async fn bounds(store: &PostgresStore, query: &LogQuery) -> Result<(i64, i64), StoreError> {
    let after: Option<i64> = match query.from {
        None => None,
        Some(from) => {
            sqlx::query_scalar(
                "SELECT upto_n FROM checkpoints WHERE at_ms <= $1 ORDER BY at_ms DESC LIMIT 1",
            )
            .bind(from.timestamp_millis())
            .fetch_optional(&store.pool)
            .await?
        }
    };
    let upto: Option<i64> = match query.until {
        None => None,
        Some(until) => {
            sqlx::query_scalar(
                "SELECT upto_n FROM checkpoints WHERE at_ms >= $1 ORDER BY at_ms LIMIT 1",
            )
            .bind(until.timestamp_millis() + WRITTEN_LATE_MS)
            .fetch_optional(&store.pool)
            .await?
        }
    };
    let upto = upto.map_or(i64::MAX, |upto| upto + 1);
    let before = query.before.unwrap_or(i64::MAX);
    Ok((after.unwrap_or(i64::MIN), upto.min(before)))
}

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use hms_app::agency::Refused;
use hms_app::functions::{status_code, visitor_of};
use hms_app::views::{AuditKind, AuditLine, AuditObject, AuditQuery};
use serde::Deserialize;

use super::Desk;
use super::desk::written;
use crate::sla::cell;
use crate::store::LogQuery;

/// Entries read at once.
const PAGE: u32 = 500;
/// The most entries of one download; the last line says where to go on.
const ROWS_MAX: usize = 100_000;
const COLUMNS: &str = "at,who,who_id,what,case,object_id,detail,before,after,from\r\n";

/// As on the page `/admin/audit`, so that its link takes the query over.
#[derive(Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    who: String,
    #[serde(default)]
    kind: String,
    #[serde(default)]
    object: String,
    #[serde(default)]
    from: String,
    #[serde(default)]
    to: String,
}

/// `GET /admin/audit.csv`: what the page shows, all of it, a page at a time as the browser takes it.
pub(super) async fn audit(
    State(desk): State<Arc<Desk>>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Response {
    let text = |text: String| Some(text).filter(|text| !text.trim().is_empty());
    let query = AuditQuery {
        who: text(asked.who),
        kind: asked.kind.parse::<AuditKind>().ok(),
        object: text(asked.object),
        from: asked.from.parse().ok(),
        to: asked.to.parse().ok(),
        before: None,
    };
    let begun = async {
        desk.takes_audit(&visitor_of(&headers)).await?;
        let query = desk.log_query(&query, PAGE).await?;
        query.ok_or(Refused::NotFound)
    };
    let query = match begun.await {
        Ok(query) => query,
        Err(refused) => return status_code(&refused).into_response(),
    };
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"audit.csv\"",
        ),
        (header::CACHE_CONTROL, "no-store"),
    ];
    let rest = stream::try_unfold(Some((query, 0)), move |state| next(desk.clone(), state));
    (headers, Body::from_stream(rest)).into_response()
}

/// The next piece of the file and what comes after it. When the store does not answer the file breaks off, and the browser
/// says that it is not whole.
async fn next(
    desk: Arc<Desk>,
    state: Option<(LogQuery, usize)>,
) -> Result<Option<(String, Option<(LogQuery, usize)>)>, Refused> {
    let Some((mut query, before)) = state else {
        return Ok(None);
    };
    let page = desk.log_page(&query).await?;
    let mut text = match query.before {
        None => COLUMNS.to_owned(),
        Some(_) => String::new(),
    };
    page.rows.iter().for_each(|row| text.push_str(&line(row)));
    let rows = before + page.rows.len();
    query.before = page.next;
    let after = match page.next {
        None => None,
        Some(_) if rows >= ROWS_MAX => {
            let last = page.rows.last().map(|row| written(row.at));
            text.push_str(&format!(
                "There is more. Choose days up to {}\r\n",
                last.unwrap_or_default()
            ));
            None
        }
        Some(_) => Some((query, rows)),
    };
    Ok(Some((text, after)))
}

/// An entry as a line (RFC 4180).
fn line(row: &AuditLine) -> String {
    let (case, object) = match &row.object {
        Some(AuditObject::Case { run, case }) => (case.clone(), run.to_string()),
        Some(AuditObject::Person { id, name }) => (name.clone(), id.to_string()),
        Some(AuditObject::Token { id, name }) => (name.clone(), id.to_string()),
        Some(AuditObject::Other { id }) => (String::new(), id.to_string()),
        None => (String::new(), String::new()),
    };
    let or_none = |text: &Option<String>| cell(text.as_deref().unwrap_or_default());
    let cells = [
        written(row.at),
        cell(&row.who),
        row.person.map(|id| id.to_string()).unwrap_or_default(),
        cell(&row.what),
        cell(&case),
        object,
        or_none(&row.detail),
        or_none(&row.before),
        or_none(&row.after),
        or_none(&row.from),
    ];
    format!("{}\r\n", cells.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_line_is_taken_for_a_formula_or_for_another_cell() {
        let row = AuditLine {
            n: 1,
            at: crate::clock::moment(0),
            who: "=HYPERLINK(\"x\")".to_owned(),
            person: None,
            token: None,
            what: "account.roles".to_owned(),
            object: Some(AuditObject::Case {
                run: uuid::Uuid::nil(),
                case: "+1,2".to_owned(),
            }),
            detail: Some("@x\r\ny".to_owned()),
            from: None,
            before: Some("-a".to_owned()),
            after: None,
        };
        assert_eq!(
            line(&row),
            "1970-01-01T00:00:00.000Z,\"'=HYPERLINK(\"\"x\"\")\",,account.roles,\"'+1,2\",\
             00000000-0000-0000-0000-000000000000,\"'@x\r\ny\",'-a,,\r\n"
        );
    }
}

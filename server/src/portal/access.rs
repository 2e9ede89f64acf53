//! Who may ask what of the portal: every page, form, server function, download and socket, in one table. What
//! stands in no row is for nobody: the gate turns it away before anything else sees it. That whoever does the
//! work asks for the same is shown by a walk of all rows with every role (`tests/portal/walk`).

use axum::extract::{MatchedPath, Request};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::identity::Act;

/// What a visitor must be good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Needs {
    /// Nothing: it is for everybody.
    Nothing,
    /// To have shown the receipt of the report it is about.
    Receipt,
    /// To be signed in.
    SignedIn,
    /// To have the role of the task it is about. Who may see all tasks reads it too, and who may give it
    /// more time.
    Task,
    /// To have the role of the task: it is decided here.
    Decide,
    /// To have the role of the task, or to give tasks more time.
    Clock,
    /// A role that may do this.
    May(Act),
}

use Needs::{Clock, Decide, May, Nothing, Receipt, SignedIn, Task};

/// A row: method, path, what it needs. Of server functions the name stands for the path.
pub type Row = (&'static str, &'static str, Needs);

/// Every page, form, download and socket, by method and path.
pub const PATHS: [Row; 52] = [
    ("GET", "/", Nothing),
    ("GET", "/report", Nothing),
    ("POST", "/report", Nothing),
    ("GET", "/report/{slug}", Nothing),
    ("POST", "/report/{slug}", Nothing),
    ("POST", "/report/receipt.txt", Nothing),
    ("GET", "/status", Nothing),
    ("POST", "/status", Nothing),
    // Without the receipt these ask for it.
    ("GET", "/status/{number}", Receipt),
    ("GET", "/status/{number}/add", Receipt),
    ("POST", "/status/{number}/add", Receipt),
    ("GET", "/status/{number}/files/{file}", Receipt),
    ("GET", "/live/status/{number}", Receipt),
    ("GET", "/sign-in", Nothing),
    ("POST", "/sign-in", Nothing),
    // To the agency's own provider, and back.
    ("GET", "/sign-in/provider", Nothing),
    ("GET", "/sign-in/provider/back", Nothing),
    ("POST", "/sign-in/stay", Nothing),
    ("POST", "/sign-out", Nothing),
    ("GET", "/password", Nothing),
    ("POST", "/password", Nothing),
    // The link is what it needs.
    ("GET", "/password/set", Nothing),
    ("GET", "/password/set/{word}", Nothing),
    ("POST", "/password/set", Nothing),
    ("GET", "/account", SignedIn),
    ("POST", "/account", SignedIn),
    ("GET", "/inbox", SignedIn),
    ("GET", "/live/inbox", SignedIn),
    ("GET", "/inbox/{task}", Task),
    ("POST", "/inbox/{task}", Decide),
    ("GET", "/inbox/{task}/files/{file}", Task),
    ("POST", "/inbox/{task}/clock", Clock),
    ("GET", "/admin", May(Act::ReadSla)),
    ("GET", "/admin/sla.csv", May(Act::ReadSla)),
    ("GET", "/admin/runs", May(Act::ReadRuns)),
    ("GET", "/admin/runs/{id}", May(Act::ReadRuns)),
    ("GET", "/admin/runs/{run}/files/{file}", May(Act::ReadRuns)),
    // Each holds what was reported and every answer, as the run's page does.
    ("GET", "/admin/runs/{run}/case.json", May(Act::ReadRuns)),
    ("GET", "/admin/runs/{run}/case.html", May(Act::ReadRuns)),
    ("POST", "/admin/runs/{id}", May(Act::ChangeRuns)),
    ("GET", "/admin/runs/{id}/erase", May(Act::ErasePersonal)),
    ("POST", "/admin/runs/{id}/erase", May(Act::ErasePersonal)),
    ("GET", "/admin/workflows/{id}", May(Act::ReadWorkflows)),
    ("POST", "/admin/workflows/{id}", May(Act::MigrateRuns)),
    ("GET", "/admin/workers", May(Act::ReadWorkers)),
    ("GET", "/admin/mails", May(Act::ReadMails)),
    ("GET", "/admin/audit", May(Act::ReadAudit)),
    ("GET", "/admin/audit.csv", May(Act::ReadAudit)),
    ("GET", "/admin/people", May(Act::ReadPeople)),
    ("GET", "/admin/people/{id}", May(Act::ReadPeople)),
    ("POST", "/admin/people", May(Act::ChangePeople)),
    ("POST", "/admin/people/{id}", May(Act::ChangePeople)),
];

/// Every server function, by name: what scripts in a page ask for.
pub const FUNCTIONS: [Row; 27] = [
    ("POST", "read_surroundings", Nothing),
    ("POST", "read_report_form", Nothing),
    ("POST", "file_report", Nothing),
    ("POST", "read_services", Nothing),
    ("POST", "read_service_form", Nothing),
    ("POST", "read_find_form", Nothing),
    ("POST", "read_status", Receipt),
    ("POST", "read_adding", Receipt),
    ("POST", "read_sign_in", Nothing),
    ("POST", "read_session", Nothing),
    ("POST", "stay_signed_in", Nothing),
    ("POST", "read_forgot", Nothing),
    ("POST", "read_password_page", Nothing),
    ("POST", "read_own_account", SignedIn),
    ("POST", "read_inbox", SignedIn),
    ("POST", "read_task", Task),
    ("POST", "read_sla_report", May(Act::ReadSla)),
    ("POST", "read_runs", May(Act::ReadRuns)),
    ("POST", "read_run", May(Act::ReadRuns)),
    ("POST", "read_erasure", May(Act::ErasePersonal)),
    ("POST", "read_workers", May(Act::ReadWorkers)),
    ("POST", "read_workflows", May(Act::ReadWorkflows)),
    ("POST", "read_workflow", May(Act::ReadWorkflows)),
    ("POST", "read_mails", May(Act::ReadMails)),
    ("POST", "read_audit", May(Act::ReadAudit)),
    ("POST", "read_people", May(Act::ReadPeople)),
    ("POST", "read_account", May(Act::ReadPeople)),
];

/// Where server functions are.
const FUNCTIONS_PATH: &str = "/api/{*function}";

/// The name of a server function in its address: the path is the name and digits that its place in the
/// program gives.
pub fn function_name(path: &str) -> &str {
    path.trim_start_matches("/api/")
        .trim_end_matches(|c: char| c.is_ascii_digit())
}

/// What a path needs; none when it stands in no row.
pub fn needs(method: &Method, pattern: &str, path: &str) -> Option<Needs> {
    let method = match *method {
        Method::HEAD => "GET",
        _ => method.as_str(),
    };
    let (rows, at): (&[Row], &str) = match pattern {
        FUNCTIONS_PATH => (&FUNCTIONS, function_name(path)),
        _ => (&PATHS, pattern),
    };
    rows.iter()
        .find(|(known, place, _)| *known == method && *place == at)
        .map(|(_, _, needs)| *needs)
}

/// Lets through what stands in the table. A path nothing is at goes on too: it is told so as a page.
pub(super) async fn gate(request: Request, next: Next) -> Response {
    let known = match request.extensions().get::<MatchedPath>() {
        None => true,
        Some(pattern) => {
            let (method, path) = (request.method(), request.uri().path());
            needs(method, pattern.as_str(), path).is_some()
        }
    };
    match known {
        true => next.run(request).await,
        // Also a method the path does not take.
        false => StatusCode::METHOD_NOT_ALLOWED.into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_in_no_row_is_for_nobody() {
        for (method, pattern, path, expect) in [
            (Method::GET, "/", "/", Some(Nothing)),
            (Method::HEAD, "/inbox", "/inbox", Some(SignedIn)),
            (Method::DELETE, "/inbox", "/inbox", None),
            (Method::POST, "/admin", "/admin", None),
            (Method::GET, "/admin/{new}", "/admin/new", None),
            (
                Method::POST,
                FUNCTIONS_PATH,
                "/api/read_mails12345",
                Some(May(Act::ReadMails)),
            ),
            (Method::POST, FUNCTIONS_PATH, "/api/read_all9", None),
            (Method::GET, FUNCTIONS_PATH, "/api/read_mails12345", None),
        ] {
            assert_eq!(needs(&method, pattern, path), expect, "{method} {path}");
        }
    }

    #[test]
    fn no_row_stands_twice() {
        for rows in [&PATHS[..], &FUNCTIONS] {
            for (place, (method, path, _)) in rows.iter().enumerate() {
                let again = rows[place + 1..]
                    .iter()
                    .any(|(m, p, _)| m == method && p == path);
                assert!(!again, "{method} {path}");
            }
        }
    }
}

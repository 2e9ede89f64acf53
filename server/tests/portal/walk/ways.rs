//! How each row is asked for.

use uuid::Uuid;

/// What there is to ask about.
pub(crate) struct Case {
    pub(crate) number: String,
    pub(crate) task: Uuid,
    pub(crate) run: Uuid,
    pub(crate) person: Uuid,
}

/// A way to ask for a row: the address, and what a form or script sends.
pub(crate) fn way(row: &str, case: &Case) -> Option<(String, String)> {
    let Case {
        number,
        task,
        run,
        person,
    } = case;
    let none = Uuid::nil();
    let pair = |address: String, body: &str| Some((address, body.to_owned()));
    let at = |address: &str| pair(address.to_owned(), "");
    match row {
        "GET /"
        | "GET /report"
        | "GET /status"
        | "GET /sign-in"
        | "GET /password"
        | "GET /sign-in/provider"
        | "GET /sign-in/provider/back"
        | "GET /password/set"
        | "GET /account"
        | "GET /inbox"
        | "GET /admin"
        | "GET /admin/sla.csv"
        | "GET /admin/runs"
        | "GET /admin/workers"
        | "GET /admin/mails"
        | "GET /admin/audit"
        | "GET /admin/audit.csv"
        | "GET /admin/people" => at(&row[4..]),
        "GET /report/{slug}" => at("/report/foia"),
        "GET /password/set/{word}" => at("/password/set/x"),
        "GET /status/{number}" => at(&format!("/status/{number}")),
        "GET /status/{number}/add" => at(&format!("/status/{number}/add")),
        "GET /inbox/{task}" => at(&format!("/inbox/{task}")),
        "GET /admin/runs/{id}" => at(&format!("/admin/runs/{run}")),
        "GET /admin/runs/{run}/case.json" => at(&format!("/admin/runs/{run}/case.json")),
        "GET /admin/runs/{run}/case.html" => at(&format!("/admin/runs/{run}/case.html")),
        "GET /admin/runs/{id}/erase" => at(&format!("/admin/runs/{run}/erase")),
        "POST /admin/runs/{id}/erase" => {
            pair(format!("/admin/runs/{run}/erase"), "act=look&reason=x")
        }
        "GET /admin/workflows/{id}" => at("/admin/workflows/FTC-Complaint"),
        "GET /admin/people/{id}" => at(&format!("/admin/people/{person}")),
        // Files: nobody has one here. `tests/portal/files` asks for real ones.
        "GET /status/{number}/files/{file}" => at(&format!("/status/{number}/files/{none}")),
        "GET /inbox/{task}/files/{file}" => at(&format!("/inbox/{task}/files/{none}")),
        "GET /admin/runs/{run}/files/{file}" => at(&format!("/admin/runs/{run}/files/{none}")),
        "POST /account" => pair("/account".to_owned(), "act=confirm&code=1"),
        "POST /report"
        | "POST /status"
        | "POST /sign-in"
        | "POST /sign-in/stay"
        | "POST /password"
        | "POST /password/set"
        | "POST /report/receipt.txt" => at(&row[5..]),
        "POST /sign-out" => pair("/sign-out".to_owned(), "everywhere=no"),
        "POST /report/{slug}" => at("/report/foia"),
        "POST /status/{number}/add" => at(&format!("/status/{number}/add")),
        "POST /inbox/{task}" => pair(format!("/inbox/{task}"), "act=nothing"),
        "POST /inbox/{task}/clock" => pair(format!("/inbox/{task}/clock"), "act=resume"),
        "POST /admin/runs/{id}" => pair(format!("/admin/runs/{run}"), "act=cancel&cancel-note=x"),
        "POST /admin/workflows/{id}" => pair(
            "/admin/workflows/FTC-Complaint".to_owned(),
            "act=look&from=x",
        ),
        "POST /admin/people" => at("/admin/people"),
        "POST /admin/people/{id}" => pair(format!("/admin/people/{none}"), "act=disable"),
        _ => None,
    }
}

/// What a script sends to a server function.
pub(crate) fn arguments(function: &str, case: &Case) -> Option<String> {
    let Case {
        number,
        task,
        run,
        person,
    } = case;
    Some(match function {
        "read_surroundings" | "read_report_form" | "read_services" | "read_find_form"
        | "read_session" | "stay_signed_in" | "read_forgot" | "read_own_account"
        | "read_sla_report" | "read_workers" | "read_workflows" | "read_mails" | "read_audit"
        | "read_people" => String::new(),
        "file_report" => format!(
            "draft[id]={}&draft[text]=&draft[lost]=&draft[contact]=&draft[suspect]=&draft[email]=&draft[language]=en",
            Uuid::nil()
        ),
        "read_service_form" => "slug=foia".to_owned(),
        "read_status" | "read_adding" => format!("number={number}"),
        "read_sign_in" => "next=".to_owned(),
        "read_password_page" => "word=x".to_owned(),
        "read_inbox" => "asked[tab]=mine".to_owned(),
        "read_task" => format!("id={task}"),
        "read_runs" => "query[filter]=all".to_owned(),
        "read_run" | "read_erasure" => format!("id={run}"),
        "read_workflow" => "id=FTC-Complaint".to_owned(),
        "read_account" => format!("id={person}"),
        _ => return None,
    })
}

/// Rows whose answers do not tell who was turned away: what is asked for is not there for anybody.
pub(crate) fn nothing_there(row: &str) -> bool {
    row.contains("/files/")
        || row.starts_with("POST /inbox")
        || [
            "GET /sign-in/provider",
            "GET /sign-in/provider/back",
            "POST /account",
            "POST /admin/people/{id}",
            "POST /admin/workflows/{id}",
            "POST /password/set",
        ]
        .contains(&row)
}

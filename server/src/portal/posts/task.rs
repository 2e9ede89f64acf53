//! Decides a task, or signs in again while deciding. What was typed is never lost.

use axum::extract::{Form, Path, State};
use axum::http::request::Parts;
use axum::response::Response;
use hms_app::agency::{Refused, SESSION_COOKIE, Visitor};
use hms_app::functions::visitor_of;
use hms_app::posted::TaskPosted;
use hms_app::views::{Fault, Rule, TaskAct};
use serde::Deserialize;
use uuid::Uuid;

use super::super::site::Site;
use super::{lead_on, leave};

/// The decision's form; with e-mail and password when the sign-in was lost.
#[derive(Deserialize)]
pub(in super::super) struct Decision {
    #[serde(default)]
    act: String,
    #[serde(default)]
    note: String,
    #[serde(default)]
    email: String,
    #[serde(default)]
    password: String,
}

/// The longest note, in characters.
const NOTE_CHARS_MAX: u32 = 4_000;

impl Decision {
    fn act(&self) -> Result<TaskAct, Refused> {
        let fault = |rule| {
            Refused::Form(vec![Fault {
                field: "note".to_owned(),
                rule,
            }])
        };
        let note = self.note.trim().replace("\r\n", "\n");
        if note.chars().count() > NOTE_CHARS_MAX as usize {
            return Err(fault(Rule::TooLong(NOTE_CHARS_MAX)));
        }
        match self.act.as_str() {
            "accept" => Ok(TaskAct::Accept),
            "release" => Ok(TaskAct::Release),
            "approve" => Ok(TaskAct::Approve { note }),
            "reject" if note.is_empty() => Err(fault(Rule::Required)),
            "reject" => Ok(TaskAct::Reject { note }),
            _ => Err(Refused::NotFound),
        }
    }
}

/// A button of the task's page was pressed.
pub(in super::super) async fn act(
    State(site): State<Site>,
    Path(id): Path<Uuid>,
    parts: Parts,
    Form(decision): Form<Decision>,
) -> Response {
    if decision.act == "sign_in" {
        return sign_in(site, id, parts, decision).await;
    }
    let visitor = visitor_of(&parts.headers);
    let done = match decision.act() {
        Ok(act) => site.agency.act_on_task(&visitor, id, act).await.map(|_| ()),
        Err(refused) => Err(refused),
    };
    let kept = matches!(decision.act.as_str(), "accept" | "release") && !decision.note.is_empty();
    match done {
        // Taking a task says nothing about the note that was begun: it stays in its field.
        Ok(()) if kept => site.again(parts, left(decision, None), None).await,
        Ok(()) => lead_on(&format!("/inbox/{id}")),
        Err(refused) => {
            let left = left(decision, Some(refused.clone()));
            site.again(parts, left, Some(&refused)).await
        }
    }
}

fn left(decision: Decision, refused: Option<Refused>) -> TaskPosted {
    TaskPosted {
        act: decision.act,
        note: decision.note,
        refused,
    }
}

/// Signs in on the task's own page, and shows the task with the note as typed.
async fn sign_in(site: Site, id: Uuid, parts: Parts, decision: Decision) -> Response {
    let signed_in = site
        .agency
        .sign_in(decision.email.trim(), &decision.password)
        .await;
    match signed_in {
        Ok(token) if decision.note.is_empty() => leave(
            lead_on(&format!("/inbox/{id}")),
            SESSION_COOKIE,
            Some(&token),
        ),
        Ok(token) => {
            let visitor = Visitor {
                session: Some(token.clone()),
                ..visitor_of(&parts.headers)
            };
            let page = site
                .again_as(parts, visitor, left(decision, None), None)
                .await;
            leave(page, SESSION_COOKIE, Some(&token))
        }
        Err(refused) => {
            let left = left(decision, Some(refused.clone()));
            site.again(parts, left, Some(&refused)).await
        }
    }
}

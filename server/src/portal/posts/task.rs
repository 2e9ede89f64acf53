//! Decides a task, or signs in again while deciding. What was typed is never lost.

use axum::extract::{Form, Path, State};
use axum::http::request::Parts;
use axum::response::Response;
use hms_app::agency::{Refused, SESSION_COOKIE, Visitor};
use hms_app::functions::visitor_of;
use hms_app::posted::{ANSWER_PREFIX, TaskPosted};
use hms_app::views::{Decision, Pairs, TaskAct, typed_in};
use uuid::Uuid;

use super::super::site::Site;
use super::{lead_on, leave};

/// The decision's form; with e-mail and password when the sign-in was lost.
struct Sent {
    act: String,
    outcome: String,
    note: String,
    email: String,
    password: String,
    /// What the fields of the task's form sent.
    answers: Pairs,
}

impl Sent {
    fn new(pairs: Pairs) -> Sent {
        let control = |name: &str| {
            let found = pairs.iter().find(|(known, _)| known == name);
            found.map_or_else(String::new, |(_, value)| value.clone())
        };
        Sent {
            act: control("act"),
            outcome: control("outcome"),
            note: control("note"),
            email: control("email"),
            password: control("password"),
            answers: pairs
                .into_iter()
                .filter(|(name, _)| name.starts_with(ANSWER_PREFIX))
                .collect(),
        }
    }

    fn act(&self) -> Result<TaskAct, Refused> {
        match (self.act.as_str(), self.outcome.as_str()) {
            ("accept", _) => Ok(TaskAct::Accept),
            ("release", _) => Ok(TaskAct::Release),
            (_, "") => Err(Refused::NotFound),
            (_, outcome) => Ok(TaskAct::Decide(Decision {
                outcome: outcome.to_owned(),
                note: self.note.clone(),
                typed: typed_in(&self.answers, ANSWER_PREFIX),
            })),
        }
    }

    /// Whether something was typed.
    fn says(&self) -> bool {
        !self.note.is_empty() || self.answers.iter().any(|(_, value)| !value.is_empty())
    }

    fn left(self, refused: Option<Refused>) -> TaskPosted {
        TaskPosted {
            act: self.act,
            outcome: self.outcome,
            note: self.note,
            answers: self.answers,
            refused,
        }
    }
}

/// A button of the task's page was pressed.
pub(in super::super) async fn act(
    State(site): State<Site>,
    Path(id): Path<Uuid>,
    parts: Parts,
    Form(pairs): Form<Pairs>,
) -> Response {
    let sent = Sent::new(pairs);
    if sent.act == "sign_in" {
        return sign_in(site, id, parts, sent).await;
    }
    let visitor = visitor_of(&parts.headers);
    let done = match sent.act() {
        Ok(act) => site.agency.act_on_task(&visitor, id, act).await.map(|_| ()),
        Err(refused) => Err(refused),
    };
    let kept = matches!(sent.act.as_str(), "accept" | "release") && sent.says();
    match done {
        // Taking a task says nothing about what was begun: it stays in its fields.
        Ok(()) if kept => site.again(parts, sent.left(None), None).await,
        Ok(()) => lead_on(&format!("/inbox/{id}")),
        Err(refused) => {
            let left = sent.left(Some(refused.clone()));
            site.again(parts, left, Some(&refused)).await
        }
    }
}

/// Signs in on the task's own page, and shows the task with what was typed.
async fn sign_in(site: Site, id: Uuid, parts: Parts, sent: Sent) -> Response {
    let signed_in = site.agency.sign_in(sent.email.trim(), &sent.password).await;
    match signed_in {
        Ok(token) if !sent.says() => leave(
            lead_on(&format!("/inbox/{id}")),
            SESSION_COOKIE,
            Some(&token),
        ),
        Ok(token) => {
            let visitor = Visitor {
                session: Some(token.clone()),
                ..visitor_of(&parts.headers)
            };
            let page = site.again_as(parts, visitor, sent.left(None), None).await;
            leave(page, SESSION_COOKIE, Some(&token))
        }
        Err(refused) => {
            let left = sent.left(Some(refused.clone()));
            site.again(parts, left, Some(&refused)).await
        }
    }
}

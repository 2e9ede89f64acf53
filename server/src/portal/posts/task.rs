//! Decides a task, or signs in again while deciding. What was typed is never lost.

use axum::extract::{Path, State};
use axum::http::request::Parts;
use axum::response::Response;
use hms_app::agency::{Refused, Visitor};
use hms_app::functions::visitor_of;
use hms_app::posted::{ANSWER_PREFIX, TaskPosted};
use hms_app::views::{Decision, FileOf, Pairs, SentForm, TakenForm, TaskAct, typed_in};
use uuid::Uuid;

use super::super::multipart::FormPost;
use super::super::site::Site;
use super::session::end_before;
use super::{lead_on, leave_signed_in};

/// The decision's form; with e-mail and password when the sign-in was lost.
struct Sent {
    act: String,
    outcome: String,
    note: String,
    email: String,
    password: String,
    code: String,
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
            code: control("code"),
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
            unkept: Vec::new(),
            refused,
        }
    }
}

/// A button of the task's page was pressed.
pub(in super::super) async fn act(
    State(site): State<Site>,
    Path(id): Path<Uuid>,
    parts: Parts,
    post: FormPost,
) -> Response {
    if Sent::new(post.form.pairs.clone()).act == "sign_in" {
        return sign_in(site, id, parts, Sent::new(post.form.pairs)).await;
    }
    let visitor = visitor_of(&parts.headers);
    let (pairs, names) = (post.form.pairs.clone(), file_names(&post.form));
    let taken = site
        .agency
        .take_files(&visitor, &FileOf::Task(id), post.form)
        .await;
    let TakenForm { pairs, faults } = match taken {
        Ok(taken) => taken,
        Err(refused) => {
            let left = TaskPosted {
                unkept: names,
                ..Sent::new(pairs).left(Some(refused.clone()))
            };
            return site.again(parts, left, Some(&refused)).await;
        }
    };
    let sent = Sent::new(pairs);
    let takes = matches!(sent.act.as_str(), "accept" | "release");
    let of_files = (!faults.is_empty()).then_some(Refused::Form(faults));
    let done = match (sent.act(), &of_files) {
        (Ok(TaskAct::Decide(_)), Some(refused)) => Err(refused.clone()),
        (Ok(act), _) => site.agency.act_on_task(&visitor, id, act).await.map(|_| ()),
        (Err(refused), _) => Err(refused),
    };
    match done {
        // Taking a task says nothing about what was begun: it stays in its fields.
        Ok(()) if takes && (sent.says() || of_files.is_some()) => {
            site.again(parts, sent.left(of_files.clone()), of_files.as_ref())
                .await
        }
        Ok(()) => lead_on(&format!("/inbox/{id}")),
        Err(refused) => {
            let left = sent.left(Some(refused.clone()));
            site.again(parts, left, Some(&refused)).await
        }
    }
}

/// What the files of a form are called, to name those that were not kept.
fn file_names(form: &SentForm) -> Vec<String> {
    form.files.iter().map(|file| file.name.clone()).collect()
}

/// Signs in on the task's own page, and shows the task with what was typed.
async fn sign_in(site: Site, id: Uuid, parts: Parts, sent: Sent) -> Response {
    let (email, password) = (sent.email.trim(), &sent.password);
    let visitor = visitor_of(&parts.headers);
    let signed_in = site.agency.sign_in(&visitor, email, password, &sent.code);
    let signed_in = signed_in.await;
    if signed_in.is_ok() {
        end_before(&site, &parts.headers).await;
    }
    match signed_in {
        Ok(came) if !sent.says() => leave_signed_in(lead_on(&format!("/inbox/{id}")), &came),
        Ok(came) => {
            let visitor = Visitor {
                session: Some(came.session.clone()),
                ..visitor
            };
            let page = site.again_as(parts, visitor, sent.left(None), None).await;
            leave_signed_in(page, &came)
        }
        Err(refused) => {
            let left = sent.left(Some(refused.clone()));
            site.again(parts, left, Some(&refused)).await
        }
    }
}

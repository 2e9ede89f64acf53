//! Signing in and out.

use axum::extract::{Form, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use hms_app::agency::{Refused, SESSION_COOKIE, Token, Visitor};
use hms_app::functions::visitor_of;
use hms_app::posted::SignInPosted;
use serde::Deserialize;

use super::super::site::Site;
use super::{lead_on, leave, leave_signed_in, own};
use crate::identity::{ADMINISTRATOR, AUDITOR};

/// The sign-in form. No `Debug`: it holds a password.
#[derive(Deserialize)]
pub(in super::super) struct SignIn {
    #[serde(default)]
    email: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    code: String,
    #[serde(default)]
    next: String,
}

/// Signs in and leads to where the person wanted to go, or to the first page of their role.
pub(in super::super) async fn sign_in(
    State(site): State<Site>,
    parts: Parts,
    Form(form): Form<SignIn>,
) -> Response {
    let (email, password) = (form.email.trim(), &form.password);
    let visitor = visitor_of(&parts.headers);
    let signed_in = site.agency.sign_in(&visitor, email, password, &form.code);
    match signed_in.await {
        Ok(came) => {
            end_before(&site, &parts.headers).await;
            let address = match own(&form.next) {
                Some(next) => next.to_owned(),
                None => first_page(&site, &came.session).await.to_owned(),
            };
            leave_signed_in(lead_on(&address), &came)
        }
        Err(refused) => {
            let left = SignInPosted {
                email: form.email,
                next: form.next,
                by_provider: false,
                refused: Some(refused.clone()),
            };
            site.again(parts, left, Some(&refused)).await
        }
    }
}

/// Ends the session that the browser of who has just signed in had before: nobody goes on in one that another began.
pub(super) async fn end_before(site: &Site, headers: &HeaderMap) {
    if let Err(refused) = site.agency.sign_out(&visitor_of(headers)).await {
        tracing::warn!(error = %refused, "a session was not ended");
    }
}

/// Who decides tasks begins at the inbox, who only administers at the report, who only audits at the audit trail.
pub(super) async fn first_page(site: &Site, token: &Token) -> &'static str {
    let visitor = Visitor {
        session: Some(token.clone()),
        ..Visitor::default()
    };
    match site.agency.person(&visitor).await {
        Ok(Some(person)) if person.role_names().all(|role| role == ADMINISTRATOR) => "/admin",
        // Of the whole house; whoever audits some workflows only begins at their cases.
        Ok(Some(person)) if person.roles.iter().all(|role| role == AUDITOR) => "/admin/audit",
        Ok(Some(person)) if person.role_names().all(|role| role == AUDITOR) => "/admin",
        _ => "/inbox",
    }
}

/// Which sessions to end.
#[derive(Deserialize)]
pub(in super::super) struct SignOut {
    #[serde(default)]
    everywhere: String,
}

/// Ends the session, or all of the person's. The cookie goes even when the server cannot be reached.
pub(in super::super) async fn sign_out(
    State(site): State<Site>,
    parts: Parts,
    Form(form): Form<SignOut>,
) -> Response {
    let visitor = visitor_of(&parts.headers);
    let ended = match form.everywhere.as_str() {
        "yes" => match site.agency.sign_out_everywhere(&visitor).await {
            // Whoever has no session any more has none anywhere by this cookie.
            Ok(()) | Err(Refused::SignIn) => Ok(()),
            Err(refused) => return account_page(&site, parts, &refused).await,
        },
        _ => site.agency.sign_out(&visitor).await,
    };
    if let Err(refused) = ended {
        tracing::warn!(error = %refused, "a session was not ended");
    }
    leave(lead_on("/"), SESSION_COOKIE, None)
}

/// Lets the sign-in last, for a browser without scripts, and shows until when.
pub(in super::super) async fn stay(State(site): State<Site>, parts: Parts) -> Response {
    let visitor = visitor_of(&parts.headers);
    match site.agency.stay(&visitor).await {
        Ok(_) => lead_on("/account"),
        Err(refused) => account_page(&site, parts, &refused).await,
    }
}

/// The person's own page, with the status of why something was not done there.
async fn account_page(site: &Site, mut parts: Parts, refused: &Refused) -> Response {
    parts.uri = Uri::from_static("/account");
    site.again(parts, (), Some(refused)).await
}

//! Signing in and out.

use axum::extract::{Form, State};
use axum::http::request::Parts;
use axum::response::Response;
use hms_app::agency::{SESSION_COOKIE, Token, Visitor};
use hms_app::functions::visitor_of;
use hms_app::posted::SignInPosted;
use serde::Deserialize;

use super::super::site::Site;
use super::{lead_on, leave, own};

/// The sign-in form. No `Debug`: it holds a password.
#[derive(Deserialize)]
pub(in super::super) struct SignIn {
    #[serde(default)]
    email: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    next: String,
}

/// Signs in and leads to where the person wanted to go, or to the first page of their role.
pub(in super::super) async fn sign_in(
    State(site): State<Site>,
    parts: Parts,
    Form(form): Form<SignIn>,
) -> Response {
    match site.agency.sign_in(form.email.trim(), &form.password).await {
        Ok(token) => {
            let address = match own(&form.next) {
                Some(next) => next.to_owned(),
                None => first_page(&site, &token).await.to_owned(),
            };
            leave(lead_on(&address), SESSION_COOKIE, Some(&token))
        }
        Err(refused) => {
            let left = SignInPosted {
                email: form.email,
                next: form.next,
                refused: Some(refused.clone()),
            };
            site.again(parts, left, Some(&refused)).await
        }
    }
}

/// Who decides tasks begins at the inbox, who only administers at the report.
async fn first_page(site: &Site, token: &Token) -> &'static str {
    let visitor = Visitor {
        session: Some(token.clone()),
        ..Visitor::default()
    };
    match site.agency.person(&visitor).await {
        Ok(Some(person)) if person.roles.iter().all(|role| role == "administrator") => "/admin",
        _ => "/inbox",
    }
}

/// Ends the session. The cookie goes even when the server cannot be reached.
pub(in super::super) async fn sign_out(State(site): State<Site>, parts: Parts) -> Response {
    let visitor = visitor_of(&parts.headers);
    if let Err(refused) = site.agency.sign_out(&visitor).await {
        tracing::warn!(error = %refused, "a session was not ended");
    }
    leave(lead_on("/"), SESSION_COOKIE, None)
}

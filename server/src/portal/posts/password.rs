//! Asks for a link to another password, and sets one by a link.

use axum::extract::{Form, State};
use axum::http::request::Parts;
use axum::response::Response;
use hms_app::agency::{Refused, SESSION_COOKIE};
use hms_app::posted::{ForgotPosted, PasswordPosted};
use serde::Deserialize;

use super::super::site::Site;
use super::{lead_on, leave};

#[derive(Deserialize)]
pub(in super::super) struct Forgot {
    #[serde(default)]
    email: String,
}

/// Takes the request; what is shown does not tell whether there is such an account.
pub(in super::super) async fn forgot(
    State(site): State<Site>,
    parts: Parts,
    Form(form): Form<Forgot>,
) -> Response {
    let email = form.email.trim().to_owned();
    let asked = match email.contains('@') {
        true => site.agency.ask_reset(&email).await,
        false => Err(Refused::Form(vec![])),
    };
    let refused = asked.err();
    let left = ForgotPosted {
        email,
        asked: refused.is_none(),
        refused: refused.clone(),
    };
    site.again(parts, left, refused.as_ref()).await
}

/// The form that sets a password. No `Debug`: it holds one.
#[derive(Deserialize)]
pub(in super::super) struct Set {
    #[serde(default)]
    word: String,
    #[serde(default)]
    password: String,
}

/// Sets the password and leads to the sign-in. Nobody is signed in by a link alone.
pub(in super::super) async fn set(
    State(site): State<Site>,
    parts: Parts,
    Form(form): Form<Set>,
) -> Response {
    let mut left = PasswordPosted {
        word: form.word,
        ..PasswordPosted::default()
    };
    match site.agency.set_password(&left.word, &form.password).await {
        // The person's sessions ended; a cookie of one that was open here is of no use.
        Ok(Ok(())) => return leave(lead_on("/sign-in?password=set"), SESSION_COOKIE, None),
        Ok(Err(fault)) => {
            left.fault = Some(fault);
            left.refused = Some(Refused::Form(vec![]));
        }
        Err(refused) => left.refused = Some(refused),
    }
    let refused = left.refused.clone();
    site.again(parts, left, refused.as_ref()).await
}

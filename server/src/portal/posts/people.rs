//! Invites people and changes their accounts.

use axum::extract::{Form, Path, State};
use axum::http::request::Parts;
use axum::response::Response;
use hms_app::agency::Refused;
use hms_app::functions::{known, visitor_of};
use hms_app::posted::{AccountPosted, InvitePosted};
use hms_app::views::{AccountAct, Invitation, Pairs};
use uuid::Uuid;

use super::super::site::Site;
use super::lead_on;

fn control(pairs: &Pairs, name: &str) -> String {
    let found = pairs.iter().find(|(known, _)| known == name);
    found.map_or_else(String::new, |(_, value)| value.trim().to_owned())
}

fn roles(pairs: &Pairs) -> Vec<String> {
    let chosen = pairs.iter().filter(|(name, _)| name == "role");
    chosen.map(|(_, role)| role.clone()).collect()
}

/// Adds a person and leads to their page.
pub(in super::super) async fn invite(
    State(site): State<Site>,
    parts: Parts,
    Form(pairs): Form<Pairs>,
) -> Response {
    let visitor = visitor_of(&parts.headers);
    let invitation = Invitation {
        email: control(&pairs, "email"),
        name: control(&pairs, "name"),
        roles: roles(&pairs),
        language: known(&control(&pairs, "language")).unwrap_or_default(),
    };
    let mut left = InvitePosted {
        invitation: invitation.clone(),
        ..InvitePosted::default()
    };
    match site.agency.invite(&visitor, invitation).await {
        Ok(Ok(id)) => return lead_on(&format!("/admin/people/{id}")),
        Ok(Err(faults)) => {
            left.faults = faults;
            left.refused = Some(Refused::Form(vec![]));
        }
        Err(refused) => left.refused = Some(refused),
    }
    let refused = left.refused.clone();
    site.again(parts, left, refused.as_ref()).await
}

/// A button of a person's page was pressed.
pub(in super::super) async fn act(
    State(site): State<Site>,
    Path(id): Path<Uuid>,
    parts: Parts,
    Form(pairs): Form<Pairs>,
) -> Response {
    let visitor = visitor_of(&parts.headers);
    let act = match control(&pairs, "act").as_str() {
        "roles" => Some(AccountAct::Roles(roles(&pairs))),
        "disable" => Some(AccountAct::Disable),
        "enable" => Some(AccountAct::Enable),
        "end-sessions" => Some(AccountAct::EndSessions),
        "send-link" => Some(AccountAct::SendLink),
        "end-second-step" => Some(AccountAct::EndSecondStep),
        _ => None,
    };
    let done = match act {
        Some(act) => site.agency.change_account(&visitor, id, act).await,
        None => Err(Refused::NotFound),
    };
    match done {
        Ok(()) => lead_on(&format!("/admin/people/{id}")),
        Err(refused) => {
            let left = AccountPosted {
                no_role: matches!(refused, Refused::Form(_)),
                refused: Some(refused.clone()),
            };
            site.again(parts, left, Some(&refused)).await
        }
    }
}

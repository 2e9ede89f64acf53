//! The form of a public service: checked, sent, and its page shown again when that did not work.

use axum::extract::{Form, Path, State};
use axum::http::HeaderValue;
use axum::http::header::CACHE_CONTROL;
use axum::http::request::Parts;
use axum::response::Response;
use hms_app::agency::{REPORTER_COOKIE, Refused};
use hms_app::functions::visitor_of;
use hms_app::journey::Confirmation;
use hms_app::views::{Fault, Pairs, ServiceDraft, ServiceForm, typed_in};
use uuid::Uuid;

use super::super::site::Site;
use super::leave;

/// The form was sent.
pub(in super::super) async fn send(
    State(site): State<Site>,
    Path(slug): Path<String>,
    parts: Parts,
    Form(pairs): Form<Pairs>,
) -> Response {
    let language = visitor_of(&parts.headers).language;
    let control = |name: &str| {
        let found = pairs.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    };
    let mut form = match site
        .agency
        .service_form(&slug, language, typed_in(&pairs, ""))
    {
        Ok(form) => form,
        // There is no form to show again; its address says so.
        Err(refused) => return site.again(parts, (), Some(&refused)).await,
    };
    if let Some(draft) = control(".draft").and_then(|draft| draft.parse::<Uuid>().ok()) {
        form.draft = draft;
    }
    let before: Option<Vec<&str>> = control(".asked").map(|ids| ids.split(' ').collect());
    let was_asked = |id: &str| before.as_ref().is_none_or(|before| before.contains(&id));
    let more = form.fields().any(|one| !was_asked(&one.field.id));
    form.more = more;
    // What was not asked for yet cannot have been answered wrongly.
    let faults = form.check().into_iter();
    form.faults = faults.filter(|fault| was_asked(&fault.field)).collect();
    if form.more || !form.faults.is_empty() {
        let refused = Refused::Form(form.faults.clone());
        return again(site, parts, form, &refused).await;
    }
    let draft = ServiceDraft {
        id: form.draft,
        slug,
        typed: form.typed.clone(),
        language,
    };
    match site.agency.file_to_service(draft).await {
        Ok(filed) => {
            form.sent = Some(Confirmation {
                number: filed.number,
                receipt: filed.receipt,
                unsaved: false,
            });
            let page = site.again(parts, form, None).await;
            leave(page, REPORTER_COOKIE, Some(&filed.token))
        }
        Err(refused) => {
            match &refused {
                Refused::Form(faults) if shown(&form, faults) => form.faults.clone_from(faults),
                other => form.trouble = Some(other.clone()),
            }
            again(site, parts, form, &refused).await
        }
    }
}

/// Whether at least one of the faults has its field on the page.
fn shown(form: &ServiceForm, faults: &[Fault]) -> bool {
    form.fields()
        .any(|one| faults.iter().any(|fault| fault.field == one.field.id))
}

/// The form with what was typed. The browser's own Back works on it.
async fn again(site: Site, parts: Parts, form: ServiceForm, refused: &Refused) -> Response {
    let mut page = site.again(parts, form, Some(refused)).await;
    page.headers_mut()
        .insert(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    page
}

//! The form of a public service: checked, sent, and its page shown again when that did not work.

use axum::extract::{Path, State};
use axum::http::HeaderValue;
use axum::http::header::CACHE_CONTROL;
use axum::http::request::Parts;
use axum::response::Response;
use hms_app::agency::{REPORTER_COOKIE, Refused};
use hms_app::functions::visitor_of;
use hms_app::journey::Confirmation;
use hms_app::views::{Fault, FileOf, Pairs, ServiceDraft, ServiceForm, TakenForm, typed_in};
use uuid::Uuid;

use super::super::multipart::FormPost;
use super::super::site::Site;
use super::leave;

/// The form was sent.
pub(in super::super) async fn send(
    State(site): State<Site>,
    Path(slug): Path<String>,
    parts: Parts,
    sent: FormPost,
) -> Response {
    let visitor = visitor_of(&parts.headers);
    let language = visitor.language;
    let draft = control(&sent.form.pairs, ".draft").and_then(|draft| draft.parse::<Uuid>().ok());
    let draft = draft.unwrap_or_else(|| site.agency.new_draft());
    let of = FileOf::Draft {
        slug: slug.clone(),
        draft,
    };
    let taken = site.agency.take_files(&visitor, &of, sent.form).await;
    let TakenForm {
        pairs,
        faults: of_files,
    } = match taken {
        Ok(taken) => taken,
        // There is no form to show again; its address says so.
        Err(refused) => return site.again(parts, (), Some(&refused)).await,
    };
    let mut form = match site
        .agency
        .service_form(&slug, language, typed_in(&pairs, ""))
    {
        Ok(form) => form,
        // There is no form to show again; its address says so.
        Err(refused) => return site.again(parts, (), Some(&refused)).await,
    };
    form.draft = draft;
    let before: Option<Vec<&str>> = control(&pairs, ".asked").map(|ids| ids.split(' ').collect());
    let was_asked = |id: &str| before.as_ref().is_none_or(|before| before.contains(&id));
    let more = form.fields().any(|one| !was_asked(&one.field.id));
    form.more = more;
    // What was not asked for yet cannot have been answered wrongly.
    let faults = form.check().into_iter();
    form.faults = faults.filter(|fault| was_asked(&fault.field)).collect();
    tell_of_files(&mut form, of_files);
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

/// Adds what is wrong with the files that were not kept, in the order of the form. Why a file is missing
/// says more than that it is.
fn tell_of_files(form: &mut ServiceForm, of_files: Vec<Fault>) {
    let order: Vec<String> = form.fields().map(|one| one.field.id.clone()).collect();
    let place = |fault: &Fault| order.iter().position(|id| *id == fault.field);
    for fault in of_files {
        form.faults.retain(|other| other.field != fault.field);
        form.faults.extend(place(&fault).map(|_| fault));
    }
    form.faults.sort_by_key(place);
}

/// The value of a control.
fn control<'p>(pairs: &'p Pairs, name: &str) -> Option<&'p str> {
    let found = pairs.iter().find(|(known, _)| known == name);
    found.map(|(_, value)| value.as_str())
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

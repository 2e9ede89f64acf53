//! A whole page that says why it is not the page asked for.

use chrono::TimeDelta;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_url;

use super::archived::Archived;
use super::page_words;
use crate::agency::Refused;

/// Says why, what to do, and sets the answer's status. Somebody who has to sign in first is led there.
#[component]
pub(crate) fn Refusal(refused: Refused) -> impl IntoView {
    let words = page_words();
    let texts = &words.refusal;
    let sign_in = sign_in_address();
    answer_with(&refused, &sign_in);
    if let Refused::MovedOut(case) = &refused
        && let Some(at) = case.archived.clone()
    {
        return view! { <Archived case=case.clone() at/> }.into_any();
    }
    let (title, text) = match refused {
        Refused::SignIn => (words.site.staff, String::new()),
        Refused::NotAllowed => (texts.not_allowed_title, texts.not_allowed.to_owned()),
        Refused::TooMany(seconds) => {
            let wait = words.when.duration(TimeDelta::seconds(seconds.into()));
            (texts.too_many_title, (texts.too_many)(&wait))
        }
        Refused::NotNow => (texts.not_now_title, texts.not_now.to_owned()),
        Refused::NotKnown => (texts.not_known_title, texts.not_known.to_owned()),
        Refused::NotFound
        | Refused::MovedOut(_)
        | Refused::WrongSecret
        | Refused::Form(_)
        | Refused::Conflict(_) => (texts.not_found_title, texts.not_found.to_owned()),
    };
    let way_on = match refused {
        Refused::SignIn => {
            view! { <a class="usa-button" rel="external" href=sign_in>{words.site.staff}</a> }
                .into_any()
        }
        Refused::NotNow | Refused::NotKnown | Refused::TooMany(_) => {
            view! { <a class="usa-button" rel="external" href="">{texts.again}</a> }.into_any()
        }
        _ => view! { <a rel="external" href="/">{words.site.back_home}</a> }.into_any(),
    };
    view! {
        <Title text=title/>
        <div class="grid-container usa-section">
            <h1 id="page-title" tabindex="-1">{title}</h1>
            <p class="usa-intro">{text}</p>
            <p>{way_on}</p>
        </div>
    }
    .into_any()
}

/// Where to sign in and come back from.
fn sign_in_address() -> String {
    let url = use_url();
    let here = url.with_untracked(|url| {
        let search = url.search();
        if search.is_empty() {
            url.path().to_owned()
        } else {
            format!("{}?{search}", url.path())
        }
    });
    format!("/sign-in?next={}", encoded(&here))
}

/// Percent-encoding for a query value (RFC 3986, 2.3: what is not unreserved is encoded).
pub(crate) fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                encoded.push(char::from(byte));
            }
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

/// Sets the answer's status, or leads to where one signs in.
#[cfg(feature = "ssr")]
pub(crate) fn answer_with(refused: &Refused, sign_in: &str) {
    let Some(answer) = use_context::<leptos_axum::ResponseOptions>() else {
        return;
    };
    if *refused == Refused::SignIn {
        leptos_axum::redirect(sign_in);
    } else {
        answer.set_status(crate::functions::status_code(refused));
    }
}

#[cfg(not(feature = "ssr"))]
pub(crate) fn answer_with(_: &Refused, _: &str) {}

#[cfg(test)]
mod tests {
    use super::encoded;

    #[test]
    fn an_address_fits_into_a_query() {
        assert_eq!(encoded("/inbox?tab=mine"), "/inbox%3Ftab%3Dmine");
        assert_eq!(encoded("/a&next=//evil"), "/a%26next%3D//evil");
        assert_eq!(encoded("é"), "%C3%A9");
    }
}

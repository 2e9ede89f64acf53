//! The API told to programs (`/act/openapi.json`) and to people (`/act/docs`). It is the same at every
//! installation and says nothing about anybody, so it needs no token.

mod calls;
mod document;
mod page;
mod params;

use std::sync::LazyLock;

use axum::http::{HeaderName, HeaderValue, header};
use axum::response::IntoResponse;

static DOCUMENT: LazyLock<String> = LazyLock::new(|| document::document().to_string());
static PAGE: LazyLock<String> = LazyLock::new(|| page::page(&document::document()));

/// Nothing of it changes while the program runs.
const AN_HOUR: (HeaderName, HeaderValue) = (
    header::CACHE_CONTROL,
    HeaderValue::from_static("public, max-age=3600"),
);

/// `GET /openapi.json`: the API as an OpenAPI 3.1 document.
pub(super) async fn json() -> impl IntoResponse {
    let media = HeaderValue::from_static("application/json");
    ([AN_HOUR, (header::CONTENT_TYPE, media)], DOCUMENT.as_str())
}

/// `GET /docs`: the same as a page.
pub(super) async fn docs() -> impl IntoResponse {
    let media = HeaderValue::from_static("text/html; charset=utf-8");
    let policy = HeaderValue::from_static(
        "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    );
    let headers = [
        AN_HOUR,
        (header::CONTENT_TYPE, media),
        (header::CONTENT_SECURITY_POLICY, policy),
    ];
    (headers, PAGE.as_str())
}

/// `GET /docs.css`: how the page looks.
pub(super) async fn style() -> impl IntoResponse {
    let media = HeaderValue::from_static("text/css; charset=utf-8");
    (
        [AN_HOUR, (header::CONTENT_TYPE, media)],
        include_str!("docs.css"),
    )
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::super::access::ACCESS;
    use super::calls::CALLS;
    use super::document::document;

    #[test]
    fn what_is_told_and_what_is_let_in_are_the_same_calls() {
        let told: BTreeSet<_> = CALLS.iter().map(|call| (call.method, call.path)).collect();
        let let_in: BTreeSet<_> = ACCESS
            .iter()
            .map(|(method, path, _)| (*method, *path))
            .collect();
        assert_eq!(told.len(), CALLS.len(), "a call stands there twice");
        let missing: Vec<_> = let_in.symmetric_difference(&told).collect();
        assert!(
            missing.is_empty(),
            "in one of the two tables only: {missing:?}"
        );
    }

    #[test]
    fn every_shape_that_is_named_is_there_and_every_schema_is_one() {
        let document = document();
        let schemas = document["components"]["schemas"].as_object().unwrap();
        let mut named = BTreeSet::new();
        references(&document, &mut named);
        let known: BTreeSet<String> = schemas.keys().cloned().collect();
        assert_eq!(
            named.difference(&known).collect::<Vec<_>>(),
            Vec::<&String>::new()
        );
        assert_eq!(
            known.difference(&named).collect::<Vec<_>>(),
            Vec::<&String>::new()
        );
        for call in CALLS {
            for param in call.query {
                let schema: Value = serde_json::from_str(param.schema).expect(param.name);
                assert!(schema.is_object(), "{}", param.name);
            }
        }
    }

    fn references(value: &Value, named: &mut BTreeSet<String>) {
        match value {
            Value::Object(members) => {
                if let Some(reference) = members.get("$ref").and_then(Value::as_str) {
                    let name = reference.rsplit('/').next().unwrap_or_default();
                    named.insert(name.to_owned());
                }
                members.values().for_each(|value| references(value, named));
            }
            Value::Array(items) => items.iter().for_each(|value| references(value, named)),
            _ => {}
        }
    }
}

//! The language as a JSON Schema, for editors. It goes through the very keys that the readers take, so
//! one that is read is in it; what each takes stands in [`shapes`].

mod shapes;

use serde_json::{Map, Value, json};

use super::{draft, form, portal, retention, retry, rungs, sla, switch, top};

/// The schema (2020-12) of a definition. It knows the form of each value; what only the whole file
/// tells (targets, expressions, circles) is for `hms check` to say.
pub fn schema() -> Value {
    let mut definitions = shapes::shared();
    let mut types = Vec::new();
    for (kind, keys) in draft::TYPES {
        let keys = draft::SHARED.iter().chain(*keys);
        definitions.insert((*kind).to_owned(), mapping(kind, keys));
        types.push(json!({
            // Without a type it is a task: a key that is not there is no contradiction.
            "if": if *kind == draft::DEFAULT_TYPE {
                json!({"properties": {"type": {"const": kind}}})
            } else {
                json!({"properties": {"type": {"const": kind}}, "required": ["type"]})
            },
            "then": reference(kind),
        }));
    }
    let names: Vec<&str> = draft::TYPES.iter().map(|(kind, _)| *kind).collect();
    definitions.insert(
        "step".to_owned(),
        json!({
            "type": "object",
            "required": ["id"],
            "properties": {"type": {"enum": names}},
            "allOf": types,
        }),
    );
    definitions.insert("retries".to_owned(), mapping("retries", retry::KEYS));
    definitions.insert("budget".to_owned(), mapping("budget", sla::KEYS));
    definitions.insert("patience".to_owned(), mapping("patience", sla::WAIT_KEYS));
    definitions.insert("rung".to_owned(), mapping("rung", rungs::KEYS));
    definitions.insert(
        "condition".to_owned(),
        mapping("condition", switch::CONDITION),
    );
    definitions.insert("field".to_owned(), mapping("field", form::KEYS));
    definitions.insert("portal".to_owned(), mapping("portal", portal::KEYS));
    definitions.insert("page".to_owned(), mapping("page", portal::PAGE_KEYS));
    definitions.insert(
        "retention".to_owned(),
        mapping("retention", retention::KEYS),
    );
    let mut schema = mapping("workflow", top::KEYS);
    schema["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
    schema["title"] = json!("A workflow of HMS");
    schema["$defs"] = Value::Object(definitions);
    schema
}

/// A mapping of these keys and no other.
fn mapping<'k>(owner: &str, keys: impl IntoIterator<Item = &'k &'k str>) -> Value {
    let keys = keys.into_iter().map(|key| {
        let mut shape = shapes::of(owner, key);
        if let Some(about) = shapes::about(owner, key) {
            shape["description"] = json!(about);
        }
        ((*key).to_owned(), shape)
    });
    let keys: Map<String, Value> = keys.collect();
    let mut mapping = json!({
        "type": "object",
        "properties": keys,
        "additionalProperties": false,
    });
    if let (Value::Object(mapping), Value::Object(needed)) = (&mut mapping, shapes::needed(owner)) {
        mapping.extend(needed);
    }
    mapping
}

fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/$defs/{name}")})
}

//! JSON Schemas in definitions: `input` and `output`.

use insta::assert_snapshot;
use serde_json::json;

use super::{loaded, mistakes};

fn with_input(input: &str) -> String {
    format!("id: W\nstart: E\ninput: {input}\nsteps: [{{ id: a, actor: AI:x }}]\n")
}

#[test]
fn what_is_no_schema_is_told_where() {
    assert_snapshot!(mistakes(&with_input("text")), @r#"
    3:8: error[HMS060]: "input" is a JSON Schema, and here is a text
        write a schema, like input: { type: object, required: [text] }
    "#);
    assert_snapshot!(mistakes(&with_input("{ type: objekt }")), @r#"
    3:16: error[HMS060]: there is no type "objekt"
        did you mean "object"?
    "#);
    assert_snapshot!(mistakes(&with_input(
        "{ type: object, properties: { lost: { minimum: 'much' }, text: { type: string, maxLength: -1 } } }"
    )), @r#"
    3:55: error[HMS060]: this is no JSON Schema: "much" is not of type "number"
        see json-schema.org, version 2020-12
    "#);
    assert_snapshot!(mistakes(&with_input("{ properties: { zip: { pattern: '[0-9' } } }")), @r#"
    3:40: error[HMS060]: this is no JSON Schema: "[0-9" is not a "regex"
        see json-schema.org, version 2020-12
    "#);
    assert_snapshot!(mistakes(&with_input("{ required: text }")), @r#"
    3:20: error[HMS060]: this is no JSON Schema: "text" is not of type "array"
        see json-schema.org, version 2020-12
    "#);
    assert_snapshot!(mistakes(&with_input("{ $schema: 'http://json-schema.org/draft-07/schema#' }")), @r#"
    3:19: error[HMS060]: this schema is of another version of JSON Schema
        leave it out, or write "https://json-schema.org/draft/2020-12/schema"
    "#);
}

#[test]
fn nothing_is_fetched_and_what_is_referred_to_must_be_there() {
    assert_snapshot!(mistakes(&with_input("{ $ref: 'https://example.org/schema.json' }")), @r#"
    3:16: error[HMS061]: "https://example.org/schema.json" is outside of this schema
        put it under "$defs" and refer to it like #/$defs/address
    "#);
    assert_snapshot!(mistakes(&with_input("{ properties: { a: { $ref: 'file:///etc/passwd' } } }")), @r#"
    3:35: error[HMS061]: "file:///etc/passwd" is outside of this schema
        put it under "$defs" and refer to it like #/$defs/address
    "#);
    assert_snapshot!(mistakes(&with_input("{ $id: 'https://example.org/', type: object }")), @r#"
    3:10: error[HMS061]: a schema in a definition has no address of its own
        take "$id" out and refer to it like #/$defs/address
    "#);
    assert_snapshot!(mistakes(&with_input(
        "{ $defs: { adress: { type: string } }, properties: { a: { $ref: '#/$defs/address' } } }"
    )), @r##"
    3:72: error[HMS061]: there is nothing at "#/$defs/address"
        put it under "$defs" and refer to it like #/$defs/address
    "##);
    assert_snapshot!(mistakes(&with_input("{ properties: { a: { $ref: '#nowhere' } } }")), @r"
    3:8: error[HMS060]: this is no JSON Schema: Anchor 'nowhere' does not exist
        see json-schema.org, version 2020-12
    ");
    // Names of properties and examples of values are no references.
    assert_snapshot!(mistakes(&with_input(
        "{ properties: { $ref: { type: string }, $id: true, enum: {} }, default: { $ref: 'x:y' } }"
    )), @"it loads");
}

#[test]
fn a_schema_has_a_limit() {
    let many: Vec<String> = (0..2_000)
        .map(|n| format!("p{n}: {{ type: string }}"))
        .collect();
    assert_snapshot!(mistakes(&with_input(&format!("{{ properties: {{ {} }} }}", many.join(", ")))), @r"
    3:8: error[HMS062]: this schema holds 8003 values, the limit is 5000
        say less about each value
    ");
}

#[test]
fn faults_name_their_places_and_not_the_values() {
    let workflow = loaded(&with_input(
        "{ type: object, required: [text, a/b], additionalProperties: false, properties: { \
           text: { type: string, minLength: 2 }, a/b: {}, at: { type: string, format: date }, \
           lost: { type: [number, 'null'], minimum: 0 }, kind: { enum: [spam, scam] }, \
           zip: { pattern: '^[0-9]{5}$' }, parts: { type: array, uniqueItems: true, items: { $ref: '#/$defs/part' } } }, \
           $defs: { part: { type: object, properties: { parts: { type: array, items: { $ref: '#/$defs/part' } } } } } }",
    ))
    .workflow;
    let good = json!({"text": "Hello", "a/b": 1, "at": "2024-05-14", "lost": null, "kind": "spam", "zip": "80202",
        "parts": [{"parts": [{}]}]});
    assert_eq!(workflow.input_faults(&good), []);
    let bad = json!({"text": "S", "at": "Secret day", "lost": -12345, "kind": "Secret kind", "zip": "Secret zip",
        "parts": [{"parts": ["Secret"]}, {}, {}], "extra": "Secret"});
    let told: Vec<String> = workflow
        .input_faults(&bad)
        .into_iter()
        .map(|fault| format!("{} – {}", fault.pointer, fault.detail))
        .collect();
    let told = told.join("\n");
    assert!(
        !told.contains("Secret") && !told.contains("12345"),
        "{told}"
    );
    assert_snapshot!(told, @r#"
     – Additional properties are not allowed ('extra' was unexpected)
    /at – the value is not a "date"
    /a~1b – "a/b" is missing
    /kind – the value is not one of "spam" or "scam"
    /lost – the value is less than the minimum of 0
    /parts – the value has non-unique elements
    /parts/0/parts/0 – the value is not of type "object"
    /text – the value is shorter than 2 characters
    /zip – the value does not match "^[0-9]{5}$"
    "#);
    assert_eq!(workflow.input_faults(&json!([])).len(), 1);
}

#[test]
fn a_schema_that_leads_into_itself_ends() {
    for schema in [
        "{ $ref: '#' }",
        "{ allOf: [{ $ref: '#' }] }",
        "{ $ref: '#/$defs/a', $defs: { a: { anyOf: [{ $ref: '#/$defs/b' }] }, b: { not: { $ref: '#/$defs/a' } } } }",
        "{ if: { $ref: '#' }, then: { $ref: '#' }, else: { $ref: '#' } }",
        "{ properties: { a: { $ref: '#' } }, unevaluatedProperties: false }",
    ] {
        if let Ok(parsed) = hms_engine::Workflow::parse(&with_input(schema)) {
            let value = json!({"a": {"a": {"a": {}}}, "b": 1});
            let _ = parsed.workflow.input_faults(&value);
        }
    }
}

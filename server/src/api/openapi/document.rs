//! The API as an OpenAPI 3.1 document.

use axum::http::Method;
use serde_json::{Map, Value, json};

use super::super::access::{self, Needs};
use super::super::problem::{KINDS, PROBLEM_JSON};
use super::calls::{CALLS, Call, Gives, Must};

const SCHEMAS: &str = include_str!("schemas.json");
const ABOUT: &str = "Events come in, tasks go out, runs and definitions are read and changed. Every refusal is an RFC \
    9457 problem that says what is wrong and what would be right. Times are RFC 3339 UTC, in workflow time; durations \
    in requests are of the wall clock. Unknown query parameters and members are refused. Calls on /events, /tasks, \
    /workers and /runs are also there without /act.";

/// The document.
pub(super) fn document() -> Value {
    let mut paths = Map::new();
    for call in CALLS {
        let at = paths.entry(call.path).or_insert_with(|| json!({}));
        at[call.method.to_ascii_lowercase()] = operation(call);
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "HMS-ACT",
            "version": env!("CARGO_PKG_VERSION"),
            "description": ABOUT,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/act"}],
        "paths": paths,
        "components": {
            "schemas": schemas(),
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A token made with `hms token create`. The demonstration asks for none.",
                },
            },
        },
    })
}

fn schemas() -> Value {
    // It is our own file, and a test reads it.
    let mut schemas: Value = serde_json::from_str(SCHEMAS).unwrap_or_default();
    let codes = KINDS
        .iter()
        .map(|kind| format!("/act/problems/{}", kind.parts().0));
    schemas["Problem"]["properties"]["type"]["enum"] = codes.collect();
    schemas
}

fn operation(call: &Call) -> Value {
    let needs = needs(call);
    let mut operation = json!({
        "operationId": name(call),
        "tags": [call.group],
        "summary": call.does,
        "description": format!("Needs {}.", needs.wanted()),
        "responses": responses(call.gives),
    });
    if needs == Needs::Nothing {
        operation["description"] = json!("Needs no token.");
    } else {
        operation["security"] = json!([{"token": []}]);
    }
    let parameters = parameters(call);
    if !parameters.is_empty() {
        operation["parameters"] = parameters.into();
    }
    if !call.takes.0.is_empty() {
        let content: Map<String, Value> = call
            .takes
            .0
            .iter()
            .map(|(media, schema)| ((*media).to_owned(), content(schema)))
            .collect();
        operation["requestBody"] = json!({
            "required": call.takes.1 == Must::Be,
            "content": content,
        });
    }
    operation
}

/// What a call needs. One that stands in no row of the table is for nobody, and a test says so.
pub(super) fn needs(call: &Call) -> Needs {
    let method = if call.method == "GET" {
        Method::GET
    } else {
        Method::POST
    };
    access::needs(&method, call.path).unwrap_or(Needs::Token)
}

/// `get_runs_id_history`.
fn name(call: &Call) -> String {
    let path = call.path.replace(['{', '}'], "").replace(['/', '.'], "_");
    format!("{}{path}", call.method.to_ascii_lowercase())
}

fn parameters(call: &Call) -> Vec<Value> {
    let mut parameters = Vec::new();
    if call.path.contains("{id}") {
        let named = call.path.starts_with("/workflows") || call.path.starts_with("/calendars");
        let schema = match named {
            true => json!({"type": "string", "minLength": 1, "maxLength": 64}),
            false => json!({"type": "string", "format": "uuid"}),
        };
        parameters.push(json!({"name": "id", "in": "path", "required": true, "schema": schema}));
    }
    for param in call.query {
        // Written by us, and read by a test.
        let schema: Value = serde_json::from_str(param.schema).unwrap_or_default();
        parameters.push(json!({
            "name": param.name,
            "in": "query",
            "required": param.needed,
            "description": param.says,
            "schema": schema,
        }));
    }
    parameters
}

fn responses(gives: &[Gives]) -> Value {
    let mut responses = Map::new();
    for Gives(status, media, schema) in gives {
        let answer = responses
            .entry(status.to_string())
            .or_insert_with(|| json!({"description": meaning(*status)}));
        if !media.is_empty() {
            answer["content"][*media] = content(schema);
        }
    }
    responses.insert(
        "default".to_owned(),
        json!({
            "description": "What went wrong.",
            "content": {PROBLEM_JSON: content("Problem")},
        }),
    );
    Value::Object(responses)
}

fn content(schema: &str) -> Value {
    json!({"schema": {"$ref": format!("#/components/schemas/{schema}")}})
}

fn meaning(status: u16) -> &'static str {
    match status {
        201 => "Made, and kept.",
        202 => "Accepted, and kept.",
        204 => "Done.",
        _ => "As asked.",
    }
}

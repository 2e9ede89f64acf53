//! The document as a page: no scripts, nothing from elsewhere.

use std::fmt::Write;

use serde_json::Value;

use super::super::access::Needs;
use super::calls::{CALLS, Call};
use super::document::needs;

/// The page.
pub(super) fn page(document: &Value) -> String {
    let mut groups: Vec<&str> = Vec::new();
    for call in CALLS {
        if !groups.contains(&call.group) {
            groups.push(call.group);
        }
    }
    let mut body = String::new();
    for group in &groups {
        let _ = write!(
            body,
            "<section aria-labelledby=\"{0}\"><h2 id=\"{0}\">{1}</h2>",
            anchor(group),
            escaped(group)
        );
        for call in CALLS.iter().filter(|call| call.group == *group) {
            one(&mut body, call, document);
        }
        body.push_str("</section>");
    }
    body.push_str("<section aria-labelledby=\"shapes\"><h2 id=\"shapes\">Shapes</h2>");
    if let Some(schemas) = document["components"]["schemas"].as_object() {
        for (name, schema) in schemas {
            let text = serde_json::to_string_pretty(schema).unwrap_or_default();
            let _ = write!(
                body,
                "<h3 id=\"shape-{0}\">{0}</h3><pre tabindex=\"0\"><code>{1}</code></pre>",
                escaped(name),
                escaped(&text)
            );
        }
    }
    body.push_str("</section>");
    let mut links = String::new();
    for group in groups.iter().chain(&["Shapes"]) {
        let _ = write!(
            links,
            "<li><a href=\"#{}\">{}</a></li>",
            anchor(group),
            escaped(group)
        );
    }
    let about = escaped(document["info"]["description"].as_str().unwrap_or_default());
    format!(
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>The HTTP API of HMS-ACT</title><link rel=\"stylesheet\" href=\"docs.css\"></head><body>\
         <header><h1>The HTTP API</h1><p>{about}</p><p>For programs: <a href=\"openapi.json\">openapi.json</a></p>\
         <nav aria-label=\"Contents\"><ul>{links}</ul></nav></header><main>{body}</main></body></html>"
    )
}

fn one(body: &mut String, call: &Call, document: &Value) {
    let operation = &document["paths"][call.path][call.method.to_ascii_lowercase()];
    let _ = write!(
        body,
        "<article><h3><span class=\"method\">{}</span> <code>/act{}</code></h3><p>{}</p>",
        call.method,
        escaped(call.path),
        escaped(call.does)
    );
    if needs(call) != Needs::Nothing {
        let told = operation["description"].as_str().unwrap_or_default();
        let _ = write!(body, "<p class=\"needs\">{}</p>", escaped(told));
    }
    if !call.query.is_empty() {
        body.push_str("<dl>");
        for param in call.query {
            let needed = if param.needed { " (needed)" } else { "" };
            let _ = write!(
                body,
                "<dt><code>{}</code>{needed}</dt><dd>{}</dd>",
                param.name,
                escaped(param.says)
            );
        }
        body.push_str("</dl>");
    }
    let takes = call
        .takes
        .0
        .iter()
        .map(|(media, schema)| (None, *media, *schema));
    let gives = call
        .gives
        .iter()
        .map(|given| (Some(given.0), given.1, given.2));
    body.push_str("<ul>");
    for (status, media, schema) in takes.chain(gives) {
        let what = match status {
            None => "Takes".to_owned(),
            Some(status) => format!("Gives {status}"),
        };
        let _ = match schema {
            "" => write!(body, "<li>{what}</li>"),
            _ => write!(
                body,
                "<li>{what}: <a href=\"#shape-{schema}\">{schema}</a> <span class=\"media\">{}</span></li>",
                escaped(media)
            ),
        };
    }
    body.push_str("</ul></article>");
}

fn anchor(group: &str) -> String {
    group.to_ascii_lowercase().replace(' ', "-")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

//! A JSON Schema written into a definition.

use super::fields::clip;
use super::nearest::did_you_mean;
use super::pointer;
use super::report::Report;
use super::tree::{Node, NodeKind};
use super::value;
use crate::Schema;

/// Most values in a schema, its keys counted too.
const VALUES_MAX: usize = 5_000;
/// Whatever stands under these keys is an example of a value and no schema.
const VALUES: [&str; 4] = ["const", "default", "enum", "examples"];
/// What stands under these keys are schemas by names of any kind.
const NAMED: [&str; 4] = [
    "$defs",
    "dependentSchemas",
    "patternProperties",
    "properties",
];
const TYPES: [&str; 7] = [
    "array", "boolean", "integer", "null", "number", "object", "string",
];
const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";

/// The schema written here; what is wrong with it is told at its place.
pub(super) fn read(node: &Node, key: &str, report: &mut Report) -> Option<Schema> {
    let NodeKind::Mapping(_) = node.kind else {
        report.error(
            "HMS060",
            node.place,
            format!("\"{key}\" is a JSON Schema, and here is {}", node.what()),
            Some(format!(
                "write a schema, like {key}: {{ type: object, required: [text] }}"
            )),
        );
        return None;
    };
    let values = node.count();
    if values > VALUES_MAX {
        report.error(
            "HMS062",
            node.place,
            format!("this schema holds {values} values, the limit is {VALUES_MAX}"),
            Some("say less about each value".into()),
        );
        return None;
    }
    let before = report.errors();
    references(node, node, report);
    if report.errors() > before {
        return None;
    }
    match Schema::compile(value::json(node)) {
        Ok(schema) => Some(schema),
        Err(bad) => {
            let wrong = pointer::at(node, &bad.pointer);
            let (message, help) = match (&wrong.kind, bad.pointer.ends_with("/type")) {
                (NodeKind::Scalar(scalar), true) => (
                    format!("there is no type \"{}\"", clip(&scalar.text)),
                    did_you_mean(&scalar.text, TYPES)
                        .unwrap_or_else(|| format!("the types are {}", TYPES.join(", "))),
                ),
                _ => (
                    format!("this is no JSON Schema: {}", clip_message(&bad.message)),
                    "see json-schema.org, version 2020-12".into(),
                ),
            };
            report.error("HMS060", wrong.place, message, Some(help));
            None
        }
    }
}

/// Nothing is fetched: what a schema refers to stands in it.
fn references(node: &Node, root: &Node, report: &mut Report) {
    match &node.kind {
        NodeKind::Scalar(_) => {}
        NodeKind::List(items) => items.iter().for_each(|item| references(item, root, report)),
        NodeKind::Mapping(entries) => {
            for (key, node) in entries {
                let word = match &node.kind {
                    NodeKind::Scalar(scalar) => scalar.text.as_str(),
                    _ => "",
                };
                match key.text.as_str() {
                    known if VALUES.contains(&known) => {}
                    known if NAMED.contains(&known) => {
                        named(node).for_each(|node| references(node, root, report));
                    }
                    "$schema" if word.trim_end_matches('#') != DIALECT => report.error(
                        "HMS060",
                        node.place,
                        "this schema is of another version of JSON Schema".into(),
                        Some(format!("leave it out, or write \"{DIALECT}\"")),
                    ),
                    "$id" => report.error(
                        "HMS061",
                        key.place,
                        "a schema in a definition has no address of its own".into(),
                        Some("take \"$id\" out and refer to it like #/$defs/address".into()),
                    ),
                    "$ref" | "$dynamicRef" if !word.is_empty() => refers(word, node, root, report),
                    _ => references(node, root, report),
                }
            }
        }
    }
}

fn named(node: &Node) -> impl Iterator<Item = &Node> {
    let entries = match &node.kind {
        NodeKind::Mapping(entries) => &entries[..],
        _ => &[],
    };
    entries.iter().map(|(_, node)| node)
}

fn refers(word: &str, node: &Node, root: &Node, report: &mut Report) {
    let message = match word.strip_prefix('#') {
        None => format!("\"{}\" is outside of this schema", clip(word)),
        // A name given by $anchor or $dynamicAnchor is found when the schema is compiled.
        Some(way) if !way.starts_with('/') || pointer::leads(root, way) => return,
        Some(_) => format!("there is nothing at \"{}\"", clip(word)),
    };
    report.error(
        "HMS061",
        node.place,
        message,
        Some("put it under \"$defs\" and refer to it like #/$defs/address".into()),
    );
}

/// The compiler's message, without the whole schema it may repeat.
fn clip_message(message: &str) -> String {
    const CHARS: usize = 200;
    let line = message.lines().next().unwrap_or_default();
    if line.chars().count() <= CHARS {
        return line.to_owned();
    }
    line.chars().take(CHARS - 1).chain(['…']).collect()
}

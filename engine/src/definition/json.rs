use serde_json::{Map, Number, Value};

use super::tree::{Node, NodeKind, Scalar};

/// What a YAML value is in JSON (YAML 1.2, core schema): what stands in quotes is a text.
pub(super) fn value(node: &Node) -> Value {
    match &node.kind {
        NodeKind::Scalar(scalar) if scalar.plain => plain(scalar),
        NodeKind::Scalar(scalar) => Value::String(scalar.text.clone()),
        NodeKind::List(items) => items.iter().map(value).collect(),
        NodeKind::Mapping(entries) => {
            let entries = entries
                .iter()
                .map(|(key, node)| (key.text.clone(), value(node)));
            Value::Object(entries.collect::<Map<_, _>>())
        }
    }
}

fn plain(scalar: &Scalar) -> Value {
    match scalar.text.as_str() {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        text => match number(text) {
            Some(number) => Value::Number(number),
            None => Value::String(text.to_owned()),
        },
    }
}

/// A number; words like `inf` and what is too large for one are texts.
fn number(text: &str) -> Option<Number> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if !unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return None;
    }
    let plus = text.strip_prefix('+').unwrap_or(text);
    if let Ok(int) = plus.parse::<i64>() {
        return Some(int.into());
    }
    Number::from_f64(plus.parse().ok()?)
}

/// The value at a JSON pointer (RFC 6901), or the nearest around it.
pub(super) fn at<'n>(root: &'n Node, pointer: &str) -> &'n Node {
    let mut found = root;
    for part in pointer.split('/').skip(1) {
        match step(found, part) {
            Some(next) => found = next,
            None => return found,
        }
    }
    found
}

/// Whether a JSON pointer leads to something.
pub(super) fn leads(root: &Node, pointer: &str) -> bool {
    let mut found = root;
    pointer
        .split('/')
        .skip(1)
        .all(|part| match step(found, part) {
            Some(next) => {
                found = next;
                true
            }
            None => false,
        })
}

fn step<'n>(node: &'n Node, part: &str) -> Option<&'n Node> {
    let key = part.replace("~1", "/").replace("~0", "~");
    match &node.kind {
        NodeKind::Mapping(entries) => entries
            .iter()
            .find(|(known, _)| known.text == key)
            .map(|(_, node)| node),
        NodeKind::List(items) => items.get(key.parse::<usize>().ok()?),
        NodeKind::Scalar(_) => None,
    }
}

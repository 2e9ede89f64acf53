use serde_json::{Map, Number, Value};

use super::tree::{Node, NodeKind, Scalar};

/// The plain value written here, as JSON has it.
pub(super) fn json(node: &Node) -> Value {
    match &node.kind {
        NodeKind::Scalar(scalar) => scalar_json(node, scalar),
        NodeKind::List(items) => Value::Array(items.iter().map(json).collect()),
        NodeKind::Mapping(entries) => {
            let entries = entries.iter();
            let entries: Map<String, Value> = entries
                .map(|(key, node)| (key.text.clone(), json(node)))
                .collect();
            Value::Object(entries)
        }
    }
}

/// As the core schema of YAML 1.2 reads it.
fn scalar_json(node: &Node, scalar: &Scalar) -> Value {
    let text = scalar.text.as_str();
    if node.is_empty() {
        return Value::Null;
    }
    if !scalar.plain {
        return Value::String(text.to_owned());
    }
    match text {
        "true" | "True" | "TRUE" => return Value::Bool(true),
        "false" | "False" | "FALSE" => return Value::Bool(false),
        _ => {}
    }
    let digits = text.trim_start_matches(['-', '+']);
    if digits.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        if let Ok(whole) = text.parse::<i64>() {
            return Value::from(whole);
        }
        let float = text.parse::<f64>().ok().and_then(Number::from_f64);
        if let Some(float) = float {
            return Value::Number(float);
        }
    }
    Value::String(text.to_owned())
}

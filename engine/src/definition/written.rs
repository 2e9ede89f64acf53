use sha2::{Digest, Sha256};

use super::tree::{Node, NodeKind};

/// The keys of a step whose steps are compared by themselves.
const LISTS: [&str; 2] = ["steps", "branches"];

/// What a step says, as a hash: the same however it is laid out, commented and ordered. Steps in its
/// lists are left out, but not the names of its branches.
pub(super) fn hash(step: &Node) -> [u8; 32] {
    let mut text = String::new();
    write(step, true, &mut text);
    Sha256::digest(text.as_bytes()).into()
}

fn write(node: &Node, outermost: bool, text: &mut String) {
    match &node.kind {
        NodeKind::Scalar(scalar) => {
            // `true` and "true" are two things in a schema.
            text.push(if scalar.plain { 'p' } else { 't' });
            text.push_str(&format!("{}:{}", scalar.text.len(), scalar.text));
        }
        NodeKind::List(items) => {
            text.push('[');
            items.iter().for_each(|item| write(item, false, text));
            text.push(']');
        }
        NodeKind::Mapping(entries) => {
            let mut entries: Vec<_> = entries.iter().collect();
            entries.sort_by(|(a, _), (b, _)| a.text.cmp(&b.text));
            text.push('{');
            for (key, value) in entries {
                text.push_str(&format!("{}:{}", key.text.len(), key.text));
                match &value.kind {
                    NodeKind::Mapping(branches) if outermost && LISTS.contains(&&*key.text) => {
                        for (name, _) in branches {
                            text.push_str(&format!("{}:{}", name.text.len(), name.text));
                        }
                    }
                    _ if outermost && LISTS.contains(&&*key.text) => {}
                    _ => write(value, false, text),
                }
            }
            text.push('}');
        }
    }
}

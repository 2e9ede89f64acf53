//! Places in the tree of a definition, told by JSON pointers (RFC 6901).

use super::tree::{Node, NodeKind};

/// The value at a JSON pointer, or the nearest around it.
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

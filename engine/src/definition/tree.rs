use crate::Place;

/// A YAML value that knows where it stands.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) place: Place,
    pub(super) kind: NodeKind,
}

/// What a YAML value is.
#[derive(Debug, Clone)]
pub(super) enum NodeKind {
    Scalar(Scalar),
    List(Vec<Node>),
    Mapping(Vec<(Key, Node)>),
}

/// A text, number, truth value or nothing: the tree keeps what was written.
#[derive(Debug, Clone)]
pub(super) struct Scalar {
    pub(super) text: String,
    /// Written without quotes, so `true` may mean the truth value and nothing may mean nothing.
    pub(super) plain: bool,
    /// Every character stands in the source as in the text, from the place's start plus this many
    /// columns; none for escapes and blocks. Tells where inside an expression a mistake stands.
    pub(super) verbatim_at: Option<u32>,
}

/// A key of a mapping, as text.
#[derive(Debug, Clone)]
pub(super) struct Key {
    pub(super) text: String,
    pub(super) place: Place,
}

impl Node {
    /// Whether nothing is written here (`key:` alone, `~`, `null`).
    pub(super) fn is_empty(&self) -> bool {
        matches!(&self.kind, NodeKind::Scalar(scalar)
            if scalar.plain && matches!(scalar.text.as_str(), "" | "~" | "null" | "Null" | "NULL"))
    }

    /// What is written here, for messages.
    pub(super) fn what(&self) -> &'static str {
        match &self.kind {
            NodeKind::List(_) => "a list",
            NodeKind::Mapping(_) => "a mapping",
            NodeKind::Scalar(_) if self.is_empty() => "nothing",
            NodeKind::Scalar(scalar) if !scalar.plain => "a text",
            NodeKind::Scalar(scalar) if matches!(scalar.text.as_str(), "true" | "false") => {
                "true or false"
            }
            NodeKind::Scalar(scalar) if scalar.text.parse::<f64>().is_ok() => "a number",
            NodeKind::Scalar(_) => "a text",
        }
    }

    /// How many items or keys it has.
    pub(super) fn len(&self) -> usize {
        match &self.kind {
            NodeKind::Scalar(_) => 0,
            NodeKind::List(items) => items.len(),
            NodeKind::Mapping(entries) => entries.len(),
        }
    }

    /// How long its texts are together, in bytes.
    pub(super) fn text_bytes(&self) -> usize {
        match &self.kind {
            NodeKind::Scalar(scalar) => scalar.text.len(),
            NodeKind::List(items) => items.iter().map(Node::text_bytes).sum(),
            NodeKind::Mapping(entries) => entries
                .iter()
                .map(|(key, node)| key.text.len() + node.text_bytes())
                .sum(),
        }
    }

    /// How many values, itself included.
    pub(super) fn count(&self) -> usize {
        1 + match &self.kind {
            NodeKind::Scalar(_) => 0,
            NodeKind::List(items) => items.iter().map(Node::count).sum(),
            NodeKind::Mapping(entries) => entries.iter().map(|(_, node)| 1 + node.count()).sum(),
        }
    }
}

use super::formula::{self, Formula};
use super::report::Report;
use super::tree::{Node, NodeKind};
use crate::Template;
use crate::expression::Roots;

/// A value made of expressions, as written.
pub(super) enum DraftTemplate {
    Value(Formula),
    Mapping(Vec<(String, DraftTemplate)>),
    List(Vec<DraftTemplate>),
}

impl DraftTemplate {
    pub(super) fn finish(self) -> Template {
        match self {
            DraftTemplate::Value(formula) => Template::Value(formula.expression),
            DraftTemplate::Mapping(entries) => Template::Mapping(
                entries
                    .into_iter()
                    .map(|(key, part)| (key, part.finish()))
                    .collect(),
            ),
            DraftTemplate::List(parts) => {
                Template::List(parts.into_iter().map(DraftTemplate::finish).collect())
            }
        }
    }

    /// Its expressions, in the order written.
    pub(super) fn formulas<'d>(&'d self, found: &mut Vec<&'d Formula>) {
        match self {
            DraftTemplate::Value(formula) => found.push(formula),
            DraftTemplate::Mapping(entries) => {
                entries.iter().for_each(|(_, part)| part.formulas(found));
            }
            DraftTemplate::List(parts) => parts.iter().for_each(|part| part.formulas(found)),
        }
    }
}

/// The mapping of expressions written here.
pub(super) fn read(
    node: &Node,
    key: &str,
    roots: Roots<'_>,
    report: &mut Report,
) -> Option<DraftTemplate> {
    if let NodeKind::Mapping(_) = &node.kind {
        return part(node, key, roots, report);
    }
    report.error(
        "HMS007",
        node.place,
        format!("\"{key}\" is a mapping, and here is {}", node.what()),
        Some(format!(
            "write names and expressions, like {key}: {{ text: payload.text, urgent: \"true\" }}; a text stands in quotes of its own"
        )),
    );
    None
}

fn part(node: &Node, key: &str, roots: Roots<'_>, report: &mut Report) -> Option<DraftTemplate> {
    match &node.kind {
        NodeKind::Scalar(_) => formula::read(node, key, roots, report).map(DraftTemplate::Value),
        NodeKind::Mapping(entries) => {
            let parts = entries
                .iter()
                .map(|(key, node)| Some((key.text.clone(), part(node, &key.text, roots, report)?)));
            // Each is read before any is given up, so all their mistakes are told.
            let parts: Vec<_> = parts.collect();
            parts
                .into_iter()
                .collect::<Option<_>>()
                .map(DraftTemplate::Mapping)
        }
        NodeKind::List(items) => {
            let parts: Vec<_> = items
                .iter()
                .map(|item| part(item, key, roots, report))
                .collect();
            parts
                .into_iter()
                .collect::<Option<_>>()
                .map(DraftTemplate::List)
        }
    }
}

use std::fmt::Write as _;

use super::graph::{Edge, Graph, Manner, Node, What};
use super::words::Line;
use crate::{StepKind, Workflow};

/// The workflow as a Mermaid flowchart, its titles in this language.
///
/// Shapes are numbered, since ids may be words that mean something to Mermaid (`end`).
pub fn mermaid(workflow: &Workflow, language: &str) -> String {
    let mut text = String::from("flowchart TD\n");
    let mut writer = Writer {
        text: &mut text,
        language,
        next: 0,
    };
    writer.graph(&Graph::of(workflow), 1);
    text
}

struct Writer<'t> {
    text: &'t mut String,
    language: &'t str,
    next: usize,
}

impl Writer<'_> {
    fn line(&mut self, depth: usize, line: &str) {
        // Writing to a String does not fail.
        let _ = writeln!(self.text, "{:1$}{line}", "", depth * 2);
    }

    fn graph(&mut self, graph: &Graph<'_>, depth: usize) {
        let names: Vec<String> = graph
            .nodes
            .iter()
            .map(|node| self.node(node, depth))
            .collect();
        for edge in &graph.edges {
            self.line(depth, &arrow(edge, &names));
        }
    }

    /// Writes a node; gives the name that edges know it by.
    fn node(&mut self, node: &Node<'_>, depth: usize) -> String {
        let name = format!("n{}", self.next);
        self.next += 1;
        let lines = node.lines(self.language);
        let label = lines.iter().map(|line: &Line| escaped(&line.text));
        let label = label.collect::<Vec<_>>().join("<br>");
        if node.inside.is_empty() {
            self.line(depth, &format!("{name}{}", shape(node, &label)));
            return name;
        }
        self.line(depth, &format!("subgraph {name}[\"{label}\"]"));
        for (branch, graph) in &node.inside {
            let Some(branch) = branch else {
                self.graph(graph, depth + 1);
                continue;
            };
            let inner = format!("n{}", self.next);
            self.next += 1;
            let title = escaped(branch);
            self.line(depth + 1, &format!("subgraph {inner}[\"{title}\"]"));
            self.graph(graph, depth + 2);
            self.line(depth + 1, "end");
        }
        self.line(depth, "end");
        name
    }
}

fn shape(node: &Node<'_>, label: &str) -> String {
    match node.what {
        What::Start(_) | What::End { outermost: true } => format!("([\"{label}\"])"),
        What::End { outermost: false } => "((\" \"))".to_owned(),
        What::Step(step) => match &step.kind {
            StepKind::Switch(_) => format!("{{\"{label}\"}}"),
            StepKind::Wait(_) => format!("{{{{\"{label}\"}}}}"),
            StepKind::Call(_) => format!("[[\"{label}\"]]"),
            StepKind::End(_) => format!("([\"{label}\"])"),
            _ => format!("[\"{label}\"]"),
        },
    }
}

fn arrow(edge: &Edge, names: &[String]) -> String {
    let (from, to) = (&names[edge.from], &names[edge.to]);
    let line = match edge.manner {
        Manner::Usual => "-->",
        Manner::Late | Manner::Failed => "-.->",
    };
    if edge.label.is_empty() {
        return format!("{from} {line} {to}");
    }
    format!("{from} {line}|\"{}\"| {to}", escaped(&edge.label))
}

/// As Mermaid takes text between quotes: it writes entities with a `#`.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("#amp;"),
            '<' => escaped.push_str("#lt;"),
            '>' => escaped.push_str("#gt;"),
            '"' => escaped.push_str("#quot;"),
            '#' => escaped.push_str("#35;"),
            '`' => escaped.push_str("#96;"),
            c => escaped.push(c),
        }
    }
    escaped
}

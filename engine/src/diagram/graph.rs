use super::words;
use crate::{List, Next, Step, StepKind, WayBy, Workflow};

/// A list of steps as a graph.
pub(super) struct Graph<'w> {
    pub(super) nodes: Vec<Node<'w>>,
    pub(super) edges: Vec<Edge>,
}

/// Something to draw.
pub(super) struct Node<'w> {
    pub(super) what: What<'w>,
    /// The lists inside it, each with its branch's name.
    pub(super) inside: Vec<(Option<&'w str>, Graph<'w>)>,
}

/// What a node stands for.
#[derive(Clone, Copy)]
pub(super) enum What<'w> {
    /// The event that starts a run.
    Start(&'w str),
    Step(&'w Step),
    /// The end of the run, or of a list inside it.
    End {
        outermost: bool,
    },
}

/// A way from one node to another; several with the same ends and meaning are one.
pub(super) struct Edge {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) label: String,
    pub(super) manner: Manner,
}

/// What leads along an edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Manner {
    /// What is meant to happen.
    Usual,
    /// A missed deadline.
    Late,
    /// A failure.
    Failed,
}

impl<'w> Graph<'w> {
    /// The whole workflow.
    pub(super) fn of(workflow: &'w Workflow) -> Graph<'w> {
        let mut graph = Graph::of_list(&workflow.steps, true);
        let start = Node {
            what: What::Start(&workflow.start),
            inside: Vec::new(),
        };
        graph.nodes.insert(0, start);
        for edge in &mut graph.edges {
            edge.from += 1;
            edge.to += 1;
        }
        let begin = Edge {
            from: 0,
            to: 1,
            label: String::new(),
            manner: Manner::Usual,
        };
        graph.edges.insert(0, begin);
        graph
    }

    fn of_list(list: &'w List, outermost: bool) -> Graph<'w> {
        let nodes = list.steps.iter().map(|step| Node {
            what: What::Step(step),
            inside: (step.kind.lists().into_iter())
                .map(|(name, list)| (name, Graph::of_list(list, false)))
                .collect(),
        });
        let mut graph = Graph {
            nodes: nodes.collect(),
            edges: Vec::new(),
        };
        let end = graph.nodes.len();
        for (from, step) in list.steps.iter().enumerate() {
            for (to, label, manner) in ways(step) {
                let at = |id: &str| list.steps.iter().position(|step| step.id == id);
                // Every target was found when the definition was loaded.
                let to = match to {
                    Next::Step(id) => at(id).unwrap_or(end),
                    Next::End => end,
                };
                graph.lead(from, to, label, manner);
            }
        }
        if graph.edges.iter().any(|edge| edge.to == end) {
            graph.nodes.push(Node {
                what: What::End { outermost },
                inside: Vec::new(),
            });
        }
        graph
    }

    /// One more way; one that leads along an edge already adds its words to it.
    fn lead(&mut self, from: usize, to: usize, label: String, manner: Manner) {
        let same = self
            .edges
            .iter_mut()
            .find(|edge| (edge.from, edge.to, edge.manner) == (from, to, manner));
        match same {
            Some(edge) if label.is_empty() => edge.label.clear(),
            Some(edge) => edge.label += &format!(", {label}"),
            None => self.edges.push(Edge {
                from,
                to,
                label,
                manner,
            }),
        }
    }
}

/// The ways out of a step with their words. Answers that all lead the same way need none.
fn ways(step: &Step) -> Vec<(&Next, String, Manner)> {
    let ways = step.ways();
    let mut answers = ways
        .iter()
        .filter(|way| matches!(way.by, WayBy::Outcome(_)));
    let first = answers.next().map(|way| way.to);
    let alike = answers.all(|way| Some(way.to) == first);
    let told = |by: WayBy<'_>| match by {
        WayBy::Done => (String::new(), Manner::Usual),
        WayBy::Outcome(_) if alike => (String::new(), Manner::Usual),
        WayBy::Outcome(word) | WayBy::Case(word) => (words::clip(word), Manner::Usual),
        WayBy::Condition(expression) => (words::clip(expression), Manner::Usual),
        WayBy::Default => ("otherwise".to_owned(), Manner::Usual),
        WayBy::Timeout => (words::late(step), Manner::Late),
        WayBy::Error => ("failed".to_owned(), Manner::Failed),
    };
    ways.iter()
        .map(|way| {
            let (label, manner) = told(way.by);
            (way.to, label, manner)
        })
        .collect()
}

impl Node<'_> {
    /// The words in it: each line, and how it is written.
    pub(super) fn lines(&self, language: &str) -> Vec<words::Line> {
        match self.what {
            What::Start(event) => vec![words::Line::plain(event)],
            What::End { outermost: true } => vec![words::Line::plain("end")],
            What::End { outermost: false } => Vec::new(),
            What::Step(step) => words::of_step(step, language),
        }
    }

    /// The class of its shape.
    pub(super) fn class(&self) -> &'static str {
        match self.what {
            What::Start(_) => "start",
            What::End { .. } => "end",
            What::Step(step) => match &step.kind {
                StepKind::Task(task) => words::actor_class(task.actor.kind),
                StepKind::Switch(_) => "switch",
                StepKind::Parallel(_) | StepKind::Foreach(_) => "lists",
                StepKind::Wait(_) => "wait",
                StepKind::Call(_) => "call",
                StepKind::End(_) => "end",
            },
        }
    }

    /// The step's id.
    pub(super) fn step(&self) -> Option<&str> {
        match self.what {
            What::Step(step) => Some(&step.id),
            What::Start(_) | What::End { .. } => None,
        }
    }
}

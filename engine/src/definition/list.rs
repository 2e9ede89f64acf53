use std::collections::HashSet;

use super::draft::{self, Draft};
use super::flow::{self, Flow, Flows};
use super::report::Report;
use super::tree::{Node, NodeKind};
use super::warnings;
use crate::List;
use crate::expression::Roots;

/// A list of steps as written.
pub(super) struct DraftList {
    pub(super) drafts: Vec<Draft>,
    /// Every item could be read as a step.
    whole: bool,
}

const HELP: &str = "begin each step with \"- id:\"";

/// The list of steps written here.
pub(super) fn read(
    node: &Node,
    key: &str,
    roots: Roots<'_>,
    report: &mut Report,
) -> Option<DraftList> {
    let NodeKind::List(items) = &node.kind else {
        let message = format!("\"{key}\" is a list, and here is {}", node.what());
        report.error("HMS007", node.place, message, Some(HELP.into()));
        return None;
    };
    if items.is_empty() {
        let message = "the list of steps is empty".into();
        report.error("HMS007", node.place, message, Some(HELP.into()));
        return None;
    }
    let drafts: Vec<Draft> = items
        .iter()
        .filter_map(|item| draft::read(item, roots, report))
        .collect();
    Some(DraftList {
        whole: drafts.len() == items.len(),
        drafts,
    })
}

impl DraftList {
    /// How many steps, those of its lists included.
    pub(super) fn count(&self) -> usize {
        let below = |draft: &Draft| draft.lists().iter().map(|list| list.count()).sum::<usize>();
        self.drafts.iter().map(|draft| 1 + below(draft)).sum()
    }

    /// The ids of all steps, those of its lists included.
    pub(super) fn ids<'d>(&'d self, found: &mut HashSet<&'d str>) {
        for draft in &self.drafts {
            found.insert(draft.id());
            draft.lists().iter().for_each(|list| list.ids(found));
        }
    }

    /// How the steps lead to each other, here and in the lists below. Nothing comes back when a
    /// target could not be read or found; what is checked on the rest is told all the same.
    pub(super) fn flows(
        &self,
        everywhere: &HashSet<&str>,
        outermost: bool,
        report: &mut Report,
    ) -> Option<Flows> {
        let own = flow::resolve(&self.drafts, self.whole, everywhere, report);
        let below: Vec<Vec<Option<Flows>>> = self
            .drafts
            .iter()
            .map(|draft| {
                let lists = draft.lists().into_iter();
                lists
                    .map(|list| list.flows(everywhere, false, report))
                    .collect()
            })
            .collect();
        let below = below
            .into_iter()
            .map(|lists| lists.into_iter().collect::<Option<Vec<_>>>())
            .collect::<Option<Vec<_>>>();
        let flows = Flows {
            own: own?,
            below: below?,
        };
        flow::check(&self.drafts, &flows, report);
        if report.errors() == 0 {
            warnings::check(&self.drafts, &flows.own, outermost, report);
        }
        Some(flows)
    }

    /// The checked list; nothing when something it needs could not be read.
    pub(super) fn finish(self, flows: &Flows) -> Option<List> {
        let own: &Flow = &flows.own;
        self.drafts
            .into_iter()
            .enumerate()
            .map(|(at, draft)| draft.finish(at, own, flows.below.get(at)?))
            .collect::<Option<Vec<_>>>()
            .map(|steps| List { steps })
    }
}

use super::draft::{Draft, DraftKind, target};
use super::fields::{self, Fields, Word};
use super::list::DraftList;
use super::report::Report;
use super::template::{self, DraftTemplate};
use crate::expression::Roots;
use crate::{CALL_DEPTH_MAX, CallStep};

/// The keys of a call, besides those every step has.
pub(super) const KEYS: &[&str] = &["workflow", "payload", "on_complete"];

/// A call as written.
pub(super) struct DraftCall {
    workflow: Option<Word>,
    pub(super) payload: Option<DraftTemplate>,
    pub(super) on_complete: Option<Word>,
    /// Every way out could be read.
    pub(super) whole: bool,
}

impl DraftCall {
    pub(super) fn finish(self) -> Option<CallStep> {
        let workflow = self.workflow?;
        Some(CallStep {
            workflow: workflow.text,
            payload: self.payload.map(DraftTemplate::finish),
            place: workflow.place,
        })
    }
}

pub(super) fn read(
    step: &Fields<'_>,
    name: &str,
    roots: Roots<'_>,
    report: &mut Report,
) -> DraftCall {
    let workflow = step
        .require(
            "workflow",
            name,
            "add \"workflow:\" and the id of the workflow to run, like workflow: Background-check",
            report,
        )
        .and_then(|node| fields::id(node, report));
    let payload = step
        .get("payload")
        .and_then(|node| template::read(node, "payload", roots, report));
    let on_complete = step
        .get("on_complete")
        .and_then(|node| target(node, "on_complete", report));
    DraftCall {
        workflow,
        payload,
        whole: step.get("on_complete").is_some() == on_complete.is_some(),
        on_complete,
    }
}

/// A workflow that calls itself had better know when to stop.
pub(super) fn check_itself(list: &DraftList, id: &str, report: &mut Report) {
    for draft in &list.drafts {
        if let Some(word) = called(draft).filter(|word| word.text == id) {
            report.warning(
                "HMS070",
                word.place,
                format!("{} calls the workflow it is in", draft.name()),
                Some(format!(
                    "have a switch before it that ends this; {CALL_DEPTH_MAX} runs in each other are the most"
                )),
            );
        }
        draft
            .lists()
            .into_iter()
            .for_each(|list| check_itself(list, id, report));
    }
}

fn called(draft: &Draft) -> Option<&Word> {
    match &draft.kind {
        Some(DraftKind::Call(call)) => call.workflow.as_ref(),
        _ => None,
    }
}

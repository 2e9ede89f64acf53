//! What names mean across all lists of a definition: ids of steps, and whose results an expression
//! can ask for.

use std::collections::HashMap;

use super::draft::{Draft, DraftKind};
use super::fields;
use super::list::DraftList;
use super::nearest::did_you_mean;
use super::report::Report;
use crate::Place;

/// A step and the foreaches around it, the outermost first.
struct Placed<'d> {
    draft: &'d Draft,
    foreaches: Vec<&'d str>,
}

impl Placed<'_> {
    /// Whether its result can be asked for from another step: not from outside its foreach, where
    /// there are as many results as items.
    fn is_seen_from(&self, other: &Placed<'_>) -> bool {
        other.foreaches.starts_with(&self.foreaches)
    }

    fn has_result(&self) -> bool {
        match &self.draft.kind {
            Some(DraftKind::Switch(_) | DraftKind::End(_)) => false,
            Some(DraftKind::Wait(wait)) => wait.has_result(),
            _ => true,
        }
    }
}

fn all<'d>(list: &'d DraftList, foreaches: &[&'d str], found: &mut Vec<Placed<'d>>) {
    for draft in &list.drafts {
        found.push(Placed {
            draft,
            foreaches: foreaches.to_vec(),
        });
        let mut inside = foreaches.to_vec();
        if let Some(DraftKind::Foreach(_)) = draft.kind {
            inside.push(draft.id());
        }
        draft
            .lists()
            .iter()
            .for_each(|list| all(list, &inside, found));
    }
}

/// Every id is given once, and every result asked for can be there.
pub(super) fn check(list: &DraftList, report: &mut Report) {
    let mut steps = Vec::new();
    all(list, &[], &mut steps);
    check_ids(&steps, report);
    check_results(&steps, report);
}

fn check_ids(steps: &[Placed<'_>], report: &mut Report) {
    let mut seen: HashMap<&str, Place> = HashMap::new();
    for id in steps.iter().filter_map(|step| step.draft.id.as_ref()) {
        if let Some(first) = seen.get(id.text.as_str()) {
            report.error(
                "HMS011",
                id.place,
                format!("a second step is called \"{}\"", id.text),
                Some(format!(
                    "the first stands in line {}: give one of them another id",
                    first.line
                )),
            );
        } else {
            seen.insert(&id.text, id.place);
        }
    }
}

/// `steps.ID` in an expression names a step that has a result.
fn check_results(steps: &[Placed<'_>], report: &mut Report) {
    for asking in steps {
        for expr in asking.draft.formulas() {
            for (step, at) in expr.expression.steps() {
                let mut named = steps.iter().filter(|known| known.draft.id() == step);
                let found = named.next();
                let (message, help) = match found {
                    Some(found) if !found.has_result() => (
                        format!(
                            "step \"{step}\" is {} and has no result",
                            found.draft.what()
                        ),
                        None,
                    ),
                    Some(found) if found.is_seen_from(asking) => continue,
                    Some(found) => {
                        let around = found.foreaches.last().copied().unwrap_or_default();
                        (
                            format!("step \"{step}\" has a result for each item of \"{around}\""),
                            Some(format!("ask for the list of them, steps.{around}.result")),
                        )
                    }
                    None => (
                        format!(
                            "there is no step \"{}\" to ask for a result",
                            fields::clip(step)
                        ),
                        None,
                    ),
                };
                let seen = steps
                    .iter()
                    .filter(|known| known.has_result() && known.is_seen_from(asking))
                    .map(|known| known.draft.id());
                let help = help
                    .or_else(|| did_you_mean(step, seen))
                    .unwrap_or_else(|| "name the id of a task".into());
                report.error("HMS043", expr.place(at), message, Some(help));
            }
        }
    }
}

//! Lists inside lists: the branches of a parallel, the items of a foreach.

use serde_json::Value;

use super::Machine;
use super::advance::{Cause, Here};
use super::outcome::within_limit;
use crate::{
    END, EntryKind, ForeachStep, IncidentKind, Inside, List, ListState, Next, ParallelStep, Part,
    StepKind, Under,
};

/// Most items of a foreach.
const ITEMS_MAX: usize = 1_000;

impl<'w> Machine<'w, '_> {
    /// Runs the branches of a parallel side by side.
    pub(super) fn begin_branches(&mut self, here: Here<'w>, parallel: &'w ParallelStep) {
        let lists = parallel.branches.len();
        self.record(EntryKind::ListsBegan { lists }, Some(&here.step.id), None);
        self.set_under(here.list, Under::Branches(Default::default()));
        for (name, list) in &parallel.branches {
            self.begin_list(here.list, Part::Branch(name.clone()), list, here.cause);
        }
    }

    /// Runs a list for each item, as many at a time as the step says.
    pub(super) fn begin_items(&mut self, here: Here<'w>, foreach: &'w ForeachStep) {
        let mut waiting = match self.items(here.list, foreach) {
            Ok(items) => items,
            Err(message) => {
                let message = format!("{}: {message}", here.step.id);
                return self.raise_here(here, IncidentKind::Expression, message);
            }
        };
        let lists = waiting.len();
        self.record(EntryKind::ListsBegan { lists }, Some(&here.step.id), None);
        waiting.reverse();
        let under = Under::Items {
            waiting,
            open: 0,
            results: vec![Value::Null; lists],
        };
        self.set_under(here.list, under);
        if lists == 0 {
            return self.join(here.list, here.cause);
        }
        self.begin_next_items(here.list, foreach, here.cause);
    }

    /// Begins items until as many are under way as the step says, or none waits.
    fn begin_next_items(&mut self, parent: u32, foreach: &'w ForeachStep, cause: Cause) {
        while let Some(Under::Items { waiting, open, .. }) =
            self.run.list(parent).and_then(|list| list.under.as_deref())
            && !waiting.is_empty()
            && usize::try_from(*open).is_ok_and(|open| open < foreach.at_once)
        {
            self.begin_next_item(parent, foreach, cause);
        }
    }

    fn items(&self, list: u32, foreach: &ForeachStep) -> Result<Vec<Value>, String> {
        let value = foreach.items.evaluate(self.scope(list))?;
        within_limit(&value).map_err(|_| "the items are larger than 256 KB".to_owned())?;
        match value {
            Value::Array(items) if items.len() > ITEMS_MAX => Err(format!(
                "{} gives {} items, the limit is {ITEMS_MAX}",
                foreach.items,
                items.len()
            )),
            Value::Array(items) => Ok(items),
            _ => Err(format!("{} is no list", foreach.items)),
        }
    }

    fn begin_next_item(&mut self, parent: u32, foreach: &'w ForeachStep, cause: Cause) {
        let under = self.list(parent).and_then(|list| list.under.as_deref_mut());
        let Some(Under::Items {
            waiting,
            open,
            results,
        }) = under
        else {
            return;
        };
        let Some(at) = results.len().checked_sub(waiting.len()) else {
            return;
        };
        let Some(value) = waiting.pop() else { return };
        *open += 1;
        let part = Part::Item {
            // There are at most as many as ITEMS_MAX says.
            at: u32::try_from(at).unwrap_or(u32::MAX),
            name: foreach.name.clone(),
            value,
            results: Default::default(),
        };
        self.begin_list(parent, part, &foreach.steps, cause);
    }

    fn begin_list(&mut self, parent: u32, part: Part, list: &'w List, cause: Cause) {
        let number = self.number();
        let inside = Inside {
            parent,
            part,
            last: None,
        };
        self.run.lists.push(ListState {
            number,
            at: END.to_owned(),
            waits_since: None,
            inside: Some(Box::new(inside)),
            under: None,
        });
        self.go_first(number, list, cause);
    }

    /// What a list comes to: the result of its step that finished last.
    pub(super) fn list_result(&self, list: u32) -> Value {
        let inside = self.run.list(list).and_then(|list| list.inside.as_ref());
        inside
            .and_then(|inside| inside.last.as_deref())
            .and_then(|last| self.scope(list).result(last))
            .cloned()
            .unwrap_or_default()
    }

    /// A list inside another came to its end.
    pub(super) fn part_finished(&mut self, inside: Inside, result: Value, cause: Cause) {
        let parent = inside.parent;
        let workflow = self.workflow;
        let Some(list) = self.list(parent) else {
            return;
        };
        let Some(step) = workflow.step(&list.at) else {
            return;
        };
        match (list.under.as_deref_mut(), inside.part, &step.kind) {
            (Some(Under::Branches(finished)), Part::Branch(name), StepKind::Parallel(parallel)) => {
                finished.insert(name, result);
                if finished.len() >= parallel.join {
                    self.cancel_under(parent);
                    self.join(parent, cause);
                }
            }
            (
                Some(Under::Items { open, results, .. }),
                Part::Item { at, .. },
                StepKind::Foreach(foreach),
            ) => {
                *open -= 1;
                let at = usize::try_from(at).unwrap_or(usize::MAX);
                if let Some(place) = results.get_mut(at) {
                    *place = result;
                }
                self.begin_next_items(parent, foreach, cause);
                let under = self.list(parent).and_then(|list| list.under.as_deref());
                if matches!(under, Some(Under::Items { open: 0, .. })) {
                    self.join(parent, cause);
                }
            }
            // A list is only ever begun with what it belongs to.
            _ => {}
        }
    }

    /// Enough has finished under a list: it goes on with what came of it.
    pub(super) fn join(&mut self, list: u32, cause: Cause) {
        let workflow = self.workflow;
        let Some(open) = self.list(list) else { return };
        let Some(step) = workflow.step(&open.at) else {
            return;
        };
        let (finished, result) = match open.under.take().map(|under| *under) {
            Some(Under::Branches(finished)) => (
                finished.len(),
                Value::Object(finished.into_iter().collect()),
            ),
            Some(Under::Items { results, .. }) => (results.len(), Value::Array(results)),
            None => return,
        };
        self.record(EntryKind::ListsJoined { finished }, Some(&step.id), None);
        self.keep_result(list, &step.id, result);
        self.go(list, &step.on_complete, cause);
    }

    /// Keeps what a step of a list came to, where the expressions of the list look for it.
    pub(super) fn keep_result(&mut self, list: u32, step: &str, result: Value) {
        let mut at = list;
        // From the list outwards to an item, or out of all lists.
        let kept = loop {
            let Some(place) = self.position(at) else {
                break &mut self.run.results;
            };
            let inside = self.run.lists[place].inside.as_deref();
            match inside.map(|inside| (&inside.part, inside.parent)) {
                Some((Part::Branch(_), parent)) => at = parent,
                Some((Part::Item { .. }, _)) => match self.run.lists[place].inside.as_deref_mut() {
                    Some(Inside {
                        part: Part::Item { results, .. },
                        ..
                    }) => break results,
                    _ => return,
                },
                None => break &mut self.run.results,
            }
        };
        kept.insert(step, result);
        let inside = self.list(list).and_then(|list| list.inside.as_deref_mut());
        match inside {
            Some(inside) => inside.last = Some(step.to_owned()),
            None => self.run.last = Some(step.to_owned()),
        }
    }

    /// Cancels all lists under a list, with what is open in them.
    pub(super) fn cancel_under(&mut self, list: u32) {
        let mut over = vec![list];
        // A list is begun after the one it belongs to, so one pass finds all.
        self.run.lists.retain(|open| {
            let inside = open.inside.as_deref();
            let below = inside.is_some_and(|inside| over.contains(&inside.parent));
            if below {
                over.push(open.number);
            }
            !below
        });
        over.swap_remove(0);
        self.close_in(|list| over.contains(&list));
        over.iter().for_each(|list| self.clear_wait(*list));
        let all = std::mem::take(&mut self.run.incidents);
        let (dropped, open): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|one| over.contains(&one.list));
        self.run.incidents = open;
        for one in dropped {
            let incident = one.number;
            self.record(
                EntryKind::IncidentDropped { incident },
                Some(&one.step),
                None,
            );
        }
    }

    fn set_under(&mut self, list: u32, under: Under) {
        if let Some(list) = self.list(list) {
            list.under = Some(Box::new(under));
        }
    }

    /// Has a list begin at its first step.
    pub(super) fn go_first(&mut self, number: u32, list: &'w List, cause: Cause) {
        let first = match list.steps.first() {
            Some(step) => Next::Step(step.id.clone()),
            None => Next::End,
        };
        self.go(number, &first, cause);
    }
}

use super::Machine;
use crate::expression::Scope;
use crate::{Effect, EntryKind, IncidentKind, ListState, Next, RunStatus, Step, StepKind};

/// Why a list moves on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cause {
    /// Something was done or ordered.
    Order,
    /// A deadline was missed; the task that opens next is escalated.
    Deadline,
}

impl Cause {
    /// What leads on where something stopped that a missed deadline had led to, or not.
    pub(super) fn again(escalated: bool) -> Cause {
        match escalated {
            true => Cause::Deadline,
            false => Cause::Order,
        }
    }
}

/// A list that is to go on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Move<'w> {
    list: u32,
    /// At this step; none for its end.
    to: Option<&'w Step>,
    cause: Cause,
}

/// A step that an open list has come to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Here<'w> {
    /// The list's number.
    pub(super) list: u32,
    pub(super) step: &'w Step,
    pub(super) cause: Cause,
}

/// Most steps that one order takes lists through. Checks keep lists from going round without a
/// wait; what only items decide (a foreach over nothing, in a circle) ends here.
const MOVES_MAX: usize = 100_000;

impl<'w> Machine<'w, '_> {
    /// Where an open list stands among the open lists.
    pub(super) fn position(&self, list: u32) -> Option<usize> {
        match list {
            0 => (!self.run.lists.is_empty()).then_some(0),
            _ => self.run.lists.iter().position(|open| open.number == list),
        }
    }

    /// An open list, by its number.
    pub(super) fn list(&mut self, number: u32) -> Option<&mut ListState> {
        let at = self.position(number)?;
        self.run.lists.get_mut(at)
    }

    /// What expressions see from an open list.
    pub(super) fn scope(&self, list: u32) -> Scope<'_> {
        Scope::of(self.run, list)
    }

    /// Has a list go on at a step. It does so when the order at hand is done, so that a list that
    /// ends does not leave another half way.
    pub(super) fn go(&mut self, list: u32, to: &Next, cause: Cause) {
        let to = match to {
            Next::End => None,
            Next::Step(id) => match self.workflow.step(id) {
                Some(step) => Some(step),
                None => {
                    let message = format!("{id}: the definition has no such step");
                    return self.raise(list, id, IncidentKind::Definition, message, cause);
                }
            },
        };
        self.moves.push_back(Move { list, to, cause });
    }

    /// Takes all lists that are to go on to where something has to be waited for.
    pub(super) fn move_on(&mut self) {
        let mut moved = 0;
        while let Some(Move { list, to, cause }) = self.moves.pop_front() {
            // A list that was to go on may have been cancelled by what came before.
            let Some(open) = self.list(list) else {
                continue;
            };
            let Some(step) = to else {
                self.finish_list(list, cause);
                continue;
            };
            open.at.clone_from(&step.id);
            moved += 1;
            if moved > MOVES_MAX {
                let id = &step.id;
                let message =
                    format!("{id}: the definition leads round in a circle without a task");
                self.raise(list, id, IncidentKind::Definition, message, cause);
                continue;
            }
            let here = Here { list, step, cause };
            match &step.kind {
                StepKind::Task(task) => self.open(here, task),
                StepKind::Switch(switch) => {
                    if let Some(next) = self.choose(here, switch) {
                        self.go(list, next, cause);
                    }
                }
                StepKind::Parallel(parallel) => self.begin_branches(here, parallel),
                StepKind::Foreach(foreach) => self.begin_items(here, foreach),
                StepKind::Wait(wait) => self.begin_wait(here, wait),
                StepKind::Call(call) => self.begin_call(here, call),
                StepKind::End(end) => self.end_here(here, end),
            }
        }
    }

    /// A list came to its end; the run ends with the outermost.
    fn finish_list(&mut self, list: u32, cause: Cause) {
        let result = self.list_result(list);
        let Some(at) = self.position(list) else {
            return;
        };
        match self.run.lists.remove(at).inside {
            Some(inside) => self.part_finished(*inside, result, cause),
            None => {
                self.record(EntryKind::RunCompleted { outcome: None }, None, None);
                self.end(RunStatus::Completed);
            }
        }
    }

    /// The run is over: nothing waits any more.
    pub(super) fn end(&mut self, status: RunStatus) {
        for timer in self.run.timers.drain(..) {
            self.effects.push(Effect::ClearTimer(timer.number));
        }
        self.moves.clear();
        self.run.lists.clear();
        self.run.incidents.clear();
        self.run.status = status;
        self.run.ended = Some(self.now);
        self.effects.push(Effect::FinishRun(status));
    }
}

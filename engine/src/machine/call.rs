use serde_json::{Value, json};
use uuid::Uuid;

use super::advance::{Cause, Here};
use super::outcome::within_limit;
use super::{Machine, derive};
use crate::{Call, CallStep, Effect, EntryKind, IncidentKind, Rejected, RunStatus, Template};

/// The most runs in each other.
pub(crate) const CALL_DEPTH_MAX: u32 = 20;

impl Machine<'_, '_> {
    /// Has another workflow run for a list, which waits for it.
    pub(super) fn begin_call(&mut self, here: Here<'_>, call: &CallStep) {
        let step = &here.step.id;
        if self.run.depth >= CALL_DEPTH_MAX {
            let message = format!(
                "{step}: {CALL_DEPTH_MAX} runs have called each other, which is the most: let one of them end first"
            );
            return self.raise_here(here, IncidentKind::Call, message);
        }
        let payload = match &call.payload {
            None => json!({}),
            Some(template) => match self.handed(here.list, template) {
                Ok(payload) => payload,
                Err(error) => {
                    let message = format!("{step}: payload{error}");
                    return self.raise_here(here, IncidentKind::Expression, message);
                }
            },
        };
        let number = self.number();
        let run = derive::id(self.run.id, number, self.now);
        self.run.calls.push(Call {
            run,
            step: step.clone(),
            list: here.list,
            since: self.now,
        });
        let workflow = call.workflow.clone();
        self.effects.push(Effect::StartRun {
            run,
            workflow: workflow.clone(),
            payload,
        });
        self.record(EntryKind::RunCalled { run, workflow }, Some(step), None);
    }

    /// What another is handed, an actor or a called run; the error goes on after the key's name.
    pub(super) fn handed(&self, list: u32, template: &Template) -> Result<Value, String> {
        let value = template
            .evaluate(self.scope(list))
            .map_err(|error| format!(".{error}"))?;
        within_limit(&value).map_err(|_| " is larger than 256 KB".to_owned())?;
        Ok(value)
    }

    /// A called run ended: the list goes on with its result, or stops because there is none.
    pub(super) fn call_ended(
        &mut self,
        run: Uuid,
        status: RunStatus,
        result: &Value,
    ) -> Result<(), Rejected> {
        let at = self.open_call(run)?;
        let call = self.run.calls.remove(at);
        self.record(EntryKind::CallEnded { run, status }, Some(&call.step), None);
        let how = match status {
            RunStatus::Completed if within_limit(result).is_err() => {
                "gave a result larger than 256 KB"
            }
            RunStatus::Completed => {
                let next = self.workflow.step(&call.step).map(|step| &step.on_complete);
                self.keep_result(call.list, &call.step, result.clone());
                if let Some(next) = next {
                    self.go(call.list, next, Cause::Order);
                }
                return Ok(());
            }
            RunStatus::Cancelled => "was cancelled",
            RunStatus::Failed | RunStatus::Running => "failed",
        };
        let message = format!("{}: the run it called {how}", call.step);
        self.raise(
            call.list,
            &call.step,
            IncidentKind::Call,
            message,
            Cause::Order,
        );
        Ok(())
    }

    /// A called run could not begin: the list stops.
    pub(super) fn call_refused(&mut self, run: Uuid, why: &str) -> Result<(), Rejected> {
        let at = self.open_call(run)?;
        let call = self.run.calls.remove(at);
        let message = format!("{}: {why}", call.step);
        self.raise(
            call.list,
            &call.step,
            IncidentKind::Call,
            message,
            Cause::Order,
        );
        Ok(())
    }

    fn open_call(&self, run: Uuid) -> Result<usize, Rejected> {
        let calls = &self.run.calls;
        let found = calls.iter().position(|call| call.run == run);
        found.ok_or(Rejected::NoCall)
    }

    /// Cancels the runs that some lists called, by their numbers.
    pub(super) fn cancel_calls_in(&mut self, over: impl Fn(u32) -> bool) {
        let all = std::mem::take(&mut self.run.calls);
        let (gone, open): (Vec<_>, Vec<_>) = all.into_iter().partition(|call| over(call.list));
        self.run.calls = open;
        for Call { run, step, .. } in gone {
            self.record(EntryKind::CallCancelled { run }, Some(&step), None);
            self.effects.push(Effect::CancelRun(run));
        }
    }
}

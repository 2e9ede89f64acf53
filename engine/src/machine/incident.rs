use super::Machine;
use super::advance::{Cause, Here};
use crate::{END, EntryKind, Incident, IncidentKind, Next, Rejected};

impl Machine<'_, '_> {
    /// Stops a list at a step until somebody decides. The run stays as it is meanwhile.
    pub(super) fn raise(
        &mut self,
        list: u32,
        step: &str,
        kind: IncidentKind,
        message: String,
        by: Cause,
    ) {
        let number = self.number();
        self.record(
            EntryKind::IncidentRaised {
                incident: number,
                cause: kind,
                message: message.clone(),
            },
            Some(step),
            None,
        );
        self.run.incidents.push(Incident {
            number,
            step: step.to_owned(),
            list,
            cause: kind,
            message,
            since: self.now,
            escalated: by == Cause::Deadline,
        });
    }

    /// Stops a list at the step it has just come to.
    pub(super) fn raise_here(&mut self, here: Here<'_>, kind: IncidentKind, message: String) {
        self.raise(here.list, &here.step.id, kind, message, here.cause);
    }

    /// Sends on what an incident stopped: the step begins again, or the list goes on elsewhere.
    pub(super) fn retry(
        &mut self,
        incident: Option<u32>,
        to: Option<&str>,
        note: &str,
    ) -> Result<(), Rejected> {
        let meant = |open: &Incident| incident.is_none_or(|number| open.number == number);
        if !self.run.incidents.iter().any(meant) {
            return Err(Rejected::NoIncident);
        }
        if let Some(to) = to
            && to != END
            && self
                .run
                .incidents
                .iter()
                .any(|open| meant(open) && !self.workflow.beside(&open.step, to))
        {
            return Err(Rejected::NoStep(to.to_owned()));
        }
        let all = std::mem::take(&mut self.run.incidents);
        let (solved, open): (Vec<_>, Vec<_>) = all.into_iter().partition(meant);
        self.run.incidents = open;
        for incident in solved {
            let next = match to {
                Some(END) => Next::End,
                Some(step) => Next::Step(step.to_owned()),
                None => Next::Step(incident.step.clone()),
            };
            self.record(
                EntryKind::IncidentResolved {
                    incident: incident.number,
                    to: next.as_str().to_owned(),
                    note: note.to_owned(),
                },
                Some(&incident.step),
                None,
            );
            self.go(incident.list, &next, Cause::again(incident.escalated));
        }
        Ok(())
    }
}

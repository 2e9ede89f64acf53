use std::collections::BTreeSet;
use std::sync::Arc;

use hms_engine::{Command, Entry, EntryKind, Order, Rejected, Run, Workflow};
use serde_json::Value;
use uuid::Uuid;

use super::personal::{Apart, fields_of};
use super::turn::{OpenRun, Turn};
use super::{Emitted, NewEvent, PAYLOAD_BYTES_MAX, Refusal, console, reach};
use crate::store::{CASES_MAX, EventRow, Reach, ReachedRun, ReportRow, Sought, StartedRun};

/// The most event names told to who asked for an unknown one.
const SUGGESTIONS_MAX: usize = 10;

impl Turn<'_> {
    /// Accepts an event: it starts runs, and is given to the running cases it is for.
    pub(super) fn emit(&mut self, mut event: NewEvent) -> Result<Emitted, Refusal> {
        if let Some(known) = event
            .origin
            .as_ref()
            .and_then(|origin| self.accepted.get(origin))
        {
            return Ok(known.clone());
        }
        let workflows = self.checked(&event)?;
        let named = workflows
            .iter()
            .map(|workflow| self.event_files(&event, workflow))
            .collect::<Result<Vec<_>, _>>()?;
        let running = self.running_cases(&reach::sought(self.registry, &event))?;
        if let Some(report) = &event.report
            && !self.numbers.insert(report.number.clone())
        {
            return Err(Refusal::NumberTaken);
        }
        let event_id = self.ids.fresh(self.now);
        // What was brought is needed again only for cases that it reaches.
        let brought = (!running.is_empty()).then(|| event.payload.clone());
        let readers = self.readers(&workflows, &running, &event.name);
        let personal = readers.iter().map(|workflow| &workflow.personal);
        let fields = fields_of(personal, event.report.is_some());
        let apart = self.apart(event_id).put(&mut event.payload, fields)?;
        self.gathered.personal(apart);
        let started = self.start_all(event_id, &event, workflows)?;
        for (run, files) in started.iter().zip(named) {
            self.claim(&files, run.run_id);
        }
        let reached = match brought {
            Some(brought) => self.reach(running, event_id, &mut event, &brought)?,
            None => Vec::new(),
        };
        if self.left_in_clear(event_id, &mut event)? && started.is_empty() {
            self.gathered.stray(event_id);
        }
        if started.is_empty() {
            let reached = reached.len();
            self.gathered
                .say(console::taken(self.now, &event.name, reached));
        }
        let followed = event.report.as_ref().and_then(|report| {
            let of = |run: &&StartedRun| Some(&run.workflow) == report.workflow.as_ref();
            started.iter().find(of).or(started.first())
        });
        if let (Some(report), Some(run)) = (event.report, followed) {
            self.gathered.report(ReportRow {
                number: report.number,
                receipt_hash: report.receipt_hash,
                event_id,
                run_id: run.run_id,
                filed: self.now,
            });
        }
        let (source, external_id) = event
            .origin
            .clone()
            .map(|origin| (origin.source, origin.id))
            .unzip();
        self.gathered.event(EventRow {
            id: event_id,
            source,
            external_id,
            name: event.name,
            payload: event.payload,
            received: self.now,
            runs: started.clone(),
            reached: reached.clone(),
        })?;
        let emitted = Emitted {
            event_id,
            runs: started,
            reached,
            repeated: false,
        };
        if let Some(origin) = event.origin {
            let repeated = true;
            let again = Emitted {
                repeated,
                ..emitted.clone()
            };
            self.accepted.insert(origin, again);
        }
        Ok(emitted)
    }

    /// The workflows an event starts, when it can be accepted at all.
    fn checked(&self, event: &NewEvent) -> Result<Vec<Arc<Workflow>>, Refusal> {
        if !event.payload.is_object() {
            return Err(Refusal::NotAnObject);
        }
        let bytes = event.payload.to_string().len();
        if bytes > PAYLOAD_BYTES_MAX {
            return Err(Refusal::TooLarge {
                what: "payload",
                bytes,
                limit: PAYLOAD_BYTES_MAX,
            });
        }
        let workflows = self.registry.starting_on(&event.name);
        // A report is the run it starts.
        let awaited = event.report.is_none() && self.registry.is_awaited(&event.name);
        if workflows.is_empty() && !awaited {
            let known = self.registry.events();
            let nearest = match hms_engine::nearest(&event.name, known.iter().map(String::as_str)) {
                Some(meant) => vec![meant.to_owned()],
                None => known.into_iter().take(SUGGESTIONS_MAX).collect(),
            };
            return Err(Refusal::UnknownEvent {
                name: event.name.clone(),
                nearest,
            });
        }
        for workflow in &workflows {
            let faults = workflow.input_faults(&event.payload);
            if !faults.is_empty() {
                return Err(Refusal::BadPayload {
                    workflow: workflow.id.clone(),
                    faults,
                });
            }
        }
        Ok(workflows)
    }

    /// The running cases an event may be for.
    fn running_cases(&self, sought: &BTreeSet<Sought>) -> Result<BTreeSet<Uuid>, Refusal> {
        let running = self.cases.of(sought);
        if running.len() > CASES_MAX || sought.iter().any(|name| self.crowded.contains(name)) {
            return Err(Refusal::TooManyCases { limit: CASES_MAX });
        }
        Ok(running)
    }

    /// Those whose personal fields an event that starts cases is rid of. The cases read it as it is kept, so what is
    /// personal only to another that takes it or waits for it is a reference to them from the beginning too.
    fn readers(
        &self,
        starting: &[Arc<Workflow>],
        running: &BTreeSet<Uuid>,
        event: &str,
    ) -> Vec<Arc<Workflow>> {
        if starting.is_empty() {
            return Vec::new();
        }
        let open = running.iter().filter_map(|run| self.runs.get(run));
        let open = open.map(|open| open.workflow.clone());
        let waiting = self.registry.awaiting(event);
        starting
            .iter()
            .cloned()
            .chain(open)
            .chain(waiting)
            .collect()
    }

    fn start_all(
        &mut self,
        event_id: Uuid,
        event: &NewEvent,
        workflows: Vec<Arc<Workflow>>,
    ) -> Result<Vec<StartedRun>, Refusal> {
        let mut started = Vec::with_capacity(workflows.len());
        for workflow in workflows {
            let run_id = self.ids.fresh(self.now);
            let run = Run::new(run_id, &workflow, event.payload.clone());
            started.push(StartedRun {
                run_id,
                workflow: workflow.id.clone(),
            });
            self.gathered
                .say(console::accepted(self.now, &workflow.id, run_id));
            self.gathered.begins(run_id, event_id);
            self.runs.insert(run_id, OpenRun::new(run, workflow));
            self.apply(run_id, Command::new("event", Order::Start))?;
        }
        Ok(started)
    }

    fn apart(&mut self, owner: Uuid) -> Apart<'_> {
        Apart {
            registry: self.registry,
            ids: self.ids,
            now: self.now,
            owner,
            handed_on: false,
        }
    }

    /// Puts apart what is personal to those who wait for an event, though none took it: the event is kept all the same.
    /// Whether there was any.
    fn left_in_clear(&mut self, event_id: Uuid, event: &mut NewEvent) -> Result<bool, Refusal> {
        let awaiting = self.registry.awaiting(&event.name);
        let fields = fields_of(awaiting.iter().map(|flow| &flow.personal), false);
        let mut apart = self.apart(event_id);
        apart.handed_on = true;
        let left = apart.put(&mut event.payload, fields)?;
        let some = !left.is_empty();
        self.gathered.personal(left);
        Ok(some)
    }

    /// Gives an event to running cases. One that does not wait for it is left as it is. What is personal to one that
    /// took it is put apart for that one, and out of the event that is kept.
    fn reach(
        &mut self,
        running: BTreeSet<Uuid>,
        event_id: Uuid,
        event: &mut NewEvent,
        brought: &Value,
    ) -> Result<Vec<ReachedRun>, Refusal> {
        let mut reached = Vec::new();
        for run_id in running {
            let Some(open) = self.runs.get(&run_id) else {
                continue;
            };
            let workflow = open.workflow.clone();
            let mut payload = brought.clone();
            let fields = workflow.personal.iter().map(String::as_str);
            let apart = self.apart(run_id).put(&mut payload, fields)?;
            let references: Vec<(String, Value)> = apart
                .iter()
                .map(|write| (write.field.clone(), payload[&write.field].clone()))
                .collect();
            let order = Order::Signal {
                event: event_id,
                name: event.name.clone(),
                payload,
            };
            self.catch_up(run_id);
            let how = match self.step(run_id, &Command::new("event", order)) {
                Ok(entries) if entries.iter().any(is_taken) => Reach::Taken,
                Ok(_) => Reach::Kept,
                Err(Refusal::Rejected(Rejected::TooManyKept(_))) => Reach::Full,
                Err(Refusal::Rejected(_) | Refusal::UnknownRun(_)) => continue,
                Err(refusal) => return Err(refusal),
            };
            for (field, reference) in references {
                let kept = &mut event.payload[&field];
                if *kept == brought[&field] {
                    *kept = reference;
                }
            }
            self.gathered.personal(apart);
            reached.push(ReachedRun {
                run_id,
                workflow: workflow.id.clone(),
                how,
            });
        }
        Ok(reached)
    }
}

fn is_taken(entry: &Entry) -> bool {
    matches!(entry.kind, EntryKind::EventTaken { .. })
}

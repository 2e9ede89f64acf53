use std::sync::Arc;

use crate::{Calendar, List, Step, StepKind, WaitFor, Workflow};

impl Workflow {
    /// The same definition, bound to another version of one of its calendars: what
    /// [`Workflow::parse_with`] would give with that version, without reading the text again. One
    /// that does not name the calendar comes back as it is.
    pub fn bound_to(&self, calendar: &Arc<Calendar>) -> Workflow {
        let mut workflow = self.clone();
        if let Some(bound) = workflow.calendars.get_mut(&calendar.id) {
            *bound = calendar.clone();
            bind(&mut workflow.steps, calendar);
        }
        workflow
    }
}

fn bind(list: &mut List, calendar: &Arc<Calendar>) {
    for Step { kind, .. } in &mut list.steps {
        match kind {
            StepKind::Task(task) => {
                if let Some(sla) = &mut task.sla {
                    replace(&mut sla.calendar, calendar);
                }
            }
            StepKind::Wait(wait) => {
                if let WaitFor::Time {
                    calendar: bound, ..
                } = &mut wait.what
                {
                    replace(bound, calendar);
                }
                if let Some(sla) = &mut wait.sla {
                    replace(&mut sla.calendar, calendar);
                }
            }
            StepKind::Parallel(parallel) => {
                let lists = parallel.branches.iter_mut();
                lists.for_each(|(_, list)| bind(list, calendar));
            }
            StepKind::Foreach(foreach) => bind(&mut foreach.steps, calendar),
            StepKind::Switch(_) | StepKind::Call(_) | StepKind::End(_) => {}
        }
    }
}

fn replace(bound: &mut Option<Arc<Calendar>>, calendar: &Arc<Calendar>) {
    if let Some(bound) = bound.as_mut().filter(|bound| bound.id == calendar.id) {
        *bound = calendar.clone();
    }
}

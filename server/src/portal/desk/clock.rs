use hms_app::agency::Refused;
use hms_app::views::{
    ClockAct, Conflict, Language, LedgerRow, LedgerView, PauseView, Person, SlaClock, Stands,
    TaskClock, TaskView,
};
use hms_engine::{Clock, ClockState, LedgerWhat, Measure, Reading, Rejected, Task, Time, Workflow};
use uuid::Uuid;

use super::names::Names;
use super::{Desk, refuse};
use crate::identity::{Act, may, signature};
use crate::orchestrator::{Refusal, TaskOrder};

impl Desk {
    /// Stops a task's clock, lets it run again, or gives it more time.
    pub(super) async fn change_clock(
        &self,
        person: &Person,
        id: Uuid,
        act: ClockAct,
        language: Language,
    ) -> Result<TaskView, Refused> {
        let task = self.visible(person, id).await?;
        let allowed = match &act {
            ClockAct::Pause { .. } | ClockAct::Resume => may_stop(person, &task.task),
            ClockAct::Extend { .. } => may(&person.roles, Act::ExtendSla),
        };
        if !allowed {
            return Err(Refused::NotAllowed);
        }
        let order = match act {
            ClockAct::Pause {
                reason,
                waiting_for_reporter,
            } => TaskOrder::Pause {
                reason,
                waiting_for_reporter,
            },
            ClockAct::Resume => TaskOrder::Resume,
            ClockAct::Extend { by, reason } => TaskOrder::Extend {
                by_ms: self
                    .orchestrator
                    .added_ms(id, &by)
                    .await
                    .map_err(refuse::other)?
                    .map_err(|wrong| Refused::Conflict(Conflict::Run(sentence(&wrong))))?,
                reason,
            },
        };
        let me = signature(person.id);
        match self.orchestrator.task_order(id, &me, order).await {
            Ok(_) => self.task_of(person, id, language).await,
            // Stopped or running already: it is as asked.
            Err(Refusal::Rejected(Rejected::Paused | Rejected::NotPaused)) => {
                self.task_of(person, id, language).await
            }
            Err(Refusal::Rejected(rejected)) => Err(Refused::Conflict(Conflict::Run(sentence(
                &rejected.to_string(),
            )))),
            Err(Refusal::Closed(_)) => Err(Refused::Conflict(Conflict::Run(
                "The task is closed. Its clock was not changed".to_owned(),
            ))),
            Err(refusal) => Err(refuse::other(refusal)),
        }
    }
}

fn sentence(words: &str) -> String {
    let mut text = words.to_owned();
    if let Some(first) = text.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    text
}

/// Those who do a task may stop its clock, and whoever may give it more time.
fn may_stop(person: &Person, task: &Task) -> bool {
    person.is(&task.actor.name) || may(&person.roles, Act::ExtendSla)
}

/// A task's clock as the staff's pages read it.
pub(super) fn sla_clock(workflow: Option<&Workflow>, task: &Task, now: Time) -> SlaClock {
    let sla = workflow.and_then(|workflow| workflow.sla(&task.step_id));
    let reading = sla.map(|sla| task.reading(sla, now));
    let paused = task.clock.as_ref().and_then(|clock| pause(clock));
    let wall = reading
        .as_ref()
        .filter(|reading| reading.measure == Measure::Clock)
        .map(|reading| reading.budget);
    SlaClock {
        opened: task.created,
        due: task.expires,
        closed: task.closed_at,
        budget_ms: wall,
        // Working time cannot be counted in the browser: what is used is as of now.
        percent: reading
            .as_ref()
            .filter(|reading| reading.measure != Measure::Clock || paused.is_some())
            .map(Reading::percent),
        breached: task.breached_at.is_some(),
        stands: match (&paused, reading.map(|reading| reading.state)) {
            (Some(pause), _) => Stands::Paused(pause.reason.clone()),
            (None, Some(ClockState::OutsideHours { .. })) => Stands::OutsideHours,
            (None, _) => Stands::Runs,
        },
    }
}

/// Why a clock stands still, and since when.
pub(super) fn pause(clock: &Clock) -> Option<PauseView> {
    let stop = clock.stopped()?;
    let since = clock
        .ledger
        .iter()
        .rev()
        .find(|line| matches!(line.what, LedgerWhat::Stopped(_)))?;
    Some(PauseView {
        reason: stop.reason.clone(),
        for_reporter: stop.waiting_for_reporter,
        since: since.at,
    })
}

/// A task's clock with its ledger, and what this person may do with it; none without an SLA.
pub(super) fn task_clock(task: &Task, names: &Names, person: &Person) -> Option<TaskClock> {
    if task.expires.is_none() && task.clock.is_none() {
        return None;
    }
    let clock = task.clock();
    let open = task.status.is_open();
    Some(TaskClock {
        stopped: pause(&clock),
        may_stop: open && may_stop(person, task),
        may_extend: open && may(&person.roles, Act::ExtendSla),
        ledger: clock
            .ledger
            .iter()
            .map(|line| LedgerRow {
                at: line.at,
                who: names.of(&line.by),
                what: match &line.what {
                    LedgerWhat::Started => LedgerView::Started,
                    LedgerWhat::Stopped(stop) => LedgerView::Stopped {
                        reason: stop.reason.clone(),
                        for_reporter: stop.waiting_for_reporter,
                    },
                    LedgerWhat::Extended { by_ms, reason } => LedgerView::Extended {
                        by_ms: *by_ms,
                        reason: reason.clone(),
                    },
                    LedgerWhat::Recalendared { .. } => LedgerView::Recalendared,
                },
            })
            .collect(),
    })
}

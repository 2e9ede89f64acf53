use hms_app::agency::Refused;
use hms_app::views::{
    ClockAct, Conflict, Language, LedgerRow, LedgerView, PauseView, Person, Sent, SlaClock, Stands,
    TaskClock, TaskView, ToldView,
};
use hms_engine::{
    Clock, ClockState, EntryKind, LedgerWhat, Measure, Reading, Recipient, Rejected, Task, Time,
    Workflow,
};
use uuid::Uuid;

use super::names::Names;
use super::{Desk, refuse};
use crate::identity::{Act, holds, may_in, signature};
use crate::orchestrator::{Refusal, TaskOrder};
use crate::store::{AuditRow, TaskRow, Told};

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
            ClockAct::Pause { .. } | ClockAct::Resume => may_stop(person, &task),
            ClockAct::Extend { .. } => may_in(&person.roles, Act::ExtendSla, &task.workflow),
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
fn may_stop(person: &Person, row: &TaskRow) -> bool {
    holds(&person.roles, &row.task.actor.name, &row.workflow)
        || may_in(&person.roles, Act::ExtendSla, &row.workflow)
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
            (None, Some(ClockState::OutsideHours { opens })) => Stands::OutsideHours(opens),
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

/// What a task's clock is told from, besides itself.
pub(super) struct Around<'a> {
    /// Its run's history.
    pub(super) history: &'a [AuditRow],
    /// What people were to be told about it.
    pub(super) told: &'a [Told],
    /// What people are called.
    pub(super) names: &'a Names,
}

/// A task's clock with all that happened to it, and what this person may do with it; none without an
/// SLA. `stands` is how it stands now.
pub(super) fn task_clock(
    row: &TaskRow,
    stands: &Stands,
    around: &Around<'_>,
    person: &Person,
) -> Option<TaskClock> {
    let task = &row.task;
    if !task.has_sla() {
        return None;
    }
    let clock = task.clock();
    let open = task.status.is_open();
    let mut ledger = lines(&clock, around.names);
    ledger.extend(rungs(task, around));
    // Each kind is in order already; of one moment the clock's own lines come first.
    ledger.sort_by_key(|line| line.at);
    Some(TaskClock {
        stopped: pause(&clock),
        opens: match stands {
            Stands::OutsideHours(opens) if open => *opens,
            _ => None,
        },
        may_stop: open && may_stop(person, row),
        may_extend: open && may_in(&person.roles, Act::ExtendSla, &row.workflow),
        ledger,
    })
}

/// What the ladder did, and that the time for the first claim passed.
fn rungs(task: &Task, around: &Around<'_>) -> Vec<LedgerRow> {
    let sent = |at: u32, to: &dyn Fn(&Recipient) -> bool| {
        let told = around.told.iter();
        let mut told = told.filter(|told| told.at_percent == at && to(&told.who));
        told.next().map(|told| Sent {
            people: told.people,
            over: told.closed,
        })
    };
    let holds = |who: &Recipient| match who {
        Recipient::Holder(_) => true,
        // Nobody had it: all who may take it were reminded.
        Recipient::Role(role) => *role == task.actor,
    };
    let what = |kind: &EntryKind| match kind {
        EntryKind::AcceptBreached { .. } => Some(LedgerView::AcceptMissed),
        EntryKind::RungReached {
            at,
            remind,
            notify,
            priority,
            ..
        } => Some(LedgerView::Reached {
            percent: *at,
            reminded: remind.then(|| sent(*at, &holds)).flatten(),
            notified: notify.as_ref().map(|actor| ToldView {
                role: actor.name.clone(),
                sent: sent(*at, &|who| *who == Recipient::Role(actor.clone())).unwrap_or_default(),
            }),
            priority: priority.is_some(),
        }),
        _ => None,
    };
    let rows = around.history.iter().flat_map(|row| {
        let mine = row.entries.iter();
        let mine = mine.filter(|entry| entry.task == Some(task.id));
        mine.filter_map(|entry| what(&entry.kind))
            .map(|what| LedgerRow {
                at: row.at,
                who: around.names.of(&row.who),
                what,
            })
    });
    rows.collect()
}

fn lines(clock: &Clock, names: &Names) -> Vec<LedgerRow> {
    clock
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
                LedgerWhat::Migrated { .. } => LedgerView::Migrated,
            },
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use hms_engine::{Calendar, Calendars, Command, Order, Run, step};
    use serde_json::json;

    use super::*;

    const CLAIM: &str = "id: Claim\nstart: Claimed\nsteps:\n  - id: decide\n    actor: HUMAN:clerk\n    sla: { within: 8bh, calendar: us-federal }\n";

    #[test]
    fn outside_hours_it_says_when_the_office_opens() {
        let mut calendars = Calendars::default();
        let federal = include_str!("../../../../workflows/calendars/us-federal.yml");
        calendars.put(Calendar::parse(federal).unwrap());
        let workflow = Workflow::parse_with(CLAIM, &calendars).unwrap().workflow;
        let mut run = Run::new(Uuid::from_u128(1), &workflow, json!({}));
        // A Friday in summer, at noon in Washington.
        let opened: Time = "2026-06-12T16:00:00Z".parse().unwrap();
        let start = Command::new("event", Order::Start);
        step(&workflow, &mut run, &start, opened).unwrap();
        let task = &run.tasks[0];
        let stands = |now: &str| sla_clock(Some(&workflow), task, now.parse().unwrap()).stands;
        assert_eq!(stands("2026-06-12T16:30:00Z"), Stands::Runs);
        let Stands::OutsideHours(Some(opens)) = stands("2026-06-13T16:00:00Z") else {
            panic!("a Saturday");
        };
        // Monday morning there.
        let monday = "2026-06-15".parse::<chrono::NaiveDate>().unwrap();
        assert_eq!(opens.date_naive(), monday);
        assert_eq!(stands(&opens.to_rfc3339()), Stands::Runs);
    }
}

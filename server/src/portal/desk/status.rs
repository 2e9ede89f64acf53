//! A report as its reporter sees it: the run and its history put into what a person outside the
//! agency wants to know, without names and without the steps nobody works on.

use hms_app::views::{
    ClockView, FileAnswer, Happened, Holder, ReportState, StatusEvent, StatusStep, StatusView, Time,
};
use hms_engine::{Actor, ActorKind, Entry, EntryKind, Run, RunStatus, Task};
use hms_forms::Kind;

use super::clock::pause;
use super::titles::Titles;
use crate::store::{AuditRow, ReportRow};

/// The status of a report. History beyond the run's own seq is left out: the two are read one
/// after the other, and the run may have gone on in between.
pub(super) fn view(
    report: &ReportRow,
    run: &Run,
    history: &[AuditRow],
    titles: &Titles,
    clock: ClockView,
) -> StatusView {
    let known = history
        .iter()
        .filter(|row| row.seq.is_some_and(|seq| seq <= run.seq));
    let entries = known.flat_map(|row| row.entries.iter().map(move |entry| (row.at, entry)));
    StatusView {
        number: report.number.clone(),
        service: titles.service(),
        seq: run.seq,
        state: state(run),
        received: report.filed,
        files: files(run, titles),
        may_add: run.takes_information(),
        current: run
            .tasks
            .iter()
            .map(|task| current(task, titles, clock.now))
            .collect(),
        events: events(entries, titles),
        clock,
    }
}

/// The files that came with the report.
fn files(run: &Run, titles: &Titles) -> Vec<FileAnswer> {
    let pages = titles.portal().into_iter().flat_map(|portal| &portal.pages);
    let fields = pages.flat_map(|page| &page.form.fields);
    fields
        .filter(|one| one.field.kind == Kind::File)
        .filter_map(|one| FileAnswer::list_of(run.payload.get(&one.field.id)?))
        .flatten()
        .collect()
}

fn state(run: &Run) -> ReportState {
    match run.status {
        RunStatus::Running if run.incidents.is_empty() => ReportState::Open,
        RunStatus::Running => ReportState::Held,
        RunStatus::Completed => ReportState::Finished,
        RunStatus::Failed | RunStatus::Cancelled => ReportState::Cancelled,
    }
}

fn current(task: &Task, titles: &Titles, now: Time) -> StatusStep {
    StatusStep {
        title: titles.step(&task.step_id),
        holder: holder(&task.actor, task.claimed_by.is_some()),
        since: task.created,
        promised: task.expires,
        paused: task.clock.as_ref().and_then(|clock| pause(clock)),
        late: task.breached_at.is_some() || task.expires.is_some_and(|due| due <= now),
    }
}

fn holder(actor: &Actor, taken: bool) -> Holder {
    match actor.kind {
        ActorKind::Ai => Holder::Ai,
        ActorKind::Svc => Holder::Service,
        ActorKind::Human => Holder::People {
            role: actor.name.clone(),
            taken,
        },
    }
}

fn events<'e>(
    entries: impl Iterator<Item = (Time, &'e Entry)>,
    titles: &Titles,
) -> Vec<StatusEvent> {
    let mut events: Vec<StatusEvent> = Vec::new();
    // The tasks of people: only their being taken is told.
    let mut of_people = Vec::new();
    for (at, entry) in entries {
        let title = || {
            entry
                .step
                .as_deref()
                .map_or_else(String::new, |id| titles.step(id))
        };
        let what = match &entry.kind {
            EntryKind::RunStarted => Happened::Received,
            EntryKind::TaskOpened { actor, expires } => {
                if actor.kind == ActorKind::Human {
                    of_people.extend(entry.task);
                }
                Happened::Began {
                    title: title(),
                    holder: holder(actor, false),
                    promised: *expires,
                }
            }
            EntryKind::TaskClaimed { .. }
                if entry.task.is_some_and(|task| of_people.contains(&task)) =>
            {
                Happened::Taken { title: title() }
            }
            EntryKind::TaskCompleted { .. } => Happened::Done { title: title() },
            EntryKind::TaskTimedOut { .. } | EntryKind::SlaBreached { .. } => Happened::Missed {
                title: title(),
                now: None,
            },
            EntryKind::Escalated { to } => {
                // It belongs to the missed deadline told just before.
                let missed = events
                    .iter_mut()
                    .rev()
                    .find_map(|event| match &mut event.what {
                        Happened::Missed { now, .. } => Some(now),
                        _ => None,
                    });
                if let Some(now) = missed {
                    *now = (to != hms_engine::END).then(|| titles.step(to));
                }
                continue;
            }
            EntryKind::ClockStopped {
                reason,
                waiting_for_reporter,
            } => Happened::Paused {
                title: title(),
                reason: reason.clone(),
                for_reporter: *waiting_for_reporter,
            },
            EntryKind::ClockStarted { expires } => Happened::Continued {
                title: title(),
                promised: *expires,
            },
            EntryKind::SlaExtended {
                reason, expires, ..
            } => Happened::Extended {
                title: title(),
                reason: reason.clone(),
                promised: *expires,
            },
            EntryKind::DeadlineMoved { to, .. } if entry.task.is_some() => Happened::Moved {
                title: title(),
                promised: Some(*to),
            },
            EntryKind::TaskMigrated {
                before,
                after: Some(after),
                ..
            } if *before != Some(*after) => Happened::Revised {
                title: title(),
                promised: Some(*after),
            },
            EntryKind::InformationAdded { text } => Happened::Added { text: text.clone() },
            EntryKind::IncidentRaised { .. } => Happened::Held,
            EntryKind::IncidentResolved { .. } => Happened::Resumed,
            EntryKind::RunCompleted { .. } => Happened::Finished,
            EntryKind::RunCancelled { .. } => Happened::Cancelled,
            // How the agency works inside: choices, leases, attempts, tasks given back.
            _ => continue,
        };
        events.push(StatusEvent { at, what });
    }
    events
}

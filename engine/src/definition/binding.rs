//! Which calendar counts where: what is in business time is counted by the calendar of its SLA, or
//! else of the workflow.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::draft::{Draft, DraftKind};
use super::duration::Length;
use super::fields::{self, Word};
use super::list::DraftList;
use super::nearest::did_you_mean;
use super::report::Report;
use super::sla::DraftSla;
use super::tree::Node;
use crate::{Calendar, Calendars, Measure};

/// Written in place of a calendar: the clock on the wall counts.
const NONE: &str = "none";

/// What is found where a calendar is named.
#[derive(Clone)]
enum Found {
    /// None is named, or `none`.
    Clock,
    /// One that is not there or could not be read, which has been told.
    Missing,
    Calendar(Arc<Calendar>),
}

/// Finds calendars for the steps of one definition.
pub(super) struct Binding<'c> {
    calendars: &'c Calendars,
    default: Found,
    used: BTreeMap<String, Arc<Calendar>>,
}

impl<'c> Binding<'c> {
    /// With the workflow's own calendar, if it names one.
    pub(super) fn new(
        calendars: &'c Calendars,
        named: Option<&Node>,
        report: &mut Report,
    ) -> Binding<'c> {
        const HELP: &str = "write the id of a calendar, like us-federal";
        let mut binding = Binding {
            calendars,
            default: Found::Clock,
            used: BTreeMap::new(),
        };
        if let Some(node) = named {
            binding.default = match fields::word(node, "calendar", HELP, report) {
                Some(word) => binding.find(&word, report),
                None => Found::Missing,
            };
        }
        binding
    }

    /// The calendars that steps are counted by.
    pub(super) fn used(self) -> BTreeMap<String, Arc<Calendar>> {
        self.used
    }

    /// Gives each SLA and wait its calendar, and tells what needs one and has none.
    pub(super) fn bind(&mut self, list: &mut DraftList, report: &mut Report) {
        for draft in &mut list.drafts {
            let name = draft.name();
            self.bind_step(draft, &name, report);
            for list in draft.lists_mut() {
                self.bind(list, report);
            }
        }
    }

    fn bind_step(&mut self, draft: &mut Draft, name: &str, report: &mut Report) {
        match &mut draft.kind {
            Some(DraftKind::Task(task)) => {
                if let Some(sla) = &mut task.sla {
                    self.bind_sla(sla, name, report);
                }
            }
            Some(DraftKind::Wait(wait)) => {
                if let Some(sla) = &mut wait.sla {
                    self.bind_sla(sla, name, report);
                }
                if let Some((length, calendar)) = wait.length_mut()
                    && length.budget.measure != Measure::Clock
                {
                    *calendar = self.calendar(self.default.clone(), length, report);
                }
            }
            _ => {}
        }
    }

    fn bind_sla(&mut self, sla: &mut DraftSla, name: &str, report: &mut Report) {
        let found = match &sla.calendar {
            Some(Some(word)) => self.find(word, report),
            Some(None) => Found::Missing,
            None => self.default.clone(),
        };
        for length in [&mut sla.within, &mut sla.accept].into_iter().flatten() {
            if let Found::Calendar(_) = &found
                && length.budget.measure == Measure::Clock
            {
                days_of_24_hours(length, name, report);
                length.budget.measure = Measure::Hours;
            }
            sla.bound = self.calendar(found.clone(), length, report);
        }
        if let (Some(within), Some(accept)) = (&sla.within, &sla.accept)
            && within.budget.measure == accept.budget.measure
            && within.budget.amount < accept.budget.amount
        {
            report.error(
                "HMS056",
                accept.place,
                format!(
                    "{name} has {} to be accepted and {} to be finished",
                    accept.budget.written, within.budget.written
                ),
                Some("make \"accept\" shorter than \"within\"".into()),
            );
        }
    }

    /// The calendar that counts a length, which needs one if it is in business time.
    fn calendar(
        &mut self,
        found: Found,
        length: &Length,
        report: &mut Report,
    ) -> Option<Arc<Calendar>> {
        match found {
            Found::Calendar(calendar) => {
                self.used.insert(calendar.id.clone(), calendar.clone());
                Some(calendar)
            }
            Found::Missing => None,
            Found::Clock => {
                if length.budget.measure != Measure::Clock {
                    let written = &length.budget.written;
                    report.error(
                        "HMS032",
                        length.place,
                        format!("\"{written}\" is business time, which needs a calendar"),
                        Some(
                            "add \"calendar:\" to the workflow or the sla, like calendar: us-federal, or write hours or days by the clock, like 4h or 2d"
                                .into(),
                        ),
                    );
                }
                None
            }
        }
    }

    fn find(&self, word: &Word, report: &mut Report) -> Found {
        if word.text == NONE {
            return Found::Clock;
        }
        if let Some(calendar) = self.calendars.get(&word.text) {
            return Found::Calendar(calendar.clone());
        }
        if self.calendars.is_broken(&word.text) {
            report.error(
                "HMS059",
                word.place,
                format!(
                    "the calendar \"{}\" has mistakes of its own",
                    fields::clip(&word.text)
                ),
                Some("mend the calendar first; they are told with its file".into()),
            );
            return Found::Missing;
        }
        let known: Vec<&str> = self.calendars.ids().collect();
        let help = did_you_mean(&word.text, known.iter().copied()).unwrap_or_else(|| {
            match known.is_empty() {
                true => "calendars are files in the folder \"calendars\" beside the definition; none is there".into(),
                false => format!("the calendars are {}", known.join(", ")),
            }
        });
        report.error(
            "HMS057",
            word.place,
            format!("there is no calendar \"{}\"", fields::clip(&word.text)),
            Some(help),
        );
        Found::Missing
    }
}

/// `2d` where working time counts is 48 hours of work, which is seldom meant.
fn days_of_24_hours(length: &Length, name: &str, report: &mut Report) {
    let written = &length.budget.written;
    if written.contains(['d', 'w', 'D', 'W']) {
        report.warning(
            "HMS105",
            length.place,
            format!(
                "{name} has \"{written}\" of working time: a day counts 24 hours of it, a week 168"
            ),
            Some("write business days, like 2bd, or calendar: none for the clock".into()),
        );
    }
}

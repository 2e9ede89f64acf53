//! When an office works, counted by hand; and cases counted anew when that changes.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::rc::Rc;
use std::sync::Arc;

use hms_engine::{Calendar, Calendars, Entry, EntryKind, Order, Time};
use uuid::Uuid;

use crate::dice::Dice;
use crate::ensure;
use crate::ledger::{Ledger, Ms, Row};

/// The one calendar there is.
pub(crate) const ID: &str = "office";
/// Who puts its versions in force, and in whose name cases are counted anew.
pub(crate) const BY: &str = "planner";
const MINUTE: Ms = 60_000;
const DAY: Ms = 86_400_000;

/// A version of the calendar: the same hours each day, in UTC.
#[derive(Debug)]
pub(crate) struct Office {
    pub(crate) calendar: Arc<Calendar>,
    /// In order, apart from each other, from midnight on.
    spans: Vec<(Ms, Ms)>,
}

impl Office {
    /// Hours that are short enough for cases to meet them.
    pub(crate) fn any(dice: &mut Dice, revision: u64) -> Office {
        let mut spans = Vec::new();
        let mut hours = String::new();
        let mut free = 0;
        while spans.len() < 12 {
            let from = free + dice.roll(40);
            let to = from + dice.between(5, 90);
            if to > 1_440 {
                break;
            }
            spans.push((from as Ms * MINUTE, to as Ms * MINUTE));
            let comma = if hours.is_empty() { "" } else { ", " };
            let [(h, m), (to_h, to_m)] = [from, to].map(|at| (at / 60, at % 60));
            let _ = write!(hours, "{comma}{h:02}:{m:02}-{to_h:02}:{to_m:02}");
            free = to + 1;
        }
        let source = format!(
            "id: {ID}\ntitle: revision {revision}\ntime_zone: UTC\nhours:\n  weekdays: [{hours}]\n  \
             saturday: [{hours}]\n  sunday: [{hours}]\n"
        );
        let calendar = Calendar::parse(&source);
        Office {
            calendar: Arc::new(calendar.unwrap_or_else(|error| panic!("{source}\n{error:?}"))),
            spans,
        }
    }

    pub(crate) fn calendars(&self) -> Calendars {
        let mut calendars = Calendars::default();
        calendars.put(Calendar::clone(&self.calendar));
        calendars
    }

    /// The stretches of work from a moment on.
    fn stretches(&self, from: Ms) -> impl Iterator<Item = (Ms, Ms)> {
        let days = from.div_euclid(DAY)..;
        let spans = days.flat_map(|day| {
            let spans = self.spans.iter();
            spans.map(move |(begin, end)| (day * DAY + begin, day * DAY + end))
        });
        spans
            .map(move |(begin, end)| (begin.max(from), end))
            .filter(|(begin, end)| begin < end)
    }

    /// The first moment by which so much was worked.
    pub(crate) fn after(&self, from: Ms, mut amount: Ms) -> Ms {
        for (begin, end) in self.stretches(from) {
            if begin + amount <= end {
                return begin + amount;
            }
            amount -= end - begin;
        }
        unreachable!("days have no end")
    }

    /// How much was worked between two moments.
    pub(crate) fn worked(&self, from: Ms, to: Ms) -> Ms {
        let stretches = self.stretches(from).take_while(|(begin, _)| *begin < to);
        stretches.map(|(begin, end)| end.min(to) - begin).sum()
    }
}

impl Ledger {
    /// A run is counted by what is in force from this row on.
    pub(crate) fn counts(&mut self, row: &Row) {
        let by = matches!(
            row.order,
            Order::Start | Order::Migrate { .. } | Order::Recalendar { .. }
        );
        let office = self.office.clone();
        if let Some(run) = self.runs.get_mut(&row.run).filter(|_| by) {
            run.office = office.filter(|_| run.flow.by_office);
            let office = run.office.clone();
            self.counted
                .extend(office.map(|office| ((row.run, row.seq), office)));
        }
    }

    /// Another version of the calendar counts: the deadlines that move are told of, each once, and no other.
    pub(crate) fn count_anew(&mut self, row: &Row, entry: &Entry) -> Result<(), String> {
        let EntryKind::CalendarChanged { calendar, version } = &entry.kind else {
            return Ok(());
        };
        let order = Order::Recalendar {
            calendar: calendar.clone(),
            version: version.clone(),
        };
        ensure!(row.order == order && row.who == BY, "nobody asked for this");
        let office = self.office.clone();
        let Some(office) = office.filter(|office| office.calendar.version == *version) else {
            return Err(format!("{version} is not in force"));
        };
        let open = self.runs.get(&row.run).map(|run| run.open.clone());
        let mut moved = BTreeMap::new();
        for id in open.unwrap_or_default() {
            self.change(id, |task| {
                let from = task.expires;
                ensure!(
                    task.spec.sla_ms.is_none() || task.office.is_some(),
                    "uncounted"
                );
                task.office = Some(office.clone());
                task.expires = task.deadline();
                if from != task.expires {
                    task.moved_at = Some(row.at);
                    moved.extend(from.zip(task.expires).map(|both| (id, both)));
                }
                Ok(())
            })?;
        }
        let ms = |at: Time| at.timestamp_millis();
        let told = row.entries.iter().filter_map(|entry| match entry.kind {
            EntryKind::DeadlineMoved { from, to } => Some((entry.task?, (ms(from), ms(to)))),
            _ => None,
        });
        let told: Vec<(Uuid, (Ms, Ms))> = told.collect();
        let count = told.len();
        let told: BTreeMap<Uuid, (Ms, Ms)> = told.into_iter().collect();
        ensure!(
            told == moved && count == moved.len(),
            "{moved:?} moved, and it says {told:?}"
        );
        Ok(())
    }

    /// The calendar that a run is counted by.
    pub(crate) fn office_of(&self, run: Uuid) -> Option<Rc<Office>> {
        self.runs.get(&run).and_then(|run| run.office.clone())
    }
}

//! Putting a working calendar in force: first the calendar, in a transaction of its own, then the open cases
//! that are counted by another version of it, some in each of the next turns. Which those are stands in the
//! store, so whoever comes up after a crash goes on with the rest.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hms_engine::{Calendar, Time};

use super::{Conductor, Orchestrator, Refusal, Registry, Work, console};
use crate::store::{Behind, CalendarVersion, CountedAt, FoundBehind};

/// The most cases counted anew in one transaction; other work goes on in between.
const ANEW_MAX: u32 = 256;

/// A calendar that was deployed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeployedCalendar {
    /// Its id.
    pub id: String,
    /// Its version.
    pub version: String,
    /// Whether anything changed; deploying the text in force again changes nothing.
    pub changed: bool,
}

impl Orchestrator {
    /// Puts a calendar in force. The open cases it counts are counted anew from now on, in turns of their own.
    pub async fn deploy_calendar(
        &self,
        source: &str,
        by: &str,
    ) -> Result<DeployedCalendar, Refusal> {
        let (by, source) = (by.to_owned(), source.to_owned());
        self.ask(|answer| Work::DeployCalendar { by, source, answer })
            .await?
    }
}

impl Conductor {
    /// Checks a calendar and puts it in force, unless it is.
    pub async fn put_calendar_in_force(
        &mut self,
        now: Time,
        by: String,
        source: &str,
    ) -> Result<DeployedCalendar, Refusal> {
        let calendar = Calendar::parse(source).map_err(Refusal::BadCalendar)?;
        let known = self.registry.calendar(&calendar.id);
        let changed = known.is_none_or(|known| known.version != calendar.version);
        let (id, version) = (calendar.id.clone(), calendar.version.clone());
        if changed {
            let kept = CalendarVersion {
                version: version.clone(),
                id: id.clone(),
                source: calendar.source.clone(),
                deployed: now,
                deployed_by: by,
                in_force: true,
                deployment: 0,
            };
            let number = self.journal.deploy_calendar(&kept).await;
            if number.is_err() {
                self.journal.abandon().await;
            }
            self.registry
                .put_calendar(calendar, &kept.deployed_by, number?);
            self.anew.add(&id);
            // The next turn is at once.
            self.next_due = Some(now);
            if !self.quiet {
                console::print(&[console::calendar(now, &id, &version)]);
            }
        }
        Ok(DeployedCalendar {
            id,
            version,
            changed,
        })
    }
}

/// The calendars whose open cases may be counted by another version than the one in force, and how far the
/// search for them has come. All conductors of a node hear of them, and the first searches.
#[derive(Debug, Clone, Default)]
pub(super) struct Anew {
    searches: Arc<Mutex<VecDeque<Search>>>,
}

/// One pass over the cases that are behind.
#[derive(Debug)]
struct Search {
    calendar: String,
    after: Option<CountedAt>,
    /// Whether this pass counted any anew.
    moved: bool,
    /// Whether it left any to another node.
    passed_over: bool,
    /// How many were counted anew, over all passes.
    cases: usize,
}

impl Search {
    fn of(calendar: &str) -> Search {
        Search {
            calendar: calendar.to_owned(),
            after: None,
            moved: false,
            passed_over: false,
            cases: 0,
        }
    }
}

impl Anew {
    /// All calendars: what was left behind by a crash is found.
    pub(super) fn all(registry: &Registry) -> Anew {
        let calendars = registry.calendars();
        let searches = calendars.ids().map(Search::of).collect();
        Anew {
            searches: Arc::new(Mutex::new(searches)),
        }
    }

    fn searches(&self) -> MutexGuard<'_, VecDeque<Search>> {
        // Each change is whole before anything can panic.
        self.searches.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Another version of a calendar is in force.
    pub(super) fn add(&self, calendar: &str) {
        let mut searches = self.searches();
        searches.retain(|search| search.calendar != calendar);
        searches.push_back(Search::of(calendar));
    }

    /// Whether there may be cases to be counted anew.
    pub(super) fn is_busy(&self) -> bool {
        !self.searches().is_empty()
    }

    /// What to look for in the next turn.
    pub(super) fn wanted(&self, registry: &Registry) -> Option<Behind> {
        let mut searches = self.searches();
        while let Some(search) = searches.front() {
            if let Some(calendar) = registry.calendar(&search.calendar) {
                return Some(Behind {
                    calendar: search.calendar.clone(),
                    version: calendar.version.clone(),
                    after: search.after.clone(),
                    limit: ANEW_MAX,
                });
            }
            searches.pop_front();
        }
        None
    }

    /// What a turn found of that, and how many cases it counted anew. Says whether to wait a moment before
    /// the next turn, because what is left is at other nodes.
    ///
    /// A pass that counted any or left any to another node is followed by one more. A case that cannot be
    /// counted, because its definition no longer loads, ends no pass and begins none.
    pub(super) fn found(
        &self,
        wanted: &Behind,
        found: &FoundBehind,
        moved: usize,
        registry: &Registry,
    ) -> bool {
        let in_force = registry.calendar(&wanted.calendar);
        let mut searches = self.searches();
        let Some(search) = searches
            .front_mut()
            .filter(|search| search.calendar == wanted.calendar)
        else {
            return false;
        };
        if in_force.is_none_or(|calendar| calendar.version != wanted.version) {
            // It was replaced while this turn was under way: begin again.
            search.after = None;
            return false;
        }
        search.moved |= moved > 0;
        search.passed_over |= found.passed_over;
        search.cases += moved;
        if found.more {
            search.after.clone_from(&found.last);
            return false;
        }
        let wait = search.passed_over && !search.moved;
        if search.moved || search.passed_over {
            search.after = None;
            search.moved = false;
            search.passed_over = false;
            return wait;
        }
        if search.cases > 0 {
            tracing::info!(
                calendar.id = %wanted.calendar, calendar.version = %wanted.version,
                cases = search.cases,
                "open cases are counted by the calendar in force"
            );
        }
        searches.pop_front();
        false
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const OFFICE: &str = "id: office\ntime_zone: UTC\nhours: { weekdays: 09:00-17:00 }\n";

    fn registry() -> Registry {
        let registry = Registry::default();
        assert!(registry.put_calendar(Calendar::parse(OFFICE).unwrap(), "me", 0));
        registry
    }

    fn page(last: u128, more: bool, passed_over: bool) -> FoundBehind {
        FoundBehind {
            runs: Vec::new(),
            last: Some(CountedAt {
                version: "v".to_owned(),
                run_id: Uuid::from_u128(last),
            }),
            more,
            passed_over,
        }
    }

    #[test]
    fn a_pass_goes_on_where_it_was_and_ends_when_nothing_more_is_to_be_done() {
        let registry = registry();
        let anew = Anew::all(&registry);
        // Two pages; the first moves something, so one more pass.
        for (found, moved, wait, after, busy) in [
            (page(7, true, false), 256, false, Some(7), true),
            (page(9, false, false), 0, false, None, true),
            // Another node is at what is left: wait, then look again.
            (page(9, false, true), 0, true, None, true),
            // What cannot be counted is found again and ends the search all the same.
            (page(9, false, false), 0, false, None, false),
        ] {
            let wanted = anew.wanted(&registry).unwrap();
            assert_eq!(anew.found(&wanted, &found, moved, &registry), wait);
            assert_eq!(anew.is_busy(), busy);
            let next = anew.wanted(&registry).and_then(|wanted| wanted.after);
            assert_eq!(next.map(|at| at.run_id), after.map(Uuid::from_u128));
        }
    }

    #[test]
    fn a_calendar_replaced_meanwhile_is_searched_from_the_beginning() {
        let registry = registry();
        let anew = Anew::all(&registry);
        let wanted = anew.wanted(&registry).unwrap();
        let other = OFFICE.replace("17:00", "18:00");
        assert!(registry.put_calendar(Calendar::parse(&other).unwrap(), "me", 0));
        anew.add("office");
        anew.found(&wanted, &page(7, true, false), 9, &registry);
        let again = anew.wanted(&registry).unwrap();
        assert_eq!(again.after, None);
        assert_ne!(again.version, wanted.version);
    }
}

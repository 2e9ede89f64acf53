//! What a task's clock says, against what its ledger says when it is added up by hand.

use chrono::TimeDelta;
use hms_engine::{Calendar, Calendars, LedgerWhat, Sla, Task, Time};
use proptest::prelude::*;

/// Two versions of a calendar that works now and then.
pub(crate) fn versions() -> [Calendars; 2] {
    let hours = [
        "[00:00-10:30, 10:40-11:00, 11:20-24:00]",
        "[00:00-10:10, 10:30-11:30, 13:00-22:00]",
    ];
    hours.map(|hours| {
        let days = [
            "monday",
            "tuesday",
            "wednesday",
            "thursday",
            "friday",
            "saturday",
            "sunday",
        ];
        let days = days.map(|day| format!("{day}: {hours}")).join(", ");
        let source = format!("id: office\ntime_zone: UTC\nhours: {{ {days} }}\n");
        let mut calendars = Calendars::default();
        calendars.put(Calendar::parse(&source).unwrap());
        calendars
    })
}

/// The ledger alternates; what it adds up to is what is consumed; the deadline is the first moment
/// by which the budget is.
pub(crate) fn agree(task: &Task, sla: &Sla, now: Time) -> Result<(), TestCaseError> {
    let clock = task.clock();
    let measure = sla.within.measure;
    let (mut since, mut sum, mut added) = (None, 0, 0);
    for line in &clock.ledger {
        match &line.what {
            LedgerWhat::Started => prop_assert!(since.replace(line.at).is_none(), "started twice"),
            LedgerWhat::Stopped(_) => {
                let from: Option<Time> = since.take();
                prop_assert!(from.is_some(), "stopped twice");
                sum += sla.consumed(measure, from.unwrap(), line.at);
            }
            LedgerWhat::Extended { by_ms, .. } => added += by_ms,
            LedgerWhat::Recalendared { .. } | LedgerWhat::Migrated { .. } => {}
        }
    }
    prop_assert_eq!(since.is_none(), clock.stopped().is_some());
    sum += since.map_or(0, |from| sla.consumed(measure, from, now));
    prop_assert_eq!(clock.consumed(sla, measure, now), sum);
    prop_assert_eq!(clock.added, added);
    let reading = task.reading(sla, now);
    prop_assert_eq!(
        (reading.consumed, reading.budget),
        (sum, sla.within.amount + added)
    );
    match task.expires {
        Some(deadline) => {
            let by = |moment: Time| clock.consumed(sla, measure, moment);
            prop_assert!(by(deadline) >= reading.budget);
            prop_assert!(by(deadline - TimeDelta::milliseconds(1)) < reading.budget);
        }
        None => {
            prop_assert!(since.is_none(), "it runs and has no deadline");
            prop_assert!(sum < reading.budget);
        }
    }
    Ok(())
}

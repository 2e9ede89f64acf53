use std::collections::BTreeMap;

use hms_engine::{Command, Effect, Order};
use proptest::prelude::*;
use proptest::strategy::ValueTree;

use crate::{Trial, definitions, orders};

/// The trials are worth their time: they do reach the ends and the troubles.
#[test]
fn trials_reach_every_kind_of_order_and_end() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut seen: BTreeMap<String, u32> = BTreeMap::new();
    let strategy = (
        definitions::versions(),
        prop::collection::vec(orders::tries(), 0..40),
    );
    for _ in 0..1_500 {
        let (definitions, tries) = strategy.new_tree(&mut runner).unwrap().current();
        let mut trial = Trial::of(&definitions);
        trial
            .give(Command::new("event", Order::Start))
            .unwrap()
            .unwrap();
        for one in &tries {
            trial.now += one.passed();
            if one.changes_calendar() {
                trial.change_calendar();
            }
            let moved = one.migrates().then(|| trial.migrate().unwrap());
            let command = one.command(&trial.workflow, &trial.run, &trial.mirror);
            let given = moved.unwrap_or_else(|| trial.give(command).unwrap());
            if let Err(rejected) = given {
                let word = format!("{rejected:?}");
                let word = word
                    .split([' ', '(', '{'])
                    .next()
                    .unwrap_or_default()
                    .to_owned();
                *seen.entry(format!("refused {word}")).or_default() += 1;
            }
        }
        *seen
            .entry(format!("ended {}", trial.run.status.as_str()))
            .or_default() += 1;
        for accepted in &trial.accepted {
            for effect in &accepted.effects {
                if let Effect::Record(entry) = effect {
                    let kind = serde_json::to_value(&entry.kind).unwrap()["kind"].to_string();
                    *seen.entry(kind).or_default() += 1;
                }
            }
        }
    }
    for wanted in [
        "ended COMPLETED",
        "ended CANCELLED",
        "ended RUNNING",
        "refused RunEnded",
        "refused Begun",
        "refused NotOpen",
        "refused HeldBy",
        "refused NotHeld",
        "refused NotBefore",
        "refused BadResult",
        "refused StaleTimer",
        "refused TooEarly",
        "refused Expired",
        "refused NoIncident",
        "refused NoStep",
        "refused NotAwaited",
        "refused EventKnown",
        "refused NoCall",
        "refused NoClock",
        "refused Paused",
        "refused NotPaused",
        "refused BadPause",
        "refused WrongCalendar",
        "refused BadInformation",
        "\"information_added\"",
        "refused CannotMigrate",
        "refused SameVersion",
        "refused DueFirst",
        "\"migrated\"",
        "\"task_migrated\"",
        "\"clock_stopped\"",
        "\"clock_started\"",
        "\"sla_extended\"",
        "\"rung_reached\"",
        "\"accept_breached\"",
        "\"accepted\"",
        "\"calendar_changed\"",
        "\"deadline_moved\"",
        "\"task_opened\"",
        "\"task_claimed\"",
        "\"task_released\"",
        "\"lease_expired\"",
        "\"task_completed\"",
        "\"task_failed\"",
        "\"task_timed_out\"",
        "\"sla_breached\"",
        "\"escalated\"",
        "\"task_cancelled\"",
        "\"branch_taken\"",
        "\"incident_raised\"",
        "\"incident_resolved\"",
        "\"error_handled\"",
        "\"wait_began\"",
        "\"wait_ended\"",
        "\"wait_timed_out\"",
        "\"event_taken\"",
        "\"event_kept\"",
        "\"run_called\"",
        "\"call_ended\"",
        "\"call_cancelled\"",
        "\"lists_began\"",
        "\"lists_joined\"",
        "\"incident_dropped\"",
        "\"run_completed\"",
        "\"run_cancelled\"",
    ] {
        assert!(
            seen.get(wanted).is_some_and(|count| *count >= 3),
            "{wanted} is missing: {seen:#?}"
        );
    }
}

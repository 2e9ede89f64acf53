//! A few worlds with every test run; a million transitions have a stage of their own.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test fails by panicking, and says how much it did"
)]

use hms_simulator::{Fault, Goal, Plot, ROUNDS, Told, live, live_through};

#[test]
fn nothing_is_lost_doubled_or_late_in_any_world() {
    let goal = Goal {
        transitions: 20_000,
        first: 1,
    };
    match live_through(goal) {
        Ok(told) => println!("{told}"),
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn the_same_seed_gives_the_same_world() {
    for seed in 1..=3 {
        let world = Plot::new(seed, 60);
        assert_eq!(live(world).unwrap(), live(world).unwrap(), "seed {seed}");
    }
}

/// Worlds are worth their time: they reach every kind of thing that happens.
#[test]
fn worlds_reach_everything_that_happens() {
    let mut all = Told::default();
    for seed in 1_001..=1_030 {
        let world = Plot {
            census: true,
            ..Plot::new(seed, ROUNDS)
        };
        all.add(&live(world).unwrap());
    }
    assert!(all.crashes >= 10, "{all}");
    for kind in [
        "run_started",
        "task_opened",
        "task_claimed",
        "task_released",
        "lease_expired",
        "task_completed",
        "task_failed",
        "task_timed_out",
        "sla_breached",
        "task_cancelled",
        "lists_began",
        "lists_joined",
        "incident_dropped",
        "wait_began",
        "wait_ended",
        "wait_timed_out",
        "escalated",
        "branch_taken",
        "incident_raised",
        "incident_resolved",
        "error_handled",
        "run_completed",
        "run_cancelled",
        "migrated",
        "task_migrated",
        "clock_stopped",
        "clock_started",
        "sla_extended",
        "information_added",
        "run_called",
        "call_ended",
        "call_cancelled",
        "calendar_changed",
        "deadline_moved",
    ] {
        let seen = all.census.get(kind);
        assert!(seen.is_some_and(|n| *n >= 3), "{kind}: {:#?}", all.census);
    }
}

/// The checks can fail: a store that says it kept what it did not is found out.
#[test]
fn a_store_that_lies_is_found_out() {
    for seed in 1..=5 {
        let world = Plot {
            fault: Some(Fault::Lied),
            ..Plot::new(seed, ROUNDS)
        };
        let told = live(world);
        assert!(told.is_err(), "seed {seed}: {told:?}");
    }
}

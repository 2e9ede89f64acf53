use std::collections::BTreeMap;

use hms_engine::{Order, Rejected, RunStatus};
use serde_json::json;

use super::{BRANCHES, ITEMS, REVIEW, begun, with};
use crate::desk::{Desk, minutes};

/// From these steps, by these map lines to those: what a person is told.
#[test]
fn what_is_in_the_way_is_told_all_at_once() {
    let task = |id: &str| format!("  - {{ id: {id}, actor: HUMAN:clerk }}\n");
    let nested = BRANCHES.replace(
        "[{ id: law_check, actor: HUMAN:clerk }]",
        "[{ id: law_check, actor: HUMAN:clerk }, { id: law_book, actor: HUMAN:clerk }]",
    );
    for (old, new, map, expect) in [
        (
            task("legal_review"),
            task("legal_reviews"),
            vec![],
            vec![
                "legal_review: the new version has no such step. Map it to the one that takes its place. Did you mean \"legal_reviews\"?",
            ],
        ),
        (
            task("a"),
            "  - { id: a, type: wait, for: 1d }\n".into(),
            vec![],
            vec![
                "a: the run stands in a task, and \"a\" is a wait. Map it to a task, or wait until the run has gone on.",
            ],
        ),
        (
            task("a"),
            "  - { id: a, actor: AI:x }\n".into(),
            vec![],
            vec![
                "a: its task is for a person, and \"a\" is for an AI agent. Map it to a step for a person, or wait until the task is done.",
            ],
        ),
        (
            "  - { id: a, type: wait, for: 1d }\n".into(),
            "  - { id: a, type: wait, event: Came }\n".into(),
            vec![],
            vec![
                "a: the run waits for a length of time, and \"a\" waits for an event. Map it to a wait for a length of time, or wait until the run has gone on.",
            ],
        ),
        (
            "  - { id: a, type: call, workflow: One }\n".into(),
            "  - { id: a, type: call, workflow: Two }\n".into(),
            vec![],
            vec![
                "a: the run waits for one of One, and \"a\" calls Two. Wait until the called run has ended, or map it to a step that calls One.",
            ],
        ),
        (
            "  - { id: a, actor: SVC:x }\n".into(),
            "  - { id: a, actor: SVC:x, input: { to: payload.missing } }\n".into(),
            vec![],
            vec![
                "a: an expression of \"a\" fails over what this run has: input.to: there is no field \"missing\" in payload. Mend it and deploy again.",
            ],
        ),
        (
            "  - { id: a, type: wait, until: \"'2024-06-01T00:00:00Z'\" }\n".into(),
            "  - { id: a, type: wait, until: payload.n }\n".into(),
            vec![],
            vec![
                "a: an expression of \"a\" fails over what this run has: payload.n is no moment: a text like 2024-05-14T10:03:00Z is needed. Mend it and deploy again.",
            ],
        ),
        // The branch is gone, and another one is new; the third has another step in it.
        (
            BRANCHES.into(),
            BRANCHES
                .replace("press:", "media:")
                .replace("money_check", "money_chek"),
            vec![],
            vec![
                "both: the branch \"press\" has begun, and \"both\" has no such branch. Wait until the branches have joined.",
                "both: \"both\" has a branch \"media\" that this run has not begun. Wait until the branches have joined.",
                "money_check: the new version has no such step. Map it to the one that takes its place. Did you mean \"money_chek\"?",
            ],
        ),
        (
            BRANCHES.into(),
            nested.clone(),
            vec![("money_check", "law_book")],
            vec![
                "money_check: \"law_book\" does not stand in the branch \"money\" of \"both\". Map it to a step that does.",
            ],
        ),
        (
            BRANCHES.into(),
            nested,
            vec![("press_check", "after")],
            vec![
                "press_check: \"after\" does not stand in the branch \"press\" of \"both\". Map it to a step that does.",
            ],
        ),
        (
            task("a"),
            BRANCHES.into(),
            vec![("a", "law_check")],
            vec![
                "a: \"law_check\" does not stand in the outermost list. Map it to a step that does.",
            ],
        ),
        // What is under a step that has no place is not told of again, but where it has none itself it is.
        (
            ITEMS.into(),
            "  - { id: each, actor: AI:x }\n".into(),
            vec![("look", "each"), ("judge", "each")],
            vec![
                "each: the run stands in a foreach, and \"each\" is a task. Map it to a foreach, or wait until the run has gone on.",
            ],
        ),
        (
            ITEMS.into(),
            ITEMS.replace("look", "see"),
            vec![("look", "judge")],
            vec![],
        ),
    ] {
        let mut desk = begun(&old);
        if expect.is_empty() {
            desk.migrate(&with(&new), &map).unwrap();
            continue;
        }
        assert_eq!(desk.obstacles(&with(&new), &map), expect, "{old}→\n{new}");
    }
}

#[test]
fn a_finished_branch_must_be_there_too() {
    let mut desk = begun(BRANCHES);
    desk.complete("ann", "law_check", json!({"approved": true}))
        .unwrap();
    let gone = BRANCHES.replace("      law: [{ id: law_check, actor: HUMAN:clerk }]\n", "");
    let told = desk.obstacles(&with(&gone), &[]);
    assert_eq!(
        told,
        [
            "both: the branch \"law\" has begun, and \"both\" has no such branch. Wait until the branches have joined."
        ]
    );
}

#[test]
fn a_map_is_checked_line_by_line() {
    let mut desk = begun(REVIEW);
    let refused = desk.migrate(
        &with(&REVIEW.replace("4h", "5h")),
        &[("reviwe", "review"), ("boss", "bos")],
    );
    let Err(Rejected::BadMap(faults)) = refused else {
        panic!("{refused:?}");
    };
    let faults: Vec<_> = faults
        .iter()
        .map(|fault| (fault.step.as_str(), fault.detail.as_str()))
        .collect();
    assert_eq!(
        faults,
        [
            (
                "boss",
                "\"bos\" is no step of the version to move to, did you mean \"boss\"?"
            ),
            (
                "reviwe",
                "\"reviwe\" is no step of the version to move from, did you mean \"review\"?"
            ),
        ]
    );
}

#[test]
fn only_a_running_run_of_the_old_version_moves_and_nothing_that_is_due_is_passed_over() {
    let new = with(&REVIEW.replace("4h", "5h"));
    let mut desk = begun(REVIEW);
    assert_eq!(desk.migrate(&with(REVIEW), &[]), Err(Rejected::SameVersion));
    assert_eq!(
        desk.migrate(&new.replace("id: W", "id: V"), &[]),
        Err(Rejected::WrongVersion)
    );
    // The clock came first, and nobody has heard it yet.
    desk.now += minutes(240);
    let due = desk.task("review").expires.unwrap();
    assert_eq!(desk.migrate(&new, &[]), Err(Rejected::DueFirst(due)));
    desk.wait(minutes(0));
    assert_eq!(desk.stands(), "boss");
    let order = Order::Migrate {
        to: "v".into(),
        steps: BTreeMap::new(),
        note: String::new(),
    };
    assert_eq!(desk.order("ada", order), Err(Rejected::WrongVersion));
    desk.order(
        "ada",
        Order::Cancel {
            note: String::new(),
        },
    )
    .unwrap();
    assert_eq!(
        desk.migrate(&new, &[]),
        Err(Rejected::RunEnded(RunStatus::Cancelled))
    );
    let mut desk = Desk::new(&with(REVIEW), json!({"n": 1}));
    assert_eq!(desk.migrate(&new, &[]), Err(Rejected::NotBegun));
}

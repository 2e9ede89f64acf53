//! Erasing personal data by rule, and sealing it anew.

use std::collections::BTreeMap;

use hms_engine::Run;
use hms_server::identity::{Sealed, Vault};
use hms_server::store::{
    Erased, Needed, Note, PersonalEnded, PersonalWrite, RetentionRule, SealedAnew,
};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::kept::Kept;
use crate::on_all;
use crate::plans::plan;
use crate::script::{Script, at};

on_all!(
    what_is_due_goes_once_and_each_case_is_told_of,
    nothing_goes_while_another_case_of_the_event_is_open,
    what_no_case_was_reached_by_goes_too,
    two_nodes_erase_it_once,
    what_is_sealed_anew_is_what_it_was,
);

/// A plan is asked for by the words as they are; and what was there before a table was is not where much is lacking, for a
/// store there begins with all tables.
mod as_written {
    use super::{cases_that_ended_before_are_found, what_is_due_is_found_by_the_index};

    crate::on_both!(
        what_is_due_is_found_by_the_index,
        cases_that_ended_before_are_found
    );
}

const FLOW: &str = "id: W\nstart: E\nsteps:\n  - { id: a, actor: SVC:x }\n";
const DAY: i64 = 24 * 3_600;

fn rules(days: i64) -> Vec<RetentionRule> {
    let rule = |workflow: &str, version: Option<&str>| RetentionRule {
        workflow: workflow.to_owned(),
        version: version.map(str::to_owned),
        kept_ms: days * DAY * 1000,
        written: format!("{days}d"),
    };
    vec![rule("W", Some("v1")), rule("", None)]
}

fn value(n: u128, owner: u128) -> PersonalWrite {
    PersonalWrite {
        id: Uuid::from_u128(n),
        owner: Uuid::from_u128(owner),
        field: "email".to_owned(),
        sealed: Sealed {
            key_print: "k".to_owned(),
            bytes: vec![7; 40],
        },
        created_ms: at(0).timestamp_millis(),
    }
}

fn ended(run: &Run) -> PersonalEnded {
    PersonalEnded {
        workflow: run.workflow.clone(),
        since_ms: run.ended.unwrap().timestamp_millis(),
        owner: run.id,
    }
}

fn finish(script: &mut Script, run: &mut Run) {
    let task = run.tasks[0].id;
    script.complete(run, task, json!({}));
    let row = ended(run);
    script.batch().personal_ended.push(row);
}

async fn write(kept: &Kept, script: &mut Script) {
    let mut journal = kept.store.journal().await.unwrap();
    journal.begin(&Needed::default()).await.unwrap();
    journal.commit(script.take()).await.unwrap();
}

/// How many of these owners' values are there still, by owner.
async fn left(kept: &Kept, runs: &[Uuid]) -> BTreeMap<Uuid, usize> {
    let mut left = BTreeMap::new();
    for row in kept.store.personal().personal_of(runs).await.unwrap() {
        *left.entry(row.run_id).or_default() += usize::from(row.sealed.is_some());
    }
    left
}

/// What the audit trail says of what was erased: the case and the command.
async fn told(kept: &Kept) -> Vec<(Option<Uuid>, Value)> {
    let rows = kept.store.trail().trail_of(None, 0, 100).await.unwrap();
    let rows = rows.iter().map(|row| {
        assert_eq!(row.who, "hms serve");
        let command: Value = serde_json::from_str(&row.command).unwrap();
        (row.about, command)
    });
    rows.filter(|(_, command)| command["order"] == "erase_personal")
        .collect()
}

async fn erase(kept: &Kept, days: i64, now: i64) -> Erased {
    let store = kept.store.retention();
    store.erase_due(&rules(days), at(now), 10).await.unwrap()
}

async fn next(kept: &Kept, days: i64) -> Option<i64> {
    let next = kept.store.retention().next_due(&rules(days)).await.unwrap();
    next.map(|ms| (ms - at(0).timestamp_millis()) / 1000)
}

const NOTHING: Erased = Erased {
    values: 0,
    more: false,
};

async fn what_is_due_goes_once_and_each_case_is_told_of(kept: Kept) {
    let mut script = Script::of(FLOW);
    let mut runs: Vec<Run> = (1..=3).map(|n| script.start(n, json!({}))).collect();
    script.batch().personal = vec![value(11, 1), value(12, 1001), value(21, 2), value(31, 3)];
    write(&kept, &mut script).await;
    assert_eq!(next(&kept, 90).await, None, "nothing has ended");
    script.now = at(100);
    finish(&mut script, &mut runs[0]);
    script.now = at(200);
    finish(&mut script, &mut runs[1]);
    write(&kept, &mut script).await;
    let ids: Vec<Uuid> = runs.iter().map(|run| run.id).collect();
    let day_90 = 90 * DAY;
    assert_eq!(next(&kept, 90).await, Some(day_90 + 100));
    assert_eq!(erase(&kept, 90, day_90 + 99).await, NOTHING);
    let one = Erased {
        values: 2,
        more: false,
    };
    assert_eq!(erase(&kept, 90, day_90 + 100).await, one);
    let expect = [(ids[0], 0), (ids[1], 1), (ids[2], 1)];
    assert_eq!(left(&kept, &ids).await, BTreeMap::from(expect));
    assert_eq!(erase(&kept, 90, day_90 + 199).await, NOTHING);
    let command = json!({"order": "erase_personal", "run": ids[0], "values": 2,
        "reason": "W keeps personal data for 90d"});
    assert_eq!(told(&kept).await, [(Some(ids[0]), command)]);
    // A rule that is shortened counts at once, and of a case that has not ended nothing goes however short it is.
    assert_eq!(next(&kept, 1).await, Some(DAY + 200));
    assert_eq!(erase(&kept, 1, day_90).await.values, 1);
    assert_eq!(next(&kept, 1).await, None);
    let expect = [(ids[0], 0), (ids[1], 0), (ids[2], 1)];
    assert_eq!(left(&kept, &ids).await, BTreeMap::from(expect));
    assert_eq!(told(&kept).await.len(), 2);
    let none = [RetentionRule {
        workflow: "V".to_owned(),
        ..rules(1).remove(0)
    }];
    assert_eq!(kept.store.retention().next_due(&none).await.unwrap(), None);
}

/// Two cases of one event: "W", and "V" without a rule.
fn siblings(script: &mut Script) -> [Run; 2] {
    let first = script.start(1, json!({}));
    let mut second = script.start(2, json!({}));
    let batch = script.batch();
    let other = batch.events.pop().unwrap();
    batch.events[0].runs.extend(other.runs);
    for write in batch
        .runs
        .iter_mut()
        .filter(|write| write.run.id == second.id)
    {
        write.began_by = Some(Uuid::from_u128(1));
        write.run.workflow = "V".to_owned();
    }
    second.workflow = "V".to_owned();
    batch.personal = vec![value(11, 1), value(12, 1002)];
    [first, second]
}

async fn nothing_goes_while_another_case_of_the_event_is_open(kept: Kept) {
    let mut script = Script::of(FLOW);
    let [mut first, mut second] = siblings(&mut script);
    script.now = at(100);
    finish(&mut script, &mut first);
    write(&kept, &mut script).await;
    let due = 90 * DAY + 100;
    assert_eq!(erase(&kept, 90, due).await, NOTHING);
    assert_eq!(next(&kept, 90).await, Some(due + DAY), "looked at again");
    assert_eq!(erase(&kept, 90, due + DAY - 1).await, NOTHING);
    script.now = at(due + 5);
    finish(&mut script, &mut second);
    write(&kept, &mut script).await;
    assert_eq!(erase(&kept, 90, due + DAY).await.values, 1);
    // What came to the other case by an event of its own stays: nothing says how long.
    let expect = [(first.id, 0), (second.id, 1)];
    let runs = [first.id, second.id];
    assert_eq!(left(&kept, &runs).await, BTreeMap::from(expect));
    let about: Vec<_> = told(&kept).await.into_iter().map(|(run, _)| run).collect();
    assert_eq!(about, runs.map(Some), "both cases could read it");
}

async fn what_no_case_was_reached_by_goes_too(kept: Kept) {
    let mut script = Script::of(FLOW);
    script.start(1, json!({}));
    let batch = script.batch();
    let mut stray = batch.events[0].clone();
    (stray.id, stray.runs, stray.external_id) = (Uuid::from_u128(2), Vec::new(), None);
    stray.source = None;
    batch.events.push(stray);
    batch.personal = vec![value(11, 1), value(21, 2)];
    batch.personal_ended = vec![PersonalEnded {
        workflow: String::new(),
        since_ms: at(0).timestamp_millis(),
        owner: Uuid::from_u128(2),
    }];
    write(&kept, &mut script).await;
    assert_eq!(next(&kept, 30).await, Some(30 * DAY));
    assert_eq!(erase(&kept, 30, 30 * DAY).await.values, 1);
    let command = json!({"order": "erase_personal", "event": Uuid::from_u128(2), "values": 1,
        "reason": "an event that reached no case keeps personal data for 30d"});
    assert_eq!(told(&kept).await, [(None, command)]);
    assert_eq!(erase(&kept, 30, 99 * DAY).await, NOTHING);
}

async fn two_nodes_erase_it_once(kept: Kept) {
    const CASES: u128 = 40;
    let mut script = Script::of(FLOW);
    for n in 1..=CASES {
        let mut run = script.start(n, json!({}));
        script.batch().personal.push(value(10_000 + n, n));
        finish(&mut script, &mut run);
    }
    write(&kept, &mut script).await;
    let other = kept.again().await;
    let [mut one, mut two] = [0, 0];
    loop {
        let (rules, now) = (rules(1), at(2 * DAY));
        let (here, there) = (kept.store.retention(), other.retention());
        let (here, there) = tokio::join!(
            here.erase_due(&rules, now, 10),
            there.erase_due(&rules, now, 10)
        );
        let (here, there) = (here.unwrap(), there.unwrap());
        (one, two) = (one + here.values, two + there.values);
        if !here.more && !there.more {
            break;
        }
    }
    one += erase(&kept, 1, 2 * DAY).await.values;
    assert_eq!(u128::from(one + two), CASES);
    let mut about: Vec<_> = told(&kept).await.into_iter().map(|(run, _)| run).collect();
    about.sort_unstable();
    about.dedup();
    assert_eq!(about.len() as u128, CASES);
    assert_eq!(told(&kept).await.len() as u128, CASES, "each is told once");
}

async fn what_is_due_is_found_by_the_index(kept: Kept) {
    let (due, next) = match kept.is_file() {
        true => (
            "SELECT k.owner FROM json_each('[[\"W\",5]]') rule CROSS JOIN personal_ended k \
             ON k.workflow = rule.value ->> 0 AND k.since_ms <= rule.value ->> 1 LIMIT 10",
            "SELECT min((SELECT min(since_ms) FROM personal_ended \
             WHERE workflow = rule.value ->> 0) + (rule.value ->> 1)) \
             FROM json_each('[[\"W\",5]]') rule",
        ),
        false => (
            "SELECT k.owner FROM unnest('{W}'::text[], '{5}'::bigint[]) AS rule (workflow, before) \
             CROSS JOIN LATERAL (SELECT owner FROM personal_ended \
             WHERE workflow = rule.workflow AND since_ms <= rule.before \
             ORDER BY since_ms LIMIT 10 FOR UPDATE SKIP LOCKED) k LIMIT 10",
            "SELECT min((SELECT min(since_ms) FROM personal_ended k \
             WHERE k.workflow = rule.workflow) + rule.kept) \
             FROM unnest('{W}'::text[], '{5}'::bigint[]) AS rule (workflow, kept)",
        ),
    };
    for sql in [due, next] {
        let plan = plan(&kept, sql).await;
        let by_index = match kept.is_file() {
            true => {
                plan.contains("SEARCH k USING PRIMARY KEY (workflow=? AND since_ms<?)")
                    || plan.contains("SEARCH personal_ended USING PRIMARY KEY (workflow=?)")
            }
            false => {
                plan.contains("using personal_ended_pkey")
                    && plan.contains("Index Cond: (")
                    && plan.contains("workflow = rule.workflow")
            }
        };
        assert!(by_index, "{sql}\n{plan}");
    }
}

async fn cases_that_ended_before_are_found(kept: Kept) {
    let mut script = Script::of(FLOW);
    let [mut first, mut second] = siblings(&mut script);
    let third = script.start(3, json!({}));
    let mut fourth = script.start(4, json!({}));
    let batch = script.batch();
    let mut stray = batch.events[0].clone();
    (stray.id, stray.runs) = (Uuid::from_u128(9), Vec::new());
    (stray.source, stray.external_id) = (None, None);
    batch.events.push(stray);
    batch.personal.extend([value(31, 3), value(91, 9)]);
    script.now = at(100);
    finish(&mut script, &mut first);
    finish(&mut script, &mut second);
    finish(&mut script, &mut fourth);
    // As it was written before there were rules.
    script.batch().personal_ended.clear();
    write(&kept, &mut script).await;
    let migration = match kept.is_file() {
        true => include_str!("../../../migrations/sqlite/0019_retention.sql"),
        false => include_str!("../../../migrations/postgres/0019_retention.sql"),
    };
    let filling = &migration[migration.find("INSERT").unwrap()..];
    assert_eq!(kept.tamper(filling).await, 3);
    let rules = rules(1);
    let other = RetentionRule {
        workflow: "V".to_owned(),
        ..rules[0].clone()
    };
    let rules = [&rules[..], &[other]].concat();
    let store = kept.store.retention();
    let due = store.next_due(&rules).await.unwrap();
    assert_eq!(
        due,
        Some(at(DAY).timestamp_millis()),
        "the event that reached none"
    );
    let erased = store.erase_due(&rules, at(DAY + 100), 10).await.unwrap();
    assert_eq!(erased.values, 3);
    let left = left(&kept, &[first.id, second.id, third.id]).await;
    let expect = [(first.id, 0), (second.id, 0), (third.id, 1)];
    assert_eq!(left, BTreeMap::from(expect), "one is open");
}

async fn what_is_sealed_anew_is_what_it_was(kept: Kept) {
    let (old, new) = (Vault::fresh(), Vault::fresh());
    let mut script = Script::of(FLOW);
    let run = script.start(1, json!({}));
    let sealed = |n: u128| PersonalWrite {
        sealed: old.seal(Uuid::from_u128(n), "email", n.to_string().as_bytes()),
        ..value(n, 1)
    };
    script.batch().personal = (1..=5).map(sealed).collect();
    write(&kept, &mut script).await;
    let store = kept.store.personal();
    let note = Note {
        at: at(1),
        who: "test".to_owned(),
        version: None,
        about: None,
        command: json!({"order": "rotate_personal_key"}).to_string(),
    };
    store.personal_key(Some(old.print())).await.unwrap();
    for _ in 0..2 {
        store.go_over_to(new.print(), &note).await.unwrap();
    }
    let print = store.personal_key(None).await.unwrap();
    assert_eq!(print.as_deref(), Some(new.print()));
    let rows = kept.store.trail().trail_of(None, 0, 100).await.unwrap();
    assert_eq!(rows.len(), 1, "noted once");

    let page = |after, limit| store.sealed_otherwise(new.print(), Uuid::from_u128(after), limit);
    let first = page(0, 2).await.unwrap();
    let ids = |rows: &[hms_server::store::SealedRow]| -> Vec<u128> {
        rows.iter().map(|row| row.id.as_u128()).collect()
    };
    assert_eq!(ids(&first), [1, 2]);
    assert_eq!(ids(&page(2, 9).await.unwrap()), [3, 4, 5]);
    let anew = |row: &hms_server::store::SealedRow| SealedAnew {
        id: row.id,
        before: row.sealed.bytes.clone(),
        now: new.seal(
            row.id,
            &row.field,
            &old.open(row.id, &row.field, &row.sealed).unwrap(),
        ),
    };
    let mut values: Vec<SealedAnew> = page(0, 4).await.unwrap().iter().map(anew).collect();
    // One that became another meanwhile is left as it is.
    values[3].before[20] ^= 1;
    assert_eq!(store.seal_anew(&values).await.unwrap(), 3);
    assert_eq!(store.seal_anew(&values).await.unwrap(), 0, "done is done");
    assert_eq!(store.seal_anew(&[]).await.unwrap(), 0);
    assert_eq!(ids(&page(0, 9).await.unwrap()), [4, 5]);
    for row in store.personal_of(&[run.id]).await.unwrap() {
        let (vault, sealed) = match row.id.as_u128() {
            1..=3 => (&new, row.sealed.unwrap()),
            _ => (&old, row.sealed.unwrap()),
        };
        let opened = vault.open(row.id, &row.field, &sealed).unwrap();
        assert_eq!(opened, row.id.as_u128().to_string().into_bytes());
    }
    // What was erased is not there to be sealed.
    let note = Note {
        about: Some(run.id),
        ..note
    };
    store.erase_personal(run.id, &note).await.unwrap();
    assert_eq!(page(0, 9).await.unwrap(), []);
}

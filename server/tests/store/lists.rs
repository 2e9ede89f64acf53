//! Lists that are read in pages: each row once, in the order told, also while rows come and go.

use std::collections::{BTreeMap, BTreeSet};

use hms_engine::{TaskStatus, Time};
use hms_server::store::{Holder, Needed, TaskOrder, TaskPlace, TaskQuery, TasksOf};
use serde_json::json;
use uuid::Uuid;

use crate::journal::write;
use crate::kept::Kept;
use crate::on_all;
use crate::script::{Script, at};
use crate::shelf::of;

on_all!(
    tasks_are_read_in_pages_each_once,
    rows_that_come_and_go_leave_the_others_in_their_pages,
    free_tasks_of_a_pattern_come_in_one_order,
);

/// A task as it is put into the table.
#[derive(Debug, Clone)]
struct Row {
    id: Uuid,
    actor: &'static str,
    workflow: &'static str,
    status: TaskStatus,
    expires: Option<Time>,
    priority: u8,
    holder: Option<&'static str>,
    escalated: bool,
    breached: bool,
    closed: Option<Time>,
    /// When it may be tried again.
    again: Option<Time>,
}

impl Row {
    /// One of many that differ; many have the same moment, or none.
    fn made(n: u128) -> Row {
        let mut dice = n.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ (n << 7);
        let mut roll = |sides: u128| {
            dice = dice
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (dice >> 33) % sides
        };
        let status = [
            TaskStatus::New,
            TaskStatus::New,
            TaskStatus::Claimed,
            TaskStatus::Done,
            TaskStatus::Timeout,
        ][roll(5) as usize];
        let moment = |n: u128| at(60 * n as i64);
        Row {
            id: Uuid::from_u128((roll(1 << 30) << 90) | n),
            actor: ["HUMAN:clerk", "HUMAN:boss", "HUMAN:zoe", "AI:labeler"][roll(4) as usize],
            workflow: ["Fork", "Spoon"][roll(2) as usize],
            status,
            expires: (roll(3) > 0).then(|| moment(roll(4))),
            priority: [25, 50, 75][roll(3) as usize],
            holder: (status != TaskStatus::New).then(|| ["ann", "ben"][roll(2) as usize]),
            escalated: roll(4) == 0,
            breached: roll(5) == 0,
            closed: (!status.is_open()).then(|| moment(roll(6))),
            again: (status == TaskStatus::New && roll(2) == 0).then(|| moment(roll(4))),
        }
    }

    fn place(&self, order: TaskOrder) -> (bool, i64, i64, Uuid) {
        match order {
            TaskOrder::Deadline => (
                self.expires.is_none(),
                self.expires.map_or(0, |at| at.timestamp()),
                -i64::from(self.priority),
                self.id,
            ),
            // Told the other way round.
            TaskOrder::ClosedLast => (false, self.closed.unwrap().timestamp(), 0, self.id),
        }
    }

    fn is_in(&self, of: &[TasksOf]) -> bool {
        of.iter().any(|one| {
            one.actor.matches(&self.actor.parse().unwrap())
                && one.workflow.as_deref().is_none_or(|id| id == self.workflow)
        })
    }

    fn is_asked(&self, asked: &TaskQuery) -> bool {
        self.is_in(&asked.actors)
            && asked.statuses.contains(&self.status)
            && (!asked.escalated || self.escalated || self.breached)
            && (asked
                .ready_at
                .is_none_or(|now| self.again.is_none_or(|again| again <= now)))
            && match &asked.holder {
                Holder::Any => true,
                Holder::Is(holder) => self.holder == Some(holder),
            }
    }
}

/// Puts rows into the table behind the program's back, all of one run.
async fn put(kept: &Kept, rows: &[Row]) {
    let file = kept.is_file();
    let text = |text: Option<String>| text.map_or("NULL".to_owned(), |text| format!("'{text}'"));
    let yes = |yes: bool| match file {
        true => u8::from(yes).to_string(),
        false => yes.to_string(),
    };
    let moment = |at: Option<Time>| {
        text(at.map(|at| at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)))
    };
    let values: Vec<String> = rows
        .iter()
        .map(|row| {
            format!(
                "('{}', '{}', '{}', 'one', '{}', '{}', {}, {}, 1, {}, {}, 0, {}, {}, {}, {}, {}, {})",
                row.id,
                run(),
                row.workflow,
                row.actor,
                row.status.as_str(),
                moment(Some(at(0))),
                moment(row.expires),
                yes(row.escalated),
                row.priority,
                text(row.holder.map(str::to_owned)),
                moment(row.holder.map(|_| at(1))),
                moment(row.breached.then(|| at(2))),
                moment(row.closed),
                text(row.closed.and(row.holder).map(str::to_owned)),
                moment(row.again),
            )
        })
        .collect();
    kept.tamper(&format!(
        "INSERT INTO tasks (id, run_id, workflow, step_id, actor, status, created, expires, attempt, \
         escalated, priority, list, claimed_by, claimed_at, breached_at, closed_at, closed_by, not_before) VALUES {}",
        values.join(", ")
    ))
    .await;
}

fn run() -> Uuid {
    Uuid::from_u128(1001)
}

/// A run for the rows to belong to; it has ended and has none of its own that is open.
pub(crate) async fn one_run(kept: &Kept) {
    let mut script = Script::of("id: Plain\nstart: E\nsteps:\n  - { id: a, type: end }\n");
    script.start(1, json!({}));
    let mut journal = kept.store.journal().await.unwrap();
    write(journal.as_mut(), script.take()).await.unwrap();
}

/// What the tabs of inboxes ask for, of people of several kinds.
fn asked() -> Vec<TaskQuery> {
    use TaskStatus::{Cancelled, Claimed, Done, Failed, New, Timeout};
    let whose = [
        vec![of("HUMAN:clerk", None)],
        vec![of("HUMAN:*", None)],
        vec![of("HUMAN:*", Some("Fork")), of("HUMAN:clerk", None)],
        vec![
            of("HUMAN:boss", Some("Spoon")),
            of("HUMAN:zoe", Some("Fork")),
        ],
        vec![of("HUMAN:nobody", None), of("HUMAN:*", Some("Knife"))],
    ];
    let mut all = Vec::new();
    for actors in whose {
        for (statuses, holder, escalated, order) in [
            (vec![New], Holder::Any, false, TaskOrder::Deadline),
            (vec![Claimed], Holder::Any, false, TaskOrder::Deadline),
            (
                vec![Claimed],
                Holder::Is("ann".into()),
                false,
                TaskOrder::Deadline,
            ),
            (vec![New, Claimed], Holder::Any, true, TaskOrder::Deadline),
            (vec![New, Claimed], Holder::Any, false, TaskOrder::Deadline),
            (
                vec![Done, Timeout, Failed, Cancelled],
                Holder::Any,
                false,
                TaskOrder::ClosedLast,
            ),
            (vec![Done], Holder::Any, false, TaskOrder::ClosedLast),
            // As the API asks for closed ones.
            (vec![Done, Failed], Holder::Any, false, TaskOrder::Deadline),
            (
                vec![New, Done],
                Holder::Is("ben".into()),
                false,
                TaskOrder::Deadline,
            ),
        ] {
            all.push(TaskQuery {
                actors: actors.clone(),
                statuses,
                holder,
                escalated,
                ready_at: None,
                order,
                after: None,
                limit: 7,
            });
        }
    }
    // As the API asks for what may be taken, and for all that is open.
    for (statuses, escalated, ready_at) in [
        (vec![New, Claimed], true, Some(at(69))),
        (vec![New], false, Some(at(60))),
        (vec![New], false, Some(at(0))),
        (vec![New], false, None),
        (vec![New, Claimed], false, None),
    ] {
        for whose in ["AI:*", "AI:labeler"] {
            all.push(TaskQuery {
                actors: vec![
                    of(whose, None),
                    of("HUMAN:*", None),
                    of("HUMAN:zoe", Some("Fork")),
                ],
                statuses: statuses.clone(),
                holder: Holder::Any,
                escalated,
                ready_at,
                order: TaskOrder::Deadline,
                after: None,
                limit: 7,
            });
        }
    }
    all
}

/// The next page, and where it ends.
async fn page(kept: &Kept, asked: &TaskQuery) -> (Vec<Uuid>, Option<TaskPlace>) {
    let rows = kept.store.shelf().tasks(asked).await.unwrap();
    let place = rows.last().map(|row| asked.order.place(&row.task));
    (rows.iter().map(|row| row.task.id).collect(), place)
}

async fn tasks_are_read_in_pages_each_once(kept: Kept) {
    one_run(&kept).await;
    let rows: Vec<Row> = (1..=300).map(Row::made).collect();
    put(&kept, &rows).await;
    let mut pages = 0;
    for mut asked in asked() {
        let mut expected: Vec<&Row> = rows.iter().filter(|row| row.is_asked(&asked)).collect();
        expected.sort_by_key(|row| row.place(asked.order));
        if asked.order == TaskOrder::ClosedLast {
            expected.reverse();
        }
        let expected: Vec<Uuid> = expected.iter().map(|row| row.id).collect();
        let mut found = Vec::new();
        loop {
            let (ids, place) = page(&kept, &asked).await;
            if ids.is_empty() {
                break;
            }
            assert!(ids.len() <= 7 && found.len() <= expected.len(), "{asked:?}");
            pages += usize::from(asked.after.is_some());
            found.extend(ids);
            asked.after = place;
        }
        assert_eq!(found, expected, "{asked:?}");
        if asked.actors == [of("HUMAN:*", None)] && asked.statuses.len() > 2 {
            assert!(
                found.len() > 40,
                "{} are too few to say anything",
                found.len()
            );
        }
    }
    assert!(pages > 60, "{pages} pages");
    // What is counted is what is listed.
    for actors in asked().into_iter().map(|asked| asked.actors) {
        let count = |which: &dyn Fn(&Row) -> bool| {
            let rows = rows
                .iter()
                .filter(|row| row.is_in(&actors) && row.status.is_open());
            rows.filter(|row| which(row)).count() as u64
        };
        let load = kept.store.shelf().inbox_load(&actors).await.unwrap();
        let people: Vec<TasksOf> = actors.clone();
        if people
            .iter()
            .any(|of| of.actor.to_string().starts_with("AI:"))
        {
            continue;
        }
        assert_eq!(
            load.unassigned,
            count(&|row| row.status == TaskStatus::New),
            "{actors:?}"
        );
        assert_eq!(
            load.taken,
            count(&|row| row.status == TaskStatus::Claimed),
            "{actors:?}"
        );
        assert_eq!(
            load.escalated,
            count(&|row| row.escalated || row.breached),
            "{actors:?}"
        );
        let mine = kept.store.shelf().held(&actors, "ann").await.unwrap();
        assert_eq!(mine, count(&|row| row.holder == Some("ann")), "{actors:?}");
    }
}

async fn rows_that_come_and_go_leave_the_others_in_their_pages(kept: Kept) {
    one_run(&kept).await;
    let rows: Vec<Row> = (1..=200).map(Row::made).collect();
    put(&kept, &rows).await;
    let mut there: BTreeMap<Uuid, Row> = rows.into_iter().map(|row| (row.id, row)).collect();
    let mut next = 1_000;
    for mut asked in asked()
        .into_iter()
        .filter(|asked| asked.actors == [of("HUMAN:*", None)])
    {
        let mut throughout: BTreeSet<Uuid> = there
            .values()
            .filter(|row| row.is_asked(&asked))
            .map(|row| row.id)
            .collect();
        let mut found = Vec::new();
        for turn in 0.. {
            let (ids, place) = page(&kept, &asked).await;
            if ids.is_empty() {
                break;
            }
            found.extend(ids);
            asked.after = place;
            // The row at which the page ended goes, and one that may be anywhere; others come.
            let anywhere = there.keys().nth(turn * 13 % there.len()).copied();
            for gone in [place.map(|place| place.id), anywhere]
                .into_iter()
                .flatten()
            {
                if there.remove(&gone).is_some() {
                    kept.tamper(&format!("DELETE FROM tasks WHERE id = '{gone}'"))
                        .await;
                    throughout.remove(&gone);
                }
            }
            let come: Vec<Row> = (next..next + 2).map(Row::made).collect();
            next += 2;
            put(&kept, &come).await;
            there.extend(come.into_iter().map(|row| (row.id, row)));
        }
        let once: BTreeSet<Uuid> = found.iter().copied().collect();
        assert_eq!(once.len(), found.len(), "twice: {asked:?}");
        assert!(throughout.is_subset(&once), "left out: {asked:?}");
        assert!(throughout.len() > 7, "{asked:?}");
    }
}

async fn free_tasks_of_a_pattern_come_in_one_order(kept: Kept) {
    let mut journal = kept.store.journal().await.unwrap();
    let text = |id: &str, actor: &str, sla: &str| {
        format!("id: {id}\nstart: E\nsteps:\n  - {{ id: a, actor: \"{actor}\", {sla} }}\n")
    };
    let mut expected = Vec::new();
    let mut versions = Vec::new();
    for (n, (actor, sla)) in (1..).zip([
        ("AI:b", "sla: 3h"),
        ("AI:a", "sla: 1h"),
        ("AI:c", "priority: high"),
        ("AI:a", "priority: low"),
        ("AI:b", "sla: 2h"),
        ("SVC:a", "sla: 1h"),
    ]) {
        let mut script = Script::of(&text(&format!("W{n}"), actor, sla));
        let run = script.start(n, json!({}));
        versions.push(script.workflow.version.clone());
        write(journal.as_mut(), script.take()).await.unwrap();
        expected.push(run.id);
    }
    let [b3, a1, c, a0, b2, _] = expected[..] else {
        panic!("six runs");
    };
    let [_, left, ..] = &versions[..] else {
        panic!("six versions");
    };
    for (left_alone, limit, expected) in [
        (vec![], 9, vec![a1, b2, b3, c, a0]),
        (vec![], 2, vec![a1, b2]),
        (vec![left.clone()], 2, vec![b2, b3]),
    ] {
        let needed = Needed {
            now: at(0),
            free: vec![("AI:*".parse().unwrap(), limit)],
            left_alone,
            ..Needed::default()
        };
        let loaded = journal.begin(&needed).await.unwrap();
        journal.abandon().await;
        let found: Vec<Uuid> = loaded.free[0].iter().map(|(_, run)| *run).collect();
        assert_eq!(found, expected);
        let passed_over = loaded.passed_over;
        assert!(!passed_over);
    }
}

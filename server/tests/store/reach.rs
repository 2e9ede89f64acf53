//! What is read for somebody who has a role in some workflows only.

use hms_engine::{Order, Run, RunStatus, TaskStatus};
use hms_server::identity::inbox_of;
use hms_server::store::{
    Account, Added, Holder, InboxLoad, Receivers, RunQuery, Store, TaskOrder, TaskQuery,
};
use serde_json::json;
use uuid::Uuid;

use crate::kept::Kept;
use crate::on_all;
use crate::script::{Script, at};
use crate::shelf::{of, write};

on_all!(
    tasks_are_those_of_the_workflow,
    runs_are_those_of_the_workflows,
    who_is_told_has_the_role_there,
);

/// Three cases, of two workflows that give the same people work; the first has been decided.
async fn three_cases(store: &Store) -> [Run; 3] {
    let text = |id: &str| {
        format!(
            "id: {id}\nstart: {id}\nkey: payload.key\nsteps:\n  - id: look\n    actor: HUMAN:clerk\n  - id: sign\n    actor: HUMAN:boss\n"
        )
    };
    let mut runs = Vec::new();
    for (n, workflow) in [(1, "Fork"), (2, "Spoon"), (3, "Fork")] {
        let mut script = Script::of(&text(workflow));
        script.now = at(n);
        let mut run = script.start(n.unsigned_abs().into(), json!({ "key": format!("C-{n}") }));
        if n < 3 {
            let task = run.tasks[0].id;
            let result = json!({"outcome": "approve", "note": ""});
            script.now = at(10 + n);
            script.order(&mut run, "ann", Order::Complete { task, result });
        }
        write(store, &mut script).await;
        runs.push(run);
    }
    runs.try_into().unwrap()
}

async fn tasks_are_those_of_the_workflow(kept: Kept) {
    let [one, two, three] = three_cases(&kept.store).await;
    let [one, two, three] = [one.id, two.id, three.id];
    let shelf = kept.store.shelf();
    for (actors, open, closed) in [
        (vec![of("HUMAN:clerk", None)], vec![three], vec![two, one]),
        (
            vec![of("HUMAN:clerk", Some("Fork"))],
            vec![three],
            vec![one],
        ),
        (vec![of("HUMAN:clerk", Some("Spoon"))], vec![], vec![two]),
        (vec![of("HUMAN:clerk", Some("Knife"))], vec![], vec![]),
        (
            vec![of("HUMAN:*", Some("Fork"))],
            vec![one, three],
            vec![one],
        ),
        (vec![of("AI:*", Some("Fork"))], vec![], vec![]),
        // Found twice, told once.
        (
            vec![of("HUMAN:*", Some("Fork")), of("HUMAN:clerk", None)],
            vec![one, three],
            vec![two, one],
        ),
        (
            vec![
                of("HUMAN:boss", Some("Spoon")),
                of("HUMAN:clerk", Some("Fork")),
            ],
            vec![two, three],
            vec![one],
        ),
    ] {
        let load = shelf.inbox_load(&actors).await.unwrap();
        let expect = InboxLoad {
            unassigned: open.len() as u64,
            ..InboxLoad::default()
        };
        assert_eq!(load, expect, "{actors:?}");
        for (statuses, order, expect) in [
            (vec![TaskStatus::New], TaskOrder::Deadline, open),
            (vec![TaskStatus::Done], TaskOrder::ClosedLast, closed),
        ] {
            let asked = TaskQuery {
                actors: actors.clone(),
                statuses,
                holder: Holder::Any,
                escalated: false,
                ready_at: None,
                order,
                after: None,
                limit: 10,
            };
            let rows = shelf.tasks(&asked).await.unwrap();
            let mut found: Vec<Uuid> = rows.iter().map(|row| row.run_id).collect();
            if order == TaskOrder::Deadline {
                // Tasks without a deadline come in the order of their ids, which are made from their runs'.
                found.sort();
            }
            assert_eq!(found, expect, "{actors:?} {order:?}");
        }
    }
    // As a person has it.
    let roles = ["clerk@Fork".to_owned(), "boss@Spoon".to_owned()];
    let load = shelf.inbox_load(&inbox_of(&roles)).await.unwrap();
    assert_eq!(load.unassigned, 2);
}

async fn runs_are_those_of_the_workflows(kept: Kept) {
    let [one, two, three] = three_cases(&kept.store).await;
    let [one, two, three] = [one.id, two.id, three.id];
    let shelf = kept.store.shelf();
    let runs = |of: Option<&[&str]>| RunQuery {
        workflows: of.map(|ids| ids.iter().map(|id| (*id).to_owned()).collect()),
        limit: 10,
        ..RunQuery::default()
    };
    let both = runs(Some(&["Spoon", "Fork"]));
    for (what, asked, expect) in [
        ("all", runs(None), vec![three, two, one]),
        ("none", runs(Some(&[])), vec![]),
        ("one", runs(Some(&["Fork"])), vec![three, one]),
        ("twice", runs(Some(&["Fork", "Fork"])), vec![three, one]),
        ("both", both.clone(), vec![three, two, one]),
        ("another", runs(Some(&["Knife", "Spoon"])), vec![two]),
        (
            "the newest",
            RunQuery {
                limit: 2,
                ..both.clone()
            },
            vec![three, two],
        ),
        (
            "older",
            RunQuery {
                before: Some(three),
                ..both.clone()
            },
            vec![two, one],
        ),
        (
            "found",
            RunQuery {
                search: Some("C-2".into()),
                ..runs(Some(&["Fork"]))
            },
            vec![],
        ),
        (
            "running",
            RunQuery {
                statuses: vec![RunStatus::Running],
                ..both
            },
            vec![three, two, one],
        ),
    ] {
        let rows = shelf.runs(&asked).await.unwrap();
        let found: Vec<Uuid> = rows.iter().map(|row| row.run.id).collect();
        assert_eq!(found, expect, "{what}");
    }
}

async fn who_is_told_has_the_role_there(kept: Kept) {
    let people = kept.store.people();
    let mut ids = Vec::new();
    for (n, roles) in [
        &["boss"][..],
        &["clerk", "boss@Fork"],
        &["boss@Spoon"],
        &["clerk"],
    ]
    .into_iter()
    .enumerate()
    {
        let account = Account {
            id: Uuid::from_u128(n as u128 + 1),
            email: format!("{n}@agency.example"),
            name: n.to_string(),
            roles: roles.iter().map(|role| (*role).to_owned()).collect(),
            language: None,
            password_hash: String::new(),
            created_ms: 0,
            disabled_ms: None,
        };
        assert_eq!(people.add(&account).await.unwrap(), Added::Yes);
        ids.push(account.id);
    }
    let outbox = kept.store.outbox();
    for (workflow, expect) in [("Fork", [ids[0], ids[1]]), ("Spoon", [ids[0], ids[2]])] {
        let to = Receivers::Roles(hms_server::identity::held_as("boss", workflow));
        let told = outbox.receivers(&to).await.unwrap();
        let told: Vec<Uuid> = told.iter().map(|one| one.person).collect();
        assert_eq!(told, expect, "{workflow}");
    }
}

//! The audit trail as people read it: the newest first, by who, kind, case and day.

use std::collections::HashMap;

use hms_server::store::{LOOKED_MAX, LogKind, LogPage, LogQuery, Note, TokenRow};
use serde_json::json;
use uuid::Uuid;

use crate::kept::Kept;
use crate::on_all;
use crate::plans::plan;
use crate::script::at;
use crate::trail::{ONE, THREE, TWO, written};

on_all!(
    the_newest_stands_first_and_a_page_leads_to_the_next,
    what_is_asked_for_is_found_and_nothing_else,
    what_fits_rarely_is_looked_for_in_bounded_turns,
    a_changed_account_and_a_token_stand_in_the_trail,
    no_question_reads_the_whole_table,
);

const ADA: &str = "person:00000000-0000-0000-0000-00000000ada0";
const IVY: &str = "person:00000000-0000-0000-0000-0000000011f0";

fn note(who: &str, order: &str, second: i64, about: Option<&str>) -> Note {
    Note {
        at: at(second),
        who: who.to_owned(),
        version: None,
        about: about.map(|about| about.parse().unwrap()),
        command: json!({"order": order, "what": second}).to_string(),
    }
}

async fn page(kept: &Kept, query: LogQuery) -> LogPage {
    let limit = if query.limit == 0 { 100 } else { query.limit };
    let query = LogQuery { limit, ..query };
    kept.store.trail().logbook(&query).await.unwrap()
}

/// What the rows of a page say was done: the order, or a run's number and row.
fn told(page: &LogPage) -> Vec<String> {
    let row = |row: &hms_server::store::TrailRow| {
        let command: serde_json::Value = serde_json::from_str(&row.command).unwrap();
        match row.run_id {
            Some(_) => format!(
                "{}#{}",
                command["order"].as_str().unwrap(),
                row.seq.unwrap()
            ),
            None => format!("{}{}", command["order"].as_str().unwrap(), command["what"]),
        }
    };
    page.rows.iter().map(row).collect()
}

async fn the_newest_stands_first_and_a_page_leads_to_the_next(kept: Kept) {
    let notes: Vec<Note> = (0..5).map(|n| note(ADA, "read", n, None)).collect();
    kept.store.trail().note(&notes).await.unwrap();
    let mut query = LogQuery {
        limit: 2,
        ..LogQuery::default()
    };
    let mut all = Vec::new();
    loop {
        let page = page(&kept, query.clone()).await;
        all.extend(told(&page));
        match page.next {
            Some(next) => query.before = Some(next),
            None => break,
        }
    }
    assert_eq!(all, ["read4", "read3", "read2", "read1", "read0"]);
}

async fn what_is_asked_for_is_found_and_nothing_else(kept: Kept) {
    written(&kept).await;
    kept.store
        .trail()
        .note(&[
            note(ADA, "read", 10, Some(TWO)),
            note("nobody", "sign_in", 20, None),
            note(IVY, "read", 30, Some(ONE)),
            note("hms", "account", 40, None),
            note("token:x", "read", 50, Some(TWO)),
        ])
        .await
        .unwrap();
    let day = |from: Option<i64>, until: Option<i64>| LogQuery {
        from: from.map(at),
        until: until.map(at),
        ..LogQuery::default()
    };
    let kind = |kind| LogQuery {
        kind: Some(kind),
        ..LogQuery::default()
    };
    let who = |who: &str| LogQuery {
        who: Some(who.to_owned()),
        ..LogQuery::default()
    };
    let about = |run: &str| LogQuery {
        about: Some(run.parse().unwrap()),
        ..LogQuery::default()
    };
    let none: [&str; 0] = [];
    // What programs did to cases is not among what people did.
    let all = [
        "read50",
        "account40",
        "read30",
        "sign_in20",
        "read10",
        "deploynull",
    ];
    for (query, expect) in [
        (LogQuery::default(), &all[..]),
        (kind(LogKind::Read), &["read50", "read30", "read10"]),
        (kind(LogKind::SignIn), &["sign_in20"]),
        (kind(LogKind::Account), &["account40"]),
        (kind(LogKind::Deploy), &["deploynull"]),
        (kind(LogKind::Case), &none),
        (who(ADA), &["read10"]),
        (who("token:x"), &["read50"]),
        (who("person:"), &none),
        (day(Some(20), Some(40)), &["read30", "sign_in20"]),
        (day(None, Some(20)), &["read10", "deploynull"]),
        (day(Some(41), None), &["read50"]),
        // Of a case all that happened to it, also by programs.
        (
            about(TWO),
            &["read50", "read10", "claim#3", "complete#2", "start#1"],
        ),
        (about(THREE), &["complete#2", "start#1"]),
        (
            LogQuery {
                who: Some(ADA.to_owned()),
                ..about(TWO)
            },
            &["read10"],
        ),
        (
            LogQuery {
                who: Some(IVY.to_owned()),
                ..kind(LogKind::SignIn)
            },
            &none,
        ),
    ] {
        let found = page(&kept, query.clone()).await;
        assert_eq!(told(&found), expect, "{query:?}");
        assert_eq!(found.next, None, "{query:?}");
    }
}

async fn what_fits_rarely_is_looked_for_in_bounded_turns(kept: Kept) {
    let trail = kept.store.trail();
    trail.note(&[note(IVY, "read", 1, None)]).await.unwrap();
    let many: Vec<Note> = (0..LOOKED_MAX + 5)
        .map(|_| note("nobody", "read", 2, None))
        .collect();
    for notes in many.chunks(500) {
        trail.note(notes).await.unwrap();
    }
    // By day: nothing in the first two thousand, and where to go on.
    let query = LogQuery {
        until: Some(at(2)),
        ..LogQuery::default()
    };
    let first = page(&kept, query.clone()).await;
    assert_eq!(told(&first), [""; 0]);
    let before = first.next;
    assert!(before.is_some());
    let second = page(&kept, LogQuery { before, ..query }).await;
    assert_eq!(told(&second), ["read1"]);
    assert_eq!(second.next, None);
}

async fn a_changed_account_and_a_token_stand_in_the_trail(kept: Kept) {
    use hms_server::store::{Account, AccountChange};
    let account = Account {
        id: Uuid::from_u128(7),
        email: "maria@x.example".to_owned(),
        name: "Maria Lopez".to_owned(),
        roles: vec!["clerk".to_owned()],
        language: None,
        password_hash: "secret-hash".to_owned(),
        created_ms: 1_000,
        disabled_ms: None,
    };
    let people = kept.store.people();
    people.add(&account).await.unwrap();
    let change = AccountChange::Roles(vec!["supervisor".to_owned()]);
    people
        .accounts()
        .change(account.id, &change, ADA, 2_000)
        .await
        .unwrap();
    let token = TokenRow {
        id: Uuid::from_u128(8),
        hash: "token-hash".to_owned(),
        name: "Maria's own".to_owned(),
        actors: vec!["AI:x".parse().unwrap()],
        verbs: vec![],
        created_ms: 3_000,
        expires_ms: None,
        last_used_ms: None,
        revoked_ms: None,
    };
    let tokens = kept.store.tokens();
    tokens.add(&token).await.unwrap();
    let people = kept.store.people();
    let named = people.token_names(&[token.id, Uuid::nil()]).await;
    assert_eq!(
        named.unwrap(),
        HashMap::from([(token.id, token.name.clone())])
    );
    assert!(tokens.revoke(token.id, 4_000).await.unwrap());
    // What did nothing leaves nothing.
    assert!(!tokens.revoke(token.id, 5_000).await.unwrap());
    assert!(
        !people
            .accounts()
            .change(Uuid::from_u128(9), &change, ADA, 5_000)
            .await
            .unwrap()
    );
    let found = page(
        &kept,
        LogQuery {
            kind: Some(LogKind::Account),
            ..LogQuery::default()
        },
    )
    .await;
    let rows: Vec<_> = found
        .rows
        .iter()
        .map(|row| {
            let command: serde_json::Value = serde_json::from_str(&row.command).unwrap();
            (row.who.as_str(), row.about.unwrap().as_u128(), command)
        })
        .collect();
    assert_eq!(
        rows,
        [
            (
                "hms",
                8,
                json!({"order": "account", "what": "token_revoked", "id": token.id})
            ),
            (
                "hms",
                8,
                json!({"order": "account", "what": "token_made", "id": token.id, "after": ["AI:x"],
                    "until": null})
            ),
            (
                ADA,
                7,
                json!({"order": "account", "what": "roles", "before": ["clerk"], "after": ["supervisor"]})
            ),
            (
                "hms",
                7,
                json!({"order": "account", "what": "added", "after": ["clerk"]})
            ),
        ]
    );
    let mut faults = Vec::new();
    let mut tell = |fault: hms_server::trail::Fault| faults.push(fault.to_string());
    let trail = kept.store.trail();
    hms_server::trail::verify(trail.as_ref(), None, None, &mut tell)
        .await
        .unwrap();
    assert_eq!(faults, [""; 0]);
    // Nothing personal and no secret is in any row.
    for row in &found.rows {
        for text in ["maria", "Maria", "hash"] {
            assert!(
                !format!("{row:?}").replace("hash: Some", "").contains(text),
                "{row:?}"
            );
        }
    }
}

/// Asked as the plans of the queries: each finds its rows by an index, in the order it shows them.
async fn no_question_reads_the_whole_table(kept: Kept) {
    let trail = kept.store.trail();
    let notes: Vec<Note> = (0..3_000)
        .map(|n| {
            let (who, order) = match n % 100 {
                0 => (ADA, "sign_in"),
                1 => (IVY, "account"),
                _ => ("nobody", "read"),
            };
            note(who, order, n, (n % 50 == 0).then_some(TWO))
        })
        .collect();
    for notes in notes.chunks(1_000) {
        trail.note(notes).await.unwrap();
    }
    let between = "n > 0 AND n < 9223372036854775807 ORDER BY n DESC LIMIT 2000";
    let (by_c, by_order, kinds) = match (kept.is_file(), kept.is_lesser()) {
        (true, _) => ("who", "command ->> 'order'", "audit_kinds"),
        (_, false) => (
            "who COLLATE \"C\"",
            "(command::json ->> 'order')",
            "audit_kinds",
        ),
        // No index knows the kinds there: any of the house's rows will do.
        (_, true) => ("who", "(command::json ->> 'order')", "audit_"),
    };
    let people = format!("{by_c} >= 'person:' AND {by_c} < 'person;'");
    for (condition, index) in [
        (format!("(run_id IS NULL OR ({people}))"), "audit_pages"),
        (format!("{by_c} = '{ADA}' AND {people}"), "audit_people"),
        (format!("run_id IS NULL AND {by_order} = 'sign_in'"), kinds),
        (
            format!("about IS NOT NULL AND about = '{TWO}'"),
            "audit_about",
        ),
    ] {
        let plan = plan(
            &kept,
            &format!("SELECT n FROM audit WHERE {condition} AND {between}"),
        )
        .await;
        assert!(plan.contains(index), "{condition}: {plan}");
        assert!(!plan.contains("Seq Scan"), "{condition}: {plan}");
        assert!(!plan.contains("SCAN audit\n"), "{condition}: {plan}");
    }
}

//! What belongs to cases whose definition no longer loads is left alone: it is not handed out and not fired.

use hms_server::store::Needed;
use serde_json::json;

use crate::journal::write;
use crate::kept::Kept;
use crate::on_all;
use crate::script::{Script, at};

on_all!(versions_that_are_left_alone_stand_in_nobodys_way,);

async fn versions_that_are_left_alone_stand_in_nobodys_way(kept: Kept) {
    let mut journal = kept.store.journal().await.unwrap();
    let text = |id: &str, sla: &str| {
        format!("id: {id}\nstart: E\nsteps:\n  - {{ id: a, actor: SVC:a, sla: {sla} }}\n")
    };
    let mut old = Script::of(&text("Old", "1h"));
    let mut good = Script::of(&text("Good", "2h"));
    let mut first = vec![old.start(1, json!({}))];
    old.now = at(1);
    first.push(old.start(2, json!({})));
    let second = good.start(3, json!({}));
    write(journal.as_mut(), old.take()).await.unwrap();
    write(journal.as_mut(), good.take()).await.unwrap();
    let versions = [old.workflow.version.clone(), good.workflow.version.clone()];
    let needed = |left_alone: &[&String], now, due| Needed {
        now: at(now),
        free: vec![("SVC:a".parse().unwrap(), 1)],
        due,
        left_alone: left_alone
            .iter()
            .map(|version| (*version).clone())
            .collect(),
        ..Needed::default()
    };
    let [old, good] = &versions;
    for (left_alone, now, free, due, next) in [
        (vec![], 0, Some(first[0].id), vec![], Some(at(3_600))),
        (vec![old], 0, Some(second.id), vec![], Some(at(7_200))),
        (vec![old], 3_600, Some(second.id), vec![], Some(at(7_200))),
        (vec![old], 7_200, Some(second.id), vec![second.id], None),
        (
            vec![good],
            3_601,
            Some(first[0].id),
            vec![first[0].id, first[1].id],
            None,
        ),
        (vec![old, good], 7_200, None, vec![], None),
    ] {
        let loaded = journal.begin(&needed(&left_alone, now, 9)).await.unwrap();
        journal.abandon().await;
        let said = format!("{left_alone:?} at {now}");
        let run = loaded.free[0].first().map(|(_, run)| *run);
        assert_eq!(run, free, "{said}");
        assert_eq!(loaded.due.runs, due, "{said}");
        assert_eq!(loaded.due.next, next, "{said}");
        assert!(!loaded.passed_over && !loaded.due.more, "{said}");
    }
    // One at a time: those that are left alone do not fill what is asked for.
    let loaded = journal.begin(&needed(&[old], 9_000, 1)).await.unwrap();
    journal.abandon().await;
    assert_eq!((loaded.due.runs, loaded.due.more), (vec![second.id], true));
}

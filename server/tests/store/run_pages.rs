//! Lists of runs that are read in pages: each run once, whatever is asked for.

use hms_app::views::COUNTED_MAX;
use hms_engine::{Order, RunStatus};
use hms_server::store::{RunQuery, Waiting};
use serde_json::json;
use uuid::Uuid;

use crate::journal::{REVIEW, write};
use crate::kept::Kept;
use crate::lists::one_run;
use crate::on_all;
use crate::plans::plan;
use crate::script::Script;

on_all!(
    runs_are_read_in_pages_each_once,
    a_search_looks_at_so_many_and_says_so,
    runs_are_found_by_an_index_that_knows_all_that_is_asked,
);

async fn runs_are_found_by_an_index_that_knows_all_that_is_asked(kept: Kept) {
    let mut script = Script::of(REVIEW);
    for n in 1..=60_u128 {
        script.start(n, json!({ "complaintId": n.to_string() }));
    }
    let mut journal = kept.store.journal().await.unwrap();
    write(journal.as_mut(), script.take()).await.unwrap();
    let after = "AND x.id > '00000000-0000-0000-0000-000000000000'";
    let key =
        "x.status = 'RUNNING' AND x.key IS NOT NULL AND x.workflow = 'Review' AND x.key = '7'";
    let by_key = if kept.is_file() {
        "runs_case"
    } else {
        "runs_key"
    };
    let of_version = "x.status = 'RUNNING' AND x.workflow = 'W' AND x.version = 'v'";
    for (asked, more, index) in [
        (
            "x.status = 'RUNNING' AND x.workflow = 'W'",
            after,
            "runs_open_of",
        ),
        (of_version, after, "runs_open_of"),
        (
            "x.status = 'COMPLETED' AND x.workflow = 'W'",
            after,
            "runs_completed",
        ),
        (
            "x.status IN ('CANCELLED', 'FAILED') AND x.workflow = 'W'",
            after,
            "runs_cancelled",
        ),
        (key, "", by_key),
    ] {
        let sql = format!("SELECT x.id FROM runs x WHERE {asked} {more} ORDER BY x.id LIMIT 5");
        let plan = plan(&kept, &sql).await;
        assert!(plan.contains(index), "{sql}\n{plan}");
        assert!(
            !plan.contains("Filter") && !plan.contains("Sort"),
            "{sql}\n{plan}"
        );
        assert!(!plan.contains("TEMP B-TREE"), "{sql}\n{plan}");
        if asked == of_version && kept.is_file() {
            assert!(plan.contains("COVERING INDEX"), "{sql}\n{plan}");
        }
    }
    // A key in no order has a page to itself, which is written to whenever a column of the index is named.
    if kept.is_file() {
        let columns = kept.count("SELECT count(*) FROM pragma_index_info('runs_key')");
        assert_eq!(columns.await, 1);
    }
}

async fn runs_are_read_in_pages_each_once(kept: Kept) {
    let mut journal = kept.store.journal().await.unwrap();
    let mut runs = Vec::new();
    for n in 1..=40_u128 {
        let flow = ["Fork", "Spoon", "Knife"][(n % 3) as usize];
        let actor = ["HUMAN:clerk", "AI:labeler"][(n % 2) as usize];
        let text = format!("id: {flow}\nstart: E\nsteps:\n  - {{ id: a, actor: \"{actor}\" }}\n");
        let mut script = Script::of(&text);
        let mut run = script.start(n, json!({}));
        match n % 5 {
            0 => {
                let task = run.tasks[0].id;
                let result = json!({"outcome": "approve", "note": ""});
                script.order(&mut run, "ann", Order::Complete { task, result });
            }
            1 => script.order(
                &mut run,
                "ann",
                Order::Cancel {
                    note: String::new(),
                },
            ),
            _ => {}
        }
        for write in &mut script.batch().runs {
            write.breached = n % 7 == 0;
        }
        write(journal.as_mut(), script.take()).await.unwrap();
        runs.push((run, n % 7 == 0));
    }
    runs.reverse();
    let all = RunQuery {
        limit: 4,
        ..RunQuery::default()
    };
    let states = |statuses: &[RunStatus]| RunQuery {
        statuses: statuses.to_vec(),
        ..all.clone()
    };
    let unserved = || Some(vec!["AI:labeler".to_owned()]);
    use RunStatus::{Cancelled, Completed, Failed, Running};
    let kinds = [
        all.clone(),
        states(&[Running]),
        states(&[Completed]),
        states(&[Cancelled, Failed]),
        states(&[Cancelled]),
        states(&[Running, Cancelled]),
        RunQuery {
            version: Some(runs[1].0.version.clone()),
            ..states(&[Running])
        },
        RunQuery {
            breached: true,
            ..all.clone()
        },
        RunQuery {
            breached: true,
            ..states(&[Running])
        },
        RunQuery {
            waiting: Some(Waiting::Human),
            ..all.clone()
        },
        RunQuery {
            stopped: true,
            ..all.clone()
        },
        RunQuery {
            stuck: Some(vec![]),
            ..all.clone()
        },
        RunQuery {
            stuck: unserved(),
            ..all.clone()
        },
        RunQuery {
            stuck: unserved(),
            breached: true,
            ..all.clone()
        },
        RunQuery {
            search: Some("0000".to_owned()),
            ..states(&[Completed])
        },
        RunQuery {
            search: Some("0000".to_owned()),
            stuck: unserved(),
            ..all.clone()
        },
        RunQuery {
            search: Some("x".to_owned()),
            ..all.clone()
        },
    ];
    for asked in kinds {
        for workflows in [
            None,
            Some(vec!["Spoon"]),
            Some(vec!["Knife", "Fork", "Cup"]),
        ] {
            let mut asked = RunQuery {
                workflows: workflows
                    .clone()
                    .map(|ids| ids.into_iter().map(str::to_owned).collect()),
                ..asked.clone()
            };
            let fits = |(run, breached): &&(hms_engine::Run, bool)| {
                let waits =
                    |actor: &str| run.tasks.iter().any(|task| task.actor.to_string() == actor);
                workflows
                    .as_ref()
                    .is_none_or(|ids| ids.contains(&run.workflow.as_str()))
                    && (asked.statuses.is_empty() || asked.statuses.contains(&run.status))
                    && asked.version.as_ref().is_none_or(|one| *one == run.version)
                    && (!asked.breached || *breached)
                    && (asked.waiting.is_none() || waits("HUMAN:clerk"))
                    && !asked.stopped
                    && asked
                        .stuck
                        .as_ref()
                        .is_none_or(|actors| actors.iter().any(|actor| waits(actor)))
                    && asked
                        .search
                        .as_ref()
                        .is_none_or(|text| run.id.to_string().starts_with(text))
            };
            let expected: Vec<Uuid> = runs.iter().filter(fits).map(|(run, _)| run.id).collect();
            let mut found = Vec::new();
            loop {
                let rows = kept.store.shelf().runs(&asked).await.unwrap();
                let Some(last) = rows.last() else { break };
                assert!(
                    rows.len() <= 4 && found.len() <= expected.len(),
                    "{asked:?}"
                );
                asked.before = Some(last.run.id);
                found.extend(rows.iter().map(|row| row.run.id));
            }
            asked.before = None;
            assert_eq!(found, expected, "{asked:?}");
        }
    }
}

async fn a_search_looks_at_so_many_and_says_so(kept: Kept) {
    one_run(&kept).await;
    let rows = COUNTED_MAX + 20;
    let (numbers, id, no) = match kept.is_file() {
        true => (
            format!(
                "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows})"
            ),
            "printf('%s0000-0000-7000-8000-%012x', KIND, i)",
            "0",
        ),
        false => (
            format!("WITH n (i) AS (SELECT generate_series(1, {rows}))"),
            "(KIND || '0000-0000-7000-8000-' || lpad(to_hex(i), 12, '0'))::uuid",
            "false",
        ),
    };
    let of = |kind: &str| id.replace("KIND", &format!("'{kind}'"));
    kept.tamper(&format!(
        "{numbers} INSERT INTO runs (id, workflow, version, status, key, event_id, started, seq, stopped, \
         breached, state) SELECT {}, 'Plain', 'v', 'RUNNING', CASE WHEN i <= 3 THEN 'few-' ELSE 'many-' END || i, \
         {}, '2026-01-01T00:00:00.000Z', 1, {no}, {no}, '{{}}' FROM n",
        of("aaaa"),
        of("bbbb")
    ))
    .await;
    kept.tamper(&format!(
        "{numbers} INSERT INTO tasks (id, run_id, workflow, step_id, actor, status, created, attempt, escalated, \
         priority, list) SELECT {}, {}, 'Plain', 'one', CASE WHEN i <= 3 THEN 'SVC:few' ELSE 'SVC:many' END, 'NEW', \
         '2026-01-01T00:00:00.000Z', 1, {no}, 50, 0 FROM n",
        of("cccc"),
        of("aaaa")
    ))
    .await;
    let shelf = kept.store.shelf();
    let search = |text: &str| RunQuery {
        search: Some(text.to_owned()),
        limit: 5,
        ..RunQuery::default()
    };
    let stuck = |actor: &str| RunQuery {
        stuck: Some(vec![actor.to_owned()]),
        limit: 5,
        ..RunQuery::default()
    };
    for (asked, expected) in [
        (search("few-"), false),
        (search("many-"), true),
        (search("aaaa"), true),
        (search("none"), false),
        (stuck("SVC:few"), false),
        (stuck("SVC:many"), true),
        (
            RunQuery {
                limit: 5,
                ..RunQuery::default()
            },
            false,
        ),
    ] {
        assert_eq!(shelf.runs_cut(&asked).await.unwrap(), expected, "{asked:?}");
    }
}

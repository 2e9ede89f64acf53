//! An inbox with more tasks than fit on a page, and with more than are counted.

use std::collections::BTreeSet;

use hms_app::agency::Agency;
use hms_app::views::{COUNTED_MAX, InboxQuery, InboxTab, RunsFilter, RunsQuery};

use crate::browser::{get, pages};
use crate::house::{House, house};
use crate::stored_script::cookie;

const DEFINITION: &str = include_str!("../../../workflows/ftc-complaint.yml");

/// Puts so many tasks beside the one there is, behind the program's back; some have no deadline.
async fn crowd(house: &House, tasks: u64) {
    house
        .tamper(&format!(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {tasks}) \
             INSERT INTO tasks (id, run_id, workflow, step_id, actor, status, created, expires, attempt, \
             escalated, priority, list) \
             SELECT printf('%08x-0000-4000-8000-%012x', (i * 7919) % 10007, i), t.run_id, t.workflow, t.step_id, \
             t.actor, 'NEW', t.created, CASE WHEN i % 3 > 0 THEN t.expires END, 1, 0, 50, 0 \
             FROM n CROSS JOIN (SELECT * FROM tasks WHERE actor = 'HUMAN:investigator' LIMIT 1) t"
        ))
        .await;
}

#[tokio::test]
async fn a_long_inbox_is_read_page_after_page() {
    let house = house(1.0).await;
    let pages = pages(&house, DEFINITION).await;
    house.severe_report().await;
    crowd(&house, 249).await;
    let ivy = house.staff("Ivy", &["investigator"]).await;
    let mut asked = InboxQuery::from(InboxTab::Unassigned);
    let mut address = "/inbox?tab=unassigned".to_owned();
    let mut seen = BTreeSet::new();
    for (rows, first, last) in [(100, true, false), (100, false, false), (50, false, true)] {
        let view = house.desk.inbox(&ivy, asked).await.unwrap();
        assert_eq!((view.rows.len(), view.first), (rows, first));
        assert_eq!(view.counts.unassigned, 250);
        seen.extend(view.rows.iter().map(|row| row.id));
        let page = get(&pages, &address, "en", &cookie(&ivy)).await;
        for row in &view.rows {
            assert!(
                page.has(&format!("href=\"/inbox/{}\"", row.id)),
                "{address}"
            );
        }
        assert_eq!(page.has("Back to the most urgent"), !first, "{address}");
        assert_eq!(page.has("Next tasks"), !last, "{address}");
        assert_eq!(view.next.is_none(), last);
        if let Some(next) = view.next {
            address = format!("/inbox?tab=unassigned&after={next}");
            let link = address.replace('&', "&amp;");
            assert!(page.has(&format!("href=\"{link}\"")), "{link}");
            asked.after = Some(next);
        }
    }
    assert_eq!(seen.len(), 250);
    // After the last there is nothing, and the page says so; what is no place is the beginning.
    let last = seen.last().unwrap();
    let after = format!("/inbox?tab=unassigned&after=none.0.{last}");
    let page = get(&pages, &after, "en", &cookie(&ivy)).await;
    assert!(page.has("There is nothing after these.") && page.has("Back to the most urgent"));
    let page = get(&pages, "/inbox?after=nonsense", "en", &cookie(&ivy)).await;
    assert!(page.has("Next tasks") && !page.has("Back to the most urgent"));
    house.stop.cancel();
}

#[tokio::test]
async fn what_is_not_counted_to_its_end_says_so() {
    let house = house(1.0).await;
    let pages = pages(&house, DEFINITION).await;
    house.severe_report().await;
    let ivy = house.staff("Ivy", &["investigator"]).await;
    crowd(&house, COUNTED_MAX - 1).await;
    let page = get(&pages, "/inbox", "en", &cookie(&ivy)).await;
    assert!(page.has(">10000<") && !page.has("10,000+"));
    house
        .tamper(
            "INSERT INTO tasks (id, run_id, workflow, step_id, actor, status, created, attempt, escalated, priority, \
             list) SELECT 'ffffffff-0000-4000-8000-000000000000', run_id, workflow, step_id, actor, 'NEW', created, \
             1, 0, 50, 0 FROM tasks WHERE actor = 'HUMAN:investigator' LIMIT 1",
        )
        .await;
    let page = get(&pages, "/inbox", "en", &cookie(&ivy)).await;
    assert!(page.has("title=\"more than 10,000\"") && page.has(">10,000+<"));
    // Read out in words: the sign beside the number is hidden from who hears it.
    assert!(
        page.has("<span class=\"usa-sr-only\">more than 10,000</span>"),
        "{}",
        page.html
    );
    let view = house.desk.inbox(&ivy, InboxTab::Mine.into()).await.unwrap();
    assert_eq!(
        (view.counts.unassigned, view.counts.mine),
        (COUNTED_MAX + 1, 0)
    );
    house.stop.cancel();
}

#[tokio::test]
async fn a_search_that_finds_too_many_says_so() {
    let house = house(1.0).await;
    let pages = pages(&house, DEFINITION).await;
    house.severe_report().await;
    let ada = house.staff("Ada", &["administrator"]).await;
    house
        .tamper(&format!(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {}) \
             INSERT INTO runs (id, workflow, version, status, key, event_id, started, seq, stopped, breached, state) \
             SELECT printf('%08x-0000-4000-8000-%012x', i, i), r.workflow, r.version, r.status, 'crowd-' || i, \
             r.event_id, r.started, r.seq, 0, 0, r.state FROM n CROSS JOIN (SELECT * FROM runs LIMIT 1) r",
            COUNTED_MAX + 1
        ))
        .await;
    for (search, cut) in [("crowd-", true), ("crowd-77", false)] {
        let asked = RunsQuery {
            filter: RunsFilter::All,
            search: Some(search.to_owned()),
            ..RunsQuery::default()
        };
        let found = house.desk.runs(&ada, asked).await.unwrap();
        assert_eq!((found.rows.is_empty(), found.cut), (false, cut), "{search}");
        let address = format!("/admin/runs?search={search}");
        let page = get(&pages, &address, "en", &cookie(&ada)).await;
        assert_eq!(page.has("Type more to find the rest."), cut, "{search}");
    }
    house.stop.cancel();
}

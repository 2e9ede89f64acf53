//! What people and workers ask for, with very many open tasks: a figure a list.

use std::time::{Duration, Instant};

use hms_server::store::{postgres, sqlite};

use crate::browser::Browser;
use crate::connection::{Connection, expect};
use crate::database::{Databases, Kind};
use crate::figures::{Figures, percentile};
use crate::served::Served;
use crate::{Asked, Failure};

/// Open tasks that come through the program; the others are copies of these.
const ORIGINALS: usize = 2_000;
/// How many of them one investigator takes: the most urgent, as people do.
const TAKEN: usize = 40;
/// How often each list is asked for.
const TIMES: usize = 20;

/// Two in three are of one role. Of these some are past their deadline, and some have gone on to a supervisor because of it.
const KINDS: [(&str, usize, &str); 4] = [
    (
        "CrowdOpened",
        1_200,
        "id: Crowd\nstart: CrowdOpened\nsteps:\n  - { id: review, actor: HUMAN:investigator, sla: 60d }\n",
    ),
    (
        "CrowdLate",
        60,
        "id: Crowd-Late\nstart: CrowdLate\nsteps:\n  - { id: review, actor: HUMAN:investigator, sla: 1s }\n",
    ),
    (
        "CrowdEscalated",
        74,
        "id: Crowd-Escalated\nstart: CrowdEscalated\nsteps:\n  \
         - { id: review, actor: HUMAN:investigator, sla: 1s, on_timeout: escalate }\n  \
         - { id: escalate, actor: HUMAN:supervisor, sla: 60d }\n",
    ),
    (
        "CrowdLabeled",
        666,
        "id: Crowd-Machine\nstart: CrowdLabeled\nsteps:\n  - { id: label, actor: \"AI:crowd\", sla: 60d }\n",
    ),
];

const TABS: [&str; 5] = ["unassigned", "mine", "team", "escalated", "done"];
const ADMIN: [&str; 14] = [
    "/admin/runs?filter=all",
    "/admin/runs?filter=running",
    "/admin/runs?filter=human",
    "/admin/runs?filter=timer",
    "/admin/runs?filter=stuck",
    "/admin/runs?filter=stopped",
    "/admin/runs?filter=breached",
    "/admin/runs?filter=completed",
    "/admin/runs?filter=cancelled",
    "/admin/runs?filter=breached&workflow=Crowd",
    "/admin/runs?filter=human&workflow=Crowd-Late",
    "/admin",
    "/admin/workers",
    "/admin/audit",
];
const API: [&str; 8] = [
    "/act/tasks?actor=AI:crowd&limit=100",
    "/act/tasks?actor=AI:*&limit=100",
    "/act/tasks?actor=HUMAN:*&limit=100",
    "/act/tasks?actor=AI:crowd&lease=60s",
    "/act/tasks?actor=AI:*&lease=60s",
    "/act/runs?status=RUNNING&limit=50",
    "/act/runs?q=0&limit=50",
    "/act/workers",
];

pub(crate) async fn measure(
    databases: &Databases,
    kind: Kind,
    asked: &Asked,
    figures: &mut Figures,
) -> Result<(), Failure> {
    figures.head(&format!(
        "{}, lists with {} open tasks",
        kind.name(),
        asked.open
    ));
    let place = databases.fresh(kind, "lists").await;
    let served = Served::start(&place)?;
    originals(&served.api).await?;
    served.stop()?;
    let served = Served::demo(&place)?;
    let mut investigator = Browser::new(&served.portal)?;
    let (email, password) = served.person("investigator")?;
    investigator.sign_in(email, password).await?;
    let page = investigator.page("/inbox").await?;
    for task in tasks(&page).take(TAKEN) {
        investigator.accept(task).await?;
    }
    served.stop()?;
    let copies = u32::try_from(asked.open / ORIGINALS)?.saturating_sub(1);
    let began = Instant::now();
    match &place.url {
        Some(url) => postgres::history::grow(url, 1..=copies).await?,
        None => sqlite::history::grow(&place.file(), 1..=copies).await?,
    }
    eprintln!("  the open tasks were made in {:.0?}", began.elapsed());

    let served = Served::demo(&place)?;
    for role in ["investigator", "administrator"] {
        let mut staff = Browser::new(&served.portal)?;
        let (email, password) = served.person(role)?;
        staff.sign_in(email, password).await?;
        for tab in TABS {
            let first = format!("/inbox?tab={tab}");
            let page = timed(&staff, &format!("{role}: {tab}"), &first, figures).await?;
            if let Some(next) = next(&page) {
                timed(&staff, &format!("{role}: {tab}, next"), &next, figures).await?;
            }
        }
        let mut took = Vec::with_capacity(TIMES);
        for _ in 0..TIMES {
            let asked = Instant::now();
            staff.socket("/live/inbox").await?.state().await?;
            took.push(asked.elapsed());
        }
        told(&format!("{role}: live inbox opened"), &mut took, figures);
        if role == "administrator" {
            for path in ADMIN {
                timed(&staff, path, path, figures).await?;
            }
        }
    }
    let mut api = Connection::open(&served.api).await?;
    for path in API {
        let mut took = Vec::with_capacity(TIMES);
        for _ in 0..TIMES {
            let asked = Instant::now();
            api.get(path).await?;
            took.push(asked.elapsed());
        }
        told(path, &mut took, figures);
    }
    served.stop()
}

/// Opens what is copied afterwards, and waits until what comes late is late.
async fn originals(api: &str) -> Result<(), Failure> {
    let mut connection = Connection::open(api).await?;
    for (name, runs, definition) in KINDS {
        let (status, body) = connection
            .send("/act/workflows", "application/yaml", definition)
            .await?;
        expect(status, &[200, 201], "deploy", &body)?;
        for from in (0..runs).step_by(500) {
            let events: Vec<String> = (from..(from + 500).min(runs))
                .map(|n| format!(r#"{{"name":"{name}","payload":{{"n":{n}}}}}"#))
                .collect();
            let body = format!("[{}]", events.join(","));
            let (status, answer) = connection.post("/act/events/batch", &body).await?;
            expect(status, &[200], "events", &answer)?;
        }
    }
    for (path, late) in [
        ("/act/tasks?actor=HUMAN:supervisor&limit=1000", KINDS[2].1),
        (
            "/act/runs?breached=true&limit=1000",
            KINDS[1].1 + KINDS[2].1,
        ),
    ] {
        let until = Instant::now() + Duration::from_secs(30);
        loop {
            let found = connection.get(path).await?;
            if found.as_array().is_some_and(|rows| rows.len() >= late) {
                break;
            }
            if Instant::now() > until {
                return Err(format!("{path}: not all are late").into());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
    Ok(())
}

/// Asks for a page again and again; the last answer.
async fn timed(
    staff: &Browser,
    name: &str,
    path: &str,
    figures: &mut Figures,
) -> Result<String, Failure> {
    let mut took = Vec::with_capacity(TIMES);
    let mut page = String::new();
    for _ in 0..TIMES {
        let asked = Instant::now();
        page = staff.page(path).await?;
        took.push(asked.elapsed());
    }
    told(name, &mut took, figures);
    Ok(page)
}

fn told(name: &str, took: &mut [Duration], figures: &mut Figures) {
    figures.add(&format!("{name}, p50"), "ms", percentile(took, 0.50));
    figures.add(&format!("{name}, p95"), "ms", percentile(took, 0.95));
}

/// The tasks of an inbox's page.
fn tasks(page: &str) -> impl Iterator<Item = &str> {
    let links = page.split("href=\"/inbox/").skip(1);
    links.filter_map(|rest| rest.split('"').next())
}

/// Where the next tasks of an inbox's page are.
fn next(page: &str) -> Option<String> {
    let links = page.split("href=\"").skip(1);
    let mut links = links.filter_map(|rest| rest.split('"').next());
    let next = links.find(|link| link.starts_with("/inbox?") && link.contains("after="))?;
    Some(next.replace("&amp;", "&"))
}

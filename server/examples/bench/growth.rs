//! The same figures with a short and with a long history in the store.

use std::time::Instant;

use hms_server::store::{postgres, sqlite};

use crate::browser::Browser;
use crate::connection::Connection;
use crate::database::{Databases, Kind, Place};
use crate::figures::{Figures, per_second, percentile};
use crate::load::{Calls, Load};
use crate::served::Served;
use crate::{Asked, Failure, idle};

/// Finished runs of the short history.
const SHORT: usize = 10_000;
/// Complaints filed one after the other in an idle system.
const IDLE_RUNS: usize = 200;
/// How often each page is asked for.
const PAGES: usize = 40;

pub(crate) async fn measure(
    databases: &Databases,
    kind: Kind,
    asked: &Asked,
    figures: &mut Figures,
) -> Result<(), Failure> {
    figures.head(&format!("{}, growth", kind.name()));
    let place = databases.fresh(kind, "growth").await;
    let served = Served::start(&place)?;
    Load::new(&[&served.api], SHORT, asked.connections, Calls::Many(100))
        .run()
        .await?;
    served.stop()?;
    let short = format!("{SHORT} finished runs");
    with(&place, &short, asked, figures).await?;

    let copies = u32::try_from(asked.history / SHORT)?.saturating_sub(1);
    let began = Instant::now();
    match &place.url {
        Some(url) => postgres::history::grow(url, copies).await?,
        None => sqlite::history::grow(&place.file(), copies).await?,
    }
    eprintln!("  the history was made in {:.0?}", began.elapsed());
    let long = format!("{} finished runs", asked.history);
    with(&place, &long, asked, figures).await?;
    for what in [
        "completed runs, one call each",
        "completed runs, batch calls",
    ] {
        figures.ratio(
            &format!("{what}, long ÷ short"),
            &format!("{what}, {long}"),
            &format!("{what}, {short}"),
        );
    }
    Ok(())
}

async fn with(
    place: &Place,
    history: &str,
    asked: &Asked,
    figures: &mut Figures,
) -> Result<(), Failure> {
    let served = Served::demo(place)?;
    for (name, calls) in [
        ("one call each", Calls::Single),
        ("batch calls", Calls::Many(100)),
    ] {
        let done = Load::new(&[&served.api], asked.runs / 2, asked.connections, calls)
            .run()
            .await?;
        figures.add(
            &format!("completed runs, {name}, {history}"),
            "runs/s",
            per_second(asked.runs / 2, done.took),
        );
    }
    let mut took = idle::runs(&served.api, IDLE_RUNS).await?;
    figures.add(
        &format!("event to end, idle, p50, {history}"),
        "ms",
        percentile(&mut took, 0.50),
    );
    let mut staff = Browser::new(&served.portal)?;
    for (role, pages) in [
        (
            "investigator",
            &[("inbox", "/inbox"), ("inbox, done", "/inbox?tab=done")][..],
        ),
        (
            "administrator",
            &[("SLA report", "/admin"), ("runs", "/admin/runs")][..],
        ),
    ] {
        let (email, password) = served.person(role)?;
        staff.sign_in(email, password).await?;
        for (name, path) in pages {
            let mut took = Vec::with_capacity(PAGES);
            for _ in 0..PAGES {
                let asked = Instant::now();
                staff.page(path).await?;
                took.push(asked.elapsed());
            }
            figures.add(
                &format!("page {name}, p95, {history}"),
                "ms",
                percentile(&mut took, 0.95),
            );
        }
    }
    let mut api = Connection::open(&served.api).await?;
    let mut took = Vec::with_capacity(PAGES);
    for _ in 0..PAGES {
        let asked = Instant::now();
        api.get("/act/reports/sla").await?;
        took.push(asked.elapsed());
    }
    figures.add(
        &format!("SLA report by the API, p95, {history}"),
        "ms",
        percentile(&mut took, 0.95),
    );
    served.stop()
}

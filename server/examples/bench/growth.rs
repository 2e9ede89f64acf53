//! The same figures with a short and with a long history in the store, and throughput in between.

use std::time::Instant;

use hms_server::store::{postgres, sqlite};

use crate::browser::Browser;
use crate::connection::Connection;
use crate::database::{Databases, Kind, Place};
use crate::figures::{Figures, per_second, percentile};
use crate::load::{Calls, Keys, Load};
use crate::served::Served;
use crate::{Asked, Failure, idle};

/// Finished runs of the short history.
const SHORT: usize = 10_000;
/// Between that and the longest.
const BETWEEN: [usize; 2] = [100_000, 500_000];
/// Complaints filed one after the other in an idle system.
const IDLE_RUNS: usize = 200;
/// How often each page is asked for.
const PAGES: usize = 40;
/// The ways to call that are measured.
const WAYS: [(&str, Calls, Keys); 3] = [
    ("one call each", Calls::Single, Keys::InOrder),
    ("batch calls", Calls::Many(100), Keys::InOrder),
    (
        "batch calls, keys in no order",
        Calls::Many(100),
        Keys::Scattered,
    ),
];

pub(crate) async fn measure(
    databases: &Databases,
    kind: Kind,
    asked: &Asked,
    figures: &mut Figures,
) -> Result<(), Failure> {
    figures.head(&format!("{}, growth", kind.name()));
    let place = databases.fresh(kind, "growth").await;
    let served = Served::start(&place)?;
    // Half and half, so that a new key of either kind comes among those of finished runs.
    for keys in [Keys::InOrder, Keys::Scattered] {
        let calls = Calls::Many(100);
        Load::called(&[&served.api], SHORT / 2, asked.connections, calls, keys)
            .run()
            .await?;
    }
    served.stop()?;
    let mut history = History {
        originals: SHORT,
        copies: 0,
        runs: SHORT,
    };
    let longer = BETWEEN.into_iter().filter(|runs| *runs < asked.history);
    for runs in [SHORT].into_iter().chain(longer).chain([asked.history]) {
        history.grow(&place, runs).await?;
        let name = format!("{runs} finished runs");
        let served = Served::demo(&place)?;
        throughput(&served, kind, &name, asked, figures).await?;
        history.more(asked.runs / 2 * WAYS.len());
        if runs == SHORT || runs == asked.history {
            waiting(&served, &name, figures).await?;
            history.more(IDLE_RUNS);
        }
        served.stop()?;
    }
    for (way, ..) in WAYS {
        figures.ratio(
            &format!("completed runs, {way}, long ÷ short"),
            &format!("completed runs, {way}, {} finished runs", asked.history),
            &format!("completed runs, {way}, {SHORT} finished runs"),
        );
    }
    Ok(())
}

/// How many finished runs are there: those that came through the program, and copies of them.
struct History {
    originals: usize,
    copies: u32,
    runs: usize,
}

impl History {
    /// Runs came through the program.
    fn more(&mut self, runs: usize) {
        self.originals += runs;
        self.runs += runs;
    }

    /// Copies until there are as many as wanted, or one copy fewer.
    async fn grow(&mut self, place: &Place, wanted: usize) -> Result<(), Failure> {
        let copies = u32::try_from(wanted.saturating_sub(self.runs) / self.originals)?;
        if copies == 0 {
            return Ok(());
        }
        let began = Instant::now();
        let numbers = self.copies + 1..=self.copies + copies;
        match &place.url {
            Some(url) => postgres::history::grow(url, numbers).await?,
            None => sqlite::history::grow(&place.file(), numbers).await?,
        }
        place.settle().await?;
        self.copies += copies;
        self.runs += self.originals * copies as usize;
        eprintln!(
            "  a history of {} runs was made in {:.0?}",
            self.runs,
            began.elapsed()
        );
        Ok(())
    }
}

async fn throughput(
    served: &Served,
    kind: Kind,
    history: &str,
    asked: &Asked,
    figures: &mut Figures,
) -> Result<(), Failure> {
    let runs = asked.runs / 2;
    for (name, calls, keys) in WAYS {
        let before = served.used()?;
        let load = Load::called(&[&served.api], runs, asked.connections, calls, keys);
        let done = load.run().await?;
        let after = served.used()?;
        figures.add(
            &format!("completed runs, {name}, {history}"),
            "runs/s",
            per_second(runs, done.took),
        );
        for (what, unit, value) in after.since(before, runs, kind) {
            figures.add(&format!("{what} a run, {name}, {history}"), unit, value);
        }
    }
    Ok(())
}

/// How long one waits in an idle system: for a case's end, for pages.
async fn waiting(served: &Served, history: &str, figures: &mut Figures) -> Result<(), Failure> {
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
    Ok(())
}

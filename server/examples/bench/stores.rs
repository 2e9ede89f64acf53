//! Idle, one call each, many a call, and the floor: on one store.

use std::time::Duration;

use hms_server::store::{postgres, sqlite};

use crate::database::{Databases, Kind, Place};
use crate::figures::{Figures, per_second, percentile};
use crate::load::{Calls, Load};
use crate::served::Served;
use crate::{Asked, Failure, idle};

/// Complaints filed one after the other in an idle system.
const IDLE_RUNS: usize = 300;
/// Commands in one transaction of the floor.
const FLOOR_BATCH: usize = 64;

pub(crate) async fn measure(
    databases: &Databases,
    kind: Kind,
    asked: &Asked,
    figures: &mut Figures,
) -> Result<(), Failure> {
    figures.head(kind.name());
    let quiet = databases.fresh(kind, "idle").await;
    let served = Served::start(&quiet)?;
    let mut took = idle::runs(&served.api, IDLE_RUNS).await?;
    figures.add("event to end, idle, p50", "ms", percentile(&mut took, 0.50));
    figures.add("event to end, idle, p99", "ms", percentile(&mut took, 0.99));
    served.stop()?;
    let alone = databases.fresh(kind, "idle-floor").await;
    let took = written_again(&quiet, &alone, IDLE_RUNS, 1).await?;
    figures.add(
        "the same transactions by plain SQL, of one run",
        "ms",
        took.as_secs_f64() * 1000.0 / IDLE_RUNS as f64,
    );

    let single = databases.fresh(kind, "single").await;
    let batch = databases.fresh(kind, "batch").await;
    for (name, place, calls) in [
        ("one call each", &single, Calls::Single),
        ("batch calls", &batch, Calls::Many(100)),
    ] {
        let served = Served::start(place)?;
        let load = Load::new(&[&served.api], asked.runs, asked.connections, calls);
        let mut done = load.run().await?;
        figures.add(
            &format!("completed runs, {name}"),
            "runs/s",
            per_second(asked.runs, done.took),
        );
        for (what, share) in [("p50", 0.50), ("p99", 0.99)] {
            let name = format!("answer to an event under that load, {what}");
            figures.add(&name, "ms", percentile(&mut done.events, share));
        }
        figures.add(
            &format!("peak memory of the server, {name}"),
            "MB",
            served.peak_memory_mb()?,
        );
        served.stop()?;
    }

    let floor = databases.fresh(kind, "floor").await;
    let took = written_again(&single, &floor, asked.runs, FLOOR_BATCH).await?;
    figures.add(
        "the same rows by plain SQL",
        "runs/s",
        per_second(asked.runs, took),
    );
    for name in ["one call each", "batch calls"] {
        figures.ratio(
            &format!("of plain SQL, {name}"),
            &format!("completed runs, {name}"),
            "the same rows by plain SQL",
        );
    }
    Ok(())
}

/// How long it takes to write the rows of so many runs again, so many commands in one durable transaction.
async fn written_again(
    from: &Place,
    to: &Place,
    runs: usize,
    batch: usize,
) -> Result<Duration, Failure> {
    std::fs::create_dir_all(&to.folder)?;
    Ok(match (&from.url, &to.url) {
        (Some(from), Some(to)) => {
            let rows = postgres::floor::Rows::read(from, runs).await?;
            rows.write(to, batch).await?
        }
        _ => {
            let rows = sqlite::floor::Rows::read(&from.file(), runs).await?;
            rows.write(&to.file(), batch).await?
        }
    })
}

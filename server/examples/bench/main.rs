//! How fast complaints go from event to end over the HTTP API with durable commits, and how far
//! that is from the floor: the same rows by plain SQL. Run by `cargo xtask bench`, or alone:
//!
//!     cargo run --release -p hms-server --example bench -- [--runs 20000] [--connections 64]
//!
//! The server runs in a process of its own, so its memory is its own; the load comes from this one
//! over keep-alive connections, one HTTP call for each event and each completion.

#![allow(clippy::print_stdout, reason = "a benchmark prints its figures")]

mod connection;
mod figures;
mod idle;
mod load;
mod served;

use std::path::Path;
use std::time::Duration;

use hms_server::store::sqlite::floor;
use serde_json::json;

use figures::{Figures, per_second};
use load::{Calls, Load};
use served::Served;

/// Complaints filed one after the other in an idle system.
const IDLE_RUNS: usize = 300;
/// Commands in one transaction of the floor.
const FLOOR_BATCH: usize = 64;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// What is asked on the command line.
struct Asked {
    runs: usize,
    connections: usize,
}

impl Asked {
    fn read(args: &[String]) -> Result<Asked, Failure> {
        let mut asked = Asked {
            runs: 20_000,
            connections: 64,
        };
        for pair in args.chunks(2) {
            let number = pair.get(1).ok_or("a number is missing")?.parse()?;
            match pair[0].as_str() {
                "--runs" => asked.runs = number,
                "--connections" => asked.connections = number,
                other => return Err(format!("unknown: {other}").into()),
            }
        }
        Ok(asked)
    }
}

fn main() -> Result<(), Failure> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if let [verb, folder] = args.as_slice()
        && verb == served::VERB
    {
        return served::serve(Path::new(folder));
    }
    let asked = Asked::read(&args)?;
    // One thread makes the load: the other core is the server's.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(measure(&asked))
}

async fn measure(asked: &Asked) -> Result<(), Failure> {
    // A folder on a real disk: /tmp may be memory, where nothing is durable.
    let disk = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target");
    let folder = tempfile::tempdir_in(disk)?;
    let mut figures = Figures::default();

    let served = Served::start(&folder.path().join("idle"))?;
    let mut took = idle::runs(&served.address, IDLE_RUNS).await?;
    figures.add("event to end, idle, p50", "ms", percentile(&mut took, 0.50));
    figures.add("event to end, idle, p99", "ms", percentile(&mut took, 0.99));
    served.stop()?;

    let single = folder.path().join("single");
    for (name, place, calls) in [
        ("one call each", single.clone(), Calls::Single),
        ("batch calls", folder.path().join("batch"), Calls::Many(100)),
    ] {
        let served = Served::start(&place)?;
        let load = Load::new(&served.address, asked.runs, asked.connections, calls);
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

    let rows = floor::Rows::read(&single.join("hms.db"), asked.runs).await?;
    let took = rows
        .write(&folder.path().join("floor.db"), FLOOR_BATCH)
        .await?;
    figures.add(
        "the same rows by plain SQL",
        "runs/s",
        per_second(asked.runs, took),
    );
    figures.ratio(
        "API as a share of plain SQL",
        "completed runs, one call each",
        "the same rows by plain SQL",
    );
    figures.print(
        &json!({"runs": asked.runs, "connections": asked.connections, "severe": "one in 4"}),
    );
    Ok(())
}

/// The duration a share of the measured ones does not exceed, in milliseconds.
fn percentile(took: &mut [Duration], share: f64) -> f64 {
    took.sort_unstable();
    let at = (took.len() as f64 * share).ceil() as usize;
    took.get(at.saturating_sub(1))
        .map_or(0.0, |took| took.as_secs_f64() * 1000.0)
}

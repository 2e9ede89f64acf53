//! How fast complaints go from event to end over the HTTP API with durable commits, and how far
//! that is from the floor: the same rows by plain SQL. Run by `cargo xtask bench`, or alone:
//!
//!     cargo run --release -p hms-server --example bench -- [PART…] [--store sqlite|postgres]
//!         [--runs 20000] [--connections 64] [--history 2000000] [--timers 1000000] [--sockets 10000] [--open 1000000]
//!
//! Parts: `stores` (the default), `growth`, `timers`, `sockets`, `lists`, `nodes`, `guards`.
//!
//! The server is the real program in a process of its own, so its memory is its own; the load comes from
//! this one over keep-alive connections, one HTTP call for each event and each completion.

#![allow(clippy::print_stdout, reason = "a benchmark prints its figures")]

mod browser;
mod connection;
mod database;
mod figures;
mod growth;
mod guards;
mod idle;
mod lists;
mod load;
mod nodes;
#[path = "../../tests/support/postgres.rs"]
#[allow(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "the tests' own server, which does more and may panic"
)]
mod postgres;
mod served;
mod sockets;
mod stores;
mod timers;

use serde_json::json;

use database::{Databases, Kind};
use figures::Figures;

/// What can be measured.
const PARTS: [&str; 7] = [
    "stores", "growth", "timers", "sockets", "lists", "nodes", "guards",
];

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// What is asked on the command line.
struct Asked {
    parts: Vec<String>,
    kinds: Vec<Kind>,
    runs: usize,
    connections: usize,
    history: usize,
    timers: usize,
    sockets: usize,
    open: usize,
}

impl Asked {
    fn read(mut args: impl Iterator<Item = String>) -> Result<Asked, Failure> {
        let mut asked = Asked {
            parts: Vec::new(),
            kinds: vec![Kind::Sqlite, Kind::Postgres],
            runs: 20_000,
            connections: 64,
            history: 2_000_000,
            timers: 1_000_000,
            sockets: 10_000,
            open: 1_000_000,
        };
        while let Some(word) = args.next() {
            let Some(flag) = word.strip_prefix("--") else {
                if !PARTS.contains(&word.as_str()) {
                    return Err(format!("unknown part: {word}").into());
                }
                asked.parts.push(word);
                continue;
            };
            let value = args.next().ok_or("a value is missing")?;
            match flag {
                "store" if value == "sqlite" => asked.kinds = vec![Kind::Sqlite],
                "store" if value == "postgres" => asked.kinds = vec![Kind::Postgres],
                "runs" => asked.runs = value.parse()?,
                "connections" => asked.connections = value.parse()?,
                "history" => asked.history = value.parse()?,
                "timers" => asked.timers = value.parse()?,
                "sockets" => asked.sockets = value.parse()?,
                "open" => asked.open = value.parse()?,
                _ => return Err(format!("unknown: {word} {value}").into()),
            }
        }
        if asked.parts.is_empty() {
            asked.parts.push("stores".to_owned());
        }
        Ok(asked)
    }
}

fn main() -> Result<(), Failure> {
    let asked = Asked::read(std::env::args().skip(1))?;
    // One thread makes the load: the other core is the server's.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(measure(&asked))
}

async fn measure(asked: &Asked) -> Result<(), Failure> {
    let databases = Databases::new(&asked.kinds)?;
    let mut figures = Figures::default();
    for part in &asked.parts {
        if part == "guards" {
            guards::measure(&mut figures).await?;
            continue;
        }
        if part == "nodes" {
            if asked.kinds.contains(&Kind::Postgres) {
                nodes::measure(&databases, asked, &mut figures).await?;
            }
            continue;
        }
        for &kind in &asked.kinds {
            match part.as_str() {
                "growth" => growth::measure(&databases, kind, asked, &mut figures).await?,
                "timers" => timers::measure(&databases, kind, asked, &mut figures).await?,
                "sockets" => sockets::measure(&databases, kind, asked, &mut figures).await?,
                "lists" => lists::measure(&databases, kind, asked, &mut figures).await?,
                _ => stores::measure(&databases, kind, asked, &mut figures).await?,
            }
        }
    }
    figures.print(&json!({
        "parts": asked.parts, "runs": asked.runs, "connections": asked.connections,
        "severe": "one in 4", "history": asked.history, "timers": asked.timers,
        "sockets": asked.sockets, "open": asked.open,
    }));
    Ok(())
}

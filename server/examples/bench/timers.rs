//! Very many open SLA clocks, and very many deadlines at once.

use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use crate::connection::{Connection, expect};
use crate::database::{Databases, Kind};
use crate::figures::{Figures, per_second};
use crate::load::{Calls, Load};
use crate::served::Served;
use crate::{Asked, Failure};

/// Deadlines in the same second.
const BURST: usize = 10_000;
/// How long after the last of them was set they are due.
const DUE_AFTER: Duration = Duration::from_secs(20);
/// Events in one call.
const AT_ONCE: usize = 500;

/// Nobody of the load works for `HUMAN:reviewer`: what lies open is in nobody's list.
const OPEN: &str = "\
id: Bench-Open
start: BenchOpened
steps:
  - { id: review, actor: HUMAN:reviewer, sla: 60d, on_timeout: late }
  - { id: late, type: end }
";
const BURSTING: &str = "\
id: Bench-Burst
start: BenchBurst
steps:
  - { id: review, actor: HUMAN:reviewer, sla: 20s, on_timeout: late }
  - { id: late, type: end }
";

pub(crate) async fn measure(
    databases: &Databases,
    kind: Kind,
    asked: &Asked,
    figures: &mut Figures,
) -> Result<(), Failure> {
    figures.head(&format!("{}, timers", kind.name()));
    let place = databases.fresh(kind, "timers").await;
    let served = Served::start(&place)?;
    let mut connection = Connection::open(&served.api).await?;
    for definition in [OPEN, BURSTING] {
        let (status, body) = connection
            .send("/act/workflows", "application/yaml", definition)
            .await?;
        expect(status, &[200, 201], "deploy", &body)?;
    }
    // Warm: the first runs after a start are slower.
    rate(&served, asked).await?;
    completions(&served, kind, "no open timers", asked, figures).await?;
    let began = Instant::now();
    open(&served.api, "BenchOpened", asked.timers, 8).await?;
    figures.add(
        "runs opened while filling",
        "runs/s",
        per_second(asked.timers, began.elapsed()),
    );
    served.stop()?;
    place.settle().await?;
    let served = Served::start(&place)?;
    rate(&served, asked).await?;
    let timers = format!("{} open timers", asked.timers);
    completions(&served, kind, &timers, asked, figures).await?;
    figures.ratio(
        "with open timers ÷ without",
        &format!("completed runs, {timers}"),
        "completed runs, no open timers",
    );
    figures.add("memory of the server", "MB", served.resident_memory_mb()?);

    let fired = Lateness::read(&served.api).await?;
    let began = Instant::now();
    open(&served.api, "BenchBurst", BURST, 8).await?;
    figures.add(
        "all deadlines of the burst lie within",
        "ms",
        began.elapsed().as_secs_f64() * 1000.0,
    );
    let due = Instant::now() + DUE_AFTER;
    tokio::time::sleep(DUE_AFTER.saturating_sub(Duration::from_secs(2))).await;
    let load = Load::new(
        &[&served.api],
        asked.runs / 2,
        asked.connections,
        Calls::Single,
    );
    let load = tokio::spawn(load.run());
    let all_fired = loop {
        let now = Lateness::read(&served.api).await?;
        // The load's own deadlines do not come due within it.
        if now.count - fired.count >= BURST as f64 {
            break Instant::now();
        }
        if due.elapsed() > Duration::from_secs(60) {
            return Err("the burst did not fire within a minute".into());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    figures.add(
        "all of 10,000 fired after the last was due",
        "ms",
        all_fired.saturating_duration_since(due).as_secs_f64() * 1000.0,
    );
    let now = Lateness::read(&served.api).await?;
    figures.add(
        "of them more than a second late",
        "timers",
        (now.count - now.within_a_second) - (fired.count - fired.within_a_second),
    );
    let done = load.await??;
    figures.add(
        "completed runs meanwhile",
        "runs/s",
        per_second(asked.runs / 2, done.took),
    );
    served.stop()
}

/// Completed runs a second, and what each takes.
async fn completions(
    served: &Served,
    kind: Kind,
    timers: &str,
    asked: &Asked,
    figures: &mut Figures,
) -> Result<(), Failure> {
    let before = served.used()?;
    let rate = rate(served, asked).await?;
    let after = served.used()?;
    figures.add(&format!("completed runs, {timers}"), "runs/s", rate);
    for (what, unit, value) in after.since(before, asked.runs / 2, kind) {
        figures.add(&format!("{what} a run, {timers}"), unit, value);
    }
    Ok(())
}

async fn rate(served: &Served, asked: &Asked) -> Result<f64, Failure> {
    let runs = asked.runs / 2;
    let load = Load::new(&[&served.api], runs, asked.connections, Calls::Single);
    Ok(per_second(runs, load.run().await?.took))
}

/// Starts so many runs by events of this name.
async fn open(
    api: &str,
    name: &'static str,
    runs: usize,
    connections: usize,
) -> Result<(), Failure> {
    let mut opening = JoinSet::new();
    for n in 0..connections {
        let mut connection = Connection::open(api).await?;
        opening.spawn(async move {
            let mut from = n * AT_ONCE;
            while from < runs {
                let events: Vec<String> = (from..(from + AT_ONCE).min(runs))
                    .map(|n| format!(r#"{{"name":"{name}","payload":{{"n":{n}}}}}"#))
                    .collect();
                let body = format!("[{}]", events.join(","));
                let (status, answer) = connection.post("/act/events/batch", &body).await?;
                expect(status, &[200], "events", &answer)?;
                from += connections * AT_ONCE;
            }
            std::io::Result::Ok(())
        });
    }
    while let Some(opened) = opening.join_next().await {
        opened??;
    }
    Ok(())
}

/// What the node says of its timers.
struct Lateness {
    count: f64,
    within_a_second: f64,
}

impl Lateness {
    async fn read(api: &str) -> Result<Lateness, Failure> {
        let mut connection = Connection::open(api).await?;
        let text = connection.text("/metrics").await?;
        let value = |line: &str| {
            text.lines()
                .find_map(|found| found.strip_prefix(line)?.trim().parse().ok())
                .ok_or_else(|| format!("no {line} on /metrics"))
        };
        Ok(Lateness {
            count: value("hms_timer_lateness_seconds_count")?,
            within_a_second: value("hms_timer_lateness_seconds_bucket{le=\"1.0\"}")?,
        })
    }
}

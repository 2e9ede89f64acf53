//! The lines a person reads on the console. They name workflows, steps and runs, never people or
//! what they wrote.

use hms_engine::{Run, Time};
use uuid::Uuid;

fn at(now: Time) -> impl std::fmt::Display {
    now.format("%Y-%m-%d %H:%M:%S")
}

/// How people call a run on the console: the end of its id.
pub(crate) fn short(run: Uuid) -> String {
    run.simple().to_string()[28..].to_owned()
}

pub(super) fn accepted(now: Time, workflow: &str, run: Uuid) -> String {
    let (at, run) = (at(now), short(run));
    format!("{at}  🔔 Event accepted – workflow {workflow} instantiated (Run #{run})")
}

/// An event that starts nothing, and how many running cases it was given to.
pub(super) fn taken(now: Time, event: &str, cases: usize) -> String {
    let at = at(now);
    match cases {
        0 => format!("{at}  🔔 Event accepted – no running case waits for {event}"),
        1 => format!("{at}  🔔 Event accepted – {event} given to a running case"),
        _ => format!("{at}  🔔 Event accepted – {event} given to {cases} running cases"),
    }
}

pub(super) fn called(now: Time, workflow: &str, run: Uuid) -> String {
    let (at, run) = (at(now), short(run));
    format!("{at}  🔗 Called – workflow {workflow} instantiated (Run #{run})")
}

pub(super) fn calendar(now: Time, id: &str, version: &str) -> String {
    let at = at(now);
    format!("{at}  📅 Calendar {id} in force – version {version:.12}")
}

pub(super) fn breached(now: Time, run: &Run, step: &str) -> String {
    let (at, workflow, run) = (at(now), &run.workflow, short(run.id));
    format!("{at}  ⏰ SLA missed – {workflow}, step {step} (Run #{run})")
}

pub(super) fn stopped(now: Time, run: &Run, step: &str) -> String {
    let (at, workflow, run) = (at(now), &run.workflow, short(run.id));
    format!("{at}  🛑 Incident – {workflow} stopped at {step} (Run #{run}); see /admin/runs")
}

/// Prints lines in one write. A console that is gone stops nobody's case.
pub(super) fn print(lines: &[String]) {
    use std::io::Write;
    if !lines.is_empty() {
        let _ = std::io::stdout()
            .lock()
            .write_all((lines.join("\n") + "\n").as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_accepted_event_reads_as_promised() {
        let now = "2024-05-14T10:03:00Z".parse().unwrap();
        let run = "018f-0000-7000-8000-000000007a1b".replace('-', "");
        let run = Uuid::parse_str(&format!("{run:0>32}")).unwrap();
        assert_eq!(
            accepted(now, "FTC-Complaint", run),
            "2024-05-14 10:03:00  🔔 Event accepted – workflow FTC-Complaint instantiated (Run #7a1b)"
        );
    }
}

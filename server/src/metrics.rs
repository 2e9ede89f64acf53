//! What a node counts about itself, for `GET /metrics` in the OpenMetrics text format.
//!
//! Counts begin at nothing when the process starts; whoever reads them adds the nodes up. No label
//! holds anything a person wrote.

use std::time::Duration;

use hms_engine::RunStatus;
use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use crate::store::{Batch, SlaOutcome};

/// The type of the answer of `/metrics`.
pub const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Upper bounds in seconds, from a commit on a fast disk to a clock that stood still for minutes.
const SECONDS: [f64; 14] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 30.0, 300.0,
];
/// Upper bounds of commands in one commit.
const COMMANDS: [f64; 10] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0];

/// The figures of one node.
pub struct Metrics {
    registry: Registry,
    events: Counter,
    runs_started: Counter,
    runs_ended: Family<Ended, Counter>,
    commands: Counter,
    breaches: Counter,
    commits_failed: Counter,
    store_away: Gauge,
    commit_seconds: Histogram,
    commit_commands: Histogram,
    timer_lateness: Histogram,
    queued: Gauge,
    refused_full: Counter,
    sockets: Gauge,
    personal_erased: Counter,
    personal_overdue: Gauge,
    archive_runs: Counter,
    archive_failures: Counter,
    archive_finished: Gauge,
    checkpoints_file_failing: Gauge,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Ended {
    status: &'static str,
}

/// What one commit did, told before it is handed to the store.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Done {
    events: u64,
    started: u64,
    ended: Vec<&'static str>,
    commands: u64,
    breaches: u64,
}

impl Done {
    /// Counts a batch.
    pub(crate) fn of(batch: &Batch) -> Done {
        let long = |length: usize| u64::try_from(length).unwrap_or(u64::MAX);
        let breached = |change: &&crate::store::SlaChange| change.outcome == SlaOutcome::Breached;
        Done {
            events: long(batch.events.len()),
            started: long(
                batch
                    .runs
                    .iter()
                    .filter(|run| run.began_by.is_some())
                    .count(),
            ),
            ended: batch
                .runs
                .iter()
                .filter(|write| write.run.status != RunStatus::Running)
                .map(|write| write.run.status.as_str())
                .collect(),
            commands: long(batch.audit.len()),
            breaches: long(batch.sla.iter().filter(breached).count()),
        }
    }
}

impl Default for Metrics {
    fn default() -> Metrics {
        let mut registry = Registry::with_prefix("hms");
        let seconds = || Histogram::new(SECONDS);
        let metrics = Metrics {
            events: Counter::default(),
            runs_started: Counter::default(),
            runs_ended: Family::default(),
            commands: Counter::default(),
            breaches: Counter::default(),
            commits_failed: Counter::default(),
            store_away: Gauge::default(),
            commit_seconds: seconds(),
            commit_commands: Histogram::new(COMMANDS),
            timer_lateness: seconds(),
            queued: Gauge::default(),
            refused_full: Counter::default(),
            sockets: Gauge::default(),
            personal_erased: Counter::default(),
            personal_overdue: Gauge::default(),
            archive_runs: Counter::default(),
            archive_failures: Counter::default(),
            archive_finished: Gauge::default(),
            checkpoints_file_failing: Gauge::default(),
            registry: Registry::default(),
        };
        registry.register("events_accepted", "Events accepted", metrics.events.clone());
        registry.register("runs_started", "Runs started", metrics.runs_started.clone());
        registry.register(
            "runs_ended",
            "Runs ended, by how",
            metrics.runs_ended.clone(),
        );
        registry.register(
            "commands",
            "Commands that runs took",
            metrics.commands.clone(),
        );
        registry.register("sla_breaches", "Deadlines missed", metrics.breaches.clone());
        registry.register(
            "commits_failed",
            "Commits the store refused or did not answer",
            metrics.commits_failed.clone(),
        );
        registry.register(
            "store_away",
            "1 while the store does not answer or takes no commit",
            metrics.store_away.clone(),
        );
        registry.register_with_unit(
            "commit",
            "From the first look at the store to the end of the commit",
            Unit::Seconds,
            metrics.commit_seconds.clone(),
        );
        registry.register(
            "commit_commands",
            "Commands in one commit",
            metrics.commit_commands.clone(),
        );
        registry.register_with_unit(
            "timer_lateness",
            "From the moment a timer was due to its firing, in workflow time",
            Unit::Seconds,
            metrics.timer_lateness.clone(),
        );
        registry.register(
            "queue_length",
            "Pieces of work that wait for their turn",
            metrics.queued.clone(),
        );
        registry.register(
            "queue_refused",
            "Pieces of work turned away because the queue was full",
            metrics.refused_full.clone(),
        );
        registry.register("live_sockets", "Live pages open", metrics.sockets.clone());
        registry.register(
            "personal_erased",
            "Values of personal data erased by rule",
            metrics.personal_erased.clone(),
        );
        registry.register_with_unit(
            "personal_overdue",
            "How long personal data is due to be erased and is not, in workflow time",
            Unit::Seconds,
            metrics.personal_overdue.clone(),
        );
        registry.register(
            "archive_runs",
            "Finished runs moved out into files",
            metrics.archive_runs.clone(),
        );
        registry.register(
            "archive_failures",
            "Times that moving finished runs out was broken off by a failure",
            metrics.archive_failures.clone(),
        );
        registry.register_with_unit(
            "archive_finished_timestamp",
            "When moving finished runs out last came to its end, since 1970; 0 when it has not since the start",
            Unit::Seconds,
            metrics.archive_finished.clone(),
        );
        registry.register(
            "audit_checkpoints_file_failing",
            "1 while checkpoints of the audit trail do not get into their file",
            metrics.checkpoints_file_failing.clone(),
        );
        Metrics {
            registry,
            ..metrics
        }
    }
}

impl Metrics {
    /// A commit was made.
    pub(crate) fn committed(&self, done: &Done, took: Duration) {
        self.events.inc_by(done.events);
        self.runs_started.inc_by(done.started);
        for status in &done.ended {
            self.runs_ended.get_or_create(&Ended { status }).inc();
        }
        self.commands.inc_by(done.commands);
        self.breaches.inc_by(done.breaches);
        self.commit_seconds.observe(took.as_secs_f64());
        self.commit_commands.observe(done.commands as f64);
    }

    /// A commit was not made.
    pub(crate) fn commit_failed(&self) {
        self.commits_failed.inc();
    }

    /// The store does not answer or takes no commit, or does so again.
    pub(crate) fn store_went(&self, away: bool) {
        self.store_away.set(i64::from(away));
    }

    /// Whether the store did not answer, or took no commit, when it was last asked.
    pub(crate) fn store_is_away(&self) -> bool {
        self.store_away.get() != 0
    }

    /// Timers fired this late, in milliseconds of workflow time.
    pub(crate) fn fired(&self, late_ms: &[i64]) {
        for late in late_ms {
            self.timer_lateness.observe((*late).max(0) as f64 / 1000.0);
        }
    }

    /// Work was turned away.
    pub(crate) fn refused_full(&self) {
        self.refused_full.inc();
    }

    /// Values of personal data were erased by rule.
    pub(crate) fn erased(&self, values: u64) {
        self.personal_erased.inc_by(values);
    }

    /// So long personal data is due to be erased and is not, in milliseconds of workflow time.
    pub(crate) fn overdue(&self, ms: i64) {
        self.personal_overdue.set(ms.max(0) / 1000);
    }

    /// Runs were moved out into a file.
    pub(crate) fn moved_out(&self, runs: u64) {
        self.archive_runs.inc_by(runs);
    }

    /// Moving runs out came to its end, at this moment of the wall clock in milliseconds.
    pub(crate) fn archiving_finished(&self, wall_ms: i64) {
        self.archive_finished.set(wall_ms / 1000);
    }

    /// Moving runs out was broken off.
    pub(crate) fn archiving_failed(&self) {
        self.archive_failures.inc();
    }

    /// Checkpoints do not get into their file, or do so again.
    pub(crate) fn outside_went(&self, failing: bool) {
        self.checkpoints_file_failing.set(i64::from(failing));
    }

    /// A live page is open as long as the guard is held.
    pub(crate) fn socket(&self) -> OpenSocket {
        self.sockets.inc();
        OpenSocket(self.sockets.clone())
    }

    /// All figures as text; `queued` is how much work waits now.
    pub(crate) fn text(&self, queued: usize) -> String {
        self.queued.set(i64::try_from(queued).unwrap_or(i64::MAX));
        let mut text = String::new();
        // Writing into a String fails only when a metric's own encoder does, and these are the library's.
        let _ = text::encode(&mut text, &self.registry);
        text
    }
}

/// A live page that is open.
pub(crate) struct OpenSocket(Gauge);

impl Drop for OpenSocket {
    fn drop(&mut self) {
        self.0.dec();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_done_is_counted_and_told() {
        let metrics = Metrics::default();
        let done = Done {
            events: 2,
            started: 3,
            ended: vec!["COMPLETED", "COMPLETED", "CANCELLED"],
            commands: 7,
            breaches: 1,
        };
        metrics.committed(&done, Duration::from_millis(4));
        metrics.fired(&[0, 700, -3]);
        metrics.erased(3);
        metrics.overdue(7_900);
        metrics.moved_out(250);
        metrics.archiving_failed();
        metrics.archiving_finished(1_700_000_000_900);
        metrics.outside_went(true);
        let open = metrics.socket();
        let text = metrics.text(5);
        for line in [
            "hms_events_accepted_total 2",
            "hms_runs_started_total 3",
            "hms_runs_ended_total{status=\"COMPLETED\"} 2",
            "hms_commands_total 7",
            "hms_sla_breaches_total 1",
            "hms_commit_seconds_bucket{le=\"0.005\"} 1",
            "hms_timer_lateness_seconds_bucket{le=\"0.001\"} 2",
            "hms_timer_lateness_seconds_bucket{le=\"1.0\"} 3",
            "hms_queue_length 5",
            "hms_live_sockets 1",
            "hms_personal_erased_total 3",
            "hms_personal_overdue_seconds 7",
            "hms_archive_runs_total 250",
            "hms_archive_failures_total 1",
            "hms_archive_finished_timestamp_seconds 1700000000",
            "hms_audit_checkpoints_file_failing 1",
        ] {
            assert!(
                text.lines().any(|told| told == line),
                "{line} is not in\n{text}"
            );
        }
        drop(open);
        assert!(metrics.text(0).contains("hms_live_sockets 0\n"));
        assert!(text.ends_with("# EOF\n"));
    }
}

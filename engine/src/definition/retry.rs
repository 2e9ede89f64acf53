use super::duration;
use super::fields::{self, Fields};
use super::report::Report;
use super::tree::{Node, NodeKind};
use crate::{ActorKind, Retry};

/// The keys of a retry written out.
pub(super) const KEYS: &[&str] = &["attempts", "first", "factor", "max"];
const HELP: &str = "write how many attempts, like retry: 5, or retry: { attempts: 5, first: 10s, factor: 2, max: 10m }";
const ATTEMPTS_MAX: u32 = 100;
const FACTOR_MAX: f64 = 100.0;

/// What holds when a step says nothing: machines try three times, people once.
pub(super) fn default_for(kind: ActorKind) -> Retry {
    Retry {
        attempts: match kind {
            ActorKind::Ai | ActorKind::Svc => 3,
            ActorKind::Human => 1,
        },
        first_ms: 10_000,
        factor: 2.0,
        max_ms: 600_000,
    }
}

/// `retry: 5`, or a mapping of some of its keys; the others keep their default.
pub(super) fn read(node: &Node, report: &mut Report) -> Option<Retry> {
    let mut retry = default_for(ActorKind::Svc);
    if let NodeKind::Scalar(_) = &node.kind {
        retry.attempts = attempts(node, report)?;
        return Some(retry);
    }
    let fields = Fields::of(node, "\"retry\"", report)?;
    fields.only(KEYS, "\"retry\"", report);
    let before = report.errors();
    if let Some(node) = fields.get("attempts")
        && let Some(attempts) = attempts(node, report)
    {
        retry.attempts = attempts;
    }
    if let Some(node) = fields.get("first") {
        retry.first_ms = wait(node, "first", report).unwrap_or(retry.first_ms);
    }
    if let Some(node) = fields.get("factor") {
        retry.factor = factor(node, report).unwrap_or(retry.factor);
    }
    match fields.get("max") {
        Some(node) => {
            if let Some(max_ms) = wait(node, "max", report) {
                retry.max_ms = max_ms;
                if max_ms < retry.first_ms {
                    report.error(
                        "HMS033",
                        node.place,
                        "the longest wait, \"max\", is shorter than the first".into(),
                        Some("make \"max\" at least as long as \"first\"".into()),
                    );
                }
            }
        }
        // A first wait beyond the default limit is meant as written.
        None => retry.max_ms = retry.max_ms.max(retry.first_ms),
    }
    (report.errors() == before).then_some(retry)
}

fn attempts(node: &Node, report: &mut Report) -> Option<u32> {
    let word = fields::word(node, "retry", HELP, report)?;
    let attempts = word
        .text
        .parse()
        .ok()
        .filter(|n| (1..=ATTEMPTS_MAX).contains(n));
    if attempts.is_none() {
        report.error(
            "HMS033",
            word.place,
            format!("\"{}\" is no number of attempts", fields::clip(&word.text)),
            Some(format!(
                "write a whole number from 1 to {ATTEMPTS_MAX}, the first attempt included"
            )),
        );
    }
    attempts
}

fn factor(node: &Node, report: &mut Report) -> Option<f64> {
    let word = fields::word(node, "factor", HELP, report)?;
    let factor = word
        .text
        .parse()
        .ok()
        .filter(|n| (1.0..=FACTOR_MAX).contains(n));
    if factor.is_none() {
        report.error(
            "HMS033",
            word.place,
            format!("\"{}\" is no factor", fields::clip(&word.text)),
            Some(format!(
                "write a number from 1 to {FACTOR_MAX}: each wait is this many times the one before"
            )),
        );
    }
    factor
}

fn wait(node: &Node, key: &str, report: &mut Report) -> Option<i64> {
    duration::read(node, key, "10s", report).map(|(ms, _)| ms)
}

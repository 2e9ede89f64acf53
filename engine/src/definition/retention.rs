//! `retention`: how long what is kept of a case stays after its end.

use super::fields::{self, Fields};
use super::report::Report;
use super::tree::Node;
use super::{duration, fields::clip};
use crate::keep::KEEP_FORM;
use crate::{Keep, PersonalKept, Place, Retention};

/// The keys of a retention.
pub(super) const KEYS: &[&str] = &["personal", "runs"];

/// The retention written here.
pub(super) fn read(node: &Node, report: &mut Report) -> Option<Retention> {
    let retention = Fields::of(node, "a retention", report)?;
    retention.only(KEYS, "a retention", report);
    let (personal, runs) = (retention.get("personal"), retention.get("runs"));
    if personal.is_none() && runs.is_none() {
        let help = "add how long after the end of a case its personal data stays, like personal: 90d, \
                    or the case itself, like runs: 7y";
        let message = "the retention has neither \"personal\" nor \"runs\"".to_owned();
        report.error("HMS006", node.place, message, Some(help.to_owned()));
        return None;
    }
    let personal = personal
        .and_then(|node| duration::read(node, "personal", "90d", report))
        .map(|(ms, written)| PersonalKept { ms, written });
    let runs = runs.and_then(|node| keep(node, report));
    if let (Some(personal), Some((runs, place))) = (&personal, runs)
        && runs.at_least_ms() < personal.ms
    {
        let message = format!(
            "runs go after {runs}, before their personal data, which is to stay for {}",
            personal.written
        );
        let help =
            "a run that goes takes its personal data with it: keep runs as long as that, or longer";
        report.error("HMS075", place, message, Some(help.to_owned()));
    }
    Some(Retention {
        personal,
        runs: runs.map(|(runs, _)| runs),
    })
}

/// How long runs are kept, and where that stands.
fn keep(node: &Node, report: &mut Report) -> Option<(Keep, Place)> {
    let word = fields::word(node, "runs", "write how long, like runs: 7y", report)?;
    match word.text.parse() {
        Ok(keep) => Some((keep, word.place)),
        Err(_) => {
            let message = format!("\"{}\" is no time to keep runs", clip(&word.text));
            report.error("HMS031", word.place, message, Some(KEEP_FORM.to_owned()));
            None
        }
    }
}

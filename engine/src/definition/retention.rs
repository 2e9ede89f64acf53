//! `retention`: how long what is kept of a case stays after its end.

use super::duration;
use super::fields::Fields;
use super::report::Report;
use super::tree::Node;
use crate::Retention;

/// The keys of a retention.
pub(super) const KEYS: &[&str] = &["personal"];

/// The retention written here.
pub(super) fn read(node: &Node, report: &mut Report) -> Option<Retention> {
    let retention = Fields::of(node, "a retention", report)?;
    retention.only(KEYS, "a retention", report);
    let personal = retention.require(
        "personal",
        "the retention",
        "add \"personal:\" and how long after the end of a case, like personal: 90d",
        report,
    )?;
    let (personal_ms, written) = duration::read(personal, "personal", "90d", report)?;
    Some(Retention {
        personal_ms,
        written,
    })
}

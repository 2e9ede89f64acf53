//! What a calendar moves, as sent.

use hms_engine::{Measure, Moment};
use serde_json::{Value, json};

use crate::orchestrator::{Foretold, ForetoldMove, ForetoldStanding};

/// Counts, the biggest moves, and the clocks that stand still.
pub(super) fn moves_json(foretold: &Foretold) -> Value {
    let all = foretold.deadlines + foretold.accepts + foretold.rungs + foretold.waits;
    json!({
        "cases": foretold.cases,
        "more": foretold.more,
        "moved": foretold.moved,
        "deadlines": foretold.deadlines,
        "first_claims": foretold.accepts,
        "rungs": foretold.rungs,
        "waits": foretold.waits,
        "later": foretold.later,
        "earlier": all - foretold.later,
        "past": foretold.past,
        "standing": foretold.standing,
        "biggest": foretold.biggest.iter().map(one).collect::<Vec<_>>(),
        "clocks": foretold.still.iter().map(still).collect::<Vec<_>>(),
    })
}

fn one(one: &ForetoldMove) -> Value {
    let moved = &one.what;
    let (what, at) = match moved.what {
        Moment::Deadline => ("deadline", None),
        Moment::Accept => ("first_claim", None),
        Moment::Rung(at) => ("rung", Some(at)),
        Moment::Wait => ("wait", None),
    };
    json!({
        "run_id": one.run_id,
        "workflow": one.workflow,
        "step": moved.step,
        "task_id": moved.task,
        "what": what,
        "at_percent": at,
        "from": moved.from,
        "to": moved.to,
        "by_ms": one.by_ms(),
        "past": one.past,
        "missed": moved.missed,
    })
}

fn still(one: &ForetoldStanding) -> Value {
    let standing = &one.what;
    let measure = match standing.measure {
        Measure::Days => "business days, 86400000 each",
        Measure::Hours | Measure::Clock => "milliseconds of working time",
    };
    json!({
        "run_id": one.run_id,
        "workflow": one.workflow,
        "step": standing.step,
        "task_id": standing.task,
        "consumed_from": standing.from,
        "consumed_to": standing.to,
        "counted_in": measure,
    })
}

use super::known::Known;
use crate::definition::fields::{self, Fields};
use crate::definition::report::Report;
use crate::definition::tree::Node;
use crate::definition::{duration, formula, value};
use crate::expression::Roots;
use crate::simulation::{Answer, Says, Whom};

const KEYS: &[&str] = &[
    "step", "actor", "if", "times", "by", "claim", "lease", "after", "result", "fail",
];
const WHOM: &str = "write step: and a task's id, or actor: like AI:fraud-labeler or HUMAN:*";

/// One answer.
pub(super) fn read(item: &Node, known: &Known<'_>, report: &mut Report) -> Option<Answer> {
    let answer = Fields::of(item, "an answer", report)?;
    answer.only(KEYS, "an answer", report);
    for (one, other) in [("step", "actor"), ("result", "fail")] {
        if let (Some((key, _)), Some(_)) = (answer.entry(other), answer.get(one)) {
            let message = format!("this answer has \"{other}\" beside \"{one}\"");
            report.error(
                "HMS027",
                key.place,
                message,
                Some("keep one of the two".into()),
            );
        }
    }
    let whom = whom(&answer, known, report);
    let condition = answer
        .get("if")
        .and_then(|node| formula::read(node, "if", Roots::with_items(known.items()), report))
        .map(|formula| formula.expression);
    let times = answer.get("times").and_then(|node| times(node, report));
    let by = answer
        .get("by")
        .and_then(|node| fields::word(node, "by", "write a name, like by: maria", report));
    let mut ms = |key: &str| {
        let node = answer.get(key)?;
        duration::read(node, key, "20m", report).map(|(ms, _)| ms)
    };
    let (claim_ms, lease_ms, after_ms) = (ms("claim"), ms("lease"), ms("after"));
    let says = match (answer.get("result"), answer.get("fail")) {
        (Some(node), _) => Some(Says::Result(value::json(node))),
        (None, Some(node)) => {
            let help = "write what went wrong, like fail: The archive is down";
            fields::word(node, "fail", help, report).map(|word| Says::Fails(word.text))
        }
        (None, None) => Some(Says::Nothing),
    };
    Some(Answer {
        whom: whom?,
        condition,
        times,
        by: by.map(|word| word.text),
        claim_ms,
        // Durations are never negative.
        lease_ms: lease_ms.map(i64::unsigned_abs),
        after_ms: after_ms.unwrap_or(0),
        says: says?,
    })
}

fn whom(answer: &Fields<'_>, known: &Known<'_>, report: &mut Report) -> Option<Whom> {
    if let Some(node) = answer.get("step") {
        let word = fields::word(node, "step", WHOM, report)?;
        known.task(&word, report);
        return Some(Whom::Step(word.text));
    }
    let Some(node) = answer.get("actor") else {
        let message = "this answer says neither \"step\" nor \"actor\"".to_owned();
        report.error("HMS006", answer.place, message, Some(WHOM.into()));
        return None;
    };
    let word = fields::word(node, "actor", WHOM, report)?;
    match word.text.parse() {
        Ok(pattern) => {
            known.actors(&pattern, &word, report);
            Some(Whom::Actors(pattern))
        }
        Err(bad) => {
            report.error("HMS030", word.place, format!("{bad}"), Some(WHOM.into()));
            None
        }
    }
}

fn times(node: &Node, report: &mut Report) -> Option<u32> {
    const HELP: &str = "write a whole number, like times: 2";
    let word = fields::word(node, "times", HELP, report)?;
    let times = word.text.parse().ok();
    if times.is_none() {
        let message = format!("\"{}\" is no number", fields::clip(&word.text));
        report.error("HMS007", word.place, message, Some(HELP.into()));
    }
    times
}

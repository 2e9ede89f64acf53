use serde_json::{Map, Value};

use crate::definition::did_you_mean;
use crate::{ActorKind, Next, Rejected, Task};

/// Longest result, in bytes of JSON.
const RESULT_BYTES_MAX: usize = 256 * 1024;

/// The outcomes of a person's task that has none of its own.
pub(crate) const APPROVE: &str = "approve";
pub(crate) const REJECT: &str = "reject";

/// A result that is not too large to keep.
pub(super) fn within_limit(result: &Value) -> Result<&Value, Rejected> {
    let mut counter = Counter(0);
    // The counter takes all it is given, and a Value always serializes.
    let _ = serde_json::to_writer(&mut counter, result);
    if counter.0 > RESULT_BYTES_MAX {
        return Err(Rejected::BadResult(format!(
            "the result is {} KB of JSON, the limit is {} KB: store it elsewhere and answer with a link",
            counter.0.div_ceil(1024),
            RESULT_BYTES_MAX / 1024
        )));
    }
    Ok(result)
}

struct Counter(usize);

impl std::io::Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// What a person decided, always as `{"outcome","approved","note",…}`, so that an expression may
/// ask for any of the three whichever way it was sent. `approved` says whether the outcome is
/// `approve`, also where a step has outcomes of its own.
pub(super) fn decision(result: &Value, outcomes: &[(String, Next)]) -> Result<Value, Rejected> {
    let names = || outcomes.iter().map(|(name, _)| name.as_str());
    let bad = |what: &str| {
        let right: Vec<String> = names()
            .map(|name| format!("{{\"outcome\": \"{name}\"}}"))
            .collect();
        let right = right.join(" or ");
        Rejected::BadResult(format!(
            "{what}: answer with {right}, and a \"note\" if there is one"
        ))
    };
    let Value::Object(fields) = result else {
        return Err(bad("a person's result is an object"));
    };
    let by_outcome = match fields.get("outcome") {
        None | Some(Value::Null) => None,
        Some(Value::String(word)) if names().any(|name| name == word) => Some(word.as_str()),
        Some(Value::String(word)) => {
            let near = did_you_mean(word, names())
                .map(|near| format!(", {near}"))
                .unwrap_or_default();
            return Err(bad(&format!("that is no outcome here{near}")));
        }
        Some(_) => return Err(bad("\"outcome\" is a text")),
    };
    let by_approved = match fields.get("approved") {
        None | Some(Value::Null) => None,
        Some(Value::Bool(approved)) => Some(*approved),
        Some(_) => return Err(bad("\"approved\" is true or false")),
    };
    let outcome = match (by_outcome, by_approved) {
        (Some(outcome), Some(approved)) if (outcome == APPROVE) != approved => {
            return Err(bad("\"outcome\" and \"approved\" say different things"));
        }
        (Some(outcome), _) => outcome,
        (None, Some(approved)) => {
            let meant = if approved { APPROVE } else { REJECT };
            names()
                .find(|name| *name == meant)
                .ok_or_else(|| bad("the result says no outcome"))?
        }
        (None, None) => return Err(bad("the result says no outcome")),
    };
    let note = match fields.get("note") {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(note)) => note.clone(),
        Some(_) => return Err(bad("\"note\" is a text")),
    };
    let mut decision: Map<String, Value> = fields.clone();
    decision.insert("outcome".into(), outcome.into());
    decision.insert("approved".into(), (outcome == APPROVE).into());
    decision.insert("note".into(), note.into());
    Ok(Value::Object(decision))
}

impl Task {
    /// Whether it was finished with this very answer, however a person's decision was written.
    pub fn was_answered(&self, result: &Value) -> bool {
        match self.actor.kind {
            // The task does not know its step's outcomes, and the one it was finished with is one.
            ActorKind::Human => self.result.as_ref().is_some_and(|kept| {
                let said = kept["outcome"].as_str().unwrap_or_default();
                let outcomes = [said, APPROVE, REJECT].map(|name| (name.to_owned(), Next::End));
                decision(result, &outcomes).is_ok_and(|same| same == *kept)
            }),
            ActorKind::Ai | ActorKind::Svc => self.result.as_ref() == Some(result),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn decision(result: &Value) -> Result<Value, Rejected> {
        let outcomes = [APPROVE, REJECT].map(|name| (name.to_owned(), Next::End));
        super::decision(result, &outcomes)
    }

    #[test]
    fn a_decision_has_one_form_whichever_way_it_is_sent() {
        for (sent, kept) in [
            (
                json!({"outcome": "approve"}),
                json!({"outcome": "approve", "approved": true, "note": ""}),
            ),
            (
                json!({"approved": false}),
                json!({"outcome": "reject", "approved": false, "note": ""}),
            ),
            (
                json!({"outcome": "reject", "approved": false, "note": "Spam", "amount": 3}),
                json!({"outcome": "reject", "approved": false, "note": "Spam", "amount": 3}),
            ),
            (
                json!({"outcome": null, "approved": true, "note": null}),
                json!({"outcome": "approve", "approved": true, "note": ""}),
            ),
        ] {
            assert_eq!(decision(&sent), Ok(kept), "{sent}");
        }
    }

    #[test]
    fn what_is_no_decision_is_told_what_would_be_right() {
        for (sent, told) in [
            (json!("approve"), "a person's result is an object"),
            (json!({}), "the result says no outcome"),
            (
                json!({"outcome": "aprove"}),
                "that is no outcome here, did you mean \"approve\"?",
            ),
            (
                json!({"outcome": "maybe"}),
                "that is no outcome here: answer with",
            ),
            (json!({"outcome": 1}), "\"outcome\" is a text"),
            (json!({"approved": "yes"}), "\"approved\" is true or false"),
            (
                json!({"approved": true, "outcome": "reject"}),
                "say different things",
            ),
            (json!({"approved": true, "note": 7}), "\"note\" is a text"),
        ] {
            let Err(Rejected::BadResult(text)) = decision(&sent) else {
                panic!("{sent} was taken");
            };
            assert!(text.contains(told), "{sent}: {text}");
            assert!(
                text.contains("answer with {\"outcome\": \"approve\"}"),
                "{text}"
            );
        }
    }

    #[test]
    fn a_result_has_a_limit() {
        let fits = json!("x".repeat(RESULT_BYTES_MAX - 2));
        assert!(within_limit(&fits).is_ok());
        let over = json!("x".repeat(RESULT_BYTES_MAX - 1));
        assert!(
            matches!(within_limit(&over), Err(Rejected::BadResult(text)) if text.contains("limit is 256 KB"))
        );
    }
}

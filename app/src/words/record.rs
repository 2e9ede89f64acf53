//! Entries of the audit trail in words, for the staff's timelines.

use hms_forms::file_size;
use serde_json::Value;

use crate::views::{FileAnswer, TimelineRow};

/// One line of a timeline in words. A kind that is not known is shown by its own name: nothing is hidden.
pub fn told(row: &TimelineRow) -> String {
    let step = row.step.as_deref().unwrap_or("a step");
    let text = |field: &str| row.detail.get(field).map(brief).unwrap_or_default();
    let noted = |sentence: String| match text("note") {
        note if note.is_empty() => sentence,
        note => format!("{sentence}: “{note}”"),
    };
    match row.kind.as_str() {
        "run_started" => "The run began".into(),
        "task_opened" => format!("Opened “{step}” for {}", text("actor")),
        "lists_began" => format!("Began {} parts of “{step}” side by side", text("lists")),
        "lists_joined" => format!("Enough parts of “{step}” are done ({})", text("finished")),
        "incident_dropped" => "What had stopped is no longer needed".into(),
        "task_claimed" => format!("Took “{step}”"),
        "task_released" => format!("Gave “{step}” back"),
        "lease_expired" => format!("The lease of {} on “{step}” ran out", text("held_by")),
        "task_completed" => match row.detail.get("result").map(outcome) {
            Some(outcome) if !outcome.is_empty() => format!("Finished “{step}”: {outcome}"),
            _ => format!("Finished “{step}”"),
        },
        "task_failed" => format!(
            "Attempt {} of “{step}” failed: {}",
            text("attempt"),
            text("error")
        ),
        "output_broken" => format!("Answered “{step}” with what it cannot take"),
        "task_timed_out" => format!("The deadline of “{step}” passed; the task was closed"),
        "sla_breached" => format!("The deadline of “{step}” passed; the task stays open"),
        "clock_stopped" => format!("Paused the clock of “{step}”: “{}”", text("reason")),
        "clock_started" => format!("Let the clock of “{step}” run again"),
        "sla_extended" => format!("Gave “{step}” more time: “{}”", text("reason")),
        "rung_reached" => format!("{} % of the time for “{step}” is used", text("at")),
        "accept_breached" => format!("Nobody took “{step}” in time"),
        "accepted" => format!("“{step}” was accepted"),
        "information_added" => "The person who sent the report added information".into(),
        "calendar_changed" => format!(
            "Another version of the calendar {} counts",
            text("calendar")
        ),
        "deadline_moved" => format!("The deadline of “{step}” moved to {}", text("to")),
        "migrated" => noted("Moved to another version of the workflow".into()),
        "task_migrated" => {
            let (from, after) = (text("from"), text("after"));
            let moved = match from.is_empty() {
                true => format!("“{step}” goes on in the new version"),
                false => format!("“{step}” takes the place of {from} in the new version"),
            };
            let actor = match text("actor") {
                actor if actor.is_empty() => actor,
                actor => format!("; it is for {actor} now"),
            };
            let released = match text("released") {
                by if by.is_empty() => by,
                by => format!("; {by} has it no more"),
            };
            let deadline = match after != text("before") && !after.is_empty() {
                true => format!("; its deadline is {after}"),
                false => String::new(),
            };
            format!("{moved}{actor}{released}{deadline}")
        }
        "task_cancelled" => format!("Closed “{step}” unfinished"),
        "escalated" => format!("Escalated to {}", text("to")),
        "branch_taken" => format!("{} → {}", text("value"), text("to")),
        "incident_raised" => format!("Stopped: {}", text("message")),
        "incident_resolved" => noted(format!("Sent on to {}", text("to"))),
        "wait_began" => match (text("event"), text("until")) {
            (event, _) if !event.is_empty() => format!("“{step}” waits for {event}"),
            (_, until) => format!("“{step}” waits until {until}"),
        },
        "wait_ended" => format!("The wait “{step}” is over"),
        "wait_timed_out" => format!("No event came in time for “{step}”"),
        "event_taken" => format!("{} came, and “{step}” goes on", text("name")),
        "event_kept" => format!("{} came early and is kept", text("name")),
        "run_called" => format!("“{step}” called {}", text("workflow")),
        "call_ended" => format!("The run that “{step}” called ended: {}", text("status")),
        "call_cancelled" => format!("The run that “{step}” called was cancelled"),
        "run_completed" => "The run finished".into(),
        "run_cancelled" => noted("The run was cancelled".into()),
        other => other.replace('_', " "),
    }
}

/// What a result says in short: the outcome of a person, the label of an AI.
fn outcome(result: &Value) -> String {
    ["outcome", "severity"]
        .iter()
        .find_map(|field| result.get(field).map(brief))
        .unwrap_or_default()
}

/// A value without the quotes of JSON around a text.
pub fn brief(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => match FileAnswer::list_of(other) {
            Some(files) => files_told(&files),
            None => other.to_string(),
        },
    }
}

/// Files in words, where no link leads to them: `plans.pdf (1.2 MB)`.
pub fn files_told(files: &[FileAnswer]) -> String {
    let told = files
        .iter()
        .map(|file| format!("{} ({})", file.name, file_size(file.size)));
    told.collect::<Vec<_>>().join(", ")
}

/// A key of a payload as a label: `complaintId` and `complaint_id` become `Complaint id`.
pub fn label(key: &str) -> String {
    let mut label = String::with_capacity(key.len() + 4);
    for c in key.chars() {
        match c {
            '_' | '-' => label.push(' '),
            c if c.is_ascii_uppercase() && !label.is_empty() => {
                label.push(' ');
                label.push(c.to_ascii_lowercase());
            }
            c => label.push(c),
        }
    }
    if let Some(first) = label.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    label
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;
    use serde_json::json;

    fn row(kind: &str, detail: Value) -> TimelineRow {
        TimelineRow {
            at: DateTime::from_timestamp(0, 0).expect("a moment"),
            who: "Maria".into(),
            kind: kind.into(),
            step: Some("Review".into()),
            detail,
        }
    }

    #[test]
    fn entries_are_told() {
        let cases = [
            (
                row("task_opened", json!({"actor": "HUMAN:investigator"})),
                "Opened “Review” for HUMAN:investigator",
            ),
            (
                row("task_completed", json!({"result": {"outcome": "approve"}})),
                "Finished “Review”: approve",
            ),
            (
                row("task_completed", json!({"result": {}})),
                "Finished “Review”",
            ),
            (
                row("task_failed", json!({"attempt": 2, "error": "timeout"})),
                "Attempt 2 of “Review” failed: timeout",
            ),
            (
                row(
                    "branch_taken",
                    json!({"value": "High", "to": "human_review"}),
                ),
                "High → human_review",
            ),
            (
                row("run_cancelled", json!({"note": "twice"})),
                "The run was cancelled: “twice”",
            ),
            (
                row("migrated", json!({"note": "new form"})),
                "Moved to another version of the workflow: “new form”",
            ),
            (
                row(
                    "task_migrated",
                    json!({"from": "check", "actor": "HUMAN:senior", "released": "Ann", "after": "noon"}),
                ),
                "“Review” takes the place of check in the new version; it is for HUMAN:senior now; \
                 Ann has it no more; its deadline is noon",
            ),
            (
                row("task_migrated", json!({"before": "noon", "after": "noon"})),
                "“Review” goes on in the new version",
            ),
            (row("some_new_kind", json!({})), "some new kind"),
        ];
        for (row, expected) in cases {
            assert_eq!(told(&row), expected);
        }
    }

    #[test]
    fn keys_become_labels() {
        assert_eq!(label("complaintId"), "Complaint id");
        assert_eq!(label("lost_usd"), "Lost usd");
        assert_eq!(label("text"), "Text");
        assert_eq!(label("él"), "él");
    }
}

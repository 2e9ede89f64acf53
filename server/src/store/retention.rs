//! What of personal data is due to be erased: the rule, apart from how each store finds and erases it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use async_trait::async_trait;
use hms_engine::Time;
use serde_json::json;
use uuid::Uuid;

use super::{Note, StoreError};

/// How often is looked again whether the cases have ended that something still waits for.
const AGAIN_MS: i64 = 24 * 3_600_000;
/// Who erases by rule, in the audit trail.
const WHO: &str = "hms serve";

/// Erases personal data by rule.
#[async_trait]
pub trait Retention: Send + Sync {
    /// When the earliest is due of what these rules are for, in milliseconds since 1970; some of it may have to wait for
    /// cases that are open.
    async fn next_due(&self, rules: &[RetentionRule]) -> Result<Option<i64>, StoreError>;

    /// Erases what is due at a moment, of at most so many cases, and notes it, in one transaction. What another node is
    /// at is left to it.
    async fn erase_due(
        &self,
        rules: &[RetentionRule],
        now: Time,
        limit: u32,
    ) -> Result<Erased, StoreError>;
}

/// How long personal data stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetentionRule {
    /// Of the cases of this workflow, after their end; empty for what came with events that reached no case, after they
    /// came.
    pub workflow: String,
    /// The version of the definition that says so.
    pub version: Option<String>,
    /// How long, in milliseconds.
    pub kept_ms: i64,
    /// The same for people: `90d`.
    pub written: String,
}

/// What was erased.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Erased {
    /// How many values.
    pub values: u64,
    /// Whether there may be more that is due.
    pub more: bool,
}

/// A case that has ended, or an event that reached none, and whose time has passed by its own rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Due {
    pub(super) workflow: String,
    pub(super) since_ms: i64,
    pub(super) owner: Uuid,
}

impl Due {
    /// The same, its time counted from another moment on.
    pub(super) fn from(&self, since_ms: i64) -> PersonalEnded {
        PersonalEnded {
            workflow: self.workflow.clone(),
            since_ms,
            owner: self.owner,
        }
    }
}

/// A case that may read what is due: one of the same event, or one that such a case called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reader {
    /// For whose data it was asked.
    pub(super) owner: Uuid,
    /// The event of that case.
    pub(super) event: Uuid,
    /// The reader.
    pub(super) run: Uuid,
    pub(super) workflow: String,
    /// In milliseconds since 1970; none while it is open.
    pub(super) ended_ms: Option<i64>,
    /// Whether it was called by one of the event's cases.
    pub(super) called: bool,
}

/// What is to be done with what is due.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Plan {
    /// Those whose data goes now; their rows go with it.
    pub(super) gone: Vec<Due>,
    /// Those that wait, each with the moment from which its time is to count instead.
    pub(super) later: Vec<(Due, i64)>,
    /// By each owner of values to erase: the cases it is told about and the rule.
    told: BTreeMap<Uuid, (BTreeSet<Uuid>, usize)>,
}

impl Plan {
    /// Decides about what is due: of several cases that share data the longest of their rules counts, and none may be
    /// open.
    pub(super) fn of(
        due: Vec<Due>,
        readers: &[Reader],
        rules: &[RetentionRule],
        now_ms: i64,
    ) -> Plan {
        let by_workflow: HashMap<&str, usize> = rules
            .iter()
            .enumerate()
            .map(|(at, rule)| (rule.workflow.as_str(), at))
            .collect();
        let mut of_owner: HashMap<Uuid, Vec<&Reader>> = HashMap::new();
        for reader in readers {
            of_owner.entry(reader.owner).or_default().push(reader);
        }
        let mut plan = Plan::default();
        for one in due {
            let Some(own) = by_workflow.get(one.workflow.as_str()).copied() else {
                continue;
            };
            let readers = of_owner.get(&one.owner).map_or(&[][..], Vec::as_slice);
            // The rule by which it goes, and when.
            let mut last = (one.since_ms.saturating_add(rules[own].kept_ms), own);
            let mut open = false;
            for reader in readers {
                let Some(ended_ms) = reader.ended_ms else {
                    open = true;
                    continue;
                };
                let rule = by_workflow.get(reader.workflow.as_str()).copied();
                // A called case keeps what it owns by its own rule, and has no say over its caller's.
                if let Some(rule) = rule.filter(|_| !reader.called) {
                    last = last.max((ended_ms.saturating_add(rules[rule].kept_ms), rule));
                }
            }
            let again = now_ms.saturating_add(AGAIN_MS);
            let due_ms = if open { last.0.max(again) } else { last.0 };
            if due_ms > now_ms {
                let since_ms = due_ms.saturating_sub(rules[own].kept_ms);
                plan.later.push((one, since_ms));
                continue;
            }
            plan.tell(&one, readers, last.1);
            plan.gone.push(one);
        }
        plan
    }

    fn tell(&mut self, due: &Due, readers: &[&Reader], rule: usize) {
        let own = self.told.entry(due.owner).or_default();
        own.1 = rule;
        if readers.is_empty() {
            // An event that reached no case: there is none to tell of it.
            return;
        }
        own.0.insert(due.owner);
        for reader in readers.iter().filter(|reader| !reader.called) {
            let of_event = self.told.entry(reader.event).or_default();
            of_event.0.insert(reader.run);
            of_event.1 = rule;
        }
    }

    /// Whose values are to be erased: the cases themselves, and the events they began with.
    pub(super) fn owners(&self) -> Vec<Uuid> {
        self.told.keys().copied().collect()
    }

    /// What the audit trail is told, given how many values of each owner were erased: of each case whose data it was.
    pub(super) fn notes(
        &self,
        erased: &BTreeMap<Uuid, u64>,
        rules: &[RetentionRule],
        at: Time,
    ) -> Vec<Note> {
        let mut values: BTreeMap<(Option<Uuid>, usize), u64> = BTreeMap::new();
        let mut strays = Vec::new();
        for (owner, count) in erased.iter().filter(|(_, count)| **count > 0) {
            let Some((cases, rule)) = self.told.get(owner) else {
                continue;
            };
            if cases.is_empty() {
                strays.push((*owner, *rule, *count));
            }
            for case in cases {
                *values.entry((Some(*case), *rule)).or_default() += count;
            }
        }
        let note = |about: Option<Uuid>, rule: &RetentionRule, command: serde_json::Value| Note {
            at,
            who: WHO.to_owned(),
            version: rule.version.clone(),
            about,
            command: command.to_string(),
        };
        let of_cases = values.into_iter().map(|((about, rule), values)| {
            let rule = &rules[rule];
            let reason = format!("{} keeps personal data for {}", rule.workflow, rule.written);
            let command = json!({"order": "erase_personal", "run": about, "values": values, "reason": reason});
            note(about, rule, command)
        });
        let of_strays = strays.into_iter().map(|(event, rule, values)| {
            let rule = &rules[rule];
            let reason = format!(
                "an event that reached no case keeps personal data for {}",
                rule.written
            );
            let command = json!({"order": "erase_personal", "event": event, "values": values, "reason": reason});
            note(None, rule, command)
        });
        of_cases.chain(of_strays).collect()
    }
}

/// A case that ended, or an event that reached none: from now on the time of its personal data counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonalEnded {
    /// Whose rule counts; empty for an event.
    pub workflow: String,
    /// When it ended or came, in milliseconds since 1970.
    pub since_ms: i64,
    /// The run, or the event.
    pub owner: Uuid,
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = AGAIN_MS;

    fn rule(workflow: &str, days: i64) -> RetentionRule {
        RetentionRule {
            workflow: workflow.to_owned(),
            version: None,
            kept_ms: days * DAY,
            written: format!("{days}d"),
        }
    }

    fn reader(run: u128, workflow: &str, ended: Option<i64>, called: bool) -> Reader {
        Reader {
            owner: Uuid::from_u128(1),
            event: Uuid::from_u128(100),
            run: Uuid::from_u128(run),
            workflow: workflow.to_owned(),
            ended_ms: ended.map(|day| day * DAY),
            called,
        }
    }

    /// What becomes on day 40 of a case of "A" that ended on day 5: gone by the rule of so many days, or to be looked at
    /// again on a day.
    fn decided(readers: &[Reader]) -> Result<i64, i64> {
        let rules = [rule("A", 30), rule("B", 10), rule("C", 60)];
        let due = Due {
            workflow: "A".to_owned(),
            since_ms: 5 * DAY,
            owner: Uuid::from_u128(1),
        };
        let plan = Plan::of(vec![due], readers, &rules, 40 * DAY);
        match plan.later.first() {
            Some((_, since_ms)) => Err((since_ms + 30 * DAY) / DAY),
            None => Ok(rules[plan.told[&Uuid::from_u128(1)].1].kept_ms / DAY),
        }
    }

    #[test]
    fn the_longest_rule_counts_and_nothing_goes_while_a_reader_is_open() {
        let own = reader(1, "A", Some(5), false);
        for (others, expect) in [
            (vec![], Ok(30)),
            (vec![reader(2, "B", Some(20), false)], Ok(30)),
            (vec![reader(2, "B", Some(29), false)], Ok(10)),
            (vec![reader(2, "B", Some(31), false)], Err(41)),
            (vec![reader(2, "C", Some(4), false)], Err(64)),
            // Without a rule it has only to have ended.
            (vec![reader(2, "D", Some(39), false)], Ok(30)),
            (vec![reader(2, "D", None, false)], Err(41)),
            (
                vec![reader(2, "D", None, false), reader(3, "C", Some(4), false)],
                Err(64),
            ),
            // A called case that is open may read it; its own rule has no say.
            (vec![reader(2, "C", Some(39), true)], Ok(30)),
            (vec![reader(2, "B", None, true)], Err(41)),
        ] {
            let readers = [vec![own.clone()], others].concat();
            assert_eq!(decided(&readers), expect, "{readers:?}");
        }
    }

    #[test]
    fn each_case_of_the_event_is_told_of_and_an_event_without_one_by_itself() {
        let rules = [rule("A", 1), rule("", 1)];
        let due = |workflow: &str, owner| Due {
            workflow: workflow.to_owned(),
            since_ms: 0,
            owner: Uuid::from_u128(owner),
        };
        let readers = [
            reader(1, "A", Some(0), false),
            reader(2, "D", Some(0), false),
            reader(3, "D", Some(0), true),
        ];
        let plan = Plan::of(vec![due("A", 1), due("", 7)], &readers, &rules, 2 * DAY);
        assert_eq!(plan.owners(), [1, 7, 100].map(Uuid::from_u128));
        let erased = [(1, 2), (100, 3), (7, 1)];
        let erased = erased.map(|(owner, count)| (Uuid::from_u128(owner), count));
        let notes = plan.notes(&BTreeMap::from(erased), &rules, crate::clock::moment(0));
        let told: Vec<_> = notes
            .iter()
            .map(|note| {
                let command: serde_json::Value = serde_json::from_str(&note.command).unwrap();
                (
                    note.about.map(|run| run.as_u128()),
                    command["values"].as_u64(),
                )
            })
            .collect();
        assert_eq!(
            told,
            [(Some(1), Some(5)), (Some(2), Some(3)), (None, Some(1))]
        );
        assert!(
            plan.notes(&BTreeMap::new(), &rules, crate::clock::moment(0))
                .is_empty()
        );
    }
}

use std::collections::{BTreeSet, HashMap};

use hms_app::agency::Refused;
use hms_app::views::{HeldBy, Person, TimelineRow};
use hms_engine::{Entry, Task};
use serde_json::Value;
use uuid::Uuid;

use super::titles::Titles;
use super::{Desk, refuse};
use crate::identity::{signature, signed_by, signed_by_token};
use crate::store::AuditRow;

/// The names behind the signatures of some tasks and entries: of people, and of the tokens of programs.
pub(super) struct Names {
    people: HashMap<Uuid, String>,
    tokens: HashMap<Uuid, String>,
}

impl Desk {
    /// Looks up the names of everybody who signed: in one question those of people, and in another those of tokens.
    pub(super) async fn names<'s>(
        &self,
        signatures: impl IntoIterator<Item = &'s str>,
    ) -> Result<Names, Refused> {
        let (mut people, mut tokens) = (BTreeSet::new(), BTreeSet::new());
        for who in signatures {
            people.extend(signed_by(who));
            tokens.extend(signed_by_token(who));
        }
        let people: Vec<Uuid> = people.into_iter().collect();
        let tokens: Vec<Uuid> = tokens.into_iter().collect();
        let known = self.door.people();
        Ok(Names {
            people: known.names(&people).await.map_err(refuse::store)?,
            tokens: known.token_names(&tokens).await.map_err(refuse::store)?,
        })
    }
}

/// Everybody who signed something of a task.
pub(super) fn signers(task: &Task) -> impl Iterator<Item = &str> {
    [&task.claimed_by, &task.closed_by]
        .into_iter()
        .filter_map(|who| who.as_deref())
}

impl Names {
    /// A person's name. A program is called by what its token is for, and never like a person; all others as they signed.
    pub(super) fn of(&self, who: &str) -> String {
        let person = signed_by(who).and_then(|id| self.people.get(&id));
        let token = || {
            let name = self.tokens.get(&signed_by_token(who)?)?;
            (!name.is_empty()).then(|| format!("token:{name}"))
        };
        let name = person.cloned().or_else(token);
        name.unwrap_or_else(|| who.to_owned())
    }

    /// Who has a task, as told to a person.
    pub(super) fn holder(&self, task: &Task, asking: &Person) -> Option<HeldBy> {
        let who = task.claimed_by.as_deref()?;
        Some(HeldBy {
            name: self.of(who),
            since: task.claimed_at.unwrap_or(task.created),
            me: who == signature(asking.id),
        })
    }

    /// A run's history as lines, oldest first.
    pub(super) fn timeline(&self, history: &[AuditRow], titles: &Titles) -> Vec<TimelineRow> {
        let line = |row: &AuditRow, entry: &Entry| {
            let mut detail = serde_json::to_value(entry).unwrap_or_default();
            let mut take = |field: &str| detail.as_object_mut().and_then(|map| map.remove(field));
            let kind = take("kind");
            take("step");
            TimelineRow {
                at: row.at,
                who: self.of(&row.who),
                kind: kind
                    .as_ref()
                    .and_then(Value::as_str)
                    .unwrap_or_default()
                    .to_owned(),
                step: entry.step.as_deref().map(|step| titles.step(step)),
                detail: self.named(detail),
            }
        };
        history
            .iter()
            .flat_map(|row| row.entries.iter().map(move |entry| line(row, entry)))
            .collect()
    }

    /// An entry's other fields, with the name of whoever had a task instead of their signature.
    fn named(&self, mut detail: Value) -> Value {
        for field in ["held_by", "released"] {
            if let Some(holder) = detail.get_mut(field)
                && let Some(who) = holder.as_str()
            {
                *holder = Value::String(self.of(who));
            }
        }
        detail
    }
}

//! Personal data goes in at this door and comes out at this one: payloads hold references, and only who works on a
//! task is given what they stand for.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use hms_engine::Time;
use serde_json::Value;
use serde_json::value::to_raw_value;
use uuid::Uuid;

use super::{Ids, Orchestrator, Refusal, Registry};
use crate::identity::{Vault, mask_email};
use crate::store::{PersonalRow, PersonalWrite, StoreError, TaskRow};

/// What stands in a payload in place of a value, before its id.
const REFERENCE: &str = "personal:";
/// The same as it stands in JSON.
const IN_JSON: &str = "\"personal:";
/// So many digits of a phone number are shown to those who need not know it.
const DIGITS_SHOWN: usize = 4;
/// A text with fewer digits than this is no phone number.
const PHONE_DIGITS_MIN: usize = 7;

/// How much of personal data somebody is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sight {
    /// All: they work on the task.
    Clear,
    /// As much as tells one from another.
    Masked,
}

/// With what a payload is sealed.
pub(super) struct Apart<'a> {
    pub(super) registry: &'a Registry,
    pub(super) ids: &'a mut Ids,
    pub(super) now: Time,
    /// The event it came with, or the run it reached.
    pub(super) owner: Uuid,
    /// Whether a reference stays one: in a payload that another run handed on, and never in one from outside, where
    /// anybody could write it.
    pub(super) handed_on: bool,
}

impl Apart<'_> {
    /// Puts a reference in the place of each of these fields of a payload; what is to be kept comes back.
    pub(super) fn put<'f>(
        &mut self,
        payload: &mut Value,
        fields: impl IntoIterator<Item = &'f str>,
    ) -> Result<Vec<PersonalWrite>, Refusal> {
        let mut kept = Vec::new();
        for field in fields {
            let Some(value) = payload.get_mut(field).filter(|value| says(value)) else {
                continue;
            };
            if self.handed_on && refers(value) {
                continue;
            }
            let Some(vault) = self.registry.vault() else {
                let why = "there is no key for personal data".to_owned();
                return Err(Refusal::Unavailable(why));
            };
            let id = self.ids.fresh(self.now);
            kept.push(PersonalWrite {
                id,
                owner: self.owner,
                field: field.to_owned(),
                sealed: vault.seal(id, field, value.to_string().as_bytes()),
                created_ms: self.now.timestamp_millis(),
            });
            *value = Value::from(format!("{REFERENCE}{id}"));
        }
        Ok(kept)
    }
}

impl Orchestrator {
    /// Gives who works on these tasks what their payloads and inputs refer to. Asks nothing of the store when they
    /// refer to nothing.
    ///
    /// # Errors
    ///
    /// The store's, or that the key of a value is not at this node; then the claim's lease runs out.
    pub(crate) async fn open_for_work(&self, rows: &mut [TaskRow]) -> Result<(), Refusal> {
        let mut runs: Vec<Uuid> = rows.iter().filter(|row| has_some(row)).map(of).collect();
        if runs.is_empty() {
            return Ok(());
        }
        runs.sort_unstable();
        runs.dedup();
        let values = self.personal(&runs, Sight::Clear).await?;
        for row in rows.iter_mut().filter(|row| has_some(row)) {
            let Some(values) = values.get(&row.run_id) else {
                continue;
            };
            put_back(&mut row.task.input, values);
            let unreadable = |error: serde_json::Error| Refusal::Unavailable(error.to_string());
            let mut payload = serde_json::from_str(row.payload.get()).map_err(unreadable)?;
            put_back(&mut payload, values);
            row.payload = to_raw_value(&payload).map_err(unreadable)?;
        }
        Ok(())
    }

    /// Shows what a run's payload refers to, as far as somebody may see it; whether there is any of it still. With clear
    /// sight that is a read of a person's data.
    pub async fn show_personal(
        &self,
        run: Uuid,
        payload: &mut Value,
        sight: Sight,
    ) -> Result<bool, StoreError> {
        if !refers(payload) {
            return Ok(false);
        }
        let mut any = false;
        if let Some(values) = self.personal(&[run], sight).await?.get(&run) {
            any = values.values().any(|value| !value.is_null());
            put_back(payload, values);
        }
        Ok(any)
    }

    /// What runs may read, by run and reference.
    async fn personal(
        &self,
        runs: &[Uuid],
        sight: Sight,
    ) -> Result<HashMap<Uuid, HashMap<String, Value>>, StoreError> {
        let rows = self.shelf().personal_of(runs).await?;
        let vault = self.vault_for(&rows);
        let mut found: HashMap<Uuid, HashMap<String, Value>> = HashMap::new();
        for row in rows {
            let opened = row.sealed.as_ref().map(|sealed| {
                let bytes = vault.as_ref()?.open(row.id, &row.field, sealed)?;
                serde_json::from_slice::<Value>(&bytes).ok()
            });
            let value = match (opened, sight) {
                // Erased: there is nothing any more.
                (None, _) => Value::Null,
                (Some(Some(value)), Sight::Clear) => value,
                (Some(Some(value)), Sight::Masked) => Value::from(masked(&value)),
                (Some(None), Sight::Masked) => Value::from(masked(&Value::Null)),
                (Some(None), Sight::Clear) => {
                    tracing::error!(
                        personal.id = %row.id, run.id = %row.run_id,
                        "personal data does not open: its key is not in this node's personal.key, or it was changed"
                    );
                    return Err(StoreError::Unreadable("personal data".to_owned()));
                }
            };
            let reference = format!("{REFERENCE}{}", row.id);
            let of_run = found.entry(row.run_id).or_default();
            of_run.insert(reference, value);
        }
        Ok(found)
    }

    /// The keys, read again when there is one among these that is not known: they may have been sealed anew meanwhile.
    fn vault_for(&self, rows: &[PersonalRow]) -> Option<Arc<Vault>> {
        let vault = self.registry().vault();
        let knows = |vault: &Vault| {
            let sealed = rows.iter().filter_map(|row| row.sealed.as_ref());
            sealed
                .map(|one| &one.key_print)
                .all(|print| vault.has(print))
        };
        if vault.as_deref().is_none_or(knows) || !self.registry().read_keys_again() {
            return vault;
        }
        self.registry().vault()
    }
}

/// The fields of an event's payload that are personal to any of these, each once, in order.
pub(super) fn fields_of<'w>(
    workflows: impl IntoIterator<Item = &'w BTreeSet<String>>,
    is_report: bool,
) -> BTreeSet<&'w str> {
    let mut fields: BTreeSet<&str> = workflows
        .into_iter()
        .flatten()
        .map(String::as_str)
        .collect();
    if is_report {
        // What the form of every installation asks a reporter for.
        fields.insert("email");
    }
    fields
}

fn of(row: &TaskRow) -> Uuid {
    row.run_id
}

/// Whether there is anything in a value.
fn says(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        _ => true,
    }
}

fn has_some(row: &TaskRow) -> bool {
    row.payload.get().contains(IN_JSON) || refers(&row.task.input)
}

/// Whether there is a reference anywhere in a value.
pub(super) fn refers(value: &Value) -> bool {
    match value {
        Value::String(text) => text.starts_with(REFERENCE),
        Value::Array(items) => items.iter().any(refers),
        Value::Object(members) => members.values().any(refers),
        _ => false,
    }
}

/// Puts values in the places of what refers to them. What they hold is not looked through again.
fn put_back(value: &mut Value, by: &HashMap<String, Value>) {
    match value {
        Value::String(text) => {
            if let Some(meant) = by.get(text.as_str()) {
                *value = meant.clone();
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| put_back(item, by)),
        Value::Object(members) => members.values_mut().for_each(|one| put_back(one, by)),
        _ => {}
    }
}

/// As much of a value as tells one from another: `m…@example.org`, `…1234`.
fn masked(value: &Value) -> String {
    let text = value.as_str().unwrap_or_default();
    let digits: Vec<char> = text.chars().filter(char::is_ascii_digit).collect();
    let is_phone = digits.len() >= PHONE_DIGITS_MIN && !text.chars().any(char::is_alphabetic);
    if is_phone {
        let last = digits[digits.len() - DIGITS_SHOWN..].iter();
        return format!("…{}", last.collect::<String>());
    }
    mask_email(text)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_mask_tells_one_from_another_and_no_more() {
        for (value, shown) in [
            (json!("maria@example.org"), "m…@example.org"),
            (json!("+1 (202) 555-0143"), "…0143"),
            (json!("12 Elm Street, 20580 Washington"), "…"),
            (json!({"street": "12 Elm Street"}), "…"),
            (json!(""), "…"),
        ] {
            assert_eq!(masked(&value), shown);
        }
    }

    #[test]
    fn values_come_back_wherever_they_are_referred_to_and_once() {
        let by = HashMap::from([
            ("personal:a".to_owned(), json!("personal:b")),
            ("personal:b".to_owned(), json!("secret")),
        ]);
        let mut value = json!({"x": ["personal:a"], "y": {"z": "personal:a"}, "w": "personal:c"});
        assert!(refers(&value));
        put_back(&mut value, &by);
        assert_eq!(
            value,
            json!({"x": ["personal:b"], "y": {"z": "personal:b"}, "w": "personal:c"})
        );
    }

    #[test]
    fn what_stands_for_a_value_is_nothing_that_others_can_write() {
        let registry = Registry::default();
        registry.keep_vault(crate::identity::Vault::fresh());
        let mut ids = Ids::by_chance();
        let mut apart = Apart {
            registry: &registry,
            ids: &mut ids,
            now: "2026-01-01T00:00:00Z".parse().unwrap(),
            owner: Uuid::from_u128(1),
            handed_on: false,
        };
        let sent = json!({"email": "personal:1", "phone": "", "text": "a"});
        let mut payload = sent.clone();
        let kept = apart
            .put(&mut payload, ["email", "phone", "other"])
            .unwrap();
        assert_eq!(kept.len(), 1);
        assert_eq!(payload["email"], format!("personal:{}", kept[0].id));
        assert_eq!(
            (&payload["phone"], &payload["text"]),
            (&sent["phone"], &sent["text"])
        );
        let vault = registry.vault().unwrap();
        let opened = vault.open(kept[0].id, "email", &kept[0].sealed);
        assert_eq!(opened.as_deref(), Some(&b"\"personal:1\""[..]));
        let before = payload.clone();
        apart.handed_on = true;
        assert_eq!(apart.put(&mut payload, ["email"]).unwrap(), Vec::new());
        assert_eq!(payload, before, "a reference that was handed on stays one");
    }
}

//! What a row of the audit trail says about what is kept beside it: the SHA-256 of what was reported and of each file
//! that came with it. So the chain covers those too, without holding them.

use std::collections::BTreeMap;

use async_trait::async_trait;
use hms_app::views::FileAnswer;
use serde::Deserialize;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::StoreError;
use super::chain::{Hash, without_nul};
use crate::identity::hex;

/// What the hash of a file begins with, so that it is taken for nothing else.
const FILE_DOMAIN: &[u8] = b"hms file 1";

/// What is kept beside the audit trail, to be held against what its rows say.
#[async_trait]
pub trait Reported: Send + Sync {
    /// The SHA-256 of the payload that each of these runs began with, as its text is kept. A run without one is left out.
    async fn payloads_of_runs(&self, runs: &[Uuid]) -> Result<Vec<(Uuid, Hash)>, StoreError>;

    /// The same of events.
    async fn payloads_of_events(&self, events: &[Uuid]) -> Result<Vec<(Uuid, Hash)>, StoreError>;

    /// The payload that a run began with, as its text is kept.
    async fn payload_text(&self, run: Uuid) -> Result<Option<String>, StoreError>;

    /// Files as they are told and the SHA-256 of their bytes as they are kept, in the order of their ids. One that is
    /// not there is left out.
    async fn files_as_kept(&self, ids: &[Uuid]) -> Result<Vec<(FileAnswer, Hash)>, StoreError>;

    /// The versions after this one, each with the SHA-256 of its text as it is kept, by version.
    async fn texts(
        &self,
        of: Texts,
        after: &str,
        limit: u32,
    ) -> Result<Vec<(String, Hash)>, StoreError>;
}

/// Texts that are named by their SHA-256.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Texts {
    /// Definitions of workflows.
    Definitions,
    /// Working calendars.
    Calendars,
}

/// What a row covers of what is kept beside it: the member `sha256` of its command. Hashes are hexadecimal digits.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Covers {
    /// Of the payload of the event, as its text is kept: with references in the place of what is personal, so that
    /// to erase that leaves it as it is.
    #[serde(default)]
    pub payload: Option<String>,
    /// Of each file, by its id: [`file_hash`].
    #[serde(default)]
    pub files: BTreeMap<Uuid, String>,
}

/// A command as far as it says what it covers.
#[derive(Deserialize)]
struct Says {
    #[serde(default)]
    event: Option<Uuid>,
    #[serde(default)]
    sha256: Option<Covers>,
}

impl Covers {
    /// Writes it into a command, the text of a JSON object, as its last member.
    pub fn put_into(&self, command: &mut String) {
        add_member(command, "sha256", &self.value());
    }

    fn value(&self) -> Value {
        let mut own = Map::new();
        if let Some(payload) = &self.payload {
            own.insert("payload".to_owned(), payload.as_str().into());
        }
        let files = self.files.iter();
        let files = files.map(|(id, hash)| (id.to_string(), hash.as_str().into()));
        if !self.files.is_empty() {
            own.insert("files".to_owned(), Value::Object(files.collect()));
        }
        Value::Object(own)
    }

    /// What a command's text says that it covers, and the event it is about where it names one.
    pub fn read_from(command: &str) -> Option<(Covers, Option<Uuid>)> {
        // Most commands say nothing of the kind, and are not read for it.
        if !command.contains("\"sha256\"") {
            return None;
        }
        let says: Says = serde_json::from_str(command).ok()?;
        Some((says.sha256?, says.event))
    }
}

/// Adds a member to the text of a JSON object. What it stands for reads as before: orders take no notice of members that
/// are none of theirs.
pub fn add_member(object: &mut String, name: &str, value: &Value) {
    if object.ends_with('}') {
        object.pop();
        let comma = if object.ends_with('{') { "" } else { "," };
        object.push_str(&format!("{comma}\"{name}\":{value}}}"));
    }
}

/// The SHA-256 of a payload, of the text that both stores keep of it.
pub fn payload_hash(payload: &Value) -> serde_json::Result<String> {
    Ok(hex(&Sha256::digest(serde_json::to_string(payload)?)))
}

/// The SHA-256 of all that is told of a file, its bytes' own among it. Every part has a fixed length or says it.
pub fn file_hash(file: &FileAnswer) -> String {
    let mut hash = Sha256::new();
    hash.update(FILE_DOMAIN);
    hash.update(file.file.as_bytes());
    hash.update(file.size.to_be_bytes());
    for text in [&file.name, &file.media, &file.sha256] {
        let text = without_nul(text);
        hash.update((text.len() as u64).to_be_bytes());
        hash.update(text.as_bytes());
    }
    hex(&hash.finalize())
}

/// The statements that both stores understand alike.
pub(super) mod sql {
    pub(in crate::store) const PAYLOAD: &str = "SELECT CAST(e.payload AS TEXT) FROM runs r \
        JOIN events e ON e.id = r.event_id WHERE r.id = $1";
    pub(in crate::store) const DEFINITIONS: &str =
        "SELECT version, source FROM workflows WHERE version > $1 ORDER BY version LIMIT $2";
    pub(in crate::store) const CALENDARS: &str =
        "SELECT version, source FROM calendars WHERE version > $1 ORDER BY version LIMIT $2";
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_a_command_covers_is_read_as_it_was_written() {
        let covers = Covers {
            payload: Some(payload_hash(&json!({"a": 1})).unwrap()),
            files: BTreeMap::from([(Uuid::from_u128(7), "ab".to_owned())]),
        };
        let event = Uuid::from_u128(9);
        for (command, event) in [
            ("{}".to_owned(), None),
            (r#"{"order":"start"}"#.to_owned(), None),
            (
                json!({"order": "signal", "event": event, "payload": {"sha256": "x"}}).to_string(),
                Some(event),
            ),
        ] {
            let mut written = command.clone();
            covers.put_into(&mut written);
            assert_eq!(
                Covers::read_from(&written),
                Some((covers.clone(), event)),
                "{written}"
            );
            // What was asked is still read as it was.
            let mut read: Value = serde_json::from_str(&written).unwrap();
            read.as_object_mut().unwrap().remove("sha256");
            assert_eq!(read, serde_json::from_str::<Value>(&command).unwrap());
        }
        for nothing in ["{}", r#"{"payload":{"sha256":{"payload":"x"}}}"#, "", "x"] {
            assert_eq!(Covers::read_from(nothing), None, "{nothing}");
        }
    }

    #[test]
    fn the_engine_reads_an_order_that_covers_something() {
        let covers = Covers {
            payload: Some("ab".to_owned()),
            ..Covers::default()
        };
        for order in [
            hms_engine::Order::Start,
            hms_engine::Order::Complete {
                task: Uuid::from_u128(1),
                result: json!({"sha256": 1}),
            },
        ] {
            let mut text = serde_json::to_string(&order).unwrap();
            covers.put_into(&mut text);
            let read: hms_engine::Order = serde_json::from_str(&text).unwrap();
            assert_eq!(read, order);
        }
    }

    #[test]
    fn all_that_is_told_of_a_file_counts() {
        let file = FileAnswer {
            file: Uuid::from_u128(1),
            name: "plan.pdf".to_owned(),
            media: "application/pdf".to_owned(),
            size: 3,
            sha256: "aa".to_owned(),
        };
        let whole = file_hash(&file);
        let mut others = vec![file.clone(); 5];
        others[0].file = Uuid::from_u128(2);
        others[1].name = "plan.pd".to_owned();
        others[1].media = "fapplication/pdf".to_owned();
        others[2].media = "text/plain".to_owned();
        others[3].size = 4;
        others[4].sha256 = "ab".to_owned();
        assert!(others.iter().all(|other| file_hash(other) != whole));
    }
}

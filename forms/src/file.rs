//! Files as answers: what is kept of them beside their bytes.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

/// Largest file, in bytes: a scanned letter of twenty pages, a photo of a phone.
pub const FILE_BYTES_MAX: u64 = 10 * 1024 * 1024;
/// The same in megabytes, as people are told.
pub const FILE_MB_MAX: u32 = 10;
/// Most files of one field.
pub const FILES_MAX: u64 = 5;
/// Longest name of a file, in characters.
pub const FILE_NAME_CHARS_MAX: usize = 120;

/// What files may hold, each kind by its media type, with the endings its names may have, the usual
/// first. Nothing in it runs in a browser, and none of it holds macros.
pub const FILE_KINDS: [(&str, &[&str]); 14] = [
    ("application/pdf", &["pdf"]),
    ("image/jpeg", &["jpg", "jpeg"]),
    ("image/png", &["png"]),
    ("image/heic", &["heic", "heif"]),
    ("image/tiff", &["tif", "tiff"]),
    ("image/webp", &["webp"]),
    ("image/gif", &["gif"]),
    (
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        &["docx"],
    ),
    (
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        &["xlsx"],
    ),
    ("application/vnd.oasis.opendocument.text", &["odt"]),
    ("application/vnd.oasis.opendocument.spreadsheet", &["ods"]),
    ("text/plain", &["txt"]),
    ("text/csv", &["csv"]),
    ("message/rfc822", &["eml"]),
];

/// A file in an answer. Its bytes are kept elsewhere, under its id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileAnswer {
    /// Its id.
    pub file: Uuid,
    /// What its owner calls it: no path, no control characters, at most [`FILE_NAME_CHARS_MAX`].
    pub name: String,
    /// What it holds, found out from its bytes: `application/pdf`.
    #[serde(rename = "type")]
    pub media: String,
    /// How many bytes.
    pub size: u64,
    /// The SHA-256 of its bytes, in hex.
    pub sha256: String,
}

impl FileAnswer {
    /// The files of an answer; none when it is no list of files.
    pub fn list_of(answer: &Value) -> Option<Vec<FileAnswer>> {
        let items = answer.as_array().filter(|items| !items.is_empty())?;
        items.iter().map(FileAnswer::of).collect()
    }

    /// A file as it stands in an answer; none when this is none.
    pub fn of(value: &Value) -> Option<FileAnswer> {
        // Most values are none: they are not copied to find that out.
        value.get("file")?;
        let file: FileAnswer = serde_json::from_value(value.clone()).ok()?;
        file.is_sound().then_some(file)
    }

    /// As it stands in an answer.
    pub fn to_value(&self) -> Value {
        serde_json::json!({
            "file": self.file,
            "name": self.name,
            "type": self.media,
            "size": self.size,
            "sha256": self.sha256,
        })
    }

    /// The ids of all files that the members of an object name, each once.
    pub fn ids_in(answers: &Value) -> Vec<Uuid> {
        let members = answers.as_object().into_iter().flat_map(|all| all.values());
        let items = members.filter_map(Value::as_array).flatten();
        let mut ids: Vec<Uuid> = items
            .filter_map(|item| item.get("file")?.as_str()?.parse().ok())
            .collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }

    fn is_sound(&self) -> bool {
        let plain = |c: char| !c.is_control() && c != '/' && c != '\\';
        let hex = |c: u8| c.is_ascii_digit() || (b'a'..=b'f').contains(&c);
        (1..=FILE_NAME_CHARS_MAX).contains(&self.name.chars().count())
            && self.name.chars().all(plain)
            && (1..=100).contains(&self.media.len())
            && self.media.bytes().all(|c| c.is_ascii_graphic())
            && (1..=FILE_BYTES_MAX).contains(&self.size)
            && self.sha256.len() == 64
            && self.sha256.bytes().all(hex)
    }
}

/// A size as people read it: `840 KB`, `1.2 MB`. Never rounded down to nothing.
pub fn file_size(bytes: u64) -> String {
    let tenths = |unit: u64| (bytes * 10).div_ceil(unit);
    match bytes {
        0..=999 => format!("{bytes} B"),
        1_000..=999_999 => format!("{} KB", bytes.div_ceil(1_000)),
        _ => {
            let tenths = tenths(1_000_000);
            match tenths % 10 {
                0 => format!("{} MB", tenths / 10),
                rest => format!("{}.{rest} MB", tenths / 10),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn file() -> Value {
        json!({
            "file": "0190a1b2-0000-7000-8000-000000000001",
            "name": "plans.pdf",
            "type": "application/pdf",
            "size": 1200,
            "sha256": "0".repeat(64),
        })
    }

    fn with(member: &str, value: Value) -> Value {
        let mut file = file();
        file[member] = value;
        file
    }

    #[test]
    fn a_file_is_all_of_its_members_and_no_others() {
        let known = FileAnswer::of(&file()).unwrap();
        assert_eq!(known.to_value(), file());
        for odd in [
            json!("plans.pdf"),
            json!({"file": "0190a1b2-0000-7000-8000-000000000001"}),
            with("file", json!("plans")),
            with("name", json!("")),
            with("name", json!("../../etc/passwd")),
            with("name", json!("a\\b.pdf")),
            with("name", json!("a\nb.pdf")),
            with("name", json!("é".repeat(FILE_NAME_CHARS_MAX + 1))),
            with("type", json!("text/html\r\nx: y")),
            with("size", json!(0)),
            with("size", json!(FILE_BYTES_MAX + 1)),
            with("size", json!(-1)),
            with("size", json!(1.5)),
            with("sha256", json!("0".repeat(63))),
            with("sha256", json!("G".repeat(64))),
            with("url", json!("http://evil.example")),
        ] {
            assert_eq!(FileAnswer::of(&odd), None, "{odd}");
        }
        assert_eq!(FileAnswer::list_of(&json!([])), None);
        assert_eq!(FileAnswer::list_of(&json!([file(), 7])), None);
        assert_eq!(FileAnswer::list_of(&json!([file()])).unwrap().len(), 1);
    }

    #[test]
    fn the_files_that_answers_name() {
        let other = with("file", json!("0190a1b2-0000-7000-8000-000000000002"));
        let answers = json!({"a": [file(), other, file()], "b": "text", "c": [{"file": 7}], "d": {"file": "x"}});
        assert_eq!(FileAnswer::ids_in(&answers).len(), 2);
        assert!(FileAnswer::ids_in(&json!("text")).is_empty());
    }

    #[test]
    fn sizes_as_people_read_them() {
        for (bytes, expected) in [
            (1, "1 B"),
            (999, "999 B"),
            (1_000, "1 KB"),
            (1_001, "2 KB"),
            (839_500, "840 KB"),
            (1_000_000, "1 MB"),
            (1_150_001, "1.2 MB"),
            (FILE_BYTES_MAX, "10.5 MB"),
        ] {
            assert_eq!(file_size(bytes), expected);
        }
    }
}

use std::fmt;

use serde::{Deserialize, Serialize};

/// What is wrong with a definition, told as a compiler tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnostic {
    /// An error keeps the definition from loading; a warning does not.
    pub level: Level,
    /// Stable: `HMS001` and so on, listed in `workflows/README.md`.
    pub code: String,
    /// Where.
    pub place: Place,
    /// What is wrong.
    pub message: String,
    /// What would be right.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
}

/// Error or warning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// The definition does not load.
    Error,
    /// Legal and suspicious.
    Warning,
}

/// A place in a definition's text. Lines and columns count from 1, columns in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    /// The line.
    pub line: u32,
    /// The column.
    pub column: u32,
    /// How many characters are meant; at least 1.
    pub length: u32,
}

impl Level {
    /// The word shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Level::Error => "error",
            Level::Warning => "warning",
        }
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}:{}: {}[{}]: {}",
            self.place.line,
            self.place.column,
            self.level.as_str(),
            self.code,
            self.message
        )
    }
}

/// A longer line is shown in part, around the place.
const LINE_CHARS_MAX: usize = 120;

impl Diagnostic {
    /// The diagnostic with the line it is about and a marker under the place, as a compiler shows
    /// it. Several lines, the last one ended.
    pub fn render(&self, file: &str, source: &str) -> String {
        let place = self.place;
        let number = place.line.to_string();
        let margin = " ".repeat(number.len());
        let mut text = format!(
            "{}[{}]: {}\n{margin}--> {file}:{}:{}\n",
            self.level.as_str(),
            self.code,
            self.message,
            place.line,
            place.column
        );
        let at = usize::try_from(place.line - 1).unwrap_or(usize::MAX);
        if let Some(line) = source.lines().nth(at) {
            let (shown, start, length) = window(line, place);
            let marker = " ".repeat(start) + &"^".repeat(length);
            text += &format!("{margin} |\n{number} | {shown}\n{margin} | {marker}\n");
        }
        if let Some(help) = &self.help {
            text += &format!("{margin} = help: {help}\n");
        }
        text
    }
}

/// The part of a line to show, and in it the marker's start and length. Control characters, tabs
/// among them, become spaces: the marker stays under its place and a terminal obeys nothing.
fn window(line: &str, place: Place) -> (String, usize, usize) {
    let chars: Vec<char> = line
        .trim_end()
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    let start = usize::try_from(place.column - 1)
        .unwrap_or(usize::MAX)
        .min(chars.len());
    let from = if start > LINE_CHARS_MAX / 2 && chars.len() > LINE_CHARS_MAX {
        start - LINE_CHARS_MAX / 2
    } else {
        0
    };
    let to = chars.len().min(from + LINE_CHARS_MAX);
    let mut shown = String::new();
    let mut before = start - from;
    if from > 0 {
        shown.push('…');
        before += 1;
    }
    shown.extend(&chars[from..to]);
    if to < chars.len() {
        shown.push('…');
    }
    let length = usize::try_from(place.length).unwrap_or(usize::MAX);
    (shown, before, length.min(to - start).max(1))
}

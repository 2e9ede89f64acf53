//! Rows for people, in columns as wide as they need to be.

use std::io::Write;

use serde_json::Value;

/// Rows under headings.
pub(super) struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with these headings.
    pub(super) fn new(headings: &[&str]) -> Table {
        let headings = headings.iter().map(|text| (*text).to_owned()).collect();
        Table {
            rows: vec![headings],
        }
    }

    /// One more row.
    pub(super) fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells);
    }

    /// The table as lines.
    pub(super) fn lines(&self) -> String {
        let columns = self.rows.first().map_or(0, Vec::len);
        let width = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        let mut lines = String::new();
        for row in &self.rows {
            let mut line = String::new();
            for (cell, width) in row.iter().zip(&widths) {
                line.push_str(&format!("{cell:<width$}  "));
            }
            lines.push_str(line.trim_end());
            lines.push('\n');
        }
        lines
    }
}

/// Writes to standard output. A reader that has gone, such as `head`, is no failure.
pub(super) fn say(text: &str) {
    let _ = std::io::stdout().lock().write_all(text.as_bytes());
}

/// A member as a cell: text as it is, nothing as `–`.
pub(super) fn cell(value: &Value) -> String {
    match value {
        Value::Null => "–".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A moment as a cell: `2024-05-14 10:03:00`.
pub(super) fn moment(value: &Value) -> String {
    let text = cell(value);
    match text.split_once('T') {
        Some((day, time)) => format!("{day} {}", time.get(..8).unwrap_or(time)),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let mut table = Table::new(&["STEP", "WHEN"]);
        table.row(vec![
            "prüfen".into(),
            moment(&json!("2024-05-14T10:03:00.123Z")),
        ]);
        table.row(vec![cell(&json!(7)), moment(&Value::Null)]);
        assert_eq!(
            table.lines(),
            "STEP    WHEN\nprüfen  2024-05-14 10:03:00\n7       –\n"
        );
    }
}

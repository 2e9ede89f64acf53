use std::time::Duration;

use serde_json::{Map, Value, json};

/// Figures as they come, printed as a table and as JSON.
#[derive(Default)]
pub(crate) struct Figures {
    rows: Vec<Row>,
    head: String,
}

struct Row {
    head: String,
    name: String,
    unit: &'static str,
    value: f64,
}

impl Figures {
    /// What the next figures are about.
    pub(crate) fn head(&mut self, head: &str) {
        eprintln!("{head}");
        head.clone_into(&mut self.head);
    }

    /// One more figure.
    pub(crate) fn add(&mut self, name: &str, unit: &'static str, value: f64) {
        eprintln!("  {name}: {value:.1} {unit}");
        self.rows.push(Row {
            head: self.head.clone(),
            name: name.to_owned(),
            unit,
            value,
        });
    }

    /// One figure of these as a share of another.
    pub(crate) fn ratio(&mut self, name: &str, of: &str, to: &str) {
        let value = |name: &str| {
            let mut found = self.rows.iter().filter(|row| row.head == self.head);
            found.find(|row| row.name == name).map(|row| row.value)
        };
        if let (Some(of), Some(to)) = (value(of), value(to)) {
            self.add(name, "%", of / to * 100.0);
        }
    }

    /// Prints everything, with what was asked.
    pub(crate) fn print(&self, asked: &Value) {
        let mut json = Map::new();
        let mut head = "";
        for row in &self.rows {
            if row.head != head {
                head = &row.head;
                println!("\n{head}");
            }
            println!("  {:<64} {:>10.1} {}", row.name, row.value, row.unit);
            json.insert(
                format!("{head}: {} ({})", row.name, row.unit),
                json!((row.value * 100.0).round() / 100.0),
            );
        }
        json.insert("asked".to_owned(), asked.clone());
        println!("\n{}", Value::Object(json));
    }
}

/// The duration a share of the measured ones does not exceed, in milliseconds.
pub(crate) fn percentile(took: &mut [Duration], share: f64) -> f64 {
    took.sort_unstable();
    let at = (took.len() as f64 * share).ceil() as usize;
    took.get(at.saturating_sub(1))
        .map_or(0.0, |took| took.as_secs_f64() * 1000.0)
}

/// How many a second.
pub(crate) fn per_second(n: usize, took: Duration) -> f64 {
    n as f64 / took.as_secs_f64()
}

use std::time::Duration;

use serde_json::{Map, Value, json};

/// Figures as they come, printed as a table and as JSON.
#[derive(Default)]
pub(crate) struct Figures(Vec<(String, &'static str, f64)>);

impl Figures {
    /// One more figure.
    pub(crate) fn add(&mut self, name: &str, unit: &'static str, value: f64) {
        eprintln!("  {name}: {value:.1} {unit}");
        self.0.push((name.to_owned(), unit, value));
    }

    /// One figure as a share of another.
    pub(crate) fn ratio(&mut self, name: &str, of: &str, to: &str) {
        let value = |name: &str| self.0.iter().find(|row| row.0 == name).map(|row| row.2);
        if let (Some(of), Some(to)) = (value(of), value(to)) {
            self.add(name, "%", of / to * 100.0);
        }
    }

    /// Prints everything, with what was asked.
    pub(crate) fn print(&self, asked: &Value) {
        let mut json = Map::new();
        println!();
        for (name, unit, value) in &self.0 {
            println!("{name:<48} {value:>10.1} {unit}");
            json.insert(
                format!("{name} ({unit})"),
                json!((value * 100.0).round() / 100.0),
            );
        }
        json.insert("asked".to_owned(), asked.clone());
        println!("\n{}", Value::Object(json));
    }
}

/// How many a second.
pub(crate) fn per_second(n: usize, took: Duration) -> f64 {
    n as f64 / took.as_secs_f64()
}

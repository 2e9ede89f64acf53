//! The language's JSON Schema: it is what the readers read, up to date, accepts what loads and refuses
//! what is wrong in form.

// Clippy's leave to unwrap in tests does not reach the helpers of tests.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::fs;
use std::path::{Path, PathBuf};

use hms_engine::{Calendar, Calendars, Workflow, plain_value, schema};
use serde_json::Value;

fn at(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn definitions(folder: &str) -> Vec<(String, String)> {
    let entries = fs::read_dir(at(folder)).expect("the folder is there");
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|found| found == "yml"))
        .collect();
    files.sort();
    let read = |path: PathBuf| {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        (name, fs::read_to_string(path).unwrap())
    };
    files.into_iter().map(read).collect()
}

/// What the schema says against a definition; none when it accepts it.
fn against(validator: &jsonschema::Validator, source: &str) -> Option<String> {
    let value = plain_value(source).expect("it is YAML");
    let told: Vec<String> = validator
        .iter_errors(&value)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    (!told.is_empty()).then(|| told.join("\n"))
}

#[test]
fn the_file_is_up_to_date() {
    let path = at("../workflows/schema.json");
    let text = serde_json::to_string_pretty(&schema()).unwrap() + "\n";
    if std::env::var_os("HMS_BLESS").is_some() {
        fs::write(&path, &text).unwrap();
    }
    let written: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    assert!(
        written == schema(),
        "workflows/schema.json is old: write it with `hms schema > workflows/schema.json`"
    );
}

/// A key that is read and not described would be accepted with any value.
#[test]
fn every_key_is_described() {
    fn walk(value: &Value, way: &str, missing: &mut Vec<String>) {
        if let Some(Value::Object(keys)) = value.get("properties") {
            let closed = value.get("additionalProperties") == Some(&Value::Bool(false));
            for (key, shape) in keys.iter().filter(|_| closed) {
                let described = shape.get("description").is_some()
                    && shape.as_object().is_some_and(|shape| shape.len() > 1);
                if !described {
                    missing.push(format!("{way}.{key}"));
                }
            }
        }
        if let Value::Object(parts) = value {
            for (name, part) in parts {
                walk(part, &format!("{way}/{name}"), missing);
            }
        }
    }
    let mut missing = Vec::new();
    walk(&schema(), "", &mut missing);
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn what_loads_is_accepted() {
    let validator = jsonschema::validator_for(&schema()).unwrap();
    let mut count = 0;
    let mut calendars = Calendars::default();
    for (name, source) in definitions("../workflows/calendars") {
        let calendar = Calendar::parse(&source).expect("it loads");
        assert_eq!(calendar.id, name, "a calendar's file has its name");
        calendars.put(calendar);
    }
    for folder in [
        "../workflows",
        "tests/corpus/right",
        "tests/corpus/suspicious",
    ] {
        for (name, source) in definitions(folder) {
            let parsed = Workflow::parse_with(&source, &calendars);
            assert!(parsed.is_ok(), "{name}");
            assert_eq!(against(&validator, &source), None, "{name}");
            count += 1;
        }
    }
    assert!(count > 10, "{count}");
}

/// What is wrong in form is refused; the rest is told by `hms check` alone, and these are all of it.
#[test]
fn what_is_wrong_in_form_is_refused() {
    /// Targets, expressions, names given twice, and what keys say to each other.
    const BEYOND_FORM: &[&str] = &[
        "business-time",
        "condition-of-a-later-field",
        "expression-in-pieces",
        "expression-not-cel",
        "functions",
        "key-of-a-result",
        "on-timeout-beside-go",
        "result-of-one-item",
        "results-of-no-task",
        "retention-runs-before-personal",
        "round-in-a-circle",
        "schema-from-elsewhere",
        "schema-of-no-kind",
        "steps-never-reached",
        "steps-of-the-same-name",
        "target-in-another-list",
        "targets-mistyped",
        "text-without-quotes",
        "variables-mistyped",
    ];
    let validator = jsonschema::validator_for(&schema()).unwrap();
    let mut accepted = Vec::new();
    for (name, source) in definitions("tests/corpus/wrong") {
        let readable = plain_value(&source).is_some();
        if readable && against(&validator, &source).is_none() {
            accepted.push(name);
        }
    }
    assert_eq!(accepted, BEYOND_FORM);
}

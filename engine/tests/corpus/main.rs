//! Definitions in files, with what is told about each beside it, exactly as a person sees it:
//! `wrong/` does not load, `suspicious/` loads with warnings, `right/` loads in silence.
//!
//! `HMS_BLESS=1 cargo test -p hms-engine --test corpus` writes what is told now beside each; read
//! the difference before keeping it.

// Clippy's leave to unwrap in tests does not reach the helpers of tests.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use hms_engine::{CODES, Calendar, Calendars, Diagnostic, Workflow};

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/corpus")
        .join(name)
}

/// The files of a folder with this ending, by name.
fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("the folder is there");
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|found| found == ending))
        .collect();
    files.sort();
    files
}

fn told(found: &[Diagnostic], path: &Path, source: &str) -> String {
    let name = path.file_name().unwrap().to_string_lossy();
    let each: Vec<String> = found.iter().map(|one| one.render(&name, source)).collect();
    each.join("\n")
}

/// Compares what is told about each definition of a folder with what stands beside it.
fn walk(name: &str, found_in: impl Fn(&str) -> Vec<Diagnostic>) {
    let bless = std::env::var_os("HMS_BLESS").is_some();
    let folder = folder(name);
    let mut faults = Vec::new();
    for path in files(&folder, "yml") {
        let source = fs::read_to_string(&path).unwrap();
        let found = found_in(&source);
        let told = told(&found, &path, &source);
        let beside = path.with_extension("txt");
        if bless {
            fs::write(&beside, &told).unwrap();
        }
        match fs::read_to_string(&beside) {
            Ok(expected) if expected == told && !told.is_empty() => {}
            Ok(expected) => faults.push(format!(
                "{}\nexpected:\n{expected}\ntold:\n{told}",
                path.display()
            )),
            Err(error) => faults.push(format!("{}: {error}", beside.display())),
        }
    }
    for beside in files(&folder, "txt") {
        if !beside.with_extension("yml").exists() {
            faults.push(format!("{} tells about nothing", beside.display()));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
}

fn mistakes(source: &str) -> Vec<Diagnostic> {
    Workflow::parse_with(source, &calendars())
        .err()
        .unwrap_or_default()
}

fn suspicions(source: &str) -> Vec<Diagnostic> {
    let parsed = Workflow::parse_with(source, &calendars());
    parsed.map(|parsed| parsed.warnings).unwrap_or_default()
}

/// The calendars that are shipped.
fn calendars() -> Calendars {
    let mut calendars = Calendars::default();
    let federal = include_str!("../../../workflows/calendars/us-federal.yml");
    calendars.put(Calendar::parse(federal).unwrap());
    calendars
}

#[test]
fn what_is_wrong_is_told_as_expected() {
    walk("wrong", mistakes);
    assert!(files(&folder("wrong"), "yml").len() >= 60);
}

#[test]
fn what_is_suspicious_is_told_as_expected() {
    walk("suspicious", suspicions);
}

#[test]
fn every_code_has_its_example() {
    /// A file that cannot be read is told by who reads it; what is too long has no place here; one
    /// file does not know which workflows there are; scripts of simulations and calendars have
    /// their own tests.
    const ELSEWHERE: [&str; 10] = [
        "HMS000", "HMS001", "HMS053", "HMS054", "HMS055", "HMS059", "HMS062", "HMS071", "HMS080",
        "HMS081",
    ];
    let mut codes = BTreeSet::new();
    for path in ["wrong", "suspicious"]
        .map(folder)
        .iter()
        .flat_map(|folder| files(folder, "yml"))
    {
        let source = fs::read_to_string(&path).unwrap();
        let found = match Workflow::parse_with(&source, &calendars()) {
            Ok(parsed) => parsed.warnings,
            Err(found) => found,
        };
        codes.extend(found.into_iter().map(|one| one.code));
    }
    let missing: Vec<&str> = CODES
        .iter()
        .map(|(code, _)| *code)
        .filter(|code| !codes.contains(*code) && !ELSEWHERE.contains(code))
        .collect();
    assert!(missing.is_empty(), "no definition is told {missing:?}");
}

#[test]
fn what_is_right_loads_in_silence() {
    for path in files(&folder("right"), "yml") {
        let source = fs::read_to_string(&path).unwrap();
        let found = match Workflow::parse_with(&source, &calendars()) {
            Ok(parsed) => parsed.warnings,
            Err(found) => found,
        };
        assert!(found.is_empty(), "{}", told(&found, &path, &source));
    }
}

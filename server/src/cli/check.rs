use std::io::Read;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use hms_engine::{Calendar, Calendars, Diagnostic, Level, Place, Workflow};
use serde_json::{Value, json};

use super::Failed;
use super::table::say;

/// `hms check`: what is wrong with definitions.
#[derive(Debug, Args)]
pub(super) struct Check {
    /// The definitions to check; - is what comes on standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,

    /// How to tell: text for people on stderr, json for editors on stdout
    #[arg(long, env = "HMS_FORMAT", value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// How a command that looks at definitions answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    Text,
    Json,
}

/// Checks files; fails when any has an error. One that cannot be read keeps no other from being
/// checked.
pub(super) fn run(args: &Check) -> Result<(), Failed> {
    let mut told = Vec::new();
    let (mut errors, mut warnings) = (0, 0);
    for path in &args.files {
        let name = name_of(path);
        let source = read(path);
        let (text, found) = match &source {
            Ok(source) => (source.as_str(), diagnostics(path, source)),
            Err(unreadable) => ("", vec![unreadable.clone()]),
        };
        for diagnostic in &found {
            match diagnostic.level {
                Level::Error => errors += 1,
                Level::Warning => warnings += 1,
            }
            match args.format {
                Format::Text => eprintln!("{}", diagnostic.render(&name, text)),
                Format::Json => told.push(in_file(diagnostic, &name)),
            }
        }
    }
    if args.format == Format::Json {
        say(&format!("{}\n", Value::Array(told)));
    }
    if errors > 0 {
        return Err(Failed(format!(
            "{}, {} in {}",
            counted(errors, "error"),
            counted(warnings, "warning"),
            counted(args.files.len(), "file"),
        )));
    }
    Ok(())
}

/// What a file is called when it is told about.
pub(super) fn name_of(path: &Path) -> String {
    match path.to_str() {
        Some("-") => "standard input".to_owned(),
        _ => path.display().to_string(),
    }
}

/// A definition that loads, or all that is wrong with it as people see it.
pub(super) fn load(path: &Path) -> Result<Workflow, Failed> {
    let name = name_of(path);
    let source = read(path).map_err(|unreadable| Failed(unreadable.render(&name, "")))?;
    match Workflow::parse_with(&source, &calendars(path)) {
        Ok(parsed) => Ok(parsed.workflow),
        Err(found) => Err(Failed(rendered(&found, &name, &source))),
    }
}

/// All of it, as people see it.
pub(super) fn rendered(found: &[Diagnostic], name: &str, source: &str) -> String {
    let each: Vec<String> = found.iter().map(|one| one.render(name, source)).collect();
    each.join("\n")
}

/// A file's text, or why it cannot be had.
pub(super) fn read(path: &Path) -> Result<String, Diagnostic> {
    /// Far more than a definition may have: what is longer is told to be so by its beginning.
    const BYTES_MAX: u64 = 16 * 1024 * 1024;
    let mut bytes = Vec::new();
    let read = if path.as_os_str() == "-" {
        std::io::stdin().take(BYTES_MAX).read_to_end(&mut bytes)
    } else {
        std::fs::File::open(path).and_then(|file| file.take(BYTES_MAX).read_to_end(&mut bytes))
    };
    if let Err(error) = read {
        return Err(unreadable(format!("this file cannot be read: {error}"), 1));
    }
    String::from_utf8(bytes).map_err(|error| {
        let good = error.utf8_error().valid_up_to();
        let lines = error.as_bytes()[..good].iter().filter(|b| **b == b'\n');
        let line = u32::try_from(lines.count()).unwrap_or(u32::MAX - 1) + 1;
        unreadable("this file is no text in UTF-8".to_owned(), line)
    })
}

fn unreadable(message: String, line: u32) -> Diagnostic {
    Diagnostic {
        level: Level::Error,
        code: "HMS000".to_owned(),
        place: Place {
            line,
            column: 1,
            length: 1,
        },
        message,
        help: None,
    }
}

/// The calendars a definition may name: those shipped, and those in the folder beside it. One that
/// does not load is told where it is named, and by itself when it is checked.
fn calendars(path: &Path) -> Calendars {
    let folder = path.parent().filter(|_| path.as_os_str() != "-");
    crate::calendars::beside(folder).map_or_else(|_| Calendars::default(), |(found, _)| found)
}

/// What is wrong with a definition, or with a calendar when it is in a folder of calendars.
fn diagnostics(path: &Path, source: &str) -> Vec<Diagnostic> {
    let folder = path.parent().and_then(Path::file_name);
    if folder.is_some_and(|folder| folder == crate::calendars::FOLDER) {
        return Calendar::parse(source).err().unwrap_or_default();
    }
    match Workflow::parse_with(source, &calendars(path)) {
        Ok(parsed) => parsed.warnings,
        Err(found) => found,
    }
}

fn counted(n: usize, noun: &str) -> String {
    format!("{n} {noun}{}", if n == 1 { "" } else { "s" })
}

/// As editors read it: flat, lines and columns from 1, the end column just behind what is meant.
fn in_file(diagnostic: &Diagnostic, name: &str) -> Value {
    let place = diagnostic.place;
    json!({
        "file": name,
        "level": diagnostic.level.as_str(),
        "code": diagnostic.code,
        "line": place.line,
        "column": place.column,
        "end_column": place.column + place.length,
        "message": diagnostic.message,
        "help": diagnostic.help,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_checked_and_errors_fail() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &[u8]| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            path
        };
        let good = write(
            "good.yml",
            b"id: A\nstart: Began\nsteps:\n  - id: one\n    actor: SVC:x\n",
        );
        let bad = write(
            "bad.yml",
            b"id: A\nstart: Began\nsteps:\n  - id: one\n    actor: BOT:x\n",
        );
        let latin = write("latin.yml", b"id: A\nstart: Began\ntitle: \xe9\n");
        let missing = folder.path().join("none.yml");
        let check = |files: &[&PathBuf]| {
            let args = Check {
                files: files.iter().map(|path| (*path).clone()).collect(),
                format: Format::Json,
            };
            run(&args).map_err(|failed| failed.0)
        };
        assert_eq!(check(&[&good]), Ok(()));
        for (files, told) in [
            (vec![&good, &bad], "1 error, 0 warnings in 2 files"),
            (
                vec![&missing, &bad, &good],
                "2 errors, 0 warnings in 3 files",
            ),
            (vec![&latin], "1 error, 0 warnings in 1 file"),
        ] {
            assert_eq!(check(&files), Err(told.to_owned()));
        }
        assert_eq!(read(&latin).unwrap_err().place.line, 3);
    }

    #[test]
    fn editors_are_told_where_it_begins_and_ends() {
        let source = "id: A\nstart: Began\nsteps:\n  - id: one\n    actor: BOT:x\n";
        let found = diagnostics(Path::new("-"), source);
        assert_eq!(
            in_file(&found[0], "a.yml"),
            json!({
                "file": "a.yml",
                "level": "error",
                "code": "HMS030",
                "line": 5,
                "column": 12,
                "end_column": 17,
                "message": "Unknown actor type \"BOT:\" – use AI:, HUMAN: or SVC:",
                "help": null,
            })
        );
    }
}

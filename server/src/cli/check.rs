use std::io::Read;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use hms_engine::{Calendar, Calendars, Diagnostic, Level, Place, Workflow};
use serde_json::{Value, json};

use super::Failed;
use super::table::say;
use crate::calendars::BadCalendar;

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
    let mut files: Vec<Checked> = Vec::with_capacity(args.files.len());
    for path in &args.files {
        let (file, broken) = checked(path, is_calendar(path));
        files.push(file);
        // The mistakes of a calendar that is named are told once, with its own file.
        for calendar in broken {
            if !files.iter().any(|file| file.name == calendar.name) {
                files.push(calendar);
            }
        }
    }
    check_calls(&mut files);
    tell(&files, args.format)
}

/// Checks files that are calendars, wherever they are.
pub(super) fn calendars_alone(paths: &[PathBuf], format: Format) -> Result<(), Failed> {
    let files: Vec<Checked> = paths.iter().map(|path| checked(path, true).0).collect();
    tell(&files, format)
}

fn tell(files: &[Checked], format: Format) -> Result<(), Failed> {
    let mut told = Vec::new();
    let (mut errors, mut warnings) = (0, 0);
    for Checked {
        name, text, found, ..
    } in files
    {
        for diagnostic in found {
            match diagnostic.level {
                Level::Error => errors += 1,
                Level::Warning => warnings += 1,
            }
            match format {
                Format::Text => eprintln!("{}", diagnostic.render(name, text)),
                Format::Json => told.push(in_file(diagnostic, name)),
            }
        }
    }
    if format == Format::Json {
        say(&format!("{}\n", Value::Array(told)));
    }
    if errors > 0 {
        return Err(Failed(format!(
            "{}, {} in {}",
            counted(errors, "error"),
            counted(warnings, "warning"),
            counted(files.len(), "file"),
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
    let (known, bad) = calendars(path);
    match Workflow::parse_with(&source, &known) {
        Ok(parsed) => Ok(parsed.workflow),
        Err(found) => {
            let told = rendered(&found, &name, &source);
            let broken = bad.iter().filter(|_| names_broken(&found));
            let theirs = broken.map(|one| rendered(&one.found, &one.name, &one.source));
            let all: Vec<String> = std::iter::once(told).chain(theirs).collect();
            Err(Failed(all.join("\n")))
        }
    }
}

/// Whether a definition names a calendar that has mistakes of its own.
fn names_broken(found: &[Diagnostic]) -> bool {
    found.iter().any(|one| one.code == "HMS059")
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

/// A file that was looked at.
struct Checked {
    name: String,
    text: String,
    /// The workflow, when it loads.
    workflow: Option<Workflow>,
    /// It is a calendar, which calls nothing and is not called.
    calendar: bool,
    found: Vec<Diagnostic>,
}

/// Whether a file is a calendar, by the folder it is in.
fn is_calendar(path: &Path) -> bool {
    path.parent()
        .and_then(Path::file_name)
        .is_some_and(|folder| folder == crate::calendars::FOLDER)
}

/// Looks at a file; and at the calendars beside a definition that names one with mistakes of its own.
fn checked(path: &Path, calendar: bool) -> (Checked, Vec<Checked>) {
    let mut broken = Vec::new();
    let (text, workflow, found) = match read(path) {
        Err(unreadable) => (String::new(), None, vec![unreadable]),
        Ok(text) if calendar => {
            let found = Calendar::parse(&text).err().unwrap_or_default();
            (text, None, found)
        }
        Ok(text) => {
            let (known, bad) = calendars(path);
            match Workflow::parse_with(&text, &known) {
                Ok(parsed) => (text, Some(parsed.workflow), parsed.warnings),
                Err(found) => {
                    if names_broken(&found) {
                        broken = bad.into_iter().map(Checked::from).collect();
                    }
                    (text, None, found)
                }
            }
        }
    };
    let file = Checked {
        name: name_of(path),
        text,
        workflow,
        calendar,
        found,
    };
    (file, broken)
}

impl From<BadCalendar> for Checked {
    fn from(bad: BadCalendar) -> Checked {
        Checked {
            name: bad.name,
            text: bad.source,
            workflow: None,
            calendar: true,
            found: bad.found,
        }
    }
}

/// The calendars a definition may name: those shipped, and those in the folder beside it; and those
/// there that do not load.
fn calendars(path: &Path) -> (Calendars, Vec<BadCalendar>) {
    let folder = path.parent().filter(|_| path.as_os_str() != "-");
    crate::calendars::beside(folder).unwrap_or_default()
}

/// Tells of calls to workflows that are in none of these files. One file alone, or one beside a file
/// that does not load, cannot tell.
fn check_calls(files: &mut [Checked]) {
    let known: Option<Vec<String>> = files
        .iter()
        .filter(|file| !file.calendar)
        .map(|file| file.workflow.as_ref().map(|workflow| workflow.id.clone()))
        .collect();
    let Some(known) = known.filter(|known| known.len() > 1) else {
        return;
    };
    for file in files {
        let known = known.iter().map(String::as_str);
        let told = file.workflow.iter();
        file.found
            .extend(told.flat_map(|workflow| workflow.unknown_calls(known.clone())));
        file.found.sort_by_key(|diagnostic| diagnostic.place);
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
        let call = write(
            "call.yml",
            b"id: B\nstart: Began\nsteps:\n  - { id: one, type: call, workflow: C }\n",
        );
        let codes = |files: &[&PathBuf]| -> Vec<String> {
            let mut files: Vec<Checked> = files.iter().map(|path| checked(path, false).0).collect();
            check_calls(&mut files);
            let found = files.iter().flat_map(|file| &file.found);
            found.map(|one| one.code.clone()).collect()
        };
        // One file alone cannot tell whom it calls.
        assert!(codes(&[&call]).is_empty());
        assert_eq!(codes(&[&good, &call]), ["HMS071"]);
    }

    #[test]
    fn a_calendar_with_mistakes_is_told_by_itself_where_it_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let beside = folder.path().join("calendars");
        std::fs::create_dir(&beside).unwrap();
        let text = "id: court\ntime_zone: UTC\nhours: { weekdays: nine }\n";
        let calendar = beside.join("court.yml");
        std::fs::write(&calendar, text).unwrap();
        let definition = |calendar: &str| {
            let path = folder.path().join(format!("{calendar}.yml"));
            let text = format!(
                "id: A\nstart: Began\ncalendar: {calendar}\nsteps:\n  - {{ id: one, actor: SVC:x, sla: 2bd }}\n"
            );
            std::fs::write(&path, text).unwrap();
            path
        };
        let check = |files: Vec<PathBuf>| {
            let format = Format::Json;
            run(&Check { files, format }).map_err(|failed| failed.0)
        };
        let (one, two) = (definition("court"), definition("us-federal"));
        // Once, however often it is named or given itself.
        for files in [
            vec![one.clone()],
            vec![one.clone(), one.clone()],
            vec![calendar.clone(), one.clone()],
        ] {
            let (file, broken) = checked(&files[files.len() - 1], false);
            let codes = |file: &Checked| file.found[0].code.clone();
            assert_eq!(
                (codes(&file), codes(&broken[0])),
                ("HMS059".into(), "HMS054".into())
            );
            let errors = files.iter().filter(|path| **path == one).count() + 1;
            let told = check(files).unwrap_err();
            assert!(told.starts_with(&format!("{errors} errors, ")), "{told}");
        }
        assert_eq!(check(vec![two]), Ok(()));
        let told = load(&one).unwrap_err().0;
        assert!(
            told.contains("HMS059") && told.contains("court.yml:3:"),
            "{told}"
        );
        let failed = calendars_alone(&[calendar], Format::Json).unwrap_err();
        assert_eq!(failed.0, "1 error, 0 warnings in 1 file");
    }

    #[test]
    fn editors_are_told_where_it_begins_and_ends() {
        let source = "id: A\nstart: Began\nsteps:\n  - id: one\n    actor: BOT:x\n";
        let found = Workflow::parse(source).unwrap_err();
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

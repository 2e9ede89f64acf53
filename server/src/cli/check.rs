use std::path::PathBuf;

use clap::{Args, ValueEnum};
use hms_engine::{Diagnostic, Level, Workflow};
use serde_json::{Value, json};

use super::Failed;
use super::table::say;

/// `hms check`: what is wrong with definitions.
#[derive(Debug, Args)]
pub(super) struct Check {
    /// The definitions to check
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,

    /// How to tell: text for people on stderr, json for editors on stdout
    #[arg(long, env = "HMS_FORMAT", value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
}

/// Checks files; fails when any has an error.
pub(super) fn run(args: &Check) -> Result<(), Failed> {
    let mut json = Vec::new();
    let (mut errors, mut warnings) = (0, 0);
    for path in &args.files {
        let name = path.display().to_string();
        let source = std::fs::read_to_string(path)
            .map_err(|error| Failed(format!("cannot read {name}: {error}")))?;
        let told = match Workflow::parse(&source) {
            Ok(parsed) => parsed.warnings,
            Err(diagnostics) => diagnostics,
        };
        for diagnostic in &told {
            match diagnostic.level {
                Level::Error => errors += 1,
                Level::Warning => warnings += 1,
            }
            match args.format {
                Format::Text => eprintln!("{}", rendered(diagnostic, &name, &source)),
                Format::Json => json.push(in_file(diagnostic, &name)),
            }
        }
    }
    if args.format == Format::Json {
        say(&format!("{}\n", Value::Array(json)));
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

fn counted(n: usize, noun: &str) -> String {
    format!("{n} {noun}{}", if n == 1 { "" } else { "s" })
}

fn in_file(diagnostic: &Diagnostic, name: &str) -> Value {
    let mut value = json!(diagnostic);
    value["file"] = json!(name);
    value
}

/// A diagnostic with the line it is about, as a compiler shows it.
fn rendered(diagnostic: &Diagnostic, name: &str, source: &str) -> String {
    let place = diagnostic.place;
    let level = match diagnostic.level {
        Level::Error => "error",
        Level::Warning => "warning",
    };
    let mut text = format!(
        "{level}[{}]: {}\n  --> {name}:{}:{}\n",
        diagnostic.code, diagnostic.message, place.line, place.column
    );
    let number = place.line.to_string();
    let margin = " ".repeat(number.len());
    if let Some(line) = source.lines().nth(place.line.saturating_sub(1) as usize) {
        let before = place.column.saturating_sub(1) as usize;
        // Tabs stay tabs, so that the mark stands under what it means.
        let indent: String = line
            .chars()
            .take(before)
            .map(|c| if c == '\t' { '\t' } else { ' ' })
            .collect();
        let rest = line.chars().count().saturating_sub(before).max(1);
        let marks = "^".repeat((place.length.max(1) as usize).min(rest));
        text += &format!("{margin} |\n{number} | {line}\n{margin} | {indent}{marks}\n");
    }
    if let Some(help) = &diagnostic.help {
        text += &format!("{margin} = help: {help}\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use hms_engine::Place;

    #[test]
    fn a_diagnostic_shows_its_line() {
        let diagnostic = Diagnostic {
            level: Level::Error,
            code: "HMS021".into(),
            place: Place {
                line: 2,
                column: 10,
                length: 5,
            },
            message: "Unknown actor type".into(),
            help: Some("use AI:, HUMAN: or SVC:".into()),
        };
        assert_eq!(
            rendered(&diagnostic, "w.yml", "id: A\n  actor: BOT:x\n"),
            "error[HMS021]: Unknown actor type\n  --> w.yml:2:10\n  |\n2 |   actor: BOT:x\n  |          ^^^^^\n  = help: use AI:, HUMAN: or SVC:\n"
        );
    }

    #[test]
    fn files_are_checked_and_errors_fail() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            path
        };
        let good = write(
            "good.yml",
            "id: A\nstart: Began\nsteps:\n  - id: one\n    actor: SVC:x\n",
        );
        let bad = write(
            "bad.yml",
            "id: A\nstart: Began\nsteps:\n  - id: one\n    actor: BOT:x\n",
        );
        let check = |files: Vec<PathBuf>| {
            let args = Check {
                files,
                format: Format::Json,
            };
            run(&args).map_err(|failed| failed.0)
        };
        assert_eq!(check(vec![good.clone()]), Ok(()));
        assert_eq!(
            check(vec![good, bad]),
            Err("1 error, 0 warnings in 2 files".to_owned())
        );
        let missing = check(vec![folder.path().join("none.yml")]).unwrap_err();
        assert!(missing.contains("cannot read"), "{missing}");
    }
}

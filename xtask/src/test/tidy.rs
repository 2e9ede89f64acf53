//! House rules that a program can check, so that nobody has to remember them.

use std::fs;

use anyhow::{Context, Result, bail};

use crate::command::{command, output};
use crate::folders;

/// A file longer than this has more than one job.
const LINES_MAX: usize = 450;

/// The design system's rules are taken over as they are.
const LONG_ON_PURPOSE: [&str; 1] = ["style/uswds.css"];

/// Crates whose code is made by macros that rely on unsafe code, and why.
const UNSAFE_FROM_MACROS: [(&str, &str); 2] = [
    (
        "frontend",
        "#[wasm_bindgen] expands to an exported function, which the lint counts as unsafe",
    ),
    (
        "engine/fuzz",
        "fuzz_target! expands to an exported function, which the lint counts as unsafe",
    ),
];

/// A rule: given a tracked file, what is wrong with it, line by line.
type Rule = fn(&str, &str) -> Vec<(usize, String)>;

const RULES: [Rule; 6] = [
    too_long,
    unfinished,
    sql_outside_the_store,
    layers,
    machine_paths,
    unsafe_allowed,
];

/// Checks all tracked files.
pub fn tidy() -> Result<String> {
    let listed = output(command("git", ["ls-files", "-z"]))
        .context("tidy looks at the files that git tracks")?;
    let mut faults = Vec::new();
    let mut count = 0;
    for path in listed.split('\0').filter(|path| !path.is_empty()) {
        // Not text (a font), or removed but not yet committed: nothing to read.
        let Ok(text) = fs::read_to_string(folders::root().join(path)) else {
            continue;
        };
        count += 1;
        for rule in RULES {
            faults.extend(
                rule(path, &text)
                    .into_iter()
                    .map(|(line, fault)| format!("{path}:{line}: {fault}")),
            );
        }
    }
    for fault in &faults {
        eprintln!("{fault}");
    }
    if !faults.is_empty() {
        bail!("{} untidy", faults.len());
    }
    Ok(format!("{count} files"))
}

fn too_long(path: &str, text: &str) -> Vec<(usize, String)> {
    let counted = [".rs", ".ts", ".css"]
        .iter()
        .any(|ending| path.ends_with(ending))
        && !LONG_ON_PURPOSE.contains(&path);
    let lines = text.lines().count();
    if counted && lines > LINES_MAX {
        return vec![(
            LINES_MAX,
            format!("{lines} lines, more than {LINES_MAX}: it has more than one job, split it"),
        )];
    }
    Vec::new()
}

fn unfinished(path: &str, text: &str) -> Vec<(usize, String)> {
    if !path.ends_with(".rs") {
        return Vec::new();
    }
    code_lines(text)
        .filter_map(|(line, code)| {
            // Spelled in two parts, so that this file does not find itself.
            let found = ["todo", "unimplemented", "dbg"]
                .into_iter()
                .find(|name| code.contains(&format!("{name}!(")))?;
            Some((line, format!("`{found}!` is for work in progress")))
        })
        .collect()
}

fn sql_outside_the_store(path: &str, text: &str) -> Vec<(usize, String)> {
    let product = ["engine/src/", "app/src/", "server/src/", "frontend/src/"]
        .iter()
        .any(|folder| path.starts_with(folder));
    if !product || !path.ends_with(".rs") || path.starts_with("server/src/store/") {
        return Vec::new();
    }
    const SQL: [&str; 7] = [
        "\"SELECT ",
        "\"INSERT ",
        "\"UPDATE ",
        "\"DELETE FROM ",
        "\"CREATE TABLE",
        "\"BEGIN",
        "sqlx::",
    ];
    code_lines(text)
        .filter_map(|(line, code)| {
            SQL.iter().find(|word| code.contains(*word)).map(|word| {
                (
                    line,
                    format!(
                        "`{}` belongs under server/src/store/",
                        word.trim_matches(['"', ' '])
                    ),
                )
            })
        })
        .collect()
}

/// Who may import whom inside the server: main ▶ api, portal, cli ▶ orchestrator ▶ store.
fn layers(path: &str, text: &str) -> Vec<(usize, String)> {
    let (layer, forbidden): (&str, &[&str]) = if path.starts_with("server/src/store") {
        (
            "the store",
            &[
                "crate::orchestrator",
                "crate::api",
                "crate::portal",
                "crate::cli",
                "axum::",
            ],
        )
    } else if path.starts_with("server/src/orchestrator") {
        (
            "the orchestrator",
            &["crate::api", "crate::portal", "crate::cli", "axum::"],
        )
    } else if path.starts_with("app/src") {
        ("the pages' crate", &["hms_server"])
    } else {
        return Vec::new();
    };
    code_lines(text)
        .filter_map(|(line, code)| {
            forbidden
                .iter()
                .find(|name| code.contains(*name))
                .map(|name| (line, format!("{layer} may not know `{name}`")))
        })
        .collect()
}

/// A path of one machine breaks on all others.
fn machine_paths(_path: &str, text: &str) -> Vec<(usize, String)> {
    let paths = [concat!("/wo", "rk/"), concat!("/ro", "ot/")];
    numbered(text)
        .filter_map(|(line, code)| {
            let found = paths.iter().find(|path| {
                code.match_indices(*path)
                    .any(|(at, _)| !continues_a_path(&code[..at]))
            })?;
            Some((line, format!("`{found}` is a path of one machine")))
        })
        .collect()
}

/// Whether a `/` after this text is in the middle of a path, like in `../workflows/work/`.
fn continues_a_path(before: &str) -> bool {
    before
        .chars()
        .next_back()
        .is_some_and(|last| last.is_alphanumeric() || "._-~})".contains(last))
}

fn unsafe_allowed(path: &str, text: &str) -> Vec<(usize, String)> {
    let Some(krate) = path.strip_suffix("/Cargo.toml") else {
        return Vec::new();
    };
    let forbidden =
        text.contains("[lints]\nworkspace = true") || text.contains("unsafe_code = \"forbid\"");
    if forbidden || UNSAFE_FROM_MACROS.iter().any(|(name, _)| *name == krate) {
        return Vec::new();
    }
    vec![(
        1,
        "this crate does not forbid unsafe code: take over the workspace's lints".into(),
    )]
}

fn numbered(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines()
        .enumerate()
        .map(|(index, line)| (index + 1, line))
}

/// Lines that are not only a comment.
fn code_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    numbered(text).filter(|(_, line)| !line.trim_start().starts_with("//"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(rule: Rule, path: &str, text: &str, lines: &[usize]) {
        let found: Vec<usize> = rule(path, text).into_iter().map(|(line, _)| line).collect();
        assert_eq!(found, lines, "{path}");
    }

    #[test]
    fn long_files() {
        check(too_long, "app/src/a.rs", &"x\n".repeat(450), &[]);
        check(too_long, "app/src/a.rs", &"x\n".repeat(451), &[450]);
        check(too_long, "style/uswds.css", &"x\n".repeat(9000), &[]);
        check(too_long, "README.md", &"x\n".repeat(9000), &[]);
    }

    #[test]
    fn work_in_progress() {
        let text = format!("fn a() {{\n  {}!()\n}}\n// {}!(x)", "todo", "dbg");
        check(unfinished, "app/src/a.rs", &text, &[2]);
        check(unfinished, "README.md", &text, &[]);
    }

    #[test]
    fn sql() {
        let text = "//! \"SELECT \" is for the store\nlet a = \"SELECT 1\";\nuse sqlx::Row;";
        check(sql_outside_the_store, "server/src/api/a.rs", text, &[2, 3]);
        check(
            sql_outside_the_store,
            "server/src/store/sqlite.rs",
            text,
            &[],
        );
        check(sql_outside_the_store, "server/tests/a.rs", text, &[]);
    }

    #[test]
    fn layering() {
        check(
            layers,
            "server/src/store/a.rs",
            "use crate::orchestrator::X;",
            &[1],
        );
        check(
            layers,
            "server/src/orchestrator/a.rs",
            "use crate::store::X;\nuse axum::Json;",
            &[2],
        );
        check(
            layers,
            "server/src/api/a.rs",
            "use crate::orchestrator::X;",
            &[],
        );
    }

    #[test]
    fn paths_of_one_machine() {
        let text = format!(
            "a = \"{}x\"\nb = \"../flow{}x\"\n{}y",
            concat!("/wo", "rk/"),
            concat!("/wo", "rk/"),
            concat!("/ro", "ot/")
        );
        check(machine_paths, "README.md", &text, &[1, 3]);
    }

    #[test]
    fn unsafe_code() {
        check(
            unsafe_allowed,
            "app/Cargo.toml",
            "[lints]\nworkspace = true",
            &[],
        );
        check(unsafe_allowed, "app/Cargo.toml", "[package]", &[1]);
        check(unsafe_allowed, "frontend/Cargo.toml", "[package]", &[]);
        check(unsafe_allowed, "Cargo.toml", "[workspace]", &[]);
    }
}

//! From a definition's text to a checked [`Workflow`](crate::Workflow): the text becomes a tree
//! that knows its places, the tree becomes drafts of steps, and the drafts are checked against
//! each other. Mistakes are collected on the way, so one pass tells several.

mod binding;
mod calendar;
mod call;
mod codes;
mod draft;
mod duration;
mod end;
mod fields;
mod flow;
mod foreach;
mod form;
mod formula;
mod json_schema;
mod list;
mod names;
mod nearest;
mod outcomes;
mod parallel;
mod personal;
mod pointer;
mod portal;
mod priority;
mod report;
mod retention;
mod retry;
mod rungs;
mod schema;
mod script;
mod sla;
mod switch;
mod task;
mod template;
mod top;
mod tree;
mod unchecked;
mod value;
mod wait;
mod warnings;
mod written;
mod yaml;

pub use codes::CODES;
pub(crate) use nearest::did_you_mean;
pub use nearest::nearest;
pub use schema::schema;
pub(crate) use script::script;

use crate::{Budget, Calendar, Calendars, Diagnostic, Parsed};

/// Reads and checks a definition that may name these calendars.
pub(crate) fn parse(source: &str, calendars: &Calendars) -> Result<Parsed, Vec<Diagnostic>> {
    let mut report = report::Report::default();
    let begin = "begin with \"id:\", \"start:\" and \"steps:\"";
    let root = root(source, "workflow", begin, &mut report);
    let workflow = root.and_then(|root| top::read(&root, source, calendars, &mut report));
    match workflow {
        Some(workflow) if report.errors() == 0 => Ok(Parsed {
            workflow,
            warnings: report.into_sorted(),
        }),
        _ => Err(report.into_sorted()),
    }
}

/// Reads and checks a calendar.
pub(crate) fn parse_calendar(source: &str) -> Result<Calendar, Vec<Diagnostic>> {
    let mut report = report::Report::default();
    let begin = "begin with \"id:\", \"time_zone:\" and \"hours:\"";
    let root = root(source, "calendar", begin, &mut report);
    let calendar = root.and_then(|root| calendar::read(&root, source, &mut report));
    match calendar {
        Some(calendar) if report.errors() == 0 => Ok(calendar),
        _ => Err(report.into_sorted()),
    }
}

/// The tree of a file that is to hold one thing.
fn root(source: &str, what: &str, help: &str, report: &mut report::Report) -> Option<tree::Node> {
    let root = yaml::read(source, report);
    if root.is_none() && report.errors() == 0 {
        report.error(
            "HMS003",
            yaml::START,
            format!("there is no {what} in this file"),
            Some(help.into()),
        );
    }
    root
}

/// A duration as definitions write it; the error says what would be right.
pub(crate) fn budget(text: &str) -> Result<Budget, String> {
    match duration::parse_any(text) {
        Ok((amount, measure)) => Ok(Budget {
            amount,
            measure,
            written: text.to_owned(),
        }),
        Err(bad) => Err(format!("{}: {}", bad.message, bad.help)),
    }
}

/// The plain value a YAML text stands for, as JSON has it: for whoever checks it by a JSON Schema, as
/// editors do. None when it is no YAML.
pub fn plain_value(source: &str) -> Option<serde_json::Value> {
    let mut report = report::Report::default();
    let root = yaml::read(source, &mut report)?;
    (report.errors() == 0).then(|| value::json(&root))
}

/// A duration as written in definitions (`90s`, `4h`, `PT4H`), in milliseconds.
///
/// # Errors
///
/// What is wrong with it and what would be right, for people.
pub fn duration_ms(text: &str) -> Result<i64, String> {
    duration::parse(text).map_err(|bad| format!("{}: {}", bad.message, bad.help))
}

use clap::Args;
use serde_json::{Map, Value, json};

use super::Failed;
use super::check::Format;
use super::remote::Remote;
use super::table::{Table, cell, moment, say};

/// `hms migrate`: moves open runs to another version of their workflow.
#[derive(Debug, Args)]
pub(super) struct Migrate {
    /// The workflow
    #[arg(value_name = "ID")]
    workflow: String,

    /// The version the runs have: its hash or the beginning of it [default: the one other version that
    /// open runs have]
    #[arg(long, value_name = "HASH")]
    from: Option<String>,

    /// The version they are to have [default: the one in force]
    #[arg(long, value_name = "HASH")]
    to: Option<String>,

    /// A step that takes the place of an old one; steps of the same id need no line
    #[arg(long = "map", value_name = "OLD=NEW", value_parser = line)]
    map: Vec<(String, String)>,

    /// Only these runs [default: all open ones of the version]
    #[arg(long = "run", value_name = "RUN")]
    runs: Vec<String>,

    /// Why, for the audit trail; needed unless nothing is to happen
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,

    /// Only show what would happen to each run
    #[arg(long)]
    dry_run: bool,

    /// How to tell: a table for people, json for programs
    #[arg(long, env = "HMS_FORMAT", value_enum, default_value_t = Format::Text)]
    format: Format,

    #[command(flatten)]
    remote: Remote,
}

fn line(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((old, new)) if !old.trim().is_empty() && !new.trim().is_empty() => {
            Ok((old.trim().to_owned(), new.trim().to_owned()))
        }
        _ => Err("write the old step, = and the new one, like legal_check=legal_review".to_owned()),
    }
}

/// Moves the runs page by page and shows each; fails when any could not move.
pub(super) async fn run(args: &Migrate) -> Result<(), Failed> {
    let path = format!("workflows/{}/migrate", args.workflow);
    let mut body = asked(args)?;
    let mut answer = args.remote.post(&path, &body).await?;
    let mut rows = Vec::new();
    let (mut moved, mut refused) = (0, 0);
    loop {
        moved += answer["moved"].as_u64().unwrap_or(0);
        refused += answer["refused"].as_u64().unwrap_or(0);
        if let Some(page) = answer["runs"].as_array_mut() {
            rows.append(page);
        }
        if answer["next"].is_null() {
            break;
        }
        // What is deployed meanwhile is not what was asked for.
        for (name, value) in [
            ("from", &answer["from"]),
            ("to", &answer["to"]),
            ("before", &answer["next"]),
        ] {
            body[name] = value.clone();
        }
        answer = args.remote.post(&path, &body).await?;
    }
    match args.format {
        Format::Json => {
            let all = json!({
                "workflow": answer["workflow"], "from": answer["from"], "to": answer["to"],
                "dry_run": args.dry_run, "moved": moved, "refused": refused, "runs": rows,
            });
            say(&format!("{all}\n"));
        }
        Format::Text => {
            let version = |name: &str| format!("{:.12}", cell(&answer[name]));
            let what = if args.dry_run { "would move" } else { "moved" };
            let runs = if moved == 1 { "run" } else { "runs" };
            say(&format!(
                "{}: {moved} {runs} {what} from {} to {}\n",
                args.workflow,
                version("from"),
                version("to")
            ));
            show(&rows);
        }
    }
    match refused {
        0 => Ok(()),
        1 => Err(Failed("1 run cannot move".to_owned())),
        _ => Err(Failed(format!("{refused} runs cannot move"))),
    }
}

fn asked(args: &Migrate) -> Result<Value, Failed> {
    if args.note.is_none() && !args.dry_run {
        let told = "say why the runs move with --note, or look first with --dry-run";
        return Err(Failed(told.to_owned()));
    }
    let mut steps = Map::new();
    for (old, new) in &args.map {
        if steps.insert(old.clone(), json!(new)).is_some() {
            return Err(Failed(format!("--map names {old} twice")));
        }
    }
    let mut body = json!({
        "from": args.from, "to": args.to, "note": args.note, "dry_run": args.dry_run,
        "steps": steps,
    });
    if !args.runs.is_empty() {
        body["runs"] = json!(args.runs);
    }
    Ok(body)
}

/// Where each run stands then, with the deadlines of its tasks; and what is in the way of others.
fn show(rows: &[Value]) {
    let mut table = Table::new(&["RUN", "STEP", "DEADLINE", "THEN", ""]);
    let mut any = false;
    for row in rows.iter().filter(|row| row["moved"] == true) {
        let tasks = row["tasks"].as_array().map_or(&[][..], Vec::as_slice);
        for step in row["steps"].as_array().into_iter().flatten() {
            any = true;
            let from = cell(&step["from"]);
            let task = tasks.iter().find(|task| task["from"] == step["from"]);
            let task = task.unwrap_or(&Value::Null);
            table.row(vec![
                cell(&row["run_id"]),
                if step["from"] == step["to"] {
                    from
                } else {
                    format!("{from} → {}", cell(&step["to"]))
                },
                moment(&task["expires_before"]),
                moment(&task["expires"]),
                notes(task),
            ]);
        }
    }
    if any {
        say(&format!("\n{}", table.lines()));
    }
    for row in rows.iter().filter(|row| row["moved"] != true) {
        say(&format!("\n{} cannot move:\n", cell(&row["run_id"])));
        for obstacle in row["obstacles"].as_array().into_iter().flatten() {
            say(&format!("  {}\n", cell(&obstacle["detail"])));
        }
        if let Some(problem) = row["problem"]["detail"].as_str() {
            say(&format!("  {problem}\n"));
        }
    }
}

fn notes(task: &Value) -> String {
    let actor = task["actor"].as_str();
    let actor = actor.map(|actor| format!("for {actor} now"));
    let released = task["released"].as_str();
    let released = released.map(|by| format!("{by} has it no more"));
    let notes: Vec<String> = actor.into_iter().chain(released).collect();
    notes.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_a_map_is_two_steps() {
        for (text, expect) in [
            ("a=b", Some(("a", "b"))),
            (" a = b ", Some(("a", "b"))),
            ("a", None),
            ("=b", None),
            ("a=", None),
        ] {
            let expect = expect.map(|(old, new)| (old.to_owned(), new.to_owned()));
            assert_eq!(line(text).ok(), expect, "{text}");
        }
    }
}

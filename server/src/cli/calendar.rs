use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::Value;

use super::check::{self, Format};
use super::remote::Remote;
use super::table::{Table, cell, moment, say};
use super::{Failed, check::rendered};

/// `hms calendar`: working calendars.
#[derive(Debug, Args)]
pub(super) struct Calendar {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Check calendars
    Check(Check),
    /// Put a calendar in force at a running server, and say which open deadlines move
    Deploy(Deploy),
    /// List the calendars in force at a running server
    List(List),
}

#[derive(Debug, Args)]
struct Check {
    /// The calendars to check; - is what comes on standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,

    /// How to tell: text for people on stderr, json for editors on stdout
    #[arg(long, env = "HMS_FORMAT", value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Debug, Args)]
struct Deploy {
    /// The calendar; - is what comes on standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// Only say what would move
    #[arg(long)]
    dry_run: bool,

    /// Tell so many moves one by one, the biggest first
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=1000))]
    limit: u32,

    /// How to answer: text for people, json as the server says it
    #[arg(long, env = "HMS_FORMAT", value_enum, default_value_t = Format::Text)]
    format: Format,

    #[command(flatten)]
    remote: Remote,
}

#[derive(Debug, Args)]
struct List {
    /// How to answer: text for people, json as the server says it
    #[arg(long, env = "HMS_FORMAT", value_enum, default_value_t = Format::Text)]
    format: Format,

    #[command(flatten)]
    remote: Remote,
}

/// Runs the verb.
pub(super) async fn run(calendar: &Calendar) -> Result<(), Failed> {
    match &calendar.verb {
        Verb::Check(args) => check::calendars_alone(&args.files, args.format),
        Verb::Deploy(args) => deploy(args).await,
        Verb::List(args) => list(args).await,
    }
}

/// Deploys a file and says what moves. What is wrong with it is told before anything is sent.
async fn deploy(args: &Deploy) -> Result<(), Failed> {
    let name = check::name_of(&args.file);
    let source = check::read(&args.file);
    let source = source.map_err(|unreadable| Failed(unreadable.render(&name, "")))?;
    let calendar = hms_engine::Calendar::parse(&source)
        .map_err(|found| Failed(rendered(&found, &name, &source)))?;
    let query = [
        ("dry_run", args.dry_run.to_string()),
        ("limit", args.limit.to_string()),
    ];
    let answer = args
        .remote
        .post_yaml("calendars", &query, calendar.source)
        .await?;
    match args.format {
        Format::Json => say(&format!("{answer}\n")),
        Format::Text => say(&told(&name, &answer)),
    }
    Ok(())
}

async fn list(args: &List) -> Result<(), Failed> {
    let answer = args.remote.get("calendars", &[]).await?;
    if args.format == Format::Json {
        say(&format!("{answer}\n"));
        return Ok(());
    }
    let mut table = Table::new(&[
        "CALENDAR",
        "VERSION",
        "TIME ZONE",
        "DEPLOYED",
        "BY",
        "USED BY",
    ]);
    for row in answer.as_array().into_iter().flatten() {
        let used: Vec<String> = row["workflows"]
            .as_array()
            .into_iter()
            .flatten()
            .map(cell)
            .collect();
        table.row(vec![
            cell(&row["id"]),
            format!("{:.12}", cell(&row["version"])),
            cell(&row["time_zone"]),
            moment(&row["deployed"]),
            cell(&row["deployed_by"]),
            used.join(", "),
        ]);
    }
    say(&table.lines());
    Ok(())
}

/// A deployment's answer for people.
fn told(name: &str, answer: &Value) -> String {
    let dry_run = answer["dry_run"] == true;
    let what = match (answer["changed"] == true, dry_run) {
        (false, _) => "is in force already",
        (true, true) => "would be in force",
        (true, false) => "is in force",
    };
    let (id, version) = (cell(&answer["id"]), cell(&answer["version"]));
    let mut text = format!("{name}: {id} {version:.12} {what}\n");
    let moves = &answer["moves"];
    let count = |key: &str| moves[key].as_u64().unwrap_or(0);
    let least = if moves["more"] == true {
        "at least "
    } else {
        ""
    };
    if count("cases") == 0 {
        return text + "no open case is counted by another version\n";
    }
    if count("moved") == 0 && count("standing") == 0 {
        text += &format!(
            "no deadline of {least}{} moves\n",
            counted(count("cases"), "open case")
        );
        return text;
    }
    text += &format!(
        "in {least}{} of {}: {}, {}, {}, {} {}\n",
        count("moved"),
        counted(count("cases"), "open case"),
        counted(count("deadlines"), "deadline"),
        counted(count("first_claims"), "first claim"),
        counted(count("rungs"), "rung"),
        counted(count("waits"), "wait"),
        if dry_run { "would move" } else { "move" },
    );
    text += &format!(
        "{} later, {} earlier; {} {} in the past and {} at once\n",
        count("later"),
        count("earlier"),
        count("past"),
        if dry_run { "would be" } else { "are" },
        if count("past") == 1 {
            "happens"
        } else {
            "happen"
        },
    );
    if count("standing") > 0 {
        text += &format!(
            "{} still and {} more or less time left when {} on\n",
            match count("standing") {
                1 => "1 clock stands".to_owned(),
                n => format!("{n} clocks stand"),
            },
            if count("standing") == 1 {
                "has"
            } else {
                "have"
            },
            if count("standing") == 1 {
                "it goes"
            } else {
                "they go"
            },
        );
    }
    let biggest = moves["biggest"].as_array().map_or(&[][..], Vec::as_slice);
    if !biggest.is_empty() {
        text += &format!("\n{}", table(biggest));
    }
    text
}

fn table(biggest: &[Value]) -> String {
    let mut table = Table::new(&["RUN", "WORKFLOW", "STEP", "WHAT", "FROM", "TO", "BY", ""]);
    for row in biggest {
        let what = match (row["what"].as_str(), row["at_percent"].as_u64()) {
            (Some("first_claim"), _) => "first claim".to_owned(),
            (Some("rung"), Some(at)) => format!("rung {at}%"),
            _ => cell(&row["what"]),
        };
        let note = match (row["missed"] == true, row["past"] == true) {
            (true, _) => "missed before",
            (false, true) => "past: at once",
            (false, false) => "",
        };
        table.row(vec![
            cell(&row["run_id"]),
            cell(&row["workflow"]),
            cell(&row["step"]),
            what,
            moment(&row["from"]),
            moment(&row["to"]),
            by(row["by_ms"].as_i64().unwrap_or(0)),
            note.to_owned(),
        ]);
    }
    table.lines()
}

fn counted(n: u64, noun: &str) -> String {
    format!("{n} {noun}{}", if n == 1 { "" } else { "s" })
}

/// How far, in the two largest units: `+1d 2h`, `-30m`.
fn by(ms: i64) -> String {
    let sign = if ms < 0 { '-' } else { '+' };
    let seconds = ms.unsigned_abs() / 1_000;
    let units = [(86_400, "d"), (3_600, "h"), (60, "m"), (1, "s")];
    let mut left = seconds;
    let mut parts = Vec::new();
    for (size, unit) in units {
        if left >= size {
            parts.push(format!("{}{unit}", left / size));
        }
        left %= size;
    }
    parts.truncate(2);
    match parts.is_empty() {
        true => format!("{sign}{}ms", ms.unsigned_abs()),
        false => format!("{sign}{}", parts.join(" ")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn how_far_is_told_in_two_units() {
        for (ms, expect) in [
            (86_400_000 + 7_200_000 + 5_000, "+1d 2h"),
            (-1_800_000, "-30m"),
            (3_605_000, "+1h 5s"),
            (12, "+12ms"),
        ] {
            assert_eq!(by(ms), expect);
        }
    }

    #[test]
    fn what_moves_is_told_in_lines_and_a_table() {
        let answer = json!({
            "id": "office", "version": "0123456789abcdef", "changed": true, "dry_run": true,
            "moves": {
                "cases": 7, "more": false, "moved": 1, "deadlines": 1, "first_claims": 0, "rungs": 1,
                "waits": 0, "later": 2, "earlier": 0, "past": 0, "standing": 1,
                "biggest": [
                    {"run_id": "r", "workflow": "W", "step": "s", "what": "rung", "at_percent": 50,
                     "from": "2024-05-20T16:00:00Z", "to": "2024-05-21T16:00:00Z", "by_ms": 86_400_000,
                     "past": false, "missed": false},
                ],
            },
        });
        assert_eq!(
            told("office.yml", &answer),
            "office.yml: office 0123456789ab would be in force\n\
             in 1 of 7 open cases: 1 deadline, 0 first claims, 1 rung, 0 waits would move\n\
             2 later, 0 earlier; 0 would be in the past and happen at once\n\
             1 clock stands still and has more or less time left when it goes on\n\n\
             RUN  WORKFLOW  STEP  WHAT      FROM                 TO                   BY\n\
             r    W         s     rung 50%  2024-05-20 16:00:00  2024-05-21 16:00:00  +1d\n"
        );
        let nothing = json!({
            "id": "office", "version": "0123456789abcdef", "changed": true, "dry_run": false,
            "moves": {"cases": 1, "more": false, "moved": 0, "standing": 0},
        });
        assert_eq!(
            told("office.yml", &nothing),
            "office.yml: office 0123456789ab is in force\nno deadline of 1 open case moves\n"
        );
    }
}

use std::path::PathBuf;

use clap::Args;

use super::remote::Remote;
use super::table::{Table, cell, say};
use super::{Failed, check};

/// `hms deploy`: puts a definition in force at a running server.
#[derive(Debug, Args)]
pub(super) struct Deploy {
    /// The definition; - is what comes on standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// Only say what would change
    #[arg(long)]
    dry_run: bool,

    #[command(flatten)]
    remote: Remote,
}

/// Deploys a file and says what changes. What is wrong with it is told before anything is sent.
pub(super) async fn run(args: &Deploy) -> Result<(), Failed> {
    let name = check::name_of(&args.file);
    let workflow = check::load(&args.file)?;
    let query = [("dry_run", args.dry_run.to_string())];
    let answer = args
        .remote
        .post_yaml("workflows", &query, workflow.source)
        .await?;
    let what = match (answer["changed"] == true, args.dry_run) {
        (false, _) => "is in force already",
        (true, true) => "would be in force",
        (true, false) => "is in force",
    };
    let (id, version) = (cell(&answer["id"]), cell(&answer["version"]));
    say(&format!("{name}: {id} {version:.12} {what}\n"));
    for (key, word) in [("added", "+"), ("removed", "-"), ("changed", "~")] {
        for step in answer["changes"][key].as_array().into_iter().flatten() {
            say(&format!("  {word} {}\n", cell(step)));
        }
    }
    let open = answer["open"].as_array().map_or(&[][..], Vec::as_slice);
    if !open.is_empty() {
        let mut table = Table::new(&["VERSION", "STEP", "OPEN RUNS", ""]);
        for row in open {
            let gone = row["removed"] == true;
            table.row(vec![
                format!("{:.12}", cell(&row["version"])),
                cell(&row["step"]),
                cell(&row["runs"]),
                if gone { "removed" } else { "" }.to_owned(),
            ]);
        }
        say(&format!("\n{}", table.lines()));
    }
    for warning in answer["diagnostics"].as_array().into_iter().flatten() {
        let code = cell(&warning["code"]);
        say(&format!("warning[{code}]: {}\n", cell(&warning["message"])));
    }
    Ok(())
}

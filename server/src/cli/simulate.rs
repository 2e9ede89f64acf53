use std::path::PathBuf;

use clap::Args;
use hms_engine::simulation::{Script, simulate};
use hms_engine::{Workflow, duration_ms};

use super::Failed;
use super::check::{Format, load, name_of, read, rendered};
use super::table::say;

/// `hms simulate`: definitions played through on a virtual clock.
#[derive(Debug, Args)]
pub(super) struct Simulate {
    /// The definitions
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,

    /// The script: the events, and who answers how; - is what comes on standard input
    #[arg(long, env = "HMS_EVENTS", value_name = "FILE")]
    events: PathBuf,

    /// How much time to let pass, like 3d; left out, as the script says, or until nothing more can happen
    #[arg(long, env = "HMS_ADVANCE", value_name = "DURATION")]
    advance: Option<String>,

    /// How to tell what happened
    #[arg(long, env = "HMS_FORMAT", value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// Plays; fails when a definition or the script has an error.
pub(super) fn run(args: &Simulate) -> Result<(), Failed> {
    let workflows = args.files.iter().map(|path| load(path));
    let workflows: Vec<Workflow> = workflows.collect::<Result<_, _>>()?;
    let workflows: Vec<&Workflow> = workflows.iter().collect();
    let advance = match &args.advance {
        None => None,
        Some(text) => Some(duration_ms(text).map_err(|why| Failed(format!("--advance: {why}")))?),
    };
    let name = name_of(&args.events);
    let source = read(&args.events).map_err(|unreadable| Failed(unreadable.render(&name, "")))?;
    let mut script = Script::parse(&source, &workflows)
        .map_err(|found| Failed(rendered(&found, &name, &source)))?;
    script.advance_ms = advance.or(script.advance_ms);
    let timeline = simulate(&workflows, &script);
    say(&match args.format {
        Format::Text => timeline.to_string(),
        Format::Json => format!("{}\n", serde_json::to_string_pretty(&timeline)?),
    });
    Ok(())
}

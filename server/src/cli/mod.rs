//! The command line: one file a verb.

mod audit;
mod calendar;
mod check;
mod deploy;
mod diagram;
mod emit;
mod log_line;
mod migrate;
mod personal;
mod remote;
mod runs;
mod schema;
mod serve;
mod simulate;
mod table;
mod tasks;
mod token;
mod transfer;
pub mod user;
mod watch;
mod worker;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tracing_subscriber::EnvFilter;

use crate::config::Serve;

/// The program: does what the arguments ask, and says in one line why not.
///
/// It is here and not in `main.rs` because async code is compiled where it is driven from: there, the whole
/// server would be compiled once more.
pub fn program() -> ExitCode {
    let filter = EnvFilter::try_from_env("HMS_LOG").unwrap_or_else(|_| EnvFilter::new("warn"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_timer(log_line::Beginning)
        .with_writer(std::io::stderr)
        .init();
    let hms = Hms::parse();
    let done = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime.block_on(run(hms)),
        Err(error) => Err(Failed(format!("cannot start threads: {error}"))),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failed(line)) => {
            eprintln!("hms: {line}");
            ExitCode::FAILURE
        }
    }
}

/// HMS-ACT/OMS: events and workflows for public services
#[derive(Debug, Parser)]
#[command(name = "hms", version, about, disable_help_subcommand = true)]
struct Hms {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Serve the pages, the HTTP API and the engine
    Serve(Box<Serve>),
    /// Check workflow definitions
    Check(check::Check),
    /// Working calendars: check one, see what it would move, put it in force
    Calendar(calendar::Calendar),
    /// Put a workflow definition in force at a running server
    Deploy(deploy::Deploy),
    /// Move open runs to another version of their workflow
    Migrate(migrate::Migrate),
    /// Draw a workflow definition
    Diagram(diagram::Diagram),
    /// Play workflow definitions through on a virtual clock
    Simulate(simulate::Simulate),
    /// Print the JSON Schema of workflow definitions, for editors
    Schema,
    /// Send an event to a running server
    Emit(emit::Emit),
    /// List tasks, soonest deadline first
    Tasks(tasks::Tasks),
    /// List runs, newest first
    Runs(runs::Runs),
    /// Show a run and its history
    Run(runs::Run),
    /// Run a reference worker, fraud-labeler or email-svc, as a process of its own
    Worker(Box<worker::Worker>),
    /// The audit trail: look whether anybody bent it
    Audit(audit::Audit),
    /// What is kept of people, apart from their cases
    Personal(personal::Personal),
    /// The tokens of programs: what each may do over the HTTP API
    Token(token::Token),
    /// Move an installation from a SQLite file to PostgreSQL
    Transfer(transfer::Transfer),
    /// The staff: who may sign in, and as what
    User(user::User),
}

/// Why a command did not do its work: one line for people.
#[derive(Debug)]
pub struct Failed(pub String);

impl<E: std::error::Error> From<E> for Failed {
    fn from(error: E) -> Failed {
        Failed(error.to_string())
    }
}

/// Runs the command the arguments name.
async fn run(hms: Hms) -> Result<(), Failed> {
    match hms.verb {
        Verb::Serve(args) => serve::run(*args).await,
        Verb::Check(args) => check::run(&args),
        Verb::Calendar(calendar) => calendar::run(&calendar).await,
        Verb::Deploy(args) => deploy::run(&args).await,
        Verb::Migrate(args) => migrate::run(&args).await,
        Verb::Diagram(args) => diagram::run(&args),
        Verb::Simulate(args) => simulate::run(&args),
        Verb::Schema => schema::run(),
        Verb::Emit(args) => emit::run(&args).await,
        Verb::Tasks(args) => tasks::run(&args).await,
        Verb::Runs(args) => runs::list(&args).await,
        Verb::Run(args) => runs::one(&args).await,
        Verb::Worker(args) => worker::run(*args).await,
        Verb::Audit(audit) => audit::run(audit).await,
        Verb::Personal(personal) => personal::run(personal).await,
        Verb::Token(token) => token::run(token).await,
        Verb::Transfer(args) => transfer::run(args).await,
        Verb::User(user) => user::run(user).await,
    }
}

/// Waits for SIGTERM or Ctrl-C.
async fn told_to_stop() -> Result<(), Failed> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        _ = terminate.recv() => {}
        pressed = tokio::signal::ctrl_c() => pressed?,
    }
    Ok(())
}

//! The command line: one file a verb.

mod serve;
pub mod user;

use clap::{Parser, Subcommand};

use crate::config::Serve;

/// HMS-ACT/OMS: events and workflows for public services
#[derive(Debug, Parser)]
#[command(name = "hms", version, about, disable_help_subcommand = true)]
pub struct Hms {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Serve the pages, the HTTP API and the engine
    Serve(Box<Serve>),
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
pub async fn run(hms: Hms) -> Result<(), Failed> {
    match hms.verb {
        Verb::Serve(args) => serve::run(*args).await,
        Verb::User(user) => user::run(user).await,
    }
}

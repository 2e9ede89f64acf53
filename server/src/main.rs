//! `hms`: see `hms --help`.

use std::process::ExitCode;

use clap::Parser;
use hms_server::cli;
use tracing_subscriber::EnvFilter;

#[tokio::main]
async fn main() -> ExitCode {
    let filter = EnvFilter::try_from_env("HMS_LOG").unwrap_or_else(|_| EnvFilter::new("warn"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
    match cli::run(cli::Hms::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(cli::Failed(line)) => {
            eprintln!("hms: {line}");
            ExitCode::FAILURE
        }
    }
}

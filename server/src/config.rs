//! What `hms serve` is told, by flags or by environment variables.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;

use crate::node::Place;
use crate::workers::email_svc::MailSettings;

/// `hms serve`: the pages, the HTTP API and the engine.
#[derive(Debug, Clone, Args)]
pub struct Serve {
    /// A demonstration: this machine only, an open API, a person for each role, a month of sample history
    #[arg(long, env = "HMS_DEMO")]
    pub demo: bool,

    /// Where runs are kept: sqlite://PATH, or postgres://USER@HOST[,HOST…]/NAME for any number of nodes. Without it, hms.db in the data folder
    #[arg(
        long,
        env = "HMS_DATABASE_URL",
        value_name = "URL",
        hide_env_values = true
    )]
    pub database_url: Option<String>,

    /// Where the pages are served
    #[arg(
        long,
        env = "HMS_PORTAL_ADDR",
        value_name = "ADDR",
        default_value = "127.0.0.1:7000"
    )]
    pub portal_addr: SocketAddr,

    /// Where the HTTP API is served
    #[arg(
        long,
        env = "HMS_API_ADDR",
        value_name = "ADDR",
        default_value = "127.0.0.1:8100"
    )]
    pub api_addr: SocketAddr,

    /// The folder of workflow definitions (*.yml). Without it, those shipped with the program
    #[arg(long, env = "HMS_WORKFLOWS", value_name = "DIR")]
    pub workflows: Option<PathBuf>,

    /// How many times as fast as the wall clock workflow time runs, from 0.001 to 1000000
    #[arg(long, env = "HMS_CLOCK_RATE", value_name = "N", default_value = "1", value_parser = clock_rate)]
    pub clock_rate: f64,

    /// Which reference workers run inside: all, none, or names such as fraud-labeler,email-svc
    #[arg(
        long,
        env = "HMS_BUILTIN_WORKERS",
        value_name = "all|none|LIST",
        default_value = "all"
    )]
    pub builtin_workers: Builtin,

    /// With --demo: begin with no sample history
    #[arg(long, env = "HMS_NO_SAMPLE_HISTORY", requires = "demo")]
    pub no_sample_history: bool,

    /// The folder where data is kept
    #[arg(long, env = "HMS_DATA_DIR", value_name = "DIR", default_value = "data")]
    pub data_dir: PathBuf,

    /// A file to which checkpoints of the audit trail are appended too: where nobody who has the database can write
    #[arg(long, env = "HMS_AUDIT_CHECKPOINTS", value_name = "FILE")]
    pub audit_checkpoints: Option<PathBuf>,

    /// Where mail goes
    #[command(flatten)]
    pub mail: MailSettings,
}

impl Serve {
    /// Where this node works.
    pub fn place(&self) -> Place {
        Place {
            data_dir: self.data_dir.clone(),
            database_url: self.database_url.clone(),
            workflows: self.workflows.clone(),
            clock_rate: self.clock_rate,
        }
    }
}

/// Which reference workers run inside the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Builtin {
    /// Every one.
    All,
    /// These; may be none.
    Only(Vec<String>),
}

impl Builtin {
    /// Whether a worker of this name is to run.
    pub fn has(&self, name: &str) -> bool {
        match self {
            Builtin::All => true,
            Builtin::Only(names) => names.iter().any(|wanted| wanted == name),
        }
    }
}

/// The reference workers there are.
const BUILTIN: [&str; 2] = ["fraud-labeler", "email-svc"];

impl FromStr for Builtin {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "all" => Ok(Builtin::All),
            "none" => Ok(Builtin::Only(Vec::new())),
            list => {
                let names: Vec<String> =
                    list.split(',').map(|name| name.trim().to_owned()).collect();
                match names.iter().find(|name| !BUILTIN.contains(&name.as_str())) {
                    Some(unknown) => Err(format!(
                        "\"{unknown}\" is no reference worker – use all, none, or {}",
                        BUILTIN.join(",")
                    )),
                    None => Ok(Builtin::Only(names)),
                }
            }
        }
    }
}

fn clock_rate(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(rate) if (0.001..=1_000_000.0).contains(&rate) => Ok(rate),
        _ => Err("write how many times as fast, from 0.001 to 1000000, like 240".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn builtin_workers_are_all_none_or_names() {
        assert!("all".parse::<Builtin>().unwrap().has("email-svc"));
        assert!(!"none".parse::<Builtin>().unwrap().has("email-svc"));
        let some: Builtin = "fraud-labeler".parse().unwrap();
        assert!(some.has("fraud-labeler") && !some.has("email-svc"));
        assert!(
            "email"
                .parse::<Builtin>()
                .unwrap_err()
                .contains("use all, none")
        );
    }

    #[test]
    fn a_clock_rate_is_a_positive_number() {
        assert_eq!(clock_rate("240"), Ok(240.0));
        for wrong in ["0", "-1", "fast", "NaN", "inf"] {
            assert!(clock_rate(wrong).is_err(), "{wrong}");
        }
    }
}

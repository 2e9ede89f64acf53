//! `hms personal …`: what is kept of people, apart from their cases.

mod erase;
mod rotate;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use hms_engine::Time;

use super::Failed;
use crate::clock::{moment, wall_ms};
use crate::node::Place;
use crate::store::{Store, StoreError};

/// `hms personal …`: personal data
#[derive(Debug, Args)]
pub(super) struct Personal {
    #[command(subcommand)]
    verb: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Erase the personal data of a run. The run, its figures and its audit trail stay as they are. Works beside a running server
    Erase(erase::Erase),
    /// Seal all personal data anew by the first key, so that former ones can be taken away. Works beside a running server; interrupted, it goes on where it was
    Rotate(rotate::Rotate),
}

/// Does what `hms personal …` was told.
pub(super) async fn run(personal: Personal) -> Result<(), Failed> {
    match personal.verb {
        What::Erase(args) => erase::run(args).await,
        What::Rotate(args) => rotate::run(args).await,
    }
}

/// Where the data is.
#[derive(Args)]
struct Where {
    /// Where runs are kept: sqlite://PATH or postgres://USER@HOST/NAME. Without it, hms.db in the data folder
    #[arg(
        long,
        env = "HMS_DATABASE_URL",
        value_name = "URL",
        hide_env_values = true
    )]
    database_url: Option<String>,

    /// The folder where data is kept
    #[arg(long, env = "HMS_DATA_DIR", value_name = "DIR", default_value = "data")]
    data_dir: PathBuf,
}

/// Without what the address may hold.
impl std::fmt::Debug for Where {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Where")
            .field("data_dir", &self.data_dir)
            .finish_non_exhaustive()
    }
}

impl Where {
    async fn open(&self) -> Result<Store, Failed> {
        let place = Place {
            data_dir: self.data_dir.clone(),
            database_url: self.database_url.clone(),
            workflows: None,
            clock_rate: 1.0,
        };
        Ok(place.database()?.open().await?)
    }
}

/// Workflow time, as the nodes have it.
async fn now(store: &Store) -> Result<Time, StoreError> {
    let clock = store.journal().await?.clock().await?;
    Ok(match clock {
        Some((anchor, latest)) => moment(anchor.at(wall_ms()).max(latest)),
        None => moment(wall_ms()),
    })
}

//! `hms token …`: the tokens of programs that call the HTTP API.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use hms_engine::ActorPattern;
use uuid::Uuid;

use super::Failed;
use super::table::{Table, say};
use crate::clock::{moment, wall_ms};
use crate::identity::{Verb, fresh_token, token_hash};
use crate::node::Place;
use crate::store::{Store, TokenRow};

/// Longest name, in characters.
const NAME_CHARS_MAX: usize = 100;
const DAY_MS: i64 = 24 * 3_600_000;
/// The longest life of a token, in days: ten years.
const DAYS_MAX: i64 = 3_650;

/// `hms token …`: the tokens of programs
#[derive(Debug, Args)]
pub(super) struct Token {
    #[command(subcommand)]
    verb: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Make a token and print it once
    Create(Create),
    /// List the tokens: what each is good for, until when, and when it was last used
    List(Kept),
    /// End a token. Every server believes it for five seconds more at most
    Revoke(Revoke),
}

/// `hms token create`: makes a token. Works beside a running server.
#[derive(Debug, Args)]
struct Create {
    /// Whose tasks it may see and work on: AI:fraud-labeler, or a beginning, SVC:*. May be given several times
    #[arg(long = "actor", value_name = "ACTOR")]
    actors: Vec<ActorPattern>,

    /// What else it may do: emit events, read runs and reports, deploy definitions, change runs. May be given several times
    #[arg(long = "may", value_name = "VERB")]
    verbs: Vec<Verb>,

    /// When it ends: 90d, at most 3650d. Without it, when it is revoked
    #[arg(long, value_name = "DAYS", value_parser = days)]
    expires: Option<i64>,

    /// What it is for, to tell it from others
    #[arg(long, default_value = "")]
    name: String,

    #[command(flatten)]
    kept: Kept,
}

#[derive(Debug, Args)]
struct Revoke {
    /// The token's id, as `hms token list` shows it
    id: Uuid,

    #[command(flatten)]
    kept: Kept,
}

/// Where tokens are kept.
#[derive(Debug, Args)]
struct Kept {
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

impl Kept {
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

fn days(text: &str) -> Result<i64, String> {
    text.strip_suffix('d')
        .and_then(|days| days.parse().ok())
        .filter(|days| (1..=DAYS_MAX).contains(days))
        .ok_or_else(|| format!("write days, from 1d to {DAYS_MAX}d, like 90d"))
}

/// Does what `hms token …` was told.
pub(super) async fn run(token: Token) -> Result<(), Failed> {
    match token.verb {
        What::Create(args) => create(args).await,
        What::List(kept) => list(&kept).await,
        What::Revoke(args) => revoke(&args).await,
    }
}

async fn create(args: Create) -> Result<(), Failed> {
    if args.actors.is_empty() && args.verbs.is_empty() {
        return Err(Failed(
            "a token must be good for something – say --actor AI:NAME, or --may emit, read, deploy or change"
                .to_owned(),
        ));
    }
    let name = args.name.trim().to_owned();
    if name.chars().count() > NAME_CHARS_MAX {
        return Err(Failed(format!(
            "--name wants {NAME_CHARS_MAX} characters at most"
        )));
    }
    let secret = fresh_token();
    let created_ms = wall_ms();
    let mut verbs = args.verbs;
    verbs.sort_unstable();
    verbs.dedup();
    let row = TokenRow {
        id: Uuid::now_v7(),
        hash: token_hash(&secret),
        name,
        actors: args.actors,
        verbs,
        created_ms,
        expires_ms: args.expires.map(|days| created_ms + days * DAY_MS),
        last_used_ms: None,
        revoked_ms: None,
    };
    let store = args.kept.open().await?;
    let added = store.tokens().add(&row).await;
    store.close().await;
    added?;
    say(&format!(
        "made: {} for {}\ntoken: {}\nIt is shown this once. Send it as \"Authorization: Bearer TOKEN\", or set HMS_API_TOKEN.\n",
        row.id,
        good_for(&row),
        secret.0
    ));
    Ok(())
}

async fn list(kept: &Kept) -> Result<(), Failed> {
    let store = kept.open().await?;
    let all = store.tokens().all().await;
    store.close().await;
    let now = wall_ms();
    let mut table = Table::new(&["ID", "GOOD FOR", "MADE", "ENDS", "LAST USED", "NAME"]);
    for token in all? {
        table.row(vec![
            token.id.to_string(),
            good_for(&token),
            day(Some(token.created_ms)),
            match token.revoked_ms {
                Some(_) => "revoked".to_owned(),
                None if token.is_good(now) => day(token.expires_ms),
                None => "expired".to_owned(),
            },
            day(token.last_used_ms),
            token.name,
        ]);
    }
    say(&table.lines());
    Ok(())
}

async fn revoke(args: &Revoke) -> Result<(), Failed> {
    let store = args.kept.open().await?;
    let done = store.tokens().revoke(args.id, wall_ms()).await;
    store.close().await;
    match done? {
        true => {
            say(&format!("revoked: {}\n", args.id));
            Ok(())
        }
        false => Err(Failed(format!(
            "there is no token {} that has not been revoked – `hms token list` shows them",
            args.id
        ))),
    }
}

fn good_for(token: &TokenRow) -> String {
    let actors = token.actors.iter().map(ActorPattern::to_string);
    let verbs = token.verbs.iter().map(|verb| verb.as_str().to_owned());
    actors.chain(verbs).collect::<Vec<_>>().join(", ")
}

fn day(ms: Option<i64>) -> String {
    ms.map_or_else(
        || "–".to_owned(),
        |ms| moment(ms).format("%Y-%m-%d %H:%M").to_string(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_life_is_told_in_days() {
        assert_eq!(days("90d"), Ok(90));
        for wrong in ["90", "0d", "-1d", "4000d", "d", "3w"] {
            assert!(days(wrong).unwrap_err().contains("like 90d"), "{wrong}");
        }
    }
}

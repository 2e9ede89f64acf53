//! `hms user …`: the staff.

use std::io::Read;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use hms_app::views::NAME_CHARS_MAX;
use hms_forms::looks_like_email;
use uuid::Uuid;

use super::Failed;
use crate::clock::wall_ms;
use crate::identity::private_file::make_folder;
use crate::identity::{
    HeldRole, PASSWORD_CHARS_MAX, PASSWORD_CHARS_MIN, Passwords, fresh_password, new_link,
    normal_email,
};
use crate::node::Place;
use crate::store::{Account, Added, Database, LinkPurpose};

/// `hms user …`: the staff
#[derive(Debug, Args)]
pub struct User {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Add a person to the staff
    Add(Add),
}

/// `hms user add`: adds a person. Works beside a running server.
#[derive(Debug, Clone, Args)]
pub struct Add {
    /// What they sign in with
    #[arg(long, value_name = "ADDRESS")]
    pub email: String,

    /// The name others see
    #[arg(long)]
    pub name: String,

    /// A role: administrator, auditor, supervisor, investigator, or any other a definition names after HUMAN:; ROLE@WORKFLOW is the role in that workflow's cases only. May be given several times
    #[arg(long = "role", value_name = "ROLE", required = true)]
    pub roles: Vec<String>,

    /// The language of messages to them: en or es
    #[arg(long, value_name = "LANGUAGE", value_parser = ["en", "es"])]
    pub language: Option<String>,

    /// Read the password from standard input. Without it, one is made and printed once
    #[arg(long)]
    pub password_stdin: bool,

    /// Set no password: a link to choose one is mailed to them by the servers at work on this database, good for 7 days
    #[arg(long, conflicts_with = "password_stdin")]
    pub invite: bool,

    /// Where runs are kept: sqlite://PATH or postgres://USER@HOST/NAME. Without it, hms.db in the data folder
    #[arg(
        long,
        env = "HMS_DATABASE_URL",
        value_name = "URL",
        hide_env_values = true
    )]
    pub database_url: Option<String>,

    /// The folder where data is kept
    #[arg(long, env = "HMS_DATA_DIR", value_name = "DIR", default_value = "data")]
    pub data_dir: PathBuf,
}

/// Does what `hms user …` was told.
pub(super) async fn run(user: User) -> Result<(), Failed> {
    let Verb::Add(args) = user.verb;
    let place = Place {
        data_dir: args.data_dir.clone(),
        database_url: args.database_url.clone(),
        workflows: None,
        clock_rate: 1.0,
    };
    if args.invite {
        let email = invite(&args, &place.database()?).await?;
        say(&format!(
            "invited: {email} ({}) – the link is mailed by hms serve",
            args.roles.join(", ")
        ));
        return Ok(());
    }
    let (password, made) = if args.password_stdin {
        (typed(&mut std::io::stdin().lock())?, false)
    } else {
        (fresh_password(), true)
    };
    let database = place.database()?;
    if let Database::File(path) = &database
        && let Some(folder) = path.parent()
    {
        make_folder(folder)?;
    }
    let email = add(&args, &password, &database).await?;
    let secret = if made {
        format!("\npassword: {password}")
    } else {
        String::new()
    };
    say(&format!(
        "added: {email} ({}){secret}",
        args.roles.join(", ")
    ));
    Ok(())
}

/// Adds a person to the staff of a database; gives the address they sign in with.
pub async fn add(args: &Add, password: &str, database: &Database) -> Result<String, Failed> {
    let account = checked(args)?;
    let chars = password.chars().count();
    if !(PASSWORD_CHARS_MIN..=PASSWORD_CHARS_MAX).contains(&chars) {
        return Err(Failed(format!(
            "the password has {chars} characters – use {PASSWORD_CHARS_MIN} to {PASSWORD_CHARS_MAX}"
        )));
    }
    let account = Account {
        password_hash: Passwords::default().hash(password).await?,
        ..account
    };
    let store = database.open().await?;
    let added = store.people().add(&account).await;
    store.close().await;
    match added? {
        Added::Yes => Ok(account.email),
        Added::EmailTaken => Err(taken(&account.email)),
    }
}

/// Adds a person who chooses their password by a mailed link; gives the address it goes to.
pub async fn invite(args: &Add, database: &Database) -> Result<String, Failed> {
    let account = checked(args)?;
    let link = new_link(account.id, LinkPurpose::Invite, account.created_ms);
    let store = database.open().await?;
    let people = store.people();
    let added = people
        .accounts()
        .invite(&account, &link, "hms user add")
        .await;
    store.close().await;
    match added? {
        Added::Yes => Ok(account.email),
        Added::EmailTaken => Err(taken(&account.email)),
    }
}

fn taken(email: &str) -> Failed {
    Failed(format!(
        "{email} belongs to somebody already – use another --email"
    ))
}

fn checked(args: &Add) -> Result<Account, Failed> {
    let email = normal_email(&args.email);
    if !looks_like_email(&email) {
        return Err(Failed(format!(
            "\"{email}\" is no e-mail address – use one like name@example.org"
        )));
    }
    let name = args.name.trim().to_owned();
    if name.is_empty() || name.chars().count() > NAME_CHARS_MAX {
        return Err(Failed(format!(
            "--name wants 1 to {NAME_CHARS_MAX} characters"
        )));
    }
    let mut roles = args.roles.clone();
    roles.sort();
    roles.dedup();
    for role in &roles {
        role.parse::<HeldRole>()?;
    }
    Ok(Account {
        id: Uuid::now_v7(),
        email,
        name,
        roles,
        language: args.language.clone(),
        password_hash: String::new(),
        created_ms: wall_ms(),
        disabled_ms: None,
    })
}

/// The first line, without its end.
fn typed(input: &mut dyn Read) -> Result<String, Failed> {
    let mut text = String::new();
    // A little more than the longest password has bytes: enough to tell that it is too long.
    let bytes_max = PASSWORD_CHARS_MAX as u64 * 4 + 4;
    input.take(bytes_max).read_to_string(&mut text)?;
    Ok(text.lines().next().unwrap_or_default().to_owned())
}

#[expect(clippy::print_stdout, reason = "a command speaks to who started it")]
fn say(text: &str) {
    println!("{text}");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(email: &str, name: &str, roles: &[&str]) -> Add {
        Add {
            email: email.to_owned(),
            name: name.to_owned(),
            roles: roles.iter().map(|role| (*role).to_owned()).collect(),
            language: Some("es".to_owned()),
            password_stdin: true,
            invite: false,
            database_url: None,
            data_dir: PathBuf::from("unused"),
        }
    }

    #[tokio::test]
    async fn a_person_is_added_once() {
        let folder = tempfile::tempdir().unwrap();
        let database = Database::File(folder.path().join("hms.db"));
        let maria = args(
            " Maria@Agency.example",
            "Maria Lopez",
            &["supervisor@Claim", "director"],
        );
        let added = add(&maria, "correct horse battery", &database).await;
        assert_eq!(added.unwrap(), "maria@agency.example");
        let store = database.open().await.unwrap();
        let kept = store.people().account("maria@agency.example").await;
        let kept = kept.unwrap().unwrap();
        assert_eq!(kept.name, "Maria Lopez");
        assert_eq!(kept.language.as_deref(), Some("es"));
        assert_eq!(kept.roles, ["director", "supervisor@Claim"]);
        let passwords = Passwords::default();
        let fits = passwords.is("correct horse battery", Some(&kept.password_hash));
        assert!(fits.await.unwrap());
        let again = add(&maria, "correct horse battery", &database).await;
        assert!(again.unwrap_err().0.contains("belongs to somebody already"));
    }

    #[tokio::test]
    async fn what_is_wrong_is_told_before_anything_is_made() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hms.db");
        let database = Database::File(path.clone());
        let good = "correct horse battery";
        for (args, password, told) in [
            (args("maria", "M", &["x"]), good, "no e-mail address"),
            (args("m@a.example", "  ", &["x"]), good, "--name wants"),
            (args("m@a.example", "M", &["x*"]), good, "is no role"),
            (args("m@a.example", "M", &["x@"]), good, "one workflow only"),
            (args("m@a.example", "M", &["x"]), "short", "use 12 to 256"),
        ] {
            let refused = add(&args, password, &database).await.unwrap_err();
            assert!(refused.0.contains(told), "{}", refused.0);
        }
        assert!(!path.exists());
    }

    #[test]
    fn a_password_is_the_first_line() {
        assert_eq!(typed(&mut "a b c\r\nx\n".as_bytes()).unwrap(), "a b c");
        assert_eq!(typed(&mut "".as_bytes()).unwrap(), "");
    }
}

//! The people of the demonstration, with passwords made for this installation: one for each role of the fraud
//! complaint and of the house, and one who has all the other roles that the definitions name.

use std::collections::{BTreeSet, HashMap};
use std::io;
use std::path::Path;

use hms_app::views::{DemoPerson, DemoView};
use uuid::Uuid;

use super::{
    ADMINISTRATOR, AUDITOR, INVESTIGATOR, Passwords, SUPERVISOR, fresh_password, private_file,
    signature,
};
use crate::clock::wall_ms;
use crate::store::{Account, Added, People, StoreError};

/// The file under the data folder that keeps the passwords, so that a restart prints the same.
const FILE: &str = "demo-passwords";

/// Name and role; the address is the role at `demo.example`.
const CAST: [(&str, &str); 5] = [
    ("Ivy Ortiz", INVESTIGATOR),
    ("Sam Okafor", SUPERVISOR),
    ("Ada Lindqvist", ADMINISTRATOR),
    ("Noor Haddad", AUDITOR),
    ("Olu Mensah", OFFICER),
];
/// Whoever has the roles that nobody else of the cast has.
const OFFICER: &str = "officer";

/// Why the demonstration's people could not be made.
#[derive(Debug, thiserror::Error)]
pub enum NoCast {
    /// The file of passwords cannot be read or written.
    #[error("{FILE} in the data folder: {0}")]
    File(#[from] io::Error),
    /// The store did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A password could not be hashed.
    #[error(transparent)]
    Password(#[from] super::password::NotHashed),
    /// The demonstration has nobody of this role.
    #[error("the demonstration has no {0}")]
    NoSuchRole(String),
}

/// Makes the people of the demonstration, or finds them as the start before left them. `roles` are those that the
/// definitions in force name.
pub async fn people(
    people: &dyn People,
    data_dir: &Path,
    roles: BTreeSet<String>,
) -> Result<DemoView, NoCast> {
    let path = data_dir.join(FILE);
    let kept = match std::fs::read_to_string(&path) {
        Ok(text) => read(&text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => HashMap::new(),
        Err(error) => return Err(error.into()),
    };
    let cast: Vec<DemoPerson> = CAST
        .iter()
        .map(|(name, role)| {
            let email = email(role);
            let password = kept.get(&email).cloned().unwrap_or_else(fresh_password);
            DemoPerson {
                email,
                password,
                name: (*name).to_owned(),
                role: (*role).to_owned(),
            }
        })
        .collect();
    // The file first: a crash between the two leaves a password that is set at the next start.
    if cast.iter().any(|person| !kept.contains_key(&person.email)) {
        private_file::replace(&path, written(&cast).as_bytes())?;
    }
    for person in &cast {
        let own = match person.role.as_str() {
            OFFICER => roles
                .iter()
                .filter(|role| CAST.iter().all(|(_, known)| known != role))
                .cloned()
                .collect(),
            role => vec![role.to_owned()],
        };
        admit(people, person, own).await?;
    }
    Ok(DemoView { people: cast })
}

/// How the audit trail names the demonstration's person of a role.
pub async fn who(people: &dyn People, role: &str) -> Result<String, NoCast> {
    let account = people.account(&email(role)).await?;
    let account = account.ok_or_else(|| NoCast::NoSuchRole(role.to_owned()))?;
    Ok(signature(account.id))
}

fn email(role: &str) -> String {
    format!("{role}@demo.example")
}

/// Adds the person, or sets the password when it is another than the one printed, and the roles when they changed.
async fn admit(people: &dyn People, person: &DemoPerson, roles: Vec<String>) -> Result<(), NoCast> {
    let passwords = Passwords::default();
    if let Some(account) = people.account(&person.email).await? {
        let kept = Some(account.password_hash.as_str());
        if !passwords.is(&person.password, kept).await? {
            let hash = passwords.hash(&person.password).await?;
            people.set_password(&person.email, &hash).await?;
        }
        if account.roles != roles {
            people.set_roles(&person.email, &roles).await?;
        }
        return Ok(());
    }
    let added = people
        .add(&Account {
            id: Uuid::now_v7(),
            email: person.email.clone(),
            name: person.name.clone(),
            roles,
            language: None,
            password_hash: passwords.hash(&person.password).await?,
            created_ms: wall_ms(),
            disabled_ms: None,
        })
        .await?;
    if added == Added::EmailTaken {
        tracing::debug!("another start of the demonstration was faster");
    }
    Ok(())
}

fn read(text: &str) -> HashMap<String, String> {
    text.lines()
        .filter_map(|line| line.split_once(' '))
        .map(|(email, password)| (email.to_owned(), password.trim().to_owned()))
        .collect()
}

fn written(cast: &[DemoPerson]) -> String {
    cast.iter()
        .map(|person| format!("{} {}\n", person.email, person.password))
        .collect()
}

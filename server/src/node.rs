//! Brings a node up: the store, workflow time, the definitions, the orchestrator.

use std::collections::BTreeSet;
use std::fmt;
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use hms_engine::{ActorKind, Diagnostic};

use crate::calendars::{CalendarFile, Weighed};
use crate::clock::{Anchor, WorkflowClock, wall_ms};
use crate::identity::private_file::make_folder;
use crate::identity::{KeyText, VAULT_FILE, Vault};
use crate::orchestrator::{Conductor, Ids, Orchestrator, Refusal, Registry};
use crate::shipped;
use crate::store::postgres::PostgresStore;
use crate::store::{Database, Journal, Store, StoreError};

/// Why a node does not come up; each is one clear line.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The data folder cannot be made or written.
    #[error("cannot write to the data folder {path}: {error} – choose another with --data-dir")]
    DataDir {
        /// The folder.
        path: PathBuf,
        /// What the system says.
        error: std::io::Error,
    },
    /// Another process works on the same data.
    #[error(
        "{0} is in use by another hms – stop that one, or choose another folder with --data-dir"
    )]
    InUse(PathBuf),
    /// The database URL is of a kind this version does not know.
    #[error(
        "\"{0}\" is no database this version knows – use sqlite://PATH or postgres://USER@HOST/NAME"
    )]
    DatabaseUrl(String),
    /// The store does not open.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The keys of personal data cannot be read.
    #[error("the keys of personal data: {0}")]
    Vault(std::io::Error),
    /// What is kept was sealed by a key that is not here.
    #[error(
        "{0} is missing, or is without the key that personal data in this database is sealed by – put the file back, \
         or copy it from the data folder of a node that is at work"
    )]
    OtherVault(PathBuf),
    /// The keys that the environment hands over are none.
    #[error(
        "HMS_PERSONAL_KEY (or --personal-key) must hold 1 to 16 keys of 64 hexadecimal digits, the current one first"
    )]
    KeyText,
    /// There are keys at two places.
    #[error(
        "there is a {0}, and HMS_PERSONAL_KEY (or --personal-key) is set too – keep one of the two, so that it is clear \
         which keys count"
    )]
    TwoKeys(PathBuf),
    /// What is kept was sealed by a key that the environment does not hand over.
    #[error(
        "HMS_PERSONAL_KEY (or --personal-key) is without the key that personal data in this database is sealed by – add it \
         after the current one, or give the one that was used before"
    )]
    OtherKeyText,
    /// The folder of definitions cannot be read.
    #[error("cannot read the workflows in {path}: {error}")]
    Workflows {
        /// The folder.
        path: PathBuf,
        /// What the system says.
        error: std::io::Error,
    },
    /// A definition has errors, rendered for people.
    #[error("{0}")]
    Definition(String),
    /// Something the orchestrator refused.
    #[error(transparent)]
    Refused(#[from] Refusal),
}

/// An opened store, not yet at work. The lock of a file keeps a second process from it.
pub struct Opened {
    /// The store.
    pub store: Store,
    /// Workflow time.
    pub clock: Arc<WorkflowClock>,
    journal: Box<dyn Journal>,
    registry: Arc<Registry>,
    lock: Option<File>,
}

/// What a node is opened with.
#[derive(Clone)]
pub struct Place {
    /// Where data is kept.
    pub data_dir: PathBuf,
    /// `sqlite://PATH` or `postgres://…`; without it `hms.db` in the data folder.
    pub database_url: Option<String>,
    /// The definitions to deploy; without it those shipped with the program.
    pub workflows: Option<PathBuf>,
    /// Workflow seconds per wall second.
    pub clock_rate: f64,
}

/// Without what the address of the database may hold.
impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Place")
            .field("data_dir", &self.data_dir)
            .field(
                "database_url",
                &self.database_url.as_deref().map(without_secrets),
            )
            .field("workflows", &self.workflows)
            .field("clock_rate", &self.clock_rate)
            .finish()
    }
}

impl Place {
    /// Where runs are kept.
    pub fn database(&self) -> Result<Database, StartError> {
        match self.database_url.as_deref() {
            None => Ok(Database::File(self.data_dir.join("hms.db"))),
            Some(url) if PostgresStore::is_url(url) => Ok(Database::Server(url.to_owned())),
            Some(url) => match url.strip_prefix("sqlite://") {
                Some(path) if !path.is_empty() => Ok(Database::File(PathBuf::from(path))),
                _ => Err(StartError::DatabaseUrl(without_secrets(url))),
            },
        }
    }
}

fn without_secrets(url: &str) -> String {
    url.split_once("://")
        .map_or_else(|| "…".to_owned(), |(scheme, _)| format!("{scheme}://…"))
}

/// Opens the store and loads every definition a run may have. The keys of personal data are those of the data folder.
pub async fn open(place: &Place) -> Result<Opened, StartError> {
    open_with(place, None).await
}

/// The same with keys of personal data that the environment may hand over.
pub async fn open_with(place: &Place, keys: Option<&KeyText>) -> Result<Opened, StartError> {
    let data_dir = |error| StartError::DataDir {
        path: place.data_dir.clone(),
        error,
    };
    make_folder(&place.data_dir).map_err(data_dir)?;
    let database = place.database()?;
    let lock = match &database {
        Database::File(path) => Some(lock(&path.with_extension("lock"))?),
        Database::Server(_) => None,
    };
    let store = database.open().await?;
    let mut journal = store.journal().await?;
    let clock = Arc::new(open_clock(journal.as_mut(), place.clock_rate).await?);
    let files = calendars(place.workflows.as_deref())?;
    let mut opened = Opened {
        store,
        clock,
        journal,
        registry: Arc::new(Registry::default()),
        lock,
    };
    opened
        .registry
        .keep_vault(vault(&place.data_dir, keys, &opened.store).await?);
    opened.load(&files).await?;
    for (name, source) in definitions(place.workflows.as_deref())? {
        opened.deploy(&name, &source).await?;
    }
    Ok(opened)
}

impl Opened {
    /// Takes in the calendars and definitions that are kept, and puts in force what the calendars' files
    /// have to say to them.
    async fn load(&mut self, files: &[CalendarFile]) -> Result<(), StartError> {
        let shelf = self.store.shelf();
        for calendar in shelf.calendars().await? {
            self.registry.take_in_calendar(&calendar);
        }
        // A calendar nobody knows is put in force first: definitions that are kept may name it.
        let (new, known): (Vec<_>, Vec<_>) = files
            .iter()
            .partition(|file| self.registry.calendar(&file.calendar.id).is_none());
        for file in new {
            self.deploy_calendar(file).await?;
        }
        for version in shelf.workflow_versions().await? {
            self.registry.take_in(&version);
        }
        for file in known {
            let now = self.clock.now();
            let weighed = file.weigh(&self.registry, shelf.as_ref(), now).await?;
            if matches!(weighed, Weighed::ToDeploy) {
                self.deploy_calendar(file).await?;
            } else if let Some(told) = file.left_out(&weighed) {
                tracing::warn!(calendar.id = %file.calendar.id, "{told}");
            }
        }
        Ok(())
    }

    async fn deploy_calendar(&mut self, file: &CalendarFile) -> Result<(), StartError> {
        let mut conductor = self.conductor(true).await?;
        let (now, by) = (self.clock.now(), file.by().to_owned());
        let source = &file.calendar.source;
        let deployed = conductor.put_calendar_in_force(now, by, source).await?;
        if deployed.changed {
            tracing::info!(
                calendar.id = %deployed.id, calendar.version = %deployed.version,
                "calendar in force"
            );
        }
        Ok(())
    }

    async fn deploy(&mut self, name: &str, source: &str) -> Result<(), StartError> {
        let mut conductor = self.conductor(true).await?;
        match conductor
            .put_in_force(self.clock.now(), "hms serve".to_owned(), source)
            .await
        {
            Ok(deployed) if deployed.changed => {
                tracing::info!(
                    workflow.id = %deployed.id, workflow.version = %deployed.version,
                    "definition in force"
                );
                Ok(())
            }
            Ok(_) => Ok(()),
            Err(Refusal::BadDefinition(faults)) => {
                Err(StartError::Definition(rendered(name, source, &faults)))
            }
            Err(refusal) => Err(refusal.into()),
        }
    }

    /// The roles of people that the definitions in force name, for a task or to be told.
    pub(crate) fn roles(&self) -> BTreeSet<String> {
        let in_force = self.registry.all();
        let actors = in_force.iter().flat_map(|workflow| workflow.actors());
        actors
            .filter(|actor| actor.kind == ActorKind::Human)
            .map(|actor| actor.name.clone())
            .collect()
    }

    /// A conductor without a queue, for what is done before the node is at work.
    pub(crate) async fn conductor(&self, quiet: bool) -> Result<Conductor, StoreError> {
        let journal = self.store.unsynced_journal().await?;
        let registry = self.registry.clone();
        Ok(Conductor::new(journal, registry, Ids::by_chance(), quiet))
    }

    /// Starts the orchestrator. The lock is held as long as the returned guard.
    pub fn start(self) -> (Orchestrator, Store, Option<File>) {
        let store = self.store;
        let orchestrator = Orchestrator::start(
            self.clock,
            store.shelf(),
            self.journal,
            self.registry,
            store.news(),
        );
        (orchestrator, store, self.lock)
    }
}

/// The keys of personal data. They are made once, for a database that has none yet: a new key in the place of a lost
/// one would open nothing that is kept.
pub(crate) async fn vault(
    data_dir: &Path,
    keys: Option<&KeyText>,
    store: &Store,
) -> Result<Vault, StartError> {
    let path = data_dir.join(VAULT_FILE);
    let other = || match keys {
        Some(_) => StartError::OtherKeyText,
        None => StartError::OtherVault(path.clone()),
    };
    let personal = store.personal();
    let known = personal.personal_key(None).await?;
    let vault = match keys {
        Some(_) if path.try_exists().map_err(StartError::Vault)? => {
            return Err(StartError::TwoKeys(path));
        }
        Some(text) => Vault::of_text(text).ok_or(StartError::KeyText)?,
        None if known.is_some() => Vault::kept_in(data_dir)
            .map_err(StartError::Vault)?
            .ok_or_else(other)?,
        None => Vault::of_folder(data_dir).map_err(StartError::Vault)?,
    };
    let print = personal.personal_key(Some(vault.print())).await?;
    match print.is_some_and(|print| vault.has(&print)) {
        true => Ok(vault),
        false => Err(other()),
    }
}

/// Keeps every other process from a database file as long as the answer is held.
pub(crate) fn lock(path: &Path) -> Result<File, StartError> {
    let data_dir = |error| StartError::DataDir {
        path: path.to_owned(),
        error,
    };
    let file = File::create(path).map_err(data_dir)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StartError::InUse(path.with_extension("db"))),
        Err(TryLockError::Error(error)) => Err(data_dir(error)),
    }
}

/// Workflow time goes on where the store's anchor puts it; another rate turns it from now on, at
/// every node.
async fn open_clock(journal: &mut dyn Journal, rate: f64) -> Result<WorkflowClock, StoreError> {
    let ahead_ms = journal.look().await?.ahead_ms;
    let wall = wall_ms() + ahead_ms;
    let (anchor, latest) = match journal.clock().await? {
        None => (
            Anchor {
                wall_ms: wall,
                workflow_ms: wall,
                rate,
            },
            0,
        ),
        Some((anchor, latest)) if anchor.rate == rate => (anchor, latest),
        Some((anchor, latest)) => {
            let turned = anchor.turned(wall, rate);
            (
                Anchor {
                    workflow_ms: turned.workflow_ms.max(latest),
                    ..turned
                },
                latest,
            )
        }
    };
    journal.set_clock(anchor, latest).await?;
    let clock = WorkflowClock::new(anchor, latest);
    clock.set(None, ahead_ms);
    Ok(clock)
}

/// The definitions to deploy: (name, text).
pub(crate) fn definitions(folder: Option<&Path>) -> Result<Vec<(String, String)>, StartError> {
    let Some(folder) = folder else {
        return Ok(shipped::definitions());
    };
    let unreadable = |error| StartError::Workflows {
        path: folder.to_owned(),
        error,
    };
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path
            .extension()
            .is_some_and(|ending| ending == "yml" || ending == "yaml")
        {
            let source = std::fs::read_to_string(&path).map_err(unreadable)?;
            found.push((path.display().to_string(), source));
        }
    }
    found.sort();
    Ok(found)
}

/// The files of the calendars that the definitions to deploy may name.
pub(crate) fn calendars(folder: Option<&Path>) -> Result<Vec<CalendarFile>, StartError> {
    let unreadable = |error| StartError::Workflows {
        path: folder
            .unwrap_or(Path::new(crate::calendars::FOLDER))
            .to_owned(),
        error,
    };
    let (files, bad) = crate::calendars::files(folder).map_err(unreadable)?;
    if bad.is_empty() {
        return Ok(files);
    }
    let told = bad
        .iter()
        .map(|one| rendered(&one.name, &one.source, &one.found))
        .collect::<Vec<_>>();
    Err(StartError::Definition(told.join("\n")))
}

/// Diagnostics as a person reads them.
pub(crate) fn rendered(name: &str, source: &str, faults: &[Diagnostic]) -> String {
    faults
        .iter()
        .map(|fault| fault.render(name, source))
        .collect::<Vec<_>>()
        .join("\n")
}

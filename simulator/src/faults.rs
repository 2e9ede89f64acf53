//! A journal whose commits fail when a plan says so, and what a crash leaves of its file.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use hms_server::clock::Anchor;
use hms_server::store::sqlite::SqliteJournal;
use hms_server::store::{
    Batch, CalendarVersion, Journal, Loaded, Look, Needed, StoreError, WorkflowVersion,
};
use uuid::Uuid;

use crate::dice::Dice;

/// What goes wrong at the next commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The transaction does not begin.
    NotBegun,
    /// The commit is refused, and nothing of it is kept.
    Refused,
    /// All is kept, and the answer is lost.
    Unheard,
    /// The process is killed before the commit.
    KilledBefore,
    /// The power fails while the commit is written.
    PowerCut,
    /// The process is killed after the commit, before anybody is answered.
    KilledAfter,
    /// Nothing is kept, and the store says it was. Never by chance: no store may do that, and the
    /// checks must find it out.
    Lied,
}

impl Fault {
    const ALL: [Fault; 6] = [
        Fault::NotBegun,
        Fault::Refused,
        Fault::Unheard,
        Fault::KilledBefore,
        Fault::PowerCut,
        Fault::KilledAfter,
    ];

    pub(crate) fn any(dice: &mut Dice) -> Fault {
        *dice.pick(&Fault::ALL)
    }

    fn kills(self) -> bool {
        matches!(
            self,
            Fault::KilledBefore | Fault::PowerCut | Fault::KilledAfter
        )
    }
}

/// The files of a store as a crash leaves them. What SQLite shares in memory is gone.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Image {
    database: Vec<u8>,
    log: Vec<u8>,
}

impl Image {
    /// The files as they are: to the operating system, what a killed process wrote is written.
    pub(crate) fn take(database: &Path) -> Image {
        Image {
            database: std::fs::read(database).unwrap(),
            // There is none before the first commit.
            log: std::fs::read(log_of(database)).unwrap_or_default(),
        }
    }

    /// Puts the files where a store is to be opened.
    pub(crate) fn put(&self, database: &Path) {
        std::fs::write(database, &self.database).unwrap();
        std::fs::write(log_of(database), &self.log).unwrap();
    }

    /// What is left when only a part of what changed reached the disk: the log is written from
    /// its beginning on, over what an older one left. None when the database itself changed: then
    /// the log had been synced.
    fn torn(before: &Image, after: &Image, dice: &mut Dice) -> Option<Image> {
        if before.database != after.database {
            return None;
        }
        // Pages are larger than this, and an unchanged one may be written again.
        const PIECE: usize = 512;
        let pieces = before.log.chunks(PIECE).zip(after.log.chunks(PIECE));
        let same = pieces.take_while(|(one, other)| one == other).count() * PIECE;
        let same = same.min(after.log.len());
        let cut = dice.between(same as u64, after.log.len() as u64) as usize;
        let mut log = after.log[..cut].to_vec();
        log.extend(before.log.get(cut..).unwrap_or_default());
        Some(Image {
            database: after.database.clone(),
            log,
        })
    }
}

fn log_of(database: &Path) -> PathBuf {
    database.with_extension("db-wal")
}

/// What is planned, and what came of it.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    pub(crate) fault: Option<(Fault, Dice)>,
    /// What a crash left; whoever finds it throws everything else away.
    pub(crate) crashed: Option<Image>,
    /// Commands in the commits that were tried since this was asked.
    pub(crate) tried: usize,
}

/// The real journal, and a plan of what goes wrong.
pub(crate) struct Faulty {
    journal: SqliteJournal,
    database: PathBuf,
    plan: Arc<Mutex<Plan>>,
}

impl Faulty {
    pub(crate) fn new(journal: SqliteJournal, database: &Path) -> (Faulty, Arc<Mutex<Plan>>) {
        let plan = Arc::<Mutex<Plan>>::default();
        let faulty = Faulty {
            journal,
            database: database.to_owned(),
            plan: plan.clone(),
        };
        (faulty, plan)
    }

    fn plan(&self) -> std::sync::MutexGuard<'_, Plan> {
        self.plan.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether this goes wrong now.
    fn fails(&self, fault: Fault) -> Result<(), StoreError> {
        let mut plan = self.plan();
        if plan.crashed.is_some() {
            return Err(lost());
        }
        match plan.fault {
            Some((planned, _)) if planned == fault => {
                plan.fault = None;
                Err(lost())
            }
            _ => Ok(()),
        }
    }
}

fn lost() -> StoreError {
    StoreError::Unavailable("as planned".to_owned())
}

/// A commit that will not be heard of.
struct Doom {
    fault: Fault,
    dice: Dice,
    before: Option<Image>,
}

impl Faulty {
    /// Before a commit: whether it is tried, and what becomes of it.
    fn before(&self) -> Result<Option<Doom>, StoreError> {
        let mut plan = self.plan();
        let planned = plan
            .fault
            .take_if(|(fault, _)| !matches!(fault, Fault::NotBegun));
        let Some((fault, dice)) = planned else {
            return Ok(None);
        };
        if fault == Fault::Refused {
            return Err(lost());
        }
        let before = fault.kills().then(|| Image::take(&self.database));
        if fault == Fault::KilledBefore {
            plan.crashed = before;
            return Err(lost());
        }
        Ok(Some(Doom {
            fault,
            dice,
            before,
        }))
    }

    fn after(&self, doom: Option<Doom>) -> Result<(), StoreError> {
        let Some(mut doom) = doom else {
            return Ok(());
        };
        if let Some(before) = doom.before {
            let after = Image::take(&self.database);
            let torn = match doom.fault {
                Fault::PowerCut => Image::torn(&before, &after, &mut doom.dice),
                _ => None,
            };
            self.plan().crashed = Some(torn.unwrap_or(after));
        }
        Err(lost())
    }
}

#[async_trait]
impl Journal for Faulty {
    fn shared(&self) -> bool {
        self.journal.shared()
    }

    async fn begin(&mut self, needed: &Needed) -> Result<Loaded, StoreError> {
        self.fails(Fault::NotBegun)?;
        self.journal.begin(needed).await
    }

    async fn more(&mut self, ids: &[Uuid]) -> Result<Loaded, StoreError> {
        self.journal.more(ids).await
    }

    async fn commit(&mut self, batch: Batch) -> Result<(), StoreError> {
        self.plan().tried += batch.audit.len();
        let doom = self.before()?;
        if doom.as_ref().is_some_and(|doom| doom.fault == Fault::Lied) {
            self.journal.abandon().await;
            return Ok(());
        }
        self.journal.commit(batch).await?;
        self.after(doom)
    }

    async fn abandon(&mut self) {
        self.journal.abandon().await;
    }

    async fn look(&mut self) -> Result<Look, StoreError> {
        self.journal.look().await
    }

    async fn probe(&mut self) -> Result<(), StoreError> {
        self.journal.probe().await
    }

    async fn deploy_calendar(&mut self, version: &CalendarVersion) -> Result<i64, StoreError> {
        let doom = self.before()?;
        let number = self.journal.deploy_calendar(version).await?;
        self.after(doom).map(|()| number)
    }

    async fn deploy(&mut self, version: &WorkflowVersion) -> Result<i64, StoreError> {
        let doom = self.before()?;
        let number = self.journal.deploy(version).await?;
        self.after(doom).map(|()| number)
    }

    async fn clock(&mut self) -> Result<Option<(Anchor, i64)>, StoreError> {
        self.journal.clock().await
    }

    async fn set_clock(&mut self, anchor: Anchor, latest_ms: i64) -> Result<(), StoreError> {
        self.journal.set_clock(anchor, latest_ms).await
    }
}

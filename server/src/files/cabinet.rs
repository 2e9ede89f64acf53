use std::sync::Arc;
use std::time::Duration;

use hms_app::views::FileAnswer;
use hms_forms::{FILE_BYTES_MAX, FILE_MB_MAX, Rule};
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{clean_name, media_of};
use crate::clock::wall_ms;
use crate::store::{FileRow, Files, StoreError, Unclaimed};

const HOUR_MS: i64 = 3_600_000;
/// How long a file waits for a case that names it.
const WAITS_MS: i64 = 24 * HOUR_MS;
/// How often those that waited in vain are looked for.
const SWEEP_EVERY: Duration = Duration::from_secs(3_600);
/// Files removed in one transaction: with the largest, what is deleted stays below 40 MB.
const SWEEP_FILES: u32 = 4;
/// The most that one sender's files may take while they wait for a case.
const SENDER_MAX: Unclaimed = Unclaimed {
    files: 100,
    bytes: 250 * 1024 * 1024,
};
/// The same of all senders together, so that nobody fills the disk.
const ALL_MAX: Unclaimed = Unclaimed {
    files: 20_000,
    bytes: 4 * 1024 * 1024 * 1024,
};
/// Files given out at once, each of which is in memory meanwhile.
const OUT_MAX: usize = 16;

/// Takes files in, gives them out, and removes those that nobody named. Cheap to clone.
#[derive(Clone)]
pub struct Cabinet {
    store: Arc<dyn Files>,
    out: Arc<Semaphore>,
}

/// Why a file was not kept.
#[derive(Debug, thiserror::Error)]
pub enum NotKept {
    /// It is not taken, or not now.
    #[error("{0}")]
    Refused(Rule),
    /// The store did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Cabinet {
    /// A cabinet over a store.
    pub fn new(store: Arc<dyn Files>) -> Cabinet {
        Cabinet {
            store,
            out: Arc::new(Semaphore::new(OUT_MAX)),
        }
    }

    /// Keeps a file for its owner; it is kept once this was answered. `sender` is who is counted for
    /// what waits for a case.
    pub async fn keep(
        &self,
        owner: &str,
        sender: &str,
        name: &str,
        bytes: &[u8],
    ) -> Result<FileAnswer, NotKept> {
        let size = bytes.len() as u64;
        match size {
            0 => return Err(NotKept::Refused(Rule::FileEmpty)),
            size if size > FILE_BYTES_MAX => {
                return Err(NotKept::Refused(Rule::FileTooLarge(FILE_MB_MAX)));
            }
            _ => {}
        }
        let media = media_of(name, bytes).ok_or(NotKept::Refused(Rule::FileKind))?;
        let [own, all] = self.store.waiting(sender).await?;
        if !fits(own, size, SENDER_MAX) || !fits(all, size, ALL_MAX) {
            tracing::warn!(
                sender.files = own.files,
                all.files = all.files,
                all.bytes = all.bytes,
                "a file was refused: too much waits for a case"
            );
            return Err(NotKept::Refused(Rule::FileNotKept));
        }
        let row = FileRow {
            file: FileAnswer {
                file: Uuid::now_v7(),
                name: clean_name(name, media),
                media: media.to_owned(),
                size,
                sha256: hex(&Sha256::digest(bytes)),
            },
            owner: owner.to_owned(),
            sender: sender.to_owned(),
            created_ms: wall_ms(),
            run_id: None,
        };
        self.store.keep(&row, bytes).await?;
        tracing::info!(file.id = %row.file.file, file.bytes = size, file.media = media, "file kept");
        Ok(row.file)
    }

    /// The files of an owner among these; the others are not theirs to name.
    pub async fn of_owner(&self, owner: &str, ids: &[Uuid]) -> Result<Vec<FileAnswer>, StoreError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let rows = self.store.files(ids).await?;
        let own = rows.into_iter().filter(|row| row.owner == owner);
        Ok(own.map(|row| row.file).collect())
    }

    /// A file that belongs to a case; none of one that is not there or still waits for one.
    pub async fn filed(&self, id: Uuid) -> Result<Option<FileRow>, StoreError> {
        let rows = self.store.files(&[id]).await?;
        Ok(rows.into_iter().find(|row| row.run_id.is_some()))
    }

    /// A file's bytes, exactly as they came in.
    pub async fn bytes(&self, file: &FileAnswer) -> Result<Vec<u8>, StoreError> {
        // The semaphore is never closed; without it a file is given out all the same.
        let _one_of = self.out.acquire().await.ok();
        let bytes = self.store.bytes(file.file).await?;
        if hex(&Sha256::digest(&bytes)) == file.sha256 {
            return Ok(bytes);
        }
        tracing::error!(file.id = %file.file, "a file is not what came in: its SHA-256 is another");
        Err(StoreError::Unreadable("a file".to_owned()))
    }

    /// Removes the files that waited in vain, now and once an hour until told to stop.
    pub async fn sweep(self, stop: CancellationToken) {
        loop {
            match self.sweep_once(wall_ms()).await {
                Ok(0) => {}
                Ok(files) => tracing::info!(files, "files that no case named were removed"),
                Err(error) => tracing::warn!(%error, "files that no case named stay for now"),
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(SWEEP_EVERY) => {}
            }
        }
    }

    /// Removes the files that by this moment of the wall clock waited in vain; how many.
    pub async fn sweep_once(&self, now_ms: i64) -> Result<u64, StoreError> {
        let mut removed = 0;
        // A few a transaction, so that runs are written in between.
        loop {
            let some = self
                .store
                .remove_unclaimed(now_ms - WAITS_MS, SWEEP_FILES)
                .await?;
            removed += some;
            if some < u64::from(SWEEP_FILES) {
                return Ok(removed);
            }
        }
    }
}

fn fits(waiting: Unclaimed, size: u64, most: Unclaimed) -> bool {
    waiting.files < most.files && waiting.bytes + size <= most.bytes
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

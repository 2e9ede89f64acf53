//! The program on a file of its own, and the empty file that each begins with.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use hms_server::clock::Anchor;
use hms_server::orchestrator::{Conductor, Ids, Registry};
use hms_server::store::sqlite::SqliteStore;
use hms_server::store::{CalendarShelf, Journal, Shelf};

use crate::faults::{Faulty, Image, Plan};
use crate::tables::Tables;
use crate::world::BEGIN;

/// A folder that is thrown away with its world. By hand: `tempfile` would have the server's
/// dependencies built with other features, and all of it again for the stage `simulator`.
struct Folder(PathBuf);

impl Folder {
    /// In memory where there is a place for that.
    fn new() -> Folder {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("hms-simulator-{}-{number}", std::process::id());
        let in_memory = Path::new("/dev/shm").join(&name);
        let path = match std::fs::create_dir(&in_memory) {
            Ok(()) => in_memory,
            Err(_) => {
                let path = std::env::temp_dir().join(name);
                std::fs::create_dir(&path).unwrap();
                path
            }
        };
        Folder(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What stays behind is in a folder for such things.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// An empty store, made once.
pub(crate) fn template() -> &'static Image {
    static TEMPLATE: OnceLock<Image> = OnceLock::new();
    TEMPLATE.get_or_init(|| {
        let folder = Folder::new();
        let database = folder.0.join("hms.db");
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        runtime.unwrap().block_on(async {
            let store = SqliteStore::open(&database).await.unwrap();
            let anchor = Anchor {
                wall_ms: BEGIN,
                workflow_ms: BEGIN,
                rate: 1.0,
            };
            let mut journal = store.journal().await.unwrap();
            journal.set_clock(anchor, BEGIN).await.unwrap();
            store.close().await;
        });
        Image::take(&database)
    })
}

/// The program at work on a file, from its start to its crash.
pub(crate) struct Node {
    pub(crate) conductor: Conductor,
    pub(crate) tables: Tables,
    pub(crate) plan: Arc<Mutex<Plan>>,
    pub(crate) database: PathBuf,
    _folder: Folder,
}

impl Node {
    /// Comes up on what a crash left.
    pub(crate) async fn start(image: &Image, ids: Ids) -> Result<Node, String> {
        let folder = Folder::new();
        let database = folder.0.join("hms.db");
        image.put(&database);
        let unopened = |error| format!("the store does not open again: {error}");
        let store = SqliteStore::open(&database).await.map_err(unopened)?;
        let registry = Arc::new(Registry::default());
        for calendar in store.calendars().await.map_err(unopened)? {
            registry.take_in_calendar(&calendar);
        }
        for version in store.workflow_versions().await.map_err(unopened)? {
            registry.take_in(&version);
        }
        let journal = store.journal().await.map_err(unopened)?;
        let (faulty, plan) = Faulty::new(journal, &database);
        Ok(Node {
            conductor: Conductor::new(Box::new(faulty), registry, ids, true),
            tables: Tables::open(&database).await,
            plan,
            database,
            _folder: folder,
        })
    }
}

use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hms_app::agency::{Agency, Refused, Token, Visitor};
use hms_app::views::{Draft, Filed, InboxTab, StatusView};
use hms_engine::{ActorPattern, TaskStatus};
use hms_server::clock::wall_ms;
use hms_server::files::Cabinet;
use hms_server::identity::{Doorkeeper, ServerKey, fresh_token, token_hash};
use hms_server::node::{self, Place};
use hms_server::orchestrator::{Orchestrator, TaskOrder, Workforce};
use hms_server::portal::Desk;
use hms_server::store::{
    Account, Added, Holder, NewSession, SessionOf, Store, TaskOrder as Order, TaskQuery, TaskRow,
};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection, Executor, SqliteConnection};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::postgres::Server;

/// A server without its ports: a store in a folder, the orchestrator at work, a desk.
pub(crate) struct House {
    folder: Arc<TempDir>,
    pub(crate) orchestrator: Orchestrator,
    pub(crate) store: Store,
    pub(crate) key: ServerKey,
    pub(crate) desk: Desk,
    pub(crate) stop: CancellationToken,
    _lock: Option<File>,
}

/// A house whose workflow time runs so many times as fast as the wall clock.
pub(crate) async fn house(clock_rate: f64) -> House {
    open(Arc::new(tempfile::tempdir().unwrap()), None, clock_rate).await
}

/// Two nodes on one PostgreSQL database, with one key.
pub(crate) async fn two_nodes() -> [House; 2] {
    let folder = Arc::new(tempfile::tempdir().unwrap());
    let url = Server::fresh_database().await;
    [
        open(folder.clone(), Some(url.clone()), 1.0).await,
        open(folder, Some(url), 1.0).await,
    ]
}

async fn open(folder: Arc<TempDir>, database_url: Option<String>, clock_rate: f64) -> House {
    let place = Place {
        data_dir: folder.path().to_owned(),
        database_url,
        workflows: None,
        clock_rate,
    };
    let (orchestrator, store, lock) = node::open(&place).await.unwrap().start();
    let key = ServerKey::of_folder(folder.path()).unwrap();
    let stop = CancellationToken::new();
    let workforce = Workforce::open(store.workforce(), &stop);
    let desk = Desk::new(
        orchestrator.clone(),
        Arc::new(Doorkeeper::new(store.people(), key.clone())),
        workforce,
        Cabinet::new(store.files()),
        folder.path().to_owned(),
        None,
    );
    House {
        folder,
        orchestrator,
        store,
        key,
        desk,
        stop,
        _lock: lock,
    }
}

pub(crate) fn draft(text: &str) -> Draft {
    Draft {
        id: Uuid::new_v4(),
        text: text.to_owned(),
        ..Draft::default()
    }
}

/// The reporter who holds this token.
pub(crate) fn reporter(token: &Token) -> Visitor {
    Visitor {
        reporter: Some(token.clone()),
        ..Visitor::default()
    }
}

impl House {
    /// Where what is kept is.
    pub(crate) fn file(&self) -> PathBuf {
        self.folder.path().join("hms.db")
    }

    /// Changes what is kept behind the program's back.
    pub(crate) async fn tamper(&self, sql: &str) {
        let url = format!("sqlite://{}", self.file().display());
        let mut connection = SqliteConnection::connect(&url).await.unwrap();
        let done = connection.execute(AssertSqlSafe(sql.to_owned())).await;
        assert!(done.unwrap().rows_affected() > 0, "nothing was changed");
        connection.close().await.unwrap();
    }

    /// Another doorkeeper for the same people.
    pub(crate) fn door(&self) -> Doorkeeper {
        Doorkeeper::new(self.store.people(), self.key.clone())
    }

    /// Puts a message where those are that the pages show.
    pub(crate) fn keep_mail(&self, message: &str) {
        let folder = self.folder.path().join("mail");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("kept.eml"), message).unwrap();
    }

    /// A signed-in person.
    pub(crate) async fn staff(&self, name: &str, roles: &[&str]) -> Visitor {
        let people = self.store.people();
        let account = Account {
            id: Uuid::now_v7(),
            email: format!("{}@agency.example", name.to_lowercase()),
            name: name.to_owned(),
            roles: roles.iter().map(|role| (*role).to_owned()).collect(),
            language: None,
            password_hash: "not used here".to_owned(),
            created_ms: wall_ms(),
            disabled_ms: None,
        };
        assert_eq!(people.add(&account).await.unwrap(), Added::Yes);
        let token = fresh_token();
        let session = NewSession {
            token_hash: token_hash(&token),
            of: SessionOf::Person(account.id),
            created_ms: wall_ms(),
            expires_ms: wall_ms() + 3_600_000,
        };
        people.open_session(&session).await.unwrap();
        Visitor {
            session: Some(token),
            ..Visitor::default()
        }
    }

    /// The open tasks of an actor.
    pub(crate) async fn open_tasks(&self, actor: &str) -> Vec<TaskRow> {
        let query = TaskQuery {
            actors: vec![actor.parse::<ActorPattern>().unwrap().into()],
            statuses: vec![TaskStatus::New, TaskStatus::Claimed],
            holder: Holder::Any,
            escalated: false,
            ready_at: None,
            order: Order::Deadline,
            after: None,
            limit: 100,
        };
        self.orchestrator.shelf().tasks(&query).await.unwrap()
    }

    /// Does the one open task of an actor.
    pub(crate) async fn work(&self, actor: &str, result: Value) {
        let tasks = self.open_tasks(actor).await;
        assert_eq!(tasks.len(), 1, "open tasks of {actor}");
        let order = TaskOrder::Complete { result };
        let done = self
            .orchestrator
            .task_order(tasks[0].task.id, "worker-1", order);
        done.await.unwrap();
    }

    /// Files a report that sounds severe, and labels it so.
    pub(crate) async fn severe_report(&self) -> Filed {
        let filed = self
            .desk
            .file_report(draft("They emptied my account."))
            .await;
        self.work("AI:fraud-labeler", severe()).await;
        filed.unwrap()
    }

    /// The only task under a person's tab.
    pub(crate) async fn only_task(&self, who: &Visitor, tab: InboxTab) -> Uuid {
        let inbox = self.desk.inbox(who, tab.into()).await.unwrap();
        assert_eq!(inbox.rows.len(), 1, "{:?}", inbox.rows);
        inbox.rows[0].id
    }

    /// A report's status as its reporter sees it.
    pub(crate) async fn status(&self, filed: &Filed) -> StatusView {
        let who = reporter(&filed.token);
        self.desk.status(&who, &filed.number).await.unwrap()
    }
}

/// What the labeller says of a severe complaint.
pub(crate) fn severe() -> Value {
    json!({
        "severity": "High",
        "confidence": 0.92,
        "reasons": ["money was lost", { "text": "the amount is over $5,000" }],
    })
}

/// Asks until the answer fits; a clock runs meanwhile.
pub(crate) async fn eventually<T>(what: &str, ask: impl AsyncFn() -> Option<T>) -> T {
    let until = Instant::now() + Duration::from_secs(30);
    while Instant::now() < until {
        if let Some(found) = ask().await {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("waited half a minute for {what}");
}

/// The refusal of what must not succeed.
pub(crate) fn refused<T: std::fmt::Debug>(answer: Result<T, Refused>) -> Refused {
    answer.unwrap_err()
}

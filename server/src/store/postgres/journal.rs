use std::time::{Duration, Instant};

use async_trait::async_trait;
use hms_engine::Time;
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Executor, Row, SqlSafeStr, SqlStr};
use uuid::Uuid;

use super::decode::json;
use super::outcome::Mark;
use super::write::plain;
use super::{PostgresStore, calendars, load, trail, write};
use crate::clock::{Anchor, wall_ms};
use crate::store::chain::Heads;
use crate::store::hot::HotForAll;
use crate::store::{
    Batch, CalendarVersion, Journal, Loaded, Look, Needed, Note, StoreError, WorkflowVersion,
};

/// Where this node writes runs: a connection of its own, made anew when it breaks. After an error it
/// is dropped, and what it had begun ends with it.
#[derive(Debug)]
pub struct PostgresJournal {
    store: PostgresStore,
    /// Who writes: the node, or one of its others beside the first.
    writer: Uuid,
    connection: Option<PgConnection>,
    hot: HotForAll,
    heads: Heads,
    /// The last deployment this node knows of.
    known: i64,
    /// How far the server's wall clock is ahead of this machine's.
    ahead_ms: i64,
    synced: bool,
}

/// How long the server may take over one call of the journal.
const ANSWER_MAX: Duration = Duration::from_secs(15);

impl PostgresJournal {
    pub(super) fn new(store: PostgresStore, synced: bool) -> PostgresJournal {
        PostgresJournal {
            writer: store.node,
            store,
            connection: None,
            hot: HotForAll::default(),
            heads: Heads::default(),
            known: 0,
            ahead_ms: 0,
            synced,
        }
    }

    /// How a transaction begins.
    fn words(&self) -> SqlStr {
        let able = &self.store.able;
        let words = if self.synced {
            &able.begin
        } else {
            &able.begin_unsynced
        };
        AssertSqlSafe(words.as_str()).into_sql_str()
    }

    /// Commits what is under way at a connection and keeps the connection while it is good.
    async fn end(&mut self, mut connection: PgConnection, mark: &Mark) -> Result<(), StoreError> {
        let commit = async {
            connection.execute("COMMIT").await?;
            Ok(())
        };
        if self.store.commit(mark, commit).await? {
            self.connection = Some(connection);
        }
        Ok(())
    }

    /// A connection at which a transaction has begun. One that was kept may have broken while it rested: nothing is lost
    /// with it, so that is nobody's trouble as long as there is another to be had.
    async fn begun(&mut self) -> Result<PgConnection, StoreError> {
        if let Some(mut kept) = self.connection.take() {
            let begins = tokio::time::timeout(ANSWER_MAX, kept.execute(self.words())).await;
            match begins {
                Ok(Ok(_)) => return Ok(kept),
                Ok(Err(error)) => tracing::debug!(%error, "a connection that rested is gone"),
                Err(_) => return Err(no_answer()),
            }
        }
        let mut fresh = self.store.connect().await?;
        let words = self.words();
        bounded(async { Ok(fresh.execute(words).await?) }).await?;
        Ok(fresh)
    }

    /// The connection, for one call: it is given back when that went well.
    async fn take(&mut self) -> Result<PgConnection, StoreError> {
        match self.connection.take() {
            Some(connection) => Ok(connection),
            None => self.store.connect().await,
        }
    }
}

/// Gives the server its time and no more.
pub(super) async fn bounded<T>(
    asked: impl Future<Output = Result<T, StoreError>>,
) -> Result<T, StoreError> {
    tokio::time::timeout(ANSWER_MAX, asked)
        .await
        .unwrap_or_else(|_| Err(no_answer()))
}

fn no_answer() -> StoreError {
    StoreError::Unavailable("the database does not answer".into())
}

#[async_trait]
impl Journal for PostgresJournal {
    fn shared(&self) -> bool {
        true
    }

    fn beside(&self) -> Option<Box<dyn Journal>> {
        Some(Box::new(PostgresJournal {
            writer: Uuid::new_v4(),
            hot: self.hot.clone(),
            ..PostgresJournal::new(self.store.clone(), self.synced)
        }))
    }

    async fn begin(&mut self, needed: &Needed) -> Result<Loaded, StoreError> {
        let mut connection = self.begun().await?;
        self.heads.clear();
        let PostgresJournal {
            store,
            hot,
            heads,
            known,
            ..
        } = self;
        let asked = load::all(&mut connection, &store.able, (hot, heads), known, needed);
        let loaded = bounded(asked).await?;
        self.connection = Some(connection);
        Ok(loaded)
    }

    async fn more(&mut self, ids: &[Uuid]) -> Result<Loaded, StoreError> {
        let mut connection = self.take().await?;
        let PostgresJournal {
            hot, heads, known, ..
        } = self;
        let loaded = bounded(load::more(&mut connection, (hot, heads), known, ids)).await?;
        self.connection = Some(connection);
        Ok(loaded)
    }

    async fn commit(&mut self, batch: Batch) -> Result<(), StoreError> {
        let mut connection = self.take().await?;
        let PostgresJournal {
            store,
            writer,
            heads,
            ..
        } = &mut *self;
        let mark = bounded(async {
            let strangers = heads.strangers(&batch);
            if !strangers.is_empty() {
                load::heads(&mut connection, &strangers, heads).await?;
            }
            write::batch(&mut connection, (store, *writer), &batch, heads).await
        })
        .await?;
        self.end(connection, &mark).await?;
        let mut hot = self.hot.lock();
        for write in batch.runs {
            let hash = self.heads.of(write.run.id);
            hot.keep(write.run, hash);
        }
        Ok(())
    }

    async fn abandon(&mut self) {
        // Without a connection there is nothing to end.
        if let Some(mut connection) = self.connection.take() {
            let ended = bounded(async { Ok(connection.execute("ROLLBACK").await?) }).await;
            self.connection = ended.is_ok().then_some(connection);
        }
    }

    async fn look(&mut self) -> Result<Look, StoreError> {
        let mut connection = self.take().await?;
        let asked = Instant::now();
        let known = &mut self.known;
        let (row, (deployed, calendars)) = bounded(async {
            let row = sqlx::query(
                "SELECT (SELECT min(due) FROM timers), n, \
                 (extract(epoch FROM clock_timestamp()) * 1000)::bigint, \
                 c.wall_ms, c.workflow_ms, c.rate \
                 FROM deployments LEFT JOIN clock c ON true",
            )
            .fetch_one(&mut connection)
            .await?;
            let deployed = if row.try_get::<i64, _>(1)? > *known {
                load::deployed(&mut connection, known).await?
            } else {
                Default::default()
            };
            Ok((row, deployed))
        })
        .await?;
        self.connection = Some(connection);
        // The answer was made at some moment of the call; closer than that it cannot be known.
        let took_ms = i64::try_from(asked.elapsed().as_millis()).unwrap_or(i64::MAX);
        let ahead_ms = row.try_get::<i64, _>(2)? - (wall_ms() - took_ms / 2);
        if (ahead_ms - self.ahead_ms).abs() > took_ms + CLOCK_SLACK_MS {
            self.ahead_ms = ahead_ms;
        }
        let anchor = match row.try_get::<Option<i64>, _>(3)? {
            Some(wall_ms) => Some(Anchor {
                wall_ms,
                workflow_ms: row.try_get(4)?,
                rate: row.try_get(5)?,
            }),
            None => None,
        };
        Ok(Look {
            next: row.try_get::<Option<Time>, _>(0)?,
            deployed,
            calendars,
            anchor,
            ahead_ms: self.ahead_ms,
        })
    }

    async fn probe(&mut self) -> Result<(), StoreError> {
        let probe = self.store.able.probe();
        let mut connection = self.take().await?;
        bounded(async {
            connection.execute(AssertSqlSafe(probe)).await?;
            Ok(())
        })
        .await?;
        self.connection = Some(connection);
        Ok(())
    }

    async fn deploy(&mut self, version: &WorkflowVersion) -> Result<i64, StoreError> {
        let mut connection = self.take().await?;
        let command = json(&serde_json::json!({"order": "deploy", "workflow": version.id}))?;
        let (words, store) = (self.words(), &self.store);
        let (mark, number) = bounded(async {
            connection.execute(words).await?;
            // The row's lock makes the numbers grow in the order of the commits.
            let n: i64 = sqlx::query_scalar("UPDATE deployments SET n = n + 1 RETURNING n")
                .fetch_one(&mut connection)
                .await?;
            sqlx::query("UPDATE workflows SET in_force = false WHERE id = $1 AND in_force")
                .bind(&version.id)
                .execute(&mut connection)
                .await?;
            sqlx::query(
                "INSERT INTO workflows \
                 (version, id, source, deployed, deployed_by, in_force, deployment) \
                 VALUES ($1, $2, $3, $4, $5, true, $6) ON CONFLICT (version) DO UPDATE SET \
                 in_force = true, deployed = excluded.deployed, \
                 deployed_by = excluded.deployed_by, deployment = excluded.deployment",
            )
            .bind(&version.version)
            .bind(&version.id)
            .bind(plain(&version.source))
            .bind(version.deployed)
            .bind(plain(&version.deployed_by))
            .bind(n)
            .execute(&mut connection)
            .await?;
            let note = Note {
                at: version.deployed,
                who: version.deployed_by.clone(),
                version: Some(version.version.clone()),
                about: None,
                command,
            };
            let row = trail::house(&mut connection, &store.able, &[note]).await?;
            Ok((store.mark(&mut connection, Some(row)).await?, n))
        })
        .await?;
        self.end(connection, &mark).await?;
        Ok(number)
    }

    async fn deploy_calendar(&mut self, version: &CalendarVersion) -> Result<i64, StoreError> {
        let mut connection = self.take().await?;
        let (words, store) = (self.words(), &self.store);
        let (mark, number) = bounded(async {
            connection.execute(words).await?;
            let (row, n) = calendars::deploy(&mut connection, &store.able, version).await?;
            Ok((store.mark(&mut connection, Some(row)).await?, n))
        })
        .await?;
        self.end(connection, &mark).await?;
        Ok(number)
    }

    async fn clock(&mut self) -> Result<Option<(Anchor, i64)>, StoreError> {
        let mut connection = self.take().await?;
        let row = bounded(async {
            Ok(sqlx::query(
                "SELECT wall_ms, workflow_ms, rate, \
                 (SELECT coalesce(max(latest_ms), 0) FROM clock_latest) FROM clock",
            )
            .fetch_optional(&mut connection)
            .await?)
        })
        .await?;
        self.connection = Some(connection);
        row.map(|row| {
            let anchor = Anchor {
                wall_ms: row.try_get(0)?,
                workflow_ms: row.try_get(1)?,
                rate: row.try_get(2)?,
            };
            Ok((anchor, row.try_get(3)?))
        })
        .transpose()
    }

    async fn set_clock(&mut self, anchor: Anchor, latest_ms: i64) -> Result<(), StoreError> {
        let mut connection = self.take().await?;
        let node: Uuid = self.store.node;
        let words = self.words();
        bounded(async {
            connection.execute(words).await?;
            sqlx::query(
                "INSERT INTO clock (one, wall_ms, workflow_ms, rate) VALUES (1, $1, $2, $3) \
                 ON CONFLICT (one) DO UPDATE SET wall_ms = excluded.wall_ms, \
                 workflow_ms = excluded.workflow_ms, rate = excluded.rate",
            )
            .bind(anchor.wall_ms)
            .bind(anchor.workflow_ms)
            .bind(anchor.rate)
            .execute(&mut connection)
            .await?;
            // The rows of nodes that are gone are folded into one; a node at work writes its own again.
            let others: Vec<i64> =
                sqlx::query_scalar("DELETE FROM clock_latest WHERE node <> $1 RETURNING latest_ms")
                    .bind(node)
                    .fetch_all(&mut connection)
                    .await?;
            let latest_ms = others.into_iter().fold(latest_ms, i64::max);
            sqlx::query(
                "INSERT INTO clock_latest (node, latest_ms) VALUES ($1, $2) ON CONFLICT (node) \
                 DO UPDATE SET latest_ms = greatest(clock_latest.latest_ms, excluded.latest_ms)",
            )
            .bind(node)
            .bind(latest_ms)
            .execute(&mut connection)
            .await?;
            connection.execute("COMMIT").await?;
            Ok(())
        })
        .await?;
        self.connection = Some(connection);
        Ok(())
    }
}

/// Clocks that differ by less are left alone: it is within what a call's timing tells.
const CLOCK_SLACK_MS: i64 = 5;

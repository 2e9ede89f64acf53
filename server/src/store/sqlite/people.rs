use std::collections::HashMap;

use async_trait::async_trait;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqlitePool, Transaction};
use uuid::Uuid;

use super::SqliteStore;
use super::accounts::{add_person, log};
use super::doorway::Doorway;
use super::queries::id_list;
use crate::identity::{Allowance, Tries};
use crate::store::accounts::BY_COMMAND;
use crate::store::{
    Account, Accounts, Added, Browsers, Identities, NewSession, People, SecondSteps, Session,
    SessionHolder, SessionOf, StoreError,
};

/// [`People`] in SQLite. Writes are short and take their turn with the orchestrator's batches.
#[derive(Debug, Clone)]
pub struct SqlitePeople {
    pub(super) read: SqlitePool,
    write: SqlitePool,
    doorway: Doorway,
}

impl SqliteStore {
    /// The staff, their sessions, and who tried in vain.
    pub fn people(&self) -> SqlitePeople {
        SqlitePeople {
            read: self.read.clone(),
            write: self.write.clone(),
            doorway: self.doorway.clone(),
        }
    }
}

impl SqlitePeople {
    /// A transaction that holds the write lock from its start, so that what it reads stays true.
    pub(super) async fn writing(&self) -> Result<Transaction<'static, sqlx::Sqlite>, sqlx::Error> {
        self.write.begin_with("BEGIN IMMEDIATE").await
    }

    /// Names by id, from a statement that takes the list of ids.
    async fn names_by(
        &self,
        sql: &'static str,
        ids: &[Uuid],
    ) -> Result<HashMap<Uuid, String>, StoreError> {
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let rows = sqlx::query(sql)
            .bind(id_list(ids))
            .fetch_all(&self.read)
            .await?;
        rows.iter()
            .map(|row| Ok((id(row, "id")?, row.try_get("name")?)))
            .collect()
    }
}

#[async_trait]
impl People for SqlitePeople {
    async fn add(&self, account: &Account) -> Result<Added, StoreError> {
        let mut tx = self.writing().await?;
        if !add_person(&mut tx, account).await? {
            return Ok(Added::EmailTaken);
        }
        let roles = serde_json::json!(account.roles).to_string();
        let added = ("added", None, Some(roles));
        log(&mut tx, account.id, account.created_ms, BY_COMMAND, added).await?;
        tx.commit().await?;
        Ok(Added::Yes)
    }

    fn accounts(&self) -> &dyn Accounts {
        self
    }

    fn second_steps(&self) -> &dyn SecondSteps {
        self
    }

    fn identities(&self) -> &dyn Identities {
        self
    }

    fn browsers(&self) -> &dyn Browsers {
        self
    }

    async fn set_password(&self, email: &str, password_hash: &str) -> Result<bool, StoreError> {
        let mut tx = self.writing().await?;
        let done = sqlx::query("UPDATE people SET password_hash = $2 WHERE email = $1")
            .bind(email)
            .bind(password_hash)
            .execute(&mut *tx)
            .await?;
        sqlx::query(
            "DELETE FROM sessions WHERE person_id = (SELECT id FROM people WHERE email = $1)",
        )
        .bind(email)
        .execute(&mut *tx)
        .await?;
        sqlx::query(
            "DELETE FROM browsers WHERE person_id = (SELECT id FROM people WHERE email = $1)",
        )
        .bind(email)
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(done.rows_affected() > 0)
    }

    async fn set_roles(&self, email: &str, roles: &[String]) -> Result<bool, StoreError> {
        let done = sqlx::query("UPDATE people SET roles = $2 WHERE email = $1")
            .bind(email)
            .bind(serde_json::json!(roles).to_string())
            .execute(&self.write)
            .await?;
        Ok(done.rows_affected() > 0)
    }

    async fn account(&self, email: &str) -> Result<Option<Account>, StoreError> {
        let row = sqlx::query(
            "SELECT id, email, name, roles, password_hash, created, language, disabled_ms FROM people WHERE email = $1",
        )
        .bind(email)
        .fetch_optional(&self.read)
        .await?;
        row.map(|row| account(&row)).transpose()
    }

    async fn names(&self, ids: &[Uuid]) -> Result<HashMap<Uuid, String>, StoreError> {
        let sql = "SELECT id, name FROM people WHERE id IN (SELECT value FROM json_each($1))";
        self.names_by(sql, ids).await
    }

    async fn token_names(&self, ids: &[Uuid]) -> Result<HashMap<Uuid, String>, StoreError> {
        let sql = "SELECT id, name FROM tokens WHERE id IN (SELECT value FROM json_each($1))";
        self.names_by(sql, ids).await
    }

    async fn open_session(&self, session: &NewSession) -> Result<(), StoreError> {
        let (person, report) = match &session.of {
            SessionOf::Person(id) => (Some(id.to_string()), None),
            SessionOf::Report(number) => (None, Some(number)),
        };
        let mut tx = self.writing().await?;
        sqlx::query("DELETE FROM sessions WHERE expires_ms <= $1")
            .bind(session.created_ms)
            .execute(&mut *tx)
            .await?;
        sqlx::query(
            "INSERT INTO sessions
                 (token_hash, person_id, report, created_ms, last_seen_ms, expires_ms)
             VALUES ($1, $2, $3, $4, $4, $5)",
        )
        .bind(&session.token_hash)
        .bind(person)
        .bind(report)
        .bind(session.created_ms)
        .bind(session.expires_ms)
        .execute(&mut *tx)
        .await?;
        Ok(tx.commit().await?)
    }

    async fn session(&self, token_hash: &str) -> Result<Option<Session>, StoreError> {
        let row = self.doorway.session(token_hash).await?;
        row.map(|row| session(&row)).transpose()
    }

    async fn touch_session(&self, token_hash: &str, now_ms: i64) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE sessions SET last_seen_ms = max(last_seen_ms, $2) WHERE token_hash = $1",
        )
        .bind(token_hash)
        .bind(now_ms)
        .execute(&self.write)
        .await?;
        Ok(())
    }

    async fn end_session(&self, token_hash: &str) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM sessions WHERE token_hash = $1")
            .bind(token_hash)
            .execute(&self.write)
            .await?;
        Ok(())
    }

    async fn begin_try(
        &self,
        names: &[(String, Allowance)],
        now_ms: i64,
    ) -> Result<Result<(), u32>, StoreError> {
        let mut tx = self.writing().await?;
        sqlx::query("DELETE FROM tries WHERE last_ms < $1")
            .bind(now_ms - crate::identity::TRIES_WINDOW_MS)
            .execute(&mut *tx)
            .await?;
        let mut counted = Vec::with_capacity(names.len());
        let mut wait = 0;
        // One account and at most one address: not a loop over data.
        for (name, allowance) in names {
            let tries = tries(&mut tx, name).await?;
            wait = wait.max(tries.wait_seconds(*allowance, now_ms));
            counted.push((name, tries.and_one(*allowance, now_ms)));
        }
        if wait > 0 {
            tx.rollback().await?;
            return Ok(Err(wait));
        }
        for (name, tries) in counted {
            sqlx::query(
                "INSERT INTO tries (name, wrong, last_ms) VALUES ($1, $2, $3)
                 ON CONFLICT (name) DO UPDATE SET wrong = excluded.wrong, last_ms = excluded.last_ms",
            )
            .bind(name)
            .bind(i64::from(tries.wrong))
            .bind(tries.last_ms)
            .execute(&mut *tx)
            .await?;
        }
        tx.commit().await?;
        Ok(Ok(()))
    }

    async fn end_try(&self, clear: &str, take_back: Option<&str>) -> Result<(), StoreError> {
        let mut tx = self.writing().await?;
        sqlx::query("DELETE FROM tries WHERE name = $1")
            .bind(clear)
            .execute(&mut *tx)
            .await?;
        sqlx::query("UPDATE tries SET wrong = wrong - 1 WHERE name = $1 AND wrong > 0")
            .bind(take_back)
            .execute(&mut *tx)
            .await?;
        Ok(tx.commit().await?)
    }

    async fn take_back_try(&self, names: &[String]) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE tries SET wrong = wrong - 1
             WHERE name IN (SELECT value FROM json_each($1)) AND wrong > 0",
        )
        .bind(serde_json::json!(names).to_string())
        .execute(&self.write)
        .await?;
        Ok(())
    }
}

async fn tries(tx: &mut Transaction<'_, sqlx::Sqlite>, name: &str) -> Result<Tries, StoreError> {
    let row = sqlx::query("SELECT wrong, last_ms FROM tries WHERE name = $1")
        .bind(name)
        .fetch_optional(&mut **tx)
        .await?;
    let Some(row) = row else {
        return Ok(Tries::default());
    };
    Ok(Tries {
        wrong: row
            .try_get::<i64, _>("wrong")?
            .try_into()
            .unwrap_or(u32::MAX),
        last_ms: row.try_get("last_ms")?,
    })
}

pub(super) fn account(row: &SqliteRow) -> Result<Account, StoreError> {
    let created: String = row.try_get("created")?;
    let created = created
        .parse::<hms_engine::Time>()
        .map_err(|e| StoreError::Unreadable(format!("people.created: {e}")))?;
    Ok(Account {
        id: id(row, "id")?,
        email: row.try_get("email")?,
        name: row.try_get("name")?,
        roles: roles(row)?,
        language: row.try_get("language")?,
        password_hash: row.try_get("password_hash")?,
        created_ms: created.timestamp_millis(),
        disabled_ms: row.try_get("disabled_ms")?,
    })
}

fn session(row: &SqliteRow) -> Result<Session, StoreError> {
    let holder = match row.try_get::<Option<String>, _>("report")? {
        Some(number) => SessionHolder::Report(number),
        None => SessionHolder::Person {
            id: id(row, "id")?,
            name: row.try_get("name")?,
            roles: roles(row)?,
        },
    };
    Ok(Session {
        holder,
        last_seen_ms: row.try_get("last_seen_ms")?,
        expires_ms: row.try_get("expires_ms")?,
    })
}

pub(super) fn id(row: &SqliteRow, column: &str) -> Result<Uuid, StoreError> {
    let text: String = row.try_get(column)?;
    text.parse()
        .map_err(|e| StoreError::Unreadable(format!("{column}: {e}")))
}

fn roles(row: &SqliteRow) -> Result<Vec<String>, StoreError> {
    let text: String = row.try_get("roles")?;
    serde_json::from_str(&text).map_err(|e| StoreError::Unreadable(format!("people.roles: {e}")))
}

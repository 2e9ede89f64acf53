use std::collections::HashMap;

use async_trait::async_trait;
use hms_engine::Time;
use sqlx::Row;
use sqlx::postgres::PgRow;
use uuid::Uuid;

use super::PostgresStore;
use super::able::Able;
use super::accounts::{add_person, log};
use super::short::Short;
use super::write::plain;
use crate::identity::{Allowance, TRIES_WINDOW_MS, Tries};
use crate::store::accounts::BY_COMMAND;
use crate::store::{
    Account, Accounts, Added, Browsers, Identities, NewSession, People, SecondSteps, Session,
    SessionHolder, SessionOf, StoreError,
};

/// [`People`] in PostgreSQL: the same at every node.
#[derive(Debug, Clone)]
pub struct PostgresPeople {
    pub(super) store: PostgresStore,
}

impl PostgresStore {
    /// The staff, their sessions, and who tried in vain.
    pub fn people(&self) -> PostgresPeople {
        PostgresPeople {
            store: self.clone(),
        }
    }
}

impl PostgresPeople {
    /// Names by id, from a statement that takes the ids.
    async fn names_by(
        &self,
        sql: &'static str,
        ids: &[Uuid],
    ) -> Result<HashMap<Uuid, String>, StoreError> {
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let rows = sqlx::query(sql)
            .bind(ids)
            .fetch_all(&self.store.pool)
            .await?;
        rows.iter()
            .map(|row| Ok((row.try_get("id")?, row.try_get("name")?)))
            .collect()
    }
}

#[async_trait]
impl People for PostgresPeople {
    async fn add(&self, account: &Account) -> Result<Added, StoreError> {
        let mut tx = self.store.short().await?;
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
        let mut tx = self.store.short().await?;
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
        let mut tx = self.store.short().await?;
        let done = sqlx::query("UPDATE people SET roles = $2 WHERE email = $1")
            .bind(plain(email))
            .bind(roles)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(done.rows_affected() > 0)
    }

    async fn account(&self, email: &str) -> Result<Option<Account>, StoreError> {
        let row = sqlx::query(
            "SELECT id, email, name, roles, password_hash, created, language, disabled_ms FROM people WHERE email = $1",
        )
        .bind(plain(email))
        .fetch_optional(&self.store.pool)
        .await?;
        row.map(|row| account(&row)).transpose()
    }

    async fn names(&self, ids: &[Uuid]) -> Result<HashMap<Uuid, String>, StoreError> {
        self.names_by("SELECT id, name FROM people WHERE id = ANY($1)", ids)
            .await
    }

    async fn token_names(&self, ids: &[Uuid]) -> Result<HashMap<Uuid, String>, StoreError> {
        self.names_by("SELECT id, name FROM tokens WHERE id = ANY($1)", ids)
            .await
    }

    async fn open_session(&self, session: &NewSession) -> Result<(), StoreError> {
        let (person, report) = match &session.of {
            SessionOf::Person(id) => (Some(*id), None),
            SessionOf::Report(number) => (None, Some(number)),
        };
        let mut tx = self.store.short().await?;
        // Those another node is sweeping away at this moment are left to it.
        let sweep = "DELETE FROM sessions WHERE token_hash IN (SELECT token_hash FROM sessions
             WHERE expires_ms <= $1 FOR UPDATE SKIP LOCKED)";
        sqlx::query(self.store.able.skipping(sweep))
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
        tx.commit().await
    }

    async fn session(&self, token_hash: &str) -> Result<Option<Session>, StoreError> {
        let row = sqlx::query(
            "SELECT s.report, s.last_seen_ms, s.expires_ms, p.id, p.name, p.roles
             FROM sessions s LEFT JOIN people p ON p.id = s.person_id
             WHERE s.token_hash = $1 AND (s.report IS NOT NULL OR p.disabled_ms IS NULL)",
        )
        .bind(token_hash)
        .fetch_optional(&self.store.pool)
        .await?;
        row.map(|row| session(&row)).transpose()
    }

    async fn touch_session(&self, token_hash: &str, now_ms: i64) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE sessions SET last_seen_ms = greatest(last_seen_ms, $2) WHERE token_hash = $1",
        )
        .bind(token_hash)
        .bind(now_ms)
        .execute(&self.store.pool)
        .await?;
        Ok(())
    }

    async fn end_session(&self, token_hash: &str) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM sessions WHERE token_hash = $1")
            .bind(token_hash)
            .execute(&self.store.pool)
            .await?;
        Ok(())
    }

    async fn begin_try(
        &self,
        names: &[(String, Allowance)],
        now_ms: i64,
    ) -> Result<Result<(), u32>, StoreError> {
        let mut tx = self.store.short().await?;
        sweep_tries(&mut tx, &self.store.able, now_ms).await?;
        let known = lock_tries(&mut tx, names, now_ms).await?;
        let mut counted = Vec::with_capacity(names.len());
        let mut last_ms = Vec::with_capacity(names.len());
        let mut wait = 0;
        for (name, allowance) in names {
            let tries = known.get(name).copied().unwrap_or_default();
            wait = wait.max(tries.wait_seconds(*allowance, now_ms));
            let tries = tries.and_one(*allowance, now_ms);
            counted.push(i64::from(tries.wrong));
            last_ms.push(tries.last_ms);
        }
        if wait > 0 {
            return Ok(Err(wait));
        }
        sqlx::query(
            "UPDATE tries SET wrong = new.wrong, last_ms = new.last_ms
             FROM unnest($1::text[], $2::bigint[], $3::bigint[]) AS new (name, wrong, last_ms)
             WHERE tries.name = new.name",
        )
        .bind(column(names))
        .bind(counted)
        .bind(last_ms)
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(Ok(()))
    }

    async fn end_try(&self, clear: &str, take_back: Option<&str>) -> Result<(), StoreError> {
        let mut tx = self.store.short().await?;
        // In the order of their names, as tries begin: an account and an address lock each other out
        // in no circle.
        sqlx::query("SELECT FROM tries WHERE name IN ($1, $2) ORDER BY name FOR UPDATE")
            .bind(clear)
            .bind(take_back)
            .execute(&mut *tx)
            .await?;
        sqlx::query("DELETE FROM tries WHERE name = $1")
            .bind(clear)
            .execute(&mut *tx)
            .await?;
        sqlx::query("UPDATE tries SET wrong = wrong - 1 WHERE name = $1 AND wrong > 0")
            .bind(take_back)
            .execute(&mut *tx)
            .await?;
        tx.commit().await
    }

    async fn take_back_try(&self, names: &[String]) -> Result<(), StoreError> {
        // Locked in the order of their names, as tries begin.
        sqlx::query(
            "UPDATE tries SET wrong = wrong - 1 WHERE wrong > 0 AND name = ANY (ARRAY(
                 SELECT name FROM tries WHERE name = ANY($1) ORDER BY name FOR UPDATE))",
        )
        .bind(names)
        .execute(&self.store.pool)
        .await?;
        Ok(())
    }
}

fn column(names: &[(String, Allowance)]) -> Vec<&str> {
    names.iter().map(|(name, _)| name.as_str()).collect()
}

/// Forgets the tries of long ago, but for those somebody is at.
async fn sweep_tries(tx: &mut Short<'_>, able: &Able, now_ms: i64) -> Result<(), StoreError> {
    let sweep = "DELETE FROM tries WHERE name IN (SELECT name FROM tries WHERE last_ms < $1
         FOR UPDATE SKIP LOCKED)";
    sqlx::query(able.skipping(sweep))
        .bind(now_ms - TRIES_WINDOW_MS)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Reads the tries of these names and keeps others from counting until the transaction ends; a name
/// without any gets a row first, so that there is something to lock.
async fn lock_tries(
    tx: &mut Short<'_>,
    names: &[(String, Allowance)],
    now_ms: i64,
) -> Result<HashMap<String, Tries>, StoreError> {
    sqlx::query(
        "INSERT INTO tries (name, wrong, last_ms)
         SELECT name, 0, $2 FROM unnest($1::text[]) AS asked (name) ORDER BY name
         ON CONFLICT (name) DO NOTHING",
    )
    .bind(column(names))
    .bind(now_ms)
    .execute(&mut **tx)
    .await?;
    let rows = sqlx::query(
        "SELECT name, wrong, last_ms FROM tries WHERE name = ANY($1) ORDER BY name FOR UPDATE",
    )
    .bind(column(names))
    .fetch_all(&mut **tx)
    .await?;
    rows.iter()
        .map(|row| {
            let wrong = row.try_get::<i64, _>("wrong")?;
            let tries = Tries {
                wrong: wrong.try_into().unwrap_or(u32::MAX),
                last_ms: row.try_get("last_ms")?,
            };
            Ok((row.try_get("name")?, tries))
        })
        .collect()
}

pub(super) fn account(row: &PgRow) -> Result<Account, StoreError> {
    Ok(Account {
        id: row.try_get("id")?,
        email: row.try_get("email")?,
        name: row.try_get("name")?,
        roles: row.try_get("roles")?,
        language: row.try_get("language")?,
        password_hash: row.try_get("password_hash")?,
        created_ms: row.try_get::<Time, _>("created")?.timestamp_millis(),
        disabled_ms: row.try_get("disabled_ms")?,
    })
}

fn session(row: &PgRow) -> Result<Session, StoreError> {
    let holder = match row.try_get::<Option<String>, _>("report")? {
        Some(number) => SessionHolder::Report(number),
        None => SessionHolder::Person {
            id: row.try_get("id")?,
            name: row.try_get("name")?,
            roles: row.try_get("roles")?,
        },
    };
    Ok(Session {
        holder,
        last_seen_ms: row.try_get("last_seen_ms")?,
        expires_ms: row.try_get("expires_ms")?,
    })
}

use async_trait::async_trait;
use chrono::SecondsFormat;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, Sqlite, Transaction};
use uuid::Uuid;

use super::people::{SqlitePeople, account, id};
use super::trail;
use crate::clock::moment;
use crate::identity::signature;
use crate::store::accounts::{Logged, logged, noted, sql};
use crate::store::browsers::sql as browsers;
use crate::store::{
    Account, AccountChange, AccountEntry, AccountLink, Accounts, Added, LinkPurpose, NewLink,
    StoreError,
};

#[async_trait]
impl Accounts for SqlitePeople {
    async fn page(&self, before: Option<Uuid>, limit: u32) -> Result<Vec<Account>, StoreError> {
        let rows = sqlx::query(
            "SELECT id, email, name, roles, password_hash, created, language, disabled_ms
             FROM people WHERE $1 IS NULL OR id < $1 ORDER BY id DESC LIMIT $2",
        )
        .bind(before.map(|id| id.to_string()))
        .bind(limit)
        .fetch_all(&self.read)
        .await?;
        rows.iter().map(account).collect()
    }

    async fn of(&self, id: Uuid) -> Result<Option<Account>, StoreError> {
        let row = sqlx::query(
            "SELECT id, email, name, roles, password_hash, created, language, disabled_ms
             FROM people WHERE id = $1",
        )
        .bind(id.to_string())
        .fetch_optional(&self.read)
        .await?;
        row.as_ref().map(account).transpose()
    }

    async fn invite(
        &self,
        account: &Account,
        link: &NewLink,
        by: &str,
    ) -> Result<Added, StoreError> {
        let mut tx = self.writing().await?;
        if !add_person(&mut tx, account).await? {
            return Ok(Added::EmailTaken);
        }
        let roles = serde_json::json!(account.roles).to_string();
        let added = ("added", None, Some(roles));
        add_link(&mut tx, link).await?;
        log(&mut tx, account.id, link.created_ms, by, added).await?;
        tx.commit().await?;
        Ok(Added::Yes)
    }

    async fn change(
        &self,
        id: Uuid,
        change: &AccountChange,
        by: &str,
        now_ms: i64,
    ) -> Result<bool, StoreError> {
        let mut tx = self.writing().await?;
        let kept = sqlx::query("SELECT roles FROM people WHERE id = $1")
            .bind(id.to_string())
            .fetch_optional(&mut *tx)
            .await?;
        let Some(kept) = kept else {
            return Ok(false);
        };
        let before: Vec<String> = serde_json::from_str(kept.try_get("roles")?)
            .map_err(|e| StoreError::Unreadable(format!("people.roles: {e}")))?;
        let written = match change {
            AccountChange::Roles(roles) => Some(
                sqlx::query(sql::SET_ROLES)
                    .bind(id.to_string())
                    .bind(serde_json::json!(roles).to_string()),
            ),
            AccountChange::Disabled => {
                Some(sqlx::query(sql::DISABLE).bind(id.to_string()).bind(now_ms))
            }
            AccountChange::Enabled => Some(sqlx::query(sql::ENABLE).bind(id.to_string())),
            AccountChange::SessionsEnded => None,
        };
        if let Some(written) = written {
            written.execute(&mut *tx).await?;
        }
        if change.ends_sessions() {
            end_sessions(&mut tx, id).await?;
        }
        log(&mut tx, id, now_ms, by, logged(change, &before)).await?;
        tx.commit().await?;
        Ok(true)
    }

    async fn log(&self, id: Uuid, limit: u32) -> Result<Vec<AccountEntry>, StoreError> {
        let rows = sqlx::query(sql::READ_LOG)
            .bind(id.to_string())
            .bind(limit)
            .fetch_all(&self.read)
            .await?;
        rows.iter()
            .map(|row| {
                Ok(AccountEntry {
                    at_ms: row.try_get(0)?,
                    who: row.try_get(1)?,
                    what: row.try_get(2)?,
                    before: row.try_get(3)?,
                    after: row.try_get(4)?,
                })
            })
            .collect()
    }

    async fn make_link(&self, link: &NewLink, by: &str) -> Result<(), StoreError> {
        let mut tx = self.writing().await?;
        add_link(&mut tx, link).await?;
        let made = Some(serde_json::json!(link.purpose.as_str()).to_string());
        log(
            &mut tx,
            link.person,
            link.created_ms,
            by,
            ("link", None, made),
        )
        .await?;
        Ok(tx.commit().await?)
    }

    async fn link(&self, id: Uuid) -> Result<Option<AccountLink>, StoreError> {
        let row = sqlx::query(sql::LINK)
            .bind(id.to_string())
            .fetch_optional(&self.read)
            .await?;
        row.as_ref().map(link).transpose()
    }

    async fn use_link(
        &self,
        link: Uuid,
        password_hash: &str,
        now_ms: i64,
    ) -> Result<bool, StoreError> {
        let mut tx = self.writing().await?;
        let used = sqlx::query(sql::USE_LINK)
            .bind(link.to_string())
            .bind(now_ms)
            .fetch_optional(&mut *tx)
            .await?;
        let Some(used) = used else {
            return Ok(false);
        };
        let person = id(&used, "person_id")?;
        sqlx::query(sql::SET_PASSWORD)
            .bind(person.to_string())
            .bind(password_hash)
            .execute(&mut *tx)
            .await?;
        sqlx::query(sql::END_OTHER_LINKS)
            .bind(person.to_string())
            .bind(link.to_string())
            .execute(&mut *tx)
            .await?;
        end_sessions(&mut tx, person).await?;
        let by = signature(person);
        log(&mut tx, person, now_ms, &by, ("password", None, None)).await?;
        tx.commit().await?;
        Ok(true)
    }

    async fn links_to_send(
        &self,
        now_ms: i64,
        hold_ms: i64,
        limit: u32,
    ) -> Result<Vec<AccountLink>, StoreError> {
        // Most often there is none, and then the writer is left alone.
        let due = "SELECT id FROM account_links WHERE send_ms <= $1 ORDER BY send_ms LIMIT $2";
        let ids: Vec<String> = sqlx::query_scalar(due)
            .bind(now_ms)
            .bind(limit)
            .fetch_all(&self.read)
            .await?;
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let ids = serde_json::json!(ids).to_string();
        let mut tx = self.writing().await?;
        sqlx::query(
            "UPDATE account_links SET send_ms = $2, tries = tries + 1
             WHERE id IN (SELECT value FROM json_each($1)) AND send_ms IS NOT NULL",
        )
        .bind(&ids)
        .bind(now_ms + hold_ms)
        .execute(&mut *tx)
        .await?;
        let rows = sqlx::query(
            "SELECT l.id, l.person_id, l.purpose, l.created_ms, l.expires_ms, l.used_ms, l.tries,
                    p.email, p.name, p.language, p.disabled_ms
             FROM account_links l JOIN people p ON p.id = l.person_id
             WHERE l.id IN (SELECT value FROM json_each($1)) AND l.send_ms = $2",
        )
        .bind(&ids)
        .bind(now_ms + hold_ms)
        .fetch_all(&mut *tx)
        .await?;
        tx.commit().await?;
        rows.iter().map(link).collect()
    }

    async fn link_sent(&self, id: Uuid) -> Result<(), StoreError> {
        let mut tx = self.writing().await?;
        sqlx::query(sql::LINK_SENT)
            .bind(id.to_string())
            .execute(&mut *tx)
            .await?;
        Ok(tx.commit().await?)
    }
}

/// Adds a person; false when the e-mail address is another's.
pub(super) async fn add_person(
    tx: &mut Transaction<'_, Sqlite>,
    account: &Account,
) -> Result<bool, StoreError> {
    let created = moment(account.created_ms).to_rfc3339_opts(SecondsFormat::Millis, true);
    let done = sqlx::query(
        "INSERT INTO people (id, email, name, password_hash, roles, created, language, disabled_ms)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (email) DO NOTHING",
    )
    .bind(account.id.to_string())
    .bind(&account.email)
    .bind(&account.name)
    .bind(&account.password_hash)
    .bind(serde_json::json!(account.roles).to_string())
    .bind(created)
    .bind(&account.language)
    .bind(account.disabled_ms)
    .execute(&mut **tx)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Ends a person's sessions, and no browser is known to be theirs any more.
async fn end_sessions(tx: &mut Transaction<'_, Sqlite>, person: Uuid) -> Result<(), StoreError> {
    sqlx::query(sql::END_SESSIONS)
        .bind(person.to_string())
        .execute(&mut **tx)
        .await?;
    sqlx::query(browsers::FORGET)
        .bind(person.to_string())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

async fn add_link(tx: &mut Transaction<'_, Sqlite>, link: &NewLink) -> Result<(), StoreError> {
    sqlx::query(sql::SWEEP_LINKS)
        .bind(link.created_ms)
        .execute(&mut **tx)
        .await?;
    sqlx::query(sql::ADD_LINK)
        .bind(link.id.to_string())
        .bind(link.person.to_string())
        .bind(link.purpose.as_str())
        .bind(link.created_ms)
        .bind(link.expires_ms)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Adds a line to the accounts' log, and a row to the house's chain of the audit trail. It comes last in a transaction:
/// the end of that chain is locked until it is over.
pub(super) async fn log(
    tx: &mut Transaction<'_, Sqlite>,
    person: Uuid,
    at_ms: i64,
    by: &str,
    logged: Logged,
) -> Result<(), StoreError> {
    let note = noted(person, at_ms, by, &logged);
    let (what, before, after) = logged;
    sqlx::query(sql::LOG)
        .bind(Uuid::now_v7().to_string())
        .bind(person.to_string())
        .bind(at_ms)
        .bind(by)
        .bind(what)
        .bind(before)
        .bind(after)
        .execute(&mut **tx)
        .await?;
    trail::house(tx, &[note]).await?;
    Ok(())
}

fn link(row: &SqliteRow) -> Result<AccountLink, StoreError> {
    Ok(AccountLink {
        link: NewLink {
            id: id(row, "id")?,
            person: id(row, "person_id")?,
            purpose: LinkPurpose::of_word(row.try_get("purpose")?)?,
            created_ms: row.try_get("created_ms")?,
            expires_ms: row.try_get("expires_ms")?,
        },
        used_ms: row.try_get("used_ms")?,
        tries: row
            .try_get::<i64, _>("tries")?
            .try_into()
            .unwrap_or(u32::MAX),
        email: row.try_get("email")?,
        name: row.try_get("name")?,
        language: row.try_get("language")?,
        disabled_ms: row.try_get("disabled_ms")?,
    })
}

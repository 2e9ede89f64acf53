use async_trait::async_trait;
use sqlx::Row;
use sqlx::postgres::PgRow;
use uuid::Uuid;

use super::people::{PostgresPeople, account};
use super::short::Short;
use super::write::plain;
use crate::clock::moment;
use crate::identity::signature;
use crate::store::accounts::{Logged, logged, noted, sql};
use crate::store::browsers::sql as browsers;
use crate::store::{
    Account, AccountChange, AccountEntry, AccountLink, Accounts, Added, LinkPurpose, NewLink,
    StoreError,
};

#[async_trait]
impl Accounts for PostgresPeople {
    async fn page(&self, before: Option<Uuid>, limit: u32) -> Result<Vec<Account>, StoreError> {
        let rows = sqlx::query(
            "SELECT id, email, name, roles, password_hash, created, language, disabled_ms
             FROM people WHERE $1::uuid IS NULL OR id < $1 ORDER BY id DESC LIMIT $2",
        )
        .bind(before)
        .bind(i64::from(limit))
        .fetch_all(&self.store.pool)
        .await?;
        rows.iter().map(account).collect()
    }

    async fn of(&self, id: Uuid) -> Result<Option<Account>, StoreError> {
        let row = sqlx::query(
            "SELECT id, email, name, roles, password_hash, created, language, disabled_ms
             FROM people WHERE id = $1",
        )
        .bind(id)
        .fetch_optional(&self.store.pool)
        .await?;
        row.as_ref().map(account).transpose()
    }

    async fn invite(
        &self,
        account: &Account,
        link: &NewLink,
        by: &str,
    ) -> Result<Added, StoreError> {
        let mut tx = self.store.short().await?;
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
        let mut tx = self.store.short().await?;
        let kept = sqlx::query("SELECT roles FROM people WHERE id = $1 FOR UPDATE")
            .bind(id)
            .fetch_optional(&mut *tx)
            .await?;
        let Some(kept) = kept else {
            return Ok(false);
        };
        let before: Vec<String> = kept.try_get("roles")?;
        let written = match change {
            AccountChange::Roles(roles) => Some(sqlx::query(sql::SET_ROLES).bind(id).bind(roles)),
            AccountChange::Disabled => Some(sqlx::query(sql::DISABLE).bind(id).bind(now_ms)),
            AccountChange::Enabled => Some(sqlx::query(sql::ENABLE).bind(id)),
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
            .bind(id)
            .bind(i64::from(limit))
            .fetch_all(&self.store.pool)
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
        let mut tx = self.store.short().await?;
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
        tx.commit().await
    }

    async fn link(&self, id: Uuid) -> Result<Option<AccountLink>, StoreError> {
        let row = sqlx::query(sql::LINK)
            .bind(id)
            .fetch_optional(&self.store.pool)
            .await?;
        row.as_ref().map(link).transpose()
    }

    async fn use_link(
        &self,
        link: Uuid,
        password_hash: &str,
        now_ms: i64,
    ) -> Result<bool, StoreError> {
        let mut tx = self.store.short().await?;
        let used = sqlx::query(sql::USE_LINK)
            .bind(link)
            .bind(now_ms)
            .fetch_optional(&mut *tx)
            .await?;
        let Some(used) = used else {
            return Ok(false);
        };
        let person: Uuid = used.try_get("person_id")?;
        sqlx::query(sql::SET_PASSWORD)
            .bind(person)
            .bind(password_hash)
            .execute(&mut *tx)
            .await?;
        sqlx::query(sql::END_OTHER_LINKS)
            .bind(person)
            .bind(link)
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
        // Those another node is at are left to it.
        let take = "UPDATE account_links l SET send_ms = $2, tries = l.tries + 1 FROM people p
             WHERE p.id = l.person_id AND l.id = ANY (ARRAY(
                 SELECT id FROM account_links WHERE send_ms <= $1
                 ORDER BY send_ms LIMIT $3 FOR UPDATE SKIP LOCKED))
             RETURNING l.id, l.person_id, l.purpose, l.created_ms, l.expires_ms, l.used_ms, l.tries,
                    p.email, p.name, p.language, p.disabled_ms";
        let rows = sqlx::query(self.store.able.skipping(take))
            .bind(now_ms)
            .bind(now_ms + hold_ms)
            .bind(i64::from(limit))
            .fetch_all(&self.store.pool)
            .await?;
        rows.iter().map(link).collect()
    }

    async fn link_sent(&self, id: Uuid) -> Result<(), StoreError> {
        let mut tx = self.store.short().await?;
        sqlx::query(sql::LINK_SENT)
            .bind(id)
            .execute(&mut *tx)
            .await?;
        tx.commit().await
    }
}

/// Adds a person; false when the e-mail address is another's.
pub(super) async fn add_person(tx: &mut Short<'_>, account: &Account) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "INSERT INTO people (id, email, name, password_hash, roles, created, language, disabled_ms)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (email) DO NOTHING",
    )
    .bind(account.id)
    .bind(plain(&account.email))
    .bind(plain(&account.name))
    .bind(&account.password_hash)
    .bind(&account.roles)
    .bind(moment(account.created_ms))
    .bind(&account.language)
    .bind(account.disabled_ms)
    .execute(&mut **tx)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Ends a person's sessions, and no browser is known to be theirs any more.
async fn end_sessions(tx: &mut Short<'_>, person: Uuid) -> Result<(), StoreError> {
    sqlx::query(sql::END_SESSIONS)
        .bind(person)
        .execute(&mut **tx)
        .await?;
    sqlx::query(browsers::FORGET)
        .bind(person)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

async fn add_link(tx: &mut Short<'_>, link: &NewLink) -> Result<(), StoreError> {
    sqlx::query(sql::SWEEP_LINKS)
        .bind(link.created_ms)
        .execute(&mut **tx)
        .await?;
    sqlx::query(sql::ADD_LINK)
        .bind(link.id)
        .bind(link.person)
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
    tx: &mut Short<'_>,
    person: Uuid,
    at_ms: i64,
    by: &str,
    logged: Logged,
) -> Result<(), StoreError> {
    let note = noted(person, at_ms, by, &logged);
    let (what, before, after) = logged;
    sqlx::query(sql::LOG)
        .bind(Uuid::now_v7())
        .bind(person)
        .bind(at_ms)
        .bind(by)
        .bind(what)
        .bind(before)
        .bind(after)
        .execute(&mut **tx)
        .await?;
    tx.house(&[note]).await?;
    Ok(())
}

fn link(row: &PgRow) -> Result<AccountLink, StoreError> {
    Ok(AccountLink {
        link: NewLink {
            id: row.try_get("id")?,
            person: row.try_get("person_id")?,
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

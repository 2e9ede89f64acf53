use async_trait::async_trait;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

use super::SqliteStore;
use super::encode::{id, text};
use super::trail;
use crate::store::tokens::{list_as_was, lists_as_kept, made, revoked, sql};
use crate::store::{StoreError, TokenRow, Tokens};

#[async_trait]
impl Tokens for SqliteStore {
    async fn add(&self, token: &TokenRow) -> Result<(), StoreError> {
        let (actors, verbs) = lists_as_kept(token);
        let mut tx = self.write.begin_with("BEGIN IMMEDIATE").await?;
        sqlx::query(sql::ADD)
            .bind(token.id.to_string())
            .bind(&token.hash)
            .bind(&token.name)
            .bind(actors)
            .bind(verbs)
            .bind(token.created_ms)
            .bind(token.expires_ms)
            .execute(&mut *tx)
            .await?;
        trail::house(&mut tx, &[made(token)]).await?;
        Ok(tx.commit().await?)
    }

    async fn all(&self) -> Result<Vec<TokenRow>, StoreError> {
        let rows = sqlx::query(sql::ALL).fetch_all(&self.read).await?;
        rows.iter().map(token).collect()
    }

    async fn by_hash(&self, hash: &str) -> Result<Option<TokenRow>, StoreError> {
        let row = sqlx::query(sql::BY_HASH)
            .bind(hash)
            .fetch_optional(&self.read)
            .await?;
        row.as_ref().map(token).transpose()
    }

    async fn revoke(&self, id: Uuid, now_ms: i64) -> Result<bool, StoreError> {
        let mut tx = self.write.begin_with("BEGIN IMMEDIATE").await?;
        let done = sqlx::query(sql::REVOKE)
            .bind(id.to_string())
            .bind(now_ms)
            .execute(&mut *tx)
            .await?;
        if done.rows_affected() == 0 {
            return Ok(false);
        }
        trail::house(&mut tx, &[revoked(id, now_ms)]).await?;
        tx.commit().await?;
        Ok(true)
    }

    async fn used(&self, id: Uuid, now_ms: i64) -> Result<(), StoreError> {
        sqlx::query(sql::USED)
            .bind(id.to_string())
            .bind(now_ms)
            .execute(&self.write)
            .await?;
        Ok(())
    }
}

fn token(row: &SqliteRow) -> Result<TokenRow, StoreError> {
    Ok(TokenRow {
        id: id(text(row, 0)?)?,
        hash: text(row, 1)?.to_owned(),
        name: text(row, 2)?.to_owned(),
        actors: list_as_was(text(row, 3)?)?,
        verbs: list_as_was(text(row, 4)?)?,
        created_ms: row.try_get(5)?,
        expires_ms: row.try_get(6)?,
        last_used_ms: row.try_get(7)?,
        revoked_ms: row.try_get(8)?,
    })
}

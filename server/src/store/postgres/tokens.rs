use async_trait::async_trait;
use sqlx::Row;
use sqlx::postgres::PgRow;
use uuid::Uuid;

use super::PostgresStore;

use crate::store::tokens::{list_as_was, lists_as_kept, made, revoked, sql};
use crate::store::{StoreError, TokenRow, Tokens};

#[async_trait]
impl Tokens for PostgresStore {
    async fn add(&self, token: &TokenRow) -> Result<(), StoreError> {
        let (actors, verbs) = lists_as_kept(token);
        let mut tx = self.short().await?;
        sqlx::query(sql::ADD)
            .bind(token.id)
            .bind(&token.hash)
            .bind(&token.name)
            .bind(actors)
            .bind(verbs)
            .bind(token.created_ms)
            .bind(token.expires_ms)
            .execute(&mut *tx)
            .await?;
        tx.house(&[made(token)]).await?;
        tx.commit().await
    }

    async fn all(&self) -> Result<Vec<TokenRow>, StoreError> {
        let rows = sqlx::query(sql::ALL).fetch_all(&self.pool).await?;
        rows.iter().map(token).collect()
    }

    async fn by_hash(&self, hash: &str) -> Result<Option<TokenRow>, StoreError> {
        let row = sqlx::query(sql::BY_HASH)
            .bind(hash)
            .fetch_optional(&self.pool)
            .await?;
        row.as_ref().map(token).transpose()
    }

    async fn revoke(&self, id: Uuid, now_ms: i64) -> Result<bool, StoreError> {
        let mut tx = self.short().await?;
        let done = sqlx::query(sql::REVOKE)
            .bind(id)
            .bind(now_ms)
            .execute(&mut *tx)
            .await?;
        if done.rows_affected() == 0 {
            return Ok(false);
        }
        tx.house(&[revoked(id, now_ms)]).await?;
        tx.commit().await?;
        Ok(true)
    }

    async fn used(&self, id: Uuid, now_ms: i64) -> Result<(), StoreError> {
        sqlx::query(sql::USED)
            .bind(id)
            .bind(now_ms)
            .execute(&self.pool)
            .await?;
        Ok(())
    }
}

fn token(row: &PgRow) -> Result<TokenRow, StoreError> {
    Ok(TokenRow {
        id: row.try_get(0)?,
        hash: row.try_get(1)?,
        name: row.try_get(2)?,
        actors: list_as_was(row.try_get(3)?)?,
        verbs: list_as_was(row.try_get(4)?)?,
        created_ms: row.try_get(5)?,
        expires_ms: row.try_get(6)?,
        last_used_ms: row.try_get(7)?,
        revoked_ms: row.try_get(8)?,
    })
}

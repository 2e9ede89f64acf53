use async_trait::async_trait;

use super::people::PostgresPeople;
use super::write::plain;
use crate::store::browsers::sql;
use crate::store::{BROWSERS_MAX, Browser, Browsers, StoreError};

#[async_trait]
impl Browsers for PostgresPeople {
    async fn is_known(
        &self,
        email: &str,
        token_hash: &str,
        now_ms: i64,
    ) -> Result<bool, StoreError> {
        Ok(sqlx::query_scalar(sql::IS_KNOWN)
            .bind(plain(email))
            .bind(token_hash)
            .bind(now_ms)
            .fetch_one(&self.store.pool)
            .await?)
    }

    async fn keep(&self, browser: &Browser) -> Result<(), StoreError> {
        let mut tx = self.store.short().await?;
        // Those another node is sweeping away at this moment are left to it.
        let sweep = "DELETE FROM browsers WHERE token_hash IN (SELECT token_hash FROM browsers
             WHERE expires_ms <= $1 FOR UPDATE SKIP LOCKED)";
        sqlx::query(self.store.able.skipping(sweep))
            .bind(browser.seen_ms)
            .execute(&mut *tx)
            .await?;
        // One after the other for a person: each must see what the other kept.
        sqlx::query("SELECT FROM people WHERE id = $1 FOR UPDATE")
            .bind(browser.person)
            .execute(&mut *tx)
            .await?;
        sqlx::query(sql::KEEP)
            .bind(&browser.token_hash)
            .bind(browser.person)
            .bind(browser.seen_ms)
            .bind(browser.expires_ms)
            .execute(&mut *tx)
            .await?;
        sqlx::query(
            "DELETE FROM browsers WHERE token_hash IN (SELECT token_hash FROM browsers \
             WHERE person_id = $1 ORDER BY seen_ms DESC, token_hash OFFSET $2)",
        )
        .bind(browser.person)
        .bind(i64::from(BROWSERS_MAX))
        .execute(&mut *tx)
        .await?;
        tx.commit().await
    }
}

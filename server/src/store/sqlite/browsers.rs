use async_trait::async_trait;

use super::people::SqlitePeople;
use crate::store::browsers::sql;
use crate::store::{BROWSERS_MAX, Browser, Browsers, StoreError};

#[async_trait]
impl Browsers for SqlitePeople {
    async fn is_known(
        &self,
        email: &str,
        token_hash: &str,
        now_ms: i64,
    ) -> Result<bool, StoreError> {
        Ok(sqlx::query_scalar(sql::IS_KNOWN)
            .bind(email)
            .bind(token_hash)
            .bind(now_ms)
            .fetch_one(&self.read)
            .await?)
    }

    async fn keep(&self, browser: &Browser) -> Result<(), StoreError> {
        let mut tx = self.writing().await?;
        sqlx::query("DELETE FROM browsers WHERE expires_ms <= $1")
            .bind(browser.seen_ms)
            .execute(&mut *tx)
            .await?;
        sqlx::query(sql::KEEP)
            .bind(&browser.token_hash)
            .bind(browser.person.to_string())
            .bind(browser.seen_ms)
            .bind(browser.expires_ms)
            .execute(&mut *tx)
            .await?;
        sqlx::query(
            "DELETE FROM browsers WHERE token_hash IN (SELECT token_hash FROM browsers \
             WHERE person_id = $1 ORDER BY seen_ms DESC, token_hash LIMIT -1 OFFSET $2)",
        )
        .bind(browser.person.to_string())
        .bind(BROWSERS_MAX)
        .execute(&mut *tx)
        .await?;
        Ok(tx.commit().await?)
    }
}

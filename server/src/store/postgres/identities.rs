use async_trait::async_trait;
use uuid::Uuid;

use super::accounts::{add_person, log};
use super::people::{PostgresPeople, account};
use super::write::plain;
use crate::store::identities::sql;
use crate::store::{Account, Added, Identities, StoreError};

#[async_trait]
impl Identities for PostgresPeople {
    async fn account_of(&self, issuer: &str, subject: &str) -> Result<Option<Account>, StoreError> {
        let row = sqlx::query(sql::ACCOUNT_OF)
            .bind(plain(issuer))
            .bind(plain(subject))
            .fetch_optional(&self.store.pool)
            .await?;
        row.as_ref().map(account).transpose()
    }

    async fn comes_from_one(&self, person: Uuid) -> Result<bool, StoreError> {
        Ok(sqlx::query_scalar(sql::COMES_FROM_ONE)
            .bind(person)
            .fetch_one(&self.store.pool)
            .await?)
    }

    async fn add_from(
        &self,
        account: &Account,
        issuer: &str,
        subject: &str,
        by: &str,
    ) -> Result<Added, StoreError> {
        let mut tx = self.store.short().await?;
        if !add_person(&mut tx, account).await? {
            return Ok(Added::EmailTaken);
        }
        let joined = sqlx::query(sql::ADD)
            .bind(plain(issuer))
            .bind(plain(subject))
            .bind(account.id)
            .execute(&mut *tx)
            .await?;
        // Of two who come at once one is added, and the other finds them.
        if joined.rows_affected() == 0 {
            return Ok(Added::EmailTaken);
        }
        let roles = serde_json::json!(account.roles).to_string();
        let added = ("added", None, Some(roles));
        log(&mut tx, account.id, account.created_ms, by, added).await?;
        tx.commit().await?;
        Ok(Added::Yes)
    }
}

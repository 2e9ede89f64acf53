use async_trait::async_trait;
use chrono::NaiveDate;
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use super::decode::{self, EVENT_COLUMNS, TASK_COLUMNS, VERSION_COLUMNS, count, each};
use super::lists::{DIALECT, ask};
use super::runs::RUN_SELECT;
use super::write::plain;
use super::{PostgresStore, cases, open, outbox, runs, sla};
use crate::store::{
    ActorLoad, AuditRow, EventRow, InboxLoad, ReportRow, RunQuery, RunRow, Shelf, SlaDay, SlaOpen,
    Standing, StepLoad, StoreError, TaskQuery, TaskRow, TasksOf, Told, WorkflowVersion,
    task_counts, task_lists,
};

const TASK_JOINS: &str =
    "FROM tasks t JOIN runs r ON r.id = t.run_id JOIN events e ON e.id = r.event_id";

#[async_trait]
impl Shelf for PostgresStore {
    async fn tasks(&self, asked: &TaskQuery) -> Result<Vec<TaskRow>, StoreError> {
        if asked.actors.is_empty() || asked.statuses.is_empty() {
            return Ok(Vec::new());
        }
        let columns = format!("{TASK_COLUMNS}, e.payload::text");
        let statement = task_lists::rows(DIALECT, &columns, asked);
        let mut list = self.listing().await?;
        let rows = ask(statement).fetch_all(&mut *list).await?;
        list.end().await?;
        each(&rows, decode::task_row)
    }

    async fn task(&self, task: Uuid) -> Result<Option<TaskRow>, StoreError> {
        let sql = format!("SELECT {TASK_COLUMNS}, e.payload::text {TASK_JOINS} WHERE t.id = $1");
        let row = sqlx::query(AssertSqlSafe(sql))
            .bind(task)
            .fetch_optional(&self.pool)
            .await?;
        row.as_ref().map(decode::task_row).transpose()
    }

    async fn run_tasks(&self, run: Uuid) -> Result<Vec<TaskRow>, StoreError> {
        let sql = format!(
            "SELECT {TASK_COLUMNS}, e.payload::text {TASK_JOINS} WHERE t.run_id = $1 ORDER BY t.id"
        );
        let rows = sqlx::query(AssertSqlSafe(sql))
            .bind(run)
            .fetch_all(&self.pool)
            .await?;
        each(&rows, decode::task_row)
    }

    async fn told_about(&self, task: Uuid) -> Result<Vec<Told>, StoreError> {
        outbox::about(&self.pool, task).await
    }

    async fn run(&self, run: Uuid) -> Result<Option<RunRow>, StoreError> {
        Ok(self.runs_by_id(&[run]).await?.pop())
    }

    async fn runs_by_id(&self, ids: &[Uuid]) -> Result<Vec<RunRow>, StoreError> {
        let sql = format!("{RUN_SELECT} WHERE r.id = ANY($1)");
        let rows = sqlx::query(AssertSqlSafe(sql))
            .bind(ids)
            .fetch_all(&self.pool)
            .await?;
        each(&rows, decode::run_row)
    }

    async fn runs(&self, asked: &RunQuery) -> Result<Vec<RunRow>, StoreError> {
        runs::matching(self, asked).await
    }

    async fn runs_cut(&self, asked: &RunQuery) -> Result<bool, StoreError> {
        runs::cut(self, asked).await
    }

    async fn history(
        &self,
        run: Uuid,
        after: u64,
        limit: u32,
    ) -> Result<Vec<AuditRow>, StoreError> {
        let rows = sqlx::query(
            "SELECT n, run_id, seq, at, who, version, command::text, entries::text FROM audit \
             WHERE run_id = $1 AND seq > $2 ORDER BY seq LIMIT $3",
        )
        .bind(run)
        .bind(after.cast_signed())
        .bind(i64::from(limit))
        .fetch_all(&self.pool)
        .await?;
        each(&rows, decode::audit)
    }

    async fn event(&self, event: Uuid) -> Result<Option<EventRow>, StoreError> {
        let sql = format!("SELECT {EVENT_COLUMNS} FROM events e WHERE e.id = $1");
        let row = sqlx::query(AssertSqlSafe(sql))
            .bind(event)
            .fetch_optional(&self.pool)
            .await?;
        row.as_ref().map(decode::event).transpose()
    }

    async fn event_by_source(
        &self,
        source: &str,
        external_id: &str,
    ) -> Result<Option<EventRow>, StoreError> {
        let sql = format!(
            "SELECT {EVENT_COLUMNS} FROM events e WHERE e.source = $1 AND e.external_id = $2"
        );
        let row = sqlx::query(AssertSqlSafe(sql))
            .bind(plain(source))
            .bind(plain(external_id))
            .fetch_optional(&self.pool)
            .await?;
        row.as_ref().map(decode::event).transpose()
    }

    async fn report(&self, number: &str) -> Result<Option<ReportRow>, StoreError> {
        let row = sqlx::query(
            "SELECT number, receipt_hash, event_id, run_id, filed FROM reports WHERE number = $1",
        )
        .bind(plain(number))
        .fetch_optional(&self.pool)
        .await?;
        row.as_ref().map(decode::report).transpose()
    }

    async fn report_of_event(&self, event: Uuid) -> Result<Option<ReportRow>, StoreError> {
        let row = sqlx::query(
            "SELECT p.number, p.receipt_hash, p.event_id, p.run_id, p.filed FROM events e \
             CROSS JOIN LATERAL json_array_elements(e.runs::json) AS s (started) \
             JOIN reports p ON p.run_id = (s.started ->> 'run_id')::uuid WHERE e.id = $1",
        )
        .bind(event)
        .fetch_optional(&self.pool)
        .await?;
        row.as_ref().map(decode::report).transpose()
    }

    async fn inbox_load(&self, of: &[TasksOf]) -> Result<InboxLoad, StoreError> {
        if of.is_empty() {
            return Ok(InboxLoad::default());
        }
        let mut list = self.listing().await?;
        let row = ask(task_counts::load(DIALECT, of))
            .fetch_one(&mut *list)
            .await?;
        list.end().await?;
        InboxLoad::counted(|column| count(&row, column))
    }

    async fn held(&self, of: &[TasksOf], holder: &str) -> Result<u64, StoreError> {
        let mut list = self.listing().await?;
        let row = ask(task_counts::held(DIALECT, of, holder))
            .fetch_one(&mut *list)
            .await?;
        list.end().await?;
        count(&row, 0)
    }

    async fn open_actors(&self) -> Result<Vec<String>, StoreError> {
        runs::open_actors(&self.pool).await
    }

    async fn load_by_actor(&self) -> Result<Vec<ActorLoad>, StoreError> {
        open::load_by_actor(self).await
    }

    async fn load_by_step(&self, workflow: &str) -> Result<Vec<StepLoad>, StoreError> {
        open::load_by_step(self, workflow).await
    }

    async fn open_runs(&self) -> Result<Vec<(String, u64)>, StoreError> {
        open::runs(self).await
    }

    async fn standing(&self, workflow: &str, newest: u32) -> Result<Vec<Standing>, StoreError> {
        cases::standing(&self.pool, workflow, newest).await
    }

    async fn sla_days(
        &self,
        from: NaiveDate,
        to: NaiveDate,
        workflows: Option<&[String]>,
    ) -> Result<Vec<SlaDay>, StoreError> {
        sla::days(&self.pool, from, to, workflows).await
    }

    async fn sla_open(&self, workflows: Option<&[String]>) -> Result<Vec<SlaOpen>, StoreError> {
        open::with_sla(self, workflows).await
    }

    async fn workflow_versions(&self) -> Result<Vec<WorkflowVersion>, StoreError> {
        let sql = format!("SELECT {VERSION_COLUMNS} FROM workflows ORDER BY deployment");
        let rows = sqlx::query(AssertSqlSafe(sql))
            .fetch_all(&self.pool)
            .await?;
        each(&rows, decode::workflow_version)
    }

    async fn ready(&self) -> Result<(), StoreError> {
        sqlx::query("SELECT id FROM runs LIMIT 1")
            .fetch_optional(&self.pool)
            .await?;
        Ok(())
    }
}

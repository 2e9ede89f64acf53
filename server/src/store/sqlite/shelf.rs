use async_trait::async_trait;
use chrono::NaiveDate;
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, Row};
use uuid::Uuid;

use super::encode::{self, TASK_COLUMNS};
use super::lists::{DIALECT, ask};
use super::queries::id_list;
use super::runs::RUN_SELECT;
use super::{SqliteStore, cases, notices, open, runs, sla};
use crate::store::{
    ActorLoad, AuditRow, EventRow, InboxLoad, ReportRow, RunQuery, RunRow, Shelf, SlaDay, SlaOpen,
    Standing, StepLoad, StoreError, TaskQuery, TaskRow, TasksOf, Told, WorkflowVersion,
    task_counts, task_lists,
};

const EVENT_COLUMNS: &str = "id, source, external_id, name, payload, received, runs, reached";
const TASK_JOINS: &str =
    "FROM tasks t JOIN runs r ON r.id = t.run_id JOIN events e ON e.id = r.event_id";
pub(super) fn each<T>(
    rows: Vec<SqliteRow>,
    read: impl Fn(&SqliteRow) -> Result<T, StoreError>,
) -> Result<Vec<T>, StoreError> {
    rows.iter().map(read).collect()
}

pub(super) fn count(row: &SqliteRow, column: usize) -> Result<u64, StoreError> {
    Ok(row.try_get::<i64, _>(column)?.unsigned_abs())
}

#[async_trait]
impl Shelf for SqliteStore {
    async fn tasks(&self, asked: &TaskQuery) -> Result<Vec<TaskRow>, StoreError> {
        if asked.actors.is_empty() || asked.statuses.is_empty() {
            return Ok(Vec::new());
        }
        let statement = task_lists::rows(DIALECT, &format!("{TASK_COLUMNS}, e.payload"), asked);
        each(
            ask(statement).fetch_all(&self.read).await?,
            encode::task_row,
        )
    }

    async fn task(&self, task: Uuid) -> Result<Option<TaskRow>, StoreError> {
        let sql = format!("SELECT {TASK_COLUMNS}, e.payload {TASK_JOINS} WHERE t.id = ?");
        let row = sqlx::query(AssertSqlSafe(sql))
            .bind(task.to_string())
            .fetch_optional(&self.read)
            .await?;
        row.as_ref().map(encode::task_row).transpose()
    }

    async fn run_tasks(&self, run: Uuid) -> Result<Vec<TaskRow>, StoreError> {
        let sql = format!(
            "SELECT {TASK_COLUMNS}, e.payload {TASK_JOINS} WHERE t.run_id = ? ORDER BY t.id"
        );
        each(
            sqlx::query(AssertSqlSafe(sql))
                .bind(run.to_string())
                .fetch_all(&self.read)
                .await?,
            encode::task_row,
        )
    }

    async fn told_about(&self, task: Uuid) -> Result<Vec<Told>, StoreError> {
        notices::about(&self.read, task).await
    }

    async fn run(&self, run: Uuid) -> Result<Option<RunRow>, StoreError> {
        Ok(self.runs_by_id(&[run]).await?.pop())
    }

    async fn runs_by_id(&self, ids: &[Uuid]) -> Result<Vec<RunRow>, StoreError> {
        let sql = format!("{RUN_SELECT} WHERE r.id IN (SELECT value FROM json_each(?))");
        each(
            sqlx::query(AssertSqlSafe(sql))
                .bind(id_list(ids))
                .fetch_all(&self.read)
                .await?,
            encode::run_row,
        )
    }

    async fn runs(&self, asked: &RunQuery) -> Result<Vec<RunRow>, StoreError> {
        runs::matching(&self.read, asked).await
    }

    async fn runs_cut(&self, asked: &RunQuery) -> Result<bool, StoreError> {
        runs::cut(&self.read, asked).await
    }

    async fn history(
        &self,
        run: Uuid,
        after: u64,
        limit: u32,
    ) -> Result<Vec<AuditRow>, StoreError> {
        each(
            sqlx::query(
                "SELECT n, run_id, seq, at, who, version, command, entries FROM audit \
                 WHERE run_id = ? AND seq > ? ORDER BY seq LIMIT ?",
            )
            .bind(run.to_string())
            .bind(after.cast_signed())
            .bind(limit)
            .fetch_all(&self.read)
            .await?,
            encode::audit,
        )
    }

    async fn event(&self, event: Uuid) -> Result<Option<EventRow>, StoreError> {
        let row = sqlx::query(AssertSqlSafe(format!(
            "SELECT {EVENT_COLUMNS} FROM events WHERE id = ?"
        )))
        .bind(event.to_string())
        .fetch_optional(&self.read)
        .await?;
        row.as_ref().map(encode::event).transpose()
    }

    async fn event_by_source(
        &self,
        source: &str,
        external_id: &str,
    ) -> Result<Option<EventRow>, StoreError> {
        let sql =
            format!("SELECT {EVENT_COLUMNS} FROM events WHERE source = ? AND external_id = ?");
        let row = sqlx::query(AssertSqlSafe(sql))
            .bind(source.to_owned())
            .bind(external_id.to_owned())
            .fetch_optional(&self.read)
            .await?;
        row.as_ref().map(encode::event).transpose()
    }

    async fn report(&self, number: &str) -> Result<Option<ReportRow>, StoreError> {
        let row = sqlx::query(
            "SELECT number, receipt_hash, event_id, run_id, filed FROM reports WHERE number = ?",
        )
        .bind(number.to_owned())
        .fetch_optional(&self.read)
        .await?;
        row.as_ref().map(encode::report).transpose()
    }

    async fn report_of_event(&self, event: Uuid) -> Result<Option<ReportRow>, StoreError> {
        let row = sqlx::query(
            "SELECT p.number, p.receipt_hash, p.event_id, p.run_id, p.filed FROM events e \
             JOIN json_each(e.runs) s JOIN reports p ON p.run_id = s.value ->> 'run_id' \
             WHERE e.id = ?",
        )
        .bind(event.to_string())
        .fetch_optional(&self.read)
        .await?;
        row.as_ref().map(encode::report).transpose()
    }

    async fn inbox_load(&self, of: &[TasksOf]) -> Result<InboxLoad, StoreError> {
        if of.is_empty() {
            return Ok(InboxLoad::default());
        }
        let row = ask(task_counts::load(DIALECT, of))
            .fetch_one(&self.read)
            .await?;
        InboxLoad::counted(|column| count(&row, column))
    }

    async fn held(&self, of: &[TasksOf], holder: &str) -> Result<u64, StoreError> {
        let row = ask(task_counts::held(DIALECT, of, holder))
            .fetch_one(&self.read)
            .await?;
        count(&row, 0)
    }

    async fn open_actors(&self) -> Result<Vec<String>, StoreError> {
        runs::open_actors(&self.read).await
    }

    async fn load_by_actor(&self) -> Result<Vec<ActorLoad>, StoreError> {
        open::load_by_actor(&self.read).await
    }

    async fn load_by_step(&self, workflow: &str) -> Result<Vec<StepLoad>, StoreError> {
        open::load_by_step(&self.read, workflow).await
    }

    async fn open_runs(&self) -> Result<Vec<(String, u64)>, StoreError> {
        open::runs(&self.read).await
    }

    async fn standing(&self, workflow: &str, newest: u32) -> Result<Vec<Standing>, StoreError> {
        cases::standing(&self.read, workflow, newest).await
    }

    async fn sla_days(
        &self,
        from: NaiveDate,
        to: NaiveDate,
        workflows: Option<&[String]>,
    ) -> Result<Vec<SlaDay>, StoreError> {
        sla::days(&self.read, from, to, workflows).await
    }

    async fn sla_open(&self, workflows: Option<&[String]>) -> Result<Vec<SlaOpen>, StoreError> {
        open::with_sla(&self.read, workflows).await
    }

    async fn workflow_versions(&self) -> Result<Vec<WorkflowVersion>, StoreError> {
        each(
            sqlx::query(
                "SELECT version, id, source, deployed, deployed_by, in_force FROM workflows \
                 ORDER BY deployed",
            )
            .fetch_all(&self.read)
            .await?,
            encode::workflow_version,
        )
    }

    async fn ready(&self) -> Result<(), StoreError> {
        sqlx::query("SELECT id FROM runs LIMIT 1")
            .fetch_optional(&self.read)
            .await?;
        Ok(())
    }
}

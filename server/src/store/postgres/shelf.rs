use async_trait::async_trait;
use chrono::NaiveDate;
use sqlx::{AssertSqlSafe, Postgres, QueryBuilder};
use uuid::Uuid;

use super::decode::{self, EVENT_COLUMNS, TASK_COLUMNS, VERSION_COLUMNS, count, each};
use super::load::actor_is;
use super::runs::RUN_SELECT;
use super::write::plain;
use super::{PostgresStore, cases, open, outbox, runs, sla};
use crate::store::{
    ActorLoad, AuditRow, EventRow, Holder, InboxLoad, ReportRow, RunQuery, RunRow, Shelf, SlaDay,
    SlaOpen, Standing, StepLoad, StoreError, TaskOrder, TaskQuery, TaskRow, TasksOf, Told,
    WorkflowVersion,
};

const TASK_JOINS: &str =
    "FROM tasks t JOIN runs r ON r.id = t.run_id JOIN events e ON e.id = r.event_id";
/// Written as the partial index has it, so that the planner sees that the index serves.
const OPEN: &str = "t.status IN ('NEW', 'CLAIMED')";
/// The tasks of people, as the indexes by workflow have it. A range here would keep SQLite from looking for the actor.
const OF_PEOPLE: &str = "substr(t.actor, 1, 6) = 'HUMAN:'";
const CLOSED_BY_PEOPLE: &str =
    "t.closed_at IS NOT NULL AND t.actor >= 'HUMAN:' AND t.actor < 'HUMAN;'";

/// The condition that a task is of these, in a form an index can serve.
fn push_of(query: &mut QueryBuilder<Postgres>, of: &TasksOf) {
    actor_is(query, &of.actor);
    if let Some(workflow) = &of.workflow {
        query.push(" AND t.workflow = ");
        query.push_bind(plain(workflow).into_owned());
        if of.actor.to_string().starts_with("HUMAN:") {
            query.push(" AND ").push(OF_PEOPLE);
        }
    }
}

fn push_tasks_of(query: &mut QueryBuilder<Postgres>, asked: &TaskQuery, of: &TasksOf) {
    query.push(format!(
        "SELECT {TASK_COLUMNS}, e.payload::text {TASK_JOINS} WHERE "
    ));
    push_of(query, of);
    if asked.statuses.iter().all(|status| status.is_open()) {
        query.push(format!(" AND {OPEN}"));
    } else if asked.order == TaskOrder::ClosedLast && of.workflow.is_some() {
        query.push(" AND t.closed_at IS NOT NULL");
    } else if asked.order == TaskOrder::ClosedLast {
        query.push(format!(" AND {CLOSED_BY_PEOPLE}"));
    }
    query.push(" AND t.status IN (");
    let mut statuses = query.separated(", ");
    for status in &asked.statuses {
        statuses.push_bind(status.as_str());
    }
    query.push(")");
    if let Holder::Is(holder) = &asked.holder {
        query
            .push(" AND coalesce(t.claimed_by, t.closed_by) = ")
            .push_bind(plain(holder).into_owned());
    }
    if asked.escalated {
        query.push(" AND (t.escalated OR t.breached_at IS NOT NULL)");
    }
    if let Some(now) = asked.ready_at {
        query
            .push(" AND (t.not_before IS NULL OR t.not_before <= ")
            .push_bind(now)
            .push(")");
    }
    query.push(match asked.order {
        TaskOrder::Deadline => " ORDER BY t.expires, -t.priority, t.id LIMIT ",
        TaskOrder::ClosedLast => " ORDER BY t.closed_at DESC LIMIT ",
    });
    query.push_bind(i64::from(asked.limit));
}

#[async_trait]
impl Shelf for PostgresStore {
    async fn tasks(&self, asked: &TaskQuery) -> Result<Vec<TaskRow>, StoreError> {
        if asked.actors.is_empty() || asked.statuses.is_empty() {
            return Ok(Vec::new());
        }
        // A sorted, limited list an actor, each served by the index; then the best of them.
        let mut query = QueryBuilder::<Postgres>::new("");
        for (n, of) in asked.actors.iter().enumerate() {
            query.push(if n > 0 { " UNION ALL (" } else { "(" });
            push_tasks_of(&mut query, asked, of);
            query.push(")");
        }
        let rows = query.build().fetch_all(&self.pool).await?;
        let mut tasks = each(&rows, decode::task_row)?;
        asked.order.sort(&mut tasks);
        tasks.truncate(asked.limit as usize);
        Ok(tasks)
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
        runs::matching(&self.pool, asked).await
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
             CROSS JOIN LATERAL json_array_elements(e.runs) AS s (started) \
             JOIN reports p ON p.run_id = (s.started ->> 'run_id')::uuid WHERE e.id = $1",
        )
        .bind(event)
        .fetch_optional(&self.pool)
        .await?;
        row.as_ref().map(decode::report).transpose()
    }

    async fn inbox_load(&self, of: &[TasksOf], holder: &str) -> Result<InboxLoad, StoreError> {
        if of.is_empty() {
            return Ok(InboxLoad::default());
        }
        let mut query = QueryBuilder::<Postgres>::new(
            "SELECT count(*) FILTER (WHERE t.status = 'NEW'), \
             count(*) FILTER (WHERE t.claimed_by = ",
        );
        query.push_bind(plain(holder).into_owned());
        query.push(
            "), count(*) FILTER (WHERE t.status = 'CLAIMED'), \
             count(*) FILTER (WHERE t.escalated OR t.breached_at IS NOT NULL) FROM tasks t WHERE ",
        );
        query.push(OPEN).push(" AND (");
        for (n, of) in of.iter().enumerate() {
            query.push(if n > 0 { " OR (" } else { "(" });
            push_of(&mut query, of);
            query.push(")");
        }
        query.push(")");
        let row = query.build().fetch_one(&self.pool).await?;
        let figure = |column| -> Result<u32, StoreError> {
            Ok(u32::try_from(count(&row, column)?).unwrap_or(u32::MAX))
        };
        Ok(InboxLoad {
            unassigned: figure(0)?,
            mine: figure(1)?,
            taken: figure(2)?,
            escalated: figure(3)?,
        })
    }

    async fn open_actors(&self) -> Result<Vec<String>, StoreError> {
        runs::open_actors(&self.pool).await
    }

    async fn load_by_actor(&self) -> Result<Vec<ActorLoad>, StoreError> {
        open::load_by_actor(&self.pool).await
    }

    async fn load_by_step(&self) -> Result<Vec<StepLoad>, StoreError> {
        open::load_by_step(&self.pool).await
    }

    async fn open_runs(&self) -> Result<Vec<(String, u64)>, StoreError> {
        open::runs(&self.pool).await
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
        open::with_sla(&self.pool, workflows).await
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

//! What an administrator reads.

use leptos::prelude::*;
use uuid::Uuid;

use crate::agency::{Refused, SlaAsked};
#[cfg(feature = "ssr")]
use crate::functions::{agency, asking};
use crate::posted::{ErasePage, RunPage, WorkflowPage};
#[cfg(feature = "ssr")]
use crate::posted::{ErasePosted, MigrationPosted, RunPosted};
use crate::views::{
    AuditPage, AuditQuery, MailRow, RunsPage, RunsQuery, SlaReport, WorkerRow, WorkflowRow,
};

/// SLA compliance over the days asked for.
#[server]
pub async fn read_sla_report(
    // Nothing is sent when nothing is asked.
    #[server(default)] asked: SlaAsked,
) -> Result<SlaReport, Refused> {
    let agency = agency()?;
    let query = asked.at(agency.clock().now);
    agency.sla_report(&asking(), query).await
}

/// A page of runs, newest first.
#[server]
pub async fn read_runs(query: RunsQuery) -> Result<RunsPage, Refused> {
    agency()?.runs(&asking(), query).await
}

/// One run, with what a refused act left.
#[server]
pub async fn read_run(id: Uuid) -> Result<RunPage, Refused> {
    let run = agency()?.run(&asking(), id).await?;
    Ok(RunPage {
        run,
        posted: use_context::<RunPosted>(),
    })
}

/// A run whose personal data is to be erased, with the step that was taken.
#[server]
pub async fn read_erasure(id: Uuid) -> Result<ErasePage, Refused> {
    let erasure = agency()?.erasure(&asking(), id).await?;
    Ok(ErasePage {
        erasure,
        posted: use_context::<ErasePosted>(),
    })
}

/// Who polls for which actor.
#[server]
pub async fn read_workers() -> Result<Vec<WorkerRow>, Refused> {
    agency()?.workers(&asking()).await
}

/// The definitions in force.
#[server]
pub async fn read_workflows() -> Result<Vec<WorkflowRow>, Refused> {
    agency()?.workflows(&asking()).await
}

/// One definition, with what came of a migration.
#[server]
pub async fn read_workflow(id: String) -> Result<WorkflowPage, Refused> {
    let view = agency()?.workflow(&asking(), &id).await?;
    Ok(WorkflowPage {
        view,
        posted: use_context::<MigrationPosted>(),
    })
}

/// A page of the audit trail, newest first.
#[server]
pub async fn read_audit(
    // Nothing is sent when nothing is asked.
    #[server(default)] query: AuditQuery,
) -> Result<AuditPage, Refused> {
    agency()?.audit(&asking(), query).await
}

/// The messages kept as files.
#[server]
pub async fn read_mails() -> Result<Vec<MailRow>, Refused> {
    agency()?.mails(&asking()).await
}

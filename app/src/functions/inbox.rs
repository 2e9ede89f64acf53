//! The human tasks of my roles.

use leptos::prelude::*;
use uuid::Uuid;

use crate::agency::Refused;
#[cfg(feature = "ssr")]
use crate::functions::{agency, asking};
use crate::posted::TaskPage;
#[cfg(feature = "ssr")]
use crate::posted::{ClockPosted, TaskPosted};
use crate::views::{InboxQuery, InboxView};

/// One tab of the inbox.
#[server]
pub async fn read_inbox(asked: InboxQuery) -> Result<InboxView, Refused> {
    agency()?.inbox(&asking(), asked).await
}

/// One task, with what a refused decision left. A sign-in that was lost while deciding keeps the note.
#[server]
pub async fn read_task(id: Uuid) -> Result<TaskPage, Refused> {
    let posted = use_context::<TaskPosted>();
    let (agency, who) = (agency()?, asking());
    match agency.task(&who, id).await {
        Ok(mut task) => {
            if let Some(posted) = &posted {
                task.fields = agency.task_fields(&who, id, &posted.decision()).await?;
            }
            Ok(TaskPage {
                task: Some(task),
                posted,
                clock: use_context::<ClockPosted>(),
            })
        }
        Err(Refused::SignIn) if posted.is_some() => Ok(TaskPage {
            task: None,
            posted,
            clock: None,
        }),
        Err(refused) => Err(refused),
    }
}

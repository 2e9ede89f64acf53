//! Sends what ladders say people are to be told. A notice is written with the rung that fired; here it
//! becomes mail. Each person is told at least once, and not again once that was recorded.

use std::sync::Arc;
use std::time::Duration;

use hms_engine::{ActorPattern, Recipient};
use tokio_util::sync::CancellationToken;

use super::email_svc::{About, EmailSvc};
use crate::clock::wall_ms;
use crate::identity::{held_as, signed_by};
use crate::orchestrator::{Interest, Orchestrator, Registry};
use crate::store::{Notice, Outbox, Receivers, StoreError};

/// How long a notice that was taken is left to whoever took it.
const HOLD_MS: i64 = 60_000;
/// Notices taken at once.
const TAKE_MAX: u32 = 20;
/// Tries until a notice is given up: with the waits between them, about a day.
const TRIES_MAX: u32 = 12;
/// The wait after the first failed try; each is twice the one before.
const FIRST_WAIT_MS: i64 = 30_000;
/// A change of any task may have written a notice; they are looked for once for many changes.
const LOOK_AT_MOST_EVERY: Duration = Duration::from_secs(1);
/// How long to wait before asking a store again that did not answer.
const STORE_PAUSE: Duration = Duration::from_secs(5);

/// Sends notices until told to stop.
pub(super) async fn run(
    orchestrator: Orchestrator,
    outbox: Arc<dyn Outbox>,
    mail: EmailSvc,
    stop: CancellationToken,
) {
    // A prefix and a star is always a pattern.
    let everybody: Vec<ActorPattern> = ["HUMAN:*", "AI:*", "SVC:*"]
        .iter()
        .filter_map(|pattern| pattern.parse().ok())
        .collect();
    let listener = orchestrator.hub().listen(Interest::Tasks(everybody));
    loop {
        let next = match send_due(outbox.as_ref(), &mail, orchestrator.registry()).await {
            Ok(()) => outbox.next().await,
            Err(error) => Err(error),
        };
        let until_next = async {
            match &next {
                Ok(None) => std::future::pending().await,
                Ok(Some(next_ms)) => {
                    let wait = u64::try_from(next_ms - wall_ms()).unwrap_or(0);
                    tokio::time::sleep(Duration::from_millis(wait)).await;
                }
                Err(error) => {
                    tracing::warn!(%error, "notices could not be read; trying again");
                    tokio::time::sleep(STORE_PAUSE).await;
                }
            }
        };
        tokio::select! {
            () = stop.cancelled() => return,
            () = listener.changed() => {}
            () = until_next => {}
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(LOOK_AT_MOST_EVERY) => {}
        }
    }
}

/// Sends all that is to be sent by now.
pub(super) async fn send_due(
    outbox: &dyn Outbox,
    mail: &EmailSvc,
    registry: &Registry,
) -> Result<(), StoreError> {
    loop {
        let taken = outbox.take(wall_ms(), HOLD_MS, TAKE_MAX).await?;
        let last = taken.len() < TAKE_MAX as usize;
        for notice in taken {
            send(outbox, mail, registry, &notice).await?;
        }
        if last {
            return Ok(());
        }
    }
}

/// Tells everybody a notice is for who was not told.
async fn send(
    outbox: &dyn Outbox,
    mail: &EmailSvc,
    registry: &Registry,
    notice: &Notice,
) -> Result<(), StoreError> {
    let to = match &notice.who {
        Recipient::Role(actor) => Some(Receivers::Roles(held_as(&actor.name, &notice.workflow))),
        // Who has the task may be a program that signs by a name of its own.
        Recipient::Holder(who) => signed_by(who).map(Receivers::Person),
    };
    let receivers = match &to {
        Some(to) => outbox.receivers(to).await?,
        None => Vec::new(),
    };
    if receivers.is_empty() {
        tracing::warn!(
            task.id = %notice.task_id, step = %notice.step_id,
            "nobody can be told that the time for a task runs out"
        );
    }
    let mut failed = None;
    for receiver in receivers {
        if notice.told.contains(&receiver.person) {
            continue;
        }
        let about = About::of(registry, notice, receiver.language.as_deref());
        match mail.remind(&about, receiver.person, &receiver.email).await {
            Ok(()) => outbox.sent(notice.id, receiver.person, wall_ms()).await?,
            Err(why) => failed = Some(why),
        }
    }
    match failed {
        None => outbox.close(notice.id, wall_ms()).await,
        Some(why) if notice.tries >= TRIES_MAX => {
            tracing::error!(task.id = %notice.task_id, %why, "a notice was given up");
            outbox.close(notice.id, wall_ms()).await
        }
        Some(why) => {
            tracing::warn!(task.id = %notice.task_id, %why, "a notice was not sent; trying again");
            let wait = FIRST_WAIT_MS << notice.tries.saturating_sub(1).min(16);
            outbox.put_off(notice.id, wall_ms() + wait).await
        }
    }
}

#[cfg(test)]
#[path = "notifier_tests.rs"]
mod tests;

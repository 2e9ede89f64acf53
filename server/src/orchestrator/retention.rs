//! Erasing personal data by rule, so long after the end of its cases. What is due stands in the store; here somebody
//! sleeps until then.

use std::time::Duration;

use hms_engine::Time;
use tokio_util::sync::CancellationToken;

use super::{Orchestrator, Registry};
use crate::clock::moment;
use crate::store::{RetentionRule, StoreError};

/// The most cases whose data is erased in one transaction; other work goes on in between.
const CASES_MAX: u32 = 200;
/// How long to leave the store to others between two of them.
const PAUSE: Duration = Duration::from_millis(20);
/// The shortest time between two looks: with a fast clock everything is due soon.
const LOOK_MIN: Duration = Duration::from_secs(1);
/// The longest: whatever another node did to the clock is seen by then.
const LOOK_MAX: Duration = Duration::from_secs(3_600);
/// How long to wait after the store did not answer.
const TROUBLE_PAUSE: Duration = Duration::from_secs(30);
/// What came with an event that reached no case can be read by nobody; it is kept for whoever looks for what went
/// wrong with the event.
const STRAY_MS: i64 = 30 * 24 * 3_600_000;
/// The same for people.
const STRAY_WRITTEN: &str = "30d";

impl Orchestrator {
    /// Erases personal data when it is due, until told to stop.
    pub async fn keep_erasing(self, stop: CancellationToken) {
        let mut due = None;
        loop {
            let pause = match self.erase_due().await {
                Ok(next) => {
                    due = Some(next);
                    self.clock().until(next).clamp(LOOK_MIN, LOOK_MAX)
                }
                Err(error) => {
                    tracing::warn!(%error, "personal data that may be due is not erased; trying again soon");
                    if let Some(due) = due {
                        self.metrics()
                            .overdue((self.now() - due).num_milliseconds());
                    }
                    TROUBLE_PAUSE
                }
            };
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.registry().another_in_force() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Erases all personal data that is due, and says when to look again.
    ///
    /// # Errors
    ///
    /// The store's; what was erased before is erased.
    pub async fn erase_due(&self) -> Result<Time, StoreError> {
        let rules = rules(self.registry());
        let mut next = self.shelf().next_due(&rules).await?.map(moment);
        if next.is_some_and(|next| next <= self.now()) {
            self.erase_all(&rules).await?;
            next = self.shelf().next_due(&rules).await?.map(moment);
        }
        let now = self.now();
        let late = next.map_or(0, |next| (now - next).num_milliseconds());
        self.metrics().overdue(late);
        // What ends from now on is due no sooner than this.
        let shortest = rules.iter().map(|rule| rule.kept_ms).min();
        let soonest = moment(now.timestamp_millis() + shortest.unwrap_or(STRAY_MS));
        Ok(next.map_or(soonest, |next| next.min(soonest)))
    }

    async fn erase_all(&self, rules: &[RetentionRule]) -> Result<(), StoreError> {
        loop {
            let shelf = self.shelf();
            let erased = shelf.erase_due(rules, self.now(), CASES_MAX).await?;
            self.metrics().erased(erased.values);
            if erased.values > 0 {
                tracing::info!(values = erased.values, "personal data was erased by rule");
            }
            if !erased.more {
                return Ok(());
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}

/// The rules of the definitions in force, and the one for events that reached no case.
fn rules(registry: &Registry) -> Vec<RetentionRule> {
    let of_workflows = registry.all().into_iter().filter_map(|workflow| {
        let personal = workflow.retention.as_ref()?.personal.as_ref()?;
        Some(RetentionRule {
            workflow: workflow.id.clone(),
            version: Some(workflow.version.clone()),
            kept_ms: personal.ms,
            written: personal.written.clone(),
        })
    });
    let stray = RetentionRule {
        workflow: String::new(),
        version: None,
        kept_ms: STRAY_MS,
        written: STRAY_WRITTEN.to_owned(),
    };
    of_workflows.chain([stray]).collect()
}

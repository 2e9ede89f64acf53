//! Looking around between turns: what other nodes did, and whether the store is well.

use super::conductor::Conductor;
use super::deploy::take_in;
use crate::clock::WorkflowClock;
use crate::store::StoreError;

impl Conductor {
    /// Looks whether a store that was away takes commits again, and for what other nodes did.
    pub(super) async fn look(&mut self, clock: &WorkflowClock) {
        if self.common.is_away() {
            // To be read is not enough: a full disk lets itself be read.
            match self.journal.probe().await {
                Ok(()) => self.answered(),
                Err(error) => {
                    tracing::debug!(%error, "the store is still away");
                    return;
                }
            }
        }
        if !self.journal.shared() {
            return;
        }
        match self.journal.look().await {
            Ok(look) => {
                clock.set(look.anchor, look.ahead_ms);
                take_in(&self.registry, &self.anew, look.calendars, look.deployed);
                self.next_due = match self.anew.is_busy() {
                    true => Some(clock.now()),
                    false => look.next,
                };
            }
            Err(error) => self.unanswered(&error),
        }
    }

    /// The store did not answer, or took no commit: said once, until it does.
    pub(super) fn unanswered(&mut self, error: &StoreError) {
        if self.common.went(true) {
            self.metrics.store_went(true);
            tracing::error!(%error, "the store does not answer; callers are told to come again");
        }
    }

    /// It does.
    pub(super) fn answered(&mut self) {
        if self.common.went(false) {
            self.metrics.store_went(false);
            // As loud as its going away: whoever read of that is to read of this.
            tracing::warn!("the store answers again");
        }
    }
}

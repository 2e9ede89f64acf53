use uuid::Uuid;

use super::advance::Cause;
use super::{Machine, derive, later};
use crate::{Effect, EntryKind, IncidentKind, Rejected, Retry, TaskStatus, TimerKind};

/// Longest account of what went wrong, in characters; the rest is cut.
const ERROR_CHARS_MAX: usize = 2_000;

impl Machine<'_, '_> {
    /// An attempt went wrong: the task waits for the next, or after the last the run stops here.
    pub(super) fn fail(&mut self, task: Uuid, by: &str, error: &str) -> Result<(), Rejected> {
        let at = self.open_task(task)?;
        self.not_expired(at)?;
        self.not_held_by_another(at, by)?;
        self.not_waiting(at)?;
        let error = error.chars().take(ERROR_CHARS_MAX).collect();
        self.attempt_failed(at, Some(by), error);
        Ok(())
    }

    /// Tries again or gives up; nobody told of an attempt that ran out of its time.
    pub(super) fn attempt_failed(&mut self, at: usize, by: Option<&str>, error: String) {
        let task = self.run.tasks[at].id;
        let retry = self.task_step(&self.run.tasks[at]).map(|step| &step.retry);
        let attempt = self.run.tasks[at].attempt;
        match retry.filter(|retry| attempt < retry.attempts) {
            Some(retry) => {
                let next = later(self.now, wait_ms(retry, task, attempt));
                self.try_again(at, attempt, error, next);
            }
            None => self.give_up(at, by, attempt, error),
        }
    }

    fn try_again(&mut self, at: usize, attempt: u32, error: String, next: crate::Time) {
        let task = self.run.tasks[at].id;
        let step = self.free(at);
        self.clear_timers(task, |kind| matches!(kind, TimerKind::NextAttempt { .. }));
        let open = &mut self.run.tasks[at];
        open.attempt = attempt + 1;
        open.not_before = Some(next);
        open.error = Some(error.clone());
        self.changed(at);
        self.set_timer(next, TimerKind::NextAttempt { task });
        self.record(
            EntryKind::TaskFailed {
                attempt,
                error,
                next: Some(next),
            },
            Some(&step),
            Some(task),
        );
    }

    fn give_up(&mut self, at: usize, by: Option<&str>, attempt: u32, error: String) {
        self.breach_unnoticed(at);
        let mut closed = self.close(at, TaskStatus::Failed, by);
        closed.error = Some(error.clone());
        let step = closed.step_id.clone();
        let message = match attempt {
            1 => format!("{step}: the task failed: {error}"),
            _ => format!("{step}: the task failed {attempt} times, the last time: {error}"),
        };
        self.record(
            EntryKind::TaskFailed {
                attempt,
                error,
                next: None,
            },
            Some(&step),
            Some(closed.id),
        );
        let (task, list) = (closed.id, closed.list);
        let cause = Cause::again(closed.escalated);
        let definition = self.task_step(&closed);
        self.effects.push(Effect::CloseTask(Box::new(closed)));
        let Some(to) = definition.and_then(|step| step.on_error.as_ref()) else {
            return self.raise(list, &step, IncidentKind::Exhausted, message, cause);
        };
        let name = to.as_str().to_owned();
        self.record(
            EntryKind::ErrorHandled { to: name },
            Some(&step),
            Some(task),
        );
        self.go(list, to, Cause::Order);
    }

    /// A waiting task may be tried again.
    pub(super) fn next_attempt(&mut self, at: usize) {
        self.run.tasks[at].not_before = None;
        self.changed(at);
    }
}

/// How long to wait after this attempt failed, in milliseconds.
fn wait_ms(retry: &Retry, task: Uuid, attempt: u32) -> i64 {
    let exponent = i32::try_from(attempt.saturating_sub(1)).unwrap_or(i32::MAX);
    let wait = (retry.first_ms as f64 * retry.factor.powi(exponent)).min(retry.max_ms as f64);
    // Durations are bounded to ten years, far below where an f64 or an i64 of milliseconds ends.
    (wait * derive::jitter(task, attempt)) as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_their_limit_with_a_little_spread() {
        let retry = Retry {
            attempts: 100,
            first_ms: 10_000,
            factor: 2.0,
            max_ms: 600_000,
        };
        let task = Uuid::from_u128(3);
        for (attempt, plain) in [
            (1, 10_000),
            (2, 20_000),
            (3, 40_000),
            (7, 600_000),
            (99, 600_000),
        ] {
            let wait = wait_ms(&retry, task, attempt);
            assert!(
                (plain * 8 / 10..=plain * 12 / 10).contains(&wait),
                "{attempt}: {wait}"
            );
            assert_eq!(wait, wait_ms(&retry, task, attempt));
        }
    }
}

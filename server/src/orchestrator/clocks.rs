use hms_engine::{Budget, Measure, Sla};
use uuid::Uuid;

use super::{Orchestrator, Refusal, Registry};

impl Orchestrator {
    /// How much a written length adds to the budget of a task, in what that is counted in; the inner
    /// error says what would be right.
    pub async fn added_ms(
        &self,
        task: Uuid,
        written: &str,
    ) -> Result<Result<i64, String>, Refusal> {
        let row = self.shelf().task(task).await?;
        let row = row.ok_or(Refusal::UnknownTask(task))?;
        let run = self.shelf().run(row.run_id).await?;
        let run = run.ok_or(Refusal::UnknownRun(row.run_id))?;
        let measure = self
            .registry()
            .sla(&run.run.version, &row.task.step_id, |sla| {
                sla.within.measure
            });
        Ok(added_ms(written, measure.unwrap_or(Measure::Clock)))
    }
}

/// A written length in what a budget is counted in.
fn added_ms(written: &str, measure: Measure) -> Result<i64, String> {
    let length = Budget::parse(written)?;
    match (length.measure, measure) {
        (Measure::Days, Measure::Days)
        | (Measure::Clock, Measure::Clock)
        | (Measure::Clock | Measure::Hours, Measure::Hours) => Ok(length.amount),
        (_, Measure::Days) => Err("this task's time is in business days: write 2bd".to_owned()),
        (_, Measure::Hours) => Err("this task's time is in working hours: write 4bh".to_owned()),
        (_, Measure::Clock) => {
            Err("this task's time goes by the clock: write hours or days, like 4h or 2d".to_owned())
        }
    }
}

impl Registry {
    /// Something about the SLA of a step.
    pub fn sla<T>(&self, version: &str, step: &str, of: impl FnOnce(&Sla) -> T) -> Option<T> {
        self.version(version)?.sla(step).map(of)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_is_added_in_what_the_budget_is_counted_in() {
        const DAY: i64 = 86_400_000;
        for (written, measure, wanted) in [
            ("2bd", Measure::Days, Some(2 * DAY)),
            ("4h", Measure::Clock, Some(4 * 3_600_000)),
            ("2d", Measure::Clock, Some(2 * DAY)),
            ("4bh", Measure::Hours, Some(4 * 3_600_000)),
            ("4h", Measure::Hours, Some(4 * 3_600_000)),
            ("4h", Measure::Days, None),
            ("2bd", Measure::Clock, None),
            ("2bd", Measure::Hours, None),
            ("soon", Measure::Clock, None),
            ("-4h", Measure::Clock, None),
        ] {
            let added = added_ms(written, measure);
            assert_eq!(
                added.as_ref().ok().copied(),
                wanted,
                "{written} {measure:?}: {added:?}"
            );
        }
    }
}

use chrono::{Days, NaiveDate};
use hms_app::agency::{Agency, Refused, SlaQuery, Visitor};
use hms_app::views::{SlaDayRow, SlaFigures, SlaReport, SlaStepRow};

use super::titles::Titles;
use super::{Desk, refuse};
use crate::identity::{Act, Reach};
use crate::sla::{Tally, csv};
use crate::store::SlaDay;

/// The most days of a report: ten years.
const DAYS_MAX: u64 = 3_660;

impl Desk {
    /// SLA compliance over whole days.
    pub(super) async fn sla(&self, who: &Visitor, query: SlaQuery) -> Result<SlaReport, Refused> {
        let (_, reach) = self.door.reaching(who, Act::ReadSla).await?;
        let (from, to) = range(&query);
        let of = reach.narrowed(query.workflow.as_deref());
        let days = self.sla_days(from, to, of.as_deref()).await?;
        let open = self.orchestrator.shelf().sla_open(of.as_deref()).await;
        let tally = Tally::of(&days, &open.map_err(refuse::store)?);
        let registry = self.orchestrator.registry();
        let steps = tally
            .steps
            .iter()
            .map(|((workflow, step), sum)| SlaStepRow {
                workflow: workflow.clone(),
                step: step.clone(),
                title: Titles::in_force(registry, workflow, who.language).step(step),
                figures: sum.figures(),
            });
        let by_day = from.iter_days().take_while(|day| *day <= to);
        Ok(SlaReport {
            from,
            to,
            workflows: self.workflow_ids(&reach),
            total: tally.total.figures(),
            steps: steps.collect(),
            days: by_day
                .map(|day| SlaDayRow {
                    day,
                    figures: tally
                        .days
                        .get(&day)
                        .map_or_else(SlaFigures::default, |sum| sum.figures()),
                })
                .collect(),
            clock: self.clock(),
        })
    }

    /// The same outcomes as comma-separated values, a line for each day and step.
    pub(in crate::portal) async fn sla_csv(
        &self,
        who: &Visitor,
        query: &SlaQuery,
    ) -> Result<String, Refused> {
        let (_, reach) = self.door.reaching(who, Act::ReadSla).await?;
        let (from, to) = range(query);
        let of = reach.narrowed(query.workflow.as_deref());
        let days = self.sla_days(from, to, of.as_deref()).await?;
        Ok(csv(&days))
    }

    async fn sla_days(
        &self,
        from: NaiveDate,
        to: NaiveDate,
        of: Option<&[String]>,
    ) -> Result<Vec<SlaDay>, Refused> {
        let days = self.orchestrator.shelf().sla_days(from, to, of).await;
        days.map_err(refuse::store)
    }

    /// The workflows to choose from.
    pub(super) fn workflow_ids(&self, reach: &Reach) -> Vec<String> {
        let all = self.orchestrator.registry().all();
        let ids = all.iter().map(|workflow| workflow.id.clone());
        ids.filter(|id| reach.has(id)).collect()
    }
}

/// The days asked for, the earlier first; of too many the latest.
fn range(query: &SlaQuery) -> (NaiveDate, NaiveDate) {
    let (from, to) = (query.from.min(query.to), query.from.max(query.to));
    let earliest = to.checked_sub_days(Days::new(DAYS_MAX - 1)).unwrap_or(from);
    (from.max(earliest), to)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_in_order_and_bounded() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let asked = |from: &str, to: &str| {
            range(&SlaQuery {
                from: day(from),
                to: day(to),
                workflow: None,
            })
        };
        let march = (day("2026-03-01"), day("2026-03-31"));
        assert_eq!(asked("2026-03-01", "2026-03-31"), march);
        assert_eq!(asked("2026-03-31", "2026-03-01"), march);
        let (from, to) = asked("0001-01-01", "2026-03-31");
        assert_eq!((to - from).num_days() + 1, DAYS_MAX as i64);
        assert_eq!(to, march.1);
    }
}

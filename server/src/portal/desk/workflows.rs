use std::collections::{BTreeMap, HashMap};

use hms_app::agency::{Refused, Visitor};
use hms_app::views::{Language, WorkflowCalendar, WorkflowRow, WorkflowStepRow, WorkflowView};
use hms_engine::{Step, StepKind, WayBy, Workflow};

use super::picture::picture;
use super::titles::Titles;
use super::{Desk, refuse};
use crate::identity::{Act, may_in};
use crate::store::StepLoad;

impl Desk {
    /// The definitions in force.
    pub(super) async fn list_workflows(&self, who: &Visitor) -> Result<Vec<WorkflowRow>, Refused> {
        let (_, reach) = self.door.reaching(who, Act::ReadWorkflows).await?;
        let open = self.open_runs().await?;
        let all = self.orchestrator.registry().all();
        let rows = all
            .iter()
            .filter(|workflow| reach.has(&workflow.id))
            .map(|workflow| row(workflow, &open, who.language));
        Ok(rows.collect())
    }

    /// One definition.
    pub(super) async fn read_workflow(
        &self,
        who: &Visitor,
        id: &str,
    ) -> Result<WorkflowView, Refused> {
        let person = self.door.allowed_in(who, Act::ReadWorkflows, id).await?;
        let workflow = self.orchestrator.registry().in_force(id);
        let workflow = workflow.ok_or(Refused::NotFound)?;
        let open = self.open_runs().await?;
        let loads = self.orchestrator.shelf().load_by_step(id).await;
        let loads = loads.map_err(refuse::store)?;
        let titles = Titles::in_force(self.orchestrator.registry(), id, who.language);
        let steps = workflow.all_steps().into_iter();
        Ok(WorkflowView {
            row: row(&workflow, &open, who.language),
            calendars: calendars(&workflow, who.language),
            steps: steps.map(|step| step_row(step, &titles, &loads)).collect(),
            picture: picture(&workflow, &open_at(&loads), &[], who.language),
            source: workflow.source.clone(),
            // Only whoever may move them is asked about them.
            others: match may_in(&person.roles, Act::MigrateRuns, id) {
                true => self.other_versions(&workflow).await?,
                false => Vec::new(),
            },
        })
    }

    /// Open runs by workflow, over all versions.
    async fn open_runs(&self) -> Result<HashMap<String, u64>, Refused> {
        let open = self.orchestrator.shelf().open_runs().await;
        Ok(open.map_err(refuse::store)?.into_iter().collect())
    }
}

fn row(workflow: &Workflow, open: &HashMap<String, u64>, language: Language) -> WorkflowRow {
    let title = workflow.title.get(language.code());
    WorkflowRow {
        id: workflow.id.clone(),
        title: title.unwrap_or(&workflow.id).to_owned(),
        start: workflow.start.clone(),
        version: workflow.version.clone(),
        open: open.get(&workflow.id).copied().unwrap_or(0),
    }
}

/// The calendars in force that it counts by.
fn calendars(workflow: &Workflow, language: Language) -> Vec<WorkflowCalendar> {
    let calendars = workflow.calendars.values();
    let shown = calendars.map(|calendar| WorkflowCalendar {
        id: calendar.id.clone(),
        title: calendar
            .title
            .get(language.code())
            .unwrap_or(&calendar.id)
            .to_owned(),
        version: calendar.version.clone(),
    });
    shown.collect()
}

/// What is open at each step, over all versions.
fn open_at(loads: &[StepLoad]) -> BTreeMap<String, u64> {
    let loads = loads.iter();
    loads
        .map(|load| (load.step_id.clone(), load.open))
        .collect()
}

fn step_row(step: &Step, titles: &Titles, loads: &[StepLoad]) -> WorkflowStepRow {
    let (does, sla) = match &step.kind {
        StepKind::Task(task) => {
            let written = task.sla.as_ref().map(|sla| sla.written.clone());
            (task.actor.to_string(), written)
        }
        StepKind::Switch(_) => ("switch".to_owned(), None),
        StepKind::Parallel(_) => ("parallel".to_owned(), None),
        StepKind::Foreach(_) => ("foreach".to_owned(), None),
        StepKind::Wait(_) => ("wait".to_owned(), None),
        StepKind::Call(call) => (format!("call {}", call.workflow), None),
        StepKind::End(_) => ("end".to_owned(), None),
    };
    let next = step.ways().into_iter().map(|way| {
        let label = match way.by {
            WayBy::Done => "done",
            WayBy::Outcome(outcome) => outcome,
            WayBy::Timeout => "timeout",
            WayBy::Error => "error",
            WayBy::Case(case) | WayBy::Condition(case) => case,
            WayBy::Default => "default",
        };
        format!("{label} → {}", way.to.as_str())
    });
    WorkflowStepRow {
        id: step.id.clone(),
        title: titles.step(&step.id),
        does,
        sla,
        next: next.collect(),
        open: loads
            .iter()
            .find(|load| load.step_id == step.id)
            .map_or(0, |load| load.open),
    }
}

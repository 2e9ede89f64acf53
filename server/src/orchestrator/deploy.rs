use hms_engine::{Time, Workflow};

use super::calendars::Anew;
use super::{Conductor, Deployed, Orchestrator, Refusal, Registry, Work};
use crate::store::{CalendarVersion, WorkflowVersion};

impl Orchestrator {
    /// Deploys a definition: it is in force for the runs that begin from now on.
    pub async fn deploy(&self, source: &str, by: &str) -> Result<Deployed, Refusal> {
        self.put_in_force(source, by, false).await
    }

    /// What deploying a definition would change; nothing does.
    pub async fn try_deploy(&self, source: &str) -> Result<Deployed, Refusal> {
        self.put_in_force(source, "", true).await
    }

    async fn put_in_force(
        &self,
        source: &str,
        by: &str,
        dry_run: bool,
    ) -> Result<Deployed, Refusal> {
        let (by, source) = (by.to_owned(), source.to_owned());
        self.ask(|answer| Work::Deploy {
            by,
            source,
            dry_run,
            answer,
        })
        .await?
    }
}

impl Conductor {
    /// Puts in force what is asked, or says what that would change, and answers.
    pub(super) async fn deploy(&mut self, now: Time, deployment: Work) {
        match deployment {
            Work::Deploy {
                by,
                source,
                dry_run,
                answer,
            } => answer.send(match dry_run {
                true => self.checked(&source).map(|(_, deployed)| deployed),
                false => self.put_in_force(now, by, &source).await,
            }),
            Work::DeployCalendar { by, source, answer } => {
                answer.send(self.put_calendar_in_force(now, by, &source).await);
            }
            other => other.refuse(&Refusal::Unavailable("no deployment".into())),
        }
    }

    /// Checks a definition: what deploying it would do.
    pub(super) fn checked(&self, source: &str) -> Result<(Workflow, Deployed), Refusal> {
        let parsed = Workflow::parse_with(source, &self.registry.calendars())
            .map_err(Refusal::BadDefinition)?;
        let workflow = parsed.workflow;
        if let Some(portal) = &workflow.portal
            && let Some(other) = self.registry.with_portal(&portal.slug)
            && other.id != workflow.id
        {
            return Err(Refusal::SlugTaken {
                slug: portal.slug.clone(),
                workflow: other.id.clone(),
            });
        }
        let in_force = self.registry.in_force(&workflow.id);
        let changes = in_force.map(|known| {
            (
                known.version != workflow.version,
                known.changes_to(&workflow),
            )
        });
        let changed = changes.as_ref().is_none_or(|(changed, _)| *changed);
        let known = self.registry.all();
        let known = known.iter().map(|known| known.id.as_str());
        let mut warnings = parsed.warnings;
        warnings.extend(workflow.unknown_calls(known));
        let deployed = Deployed {
            id: workflow.id.clone(),
            version: workflow.version.clone(),
            changed,
            warnings,
            changes: changes.map(|(_, changes)| changes),
        };
        Ok((workflow, deployed))
    }

    /// Checks a definition and puts it in force, unless it is.
    pub async fn put_in_force(
        &mut self,
        now: Time,
        by: String,
        source: &str,
    ) -> Result<Deployed, Refusal> {
        let (workflow, deployed) = self.checked(source)?;
        if deployed.changed {
            let version = WorkflowVersion {
                version: workflow.version.clone(),
                id: workflow.id.clone(),
                source: workflow.source.clone(),
                deployed: now,
                deployed_by: by,
                in_force: true,
                deployment: 0,
            };
            let kept = self.journal.deploy(&version).await;
            if kept.is_err() {
                self.journal.abandon().await;
            }
            self.registry.put(workflow, Some(kept?));
        }
        Ok(deployed)
    }
}

/// Takes in what was deployed at other nodes: the calendars first, which definitions may name.
pub(super) fn take_in(
    registry: &Registry,
    anew: &Anew,
    calendars: Vec<CalendarVersion>,
    deployed: Vec<WorkflowVersion>,
) {
    for calendar in calendars {
        if registry.take_in_calendar(&calendar) {
            anew.add(&calendar.id);
        }
    }
    for version in deployed {
        registry.take_in(&version);
    }
}

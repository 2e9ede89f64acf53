use std::sync::Arc;

use hms_app::views::Language;
use hms_engine::{Next, Portal, StepKind, Workflow};

use crate::orchestrator::Registry;

/// The words a workflow has for its steps, in one language.
pub(super) struct Titles {
    workflow: Option<Arc<Workflow>>,
    language: Language,
    /// Whether they are for the reporter, for whom a portal may have words of its own.
    for_reporter: bool,
}

impl Titles {
    /// Of the version a run began with.
    pub(super) fn of_version(registry: &Registry, version: &str, language: Language) -> Titles {
        Titles {
            workflow: registry.version(version),
            language,
            for_reporter: false,
        }
    }

    /// The same for the reporter.
    pub(super) fn for_reporter(registry: &Registry, version: &str, language: Language) -> Titles {
        Titles {
            for_reporter: true,
            ..Titles::of_version(registry, version, language)
        }
    }

    /// Of the version in force.
    pub(super) fn in_force(registry: &Registry, workflow: &str, language: Language) -> Titles {
        Titles {
            workflow: registry.in_force(workflow),
            language,
            for_reporter: false,
        }
    }

    /// The definition, when this node knows it.
    pub(super) fn workflow(&self) -> Option<&Workflow> {
        self.workflow.as_deref()
    }

    /// A step in plain words: its title, else its id made readable. For the reporter, what the
    /// portal says.
    pub(super) fn step(&self, id: &str) -> String {
        let code = self.language.code();
        let portal = self.portal().filter(|_| self.for_reporter);
        let status = portal.and_then(|portal| portal.statuses.get(id)?.get(code));
        let step = self.workflow().and_then(|workflow| workflow.step(id));
        status
            .or_else(|| step?.title.get(code))
            .map_or_else(|| readable(id), str::to_owned)
    }

    /// What the service is called, when the workflow is one.
    pub(super) fn service(&self) -> Option<String> {
        let title = self.portal()?.title.get(self.language.code());
        title.map(str::to_owned)
    }

    /// The portal, when the workflow has one.
    pub(super) fn portal(&self) -> Option<&Portal> {
        self.workflow()?.portal.as_ref()
    }

    /// The work a way leads to, in plain words; none when it ends there. A switch on the way is
    /// not work: the steps it can choose stand for it.
    pub(super) fn work_at(&self, next: &Next) -> Option<String> {
        let mut found = Vec::new();
        self.collect(next, &mut Vec::new(), &mut found);
        (!found.is_empty()).then(|| found.join(" / "))
    }

    fn collect<'w>(&'w self, next: &'w Next, seen: &mut Vec<&'w str>, found: &mut Vec<String>) {
        let Next::Step(id) = next else { return };
        if seen.contains(&id.as_str()) {
            return;
        }
        seen.push(id);
        match self.workflow().and_then(|workflow| workflow.step(id)) {
            Some(step) if matches!(step.kind, StepKind::Switch(_)) => {
                for way in step.ways() {
                    self.collect(way.to, seen, found);
                }
            }
            _ => found.push(self.step(id)),
        }
    }
}

/// `human_review` as people write it: `Human review`.
fn readable(id: &str) -> String {
    let words = id.replace(['_', '-'], " ");
    let mut letters = words.trim().chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => words,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn titles(source: &str, language: Language) -> Titles {
        let workflow = Workflow::parse(source).unwrap().workflow;
        Titles {
            workflow: Some(Arc::new(workflow)),
            language,
            for_reporter: false,
        }
    }

    const SOURCE: &str = "
id: W
start: E
steps:
  - id: review
    title: { en: We read it, es: Lo leemos }
    actor: HUMAN:investigator
  - id: branch
    type: switch
    expr: \"result.outcome\"
    cases: { approve: tell_them, reject: end }
    default: look-again
  - id: tell_them
    title: We tell you
    actor: SVC:email-svc
    on_complete: end
  - id: look-again
    actor: HUMAN:supervisor
";

    #[test]
    fn a_step_is_called_by_its_title_or_its_id_made_readable() {
        let (en, es) = (titles(SOURCE, Language::En), titles(SOURCE, Language::Es));
        assert_eq!(en.step("review"), "We read it");
        assert_eq!(es.step("review"), "Lo leemos");
        assert_eq!(es.step("tell_them"), "We tell you");
        assert_eq!(en.step("look-again"), "Look again");
        assert_eq!(en.step("gone_since"), "Gone since");
    }

    #[test]
    fn the_work_behind_a_switch_stands_for_it() {
        let titles = titles(SOURCE, Language::En);
        let next = |id: &str| Next::Step(id.to_owned());
        assert_eq!(
            titles.work_at(&next("branch")).as_deref(),
            Some("We tell you / Look again")
        );
        assert_eq!(
            titles.work_at(&next("review")).as_deref(),
            Some("We read it")
        );
        assert_eq!(titles.work_at(&Next::End), None);
    }
}

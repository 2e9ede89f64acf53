use hms_app::agency::{Agency, Refused};
use hms_app::views::{
    AddedView, Closed, Conflict, Decision, Fault, FieldView, Label, Language, NextStep, Person,
    Rule, TaskAct, TaskView,
};
use hms_engine::{
    ActorKind, Answers, EntryKind, FieldFault, Form, FormField, Rejected, Run, StepKind, Task,
    TaskStatus, TaskStep, Workflow,
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::names::{Names, signers};
use super::titles::Titles;
use super::{Desk, answers, clock, inbox, refuse};
use crate::identity::{Act, holds, may_in, signature};
use crate::orchestrator::{Refusal, Sight, TaskOrder};
use crate::store::{AuditRow, RunRow, TaskRow};

/// Longest note, in characters.
const NOTE_CHARS_MAX: u32 = 4_000;
/// Reasons shown of a label.
const REASONS_MAX: usize = 20;

impl Desk {
    /// One task with its evidence, for a person who may see it; and whether personal data is in it in clear.
    pub(super) async fn read_task(
        &self,
        person: &Person,
        id: Uuid,
        language: Language,
    ) -> Result<(TaskView, bool), Refused> {
        let task = self.visible(person, id).await?;
        self.view_of(person, &task, language).await
    }

    /// The same after something was done to it.
    pub(super) async fn task_of(
        &self,
        person: &Person,
        id: Uuid,
        language: Language,
    ) -> Result<TaskView, Refused> {
        let (task, _) = self.read_task(person, id, language).await?;
        Ok(task)
    }

    /// Accepts, releases or decides a task.
    pub(super) async fn act(
        &self,
        person: &Person,
        id: Uuid,
        act: TaskAct,
        language: Language,
    ) -> Result<TaskView, Refused> {
        let task = self.visible(person, id).await?;
        // Seeing is not deciding: an administrator sees all and decides what is of their roles.
        if !holds(&person.roles, &task.task.actor.name, &task.workflow) {
            return Err(Refused::NotAllowed);
        }
        let me = signature(person.id);
        let order = match &act {
            TaskAct::Accept => TaskOrder::Claim { lease_ms: None },
            TaskAct::Release => TaskOrder::Release,
            TaskAct::Decide(decision) => self.decision(&task, decision).await?,
        };
        let decides = matches!(order, TaskOrder::Complete { .. });
        match self.orchestrator.task_order(id, &me, order).await {
            // The very same decision by somebody else is answered like the first time; whoever
            // comes second is told who was first all the same.
            Ok(done) if decides && done.task.closed_by.as_deref() != Some(&me) => {
                Err(self.closed(&done.task).await?)
            }
            Ok(done) => self.task_view(person, &done, language).await,
            Err(refusal) => self.refused(person, id, refusal, language).await,
        }
    }

    /// A task of a person's roles. What they may not see is not there.
    pub(super) async fn visible(&self, person: &Person, id: Uuid) -> Result<TaskRow, Refused> {
        let task = self.orchestrator.shelf().task(id).await;
        task.map_err(refuse::store)?
            .filter(|row| {
                let (actor, roles) = (&row.task.actor, &person.roles);
                actor.kind == ActorKind::Human
                    && (holds(roles, &actor.name, &row.workflow)
                        || may_in(roles, Act::SeeAllTasks, &row.workflow)
                        || may_in(roles, Act::ExtendSla, &row.workflow))
            })
            .ok_or(Refused::NotFound)
    }

    async fn task_view(
        &self,
        person: &Person,
        task: &TaskRow,
        language: Language,
    ) -> Result<TaskView, Refused> {
        let (view, _) = self.view_of(person, task, language).await?;
        Ok(view)
    }

    async fn view_of(
        &self,
        person: &Person,
        task: &TaskRow,
        language: Language,
    ) -> Result<(TaskView, bool), Refused> {
        let run = self.orchestrator.shelf().run(task.run_id).await;
        let mut run = run.map_err(refuse::store)?.ok_or(Refused::NotFound)?;
        let has = task.task.status == TaskStatus::Claimed
            && task.task.claimed_by.as_deref() == Some(&signature(person.id));
        let sight = if has { Sight::Clear } else { Sight::Masked };
        let shown = self.show_personal(&mut run, sight).await?;
        let history = self.history(task.run_id).await?;
        let by_history = history.iter().map(|row| row.who.as_str());
        let names = self.names(by_history.chain(signers(&task.task))).await?;
        let titles = Titles::of_version(self.orchestrator.registry(), &run.run.version, language);
        let form = task_step(&titles, &task.task).and_then(|step| step.form.as_ref());
        let (fields, answered) = match (form, &task.task.result) {
            (None, _) => (Vec::new(), Vec::new()),
            (Some(form), Some(result)) => (Vec::new(), answers::given(form, result, language)),
            (Some(form), None) => {
                let decision = Decision::default();
                (
                    fields(form, &run.run, &task.task, &decision, language),
                    Vec::new(),
                )
            }
        };
        let reported = titles.portal().map_or_else(Vec::new, |portal| {
            answers::given(&portal.form(), &run.run.payload, language)
        });
        let (outcomes, after_deadline) = next(&titles, &task.task.step_id);
        let told = self.orchestrator.shelf().told_about(task.task.id).await;
        let row = inbox::row(task, &run, &titles, &names, person, self.orchestrator.now());
        let around = clock::Around {
            history: &history,
            told: &told.map_err(refuse::store)?,
            names: &names,
        };
        let view = TaskView {
            sla_clock: clock::task_clock(task, &row.sla.stands, &around, person),
            row,
            role: task.task.actor.name.clone(),
            run_id: task.run_id,
            payload: run.run.payload.clone(),
            masked: shown && !has,
            reported,
            added: added(&history),
            label: titles.workflow().and_then(|workflow| label(workflow, &run)),
            closed: closed(&task.task, &names),
            outcomes,
            after_deadline,
            fields,
            answered,
            may_decide: holds(&person.roles, &task.task.actor.name, &task.workflow),
            timeline: names.timeline(&history, &titles),
            clock: self.clock(),
        };
        Ok((view, shown && has))
    }

    /// Puts what a person may see of it in the place of a run's personal data. With clear sight this is a read of a
    /// person's data, and the one place where a page makes one; whether there was any.
    pub(super) async fn show_personal(
        &self,
        run: &mut RunRow,
        sight: Sight,
    ) -> Result<bool, Refused> {
        let (id, payload) = (run.run.id, &mut run.run.payload);
        let shown = self.orchestrator.show_personal(id, payload, sight).await;
        shown.map_err(refuse::store)
    }

    /// The fields of a task that are asked for, given what was typed.
    pub(super) async fn fields_of_task(
        &self,
        person: &Person,
        id: Uuid,
        decision: &Decision,
        language: Language,
    ) -> Result<Vec<FieldView>, Refused> {
        let TaskRow { task, run_id, .. } = self.visible(person, id).await?;
        let (run, titles) = self.definition_of(run_id, language).await?;
        let form = task_step(&titles, &task).and_then(|step| step.form.as_ref());
        Ok(form.map_or_else(Vec::new, |form| {
            fields(form, &run, &task, decision, language)
        }))
    }

    /// A run and the words of its definition.
    async fn definition_of(&self, run: Uuid, language: Language) -> Result<(Run, Titles), Refused> {
        let run = self.orchestrator.shelf().run(run).await;
        let run = run.map_err(refuse::store)?;
        let run = run.ok_or(Refused::NotFound)?.run;
        let titles = Titles::of_version(self.orchestrator.registry(), &run.version, language);
        Ok((run, titles))
    }

    /// A decision as an order: the answers to the fields of the task's form are part of the result.
    async fn decision(&self, task: &TaskRow, decision: &Decision) -> Result<TaskOrder, Refused> {
        let language = Language::default();
        let (run, titles) = self.definition_of(task.run_id, language).await?;
        let step = task_step(&titles, &task.task).ok_or(Refused::NotNow)?;
        let outcome = decision.outcome.as_str();
        if !step.outcomes.iter().any(|(known, _)| known == outcome) {
            return Err(Refused::NotFound);
        }
        let nothing = Form::default();
        let form = step.form.as_ref().unwrap_or(&nothing);
        let asked = |given: &Answers| asked(form, &run, &task.task, outcome, given);
        let mut read = answers::read(form, &decision.typed, asked);
        let note = decision.note.replace("\r\n", "\n").trim().to_owned();
        let rule = match note.chars().count() {
            0 if outcome == "reject" => Some(Rule::Required),
            n if n > NOTE_CHARS_MAX as usize => Some(Rule::TooLong(NOTE_CHARS_MAX)),
            _ => None,
        };
        read.faults.extend(rule.map(|rule| Fault {
            field: "note".to_owned(),
            rule,
        }));
        if !read.faults.is_empty() {
            return Err(Refused::Form(read.faults));
        }
        let mut result = Value::Object(read.answers);
        result["outcome"] = json!(outcome);
        result["approved"] = json!(outcome == "approve");
        result["note"] = json!(note);
        Ok(TaskOrder::Complete { result })
    }

    /// Why the act could not be done, with the names of those who were faster.
    async fn refused(
        &self,
        person: &Person,
        id: Uuid,
        refusal: Refusal,
        language: Language,
    ) -> Result<TaskView, Refused> {
        match refusal {
            Refusal::Closed(row) => Err(self.closed(&row.task).await?),
            Refusal::Rejected(Rejected::HeldBy { .. }) => {
                // Read again for the holder: they may have given it back since.
                let task = self.visible(person, id).await?;
                let names = self.names(signers(&task.task)).await?;
                match names.holder(&task.task, person) {
                    Some(holder) => Err(Refused::Conflict(Conflict::Held(holder))),
                    None => Err(Refused::NotNow),
                }
            }
            // The deadline has passed; the clock closes the task within the same second.
            Refusal::Rejected(Rejected::Expired { deadline }) => {
                Err(Refused::Conflict(Conflict::Closed(Closed {
                    status: TaskStatus::Timeout.as_str().to_owned(),
                    at: deadline,
                    by: None,
                    outcome: None,
                    note: None,
                })))
            }
            // Giving back what nobody has: it is as asked.
            Refusal::Rejected(Rejected::NotHeld) => self.task_of(person, id, language).await,
            Refusal::Rejected(
                rejected @ (Rejected::RunEnded(_) | Rejected::NotOpen | Rejected::NotBefore(_)),
            ) => {
                let task = self.visible(person, id).await?;
                if task.task.status.is_open() {
                    Err(Refused::Conflict(Conflict::Run(rejected.to_string())))
                } else {
                    Err(self.closed(&task.task).await?)
                }
            }
            Refusal::Rejected(Rejected::BadAnswers(faults)) => {
                let faults = faults
                    .into_iter()
                    .map(|FieldFault { field, rule }| Fault { field, rule });
                Err(Refused::Form(faults.collect()))
            }
            refusal => Err(refuse::other(refusal)),
        }
    }

    /// The conflict of a task that is closed.
    async fn closed(&self, task: &Task) -> Result<Refused, Refused> {
        let names = self.names(signers(task)).await?;
        Ok(match closed(task, &names) {
            Some(closed) => Refused::Conflict(Conflict::Closed(closed)),
            None => Refused::NotNow,
        })
    }
}

/// The step of the definition that opened a task.
pub(super) fn task_step<'t>(titles: &'t Titles, task: &Task) -> Option<&'t TaskStep> {
    match &titles.workflow()?.step(&task.step_id)?.kind {
        StepKind::Task(step) => Some(step),
        _ => None,
    }
}

/// The fields of a task's form that are asked for.
fn fields(
    form: &Form,
    run: &Run,
    task: &Task,
    decision: &Decision,
    language: Language,
) -> Vec<FieldView> {
    let asked = |given: &Answers| asked(form, run, task, &decision.outcome, given);
    let read = answers::read(form, &decision.typed, asked);
    let asked = read.asked.into_iter();
    asked.map(|one| answers::field(one, language)).collect()
}

/// The same over the outcome too, when there is one.
fn asked<'f>(
    form: &'f Form,
    run: &Run,
    task: &Task,
    outcome: &str,
    given: &Answers,
) -> Vec<&'f FormField> {
    let mut given = given.clone();
    if !outcome.is_empty() {
        given.insert("outcome".into(), json!(outcome));
    }
    form.asked_in(run, task.list, &given)
}

/// How a task closed; none while it is open.
fn closed(task: &Task, names: &Names) -> Option<Closed> {
    let text = |field: &str| {
        let value = task.result.as_ref()?.get(field)?.as_str()?;
        (!value.is_empty()).then(|| value.to_owned())
    };
    Some(Closed {
        status: task.status.as_str().to_owned(),
        at: task.closed_at?,
        by: task.closed_by.as_deref().map(|who| names.of(who)),
        outcome: text("outcome"),
        note: text("note"),
    })
}

/// What comes after each outcome, and after a missed deadline.
fn next(titles: &Titles, step: &str) -> (Vec<NextStep>, Option<NextStep>) {
    use hms_engine::WayBy;
    let Some(step) = titles.workflow().and_then(|workflow| workflow.step(step)) else {
        return (Vec::new(), None);
    };
    let to = |outcome: &str, to| NextStep {
        outcome: outcome.to_owned(),
        title: titles.work_at(to),
    };
    let (mut outcomes, mut late) = (Vec::new(), None);
    for way in step.ways() {
        match way.by {
            WayBy::Outcome(outcome) => outcomes.push(to(outcome, way.to)),
            WayBy::Timeout => late = Some(to("timeout", way.to)),
            _ => {}
        }
    }
    (outcomes, late)
}

/// What an AI said about the case, with its reasons.
fn label(workflow: &Workflow, run: &RunRow) -> Option<Label> {
    let (step, severity) = inbox::labelled(workflow, run)?;
    let StepKind::Task(task) = &workflow.step(step)?.kind else {
        return None;
    };
    let result = run.run.results.get(step)?;
    let reasons = result.get("reasons").and_then(Value::as_array);
    Some(Label {
        by: task.actor.name.clone(),
        severity: severity.to_owned(),
        confidence: result
            .get("confidence")
            .and_then(Value::as_f64)
            .map(|share| share.clamp(0.0, 1.0)),
        reasons: reasons
            .into_iter()
            .flatten()
            .filter_map(reason)
            .take(REASONS_MAX)
            .collect(),
    })
}

/// A reason is a text, or an object that says it in its `text` or `reason`.
/// What the reporter added since, the first first.
fn added(history: &[AuditRow]) -> Vec<AddedView> {
    let texts = history.iter().flat_map(|row| {
        row.entries.iter().filter_map(|entry| match &entry.kind {
            EntryKind::InformationAdded { text } => Some(AddedView {
                at: row.at,
                text: text.clone(),
            }),
            _ => None,
        })
    });
    texts.collect()
}

fn reason(value: &Value) -> Option<String> {
    let said = value
        .as_str()
        .or_else(|| value.get("text")?.as_str())
        .or_else(|| value.get("reason")?.as_str())?;
    Some(said.to_owned())
}

use std::collections::HashMap;

use hms_engine::{FieldFault, Form, FormField, Rejected, SchemaFault, StepKind, Task, Workflow};
use hms_forms::{FileAnswer, Kind, Rule};
use serde_json::Value;
use uuid::Uuid;

use super::turn::Turn;
use super::{NewEvent, Refusal};
use crate::store::{Claim, FileRow, OWNER_API, owner_of_draft, owner_of_task};

/// The most files one order may name.
pub(super) const FILES_NAMED_MAX: usize = 1_000;

/// The files that the work of a turn names, as they stand at this moment of it.
///
/// Whoever sends an answer says which files belong to it. What they say is believed only as far as the
/// file was handed in for this, is as they say, and belongs to no other case.
#[derive(Default)]
pub(super) struct NamedFiles(HashMap<Uuid, FileRow>);

impl NamedFiles {
    pub(super) fn new(rows: Vec<FileRow>) -> NamedFiles {
        NamedFiles(rows.into_iter().map(|row| (row.file.file, row)).collect())
    }

    /// Why a file cannot be named: by whoever handed it in as one of these owners, for this run when it
    /// has begun.
    fn fault(
        &self,
        file: &FileAnswer,
        owners: &[String],
        run: Option<Uuid>,
    ) -> Option<&'static str> {
        let Some(row) = self.0.get(&file.file) else {
            return Some(UNKNOWN);
        };
        let same_case = run.is_some() && row.run_id == run;
        if row.run_id.is_some() && !same_case {
            return Some("this file belongs to another case; hand it in once more for this one");
        }
        // Whose it is, nobody else learns.
        if !same_case && !owners.contains(&row.owner) {
            return Some(UNKNOWN);
        }
        (row.file != *file)
            .then_some("this file is not as it is named here; name it as POST /act/files answered")
    }

    /// Files that belong to a run from now on.
    fn claim<'f>(&mut self, files: &'f [FileAnswer], run: Uuid) -> Vec<(Claim, &'f FileAnswer)> {
        let mut claims = Vec::new();
        for file in files {
            if let Some(row) = self.0.get_mut(&file.file)
                && row.run_id.is_none()
            {
                row.run_id = Some(run);
                let claim = Claim {
                    file: file.file,
                    run_id: run,
                };
                claims.push((claim, file));
            }
        }
        claims
    }
}

const UNKNOWN: &str = "there is no such file here; hand it in first with POST /act/files";

impl Turn<'_> {
    /// What is wrong with the files that an event names where the workflow's portal asks for some.
    pub(super) fn event_files(
        &self,
        event: &NewEvent,
        workflow: &Workflow,
    ) -> Result<Vec<FileAnswer>, Refusal> {
        let owners = match (&event.report, &event.origin) {
            (Some(_), Some(origin)) => vec![owner_of_draft(&origin.source, &origin.id)],
            _ => vec![OWNER_API.to_owned()],
        };
        let pages = workflow.portal.iter().flat_map(|portal| &portal.pages);
        let fields = pages.flat_map(|page| &page.form.fields);
        let (mut named, mut faults) = (Vec::new(), Vec::new());
        for (field, value) in file_fields(fields, &event.payload) {
            let id = &field.field.id;
            if let Err(rule) = field.field.check(Some(value)) {
                faults.push(SchemaFault {
                    pointer: format!("/{id}"),
                    detail: rule.to_string(),
                });
                continue;
            }
            let files = FileAnswer::list_of(value).unwrap_or_default();
            for (n, file) in files.iter().enumerate() {
                let fault = self.files.fault(file, &owners, None);
                faults.extend(fault.map(|detail| SchemaFault {
                    pointer: format!("/{id}/{n}/file"),
                    detail: detail.to_owned(),
                }));
            }
            named.extend(files);
        }
        if faults.is_empty() {
            return Ok(named);
        }
        Err(Refusal::BadPayload {
            workflow: workflow.id.clone(),
            faults,
        })
    }

    /// The files that a person's answer names where the form of their task asks for some.
    pub(super) fn answer_files(
        &self,
        run_id: Uuid,
        task: &Task,
        by: &str,
        result: &Value,
    ) -> Result<Vec<FileAnswer>, Refusal> {
        let Some(form) = self.form_of(run_id, task) else {
            return Ok(Vec::new());
        };
        let owners = [owner_of_task(task.id, by), OWNER_API.to_owned()];
        let (mut named, mut faults) = (Vec::new(), Vec::new());
        for (field, value) in file_fields(&form.fields, result) {
            // What is wrong with its shape the engine tells, with all else that is wrong.
            let files = FileAnswer::list_of(value).unwrap_or_default();
            let all_known = files
                .iter()
                .all(|file| self.files.fault(file, &owners, Some(run_id)).is_none());
            if !all_known {
                faults.push(FieldFault {
                    field: field.field.id.clone(),
                    rule: Rule::File,
                });
            }
            named.extend(files);
        }
        match faults.is_empty() {
            true => Ok(named),
            false => Err(Refusal::Rejected(Rejected::BadAnswers(faults))),
        }
    }

    /// Files belong to a run from now on.
    pub(super) fn claim(&mut self, files: &[FileAnswer], run: Uuid) {
        for (claim, file) in self.files.claim(files, run) {
            self.gathered.file(claim, file);
        }
    }

    fn form_of(&self, run_id: Uuid, task: &Task) -> Option<&Form> {
        let workflow = &self.runs.get(&run_id)?.workflow;
        match &workflow.step(&task.step_id)?.kind {
            StepKind::Task(step) => step.form.as_ref(),
            _ => None,
        }
    }
}

/// The fields that ask for files, with what was answered to each.
fn file_fields<'f>(
    fields: impl IntoIterator<Item = &'f FormField>,
    answers: &'f Value,
) -> impl Iterator<Item = (&'f FormField, &'f Value)> {
    fields
        .into_iter()
        .filter(|one| one.field.kind == Kind::File)
        .filter_map(|one| Some((one, answers.get(&one.field.id)?)))
        .filter(|(_, value)| !value.is_null())
}

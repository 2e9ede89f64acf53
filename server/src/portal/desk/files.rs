//! Files: those that come with a form are kept until it is sent; those of a case are given to whoever may
//! see the case, and for everybody else are not there.

use std::collections::HashMap;

use hms_app::agency::{Refused, Visitor};
use hms_app::posted::ANSWER_PREFIX;
use hms_app::views::{Fault, FileAnswer, FileOf, Rule, SentForm, TakenForm, file_named};
use hms_engine::{Form, Run};
use hms_forms::Kind;
use serde_json::Value;
use uuid::Uuid;

use super::tasks::task_step;
use super::titles::Titles;
use super::{Desk, refuse};
use crate::edge;
use crate::files::{NotKept, is_of_run};
use crate::identity::{Act, signature};
use crate::store::{FileRow, owner_of_draft, owner_of_task};

/// How the desk signs the events it sends.
pub(super) const SOURCE: &str = "portal";

impl Desk {
    /// Keeps the files of a form and puts each file of its fields in place of its id.
    pub(super) async fn take_form(
        &self,
        who: &Visitor,
        of: &FileOf,
        sent: SentForm,
    ) -> Result<TakenForm, Refused> {
        let SentForm { mut pairs, files } = sent;
        let any = pairs.iter().any(|(_, value)| file_named(value).is_some());
        if files.is_empty() && !any {
            let faults = Vec::new();
            return Ok(TakenForm { pairs, faults });
        }
        let place = self.place_of(who, of).await?;
        let mut faults = Vec::new();
        for file in files {
            let field = file.control.strip_prefix(place.prefix);
            // What no field of this form asks for is not kept.
            let Some(field) = field.filter(|field| place.has(field)).map(str::to_owned) else {
                continue;
            };
            let kept = match &file.bytes {
                Ok(bytes) => {
                    let kept = self
                        .cabinet
                        .keep(&place.owner, &place.sender, &file.name, bytes);
                    kept.await
                }
                Err(rule) => Err(NotKept::Refused(*rule)),
            };
            let rule = match kept {
                Ok(kept) => {
                    pairs.push((file.control, kept.file.to_string()));
                    continue;
                }
                Err(NotKept::Refused(rule)) => rule,
                Err(NotKept::Store(error)) => {
                    refuse::store(error);
                    Rule::FileNotKept
                }
            };
            faults.push(Fault { field, rule });
        }
        self.settle(&place, &mut pairs, &mut faults).await?;
        Ok(TakenForm { pairs, faults })
    }

    /// Puts files in place of their ids; what is not there for this form any more is told.
    async fn settle(
        &self,
        place: &Place,
        pairs: &mut Vec<(String, String)>,
        faults: &mut Vec<Fault>,
    ) -> Result<(), Refused> {
        let field_of = |name: &str| {
            let field = name.strip_prefix(place.prefix)?;
            place.has(field).then(|| field.to_owned())
        };
        let ids: Vec<Uuid> = pairs
            .iter()
            .filter(|(name, _)| field_of(name).is_some())
            .filter_map(|(_, value)| file_named(value))
            .collect();
        let own = self.cabinet.of_owner(&place.owner, &ids).await;
        let own = own.map_err(refuse::store)?.into_iter();
        let own: HashMap<Uuid, FileAnswer> = own.map(|file| (file.file, file)).collect();
        pairs.retain_mut(|(name, value)| {
            let Some(field) = field_of(name) else {
                return true;
            };
            if value.trim().is_empty() {
                return false;
            }
            match file_named(value).and_then(|id| own.get(&id)) {
                Some(file) => {
                    *value = file.to_value().to_string();
                    true
                }
                None => {
                    let rule = Rule::File;
                    faults.push(Fault { field, rule });
                    false
                }
            }
        });
        Ok(())
    }

    async fn place_of(&self, who: &Visitor, of: &FileOf) -> Result<Place, Refused> {
        match of {
            FileOf::Draft { slug, draft } => {
                let flow = self.orchestrator.registry().with_portal(slug);
                let flow = flow.ok_or(Refused::NotFound)?;
                let portal = flow.portal.as_ref().ok_or(Refused::NotFound)?;
                let key = self.door.key();
                let owner = owner_of_draft(SOURCE, &key.pseudonym("draft", &draft.to_string()));
                let address = edge::address();
                Ok(Place {
                    prefix: "",
                    fields: file_fields(&portal.form()),
                    sender: address.map_or_else(
                        || owner.clone(),
                        |address| key.pseudonym("address", &edge::counted_as(&address)),
                    ),
                    owner,
                })
            }
            FileOf::Task(id) => {
                let person = self.door.signed_in(who).await?;
                let task = self.visible(&person, *id).await?;
                let run = self.run_of(task.run_id).await?;
                let registry = self.orchestrator.registry();
                let titles = Titles::of_version(registry, &run.version, who.language);
                let form = task_step(&titles, &task.task).and_then(|step| step.form.as_ref());
                let me = signature(person.id);
                Ok(Place {
                    prefix: ANSWER_PREFIX,
                    fields: form.map(file_fields).unwrap_or_default(),
                    owner: owner_of_task(*id, &me),
                    sender: me,
                })
            }
        }
    }

    /// A file of a task's case, for a person who may see the task.
    pub(in crate::portal) async fn file_at_task(
        &self,
        who: &Visitor,
        task: Uuid,
        file: Uuid,
    ) -> Result<FileOut, Refused> {
        let person = self.door.signed_in(who).await?;
        let row = self.visible(&person, task).await?;
        let run = self.run_of(row.run_id).await?;
        let nothing = Value::Null;
        let result = row.task.result.as_ref().unwrap_or(&nothing);
        let out = self
            .file_out(file, &run, &[&row.task.input, result])
            .await?;
        self.saw(&person, |deed| deed.of(file).about(run.id), "file")
            .await?;
        Ok(out)
    }

    /// A file of a run, for a person who may read runs.
    pub(in crate::portal) async fn file_at_run(
        &self,
        who: &Visitor,
        run: Uuid,
        file: Uuid,
    ) -> Result<FileOut, Refused> {
        let (_, reach) = self.door.reaching(who, Act::ReadRuns).await?;
        let run = self.run_of(run).await?;
        if !reach.has(&run.workflow) {
            return Err(Refused::NotFound);
        }
        let out = self.file_out(file, &run, &[]).await?;
        self.visitor_saw(who, |deed| deed.of(file).about(run.id), "file")
            .await?;
        Ok(out)
    }

    /// A file that came with a report, for its reporter. What people of the agency added is not theirs.
    pub(in crate::portal) async fn file_at_report(
        &self,
        who: &Visitor,
        number: &str,
        file: Uuid,
    ) -> Result<FileOut, Refused> {
        let report = self.report_of(who, number).await?;
        let mut run = self.run_of(report.run_id).await?;
        run.results.clear();
        run.parent = None;
        self.file_out(file, &run, &[]).await
    }

    async fn run_of(&self, id: Uuid) -> Result<Run, Refused> {
        let run = self.orchestrator.shelf().run(id).await;
        let run = run.map_err(refuse::store)?;
        Ok(run.ok_or(Refused::NotFound)?.run)
    }

    async fn file_out(&self, id: Uuid, run: &Run, also: &[&Value]) -> Result<FileOut, Refused> {
        let file = self.cabinet.filed(id).await.map_err(refuse::store)?;
        let FileRow { file, .. } = match file {
            Some(file) => {
                let theirs = is_of_run(self.orchestrator.shelf(), &file, run, also).await;
                theirs
                    .map_err(refuse::store)?
                    .then_some(file)
                    .ok_or(Refused::NotFound)?
            }
            None => return Err(Refused::NotFound),
        };
        let bytes = self.cabinet.bytes(&file).await.map_err(refuse::store)?;
        Ok(FileOut { file, bytes })
    }
}

/// A file with its bytes.
pub(in crate::portal) struct FileOut {
    pub(in crate::portal) file: FileAnswer,
    pub(in crate::portal) bytes: Vec<u8>,
}

/// Where files come in.
struct Place {
    /// What the names of the form's controls begin with.
    prefix: &'static str,
    /// The fields that ask for files.
    fields: Vec<String>,
    owner: String,
    sender: String,
}

impl Place {
    fn has(&self, field: &str) -> bool {
        self.fields.iter().any(|known| known == field)
    }
}

fn file_fields(form: &Form) -> Vec<String> {
    let fields = form.fields.iter();
    fields
        .filter(|one| one.field.kind == Kind::File)
        .map(|one| one.field.id.clone())
        .collect()
}

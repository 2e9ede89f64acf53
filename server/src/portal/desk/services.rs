//! The services that workflows offer to anybody, each by the form of its portal.

use hms_app::agency::{Agency, Refused};
use hms_app::views::{
    FieldView, Filed, Language, ServiceDraft, ServiceForm, ServicePage, ServiceRow, Typed,
};
use hms_engine::{Portal, Workflow};
use serde_json::{Value, json};

use super::{Desk, answers};
use crate::identity::ReportNumber;

impl Desk {
    /// The services in force, by their titles.
    pub(super) fn list_services(&self, language: Language) -> Vec<ServiceRow> {
        let flows = self.orchestrator.registry().all();
        let mut rows: Vec<ServiceRow> = flows
            .iter()
            .filter_map(|flow| Some(row(flow, flow.portal.as_ref()?, language)))
            .collect();
        rows.sort_by(|a, b| (&a.title, &a.slug).cmp(&(&b.title, &b.slug)));
        rows
    }

    /// A service's form with a fresh draft.
    pub(super) fn form_of_service(
        &self,
        slug: &str,
        language: Language,
        typed: Typed,
    ) -> Result<ServiceForm, Refused> {
        let flow = self.orchestrator.registry().with_portal(slug);
        let flow = flow.ok_or(Refused::NotFound)?;
        let portal = flow.portal.as_ref().ok_or(Refused::NotFound)?;
        let form = portal.form();
        let read = answers::read(&form, &typed, |answers| form.asked(answers));
        let fields = |page: &hms_engine::PortalPage| -> Vec<FieldView> {
            let own = page.form.fields.iter();
            own.filter(|own| read.asked.iter().any(|one| one.field.id == own.field.id))
                .map(|own| answers::field(own, language))
                .collect()
        };
        let pages = portal.pages.iter().map(|page| ServicePage {
            title: page
                .title
                .get(language.code())
                .unwrap_or_default()
                .to_owned(),
            fields: fields(page),
        });
        Ok(ServiceForm {
            service: row(&flow, portal, language),
            draft: self.new_draft(),
            pages: pages.filter(|page| !page.fields.is_empty()).collect(),
            typed,
            faults: Vec::new(),
            more: false,
            trouble: None,
            sent: None,
        })
    }

    /// Files a report to a service. The same draft again gives the number and receipt it got before.
    pub(super) async fn file_service(&self, draft: ServiceDraft) -> Result<Filed, Refused> {
        let flow = self.orchestrator.registry().with_portal(&draft.slug);
        let flow = flow.ok_or(Refused::NotFound)?;
        let portal = flow.portal.as_ref().ok_or(Refused::NotFound)?;
        let form = portal.form();
        let read = answers::read(&form, &draft.typed, |answers| form.asked(answers));
        if !read.faults.is_empty() {
            return Err(Refused::Form(read.faults));
        }
        let payload = |number: ReportNumber| {
            let mut payload = read.answers.clone();
            payload.insert(portal.number.clone(), json!(number.to_string()));
            payload.insert("language".into(), json!(draft.language.code()));
            Value::Object(payload)
        };
        self.file_event(draft.id, &flow.start, Some(&flow.id), payload)
            .await
    }
}

fn row(flow: &Workflow, portal: &Portal, language: Language) -> ServiceRow {
    let words = |text: &hms_engine::Text| text.get(language.code()).map(str::to_owned);
    ServiceRow {
        slug: portal.slug.clone(),
        title: words(&portal.title).unwrap_or_default(),
        description: words(&flow.description),
    }
}

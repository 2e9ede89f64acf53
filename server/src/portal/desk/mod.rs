//! The desk answers what the pages ask: it looks who is asking, reads what they may see, and hands
//! what they decide to the orchestrator. One file for each thing that is asked about.

mod answers;
mod audit;
mod case;
mod clock;
mod erase;
mod files;
mod inbox;
mod incidents;
mod inform;
mod mails;
mod migrate;
mod moved_out;
mod names;
mod noting;
mod people;
mod picture;
mod provider;
mod pulse;
mod qr_code;
mod refuse;
mod reports;
mod runs;
mod services;
mod sla;
mod status;
mod tasks;
mod titles;
mod workers;
mod workflows;

use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use hms_app::agency::{Agency, Refused, SignedIn, SlaQuery, Token, Visitor};
use hms_app::views::{
    AccountAct, AccountView, AuditPage, AuditQuery, ClockAct, ClockView, Decision, DemoView, Draft,
    ErasureView, FieldView, FileOf, Filed, InboxQuery, InboxView, Invitation, InviteFault,
    Language, LinkView, MailRow, MigrationAsk, MigrationView, Opened, OwnAccount, PasswordFault,
    PeoplePage, Person, RunView, RunsPage, RunsQuery, SendOn, SentForm, ServiceDraft, ServiceForm,
    ServiceRow, SessionView, SlaReport, StatusView, TakenForm, TaskAct, TaskView, Typed, WorkerRow,
    WorkflowRow, WorkflowView,
};
use tokio::sync::Notify;
use uuid::Uuid;

pub(super) use self::audit::written;
pub(super) use self::files::FileOut;
use self::moved_out::ArchiveReader;
use self::pulse::Pulses;
use crate::archive::Folder;
use crate::edge;
use crate::files::Cabinet;
use crate::identity::{Doorkeeper, Oidc, TriedFrom};
use crate::orchestrator::{Orchestrator, Workforce};

/// The server as the pages see it; cheap to clone.
#[derive(Clone)]
pub struct Desk {
    pub(super) orchestrator: Orchestrator,
    pub(super) door: Arc<Doorkeeper>,
    workforce: Workforce,
    cabinet: Cabinet,
    data_dir: PathBuf,
    archive: Option<ArchiveReader>,
    demo: Option<DemoView>,
    pub(super) pulses: Arc<Pulses>,
    provider: Option<Arc<Oidc>>,
    /// Told when a link is to be mailed.
    pub(super) posted: Arc<Notify>,
}

impl Desk {
    /// A desk over these parts of the server; `demo` holds the demonstration's people.
    pub fn new(
        orchestrator: Orchestrator,
        door: Arc<Doorkeeper>,
        workforce: Workforce,
        cabinet: Cabinet,
        data_dir: PathBuf,
        demo: Option<DemoView>,
    ) -> Desk {
        Desk {
            orchestrator,
            door,
            workforce,
            cabinet,
            data_dir,
            archive: None,
            demo,
            pulses: Arc::default(),
            provider: None,
            posted: Arc::default(),
        }
    }
}

impl Desk {
    /// With a provider at which people sign in.
    #[must_use]
    pub fn with_provider(self, provider: Option<Arc<Oidc>>) -> Desk {
        Desk { provider, ..self }
    }

    /// With the folder of archives, where cases are read that were moved out.
    #[must_use]
    pub fn with_archive(self, folder: Option<Folder>) -> Desk {
        Desk {
            archive: folder.map(ArchiveReader::of),
            ..self
        }
    }

    /// What is told when a link is to be mailed.
    pub fn posted(&self) -> Arc<Notify> {
        self.posted.clone()
    }
}

#[async_trait]
impl Agency for Desk {
    fn clock(&self) -> ClockView {
        ClockView {
            now: self.orchestrator.now(),
            rate: self.orchestrator.clock().rate(),
        }
    }

    fn demo(&self) -> Option<DemoView> {
        self.demo.clone()
    }

    fn new_draft(&self) -> Uuid {
        // 122 random bits: whoever knows a draft's id can have its receipt again.
        Uuid::new_v4()
    }

    async fn file_report(&self, draft: Draft) -> Result<Filed, Refused> {
        self.file(draft).await
    }

    fn services(&self, language: Language) -> Vec<ServiceRow> {
        self.list_services(language)
    }

    fn service_form(
        &self,
        slug: &str,
        language: Language,
        typed: Typed,
    ) -> Result<ServiceForm, Refused> {
        self.form_of_service(slug, language, typed)
    }

    async fn file_to_service(&self, draft: ServiceDraft) -> Result<Filed, Refused> {
        self.file_service(draft).await
    }

    async fn take_files(
        &self,
        who: &Visitor,
        of: &FileOf,
        sent: SentForm,
    ) -> Result<TakenForm, Refused> {
        self.take_form(who, of, sent).await
    }

    async fn open_report(&self, number: &str, receipt: &str) -> Result<Opened, Refused> {
        self.open(number, receipt).await
    }

    async fn status(&self, who: &Visitor, number: &str) -> Result<StatusView, Refused> {
        let report = self.report_of(who, number).await?;
        self.status_of(&report, who.language).await
    }

    async fn add_information(
        &self,
        who: &Visitor,
        number: &str,
        text: String,
    ) -> Result<String, Refused> {
        self.inform(who, number, &text).await
    }

    async fn sign_in(
        &self,
        who: &Visitor,
        email: &str,
        password: &str,
        code: &str,
    ) -> Result<SignedIn, Refused> {
        let address = edge::address();
        let from = TriedFrom {
            address: address.as_deref(),
            browser: who.browser.as_ref(),
        };
        let tried = self.door.sign_in(email, password, code, from).await;
        self.came(email, tried).await
    }

    async fn sign_out(&self, who: &Visitor) -> Result<(), Refused> {
        self.go(who).await
    }

    async fn session(&self, who: &Visitor) -> Result<Option<SessionView>, Refused> {
        self.session_of(who).await
    }

    async fn stay(&self, who: &Visitor) -> Result<Option<SessionView>, Refused> {
        self.stay_in(who).await
    }

    async fn sign_out_everywhere(&self, who: &Visitor) -> Result<(), Refused> {
        self.leave_everywhere(who).await
    }

    fn has_provider(&self) -> bool {
        self.provider.is_some()
    }

    async fn provider_address(&self, next: &str) -> Result<(String, Token), Refused> {
        self.address_of_provider(next).await
    }

    async fn sign_in_from_provider(
        &self,
        seed: &Token,
        state: &str,
        code: &str,
    ) -> Result<(Token, String), Refused> {
        self.come_from_provider(seed, state, code).await
    }

    async fn own_account(&self, who: &Visitor) -> Result<OwnAccount, Refused> {
        self.read_own(who).await
    }

    async fn begin_second_step(&self, who: &Visitor) -> Result<(), Refused> {
        self.begin_second(who).await
    }

    async fn confirm_second_step(
        &self,
        who: &Visitor,
        code: &str,
    ) -> Result<Option<Vec<String>>, Refused> {
        let person = self.door.signed_in(who).await?;
        self.door.confirm_second_step(person.id, code).await
    }

    async fn end_second_step(&self, who: &Visitor, code: &str) -> Result<bool, Refused> {
        let person = self.door.signed_in(who).await?;
        self.door.end_second_step(person.id, code).await
    }

    async fn ask_reset(&self, email: &str) -> Result<(), Refused> {
        let address = edge::address();
        self.door.ask_reset(email, address.as_deref()).await?;
        self.posted.notify_one();
        Ok(())
    }

    async fn link(&self, word: &str) -> Result<LinkView, Refused> {
        self.read_link(word).await
    }

    async fn set_password(
        &self,
        word: &str,
        password: &str,
    ) -> Result<Result<(), PasswordFault>, Refused> {
        self.door.set_by_link(word, password).await
    }

    async fn people(&self, who: &Visitor, before: Option<Uuid>) -> Result<PeoplePage, Refused> {
        let people = self.list_people(who, before).await?;
        self.visitor_saw(who, |deed| deed, "people").await?;
        Ok(people)
    }

    async fn account(&self, who: &Visitor, id: Uuid) -> Result<AccountView, Refused> {
        let account = self.read_account(who, id).await?;
        self.visitor_saw(who, |deed| deed.about(id), "account")
            .await?;
        Ok(account)
    }

    async fn invite(
        &self,
        who: &Visitor,
        invitation: Invitation,
    ) -> Result<Result<Uuid, Vec<InviteFault>>, Refused> {
        self.invite_person(who, invitation).await
    }

    async fn change_account(
        &self,
        who: &Visitor,
        id: Uuid,
        act: AccountAct,
    ) -> Result<(), Refused> {
        self.act_on_account(who, id, act).await
    }

    async fn person(&self, who: &Visitor) -> Result<Option<Person>, Refused> {
        self.door.person(who).await
    }

    async fn inbox(&self, who: &Visitor, asked: InboxQuery) -> Result<InboxView, Refused> {
        let person = self.door.signed_in(who).await?;
        self.inbox_of(&person, asked, who.language).await
    }

    async fn task(&self, who: &Visitor, id: Uuid) -> Result<TaskView, Refused> {
        let person = self.door.signed_in(who).await?;
        let (task, clear) = self.read_task(&person, id, who.language).await?;
        // That it was read with what is kept of people is more than that it was read.
        let what = if clear { "task_clear" } else { "task" };
        self.saw(&person, |deed| deed.of(id).about(task.run_id), what)
            .await?;
        Ok(task)
    }

    async fn task_fields(
        &self,
        who: &Visitor,
        id: Uuid,
        decision: &Decision,
    ) -> Result<Vec<FieldView>, Refused> {
        let person = self.door.signed_in(who).await?;
        self.fields_of_task(&person, id, decision, who.language)
            .await
    }

    async fn act_on_task(
        &self,
        who: &Visitor,
        id: Uuid,
        act: TaskAct,
    ) -> Result<TaskView, Refused> {
        let person = self.door.signed_in(who).await?;
        self.act(&person, id, act, who.language).await
    }

    async fn set_clock(&self, who: &Visitor, id: Uuid, act: ClockAct) -> Result<TaskView, Refused> {
        let person = self.door.signed_in(who).await?;
        self.change_clock(&person, id, act, who.language).await
    }

    async fn sla_report(&self, who: &Visitor, query: SlaQuery) -> Result<SlaReport, Refused> {
        self.sla(who, query).await
    }

    async fn runs(&self, who: &Visitor, query: RunsQuery) -> Result<RunsPage, Refused> {
        self.list_runs(who, query).await
    }

    async fn run(&self, who: &Visitor, id: Uuid) -> Result<RunView, Refused> {
        let run = self.read_run(who, id).await?;
        self.visitor_saw(who, |deed| deed.about(id), "run").await?;
        Ok(run)
    }

    async fn cancel_run(&self, who: &Visitor, id: Uuid, note: String) -> Result<RunView, Refused> {
        self.cancel(who, id, note).await
    }

    async fn retry_run(&self, who: &Visitor, id: Uuid, send: SendOn) -> Result<RunView, Refused> {
        self.retry(who, id, send).await
    }

    async fn erasure(&self, who: &Visitor, id: Uuid) -> Result<ErasureView, Refused> {
        self.read_erasure(who, id).await
    }

    async fn look_at_erasure(&self, who: &Visitor, id: Uuid, reason: &str) -> Result<(), Refused> {
        self.check_erasure(who, id, reason).await
    }

    async fn erase_personal(&self, who: &Visitor, id: Uuid, reason: &str) -> Result<(), Refused> {
        self.erase(who, id, reason).await
    }

    async fn workers(&self, who: &Visitor) -> Result<Vec<WorkerRow>, Refused> {
        self.list_workers(who).await
    }

    async fn workflows(&self, who: &Visitor) -> Result<Vec<WorkflowRow>, Refused> {
        self.list_workflows(who).await
    }

    async fn workflow(&self, who: &Visitor, id: &str) -> Result<WorkflowView, Refused> {
        self.read_workflow(who, id).await
    }

    async fn look_at_migration(
        &self,
        who: &Visitor,
        id: &str,
        ask: MigrationAsk,
    ) -> Result<MigrationView, Refused> {
        self.look_at_move(who, id, ask).await
    }

    async fn migrate_runs(
        &self,
        who: &Visitor,
        id: &str,
        ask: MigrationAsk,
    ) -> Result<MigrationView, Refused> {
        self.move_runs(who, id, ask).await
    }

    async fn mails(&self, who: &Visitor) -> Result<Vec<MailRow>, Refused> {
        let mails = self.list_mails(who).await?;
        self.visitor_saw(who, |deed| deed, "mails").await?;
        Ok(mails)
    }

    async fn audit(&self, who: &Visitor, query: AuditQuery) -> Result<AuditPage, Refused> {
        self.read_audit(who, query).await
    }
}

//! What the pages may ask of the server. The server implements it; a server function is two lines:
//! who is asking, then the call.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::views::*;

/// The server as the pages see it, provided through Leptos context.
pub type SharedAgency = Arc<dyn Agency>;

/// The cookie of a signed-in person. `HttpOnly`, `SameSite=Lax`, `Path=/`.
pub const SESSION_COOKIE: &str = "hms_session";
/// The cookie of a reporter who showed number and receipt. `HttpOnly`, `SameSite=Lax`, `Path=/`.
pub const REPORTER_COOKIE: &str = "hms_reporter";

/// The cookie of a browser that is at the agency's provider of sign-ins. `HttpOnly`, `SameSite=Lax`, `Path=/`.
pub const PROVIDER_COOKIE: &str = "hms_provider";

/// The cookie of a browser in which a person signed in before. It signs nobody in: what is tried in that browser is slowed
/// down by its own wrong tries, and not by what others try elsewhere. `HttpOnly`, `SameSite=Lax`, `Path=/`, for
/// [`BROWSER_SECONDS`].
pub const BROWSER_COOKIE: &str = "hms_browser";
/// How long a browser is known after a person signed in there, in seconds: half a year.
pub const BROWSER_SECONDS: u32 = 180 * 24 * 3600;

/// Who is asking, as far as the request tells: tokens, not yet looked up.
#[derive(Debug, Clone, Default)]
pub struct Visitor {
    /// The token in [`SESSION_COOKIE`].
    pub session: Option<Token>,
    /// The token in [`REPORTER_COOKIE`].
    pub reporter: Option<Token>,
    /// The token in [`BROWSER_COOKIE`].
    pub browser: Option<Token>,
    /// The language asked for.
    pub language: Language,
    /// Whether nobody asked: a page loads again by itself. Such a request keeps nobody signed in.
    pub passive: bool,
}

/// A secret that proves who somebody is. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token(pub String);

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(…)")
    }
}

/// What somebody who signed in gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedIn {
    /// For [`SESSION_COOKIE`].
    pub session: Token,
    /// For [`BROWSER_COOKIE`].
    pub browser: Token,
}

/// Why the server did not do what a page asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "refused", content = "why", rename_all = "snake_case")]
pub enum Refused {
    /// Nobody is signed in, or the session ended.
    #[error("sign-in needed")]
    SignIn,
    /// Signed in, and this needs another role.
    #[error("not allowed")]
    NotAllowed,
    /// There is no such thing, or it is not theirs to see: the two are told the same.
    #[error("not found")]
    NotFound,
    /// It ended long ago and was moved out into the archive. Told only to those whose it was to see.
    #[error("moved out")]
    MovedOut(MovedOut),
    /// Wrong e-mail or password, or wrong number or receipt: told the same, in the same time.
    #[error("wrong sign-in")]
    WrongSecret,
    /// Too many tries; wait this many seconds.
    #[error("too many tries")]
    TooMany(u32),
    /// The form has faults, each at its field.
    #[error("the form has faults")]
    Form(Vec<Fault>),
    /// Somebody or something was faster; says who and when.
    #[error("conflict")]
    Conflict(Conflict),
    /// Not now: the store is out of reach or the server is stopping. Nothing was changed.
    #[error("not now")]
    NotNow,
    /// The store went away while it kept this, and whether it did is not known. The same draft sent again counts once.
    #[error("not known whether it was kept")]
    NotKnown,
}

/// What the pages may ask of the server.
#[async_trait]
pub trait Agency: Send + Sync + 'static {
    /// Workflow time and its rate, for every page that shows a clock.
    fn clock(&self) -> ClockView;

    /// The people of the demonstration and how to sign in as them; none outside `--demo`.
    fn demo(&self) -> Option<DemoView>;

    /// A fresh draft id: the same draft sent twice is one report with one receipt.
    fn new_draft(&self) -> Uuid;

    /// Files a complaint; answers when it is durably kept. The same draft id again gives the same answer.
    async fn file_report(&self, draft: Draft) -> Result<Filed, Refused>;

    /// The services that anybody can use, by their titles in a language.
    fn services(&self, language: Language) -> Vec<ServiceRow>;

    /// A service's form, with the fields that are asked for given what was typed. A fresh draft.
    fn service_form(
        &self,
        slug: &str,
        language: Language,
        typed: Typed,
    ) -> Result<ServiceForm, Refused>;

    /// Files a report to a service; answers when it is durably kept. The same draft id again gives
    /// the same answer.
    async fn file_to_service(&self, draft: ServiceDraft) -> Result<Filed, Refused>;

    /// Keeps the files that came with a form which is not sent yet, for a day, and puts every file of
    /// its fields in place of its id. What is not kept is told as a fault of its field.
    async fn take_files(
        &self,
        who: &Visitor,
        of: &FileOf,
        sent: SentForm,
    ) -> Result<TakenForm, Refused>;

    /// Checks a number and its receipt; the token goes into [`REPORTER_COOKIE`].
    async fn open_report(&self, number: &str, receipt: &str) -> Result<Opened, Refused>;

    /// A report's live status, for the reporter who holds its token.
    async fn status(&self, who: &Visitor, number: &str) -> Result<StatusView, Refused>;

    /// Adds to the report whose receipt was shown; its number, once it is durably kept.
    async fn add_information(
        &self,
        who: &Visitor,
        number: &str,
        text: String,
    ) -> Result<String, Refused>;

    /// Signs a person in; the tokens go into their cookies. The code is that of the second step,
    /// for who has one.
    async fn sign_in(
        &self,
        who: &Visitor,
        email: &str,
        password: &str,
        code: &str,
    ) -> Result<SignedIn, Refused>;

    /// Ends the session.
    async fn sign_out(&self, who: &Visitor) -> Result<(), Refused>;

    /// How long the sign-in still lasts; none when nobody is signed in. Looking is no use of it.
    async fn session(&self, who: &Visitor) -> Result<Option<SessionView>, Refused>;

    /// Lets the sign-in last as long as it can; none when it has ended.
    async fn stay(&self, who: &Visitor) -> Result<Option<SessionView>, Refused>;

    /// Ends every session of the person who asks.
    async fn sign_out_everywhere(&self, who: &Visitor) -> Result<(), Refused>;

    /// Whether people sign in at a provider of the agency too.
    fn has_provider(&self) -> bool;

    /// Where to send a browser that wants to sign in at the provider and then go to `next`, and what goes
    /// into [`PROVIDER_COOKIE`] meanwhile.
    async fn provider_address(&self, next: &str) -> Result<(String, Token), Refused>;

    /// Signs in who came back from the provider: the token, and where they wanted to go.
    async fn sign_in_from_provider(
        &self,
        seed: &Token,
        state: &str,
        code: &str,
    ) -> Result<(Token, String), Refused>;

    /// One's own account.
    async fn own_account(&self, who: &Visitor) -> Result<OwnAccount, Refused>;

    /// Begins to set up a second step.
    async fn begin_second_step(&self, who: &Visitor) -> Result<(), Refused>;

    /// Puts it in use when the code is right: the recovery codes, told once. None when it is wrong.
    async fn confirm_second_step(
        &self,
        who: &Visitor,
        code: &str,
    ) -> Result<Option<Vec<String>>, Refused>;

    /// Ends one's own second step; false when the code is wrong.
    async fn end_second_step(&self, who: &Visitor, code: &str) -> Result<bool, Refused>;

    /// Mails a link to another password, if the address is an account's. Nobody is told whether it is.
    async fn ask_reset(&self, email: &str) -> Result<(), Refused>;

    /// A link to set a password, by what stands in it.
    async fn link(&self, word: &str) -> Result<LinkView, Refused>;

    /// Sets the password of whose link it is, once.
    async fn set_password(
        &self,
        word: &str,
        password: &str,
    ) -> Result<Result<(), PasswordFault>, Refused>;

    /// The newest people, or those added before this one.
    async fn people(&self, who: &Visitor, before: Option<Uuid>) -> Result<PeoplePage, Refused>;

    /// One person and what was done to their account.
    async fn account(&self, who: &Visitor, id: Uuid) -> Result<AccountView, Refused>;

    /// Adds a person and mails them a link to set their password; their id.
    async fn invite(
        &self,
        who: &Visitor,
        invitation: Invitation,
    ) -> Result<Result<Uuid, Vec<InviteFault>>, Refused>;

    /// Changes an account, never one's own.
    async fn change_account(&self, who: &Visitor, id: Uuid, act: AccountAct)
    -> Result<(), Refused>;

    /// Who is signed in; none when nobody is.
    async fn person(&self, who: &Visitor) -> Result<Option<Person>, Refused>;

    /// The human tasks of the person's roles under one tab, soonest deadline first.
    async fn inbox(&self, who: &Visitor, asked: InboxQuery) -> Result<InboxView, Refused>;

    /// One task with its evidence.
    async fn task(&self, who: &Visitor, id: Uuid) -> Result<TaskView, Refused>;

    /// The fields of a task's form that are asked for, given what was typed.
    async fn task_fields(
        &self,
        who: &Visitor,
        id: Uuid,
        decision: &Decision,
    ) -> Result<Vec<FieldView>, Refused>;

    /// Accept, release or decide. The task as it is then, or [`Refused::Conflict`].
    async fn act_on_task(&self, who: &Visitor, id: Uuid, act: TaskAct)
    -> Result<TaskView, Refused>;

    /// Stops a task's clock, lets it run again, or gives it more time. The task as it is then.
    async fn set_clock(&self, who: &Visitor, id: Uuid, act: ClockAct) -> Result<TaskView, Refused>;

    /// SLA compliance over whole UTC days, both ends included.
    async fn sla_report(&self, who: &Visitor, query: SlaQuery) -> Result<SlaReport, Refused>;

    /// A page of runs, newest first.
    async fn runs(&self, who: &Visitor, query: RunsQuery) -> Result<RunsPage, Refused>;

    /// One run with its timeline.
    async fn run(&self, who: &Visitor, id: Uuid) -> Result<RunView, Refused>;

    /// Ends a run; the note is kept in the audit trail.
    async fn cancel_run(&self, who: &Visitor, id: Uuid, note: String) -> Result<RunView, Refused>;

    /// Sends a stopped run on: again at the step that stopped, or elsewhere.
    async fn retry_run(&self, who: &Visitor, id: Uuid, send: SendOn) -> Result<RunView, Refused>;

    /// What there is to erase of a run's personal data, for who may.
    async fn erasure(&self, who: &Visitor, id: Uuid) -> Result<ErasureView, Refused>;

    /// Whether a reason to erase can be kept, before anything is done.
    async fn look_at_erasure(&self, who: &Visitor, id: Uuid, reason: &str) -> Result<(), Refused>;

    /// Erases it for good; the reason is kept in the audit trail.
    async fn erase_personal(&self, who: &Visitor, id: Uuid, reason: &str) -> Result<(), Refused>;

    /// Who polls for which actor, and which actors with open tasks nobody polls for.
    async fn workers(&self, who: &Visitor) -> Result<Vec<WorkerRow>, Refused>;

    /// The definitions in force.
    async fn workflows(&self, who: &Visitor) -> Result<Vec<WorkflowRow>, Refused>;

    /// One definition: its text, version and open runs by step.
    async fn workflow(&self, who: &Visitor, id: &str) -> Result<WorkflowView, Refused>;

    /// Looks at what it would do to move all open runs of a version to the one in force.
    async fn look_at_migration(
        &self,
        who: &Visitor,
        id: &str,
        ask: MigrationAsk,
    ) -> Result<MigrationView, Refused>;

    /// Does it, for so many runs at a time; wants a note.
    async fn migrate_runs(
        &self,
        who: &Visitor,
        id: &str,
        ask: MigrationAsk,
    ) -> Result<MigrationView, Refused>;

    /// The messages kept as files because no SMTP server is set, newest first.
    async fn mails(&self, who: &Visitor) -> Result<Vec<MailRow>, Refused>;

    /// A page of the audit trail: what people did and read, who came and went, newest first.
    async fn audit(&self, who: &Visitor, query: AuditQuery) -> Result<AuditPage, Refused>;
}

/// Days the SLA report covers, and of which workflow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlaQuery {
    /// The first day, UTC.
    pub from: NaiveDate,
    /// The last day, UTC; included.
    pub to: NaiveDate,
    /// Only this workflow.
    pub workflow: Option<String>,
}

impl SlaQuery {
    /// So many whole days that end today.
    pub fn last_days(now: Time, days: u64) -> SlaQuery {
        let to = now.date_naive();
        let from = to
            .checked_sub_days(chrono::Days::new(days.saturating_sub(1)))
            .unwrap_or(to);
        SlaQuery {
            from,
            to,
            workflow: None,
        }
    }
}

/// What somebody says of an SLA report, each part or none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlaAsked {
    /// The first day, UTC; else 29 days before the last.
    pub from: Option<NaiveDate>,
    /// The last day, UTC; else today.
    pub to: Option<NaiveDate>,
    /// Only this workflow.
    pub workflow: Option<String>,
}

impl SlaAsked {
    /// Days of a report when no first one is said.
    const DAYS: u64 = 30;

    /// The days that are meant at this moment.
    pub fn at(self, now: Time) -> SlaQuery {
        let recent = SlaQuery::last_days(now, Self::DAYS);
        let to = self.to.unwrap_or(recent.to);
        let first = to.checked_sub_days(chrono::Days::new(Self::DAYS - 1));
        SlaQuery {
            from: self.from.or(first).unwrap_or(to),
            to,
            workflow: self.workflow,
        }
    }
}

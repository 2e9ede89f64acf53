//! What a plain form post hands to the page that answers it, when it does not lead elsewhere.
//!
//! Every form of the site posts to the address of its own page and works without scripts. Either the
//! post did what was asked and redirects, or its page is rendered again with one of these in the
//! Leptos context: what was typed and why it was refused. Nothing of it is stored or put in a URL.

use serde::{Deserialize, Serialize};

use crate::agency::Refused;
use crate::views::{
    AccountView, Decision, DemoView, ErasureView, Invitation, InviteFault, LinkView, MigrationAsk,
    MigrationView, OwnAccount, Pairs, PasswordFault, PeoplePage, RunView, StatusView, TaskView,
    WorkflowView, typed_in,
};

/// A refused sign-in.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct SignInPosted {
    /// What was typed as e-mail; the password is not kept.
    pub email: String,
    /// Where the person wanted to go.
    pub next: String,
    /// Whether they came from the agency's provider.
    #[serde(default)]
    pub by_provider: bool,
    /// Why not.
    pub refused: Option<Refused>,
}

/// A refused look-up of a report.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct FindPosted {
    /// The number as typed.
    pub number: String,
    /// The receipt as typed.
    pub receipt: String,
    /// Why not.
    pub refused: Option<Refused>,
}

/// What a reporter added and was not taken.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct AddPosted {
    /// The text as typed.
    pub text: String,
    /// Why not.
    pub refused: Option<Refused>,
}

/// The name of the field for what a reporter adds.
pub const INFORMATION: &str = "information";

/// The page where a reporter adds to their report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Adding {
    /// Where the report stands.
    pub status: StatusView,
    /// What was not taken, if this answers a post.
    pub posted: Option<AddPosted>,
}

/// A refused decision on a task.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct TaskPosted {
    /// `accept`, `release` or `decide`.
    pub act: String,
    /// The outcome of the button pressed.
    pub outcome: String,
    /// The note as typed.
    pub note: String,
    /// The form's other controls as sent.
    pub answers: Pairs,
    /// The names of files that came with it and were not kept, because nobody was signed in.
    pub unkept: Vec<String>,
    /// Why not; none when the person only signed in again.
    pub refused: Option<Refused>,
}

/// What the names of a task's form begin with, so that no field is taken for another control.
pub const ANSWER_PREFIX: &str = "answer.";

impl TaskPosted {
    /// The decision as typed.
    pub fn decision(&self) -> Decision {
        Decision {
            outcome: self.outcome.clone(),
            note: self.note.clone(),
            typed: typed_in(&self.answers, ANSWER_PREFIX),
        }
    }
}

/// A refused change of a task's clock.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ClockPosted {
    /// `pause`, `resume`, `extend`.
    pub act: String,
    /// The reason as typed.
    pub reason: String,
    /// How much time, as typed.
    pub by: String,
    /// Whether the box was ticked.
    pub waiting_for_reporter: bool,
    /// Why not.
    pub refused: Option<Refused>,
}

impl ClockPosted {
    /// Whether a field was left empty that must not be.
    pub fn lacks(&self, field: &str) -> bool {
        matches!(&self.refused, Some(Refused::Form(faults)) if faults.iter().any(|one| one.field == field))
    }
}

/// A refused cancellation or retry of a run.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct RunPosted {
    /// `cancel` or `retry`.
    pub act: String,
    /// Which incident was to be sent on.
    pub incident: Option<u32>,
    /// The note as typed.
    pub note: String,
    /// The step chosen.
    pub to: String,
    /// Why not.
    pub refused: Option<Refused>,
}

/// A step towards erasing a run's personal data.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ErasePosted {
    /// The reason as typed.
    pub reason: String,
    /// Whether it is asked once more whether to erase.
    pub sure: bool,
    /// Why not.
    pub refused: Option<Refused>,
}

/// The page that erases.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ErasePage {
    /// What there is.
    pub erasure: ErasureView,
    /// The step that was taken, if this answers a post.
    pub posted: Option<ErasePosted>,
}

/// A migration that was looked at, done or refused.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct MigrationPosted {
    /// What was asked.
    pub ask: MigrationAsk,
    /// What came of it.
    pub view: Option<MigrationView>,
    /// Why nothing did.
    pub refused: Option<Refused>,
}

/// A definition's page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WorkflowPage {
    /// The definition.
    pub view: WorkflowView,
    /// The migration, if this answers one.
    pub posted: Option<MigrationPosted>,
}

/// The sign-in page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SignInPage {
    /// The refused try, if this answers one.
    pub posted: SignInPosted,
    /// The demonstration's people.
    pub demo: Option<DemoView>,
    /// Whether people sign in at a provider of the agency too.
    pub provider: bool,
}

/// A task's page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TaskPage {
    /// The task; none when the sign-in was lost while deciding.
    pub task: Option<TaskView>,
    /// The refused decision, if this answers one.
    pub posted: Option<TaskPosted>,
    /// The refused change of its clock, if this answers one.
    pub clock: Option<ClockPosted>,
}

/// A run's page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunPage {
    /// The run.
    pub run: RunView,
    /// The refused act, if this answers one.
    pub posted: Option<RunPosted>,
}

/// A password that was not taken, or a link that is asked for.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct PasswordPosted {
    /// What stands in the link.
    pub word: String,
    /// What is wrong with the password; the password itself is not kept.
    pub fault: Option<PasswordFault>,
    /// Why not.
    pub refused: Option<Refused>,
}

/// The page where a password is set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PasswordPage {
    /// The link; none when it is not good any more.
    pub link: Option<LinkView>,
    /// What was not taken, if this answers a post.
    pub posted: PasswordPosted,
}

/// A link to another password was asked for.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ForgotPosted {
    /// The address as typed.
    pub email: String,
    /// Whether the request was taken.
    pub asked: bool,
    /// Why not.
    pub refused: Option<Refused>,
}

/// An invitation that was not sent.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct InvitePosted {
    /// As typed.
    pub invitation: Invitation,
    /// What is wrong with it.
    pub faults: Vec<InviteFault>,
    /// Why not.
    pub refused: Option<Refused>,
}

/// The page of the people.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PeopleShown {
    /// The people.
    pub page: PeoplePage,
    /// The invitation that was not sent, if this answers one.
    pub posted: InvitePosted,
}

/// A change of an account that was not made.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct AccountPosted {
    /// Whether no role was chosen.
    pub no_role: bool,
    /// Why not.
    pub refused: Option<Refused>,
}

/// The page of one person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AccountShown {
    /// The person.
    pub account: AccountView,
    /// What was not done, if this answers a post.
    pub posted: AccountPosted,
}

/// What came of a button of one's own account.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct OwnPosted {
    /// The recovery codes, shown this once.
    pub codes: Vec<String>,
    /// Whether the code typed was wrong.
    pub wrong_code: bool,
    /// Why not.
    pub refused: Option<Refused>,
}

/// The page of one's own account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OwnShown {
    /// The account.
    pub account: OwnAccount,
    /// What a post left.
    pub posted: OwnPosted,
}

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Language, Person, Time};

/// Shortest password, in characters (NIST SP 800-63B asks for 8, and for 15 where it is all there is).
pub const PASSWORD_CHARS_MIN: usize = 12;
/// Longest password, in characters.
pub const PASSWORD_CHARS_MAX: usize = 256;
/// Longest shown name, in characters.
pub const NAME_CHARS_MAX: usize = 100;

/// How long the visitor's sign-in lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionView {
    /// Seconds until it ends when nothing is done.
    pub idle_left_seconds: u32,
    /// Seconds until it ends whatever is done.
    pub left_seconds: u32,
    /// When it ends when nothing is done, by the wall clock.
    pub ends: Time,
}

/// One's own account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnAccount {
    /// Who.
    pub person: Person,
    /// The second step at their sign-in.
    pub second: SecondView,
}

/// The second step at a person's sign-in: a code of an app.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecondView {
    /// There is none.
    Off,
    /// It is being set up.
    SettingUp {
        /// What the app reads, as an SVG.
        picture: String,
        /// The same to type.
        secret: String,
    },
    /// It is asked for.
    On {
        /// How many recovery codes are left.
        recovery_left: u32,
    },
}

/// What is wrong with a password somebody chose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum PasswordFault {
    /// It has too few characters.
    TooShort,
    /// It has too many.
    TooLong,
    /// It is one of those that are tried first, or follows from who the person is.
    Common,
}

/// Whether a password has the right length; the rest only the server knows.
pub fn check_password(password: &str) -> Option<PasswordFault> {
    let chars = password.chars().count();
    if chars < PASSWORD_CHARS_MIN {
        Some(PasswordFault::TooShort)
    } else if chars > PASSWORD_CHARS_MAX {
        Some(PasswordFault::TooLong)
    } else {
        None
    }
}

/// A good link to set a password.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkView {
    /// What stands in the link.
    pub word: String,
    /// The person's name.
    pub name: String,
    /// Whether it is their first password.
    pub first: bool,
}

/// A person as a line of the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountRow {
    /// Their id.
    pub id: Uuid,
    /// Shown name.
    pub name: String,
    /// What they sign in with.
    pub email: String,
    /// Their roles.
    pub roles: Vec<String>,
    /// Whether they can sign in, and if not why.
    pub state: AccountState,
    /// When they were added, by the wall clock.
    pub added: Time,
}

/// Whether a person can sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountState {
    /// They can.
    Active,
    /// They have set no password yet.
    Invited,
    /// An administrator keeps them out.
    Disabled,
}

/// A page of people, the newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeoplePage {
    /// The people.
    pub rows: Vec<AccountRow>,
    /// Where the next page begins, if there is one.
    pub next: Option<Uuid>,
    /// The roles there are: those of the house, and those that definitions name.
    pub roles: Vec<String>,
    /// The same for one workflow only.
    pub roles_of: Vec<WorkflowRoles>,
    /// Whether the visitor may invite and change people.
    pub may_change: bool,
}

/// The roles that can be held for one workflow only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkflowRoles {
    /// The workflow's id.
    pub workflow: String,
    /// The roles, written as they are held: `investigator@FTC-Complaint`.
    pub roles: Vec<String>,
}

/// One person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountView {
    /// As in the list.
    pub row: AccountRow,
    /// The language they are written to in.
    pub language: Option<String>,
    /// The roles there are, and theirs.
    pub roles: Vec<String>,
    /// The same for one workflow only.
    pub roles_of: Vec<WorkflowRoles>,
    /// Whether the visitor may change them: an administrator, and not themselves.
    pub may_change: bool,
    /// Whether it is the visitor.
    pub own: bool,
    /// Whether their sign-in has a second step.
    pub second_step: bool,
    /// What was done to the account, the latest first.
    pub log: Vec<AccountLine>,
}

/// A line of what was done to an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountLine {
    /// When, by the wall clock.
    pub at: Time,
    /// Who did it.
    pub who: String,
    /// What.
    pub what: AccountDone,
    /// The roles before, where they changed.
    pub before: Vec<String>,
    /// The roles after, where they changed or the person was added.
    pub after: Vec<String>,
}

/// What was done to an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountDone {
    /// The person was added.
    Added,
    /// Their roles changed.
    Roles,
    /// They were kept out.
    Disabled,
    /// They were let in again.
    Enabled,
    /// They were signed out everywhere.
    SessionsEnded,
    /// They set a password.
    Password,
    /// A link to set a password was sent.
    Link,
    /// They set up a second step.
    SecondStepOn,
    /// The second step ended.
    SecondStepOff,
    /// They signed in by a recovery code.
    RecoveryCode,
    /// Something this version has no words for.
    Other,
}

/// A person to invite.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invitation {
    /// What they will sign in with, and where the invitation goes.
    pub email: String,
    /// The name others see.
    pub name: String,
    /// Their roles.
    pub roles: Vec<String>,
    /// The language they are written to in.
    pub language: Language,
}

/// What is wrong with an invitation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum InviteFault {
    /// It is no e-mail address.
    Email,
    /// Another has the e-mail address.
    EmailTaken,
    /// There is no name, or it is too long.
    Name,
    /// No role is chosen, or one that is none.
    Roles,
}

/// What is done to an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum AccountAct {
    /// Gives it these roles instead of those it has.
    Roles(Vec<String>),
    /// Keeps the person out.
    Disable,
    /// Lets them in again.
    Enable,
    /// Signs them out everywhere.
    EndSessions,
    /// Mails them a link to set a password.
    SendLink,
    /// Takes their second step away.
    EndSecondStep,
}

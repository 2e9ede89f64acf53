use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use hms_app::agency::{Refused, Visitor};
use hms_app::views::{
    AccountAct, AccountDone, AccountLine, AccountRow, AccountState, AccountView, Invitation,
    InviteFault, LinkView, NAME_CHARS_MAX, OwnAccount, PeoplePage, Person, SecondView, SessionView,
    WorkflowRoles,
};
use hms_engine::ActorKind;
use hms_forms::looks_like_email;
use uuid::Uuid;

use super::qr_code::qr_code;
use super::{Desk, refuse};
use crate::clock::{moment, wall_ms};
use crate::identity::{
    Act, HOUSE_ROLES, HeldRole, INVESTIGATOR, Standing, may, normal_email, signature,
};
use crate::store::{Account, AccountChange, AccountEntry, Added, LinkPurpose};

/// People shown at once.
const ROWS: u32 = 50;
/// Lines of an account's log shown.
const LINES: u32 = 50;
/// Most roles a person has.
const ROLES_MAX: usize = 50;

impl Desk {
    /// How long the visitor stays signed in.
    pub(super) async fn session_of(&self, who: &Visitor) -> Result<Option<SessionView>, Refused> {
        Ok(self.door.standing(who).await?.map(session))
    }

    /// The same, once the session was used.
    pub(super) async fn stay_in(&self, who: &Visitor) -> Result<Option<SessionView>, Refused> {
        Ok(self.door.stay(who).await?.map(session))
    }

    /// Signs the person who asks out everywhere.
    pub(super) async fn leave_everywhere(&self, who: &Visitor) -> Result<(), Refused> {
        let person = self.door.signed_in(who).await?;
        self.change(person.id, &AccountChange::SessionsEnded, &person)
            .await
    }

    /// A good link.
    pub(super) async fn read_link(&self, word: &str) -> Result<LinkView, Refused> {
        let link = self.door.read_link(word).await?;
        Ok(LinkView {
            word: word.to_owned(),
            name: link.name,
            first: link.link.purpose == LinkPurpose::Invite,
        })
    }

    /// The people, for those who may read them.
    pub(super) async fn list_people(
        &self,
        who: &Visitor,
        before: Option<Uuid>,
    ) -> Result<PeoplePage, Refused> {
        let person = self.door.allowed(who, Act::ReadPeople).await?;
        let page = self.door.accounts().page(before, ROWS + 1).await;
        let mut rows: Vec<AccountRow> = page.map_err(refuse::store)?.into_iter().map(row).collect();
        let more = rows.len() > ROWS as usize;
        rows.truncate(ROWS as usize);
        Ok(PeoplePage {
            next: rows.last().filter(|_| more).map(|row| row.id),
            rows,
            roles: self.known_roles(&[]),
            roles_of: self.roles_of_workflows(&[]),
            may_change: may(&person.roles, Act::ChangePeople),
        })
    }

    /// One person, for those who may read them.
    pub(super) async fn read_account(
        &self,
        who: &Visitor,
        id: Uuid,
    ) -> Result<AccountView, Refused> {
        let person = self.door.allowed(who, Act::ReadPeople).await?;
        let accounts = self.door.accounts();
        let account = accounts.of(id).await.map_err(refuse::store)?;
        let account = account.ok_or(Refused::NotFound)?;
        let log = accounts.log(id, LINES).await.map_err(refuse::store)?;
        let names = self.names(log.iter().map(|line| line.who.as_str())).await?;
        let own = person.id == id;
        Ok(AccountView {
            language: account.language.clone(),
            roles: self.known_roles(&account.roles),
            roles_of: self.roles_of_workflows(&account.roles),
            may_change: !own && may(&person.roles, Act::ChangePeople),
            own,
            second_step: self.door.second_step(id).await?.is_some(),
            log: log
                .into_iter()
                .map(|entry| line(names.of(&entry.who), entry))
                .collect(),
            row: row(account),
        })
    }

    /// Adds a person and has the invitation mailed.
    pub(super) async fn invite_person(
        &self,
        who: &Visitor,
        invitation: Invitation,
    ) -> Result<Result<Uuid, Vec<InviteFault>>, Refused> {
        let by = self.door.allowed(who, Act::ChangePeople).await?;
        let email = normal_email(&invitation.email);
        let name = invitation.name.trim().to_owned();
        let mut faults = Vec::new();
        if !looks_like_email(&email) {
            faults.push(InviteFault::Email);
        }
        if name.is_empty() || name.chars().count() > NAME_CHARS_MAX {
            faults.push(InviteFault::Name);
        }
        let roles = roles(invitation.roles);
        if roles.is_none() {
            faults.push(InviteFault::Roles);
        }
        let (Some(roles), []) = (roles, faults.as_slice()) else {
            return Ok(Err(faults));
        };
        let account = Account {
            id: Uuid::now_v7(),
            email,
            name,
            roles,
            language: Some(invitation.language.code().to_owned()),
            password_hash: String::new(),
            created_ms: wall_ms(),
            disabled_ms: None,
        };
        let link = self.door.invitation(account.id);
        let accounts = self.door.accounts();
        let added = accounts.invite(&account, &link, &signature(by.id)).await;
        match added.map_err(refuse::store)? {
            Added::Yes => {
                self.posted.notify_one();
                Ok(Ok(account.id))
            }
            Added::EmailTaken => Ok(Err(vec![InviteFault::EmailTaken])),
        }
    }

    /// Changes an account. Nobody changes their own: an administrator who shuts themselves out could be
    /// the last one.
    pub(super) async fn act_on_account(
        &self,
        who: &Visitor,
        id: Uuid,
        act: AccountAct,
    ) -> Result<(), Refused> {
        let by = self.door.allowed(who, Act::ChangePeople).await?;
        if by.id == id {
            return Err(Refused::NotAllowed);
        }
        let change = match act {
            AccountAct::Roles(chosen) => {
                AccountChange::Roles(roles(chosen).ok_or_else(|| Refused::Form(vec![]))?)
            }
            AccountAct::Disable => AccountChange::Disabled,
            AccountAct::Enable => AccountChange::Enabled,
            AccountAct::EndSessions => AccountChange::SessionsEnded,
            AccountAct::EndSecondStep => {
                let accounts = self.door.accounts();
                let known = accounts.of(id).await.map_err(refuse::store)?;
                known.ok_or(Refused::NotFound)?;
                return self.door.take_second_step_away(id, &signature(by.id)).await;
            }
            AccountAct::SendLink => {
                self.door.send_link(id, &signature(by.id)).await?;
                self.posted.notify_one();
                return Ok(());
            }
        };
        self.change(id, &change, &by).await
    }

    /// The account of who asks.
    pub(super) async fn read_own(&self, who: &Visitor) -> Result<OwnAccount, Refused> {
        let person = self.door.signed_in(who).await?;
        let second = match self.door.second_step(person.id).await? {
            Some(recovery_left) => SecondView::On { recovery_left },
            None => {
                let setup = self.door.second_step_setup(person.id, &person.name).await?;
                setup.map_or(SecondView::Off, |setup| SecondView::SettingUp {
                    picture: qr_code(&setup.uri),
                    secret: setup.secret.in_words(),
                })
            }
        };
        Ok(OwnAccount { person, second })
    }

    /// Begins to set up a second step for who asks.
    pub(super) async fn begin_second(&self, who: &Visitor) -> Result<(), Refused> {
        let person = self.door.signed_in(who).await?;
        let begun = self.door.begin_second_step(person.id, &person.name).await?;
        begun.map(|_| ()).ok_or(Refused::NotFound)
    }

    async fn change(&self, id: Uuid, change: &AccountChange, by: &Person) -> Result<(), Refused> {
        let accounts = self.door.accounts();
        let done = accounts
            .change(id, change, &signature(by.id), wall_ms())
            .await;
        match done.map_err(refuse::store)? {
            true => Ok(()),
            false => Err(Refused::NotFound),
        }
    }

    /// The roles of the house, those that definitions in force name, and these.
    fn known_roles(&self, held: &[String]) -> Vec<String> {
        let in_force = self.orchestrator.registry().all();
        let actors = in_force.iter().flat_map(|workflow| workflow.actors());
        let named = actors
            .filter(|actor| actor.kind == ActorKind::Human)
            .map(|actor| actor.name.clone());
        let house = HOUSE_ROLES.into_iter().map(str::to_owned);
        let held = held.iter().filter(|role| !is_of_one(role)).cloned();
        let all: BTreeSet<String> = house.chain(named).chain(held).collect();
        all.into_iter().collect()
    }

    /// The roles that count in one workflow only: for each in force those of the house and those it names, and these.
    fn roles_of_workflows(&self, held: &[String]) -> Vec<WorkflowRoles> {
        let mut all: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for workflow in self.orchestrator.registry().all().iter() {
            let actors = workflow.actors();
            let named = actors
                .filter(|actor| actor.kind == ActorKind::Human)
                .map(|actor| actor.name.clone());
            // An investigator has tasks and nothing else, so only where the workflow has some for them.
            let house = HOUSE_ROLES.into_iter().filter(|role| *role != INVESTIGATOR);
            let roles = house.map(str::to_owned).chain(named);
            let written = roles.map(|role| format!("{role}@{}", workflow.id));
            all.entry(workflow.id.clone()).or_default().extend(written);
        }
        for role in held {
            let parsed = role.parse::<HeldRole>().ok();
            if let Some(workflow) = parsed.and_then(|held| held.workflow) {
                all.entry(workflow).or_default().insert(role.clone());
            }
        }
        let all = all.into_iter().map(|(workflow, roles)| WorkflowRoles {
            workflow,
            roles: roles.into_iter().collect(),
        });
        all.collect()
    }
}

/// Roles as kept: each once, in order. None when there is none, too many, or one that is no name.
fn roles(chosen: Vec<String>) -> Option<Vec<String>> {
    let chosen: BTreeSet<String> = chosen.into_iter().collect();
    let names = |role: &String| role.parse::<HeldRole>().is_ok();
    let fits = !chosen.is_empty() && chosen.len() <= ROLES_MAX && chosen.iter().all(names);
    fits.then(|| chosen.into_iter().collect())
}

/// Whether a role, as held, is for one workflow only.
fn is_of_one(role: &str) -> bool {
    role.parse::<HeldRole>()
        .is_ok_and(|held| held.workflow.is_some())
}

fn session(standing: Standing) -> SessionView {
    let seconds = |ms: i64| u32::try_from((ms / 1000).max(0)).unwrap_or(u32::MAX);
    SessionView {
        idle_left_seconds: seconds(standing.idle_left_ms),
        left_seconds: seconds(standing.left_ms),
        ends: wall(wall_ms() + standing.idle_left_ms),
    }
}

fn wall(ms: i64) -> DateTime<Utc> {
    moment(ms)
}

fn row(account: Account) -> AccountRow {
    AccountRow {
        state: if account.disabled_ms.is_some() {
            AccountState::Disabled
        } else if account.password_hash.is_empty() {
            AccountState::Invited
        } else {
            AccountState::Active
        },
        id: account.id,
        name: account.name,
        email: account.email,
        roles: account.roles,
        added: wall(account.created_ms),
    }
}

fn line(who: String, entry: AccountEntry) -> AccountLine {
    let roles = |json: Option<String>| -> Vec<String> {
        json.and_then(|json| serde_json::from_str(&json).ok())
            .unwrap_or_default()
    };
    AccountLine {
        at: wall(entry.at_ms),
        who,
        what: match entry.what.as_str() {
            "added" => AccountDone::Added,
            "roles" => AccountDone::Roles,
            "disabled" => AccountDone::Disabled,
            "enabled" => AccountDone::Enabled,
            "sessions_ended" => AccountDone::SessionsEnded,
            "password" => AccountDone::Password,
            "link" => AccountDone::Link,
            "second_step_on" => AccountDone::SecondStepOn,
            "second_step_off" => AccountDone::SecondStepOff,
            "recovery_code" => AccountDone::RecoveryCode,
            _ => AccountDone::Other,
        },
        before: roles(entry.before),
        after: roles(entry.after),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_are_names_each_once_and_at_least_one() {
        let given = |roles: &[&str]| -> Vec<String> {
            roles.iter().map(|role| (*role).to_owned()).collect()
        };
        assert_eq!(
            roles(given(&["supervisor", "clerk", "clerk"])),
            Some(given(&["clerk", "supervisor"]))
        );
        assert_eq!(
            roles(given(&["clerk@Claim", "clerk"])),
            Some(given(&["clerk", "clerk@Claim"]))
        );
        for wrong in [
            &[][..],
            &["a*"],
            &[""],
            &["x", "not a name"],
            &["clerk@"],
            &["a@b c"],
        ] {
            assert_eq!(roles(given(wrong)), None, "{wrong:?}");
        }
    }
}

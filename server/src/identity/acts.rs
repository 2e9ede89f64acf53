use hms_engine::ActorKind;

use super::held::{HeldRole, Reach, held};
use crate::store::TasksOf;

/// The role that reads and changes everything but cases.
pub const ADMINISTRATOR: &str = "administrator";
/// The role escalations go to; reads the figures.
pub const SUPERVISOR: &str = "supervisor";
/// The role that reviews cases.
pub const INVESTIGATOR: &str = "investigator";

/// The role that reads everything and changes nothing.
pub const AUDITOR: &str = "auditor";

/// The roles of the house; definitions name others.
pub const HOUSE_ROLES: [&str; 4] = [ADMINISTRATOR, AUDITOR, SUPERVISOR, INVESTIGATOR];

/// What a signed-in person can want to do, beside the tasks of their own roles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Act {
    /// Read the SLA report.
    ReadSla,
    /// Read runs and their history.
    ReadRuns,
    /// Cancel a run or send a stopped one on.
    ChangeRuns,
    /// Erase the personal data of a run.
    ErasePersonal,
    /// Move open runs to another version of their workflow.
    MigrateRuns,
    /// Read who works for which actor.
    ReadWorkers,
    /// Read the definitions.
    ReadWorkflows,
    /// Read the messages kept as files.
    ReadMails,
    /// Read who may sign in, and what was done to their accounts.
    ReadPeople,
    /// Invite people, change their roles, keep them out.
    ChangePeople,
    /// Read the audit trail: who read, changed and signed in to what.
    ReadAudit,
    /// See, not decide, the tasks of every role.
    SeeAllTasks,
    /// Give a task more time, and see it for that.
    ExtendSla,
}

/// The roles that may do an act. Who stands in no row may not: closed by default.
fn roles_for(act: Act) -> &'static [&'static str] {
    match act {
        Act::ReadSla | Act::ReadRuns => &[ADMINISTRATOR, AUDITOR, SUPERVISOR],
        Act::ExtendSla => &[ADMINISTRATOR, SUPERVISOR],
        Act::ReadWorkers
        | Act::ReadWorkflows
        | Act::ReadMails
        | Act::ReadPeople
        | Act::ReadAudit
        | Act::SeeAllTasks => &[ADMINISTRATOR, AUDITOR],
        Act::ChangeRuns | Act::ErasePersonal | Act::MigrateRuns | Act::ChangePeople => {
            &[ADMINISTRATOR]
        }
    }
}

/// Whether an act concerns cases of a workflow. What concerns none, as the people or the messages of the whole
/// house, is for those only who hold their role for all workflows.
fn of_a_workflow(act: Act) -> bool {
    match act {
        Act::ReadSla
        | Act::ReadRuns
        | Act::ChangeRuns
        | Act::ErasePersonal
        | Act::MigrateRuns
        | Act::ReadWorkflows
        | Act::SeeAllTasks
        | Act::ExtendSla => true,
        Act::ReadWorkers
        | Act::ReadMails
        | Act::ReadPeople
        | Act::ReadAudit
        | Act::ChangePeople => false,
    }
}

/// The workflows in which somebody with these roles, as held, may do an act.
pub fn reach(roles: &[String], act: Act) -> Reach {
    let counts = |one: &HeldRole| {
        roles_for(act).contains(&one.role.as_str())
            && (one.workflow.is_none() || of_a_workflow(act))
    };
    Reach::of(held(roles).filter(counts))
}

/// Whether somebody with these roles may do an act, whatever the workflow.
pub fn may(roles: &[String], act: Act) -> bool {
    reach(roles, act) == Reach::All
}

/// Whether somebody with these roles may do an act on a case of a workflow.
pub fn may_in(roles: &[String], act: Act, workflow: &str) -> bool {
    reach(roles, act).has(workflow)
}

/// Whether somebody with these roles has a role for a workflow's cases: the tasks of that role are theirs to decide.
pub fn holds(roles: &[String], role: &str, workflow: &str) -> bool {
    held(roles).any(|one| one.role == role && one.counts_for(workflow))
}

/// How those hold a role who have it for a workflow's cases: what [`holds`] says, to look for people by.
pub fn held_as(role: &str, workflow: &str) -> Vec<String> {
    vec![role.to_owned(), format!("{role}@{workflow}")]
}

/// The tasks somebody with these roles finds in their inbox: those of their roles, or everybody's.
pub fn inbox_of(roles: &[String]) -> Vec<TasksOf> {
    let mut seen: Vec<HeldRole> = held(roles).collect();
    let everybody = |workflow| HeldRole {
        role: "*".to_owned(),
        workflow,
    };
    match reach(roles, Act::SeeAllTasks) {
        Reach::All => seen.push(everybody(None)),
        Reach::Only(workflows) => {
            seen.extend(workflows.into_iter().map(|id| everybody(Some(id))));
        }
    }
    let covers = |wide: &HeldRole, other: &HeldRole| {
        wide != other
            && (wide.role == "*" || wide.role == other.role)
            && (wide.workflow.is_none() || wide.workflow == other.workflow)
    };
    let mut widest: Vec<&HeldRole> = Vec::new();
    for one in &seen {
        if !widest.contains(&one) && !seen.iter().any(|other| covers(other, one)) {
            widest.push(one);
        }
    }
    let tasks = widest.into_iter().filter_map(|one| {
        let actor = format!("{}:{}", ActorKind::Human.prefix(), one.role);
        Some(TasksOf {
            actor: actor.parse().ok()?,
            workflow: one.workflow.clone(),
        })
    });
    tasks.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_role_may_do_what_its_row_says_and_no_more() {
        use Act::*;
        const ALL: [Act; 13] = [
            ReadSla,
            ReadRuns,
            ChangeRuns,
            ErasePersonal,
            MigrateRuns,
            ReadWorkers,
            ReadWorkflows,
            ReadMails,
            ReadPeople,
            ChangePeople,
            ReadAudit,
            SeeAllTasks,
            ExtendSla,
        ];
        for (role, allowed) in [
            (ADMINISTRATOR, &ALL[..]),
            (
                AUDITOR,
                &[
                    ReadSla,
                    ReadRuns,
                    ReadWorkers,
                    ReadWorkflows,
                    ReadMails,
                    ReadPeople,
                    ReadAudit,
                    SeeAllTasks,
                ][..],
            ),
            (SUPERVISOR, &[ReadSla, ReadRuns, ExtendSla][..]),
            (INVESTIGATOR, &[][..]),
            ("director", &[][..]),
            ("Administrator", &[][..]),
            ("", &[][..]),
        ] {
            for act in ALL {
                assert_eq!(
                    may(&[role.to_owned()], act),
                    allowed.contains(&act),
                    "{role} {act:?}"
                );
            }
        }
        assert!(
            ALL.into_iter()
                .all(|act| !may(&[], act) && reach(&[], act).is_nowhere())
        );
        assert!(may(
            &[INVESTIGATOR.to_owned(), SUPERVISOR.to_owned()],
            ReadSla
        ));
    }

    fn roles(given: &[&str]) -> Vec<String> {
        given.iter().map(|role| (*role).to_owned()).collect()
    }

    #[test]
    fn a_role_for_one_workflow_counts_there_and_nowhere_else() {
        for (held, act, here, there, house) in [
            (&["administrator"][..], Act::ChangeRuns, true, true, true),
            (&["administrator@A"], Act::ChangeRuns, true, false, false),
            (&["administrator@A"], Act::ErasePersonal, true, false, false),
            (&["administrator@A"], Act::ReadWorkflows, true, false, false),
            // What concerns the whole house is not a workflow's to give.
            (&["administrator@A"], Act::ChangePeople, false, false, false),
            (&["administrator@A"], Act::ReadPeople, false, false, false),
            (&["administrator@A"], Act::ReadMails, false, false, false),
            (&["administrator@A"], Act::ReadWorkers, false, false, false),
            (&["supervisor@B"], Act::ReadSla, false, true, false),
            (
                &["supervisor@A", "supervisor@B"],
                Act::ReadSla,
                true,
                true,
                false,
            ),
            (
                &["supervisor@A", "supervisor"],
                Act::ReadSla,
                true,
                true,
                true,
            ),
            (
                &["supervisor@A", "investigator"],
                Act::ReadSla,
                true,
                false,
                false,
            ),
            (&["supervisor@a"], Act::ReadSla, false, false, false),
            (&["supervisor@"], Act::ReadSla, false, false, false),
            (&["@A"], Act::ReadSla, false, false, false),
        ] {
            let held = roles(held);
            let found = (
                may_in(&held, act, "A"),
                may_in(&held, act, "B"),
                may(&held, act),
            );
            assert_eq!(found, (here, there, house), "{held:?} {act:?}");
        }
        for held in held_as("clerk", "A") {
            assert!(holds(std::slice::from_ref(&held), "clerk", "A"), "{held}");
        }
        let mixed = roles(&["investigator@A", "supervisor"]);
        assert!(holds(&mixed, "investigator", "A") && !holds(&mixed, "investigator", "B"));
        assert!(holds(&mixed, "supervisor", "A") && holds(&mixed, "supervisor", "B"));
        assert!(!holds(&mixed, "investigator@A", "A") && !holds(&[], "", "A"));
    }

    #[test]
    fn an_inbox_has_each_task_once_and_no_other_workflows() {
        for (given, expect) in [
            (&["investigator"][..], &["HUMAN:investigator"][..]),
            (&["investigator@A"], &["HUMAN:investigator in A"]),
            (&["investigator@A", "investigator"], &["HUMAN:investigator"]),
            (
                &["investigator@A", "supervisor@B", "investigator@B"],
                &[
                    "HUMAN:investigator in A",
                    "HUMAN:supervisor in B",
                    "HUMAN:investigator in B",
                ],
            ),
            (
                &["administrator", "investigator", "supervisor@A"],
                &["HUMAN:*"],
            ),
            (
                &["administrator@A", "investigator", "supervisor@A", "clerk@B"],
                &["HUMAN:investigator", "HUMAN:clerk in B", "HUMAN:* in A"],
            ),
            // Two of a kind are one, and what is no role finds nothing.
            (
                &["clerk@B", "clerk@B", "c*", "*", "x@*"],
                &["HUMAN:clerk in B"],
            ),
            (&[], &[]),
        ] {
            let found: Vec<String> = inbox_of(&roles(given))
                .into_iter()
                .map(|tasks| match tasks.workflow {
                    None => tasks.actor.to_string(),
                    Some(workflow) => format!("{} in {workflow}", tasks.actor),
                })
                .collect();
            assert_eq!(found, expect, "{given:?}");
        }
    }
}

/// The role that reads and changes everything but cases.
pub const ADMINISTRATOR: &str = "administrator";
/// The role escalations go to; reads the figures.
pub const SUPERVISOR: &str = "supervisor";
/// The role that reviews cases.
pub const INVESTIGATOR: &str = "investigator";

/// The roles of the house; definitions name others.
pub const HOUSE_ROLES: [&str; 3] = [ADMINISTRATOR, SUPERVISOR, INVESTIGATOR];

/// What a signed-in person can want to do, beside the tasks of their own roles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Act {
    /// Read the SLA report.
    ReadSla,
    /// Read runs and their history.
    ReadRuns,
    /// Cancel a run or send a stopped one on.
    ChangeRuns,
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
    /// See, not decide, the tasks of every role.
    SeeAllTasks,
    /// Give a task more time, and see it for that.
    ExtendSla,
}

/// The roles that may do an act. Who stands in no row may not: closed by default.
fn roles_for(act: Act) -> &'static [&'static str] {
    match act {
        Act::ReadSla | Act::ReadRuns | Act::ExtendSla => &[ADMINISTRATOR, SUPERVISOR],
        Act::ChangeRuns
        | Act::MigrateRuns
        | Act::ReadWorkers
        | Act::ReadWorkflows
        | Act::ReadMails
        | Act::ReadPeople
        | Act::ChangePeople
        | Act::SeeAllTasks => &[ADMINISTRATOR],
    }
}

/// Whether somebody with these roles may do an act.
pub fn may(roles: &[String], act: Act) -> bool {
    roles_for(act)
        .iter()
        .any(|allowed| roles.iter().any(|role| role == allowed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_role_may_do_what_its_row_says_and_no_more() {
        use Act::*;
        const ALL: [Act; 11] = [
            ReadSla,
            ReadRuns,
            ChangeRuns,
            MigrateRuns,
            ReadWorkers,
            ReadWorkflows,
            ReadMails,
            ReadPeople,
            ChangePeople,
            SeeAllTasks,
            ExtendSla,
        ];
        for (role, allowed) in [
            (ADMINISTRATOR, &ALL[..]),
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
        assert!(ALL.into_iter().all(|act| !may(&[], act)));
        assert!(may(
            &[INVESTIGATOR.to_owned(), SUPERVISOR.to_owned()],
            ReadSla
        ));
    }
}

use std::collections::BTreeSet;
use std::str::FromStr;

use hms_engine::{Actor, ActorKind};

/// What stands between a role and the one workflow it is held for.
const AT: char = '@';
/// Longest id of a workflow, in characters.
const WORKFLOW_CHARS_MAX: usize = 64;

/// A role as somebody holds it: `investigator` for every workflow, `investigator@FTC-Complaint` for that one only.
/// An actor's name has no `@`, so neither can be taken for the other.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct HeldRole {
    /// The role.
    pub role: String,
    /// The workflow it is held for; none: all.
    pub workflow: Option<String>,
}

/// A text that is no role.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "\"{0}\" is no role – write a name like investigator, or investigator@FTC-Complaint for one workflow only"
)]
pub struct NotARole(String);

impl HeldRole {
    /// Whether it counts for a workflow.
    pub fn counts_for(&self, workflow: &str) -> bool {
        self.workflow.as_deref().is_none_or(|only| only == workflow)
    }
}

impl FromStr for HeldRole {
    type Err = NotARole;

    fn from_str(text: &str) -> Result<HeldRole, NotARole> {
        let wrong = || NotARole(text.to_owned());
        let (role, workflow) = match text.split_once(AT) {
            Some((role, workflow)) => (role, Some(workflow)),
            None => (text, None),
        };
        let actor = format!("{}:{role}", ActorKind::Human.prefix());
        actor.parse::<Actor>().map_err(|_| wrong())?;
        if workflow.is_some_and(|id| !is_workflow_id(id)) {
            return Err(wrong());
        }
        Ok(HeldRole {
            role: role.to_owned(),
            workflow: workflow.map(str::to_owned),
        })
    }
}

/// The roles as kept. What is no role, which only somebody else can have written there, counts for nothing.
pub(super) fn held(roles: &[String]) -> impl Iterator<Item = HeldRole> + '_ {
    roles.iter().filter_map(|role| role.parse().ok())
}

/// The form of a workflow's id: whether there is such a workflow changes with what is deployed.
fn is_workflow_id(id: &str) -> bool {
    id.starts_with(|c: char| c.is_ascii_alphabetic())
        && id.chars().count() <= WORKFLOW_CHARS_MAX
        && id
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
}

/// The workflows in which somebody may do something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach {
    /// All.
    All,
    /// These; none at all when it is empty.
    Only(BTreeSet<String>),
}

impl Reach {
    /// Of roles as held, the reach of those that count.
    pub(super) fn of(counting: impl Iterator<Item = HeldRole>) -> Reach {
        counting
            .map(|held| held.workflow)
            .collect::<Option<BTreeSet<String>>>()
            .map_or(Reach::All, Reach::Only)
    }

    /// Whether it has a workflow.
    pub fn has(&self, workflow: &str) -> bool {
        match self {
            Reach::All => true,
            Reach::Only(workflows) => workflows.contains(workflow),
        }
    }

    /// Whether it has no workflow at all.
    pub fn is_nowhere(&self) -> bool {
        matches!(self, Reach::Only(workflows) if workflows.is_empty())
    }

    /// The workflows a list is made of: those asked for, as far as it has them. None means all.
    pub fn narrowed(&self, asked: Option<&str>) -> Option<Vec<String>> {
        let asked = asked.filter(|id| !id.is_empty());
        match (self, asked) {
            (Reach::All, None) => None,
            (Reach::All, Some(id)) => Some(vec![id.to_owned()]),
            (Reach::Only(workflows), None) => Some(workflows.iter().cloned().collect()),
            (Reach::Only(workflows), Some(id)) => {
                Some(workflows.get(id).cloned().into_iter().collect())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_is_held_for_all_workflows_or_for_one() {
        let right = |text: &str| text.parse::<HeldRole>().unwrap();
        assert_eq!(right("road-crew").workflow, None);
        let one = right("road-crew@Pothole");
        assert_eq!(
            (one.role.as_str(), one.workflow.as_deref()),
            ("road-crew", Some("Pothole"))
        );
        assert!(one.counts_for("Pothole") && !one.counts_for("Pothole-2"));
        assert!(right("road-crew").counts_for("Pothole"));
        let long = format!("a@{}", "w".repeat(65));
        for wrong in [
            "", "*", "a*", "@", "a@", "@Pothole", "a@b@c", "a@*", "a@1st", "a b", "a@b c", "a@b\n",
            &long,
        ] {
            assert!(wrong.parse::<HeldRole>().is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_list_is_narrowed_to_what_is_in_reach() {
        let only = |ids: &[&str]| Reach::Only(ids.iter().map(|id| (*id).to_owned()).collect());
        let list = |ids: &[&str]| -> Option<Vec<String>> {
            Some(ids.iter().map(|id| (*id).to_owned()).collect())
        };
        for (reach, asked, expect) in [
            (Reach::All, None, None),
            (Reach::All, Some(""), None),
            (Reach::All, Some("A"), list(&["A"])),
            (only(&["A", "B"]), None, list(&["A", "B"])),
            (only(&["A", "B"]), Some("B"), list(&["B"])),
            (only(&["A", "B"]), Some("C"), list(&[])),
            (only(&[]), None, list(&[])),
        ] {
            assert_eq!(reach.narrowed(asked), expect, "{reach:?} {asked:?}");
        }
        assert!(only(&[]).is_nowhere() && !only(&["A"]).is_nowhere() && !Reach::All.is_nowhere());
    }
}

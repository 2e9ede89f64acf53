use hms_app::agency::{Refused, Visitor};
use hms_app::views::Person;

use super::{Act, Doorkeeper, Reach, reach};

impl Doorkeeper {
    /// Who is signed in, if they may do this somewhere, and in which workflows.
    pub async fn reaching(&self, who: &Visitor, act: Act) -> Result<(Person, Reach), Refused> {
        let person = self.signed_in(who).await?;
        let reach = reach(&person.roles, act);
        match reach.is_nowhere() {
            true => Err(Refused::NotAllowed),
            false => Ok((person, reach)),
        }
    }

    /// Who is signed in, if they may do this whatever the workflow.
    pub async fn allowed(&self, who: &Visitor, act: Act) -> Result<Person, Refused> {
        match self.reaching(who, act).await? {
            (person, Reach::All) => Ok(person),
            _ => Err(Refused::NotAllowed),
        }
    }

    /// Who is signed in, if they may do this in a workflow. Where they may do it in others only, a case of this one is
    /// not there for them.
    pub async fn allowed_in(
        &self,
        who: &Visitor,
        act: Act,
        workflow: &str,
    ) -> Result<Person, Refused> {
        match self.reaching(who, act).await? {
            (person, reach) if reach.has(workflow) => Ok(person),
            _ => Err(Refused::NotFound),
        }
    }
}

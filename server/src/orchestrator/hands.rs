use std::sync::Arc;

use hms_engine::Actor;

use crate::identity::Grant;

/// In whose name tasks are worked on, and whose tasks they may be.
#[derive(Debug, Clone)]
pub struct Hands {
    by: Option<String>,
    within: Option<Arc<Grant>>,
}

impl Hands {
    /// A program's, which may work on what its grant says; without a name of its own it is taken for the
    /// actor of each task it works on.
    pub fn of_program(name: Option<String>, within: Arc<Grant>) -> Hands {
        Hands {
            by: name,
            within: Some(within),
        }
    }

    /// Whether they may touch a task of this actor.
    pub(super) fn may_touch(&self, actor: &Actor) -> bool {
        self.within
            .as_ref()
            .is_none_or(|grant| grant.works_as(actor))
    }

    /// The name they work under on a task of this actor.
    pub fn name(&self, actor: &Actor) -> String {
        self.by.clone().unwrap_or_else(|| actor.to_string())
    }
}

impl From<&String> for Hands {
    /// Somebody's of this house, who has been let in already.
    fn from(by: &String) -> Hands {
        Hands::from(by.as_str())
    }
}

impl From<&str> for Hands {
    /// Somebody's of this house, who has been let in already.
    fn from(by: &str) -> Hands {
        Hands {
            by: Some(by.to_owned()),
            within: None,
        }
    }
}

use std::sync::Arc;

use hms_engine::Actor;
use uuid::Uuid;

use crate::edge;
use crate::identity::{Grant, signed_by};

/// In whose name tasks are worked on, and whose tasks they may be.
#[derive(Debug, Clone)]
pub struct Hands {
    by: Option<String>,
    within: Option<Arc<Grant>>,
    from: Option<String>,
}

impl Hands {
    /// A program's, which may work on what its grant says; without a name of its own it is taken for the
    /// actor of each task it works on.
    pub fn of_program(name: Option<String>, within: Arc<Grant>) -> Hands {
        Hands {
            by: name,
            within: Some(within),
            from: None,
        }
    }

    /// The address a person asks from.
    pub(super) fn asked_from(&self) -> Option<&String> {
        self.from.as_ref()
    }

    /// The token that they came with.
    pub(super) fn token(&self) -> Option<Uuid> {
        self.within.as_ref().and_then(|grant| grant.token)
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
            from: from_where(by),
        }
    }
}

/// The address that the request being answered comes from, when it is a person who asks. Programs are known by their
/// tokens, and where reporters come from is nobody's business.
pub(super) fn from_where(by: &str) -> Option<String> {
    signed_by(by).and_then(|_| edge::address())
}

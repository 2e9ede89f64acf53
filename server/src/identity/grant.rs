use std::str::FromStr;

use hms_engine::{Actor, ActorPattern};
use uuid::Uuid;

/// What a program may do over the HTTP API, beside working on the tasks of its actors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Verb {
    /// Send events.
    Emit,
    /// Read runs, workers, definitions, reports and figures.
    Read,
    /// Deploy definitions and calendars.
    Deploy,
    /// Cancel runs and send stopped ones on.
    Change,
}

impl Verb {
    /// All of them, in the order they are named to people.
    pub const ALL: [Verb; 4] = [Verb::Emit, Verb::Read, Verb::Deploy, Verb::Change];

    /// As written on the command line and kept.
    pub fn as_str(self) -> &'static str {
        match self {
            Verb::Emit => "emit",
            Verb::Read => "read",
            Verb::Deploy => "deploy",
            Verb::Change => "change",
        }
    }
}

/// A word that is no verb.
#[derive(Debug, thiserror::Error)]
#[error("\"{0}\" is nothing a token can be good for – use emit, read, deploy or change")]
pub struct NoVerb(String);

impl FromStr for Verb {
    type Err = NoVerb;

    fn from_str(text: &str) -> Result<Verb, NoVerb> {
        Verb::ALL
            .into_iter()
            .find(|verb| verb.as_str() == text)
            .ok_or_else(|| NoVerb(text.chars().take(40).collect()))
    }
}

/// What whoever calls the HTTP API may do there. Closed by default.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// The token it came with; none for the demonstration's open door and for the environment's token.
    pub token: Option<Uuid>,
    /// Whose tasks it may see and work on.
    pub actors: Vec<ActorPattern>,
    /// What else it may do.
    pub verbs: Vec<Verb>,
}

impl Grant {
    /// Everything.
    pub fn all() -> Grant {
        Grant {
            token: None,
            actors: hms_engine::ActorKind::ALL
                .into_iter()
                .map(ActorPattern::every)
                .collect(),
            verbs: Verb::ALL.to_vec(),
        }
    }

    /// Whether it may do this.
    pub fn may(&self, verb: Verb) -> bool {
        self.verbs.contains(&verb)
    }

    /// Whether it may work at all.
    pub fn works(&self) -> bool {
        !self.actors.is_empty()
    }

    /// Whether it may see and work on this actor's tasks.
    pub fn works_as(&self, actor: &Actor) -> bool {
        self.actors.iter().any(|pattern| pattern.matches(actor))
    }

    /// Whether it may ask for the tasks of all these actors.
    pub fn covers(&self, asked: &ActorPattern) -> bool {
        self.actors.iter().any(|pattern| pattern.covers(asked))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grant_is_what_its_rows_say_and_no_more() {
        let grant = Grant {
            token: None,
            actors: vec!["AI:fraud*".parse().unwrap()],
            verbs: vec![Verb::Emit],
        };
        let actor = |text: &str| text.parse::<Actor>().unwrap();
        assert!(grant.works_as(&actor("AI:fraud-labeler")));
        assert!(!grant.works_as(&actor("SVC:fraud-labeler")));
        assert!(!grant.covers(&"AI:*".parse().unwrap()));
        assert!(grant.may(Verb::Emit) && !grant.may(Verb::Read));
        let all = Grant::all();
        assert!(Verb::ALL.into_iter().all(|verb| all.may(verb)));
        assert!(all.works_as(&actor("HUMAN:investigator")));
    }

    #[test]
    fn verbs_are_written_as_they_are_read() {
        for verb in Verb::ALL {
            assert_eq!(verb.as_str().parse::<Verb>().unwrap(), verb);
        }
        let told = "root".parse::<Verb>().unwrap_err().to_string();
        assert!(told.contains("use emit, read, deploy or change"));
    }
}

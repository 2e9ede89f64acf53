use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What kind of worker does a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ActorKind {
    /// An AI agent, written `AI:`.
    Ai,
    /// A person with a role, written `HUMAN:`.
    Human,
    /// A service, written `SVC:`.
    Svc,
}

impl ActorKind {
    /// All kinds, in the order they are named to people.
    pub const ALL: [ActorKind; 3] = [ActorKind::Ai, ActorKind::Human, ActorKind::Svc];

    /// The prefix as written in a definition, without the colon.
    pub fn prefix(self) -> &'static str {
        match self {
            ActorKind::Ai => "AI",
            ActorKind::Human => "HUMAN",
            ActorKind::Svc => "SVC",
        }
    }
}

/// Who does a task: a kind and a name, written `AI:fraud-labeler`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Actor {
    /// AI agent, person or service.
    pub kind: ActorKind,
    /// The name after the colon: a role for people, a worker's name otherwise.
    pub name: String,
}

/// Longest name of an actor, in bytes.
const NAME_BYTES_MAX: usize = 64;

/// Why a text is no actor; the message says what would be right.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadActor {
    /// The prefix is none of `AI:`, `HUMAN:`, `SVC:`.
    #[error("Unknown actor type \"{0}:\" – use AI:, HUMAN: or SVC:")]
    Kind(String),
    /// No colon at all.
    #[error(
        "\"{0}\" names no actor type – write AI:, HUMAN: or SVC: before the name, like AI:fraud-labeler"
    )]
    NoKind(String),
    /// The name is empty, too long, or has characters other than letters, digits, `-`, `_`, `.`.
    #[error(
        "\"{0}\" is no actor name – use 1 to 64 letters, digits, \"-\", \"_\" or \".\" after the colon, like AI:fraud-labeler"
    )]
    Name(String),
}

fn kind_of(text: &str) -> Result<(ActorKind, &str), BadActor> {
    let (prefix, name) = text
        .split_once(':')
        .ok_or_else(|| BadActor::NoKind(clip(text)))?;
    let kind = ActorKind::ALL
        .into_iter()
        .find(|kind| kind.prefix() == prefix)
        .ok_or_else(|| BadActor::Kind(clip(prefix)))?;
    Ok((kind, name))
}

fn name_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')
}

fn clip(text: &str) -> String {
    text.chars().take(NAME_BYTES_MAX).collect()
}

impl FromStr for Actor {
    type Err = BadActor;

    fn from_str(text: &str) -> Result<Self, BadActor> {
        let (kind, name) = kind_of(text)?;
        if name.is_empty() || name.len() > NAME_BYTES_MAX || !name.chars().all(name_char) {
            return Err(BadActor::Name(clip(text)));
        }
        Ok(Actor {
            kind,
            name: name.to_owned(),
        })
    }
}

impl TryFrom<String> for Actor {
    type Error = BadActor;

    fn try_from(text: String) -> Result<Self, BadActor> {
        text.parse()
    }
}

impl From<Actor> for String {
    fn from(actor: Actor) -> String {
        actor.to_string()
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.kind.prefix(), self.name)
    }
}

/// An actor to ask for tasks by: exact (`AI:fraud-labeler`), or with a trailing `*` (`HUMAN:*`).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ActorPattern {
    kind: ActorKind,
    name: String,
    open_ended: bool,
}

impl ActorPattern {
    /// The pattern that fits every actor of a kind.
    pub fn every(kind: ActorKind) -> ActorPattern {
        ActorPattern {
            kind,
            name: String::new(),
            open_ended: true,
        }
    }

    /// Whether the actor's written form fits.
    pub fn matches(&self, actor: &Actor) -> bool {
        self.kind == actor.kind
            && if self.open_ended {
                actor.name.starts_with(&self.name)
            } else {
                actor.name == self.name
            }
    }

    /// Whether every actor that fits the other pattern fits this one too.
    pub fn covers(&self, other: &ActorPattern) -> bool {
        self.kind == other.kind
            && match (self.open_ended, other.open_ended) {
                (true, _) => other.name.starts_with(&self.name),
                (false, true) => false,
                (false, false) => self.name == other.name,
            }
    }

    /// The one actor meant, when the pattern has no `*`.
    pub fn exact(&self) -> Option<Actor> {
        (!self.open_ended).then(|| Actor {
            kind: self.kind,
            name: self.name.clone(),
        })
    }

    /// The written form up to the `*`.
    pub fn prefix(&self) -> String {
        format!("{}:{}", self.kind.prefix(), self.name)
    }
}

impl From<&Actor> for ActorPattern {
    /// The pattern that fits this actor alone.
    fn from(actor: &Actor) -> ActorPattern {
        ActorPattern {
            kind: actor.kind,
            name: actor.name.clone(),
            open_ended: false,
        }
    }
}

impl FromStr for ActorPattern {
    type Err = BadActor;

    fn from_str(text: &str) -> Result<Self, BadActor> {
        let (kind, name) = kind_of(text)?;
        let (name, open_ended) = match name.strip_suffix('*') {
            Some(name) => (name, true),
            None => (name, false),
        };
        let empty = name.is_empty() && !open_ended;
        if empty || name.len() > NAME_BYTES_MAX || !name.chars().all(name_char) {
            return Err(BadActor::Name(clip(text)));
        }
        Ok(ActorPattern {
            kind,
            name: name.to_owned(),
            open_ended,
        })
    }
}

impl fmt::Display for ActorPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}{}",
            self.prefix(),
            if self.open_ended { "*" } else { "" }
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actors_are_written_as_they_are_read() {
        for text in ["AI:fraud-labeler", "HUMAN:investigator", "SVC:email-svc"] {
            assert_eq!(text.parse::<Actor>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn a_wrong_actor_is_told_what_would_be_right() {
        let told = |text: &str| text.parse::<Actor>().unwrap_err().to_string();
        assert_eq!(
            told("BOT:x"),
            "Unknown actor type \"BOT:\" – use AI:, HUMAN: or SVC:"
        );
        assert!(told("fraud-labeler").starts_with("\"fraud-labeler\" names no actor type"));
        assert!(told("AI:").starts_with("\"AI:\" is no actor name"));
        assert!(told("AI:a b").contains("use 1 to 64 letters"));
    }

    #[test]
    fn a_pattern_covers_what_is_narrower() {
        for (wide, narrow, covers) in [
            ("AI:*", "AI:fraud-labeler", true),
            ("AI:*", "AI:fraud*", true),
            ("AI:fraud*", "AI:fraud-labeler", true),
            ("AI:fraud*", "AI:*", false),
            ("AI:fraud-labeler", "AI:fraud-labeler", true),
            ("AI:fraud-labeler", "AI:fraud-labeler*", false),
            ("AI:*", "SVC:email-svc", false),
        ] {
            let pattern = |text: &str| text.parse::<ActorPattern>().unwrap();
            assert_eq!(
                pattern(wide).covers(&pattern(narrow)),
                covers,
                "{wide} {narrow}"
            );
        }
    }

    #[test]
    fn a_pattern_matches_by_name_or_prefix() {
        let actor: Actor = "HUMAN:investigator".parse().unwrap();
        for (pattern, fits) in [
            ("HUMAN:*", true),
            ("HUMAN:inv*", true),
            ("HUMAN:investigator", true),
            ("HUMAN:supervisor", false),
            ("AI:*", false),
        ] {
            assert_eq!(
                pattern.parse::<ActorPattern>().unwrap().matches(&actor),
                fits,
                "{pattern}"
            );
        }
    }
}

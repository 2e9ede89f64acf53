//! What a request says beside its body: query parameters, the caller's name, ids in the path.

use std::fmt::Display;
use std::str::FromStr;
use std::time::Duration;

use axum::extract::{FromRequestParts, Path, Query};
use axum::http::HeaderMap;
use axum::http::request::Parts;
use uuid::Uuid;

use super::durations;
use super::problem::{Kind, Problem};
use super::read_of::reader;
use crate::identity::{Grant, is_signature};

/// Longest name a caller may give itself, in bytes.
const CALLER_BYTES_MAX: usize = 100;

/// The query parameters of a request. What nobody takes is refused by [`Params::done`], so that a
/// typo is told and not silently ignored.
pub(super) struct Params {
    pairs: Vec<(String, String)>,
    headers: HeaderMap,
    asked: Vec<&'static str>,
}

impl<S: Send + Sync> FromRequestParts<S> for Params {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let Query(pairs) = Query::<Vec<(String, String)>>::try_from_uri(&parts.uri)
            .map_err(|error| Problem::new(Kind::Parameter, error.body_text()))?;
        Ok(Params {
            pairs,
            headers: parts.headers.clone(),
            asked: Vec::new(),
        })
    }
}

impl Params {
    /// The text of a parameter.
    pub(super) fn text(&mut self, name: &'static str) -> Result<Option<String>, Problem> {
        self.asked.push(name);
        let mut found = None;
        let mut rest = Vec::with_capacity(self.pairs.len());
        for (key, value) in self.pairs.drain(..) {
            if key != name {
                rest.push((key, value));
            } else if found.replace(value).is_some() {
                return Err(bad(name, "it stands there twice"));
            }
        }
        self.pairs = rest;
        Ok(found)
    }

    /// A parameter read as something.
    pub(super) fn read<T: FromStr>(&mut self, name: &'static str) -> Result<Option<T>, Problem>
    where
        T::Err: Display,
    {
        self.text(name)?
            .map(|text| text.parse().map_err(|error| bad(name, &format!("{error}"))))
            .transpose()
    }

    /// A number within limits.
    pub(super) fn number(
        &mut self,
        name: &'static str,
        default: u32,
        max: u32,
    ) -> Result<u32, Problem> {
        match self.read::<u32>(name)? {
            None => Ok(default),
            Some(number) if (1..=max).contains(&number) => Ok(number),
            Some(_) => Err(bad(name, &format!("use a number from 1 to {max}"))),
        }
    }

    /// A duration such as `30s` within limits.
    pub(super) fn duration(
        &mut self,
        name: &'static str,
        min: Duration,
        max: Duration,
    ) -> Result<Option<Duration>, Problem> {
        self.text(name)?
            .map(|text| durations::read(&text, min, max).map_err(|words| bad(name, &words)))
            .transpose()
    }

    /// Several words, parted by commas.
    pub(super) fn words<T>(
        &mut self,
        name: &'static str,
        known: &[T],
        word: impl Fn(&T) -> &'static str,
    ) -> Result<Vec<T>, Problem>
    where
        T: Copy,
    {
        let Some(text) = self.text(name)? else {
            return Ok(Vec::new());
        };
        text.split(',')
            .map(|part| {
                known
                    .iter()
                    .find(|item| word(item).eq_ignore_ascii_case(part.trim()))
                    .copied()
                    .ok_or_else(|| {
                        let all: Vec<_> = known.iter().map(&word).collect();
                        bad(name, &format!("\"{part}\" is none of {}", all.join(", ")))
                    })
            })
            .collect()
    }

    /// One word of several.
    pub(super) fn word<T>(
        &mut self,
        name: &'static str,
        known: &[T],
        word: impl Fn(&T) -> &'static str,
    ) -> Result<Option<T>, Problem>
    where
        T: Copy,
    {
        let mut words = self.words(name, known, word)?;
        match words.len() {
            0 | 1 => Ok(words.pop()),
            _ => Err(bad(name, "name one")),
        }
    }

    /// Who asks: the header `X-Worker`, or the parameter `worker`.
    pub(super) fn caller(&mut self) -> Result<Option<String>, Problem> {
        let named = self.text("worker")?;
        let header = match self.headers.get("x-worker") {
            None => None,
            Some(value) => Some(
                value
                    .to_str()
                    .map_err(|_| bad("X-Worker", "use plain letters"))?
                    .to_owned(),
            ),
        };
        header.or(named).map(checked_caller).transpose()
    }

    /// Refuses what nobody asked for.
    pub(super) fn done(self) -> Result<(), Problem> {
        let Some((name, _)) = self.pairs.first() else {
            return Ok(());
        };
        let known = if self.asked.is_empty() {
            "none".to_owned()
        } else {
            self.asked.join(", ")
        };
        Err(Problem::new(
            Kind::Parameter,
            format!("There is no parameter \"{name}\" here; known: {known}."),
        )
        .with("parameter", name))
    }
}

/// Names by which the audit trail knows what the house does itself, and for whom.
const OF_THE_HOUSE: [&str; 6] = ["event", "clock", "calendar", "reporter", "nobody", "hms"];

/// A caller's name as the audit trail keeps it. Nobody is a person, a token or the house by saying so.
pub(super) fn checked_caller(name: String) -> Result<String, Problem> {
    let fits = |c: char| c.is_ascii_alphanumeric() || "-_.:@/".contains(c);
    if name.is_empty() || name.len() > CALLER_BYTES_MAX || !name.chars().all(fits) {
        return Err(bad(
            "worker",
            "a worker's name has 1 to 100 letters, digits or -_.:@/",
        ));
    }
    let mut of_the_house = OF_THE_HOUSE.iter();
    if is_signature(&name) || of_the_house.any(|own| own.eq_ignore_ascii_case(&name)) {
        return Err(bad("worker", "this name is the server's own"));
    }
    Ok(name)
}

/// In whose name a case or a definition is changed: the token's, which nobody can give themselves, and where there is none
/// (the demonstration's open door, the environment's token) what the caller calls itself.
pub(super) fn in_name_of(grant: &Grant, caller: Option<String>) -> String {
    match grant.token {
        Some(_) => reader(grant),
        None => caller.unwrap_or_else(|| reader(grant)),
    }
}

fn bad(name: &str, words: &str) -> Problem {
    Problem::new(Kind::Parameter, format!("{name}: {words}.")).with("parameter", name)
}

/// A workflow's id in the path.
pub(super) struct WorkflowId(pub(super) String);

impl<S: Send + Sync> FromRequestParts<S> for WorkflowId {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match Path::<String>::from_request_parts(parts, state).await {
            Ok(Path(text)) => Ok(WorkflowId(text)),
            Err(_) => Err(Problem::new(
                Kind::UnknownWorkflow,
                "That is no workflow id; ids are plain letters.",
            )),
        }
    }
}

/// A calendar's id in the path.
pub(super) struct CalendarId(pub(super) String);

impl<S: Send + Sync> FromRequestParts<S> for CalendarId {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match Path::<String>::from_request_parts(parts, state).await {
            Ok(Path(text)) => Ok(CalendarId(text)),
            Err(_) => Err(Problem::new(
                Kind::UnknownCalendar,
                "That is no calendar id; ids are plain letters.",
            )),
        }
    }
}

/// A task's id in the path.
pub(super) struct TaskId(pub(super) Uuid);

/// A run's id in the path.
pub(super) struct RunId(pub(super) Uuid);

impl<S: Send + Sync> FromRequestParts<S> for TaskId {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        id_in_path(parts, state, Kind::UnknownTask, "task")
            .await
            .map(TaskId)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for RunId {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        id_in_path(parts, state, Kind::UnknownRun, "run")
            .await
            .map(RunId)
    }
}

/// A file's id in the path.
pub(super) struct FileId(pub(super) Uuid);

impl<S: Send + Sync> FromRequestParts<S> for FileId {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        id_in_path(parts, state, Kind::UnknownFile, "file")
            .await
            .map(FileId)
    }
}

async fn id_in_path<S: Send + Sync>(
    parts: &mut Parts,
    state: &S,
    kind: Kind,
    noun: &str,
) -> Result<Uuid, Problem> {
    let unknown = || Problem::new(kind, format!("That is no {noun} id; ids are UUIDs."));
    let Path(text) = Path::<String>::from_request_parts(parts, state)
        .await
        .map_err(|_| unknown())?;
    text.parse().map_err(|_| unknown())
}

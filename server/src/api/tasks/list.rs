use std::time::Duration;

use axum::Extension;
use axum::extract::State;
use axum::http::HeaderName;
use axum::response::{IntoResponse, Response};
use hms_engine::{ActorKind, ActorPattern, TaskStatus};
use tokio::time::Instant;
use uuid::Uuid;

use super::super::auth::Granted;
use super::super::params::Params;
use super::super::problem::{Kind, Problem};
use super::super::read_of::ReadOf;
use super::super::written::{TASK_BYTES, written};
use super::super::{Api, TaskJson};
use super::LEASES;
use crate::identity::{Grant, Verb};
use crate::orchestrator::Interest;
use crate::store::{CLOSED_AMONG, Holder, TaskOrder, TaskQuery, TaskRow};

/// The longest wait.
const WAIT_MAX: Duration = Duration::from_secs(60);
/// How many tasks without `limit`, and at most.
const TASKS: (u32, u32) = (100, 1000);
/// A waiting caller looks again after this long even when nothing woke it, because another node
/// may have opened the task.
const LOOK_AGAIN: Duration = Duration::from_secs(10);

/// Tells among the tasks of how many runs, the newest, closed ones were looked for.
const AMONG_RUNS: HeaderName = HeaderName::from_static("hms-among-runs");

/// What a caller asks for.
struct Ask {
    actor: Option<ActorPattern>,
    statuses: Vec<TaskStatus>,
    limit: u32,
    wait: Option<Duration>,
    lease: Option<Duration>,
    caller: Option<String>,
    /// The token it is asked with.
    token: Option<Uuid>,
    /// Whose tasks the caller may see.
    all: Vec<ActorPattern>,
}

/// `GET /tasks`: the tasks of an actor, soonest deadline first. Without `status` those that can be
/// begun now; closed ones are those of the newest runs. With `lease` they are claimed for the caller; without `limit` that is one.
pub(in crate::api) async fn list(
    State(api): State<Api>,
    Granted(grant): Granted,
    params: Params,
) -> Result<Response, Problem> {
    let ask = Ask::read(params, &grant)?;
    let by = ask.by();
    if let (Some(pattern), true) = (&ask.actor, ask.wants_work()) {
        api.workforce.seen(&pattern.to_string(), &by, None);
    }
    let rows = match ask.wait {
        None => look(&api, &ask, &by).await?,
        Some(wait) => wait_for(&api, &ask, &by, wait).await?,
    };
    // What is claimed stands in the trail of its case; what is only looked at would stand nowhere.
    let looked = ask.lease.is_none() && !rows.is_empty();
    let tasks: Vec<TaskJson> = rows.into_iter().map(TaskJson::from).collect();
    let mut answer = written(&tasks, tasks.len() * TASK_BYTES)?;
    if ask.statuses.iter().any(|status| !status.is_open()) {
        answer.headers_mut().insert(AMONG_RUNS, CLOSED_AMONG.into());
    }
    Ok(match looked {
        true => (Extension(ReadOf::many("tasks")), answer).into_response(),
        false => answer,
    })
}

impl Ask {
    fn read(mut params: Params, grant: &Grant) -> Result<Ask, Problem> {
        let actor = params
            .text("actor")?
            .map(|text| {
                text.parse::<ActorPattern>()
                    .map_err(|bad| Problem::new(Kind::Actor, bad.to_string()).with("actor", text))
            })
            .transpose()?;
        let lease = params.duration("lease", LEASES.0, LEASES.1)?;
        let default = if lease.is_some() { 1 } else { TASKS.0 };
        let ask = Ask {
            actor,
            statuses: params.words("status", &TaskStatus::ALL, |status| status.as_str())?,
            limit: params.number("limit", default, TASKS.1)?,
            wait: params.duration("wait", Duration::ZERO, WAIT_MAX)?,
            lease,
            caller: params.caller()?,
            token: grant.token,
            all: match grant.may(Verb::Read) {
                true => ActorKind::ALL.map(ActorPattern::every).to_vec(),
                false => grant.actors.clone(),
            },
        };
        params.done()?;
        let unfit = |words: &str| Err(Problem::new(Kind::Parameter, words));
        if ask.lease.is_some() && ask.actor.is_none() {
            return unfit("lease: say for which actor.");
        }
        if let Some(actor) = &ask.actor
            && !grant.covers(actor)
            && (ask.lease.is_some() || !grant.may(Verb::Read))
        {
            let told = format!("This token does not work as {actor}.");
            return Err(Problem::new(Kind::NotAllowed, told));
        }
        if ask.lease.is_some() && !ask.wants_work() {
            return unfit("lease: only NEW tasks can be claimed; leave status out.");
        }
        Ok(ask)
    }

    /// Whether it asks for work to do, and not how work stands.
    fn wants_work(&self) -> bool {
        self.statuses.is_empty() || self.statuses == [TaskStatus::New]
    }

    /// In whose name: the caller's own, else the actor's.
    fn by(&self) -> String {
        let actor = || self.actor.as_ref().map(ActorPattern::to_string);
        self.caller
            .clone()
            .or_else(|| actor().map(|actor| actor.trim_end_matches('*').to_owned()))
            .unwrap_or_default()
    }

    fn patterns(&self) -> Vec<ActorPattern> {
        match &self.actor {
            Some(pattern) => vec![pattern.clone()],
            None => self.all.clone(),
        }
    }
}

async fn look(api: &Api, ask: &Ask, by: &str) -> Result<Vec<TaskRow>, Problem> {
    if let (Some(lease), Some(pattern)) = (ask.lease, &ask.actor) {
        let lease_ms = api.workflow_ms(lease);
        let orchestrator = api.orchestrator.for_token(ask.token);
        let leased = orchestrator.lease(pattern, by, ask.limit, lease_ms);
        return Ok(leased.await?);
    }
    let unsaid = ask.statuses.is_empty();
    let query = TaskQuery {
        actors: ask.patterns().into_iter().map(Into::into).collect(),
        statuses: if unsaid {
            vec![TaskStatus::New]
        } else {
            ask.statuses.clone()
        },
        holder: Holder::Any,
        escalated: false,
        ready_at: unsaid.then(|| api.orchestrator.now()),
        order: TaskOrder::Deadline,
        after: None,
        limit: ask.limit,
    };
    Ok(api.orchestrator.shelf().tasks(&query).await?)
}

async fn wait_for(api: &Api, ask: &Ask, by: &str, wait: Duration) -> Result<Vec<TaskRow>, Problem> {
    let _place = api.waiting.try_acquire().map_err(|_| {
        Problem::new(Kind::Overloaded, "Too many callers wait already.").retry_after(5)
    })?;
    let end = Instant::now() + wait;
    let interest = if ask.wants_work() {
        Interest::Free(ask.patterns())
    } else {
        Interest::Tasks(ask.patterns())
    };
    // The place is taken before the first look, so nothing that opens in between is missed.
    let listener = api.orchestrator.hub().listen(interest);
    loop {
        let rows = look(api, ask, by).await?;
        let now = Instant::now();
        if !rows.is_empty() || now >= end || api.stopping.is_cancelled() {
            return Ok(rows);
        }
        let again = end.min(now + LOOK_AGAIN);
        tokio::select! {
            () = listener.changed() => {}
            () = tokio::time::sleep_until(again) => {}
            () = api.stopping.cancelled() => return Ok(rows),
        }
    }
}

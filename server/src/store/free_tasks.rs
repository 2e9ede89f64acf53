//! The statement that finds the tasks to hand out; both stores ask by the same text. It costs what it finds, however many tasks
//! wait for their next attempt: those are in a part of the index of their own until their timer says that they may be tried again.
//! One whose moment has come before its timer was looked at is free too. While an actor has such tasks the first of both are sorted.

use hms_engine::{ActorPattern, TaskStatus};

use super::dialect::{Bind, Dialect, Statement};
use super::task_lists::{Text, waits};
use super::{Holder, Needed, TaskOrder, TaskQuery};

/// What is to be found.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted<'w> {
    /// Columns of the task `t` and its run `r`.
    pub(super) columns: &'w str,
    /// Whose tasks.
    pub(super) actor: &'w ActorPattern,
    /// At most this many.
    pub(super) limit: u32,
    /// How many runs others may be at, which are passed over.
    pub(super) spare: u32,
    /// What locks the runs.
    pub(super) lock: &'w str,
}

/// As many of an actor's are sorted, at most, where its name is given.
const SORTED_MAX: u32 = 1_000;

/// Free tasks in the order of hand-out, those of versions that are left alone left out.
pub(super) fn rows(dialect: Dialect, wanted: Wanted<'_>, needed: &Needed) -> Statement {
    let mut text = Text::new(dialect);
    let Some(actor) = wanted.actor.exact() else {
        let most = wanted.limit + wanted.spare;
        let sorted = sorted(&mut text, wanted, needed, (most, &wanted.limit.to_string()));
        let with = text.with();
        return text.statement(format!("{with}{sorted}"));
    };
    let Wanted { columns, lock, .. } = wanted;
    let actor = text.text(actor.to_string());
    let now = text.bind(Bind::Moment(Some(needed.now)));
    let limit = text.bind(Bind::Number(i64::from(wanted.limit)));
    let left_alone = needed.left_alone.iter();
    let left_alone: Vec<String> = left_alone.map(|version| text.text(version)).collect();
    let left_alone = match left_alone.is_empty() {
        true => String::new(),
        false => format!(" AND r.version NOT IN ({})", left_alone.join(", ")),
    };
    let due = format!(
        "EXISTS (SELECT 1 FROM tasks w WHERE w.closed_at IS NULL AND w.status = 'NEW' \
         AND w.actor = {actor} AND w.not_before <= {now})"
    );
    let (waits, no_deadline) = (waits("t"), dialect.no_deadline);
    let straight = format!(
        "SELECT {columns} FROM tasks t JOIN runs r ON r.id = t.run_id \
         WHERE t.closed_at IS NULL AND t.status = 'NEW' AND t.actor = {actor} AND {waits} = 0{left_alone} \
         AND NOT {due} ORDER BY coalesce(t.expires, {no_deadline}), -t.priority, t.id LIMIT {limit}{lock}"
    );
    text.given = format!(" WHERE {due}");
    let sorted = sorted(&mut text, wanted, needed, (SORTED_MAX, &limit));
    let with = text.with();
    text.statement(format!(
        "{with}SELECT * FROM (SELECT * FROM ({straight}) straight \
         UNION ALL SELECT * FROM ({sorted}) sorted) free LIMIT {limit}"
    ))
}

/// The first of each actor's, at most so many, sorted, and of these the first.
fn sorted(
    text: &mut Text,
    wanted: Wanted<'_>,
    needed: &Needed,
    (most, limit): (u32, &str),
) -> String {
    let Wanted { columns, lock, .. } = wanted;
    text.left_alone.clone_from(&needed.left_alone);
    let found = text.found(&TaskQuery {
        actors: vec![wanted.actor.clone().into()],
        statuses: vec![TaskStatus::New],
        holder: Holder::Any,
        escalated: false,
        ready_at: Some(needed.now),
        order: TaskOrder::Deadline,
        after: None,
        limit: most,
    });
    format!(
        "SELECT {columns} FROM ({found}) first JOIN tasks t ON t.id = first.id \
         JOIN runs r ON r.id = t.run_id ORDER BY first.moment, first.urgent, first.id LIMIT {limit}{lock}"
    )
}

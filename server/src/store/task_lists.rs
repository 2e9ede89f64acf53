//! Statements that list and count tasks; both stores ask by the same text. They cost as many looks as they show rows,
//! however many tasks are open: each actor's are in an index in the order asked for, so of each the first few are taken, then
//! the first of these. A pattern of actors is gone through from one actor to the next that has any.

use hms_app::views::COUNTED_MAX;
use hms_engine::{ActorPattern, TaskStatus};

use super::dialect::{Bind, Dialect, Each, Statement};
use super::{Holder, Needed, TaskOrder, TaskQuery, TasksOf};

/// The tasks that are open, as the indexes have it; told by when they closed, because a list asks for the `status` apart.
const OPEN: &str = "x.closed_at IS NULL";
const CLOSED: &str = "x.closed_at IS NOT NULL";
/// Among the tasks of how many runs, the newest, those that are closed are looked for in the order of the deadlines they had: no index
/// has that order, and there are as many as there ever were.
pub const CLOSED_AMONG: u32 = 10_000;
/// Tasks with what their list shows of their case.
const JOINS: &str = "JOIN tasks t ON t.id = first.id JOIN runs r ON r.id = t.run_id \
    JOIN events e ON e.id = r.event_id";

/// Rows of tasks with their payloads, the first first.
pub(super) fn rows(dialect: Dialect, columns: &str, asked: &TaskQuery) -> Statement {
    let mut text = Text::new(dialect);
    let found = text.found(asked);
    let with = text.with();
    let order = match asked.order {
        TaskOrder::Deadline => "first.moment, first.urgent, first.id",
        TaskOrder::ClosedLast => "first.moment DESC, first.id DESC",
    };
    text.statement(format!(
        "{with}SELECT {columns} FROM ({found}) first {JOINS} ORDER BY {order}"
    ))
}

/// Free tasks of a pattern of actors in the order of hand-out, as `columns` of the task `t` and its run `r`: at most `limit`
/// of each actor, those of versions that are left alone left out.
pub(super) fn free(
    dialect: Dialect,
    columns: &str,
    (actor, limit): (&ActorPattern, u32),
    needed: &Needed,
) -> Statement {
    let mut text = Text::new(dialect);
    text.left_alone.clone_from(&needed.left_alone);
    let found = text.found(&TaskQuery {
        actors: vec![actor.clone().into()],
        statuses: vec![TaskStatus::New],
        holder: Holder::Any,
        escalated: false,
        ready_at: Some(needed.now),
        order: TaskOrder::Deadline,
        after: None,
        limit,
    });
    let with = text.with();
    text.statement(format!(
        "{with}SELECT {columns} FROM ({found}) first JOIN tasks t ON t.id = first.id \
         JOIN runs r ON r.id = t.run_id ORDER BY first.moment, first.urgent, first.id"
    ))
}

/// How many open tasks of these are free, how many taken, and how many late; each as far as it is counted.
pub(super) fn load(dialect: Dialect, of: &[TasksOf]) -> Statement {
    let mut text = Text::new(dialect);
    let mut figures = [Vec::new(), Vec::new(), Vec::new()];
    for one in of {
        let actors = text.actors(one, of, OPEN);
        let place = text.place(one);
        let late = format!("{OPEN} AND {} AND {}", dialect.of_people, dialect.late);
        let which = [
            format!("{OPEN} AND x.status = 'NEW'"),
            format!("{OPEN} AND x.status = 'CLAIMED'"),
            late,
        ];
        for (figure, which) in figures.iter_mut().zip(which) {
            let counted = counted(&format!("{which} AND x.actor = {actors}.actor{place}"));
            figure.push(format!(
                "coalesce((SELECT sum({counted}) FROM {actors}), 0)"
            ));
        }
    }
    let figures = figures.map(|sums| format!("CAST({} AS bigint)", sums.join(" + ")));
    let with = text.with();
    text.statement(format!("{with}SELECT {}", figures.join(", ")))
}

/// How many tasks of these a person has, as far as they are counted.
pub(super) fn held(dialect: Dialect, of: &[TasksOf], holder: &str) -> Statement {
    let mut text = Text::new(dialect);
    let which = text.held(of, holder);
    text.statement(format!("SELECT {}", counted(&which)))
}

/// How many tasks `x` there are for which this holds, as far as they are counted.
fn counted(which: &str) -> String {
    let more = COUNTED_MAX + 1;
    format!("(SELECT count(*) FROM (SELECT 1 FROM tasks x WHERE {which} LIMIT {more}) few)")
}

struct Text {
    dialect: Dialect,
    binds: Vec<Bind>,
    /// Tables of actors, by which the statement begins.
    actors: Vec<String>,
    /// Versions whose tasks are left out.
    left_alone: Vec<String>,
}

impl Text {
    fn new(dialect: Dialect) -> Text {
        Text {
            dialect,
            binds: Vec::new(),
            actors: Vec::new(),
            left_alone: Vec::new(),
        }
    }

    fn with(&self) -> String {
        match self.actors.as_slice() {
            [] => String::new(),
            actors => format!("WITH RECURSIVE {} ", actors.join(", ")),
        }
    }

    fn statement(self, sql: String) -> Statement {
        let binds = self.binds;
        Statement { sql, binds }
    }

    fn bind(&mut self, bind: Bind) -> String {
        self.binds.push(bind);
        format!("${}", self.binds.len())
    }

    fn text(&mut self, text: impl Into<String>) -> String {
        self.bind(Bind::Text(text.into()))
    }

    fn due(&self) -> String {
        format!("coalesce(x.expires, {})", self.dialect.no_deadline)
    }

    /// `id`, `moment` and `urgent` of the tasks asked for, at most as many as asked for.
    fn found(&mut self, asked: &TaskQuery) -> String {
        let open = asked.statuses.iter().all(|status| status.is_open());
        if asked.order == TaskOrder::Deadline && !open {
            return self.also_closed(asked);
        }
        let people = |one: &TasksOf| one.actor.prefix().starts_with("HUMAN:");
        let people = asked.actors.iter().all(people);
        let (moment, order) = match asked.order {
            TaskOrder::Deadline => (self.due(), "2, 3, 1"),
            TaskOrder::ClosedLast => ("x.closed_at".to_owned(), "2 DESC, 1 DESC"),
        };
        let columns = format!("x.id, {moment} AS moment, -x.priority AS urgent");
        let limit = asked.limit;
        let mine = match &asked.holder {
            Holder::Is(holder) if people && asked.statuses == [TaskStatus::Claimed] => {
                Some(self.held(&asked.actors, holder))
            }
            _ => None,
        };
        let late = asked.escalated && people && open && mine.is_none();
        let rest = self.rest(asked, mine.is_some(), late);
        let by_actor = match asked.order {
            TaskOrder::Deadline => open && mine.is_none(),
            TaskOrder::ClosedLast => people && !open,
        };
        if !by_actor {
            // One range, or what no index serves: what programs closed in the order of that.
            let which = match mine {
                Some(mine) => mine,
                None => format!("({}){}", self.any_of(&asked.actors), self.statuses(asked)),
            };
            let arms = self.arms(&columns, &format!("{which}{rest}"), asked, &[]);
            return format!(
                "SELECT id, moment, urgent FROM ({arms}) one ORDER BY {order} LIMIT {limit}"
            );
        }
        let (kept, each): (String, Vec<String>) = match (asked.order, late) {
            (TaskOrder::ClosedLast, _) => (self.kept_by(asked.order), Vec::new()),
            (_, true) => (
                format!(
                    "{OPEN} AND {} AND {}",
                    self.dialect.of_people, self.dialect.late
                ),
                Vec::new(),
            ),
            (_, false) => {
                let statuses = asked.statuses.iter();
                let each = statuses.map(|status| format!(" AND x.status = '{}'", status.as_str()));
                (OPEN.to_owned(), each.collect())
            }
        };
        let only = match each.is_empty() {
            true => self.statuses_unless_all(asked),
            false => String::new(),
        };
        let mut parts = Vec::new();
        for one in &asked.actors {
            let actors = self.actors(one, &asked.actors, &self.kept_by(asked.order));
            let place = self.place(one);
            let which = format!("{kept} AND x.actor = {actors}.actor{place}{only}{rest}");
            let arms = self.arms(&columns, &which, asked, &each);
            parts.push((self.dialect.each)(Each {
                columns: [&columns.replace("x.", "t."), "id, moment, urgent"],
                of: &actors,
                table: "tasks",
                query: &arms,
            }));
        }
        format!("{} ORDER BY {order} LIMIT {limit}", parts.join(" UNION "))
    }

    /// The same where closed ones are asked for in the order of deadlines they had.
    fn also_closed(&mut self, asked: &TaskQuery) -> String {
        let statuses = asked.statuses.iter().copied();
        let (open, closed): (Vec<_>, Vec<_>) = statuses.partition(|status| status.is_open());
        let of = |statuses| TaskQuery {
            statuses,
            ..asked.clone()
        };
        let mut parts = Vec::new();
        if !open.is_empty() {
            let found = self.found(&of(open));
            parts.push(format!("SELECT * FROM ({found}) still_open"));
        }
        let closed = of(closed);
        let any = self.any_of(&closed.actors);
        let statuses = self.statuses(&closed);
        let rest = self.rest(&closed, false, false);
        let which = format!(
            "({any}){statuses}{rest} AND x.run_id IN \
             (SELECT * FROM (SELECT id FROM runs ORDER BY id DESC LIMIT {CLOSED_AMONG}) newest)"
        );
        let columns = format!("x.id, {} AS moment, -x.priority AS urgent", self.due());
        parts.push(self.arms(&columns, &which, &closed, &[]));
        format!(
            "SELECT id, moment, urgent FROM ({}) one ORDER BY 2, 3, 1 LIMIT {}",
            parts.join(" UNION ALL "),
            asked.limit
        )
    }

    /// `id`, `moment` and `urgent` of the first tasks for which `which` holds, of each of `each`, after the place asked for: a range of the
    /// index for every part of what comes after it.
    fn arms(&mut self, columns: &str, which: &str, asked: &TaskQuery, each: &[String]) -> String {
        let (due, limit) = (self.due(), asked.limit);
        let mut ranges: Vec<(String, String)> = Vec::new();
        match (asked.order, asked.after) {
            (TaskOrder::Deadline, None) => {
                ranges.push((String::new(), format!("{due}, -x.priority, x.id")));
            }
            (TaskOrder::ClosedLast, None) => {
                ranges.push((String::new(), "x.closed_at DESC, x.id DESC".to_owned()));
            }
            (order, Some(after)) => {
                let moment = self.bind(Bind::Moment(after.moment));
                let id = self.bind(Bind::Id(after.id));
                if order == TaskOrder::ClosedLast {
                    ranges.push((
                        format!(" AND x.closed_at = {moment} AND x.id < {id}"),
                        "x.id DESC".to_owned(),
                    ));
                    ranges.push((
                        format!(" AND x.closed_at < {moment}"),
                        "x.closed_at DESC, x.id DESC".to_owned(),
                    ));
                } else {
                    let moment = format!("coalesce({moment}, {})", self.dialect.no_deadline);
                    let urgent = -i64::from(after.priority);
                    let urgent = self.bind(Bind::Number(urgent));
                    ranges.push((
                        format!(" AND {due} = {moment} AND -x.priority = {urgent} AND x.id > {id}"),
                        "x.id".to_owned(),
                    ));
                    ranges.push((
                        format!(" AND {due} = {moment} AND -x.priority > {urgent}"),
                        "-x.priority, x.id".to_owned(),
                    ));
                    ranges.push((
                        format!(" AND {due} > {moment}"),
                        format!("{due}, -x.priority, x.id"),
                    ));
                }
            }
        }
        let whole = [String::new()];
        let each = if each.is_empty() { &whole[..] } else { each };
        let arms: Vec<String> = each
            .iter()
            .flat_map(|one| ranges.iter().map(move |range| (one, range)))
            .enumerate()
            .map(|(n, (one, (range, order)))| {
                format!(
                    "SELECT * FROM (SELECT {columns} FROM tasks x WHERE {which}{one}{range} \
                     ORDER BY {order} LIMIT {limit}) arm{n}"
                )
            })
            .collect();
        arms.join(" UNION ALL ")
    }

    /// A table of the actors of some tasks: the one, or each that fits the pattern and has any. Those of a pattern that
    /// are asked for by their names too are left out.
    fn actors(&mut self, one: &TasksOf, all: &[TasksOf], kept: &str) -> String {
        let name = format!("actors{}", self.actors.len());
        let Some(actor) = one.actor.exact() else {
            let (from, to) = range(&one.actor);
            let (from, to) = (self.text(from), self.text(to));
            let place = self.place(one);
            let least = |more: &str| {
                format!(
                    "SELECT min(x.actor) FROM tasks x WHERE {kept}{place} AND x.actor {more} AND x.actor < {to}"
                )
            };
            let named = all.iter().filter(|other| {
                let here = other.workflow.is_none() || other.workflow == one.workflow;
                here && other.actor.exact().is_some()
            });
            let named: Vec<String> = named.map(|other| other.actor.to_string()).collect();
            let named: Vec<String> = named.into_iter().map(|actor| self.text(actor)).collect();
            let but = match named.is_empty() {
                true => String::new(),
                false => format!(" AND actor NOT IN ({})", named.join(", ")),
            };
            self.actors.push(format!(
                "walk_{name} (actor) AS ({} UNION ALL SELECT ({}) FROM walk_{name} \
                 WHERE walk_{name}.actor IS NOT NULL), \
                 {name} (actor) AS (SELECT actor FROM walk_{name} WHERE actor IS NOT NULL{but})",
                least(&format!(">= {from}")),
                least(&format!("> walk_{name}.actor")),
            ));
            return name;
        };
        let actor = self.text(actor.to_string());
        self.actors
            .push(format!("{name} (actor) AS (SELECT CAST({actor} AS text))"));
        name
    }

    /// The condition that a task `x` is of the workflow, where there is one, in a form an index can serve.
    fn place(&mut self, one: &TasksOf) -> String {
        let Some(workflow) = &one.workflow else {
            return String::new();
        };
        let workflow = self.text(workflow.clone());
        let people = match one.actor.prefix().starts_with("HUMAN:") {
            true => format!(" AND {}", self.dialect.of_people),
            false => String::new(),
        };
        format!(" AND x.workflow = {workflow}{people}")
    }

    /// The condition that a task `x` is one of these.
    fn any_of(&mut self, of: &[TasksOf]) -> String {
        let mut any = Vec::new();
        for one in of {
            let actor = match one.actor.exact() {
                Some(actor) => format!("x.actor = {}", self.text(actor.to_string())),
                None => {
                    let (from, to) = range(&one.actor);
                    let (from, to) = (self.text(from), self.text(to));
                    format!("x.actor >= {from} AND x.actor < {to}")
                }
            };
            let place = self.place(one);
            any.push(format!("({actor}{place})"));
        }
        match any.is_empty() {
            true => "1 = 0".to_owned(),
            false => any.join(" OR "),
        }
    }

    /// The condition that somebody has a task of these.
    fn held(&mut self, of: &[TasksOf], holder: &str) -> String {
        let holder = self.text(holder);
        let any = self.any_of(of);
        let people = self.dialect.of_people;
        format!("x.claimed_by = {holder} AND x.status = 'CLAIMED' AND {people} AND ({any})")
    }

    /// What is kept in the index of an order.
    fn kept_by(&self, order: TaskOrder) -> String {
        match order {
            TaskOrder::Deadline => OPEN.to_owned(),
            TaskOrder::ClosedLast => format!("{CLOSED} AND {}", self.dialect.of_people),
        }
    }

    fn statuses(&self, asked: &TaskQuery) -> String {
        let statuses = asked.statuses.iter();
        let statuses: Vec<String> = statuses
            .map(|status| format!("'{}'", status.as_str()))
            .collect();
        format!(" AND x.status IN ({})", statuses.join(", "))
    }

    /// The same, where it leaves anything out of what is open, or of what is closed.
    fn statuses_unless_all(&self, asked: &TaskQuery) -> String {
        let open = asked.statuses.iter().all(|status| status.is_open());
        let kind = TaskStatus::ALL.iter().filter(|one| one.is_open() == open);
        let whole = kind.into_iter().all(|one| asked.statuses.contains(one));
        match whole {
            true => String::new(),
            false => self.statuses(asked),
        }
    }

    /// What is asked for beside actors, states and order.
    fn rest(&mut self, asked: &TaskQuery, holder_known: bool, late_known: bool) -> String {
        let mut rest = String::new();
        if let (Holder::Is(holder), false) = (&asked.holder, holder_known) {
            let holder = self.text(holder.clone());
            rest += &format!(" AND coalesce(x.claimed_by, x.closed_by) = {holder}");
        }
        if asked.escalated && !late_known {
            rest += &format!(" AND {}", self.dialect.late);
        }
        if !self.left_alone.is_empty() {
            let left_alone = std::mem::take(&mut self.left_alone).into_iter();
            let left_alone: Vec<String> = left_alone.map(|version| self.text(version)).collect();
            rest += &format!(
                " AND NOT EXISTS (SELECT 1 FROM runs o WHERE o.id = x.run_id AND o.version IN ({}))",
                left_alone.join(", ")
            );
        }
        if let Some(now) = asked.ready_at {
            let now = self.bind(Bind::Moment(Some(now)));
            rest += &format!(" AND (x.not_before IS NULL OR x.not_before <= {now})");
        }
        rest
    }
}

/// Names are ASCII, so everything that begins with the prefix of a pattern sorts before prefix + DEL.
fn range(pattern: &ActorPattern) -> (String, String) {
    let prefix = pattern.prefix();
    let end = format!("{prefix}\u{7f}");
    (prefix, end)
}

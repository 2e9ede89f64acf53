//! Statements that list tasks; both stores ask by the same text. They cost as many looks as they show rows,
//! however many tasks are open: each actor's are in an index in the order asked for, so of each the first few are taken, then
//! the first of these. A pattern of actors is gone through from one actor to the next that has any.

use hms_engine::{ActorPattern, TaskStatus};

use super::dialect::{Bind, Dialect, Each, Statement, least};
use super::{Holder, TaskOrder, TaskQuery, TasksOf};

/// The tasks that are open, as the indexes have it; told by when they closed, because a list asks for the `status` apart.
pub(super) const OPEN: &str = "x.closed_at IS NULL";
const CLOSED: &str = "x.closed_at IS NOT NULL";
/// Among the tasks of how many runs, the newest, those that are closed are looked for in the order of the deadlines they had: no index
/// has that order, and there are as many as there ever were.
pub const CLOSED_AMONG: u32 = 10_000;
/// Of how many tasks of an actor that may be tried again now, those for the longest time, and whose timer has not said so yet, a list
/// looks for its first.
const DUE_MAX: u32 = 1_000;
/// Tasks with what their list shows of their case.
const JOINS: &str = "JOIN tasks t ON t.id = first.id JOIN runs r ON r.id = t.run_id \
    JOIN events e ON e.id = r.event_id";

/// Whether a task of a row waits for its next attempt, as the index has it: 1 until its timer says otherwise.
pub(super) fn waits(row: &str) -> String {
    format!("(CASE WHEN {row}.not_before IS NULL THEN 0 ELSE 1 END)")
}

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

/// A part of an index in which tasks are in the order of a list: a table `x`, and a condition on it.
struct Part {
    table: String,
    which: String,
}

impl Part {
    /// Of all tasks those for which a condition holds.
    fn of(which: String) -> Part {
        let table = "tasks x".to_owned();
        Part { table, which }
    }
}

pub(super) struct Text {
    pub(super) dialect: Dialect,
    binds: Vec<Bind>,
    /// Tables of actors, by which the statement begins.
    actors: Vec<String>,
    /// Versions whose tasks are left out.
    pub(super) left_alone: Vec<String>,
    /// The end of a table of one actor: only where it holds is that actor in it.
    pub(super) given: String,
}

impl Text {
    pub(super) fn new(dialect: Dialect) -> Text {
        Text {
            dialect,
            binds: Vec::new(),
            actors: Vec::new(),
            left_alone: Vec::new(),
            given: String::new(),
        }
    }

    pub(super) fn with(&self) -> String {
        match self.actors.as_slice() {
            [] => String::new(),
            actors => format!("WITH RECURSIVE {} ", actors.join(", ")),
        }
    }

    pub(super) fn statement(self, sql: String) -> Statement {
        let binds = self.binds;
        Statement { sql, binds }
    }

    pub(super) fn bind(&mut self, bind: Bind) -> String {
        self.binds.push(bind);
        format!("${}", self.binds.len())
    }

    pub(super) fn text(&mut self, text: impl Into<String>) -> String {
        self.bind(Bind::Text(text.into()))
    }

    fn due(&self) -> String {
        format!("coalesce(x.expires, {})", self.dialect.no_deadline)
    }

    /// `id`, `moment` and `urgent` of the tasks asked for, at most as many as asked for.
    pub(super) fn found(&mut self, asked: &TaskQuery) -> String {
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
            let arms = self.arms(
                &columns,
                &format!("{which}{rest}"),
                asked,
                &[Part::of(String::new())],
            );
            return format!(
                "SELECT id, moment, urgent FROM ({arms}) one ORDER BY {order} LIMIT {limit}"
            );
        }
        let by_state = asked.order == TaskOrder::Deadline && !late;
        let kept = match by_state || asked.order == TaskOrder::ClosedLast {
            true => self.kept_by(asked.order),
            false => format!(
                "{OPEN} AND {} AND {}",
                self.dialect.of_people, self.dialect.late
            ),
        };
        let only = match by_state {
            true => String::new(),
            false => self.statuses_unless_all(asked),
        };
        let mut parts = Vec::new();
        for one in &asked.actors {
            let actors = self.actors(one, &asked.actors, &self.kept_by(asked.order));
            let place = self.place(one);
            let which = format!("{kept} AND x.actor = {actors}.actor{place}{only}{rest}");
            let each = match by_state {
                true => self.by_state(one, asked, &which),
                false => vec![Part::of(String::new())],
            };
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
        parts.push(self.arms(&columns, &which, &closed, &[Part::of(String::new())]));
        format!(
            "SELECT id, moment, urgent FROM ({}) one ORDER BY 2, 3, 1 LIMIT {}",
            parts.join(" UNION ALL "),
            asked.limit
        )
    }

    /// The parts of the index of open tasks in which those for which `which` holds are in the order of hand-out: of each state those that
    /// wait for no next attempt, and those that do, or may do so no longer.
    fn by_state(&mut self, one: &TasksOf, asked: &TaskQuery, which: &str) -> Vec<Part> {
        let statuses = asked.statuses.iter();
        let states = statuses.map(|status| format!(" AND x.status = '{}'", status.as_str()));
        // That of people's tasks by workflow knows nothing of next attempts, which only programs have.
        if one.workflow.is_some() && one.actor.prefix().starts_with("HUMAN:") {
            return states.map(Part::of).collect();
        }
        let waits = waits("x");
        let due = asked.ready_at.map(|now| {
            let now = self.bind(Bind::Moment(Some(now)));
            format!(
                "(SELECT * FROM tasks x WHERE {which} AND x.not_before <= {now} \
                 ORDER BY x.not_before LIMIT {DUE_MAX}) x"
            )
        });
        let parts = states.flat_map(|state| {
            let ready = Part::of(format!("{state} AND {waits} = 0"));
            let rest = match due.clone() {
                Some(table) => Part {
                    table,
                    which: state,
                },
                None => Part::of(format!("{state} AND {waits} = 1")),
            };
            [ready, rest]
        });
        parts.collect()
    }

    /// `id`, `moment` and `urgent` of the first tasks for which `which` holds, of each of these parts, after the place asked for: a range of the
    /// index for every part of what comes after it.
    fn arms(&mut self, columns: &str, which: &str, asked: &TaskQuery, each: &[Part]) -> String {
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
        let arms: Vec<String> = each
            .iter()
            .flat_map(|part| ranges.iter().map(move |range| (part, range)))
            .enumerate()
            .map(|(n, (part, (range, order)))| {
                let Part { table, which: one } = part;
                format!(
                    "SELECT * FROM (SELECT {columns} FROM {table} WHERE {which}{one}{range} \
                     ORDER BY {order} LIMIT {limit}) arm{n}"
                )
            })
            .collect();
        arms.join(" UNION ALL ")
    }

    /// A table of the actors of some tasks: the one, or each that fits the pattern and has any. Those of a pattern that
    /// are asked for by their names too are left out.
    pub(super) fn actors(&mut self, one: &TasksOf, all: &[TasksOf], kept: &str) -> String {
        let name = format!("actors{}", self.actors.len());
        let Some(actor) = one.actor.exact() else {
            let (from, to) = range(&one.actor);
            let (from, to) = (self.text(from), self.text(to));
            let place = self.place(one);
            let first = |more: &str| {
                let which = format!("{kept}{place} AND x.actor {more} AND x.actor < {to}");
                least("x.actor", "tasks x", &which)
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
                "walk_{name} (actor) AS (SELECT {} UNION ALL SELECT {} FROM walk_{name} \
                 WHERE walk_{name}.actor IS NOT NULL), \
                 {name} (actor) AS (SELECT actor FROM walk_{name} WHERE actor IS NOT NULL{but})",
                first(&format!(">= {from}")),
                first(&format!("> walk_{name}.actor")),
            ));
            return name;
        };
        let actor = self.text(actor.to_string());
        let given = &self.given;
        self.actors.push(format!(
            "{name} (actor) AS (SELECT CAST({actor} AS text){given})"
        ));
        name
    }

    /// The condition that a task `x` is of the workflow, where there is one, in a form an index can serve.
    pub(super) fn place(&mut self, one: &TasksOf) -> String {
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
    pub(super) fn held(&mut self, of: &[TasksOf], holder: &str) -> String {
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

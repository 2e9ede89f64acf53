//! Statements that list runs; both stores ask by the same text. What runs are looked for by has an index by workflow and id,
//! so of each workflow the newest few are taken, then the newest of these.

use hms_app::views::{COUNTED_MAX, WAITING_MAX};
use hms_engine::RunStatus;

use super::dialect::{Bind, Dialect, Each, Statement, walk};
use super::{RunQuery, Waiting};

/// Runs, newest first, as `select` reads them from a run `r`.
pub(super) fn rows(dialect: Dialect, select: &str, asked: &RunQuery) -> Statement {
    let mut text = Text {
        dialect,
        binds: Vec::new(),
        before: Vec::new(),
    };
    let found = text.found(asked);
    let (with, limit) = (text.with(), asked.limit);
    Statement {
        sql: format!(
            "{with}{select} WHERE r.id IN (SELECT id FROM ({found}) few ORDER BY id DESC LIMIT {limit}) \
             ORDER BY r.id DESC"
        ),
        binds: text.binds,
    }
}

/// Whether more runs begin with the text that is looked for, or more tasks wait for actors for whom nobody works, than are
/// looked at to find the newest. None where nothing of this is asked for.
pub(super) fn cut(dialect: Dialect, asked: &RunQuery) -> Option<Statement> {
    let mut text = Text {
        dialect,
        binds: Vec::new(),
        before: Vec::new(),
    };
    let mut sets = Vec::new();
    if let Some(search) = &asked.search {
        let found = text.searched(search, COUNTED_MAX + 1);
        sets.extend(found.into_iter().map(|set| (set, COUNTED_MAX)));
    }
    if let Some(unserved) = asked.stuck.as_deref().filter(|actors| !actors.is_empty()) {
        sets.push((text.waiting_for(unserved, WAITING_MAX + 1), WAITING_MAX));
    }
    if sets.is_empty() {
        return None;
    }
    let cut: Vec<String> = sets
        .iter()
        .map(|(set, most)| {
            format!(
                "SELECT CAST(CASE WHEN count(*) > {most} THEN 1 ELSE 0 END AS bigint) AS cut FROM ({set}) one"
            )
        })
        .collect();
    let (with, cut) = (text.with(), cut.join(" UNION ALL "));
    Some(Statement {
        sql: format!("{with}SELECT max(cut) FROM ({cut}) sets"),
        binds: text.binds,
    })
}

struct Text {
    dialect: Dialect,
    binds: Vec<Bind>,
    /// Tables of workflows and actors, by which the statement begins.
    before: Vec<String>,
}

impl Text {
    fn bind(&mut self, bind: Bind) -> String {
        self.binds.push(bind);
        format!("${}", self.binds.len())
    }

    fn text(&mut self, text: &str) -> String {
        self.bind(Bind::Text(text.to_owned()))
    }

    /// How the statement begins.
    fn with(&self) -> String {
        match self.before.as_slice() {
            [] => String::new(),
            before => format!("WITH RECURSIVE {} ", before.join(", ")),
        }
    }

    /// The ids of the newest runs asked for.
    fn found(&mut self, asked: &RunQuery) -> String {
        let is = self.dialect.is;
        let limit = asked.limit;
        let newest = format!("ORDER BY x.id DESC LIMIT {limit}");
        let rest = self.rest(asked);
        if asked.search.is_some() || asked.parent.is_some() {
            // Few enough to be looked at one by one.
            let mut which = format!("1 = 1{rest}{}", self.all_kinds(asked));
            if let Some(parent) = asked.parent {
                which += &format!(" AND x.parent = {}", self.bind(Bind::Id(parent)));
            }
            if let Some(search) = &asked.search {
                let sets = self.searched(search, COUNTED_MAX);
                which += &format!(" AND x.id IN ({})", sets.join(" UNION "));
            }
            if let Some(workflows) = &asked.workflows {
                let ids: Vec<String> = workflows.iter().map(|id| self.text(id)).collect();
                which += &match ids.is_empty() {
                    true => " AND 1 = 0".to_owned(),
                    false => format!(" AND x.workflow IN ({})", ids.join(", ")),
                };
            }
            return format!("SELECT * FROM (SELECT x.id FROM runs x WHERE {which} {newest}) found");
        }
        let mut parts = Vec::new();
        for kind in kinds(asked, is) {
            let statuses = match kind.by_status {
                true => String::new(),
                false => statuses(asked),
            };
            let which = format!("{}{}{statuses}{rest}", kind.which, kind.also);
            if kind.which == EVERY {
                parts.push(format!(
                    "SELECT * FROM (SELECT x.id FROM runs x WHERE {which} {newest}) part{}",
                    parts.len()
                ));
                continue;
            }
            let flows = self.flows(asked.workflows.as_deref(), &kind.which);
            let ids = format!(
                "SELECT x.id FROM runs x WHERE {which} AND x.workflow = {flows}.id {newest}"
            );
            parts.push((self.dialect.each)(Each {
                columns: ["t.id", "one.id"],
                of: &flows,
                table: "runs",
                query: &ids,
            }));
        }
        if let Some(unserved) = asked.stuck.as_deref().filter(|actors| !actors.is_empty()) {
            let set = self.waiting_for(unserved, WAITING_MAX);
            let mut which = format!("x.id IN ({set}){}{rest}", statuses(asked));
            which.extend(flags(asked, is).iter().map(|flag| format!(" AND {flag}")));
            if let Some(workflows) = &asked.workflows {
                let ids: Vec<String> = workflows.iter().map(|id| self.text(id)).collect();
                which += &format!(" AND x.workflow IN ({})", ids.join(", "));
            }
            parts.push(format!(
                "SELECT * FROM (SELECT x.id FROM runs x WHERE {which} {newest}) waiting"
            ));
        }
        parts.join(" UNION ")
    }

    /// A table of these workflows, or of each that has such runs.
    fn flows(&mut self, workflows: Option<&[String]>, which: &str) -> String {
        let name = format!("flows{}", self.before.len());
        let table = match workflows {
            Some(ids) => self.named(&name, ids),
            None => {
                let steps = format!("walk_{name}");
                let walk = walk((&steps, "id"), "x.workflow", "runs x", which);
                format!("{walk}, {name} (id) AS (SELECT id FROM {steps} WHERE id IS NOT NULL)")
            }
        };
        self.before.push(table);
        name
    }

    /// What is asked for beside what has an index by workflow.
    fn rest(&mut self, asked: &RunQuery) -> String {
        let mut rest = String::new();
        if let Some(version) = &asked.version {
            rest += &format!(" AND x.version = {}", self.text(version));
        }
        if let Some(before) = asked.before {
            rest += &format!(" AND x.id < {}", self.bind(Bind::Id(before)));
        }
        rest
    }

    /// Everything that has an index by workflow, as conditions.
    fn all_kinds(&mut self, asked: &RunQuery) -> String {
        let is = self.dialect.is;
        let mut all = String::new();
        for kind in kinds(
            &RunQuery {
                statuses: Vec::new(),
                stuck: None,
                workflows: None,
                ..asked.clone()
            },
            is,
        ) {
            all += &format!(" AND {}{}", kind.which, kind.also);
        }
        all += &statuses(asked);
        if let Some(unserved) = &asked.stuck {
            let set = match unserved.is_empty() {
                true => String::new(),
                false => format!(" OR x.id IN ({})", self.waiting_for(unserved, WAITING_MAX)),
            };
            all += &format!(" AND ({}{set})", is("stuck"));
        }
        all
    }

    /// Runs whose id, key or number begins with a text, at most so many of each: a range on an index each.
    fn searched(&mut self, search: &str, most: u64) -> Vec<String> {
        let mut sets = Vec::new();
        if let Some((lowest, highest)) = (self.dialect.ids_like)(search) {
            let (lowest, highest) = (self.bind(lowest), self.bind(highest));
            sets.push(format!(
                "SELECT * FROM (SELECT id FROM runs WHERE id >= {lowest} AND id <= {highest} \
                 ORDER BY id DESC LIMIT {most}) by_id"
            ));
        }
        let (from, end) = (self.text(search), self.text(&format!("{search}\u{10ffff}")));
        sets.push(format!(
            "SELECT * FROM (SELECT id FROM runs WHERE key >= {from} AND key < {end} \
             ORDER BY key LIMIT {most}) by_key"
        ));
        sets.push(format!(
            "SELECT * FROM (SELECT run_id FROM reports WHERE number >= {from} AND number < {end} \
             ORDER BY number LIMIT {most}) by_number"
        ));
        sets
    }

    /// Runs with an open task of one of these actors, at most so many. The order is that of the index by actor: without one PostgreSQL
    /// takes any index that is small, and reads in it until it meets so many.
    fn waiting_for(&mut self, actors: &[String], most: u64) -> String {
        let name = format!("unserved{}", self.before.len());
        let actors = self.named(&name, actors);
        self.before.push(actors);
        let tasks = (self.dialect.each)(Each {
            columns: ["t.run_id", "one.run_id"],
            of: &name,
            table: "tasks",
            query: &format!(
                "SELECT x.id, x.run_id FROM tasks x WHERE x.closed_at IS NULL AND x.actor = {name}.id \
                 ORDER BY x.status LIMIT {most}"
            ),
        });
        format!("SELECT * FROM ({tasks} LIMIT {most}) waiting_for")
    }

    /// A table of these names.
    fn named(&mut self, table: &str, names: &[String]) -> String {
        let names: Vec<String> = names
            .iter()
            .map(|name| format!("(CAST({} AS text))", self.text(name)))
            .collect();
        format!("{table} (id) AS (VALUES {})", names.join(", "))
    }
}

/// What has an index by workflow and id of its own.
struct Kind {
    /// As the index has it.
    which: String,
    /// What more is asked of it.
    also: String,
    /// Whether it says in which states.
    by_status: bool,
}

const EVERY: &str = "1 = 1";

/// What is asked of runs that is yes or no, beside whether they are stuck.
fn flags(asked: &RunQuery, is: fn(&str) -> String) -> Vec<String> {
    let waiting = asked.waiting.map(|waiting| match waiting {
        Waiting::Human => "waits_human",
        Waiting::Timer => "waits_timer",
    });
    let asked = [
        asked.stopped.then_some("stopped"),
        asked.breached.then_some("breached"),
        waiting,
    ];
    asked.into_iter().flatten().map(is).collect()
}

fn kinds(asked: &RunQuery, is: fn(&str) -> String) -> Vec<Kind> {
    let stuck = asked.stuck.as_ref().map(|_| is("stuck"));
    let mut flags = stuck.into_iter().chain(flags(asked, is));
    if let Some(which) = flags.next() {
        return vec![Kind {
            which,
            also: flags.map(|flag| format!(" AND {flag}")).collect(),
            by_status: false,
        }];
    }
    if asked.statuses.is_empty() && asked.workflows.is_none() {
        return vec![Kind {
            which: EVERY.to_owned(),
            also: String::new(),
            by_status: true,
        }];
    }
    // Of workflows there is no index of all their runs: each is in one of these.
    let has = |status: &RunStatus| asked.statuses.is_empty() || asked.statuses.contains(status);
    let mut kinds = Vec::new();
    let mut kind = |which: &str, also: String| {
        kinds.push(Kind {
            which: which.to_owned(),
            also,
            by_status: true,
        });
    };
    for status in [RunStatus::Running, RunStatus::Completed] {
        if has(&status) {
            kind(&format!("x.status = '{}'", status.as_str()), String::new());
        }
    }
    let badly = [RunStatus::Cancelled, RunStatus::Failed];
    let asked: Vec<&RunStatus> = badly.iter().filter(|status| has(status)).collect();
    match asked.as_slice() {
        [] => {}
        [one] => kind(ENDED_BADLY, format!(" AND x.status = '{}'", one.as_str())),
        _ => kind(ENDED_BADLY, String::new()),
    }
    kinds
}

/// As the index has it.
const ENDED_BADLY: &str = "x.status IN ('CANCELLED', 'FAILED')";

fn statuses(asked: &RunQuery) -> String {
    if asked.statuses.is_empty() {
        return String::new();
    }
    let statuses = asked.statuses.iter();
    let statuses: Vec<String> = statuses
        .map(|status| format!("'{}'", status.as_str()))
        .collect();
    format!(" AND x.status IN ({})", statuses.join(", "))
}

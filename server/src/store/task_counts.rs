//! Statements that count open tasks, so far and no further; both stores ask by the same text.

use hms_app::views::COUNTED_MAX;

use super::TasksOf;
use super::dialect::{Dialect, Statement};
use super::task_lists::{OPEN, Text};

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

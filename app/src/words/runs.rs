//! Runs in the words of the staff's pages.

use crate::views::{Does, GoOn, RunsFilter, Waits};

/// A kind of runs.
pub fn filter_name(filter: RunsFilter) -> &'static str {
    match filter {
        RunsFilter::All => "All",
        RunsFilter::Running => "Running",
        RunsFilter::Human => "Waiting for a person",
        RunsFilter::Timer => "Waiting for a time",
        RunsFilter::Stuck => "Stuck",
        RunsFilter::Stopped => "Stopped by a failure",
        RunsFilter::Breached => "Breached",
        RunsFilter::Completed => "Completed",
        RunsFilter::Cancelled => "Cancelled",
    }
}

/// What a kind holds, where its name does not say it all.
pub fn filter_hint(filter: RunsFilter) -> Option<&'static str> {
    match filter {
        RunsFilter::Human => Some("Somebody has a task to do here, or to take."),
        RunsFilter::Timer => Some(
            "Runs that go on by themselves at a set time, or that try a failed task again then.",
        ),
        RunsFilter::Stuck => Some(
            "Nothing here moves until you step in: all that is left of the run has failed, or nobody works for a program that has a task in it.",
        ),
        RunsFilter::Stopped => Some("Runs with a step that failed and waits for your decision."),
        RunsFilter::Breached => Some("Runs that missed a deadline, open or ended."),
        RunsFilter::Cancelled => Some("Runs that were ended by hand."),
        RunsFilter::All | RunsFilter::Running | RunsFilter::Completed => None,
    }
}

/// What a run waits for.
pub fn waits(what: Waits) -> &'static str {
    match what {
        Waits::Human => "a person",
        Waits::Worker => "a program",
        Waits::Timer => "a time",
        Waits::Event => "an event",
        Waits::Call => "another run",
    }
}

/// What happens when a run goes on at a place, as a sentence begun by the place: `opens a task for …`.
pub fn does(what: &Does) -> String {
    match what {
        Does::Task {
            actor,
            within: Some(within),
        } => format!("opens a new task for {actor}, to be done within {within}"),
        Does::Task {
            actor,
            within: None,
        } => format!("opens a new task for {actor}"),
        Does::Choose => "looks again at what came before and chooses where to go on".to_owned(),
        Does::Branches { names } => format!("begins {} side by side", names.join(", ")),
        Does::Each => "begins its steps once for each item".to_owned(),
        Does::WaitTime => "waits for a time".to_owned(),
        Does::WaitEvent { name } => format!("waits for {name}"),
        Does::Call { workflow } => format!("begins a run of {workflow} and waits for its end"),
        Does::End => "finishes the run".to_owned(),
        Does::EndPart => "finishes this part; the other parts go on".to_owned(),
    }
}

/// A place to go on, and what happens there: `Review (human_review): opens a new task for …`.
pub fn way(way: &GoOn) -> String {
    match way.title.as_str() {
        "" => format!("The end: {}", does(&way.does)),
        title => format!("{title} ({}): {}", way.step, does(&way.does)),
    }
}

/// Why a run stopped.
pub fn cause(kind: &str) -> &'static str {
    match kind {
        "no_case" => "None of the cases fits, and there is no default.",
        "expression" => "An expression of the definition failed.",
        "exhausted" => "The last attempt of the task failed.",
        "call" => "The run that it called could not begin, or ended without a result.",
        "output" => "A program answered with what the step cannot take.",
        _ => "The definition leads where it cannot go on.",
    }
}

/// What cancelling a run does to what is open in it.
pub fn cancels(tasks: &[String], called: usize) -> String {
    let mut parts = Vec::new();
    match tasks {
        [] => {}
        [one] => parts.push(format!("closes the open task “{one}”")),
        many => parts.push(format!(
            "closes {} open tasks ({})",
            many.len(),
            many.join(", ")
        )),
    }
    match called {
        0 => {}
        1 => parts.push("cancels the run that it called".to_owned()),
        many => parts.push(format!("cancels {many} runs that it called")),
    }
    parts.push("ends this run".to_owned());
    let last = parts.pop().unwrap_or_default();
    let all = match parts.is_empty() {
        true => last,
        false => format!("{} and {last}", parts.join(", ")),
    };
    format!("This {all}. Nobody can work on it any more, and it cannot be undone.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_way_says_where_and_what() {
        let to = |title: &str, does| GoOn {
            step: "review".into(),
            title: title.into(),
            does,
        };
        let task = |within: Option<&str>| Does::Task {
            actor: "HUMAN:clerk".into(),
            within: within.map(str::to_owned),
        };
        let cases = [
            (
                to("We read it", task(Some("4h"))),
                "We read it (review): opens a new task for HUMAN:clerk, to be done within 4h",
            ),
            (
                to("We read it", task(None)),
                "We read it (review): opens a new task for HUMAN:clerk",
            ),
            (to("", Does::End), "The end: finishes the run"),
            (
                to(
                    "Ask",
                    Does::Branches {
                        names: vec!["a".into(), "b".into()],
                    },
                ),
                "Ask (review): begins a, b side by side",
            ),
        ];
        for (one, expected) in cases {
            assert_eq!(way(&one), expected);
        }
    }

    #[test]
    fn cancelling_says_first_what_it_does() {
        let names =
            |names: &[&str]| -> Vec<String> { names.iter().map(|one| (*one).to_owned()).collect() };
        let cases = [
            (names(&[]), 0, "This ends this run."),
            (
                names(&["Review"]),
                0,
                "This closes the open task “Review” and ends this run.",
            ),
            (
                names(&["A", "B"]),
                1,
                "This closes 2 open tasks (A, B), cancels the run that it called and ends this run.",
            ),
            (
                names(&[]),
                3,
                "This cancels 3 runs that it called and ends this run.",
            ),
        ];
        for (tasks, called, expected) in cases {
            let told = cancels(&tasks, called);
            assert!(told.starts_with(expected), "{told}");
        }
    }
}

use std::collections::{HashMap, HashSet};

use super::draft::{Draft, DraftKind};
use super::fields::{Word, clip};
use super::nearest::did_you_mean;
use super::report::Report;
use crate::{END, Next};

/// Where a step leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum To {
    Step(usize),
    End,
}

/// What leads there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// The step finished; written, or the next in the list.
    Complete { written: bool },
    /// A person's answer with this number.
    Outcome(usize),
    /// Its deadline was missed.
    Timeout,
    /// Its last attempt failed.
    Error,
    /// The case or condition with this number.
    Case(usize),
    /// No case matched, no condition held.
    Default,
}

/// How the steps of a list lead to each other, and those of each list below, by the step that owns
/// it.
pub(super) struct Flows {
    pub(super) own: Flow,
    pub(super) below: Vec<Vec<Flows>>,
}

/// How the steps of one list lead to each other, by their positions.
pub(super) struct Flow {
    ids: Vec<String>,
    ways: Vec<Vec<(Way, To)>>,
}

impl Flow {
    /// The ways out of a step.
    pub(super) fn ways(&self, at: usize) -> &[(Way, To)] {
        &self.ways[at]
    }

    /// Where the list goes on after this step; for a switch, what comes next in the list.
    pub(super) fn next(&self, at: usize) -> Next {
        self.find(at, |way| matches!(way, Way::Complete { .. }))
            .unwrap_or_else(|| self.named(next_in_list(at, self.ids.len())))
    }

    /// Where a way that is written leads.
    pub(super) fn to(&self, at: usize, way: Way) -> Next {
        self.find(at, |known| known == way).unwrap_or(Next::End)
    }

    fn find(&self, at: usize, wanted: impl Fn(Way) -> bool) -> Option<Next> {
        let (_, to) = self.ways[at].iter().find(|(way, _)| wanted(*way))?;
        Some(self.named(*to))
    }

    fn named(&self, to: To) -> Next {
        match to {
            To::Step(at) => Next::Step(self.ids[at].clone()),
            To::End => Next::End,
        }
    }
}

fn next_in_list(at: usize, steps: usize) -> To {
    if at + 1 < steps {
        To::Step(at + 1)
    } else {
        To::End
    }
}

/// Finds each target; unknown ones are told. A flow comes back only when every step could be read
/// and every target is there, so that what is checked on it is not guesswork.
pub(super) fn resolve(
    drafts: &[Draft],
    complete: bool,
    everywhere: &HashSet<&str>,
    report: &mut Report,
) -> Option<Flow> {
    let mut at_of: HashMap<&str, usize> = HashMap::new();
    for (at, draft) in drafts.iter().enumerate() {
        at_of.entry(draft.id()).or_insert(at);
    }
    let mut all_found = complete && drafts.iter().all(Draft::is_whole);
    let mut find = |word: &Word, report: &mut Report| -> To {
        if word.text == END {
            return To::End;
        }
        match at_of.get(word.text.as_str()) {
            Some(at) => To::Step(*at),
            None => {
                all_found = false;
                if everywhere.contains(word.text.as_str()) {
                    report.error(
                        "HMS022",
                        word.place,
                        format!("step \"{}\" is in another list", word.text),
                        Some(
                            "a target is a step of the same list, or end, which ends this list"
                                .into(),
                        ),
                    );
                    return To::End;
                }
                let near = did_you_mean(&word.text, at_of.keys().copied().chain([END]));
                report.error(
                    "HMS022",
                    word.place,
                    format!("there is no step \"{}\"", clip(&word.text)),
                    Some(near.unwrap_or_else(|| "write the id of a step, or end".into())),
                );
                To::End
            }
        }
    };
    let mut ways = Vec::with_capacity(drafts.len());
    for (at, draft) in drafts.iter().enumerate() {
        let mut own = Vec::new();
        match &draft.kind {
            None => {}
            Some(DraftKind::Parallel(_) | DraftKind::Foreach(_) | DraftKind::Call(_)) => {
                own.push(match draft.on_complete() {
                    Some(word) => (Way::Complete { written: true }, find(word, report)),
                    None => (
                        Way::Complete { written: false },
                        next_in_list(at, drafts.len()),
                    ),
                });
            }
            Some(DraftKind::Wait(wait)) => {
                own.push(match draft.on_complete() {
                    Some(word) => (Way::Complete { written: true }, find(word, report)),
                    None => (
                        Way::Complete { written: false },
                        next_in_list(at, drafts.len()),
                    ),
                });
                if let Some(word) = &wait.on_timeout {
                    own.push((Way::Timeout, find(word, report)));
                }
            }
            Some(DraftKind::Task(task)) => {
                if task.outcomes.is_empty() {
                    own.push(match draft.on_complete() {
                        Some(word) => (Way::Complete { written: true }, find(word, report)),
                        None => (
                            Way::Complete { written: false },
                            next_in_list(at, drafts.len()),
                        ),
                    });
                }
                for (outcome, (_, word)) in task.outcomes.iter().enumerate() {
                    own.push((Way::Outcome(outcome), find(word, report)));
                }
                if let Some(word) = &task.on_timeout {
                    own.push((Way::Timeout, find(word, report)));
                }
                if let Some(word) = &task.on_error {
                    own.push((Way::Error, find(word, report)));
                }
            }
            Some(DraftKind::Switch(switch)) => {
                for (case, word) in switch.branches().into_iter().enumerate() {
                    own.push((Way::Case(case), find(word, report)));
                }
                if let Some(word) = &switch.default {
                    own.push((Way::Default, find(word, report)));
                }
            }
            Some(DraftKind::End(_)) => {}
        }
        ways.push(own);
    }
    all_found.then(|| Flow {
        ids: drafts.iter().map(|draft| draft.id().to_owned()).collect(),
        ways,
    })
}

/// Every step can be reached, and no way leads round in a circle without a task on it.
pub(super) fn check(drafts: &[Draft], flows: &Flows, report: &mut Report) {
    let flow = &flows.own;
    let mut reached = vec![false; drafts.len()];
    let mut open = vec![0];
    while let Some(at) = open.pop() {
        if std::mem::replace(&mut reached[at], true) {
            continue;
        }
        open.extend(flow.ways(at).iter().filter_map(|(_, to)| match to {
            To::Step(at) => Some(*at),
            To::End => None,
        }));
    }
    for (at, draft) in drafts.iter().enumerate() {
        if !reached[at] {
            report.error(
                "HMS023",
                draft.id_place(),
                format!("{} can never be reached", draft.name()),
                Some("lead to it by on_complete, on_timeout or a case, or take it out".into()),
            );
        }
    }
    circles(drafts, flows, report);
}

/// Where a step stands in the search for circles.
#[derive(Clone, Copy, PartialEq)]
enum Mark {
    New,
    OnPath,
    Done,
}

/// Whether a list may come to the next step without having waited: past a switch, and past a
/// parallel when enough of its branches may. What a call runs may end at once.
fn passes(draft: &Draft, below: &[Flows]) -> bool {
    match &draft.kind {
        Some(DraftKind::Switch(_) | DraftKind::Call(_)) => true,
        Some(DraftKind::Parallel(parallel)) => {
            let lists = parallel.branches.iter().zip(below);
            let free = lists.filter(|((_, list), flows)| runs_through(&list.drafts, flows));
            free.count() >= parallel.join
        }
        Some(DraftKind::Foreach(foreach)) => match (&foreach.steps, below) {
            (Some(list), [flows]) => runs_through(&list.drafts, flows),
            _ => false,
        },
        Some(DraftKind::Task(_) | DraftKind::Wait(_) | DraftKind::End(_)) | None => false,
    }
}

/// Whether a list may come to its end without having waited.
fn runs_through(drafts: &[Draft], flows: &Flows) -> bool {
    let mut seen = vec![false; drafts.len()];
    let mut open = vec![0];
    while let Some(at) = open.pop() {
        if std::mem::replace(&mut seen[at], true) || !passes(&drafts[at], &flows.below[at]) {
            continue;
        }
        for (_, to) in flows.own.ways(at) {
            match to {
                To::Step(next) => open.push(*next),
                To::End => return true,
            }
        }
    }
    false
}

/// Tells of each circle made of steps that do not wait, at the step it comes back to.
fn circles(drafts: &[Draft], flows: &Flows, report: &mut Report) {
    let flow = &flows.own;
    let free: Vec<bool> = drafts
        .iter()
        .zip(&flows.below)
        .map(|(draft, below)| passes(draft, below))
        .collect();
    let mut marks = vec![Mark::New; drafts.len()];
    for start in (0..drafts.len()).filter(|at| free[*at]) {
        // The path from the start: each step, and how many of its ways were taken.
        let mut path = Vec::new();
        if marks[start] == Mark::New {
            marks[start] = Mark::OnPath;
            path.push((start, 0));
        }
        while let Some((at, taken)) = path.last_mut() {
            let at = *at;
            let Some((_, to)) = flow.ways(at).get(*taken) else {
                marks[at] = Mark::Done;
                path.pop();
                continue;
            };
            *taken += 1;
            let To::Step(next) = *to else { continue };
            if !free[next] {
                continue;
            }
            match marks[next] {
                Mark::Done => {}
                Mark::New => {
                    marks[next] = Mark::OnPath;
                    path.push((next, 0));
                }
                Mark::OnPath => {
                    let round: Vec<&str> = path
                        .iter()
                        .map(|(at, _)| *at)
                        .skip_while(|at| *at != next)
                        .chain([next])
                        .map(|at| drafts[at].id())
                        .collect();
                    report.error(
                        "HMS024",
                        drafts[next].id_place(),
                        format!(
                            "{} leads round in a circle: {}",
                            drafts[next].name(),
                            round.join(" → ")
                        ),
                        Some(
                            "put a task on the way round, for nothing can change without one"
                                .into(),
                        ),
                    );
                }
            }
        }
    }
}

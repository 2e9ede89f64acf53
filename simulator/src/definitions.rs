//! Random definitions with every type of step, and what the checks need to know of them without
//! asking the engine.

use std::collections::HashMap;
use std::fmt::Write;

use crate::dice::Dice;

/// A definition.
#[derive(Debug)]
pub(crate) struct Flow {
    pub(crate) id: String,
    /// The event that starts a run.
    pub(crate) start: String,
    pub(crate) text: String,
    pub(crate) steps: HashMap<String, Step>,
    /// The revision that it and others of the same steps and ways go back to.
    pub(crate) family: u64,
    /// The workflow that its calls run: the next one, so that nothing calls itself. There may be none.
    pub(crate) callee: String,
    /// Whether its SLAs are counted by the calendar.
    pub(crate) by_office: bool,
}

/// A step of a definition.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    /// The list it stands in: what the ids of its steps begin with.
    pub(crate) list: String,
    pub(crate) kind: Kind,
}

/// What a step does.
#[derive(Debug, Clone)]
pub(crate) enum Kind {
    Task(Task),
    Switch,
    /// A parallel or a foreach.
    Lists,
    /// A wait for a time.
    Sleep,
    /// A wait for an event, and whether it waits for ever.
    Await {
        forever: bool,
    },
    Call,
    End,
}

/// What is asked of an actor.
#[derive(Debug, Clone, Default)]
pub(crate) struct Task {
    pub(crate) actor: &'static str,
    pub(crate) sla_ms: Option<i64>,
    /// Where its deadline leads.
    pub(crate) on_timeout: Option<String>,
    pub(crate) timeout_ms: Option<i64>,
    pub(crate) attempts: u32,
    pub(crate) on_error: Option<String>,
    /// What a person may answer; empty for machines.
    pub(crate) outcomes: Vec<&'static str>,
    pub(crate) priority: u8,
}

pub(crate) const ACTORS: [&str; 5] = ["AI:a", "AI:b", "HUMAN:h", "HUMAN:s", "SVC:s"];
pub(crate) const SLAS_S: [u64; 7] = [1, 5, 30, 60, 300, 900, 3_600];
const ITEMS: [&str; 5] = [
    "payload.items",
    "payload.items",
    "[1, 2]",
    "[]",
    "payload.n",
];
const EXPRESSIONS: [&str; 3] = ["payload.n", "result.n", "has(result.n) ? result.n : 7"];
const UNTILS: [&str; 3] = ["payload.at", "'2026-01-01T02:00:00Z'", "payload.n"];
/// What stands for the called workflow until it is known.
const CALLEE: &str = "<callee>";
/// How deep lists stand in lists.
const DEPTH: u32 = 2;

/// A definition that loads; a later revision differs in its text.
pub(crate) fn flow(dice: &mut Dice, number: usize, revision: u64) -> Flow {
    let id = format!("W{number}");
    let start = format!("E{}", number % 2);
    let by_office = dice.one_in(3);
    let calendar = if by_office { "calendar: office\n" } else { "" };
    let mut text = format!(
        "id: {id}\nstart: {start}\nkey: payload.id\n{calendar}description: revision {revision}\nsteps:\n"
    );
    let mut steps = HashMap::new();
    let length = dice.between(2, 6);
    list(dice, "s", length, DEPTH, 2, &mut text, &mut steps);
    let callee = format!("W{}", number + 1);
    let text = text.replace(CALLEE, &callee);
    Flow {
        id,
        start,
        text,
        steps,
        family: revision,
        callee,
        by_office,
    }
}

/// A step in the making: its lines after the id, where it leads, and what is inside.
struct Draft {
    lines: String,
    targets: Vec<usize>,
    kind: Kind,
    /// Lists inside: the line before each, what the ids in it begin with, and how many steps it has.
    inside: Vec<(String, String, u64)>,
}

/// Writes the steps of a list that can be reached.
fn list(
    dice: &mut Dice,
    prefix: &str,
    length: u64,
    depth: u32,
    indent: usize,
    text: &mut String,
    steps: &mut HashMap<String, Step>,
) {
    let length = length as usize;
    let mut drafts: Vec<Draft> = (0..length)
        .map(|at| draft(dice, prefix, at, length, depth))
        .collect();
    let mut reached = vec![false; length];
    let mut open = vec![0];
    while let Some(at) = open.pop() {
        if at < length && !std::mem::replace(&mut reached[at], true) {
            open.extend(&drafts[at].targets);
        }
    }
    let pad = " ".repeat(indent);
    for (at, draft) in drafts.drain(..).enumerate().filter(|(at, _)| reached[*at]) {
        let id = format!("{prefix}{at}");
        let _ = writeln!(text, "{pad}- id: {id}");
        for line in draft.lines.lines() {
            let _ = writeln!(text, "{pad}  {line}");
        }
        for (head, prefix, length) in draft.inside {
            let _ = writeln!(text, "{pad}  {head}");
            list(dice, &prefix, length, depth - 1, indent + 6, text, steps);
        }
        let step = Step {
            list: prefix.to_owned(),
            kind: draft.kind,
        };
        steps.insert(id, step);
    }
}

fn draft(dice: &mut Dice, prefix: &str, at: usize, length: usize, depth: u32) -> Draft {
    let mut draft = Draft {
        lines: String::new(),
        targets: Vec::new(),
        kind: Kind::End,
        inside: Vec::new(),
    };
    match dice.roll(26) {
        0..=12 => task(dice, &mut draft, prefix, at, length),
        13..=16 => switch(dice, &mut draft, prefix, at, length),
        17..=19 => wait(dice, &mut draft, prefix, at, length),
        20 if at + 1 == length => draft.lines = "type: end\noutcome: over\n".into(),
        21 | 22 if depth > 0 => parallel(dice, &mut draft, prefix, at, length),
        23 if depth > 0 => foreach(dice, &mut draft, prefix, at, length),
        24 | 25 => call(dice, &mut draft, prefix, at, length),
        _ => task(dice, &mut draft, prefix, at, length),
    }
    draft
}

impl Draft {
    fn line(&mut self, line: impl AsRef<str>) {
        self.lines.push_str(line.as_ref());
        self.lines.push('\n');
    }

    /// A target further on, or where waiting keeps a circle from turning for ever, sometimes back.
    fn to(
        &mut self,
        dice: &mut Dice,
        prefix: &str,
        at: usize,
        length: usize,
        back: bool,
    ) -> String {
        let to = if back && dice.one_in(5) {
            dice.roll(at as u64 + 1) as usize
        } else {
            dice.between(at as u64 + 1, length as u64) as usize
        };
        self.targets.push(to);
        if to < length {
            format!("{prefix}{to}")
        } else {
            "end".into()
        }
    }

    fn on_complete(&mut self, dice: &mut Dice, prefix: &str, at: usize, length: usize, back: bool) {
        if dice.one_in(3) {
            let to = self.to(dice, prefix, at, length, back);
            self.line(format!("on_complete: {to}"));
        } else {
            self.targets.push(at + 1);
        }
    }
}

fn task(dice: &mut Dice, draft: &mut Draft, prefix: &str, at: usize, length: usize) {
    let actor = *dice.pick(&ACTORS);
    let person = actor.starts_with("HUMAN");
    let mut task = Task {
        actor,
        attempts: if person { 1 } else { 3 },
        priority: 50,
        ..Task::default()
    };
    draft.line(format!("actor: {actor}"));
    if dice.one_in(2) {
        let seconds = *dice.pick(&SLAS_S);
        task.sla_ms = Some(seconds as i64 * 1_000);
        draft.line(format!("sla: {seconds}s"));
        if dice.one_in(2) {
            let to = draft.to(dice, prefix, at, length, true);
            draft.line(format!("on_timeout: {to}"));
            task.on_timeout = Some(to);
        }
    }
    if !person && dice.one_in(2) {
        task.attempts = dice.between(1, 4) as u32;
        draft.line(format!("retry: {}", task.attempts));
    }
    if !person && dice.one_in(3) {
        let seconds = *dice.pick(&[2, 20, 60, 200]);
        task.timeout_ms = Some(seconds * 1_000);
        draft.line(format!("timeout: {seconds}s"));
    }
    if dice.one_in(3) {
        let to = draft.to(dice, prefix, at, length, true);
        draft.line(format!("on_error: {to}"));
        task.on_error = Some(to);
    }
    if dice.one_in(4) {
        task.priority = *dice.pick(&[0, 25, 75, 100]);
        draft.line(format!("priority: {}", task.priority));
    }
    if dice.one_in(6) {
        draft.line(*dice.pick(&["input: { n: payload.n }", "input: { n: result.n }"]));
    }
    if person {
        task.outcomes = vec!["approve", "reject"];
    }
    if person && dice.one_in(3) {
        task.outcomes = match dice.roll(3) {
            0 => vec!["approve", "reject", "more"],
            1 => vec!["more", "approve"],
            _ => vec!["more"],
        };
        draft.line("outcomes:");
        for outcome in &task.outcomes {
            let to = draft.to(dice, prefix, at, length, true);
            draft.line(format!("  {outcome}: {to}"));
        }
    } else {
        draft.on_complete(dice, prefix, at, length, true);
    }
    draft.kind = Kind::Task(task);
}

fn switch(dice: &mut Dice, draft: &mut Draft, prefix: &str, at: usize, length: usize) {
    draft.line("type: switch");
    let cases = dice.between(1, 3);
    if dice.one_in(3) {
        draft.line("when:");
        for case in 0..cases {
            let to = draft.to(dice, prefix, at, length, false);
            draft.line(format!("  - {{ if: payload.n == {case}, then: {to} }}"));
        }
    } else {
        draft.line(format!("expr: \"{}\"", dice.pick(&EXPRESSIONS)));
        draft.line("cases:");
        for case in 0..cases {
            let to = draft.to(dice, prefix, at, length, false);
            draft.line(format!("  {case}: {to}"));
        }
    }
    if !dice.one_in(4) {
        let to = draft.to(dice, prefix, at, length, false);
        draft.line(format!("default: {to}"));
    }
    draft.kind = Kind::Switch;
}

fn wait(dice: &mut Dice, draft: &mut Draft, prefix: &str, at: usize, length: usize) {
    draft.line("type: wait");
    draft.kind = Kind::Sleep;
    match dice.roll(4) {
        0 => draft.line(format!("for: {}s", dice.pick(&[1, 60, 600]))),
        1 => draft.line(format!("until: \"{}\"", dice.pick(&UNTILS))),
        _ => {
            draft.line("event: Came");
            if dice.one_in(3) {
                draft.line("match: event.payload.n == payload.n");
            }
            let forever = dice.one_in(4);
            if !forever {
                let to = draft.to(dice, prefix, at, length, true);
                draft.line(format!("sla: {}s", dice.pick(&SLAS_S)));
                draft.line(format!("on_timeout: {to}"));
            }
            draft.kind = Kind::Await { forever };
        }
    }
    draft.on_complete(dice, prefix, at, length, false);
}

fn parallel(dice: &mut Dice, draft: &mut Draft, prefix: &str, at: usize, length: usize) {
    let branches = dice.between(1, 3);
    draft.line("type: parallel");
    draft.line(format!("join: {}", dice.between(1, branches)));
    draft.on_complete(dice, prefix, at, length, false);
    draft.line("branches:");
    for branch in 0..branches {
        let inside = format!("{prefix}{at}_{branch}_");
        let length = dice.between(1, 2);
        draft.inside.push((format!("  b{branch}:"), inside, length));
    }
    draft.kind = Kind::Lists;
}

fn foreach(dice: &mut Dice, draft: &mut Draft, prefix: &str, at: usize, length: usize) {
    draft.line("type: foreach");
    draft.line(format!("items: \"{}\"", dice.pick(&ITEMS)));
    draft.line(format!("as: item_{prefix}{at}"));
    if dice.one_in(2) {
        draft.line(format!("at_once: {}", dice.between(1, 3)));
    }
    draft.on_complete(dice, prefix, at, length, false);
    let length = dice.between(1, 2);
    draft
        .inside
        .push(("steps:".into(), format!("{prefix}{at}_"), length));
    draft.kind = Kind::Lists;
}

/// The called run is brought what its caller was brought.
fn call(dice: &mut Dice, draft: &mut Draft, prefix: &str, at: usize, length: usize) {
    draft.line("type: call");
    draft.line(format!("workflow: {CALLEE}"));
    draft.line("payload: { n: payload.n, id: payload.id, items: payload.items, at: payload.at }");
    draft.on_complete(dice, prefix, at, length, false);
    draft.kind = Kind::Call;
}

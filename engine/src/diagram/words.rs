//! What stands in a picture: the words for a step and its ways, and how wide they are.

use crate::{ActorKind, Step, StepKind, SwitchBy, WaitFor};

/// Longest label of a way, in characters.
const LABEL_CHARS_MAX: usize = 32;
/// A title is broken after about so many characters, and cut after so many lines.
const TITLE_CHARS: usize = 26;
const TITLE_LINES_MAX: usize = 3;
/// Longest other line, in characters.
const LINE_CHARS_MAX: usize = 40;

/// A line of words in a shape.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Line {
    pub(super) text: String,
    pub(super) manner: Written,
}

/// How a line is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Written {
    /// The name of the thing.
    Bold,
    Plain,
    /// What is said besides.
    Small,
}

impl Written {
    /// In pixels.
    pub(super) fn size(self) -> f64 {
        match self {
            Written::Bold | Written::Plain => 14.0,
            Written::Small => 12.0,
        }
    }

    pub(super) fn class(self) -> &'static str {
        match self {
            Written::Bold => "bold",
            Written::Plain => "plain",
            Written::Small => "small",
        }
    }
}

impl Line {
    pub(super) fn plain(text: &str) -> Line {
        Line {
            text: cut(text, LINE_CHARS_MAX),
            manner: Written::Plain,
        }
    }

    fn small(text: &str) -> Line {
        Line {
            text: cut(text, LINE_CHARS_MAX),
            manner: Written::Small,
        }
    }

    pub(super) fn width(&self) -> f64 {
        let bold = if self.manner == Written::Bold {
            1.08
        } else {
            1.0
        };
        width(&self.text, self.manner.size()) * bold
    }

    pub(super) fn height(&self) -> f64 {
        self.manner.size() + 4.0
    }
}

/// What is written in a step's shape: its title, and what it does.
pub(super) fn of_step(step: &Step, language: &str) -> Vec<Line> {
    if let StepKind::End(end) = &step.kind {
        let text = end.outcome.as_deref().or(step.title.get(language));
        return vec![Line::plain(text.unwrap_or(&step.id))];
    }
    let title = step.title.get(language);
    let mut lines: Vec<Line> = broken(title.unwrap_or(&step.id))
        .into_iter()
        .map(|text| Line {
            text,
            manner: Written::Bold,
        })
        .collect();
    if title.is_some() {
        lines.push(Line::small(&step.id));
    }
    lines.push(Line::small(&does(step)));
    lines
}

/// What a step does, in a few words.
pub(super) fn does(step: &Step) -> String {
    match &step.kind {
        StepKind::Task(task) => match &task.sla {
            Some(sla) => format!("{} · {}", task.actor, sla.written),
            None => task.actor.to_string(),
        },
        StepKind::Switch(switch) => match &switch.by {
            SwitchBy::Value { expr, .. } => expr.source().to_owned(),
            SwitchBy::Conditions(_) => "the first that holds".to_owned(),
        },
        StepKind::Parallel(parallel) => {
            let branches = parallel.branches.len();
            match parallel.join {
                join if join == branches => "side by side, until all are done".to_owned(),
                1 => "side by side, until one is done".to_owned(),
                join => format!("side by side, until {join} are done"),
            }
        }
        StepKind::Foreach(foreach) => format!("for each {}", foreach.name),
        StepKind::Wait(wait) => match &wait.what {
            WaitFor::Time { length, .. } => format!("wait {}", length.written),
            WaitFor::Moment(expression) => format!("wait until {expression}"),
            WaitFor::Event { name, .. } => format!("wait for {name}"),
        },
        StepKind::Call(call) => format!("call {}", call.workflow),
        StepKind::End(_) => "end".to_owned(),
    }
}

/// The word on the way of a missed deadline.
pub(super) fn late(step: &Step) -> String {
    let sla = match &step.kind {
        StepKind::Task(task) => task.sla.as_ref(),
        StepKind::Wait(wait) => wait.sla.as_ref(),
        _ => None,
    };
    sla.map_or_else(|| "late".to_owned(), |sla| format!("after {}", sla.written))
}

pub(super) fn actor_class(kind: ActorKind) -> &'static str {
    match kind {
        ActorKind::Ai => "ai",
        ActorKind::Human => "human",
        ActorKind::Svc => "svc",
    }
}

/// A label, short enough for a way.
pub(super) fn clip(text: &str) -> String {
    cut(text, LABEL_CHARS_MAX)
}

fn cut(text: &str, chars_max: usize) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.chars().count() <= chars_max {
        return text;
    }
    text.chars().take(chars_max - 1).chain(['…']).collect()
}

/// A title in lines.
fn broken(title: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in title.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= TITLE_CHARS => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    if lines.len() > TITLE_LINES_MAX {
        lines.truncate(TITLE_LINES_MAX);
        lines[TITLE_LINES_MAX - 1].push('…');
    }
    lines.iter().map(|line| cut(line, LINE_CHARS_MAX)).collect()
}

/// About how wide a text is in a usual sans serif of this size: who draws has no fonts to ask.
/// Rather too wide than too narrow, so that words stay inside their shapes.
pub(super) fn width(text: &str, size: f64) -> f64 {
    let ems = text.chars().map(|c| match c {
        'i' | 'j' | 'l' | 'I' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' => 0.3,
        'f' | 'r' | 't' | '(' | ')' | '[' | ']' | ' ' | '-' | '·' | '"' => 0.38,
        'm' | 'w' | 'M' | 'W' | '@' | '%' | '…' => 0.9,
        'A'..='Z' | '_' | '&' | '=' | '<' | '>' | '+' => 0.68,
        c if u32::from(c) >= 0x1100 => 1.05,
        _ => 0.57,
    });
    ems.sum::<f64>() * size
}

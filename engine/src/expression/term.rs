use std::fmt;

/// An expression, checked: every variable and function in it exists.
#[derive(Debug)]
pub(super) enum Term {
    Null,
    Bool(bool),
    Int(i64),
    Double(f64),
    Text(String),
    /// The event's payload.
    Payload,
    /// The result of the last finished task.
    LastResult,
    /// `steps.ID.result`.
    StepResult(String),
    /// `has(steps.ID.result)`.
    HasStepResult(String),
    /// `answers.ID`.
    Answer(String),
    /// `has(answers.ID)`.
    HasAnswer(String),
    /// `run.id` and its like.
    Run(RunField),
    /// `has(run.key)`.
    HasRun(RunField),
    /// The event a wait looks at.
    Event,
    /// The item of a foreach around, by its name.
    Item(String),
    /// What a macro's variable stands for: the name, and how many macros inside the outermost.
    Bound(String, usize),
    /// `base.field`.
    Field(Box<Term>, String),
    /// `has(base.field)`.
    Has(Box<Term>, String),
    /// `base[index]`.
    Index(Box<Term>, Box<Term>),
    Not(Box<Term>),
    Negate(Box<Term>),
    And(Box<Term>, Box<Term>),
    Or(Box<Term>, Box<Term>),
    If(Box<[Term; 3]>),
    Binary(Operator, Box<Term>, Box<Term>),
    Call(Function, Vec<Term>),
    List(Vec<Term>),
    Mapping(Vec<(Term, Term)>),
    /// `range.all(x, …)` and its like.
    Each(Box<Each>),
}

impl Term {
    /// Whether the event a wait looks at is anywhere in it.
    pub(super) fn looks_at_event(&self) -> bool {
        matches!(self, Term::Event) || self.parts().into_iter().any(Term::looks_at_event)
    }

    /// The terms it is directly made of, in the order they are written.
    pub(super) fn parts(&self) -> Vec<&Term> {
        match self {
            Term::Null
            | Term::Bool(_)
            | Term::Int(_)
            | Term::Double(_)
            | Term::Text(_)
            | Term::Payload
            | Term::LastResult
            | Term::StepResult(_)
            | Term::HasStepResult(_)
            | Term::Run(_)
            | Term::HasRun(_)
            | Term::Answer(_)
            | Term::HasAnswer(_)
            | Term::Event
            | Term::Item(_)
            | Term::Bound(..) => Vec::new(),
            Term::Field(base, _) | Term::Has(base, _) => vec![base],
            Term::Not(term) | Term::Negate(term) => vec![term],
            Term::Index(one, other)
            | Term::And(one, other)
            | Term::Or(one, other)
            | Term::Binary(_, one, other) => vec![one, other],
            Term::If(all) => all.iter().collect(),
            Term::Call(_, all) | Term::List(all) => all.iter().collect(),
            Term::Mapping(entries) => entries
                .iter()
                .flat_map(|(key, value)| [key, value])
                .collect(),
            Term::Each(each) => [&each.range]
                .into_iter()
                .chain(&each.condition)
                .chain(&each.value)
                .collect(),
        }
    }
}

/// What a run tells about itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RunField {
    Id,
    Key,
    Started,
}

impl RunField {
    pub(super) const ALL: [(&'static str, RunField); 3] = [
        ("id", RunField::Id),
        ("key", RunField::Key),
        ("started", RunField::Started),
    ];
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    In,
}

impl Operator {
    pub(super) fn sign(self) -> &'static str {
        match self {
            Operator::Add => "+",
            Operator::Subtract => "-",
            Operator::Multiply => "*",
            Operator::Divide => "/",
            Operator::Modulo => "%",
            Operator::Equal => "==",
            Operator::NotEqual => "!=",
            Operator::Less => "<",
            Operator::LessEqual => "<=",
            Operator::Greater => ">",
            Operator::GreaterEqual => ">=",
            Operator::In => "in",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Function {
    Size,
    Contains,
    StartsWith,
    EndsWith,
    ToInt,
    ToDouble,
    ToText,
    ToBool,
}

impl Function {
    /// Each with its name in CEL and how many arguments it takes, what it is called on included.
    pub(super) const ALL: [(&'static str, Function, usize); 8] = [
        ("size", Function::Size, 1),
        ("contains", Function::Contains, 2),
        ("startsWith", Function::StartsWith, 2),
        ("endsWith", Function::EndsWith, 2),
        ("int", Function::ToInt, 1),
        ("double", Function::ToDouble, 1),
        ("string", Function::ToText, 1),
        ("bool", Function::ToBool, 1),
    ];

    pub(super) fn name(self) -> &'static str {
        Function::ALL
            .iter()
            .find(|(_, function, _)| *function == self)
            .map_or("", |(name, ..)| name)
    }
}

/// A macro over the items of a list or the keys of a mapping.
#[derive(Debug)]
pub(super) struct Each {
    pub(super) kind: EachKind,
    pub(super) range: Term,
    /// The condition of the first four kinds; of a `map`, the condition of its long form.
    pub(super) condition: Option<Term>,
    /// What a `map` or `filter` collects.
    pub(super) value: Option<Term>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EachKind {
    All,
    Exists,
    ExistsOne,
    /// `map` and `filter`.
    Collect,
}

/// What a term is called in a message: variables and their fields by name.
impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Term::Event => f.write_str("event"),
            Term::Payload => f.write_str("payload"),
            Term::LastResult => f.write_str("result"),
            Term::StepResult(step) => write!(f, "steps.{step}.result"),
            Term::Answer(id) => write!(f, "answers.{id}"),
            Term::Run(field) => {
                let name = RunField::ALL.iter().find(|(_, known)| known == field);
                write!(f, "run.{}", name.map_or("", |(name, _)| name))
            }
            Term::Bound(name, _) | Term::Item(name) => f.write_str(name),
            Term::Field(base, field) => write!(f, "{base}.{field}"),
            Term::Index(base, _) => write!(f, "{base}[…]"),
            _ => f.write_str("the value"),
        }
    }
}

use cel::common::ast::{
    CallExpr, ComprehensionExpr, EntryExpr, Expr, IdedExpr, LiteralValue, SelectExpr, operators,
};

use super::compile::{syntax, too_much};
use super::locate::{self, Role};
use super::term::{Each, EachKind, Function, Operator, RunField, Term};
use super::{Fault, Roots, Span};
use crate::definition::did_you_mean;

/// Deepest tree; evaluation recurses that deep.
const DEPTH_MAX: usize = 64;

const MACROS: [&str; 6] = ["all", "exists", "exists_one", "filter", "has", "map"];

/// From what `cel` read to a checked [`Term`].
pub(super) struct Lowering<'c> {
    source: &'c str,
    roots: Roots<'c>,
    /// The variables of the macros around, the outermost first.
    bound: Vec<&'c str>,
    used: Used,
}

/// What an expression asks for.
#[derive(Default)]
pub(super) struct Used {
    /// Results of these steps.
    pub(super) steps: Vec<(String, Option<Span>)>,
    /// These answers of a form.
    pub(super) answers: Vec<(String, Option<Span>)>,
    /// The result of the last finished task.
    pub(super) result: bool,
}

impl<'c> Lowering<'c> {
    pub(super) fn new(source: &'c str, roots: Roots<'c>) -> Lowering<'c> {
        Lowering {
            source,
            roots,
            bound: Vec::new(),
            used: Used::default(),
        }
    }

    /// What is asked for.
    pub(super) fn used(self) -> Used {
        self.used
    }

    pub(super) fn lower(&mut self, node: &'c IdedExpr, depth: usize) -> Result<Term, Fault> {
        if depth > DEPTH_MAX {
            return Err(too_much(format!(
                "the expression is nested deeper than {DEPTH_MAX}"
            )));
        }
        match &node.expr {
            Expr::Literal(literal) => self.literal(literal),
            Expr::Ident(name) => self.variable(name),
            Expr::Select(select) => self.select(select, depth),
            Expr::Call(call) => self.call(call, depth),
            Expr::List(list) => Ok(Term::List(self.all(&list.elements, depth)?)),
            Expr::Map(map) => {
                let mut entries = Vec::with_capacity(map.entries.len());
                for entry in &map.entries {
                    let EntryExpr::MapEntry(entry) = &entry.expr else {
                        return Err(unsupported("a message"));
                    };
                    entries.push((
                        self.lower(&entry.key, depth + 1)?,
                        self.lower(&entry.value, depth + 1)?,
                    ));
                }
                Ok(Term::Mapping(entries))
            }
            Expr::Comprehension(comprehension) => self.each(comprehension, depth),
            Expr::Struct(_) => Err(unsupported("a message")),
            Expr::Unspecified => Err(unsupported("this")),
        }
    }

    fn all(&mut self, nodes: &'c [IdedExpr], depth: usize) -> Result<Vec<Term>, Fault> {
        nodes
            .iter()
            .map(|node| self.lower(node, depth + 1))
            .collect()
    }

    fn boxed(&mut self, node: &'c IdedExpr, depth: usize) -> Result<Box<Term>, Fault> {
        self.lower(node, depth + 1).map(Box::new)
    }

    fn literal(&self, literal: &LiteralValue) -> Result<Term, Fault> {
        Ok(match literal {
            LiteralValue::Null => Term::Null,
            LiteralValue::Boolean(truth) => Term::Bool(*truth.inner()),
            LiteralValue::Int(int) => Term::Int(*int.inner()),
            LiteralValue::Double(double) => Term::Double(*double.inner()),
            LiteralValue::String(text) => Term::Text(text.inner().to_owned()),
            LiteralValue::Bytes(_) => return Err(unsupported("a text of bytes")),
            LiteralValue::UInt(_) => {
                return Err(unsupported("an unsigned number (write it without the u)"));
            }
        })
    }

    fn variable(&mut self, name: &str) -> Result<Term, Fault> {
        if let Some(at) = self.bound.iter().rposition(|bound| *bound == name) {
            return Ok(Term::Bound(name.to_owned(), at));
        }
        if self.roots.items.iter().any(|item| item == name) {
            return Ok(Term::Item(name.to_owned()));
        }
        if !self.roots.known.contains(&name) {
            return Err(self.unknown_variable(name));
        }
        match name {
            "payload" => Ok(Term::Payload),
            "event" => Ok(Term::Event),
            "result" => {
                self.used.result = true;
                Ok(Term::LastResult)
            }
            "steps" => Err(self.steps_form()),
            "answers" => Err(self.answers_form()),
            _ => Err(self.run_form(None)),
        }
    }

    fn unknown_variable(&self, name: &str) -> Fault {
        let items = self.roots.items.iter().map(String::as_str);
        let known = self
            .roots
            .known
            .iter()
            .chain(&self.bound)
            .copied()
            .chain(items);
        Fault {
            code: "HMS041",
            at: locate::word(self.source, name, Role::Variable),
            message: format!("there is no variable \"{name}\""),
            help: did_you_mean(name, known).unwrap_or_else(|| {
                format!(
                    "an expression here is over {}; a text stands in quotes",
                    self.roots.known.join(", ")
                )
            }),
        }
    }

    fn select(&mut self, select: &'c SelectExpr, depth: usize) -> Result<Term, Fault> {
        let field = select.field.clone();
        if self.is_root(&select.operand, "run") {
            let known = RunField::ALL.iter().find(|(name, _)| *name == field);
            let (_, known) = known.ok_or_else(|| self.run_form(Some(&field)))?;
            return Ok(if select.test {
                Term::HasRun(*known)
            } else {
                Term::Run(*known)
            });
        }
        if let Some(step) = self.step_of(&select.operand) {
            if field != "result" {
                return Err(self.steps_form());
            }
            let at = locate::word(self.source, step, Role::Field);
            if !self.used.steps.iter().any(|(known, _)| known == step) {
                self.used.steps.push((step.to_owned(), at));
            }
            let step = step.to_owned();
            return Ok(if select.test {
                Term::HasStepResult(step)
            } else {
                Term::StepResult(step)
            });
        }
        if self.is_root(&select.operand, "answers") {
            let id = self.answer(&select.field);
            return Ok(match select.test {
                true => Term::HasAnswer(id),
                false => Term::Answer(id),
            });
        }
        let base = self.boxed(&select.operand, depth)?;
        Ok(if select.test {
            Term::Has(base, field)
        } else {
            Term::Field(base, field)
        })
    }

    /// The answer to a field, which it notes as asked for.
    fn answer(&mut self, id: &str) -> String {
        if !self.used.answers.iter().any(|(known, _)| known == id) {
            let at = locate::word(self.source, id, Role::Field);
            self.used.answers.push((id.to_owned(), at));
        }
        id.to_owned()
    }

    fn is_root(&self, node: &IdedExpr, root: &str) -> bool {
        matches!(&node.expr, Expr::Ident(name) if name == root)
            && self.roots.known.contains(&root)
            && !self.bound.contains(&root)
    }

    /// The id in `steps.ID` or `steps["ID"]`.
    fn step_of(&self, node: &'c IdedExpr) -> Option<&'c str> {
        match &node.expr {
            Expr::Select(select) if !select.test && self.is_root(&select.operand, "steps") => {
                Some(&select.field)
            }
            Expr::Call(call) if call.func_name == operators::INDEX => match &call.args[..] {
                [base, index] if self.is_root(base, "steps") => match &index.expr {
                    Expr::Literal(LiteralValue::String(id)) => Some(id.inner()),
                    _ => None,
                },
                _ => None,
            },
            _ => None,
        }
    }

    fn call(&mut self, call: &'c CallExpr, depth: usize) -> Result<Term, Fault> {
        if let (None, Some(operator)) = (&call.target, binary(&call.func_name))
            && let [left, right] = &call.args[..]
        {
            let left = self.boxed(left, depth)?;
            return Ok(Term::Binary(operator, left, self.boxed(right, depth)?));
        }
        match (call.func_name.as_str(), &call.args[..]) {
            (operators::LOGICAL_AND, [left, right]) => {
                let left = self.boxed(left, depth)?;
                Ok(Term::And(left, self.boxed(right, depth)?))
            }
            (operators::LOGICAL_OR, [left, right]) => {
                let left = self.boxed(left, depth)?;
                Ok(Term::Or(left, self.boxed(right, depth)?))
            }
            (operators::LOGICAL_NOT, [value]) => Ok(Term::Not(self.boxed(value, depth)?)),
            (operators::NEGATE, [value]) => Ok(Term::Negate(self.boxed(value, depth)?)),
            (operators::INDEX, [base, index]) if self.is_root(base, "answers") => {
                match &index.expr {
                    Expr::Literal(LiteralValue::String(id)) => {
                        Ok(Term::Answer(self.answer(id.inner())))
                    }
                    _ => Err(self.answers_form()),
                }
            }
            (operators::INDEX, [base, index]) => {
                let base = self.boxed(base, depth)?;
                Ok(Term::Index(base, self.boxed(index, depth)?))
            }
            (operators::CONDITIONAL, [condition, yes, no]) => Ok(Term::If(Box::new([
                self.lower(condition, depth + 1)?,
                self.lower(yes, depth + 1)?,
                self.lower(no, depth + 1)?,
            ]))),
            _ => self.function(call, depth),
        }
    }

    fn function(&mut self, call: &'c CallExpr, depth: usize) -> Result<Term, Fault> {
        let name = call.func_name.as_str();
        let fault = |message: String, help: String| Fault {
            code: "HMS044",
            at: locate::word(self.source, name, Role::Function),
            message,
            help,
        };
        let found = Function::ALL.iter().find(|(known, ..)| *known == name);
        let Some((_, function, takes)) = found else {
            let known = || Function::ALL.iter().map(|(name, ..)| *name).chain(MACROS);
            let help = did_you_mean(name, known()).unwrap_or_else(|| {
                format!(
                    "the functions are {}",
                    known().collect::<Vec<_>>().join(", ")
                )
            });
            let message = match MACROS.contains(&name) {
                true => format!("\"{name}\" is not called like this"),
                false => format!("there is no function \"{name}\""),
            };
            return Err(fault(message, help));
        };
        let arguments: Vec<&'c IdedExpr> = call
            .target
            .iter()
            .map(AsRef::as_ref)
            .chain(&call.args)
            .collect();
        // Of those with one argument only size is also a method; those with two are methods only.
        let form = match (call.target.is_some(), *takes) {
            (true, 1) => *function == Function::Size,
            (true, _) => true,
            (false, takes) => takes == 1,
        };
        if !form || arguments.len() != *takes {
            let right = match takes {
                1 => format!("write {name}(value)"),
                _ => format!("write text.{name}(\"part\")"),
            };
            return Err(fault(format!("\"{name}\" is not called like this"), right));
        }
        let arguments = arguments
            .into_iter()
            .map(|argument| self.lower(argument, depth + 1))
            .collect::<Result<_, _>>()?;
        Ok(Term::Call(*function, arguments))
    }

    /// A macro, told apart by how `cel` writes it out.
    fn each(&mut self, comprehension: &'c ComprehensionExpr, depth: usize) -> Result<Term, Fault> {
        let range = self.lower(&comprehension.iter_range, depth + 1)?;
        self.bound.push(&comprehension.iter_var);
        let accumulated = |node: &IdedExpr| matches!(&node.expr, Expr::Ident(name) if *name == comprehension.accu_var);
        let appended = |node: &'c IdedExpr| match &node.expr {
            Expr::Call(call) if call.func_name == operators::ADD => match &call.args[..] {
                [list, item] if accumulated(list) => match &item.expr {
                    Expr::List(items) => items.elements.first(),
                    _ => None,
                },
                _ => None,
            },
            _ => None,
        };
        let step = &comprehension.loop_step;
        let (name, args) = match &step.expr {
            Expr::Call(call) => (call.func_name.as_str(), &call.args[..]),
            _ => ("", &[][..]),
        };
        let parts = match (&comprehension.accu_init.expr, name, args) {
            (Expr::Literal(LiteralValue::Boolean(_)), operators::LOGICAL_AND, [_, condition]) => {
                Some((EachKind::All, Some(condition), None))
            }
            (Expr::Literal(LiteralValue::Boolean(_)), operators::LOGICAL_OR, [_, condition]) => {
                Some((EachKind::Exists, Some(condition), None))
            }
            (Expr::Literal(LiteralValue::Int(_)), operators::CONDITIONAL, [condition, ..]) => {
                Some((EachKind::ExistsOne, Some(condition), None))
            }
            (Expr::List(_), operators::CONDITIONAL, [condition, append, _]) => {
                appended(append).map(|value| (EachKind::Collect, Some(condition), Some(value)))
            }
            (Expr::List(_), operators::ADD, _) => {
                appended(step).map(|value| (EachKind::Collect, None, Some(value)))
            }
            _ => None,
        };
        let Some((kind, condition, value)) = parts else {
            return Err(unsupported("this macro"));
        };
        let condition = condition
            .map(|node| self.lower(node, depth + 1))
            .transpose()?;
        let value = value.map(|node| self.lower(node, depth + 1)).transpose()?;
        self.bound.pop();
        Ok(Term::Each(Box::new(Each {
            kind,
            range,
            condition,
            value,
        })))
    }

    fn steps_form(&self) -> Fault {
        Fault {
            code: "HMS043",
            at: locate::word(self.source, "steps", Role::Variable),
            message: "of a step, an expression can only ask for the result".into(),
            help: "write steps.ID.result, or has(steps.ID.result) to ask whether there is one"
                .into(),
        }
    }

    fn answers_form(&self) -> Fault {
        Fault {
            code: "HMS067",
            at: locate::word(self.source, "answers", Role::Variable),
            message: "of a form, an expression can only ask for single answers".into(),
            help: "write answers.ID, or has(answers.ID) to ask whether there is one".into(),
        }
    }

    fn run_form(&self, field: Option<&str>) -> Fault {
        let known = || RunField::ALL.iter().map(|(name, _)| *name);
        let near = field.and_then(|field| did_you_mean(field, known()));
        Fault {
            code: "HMS041",
            at: match field {
                Some(field) => locate::word(self.source, field, Role::Field),
                None => locate::word(self.source, "run", Role::Variable),
            },
            message: match field {
                Some(field) => format!("a run has no field \"{field}\""),
                None => "a run has no value of its own".into(),
            },
            help: near.unwrap_or_else(|| "write run.id, run.key or run.started".into()),
        }
    }
}

fn unsupported(what: &str) -> Fault {
    let message = format!("{what} has no meaning in a workflow's expression");
    syntax(message, None)
}

fn binary(name: &str) -> Option<Operator> {
    Some(match name {
        operators::ADD => Operator::Add,
        operators::SUBSTRACT => Operator::Subtract,
        operators::MULTIPLY => Operator::Multiply,
        operators::DIVIDE => Operator::Divide,
        operators::MODULO => Operator::Modulo,
        operators::EQUALS => Operator::Equal,
        operators::NOT_EQUALS => Operator::NotEqual,
        operators::LESS => Operator::Less,
        operators::LESS_EQUALS => Operator::LessEqual,
        operators::GREATER => Operator::Greater,
        operators::GREATER_EQUALS => Operator::GreaterEqual,
        operators::IN => Operator::In,
        _ => return None,
    })
}

use std::rc::Rc;

use super::evaluate::Evaluation;
use super::term::{Function, Operator};
use super::value::{TEXT_BYTES_A_STEP, Val};

type Outcome<'r> = Result<Val<'r>, String>;

/// `+ - * / %`. Two whole numbers give a whole number, as in CEL; a whole number and a double give
/// a double, where CEL has no answer: in JSON `10` and `10.0` are one number, and an amount must
/// not stop a run for being round.
pub(super) fn arithmetic<'r>(
    evaluation: &mut Evaluation<'r>,
    operator: Operator,
    left: Val<'r>,
    right: Val<'r>,
) -> Outcome<'r> {
    match (&left, &right) {
        (Val::Int(a), Val::Int(b)) => return whole(operator, *a, *b).map(Val::Int),
        (Val::Text(a), Val::Text(b)) if operator == Operator::Add => {
            return evaluation.text(format!("{a}{b}"));
        }
        _ if operator == Operator::Add && !left.is_mapping() && !right.is_mapping() => {
            if let (Some(a), Some(b)) = (left.len(), right.len()) {
                evaluation.spend(a.saturating_add(b))?;
                let mut items = left.items().unwrap_or_default();
                items.extend(right.items().unwrap_or_default());
                return Ok(Val::List(Rc::new(items)));
            }
        }
        _ => {}
    }
    if let (Some(a), Some(b)) = (left.number(), right.number()) {
        return match operator {
            Operator::Add => Ok(Val::Double(a + b)),
            Operator::Subtract => Ok(Val::Double(a - b)),
            Operator::Multiply => Ok(Val::Double(a * b)),
            Operator::Divide => Ok(Val::Double(a / b)),
            _ => Err("% is for whole numbers".into()),
        };
    }
    Err(format!(
        "cannot take {} {} {}",
        left.what(),
        operator.sign(),
        right.what()
    ))
}

fn whole(operator: Operator, a: i64, b: i64) -> Result<i64, String> {
    if b == 0 && matches!(operator, Operator::Divide | Operator::Modulo) {
        return Err("cannot divide by zero".into());
    }
    let result = match operator {
        Operator::Add => a.checked_add(b),
        Operator::Subtract => a.checked_sub(b),
        Operator::Multiply => a.checked_mul(b),
        Operator::Divide => a.checked_div(b),
        _ => a.checked_rem(b),
    };
    result.ok_or_else(|| "the number is too large".into())
}

/// A function with its arguments, as many as it takes.
pub(super) fn call<'r>(
    evaluation: &mut Evaluation<'r>,
    function: Function,
    arguments: &[Val<'r>],
) -> Outcome<'r> {
    let unfit = |value: &Val<'_>| format!("{}() is not for {}", function.name(), value.what());
    match (function, arguments) {
        (Function::Size, [Val::Text(text)]) => {
            evaluation.spend(text.len() / TEXT_BYTES_A_STEP)?;
            Ok(Val::Int(count(text.chars().count())))
        }
        (Function::Size, [value]) => match value.len() {
            Some(length) => Ok(Val::Int(count(length))),
            None => Err(unfit(value)),
        },
        (
            Function::Contains | Function::StartsWith | Function::EndsWith,
            [Val::Text(text), Val::Text(part)],
        ) => {
            evaluation.spend(text.len() / TEXT_BYTES_A_STEP)?;
            let (text, part) = (text.as_ref(), part.as_ref());
            Ok(Val::Bool(match function {
                Function::Contains => text.contains(part),
                Function::StartsWith => text.starts_with(part),
                _ => text.ends_with(part),
            }))
        }
        (Function::Contains | Function::StartsWith | Function::EndsWith, [text, part]) => {
            Err(unfit(if matches!(text, Val::Text(_)) {
                part
            } else {
                text
            }))
        }
        (Function::ToInt, [value]) => match value {
            Val::Int(int) => Ok(Val::Int(*int)),
            Val::Double(double) => double_to_int(*double).map(Val::Int),
            Val::Text(text) => text
                .parse()
                .map(Val::Int)
                .map_err(|_| "int() is for a text that is a whole number".into()),
            other => Err(unfit(other)),
        },
        (Function::ToDouble, [value]) => match value {
            Val::Text(text) => text
                .parse()
                .map(Val::Double)
                .map_err(|_| "double() is for a text that is a number".into()),
            other => other.number().map(Val::Double).ok_or_else(|| unfit(other)),
        },
        (Function::ToText, [value]) => match value {
            Val::Text(text) => Ok(Val::Text(text.clone())),
            Val::Int(int) => evaluation.text(int.to_string()),
            Val::Double(double) => evaluation.text(double.to_string()),
            Val::Bool(truth) => evaluation.text(truth.to_string()),
            other => Err(unfit(other)),
        },
        (Function::ToBool, [value]) => match value {
            Val::Bool(truth) => Ok(Val::Bool(*truth)),
            Val::Text(text) => match text.as_ref() {
                "true" | "TRUE" | "True" | "t" | "1" => Ok(Val::Bool(true)),
                "false" | "FALSE" | "False" | "f" | "0" => Ok(Val::Bool(false)),
                _ => Err("bool() is for a text that is true or false".into()),
            },
            other => Err(unfit(other)),
        },
        // Lowering has counted the arguments.
        _ => Err(format!("{}() is not called like this", function.name())),
    }
}

fn count(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}

/// Towards zero, as in CEL; out of the range of 64 bits is an error.
fn double_to_int(double: f64) -> Result<i64, String> {
    const BEYOND: f64 = 9_223_372_036_854_775_808.0;
    if double.is_finite() && double > -BEYOND && double < BEYOND {
        Ok(double.trunc() as i64)
    } else {
        Err("the number is too large".into())
    }
}

use std::borrow::Cow;
use std::cmp::Ordering;
use std::rc::Rc;

use serde_json::{Map, Number, Value};

/// A value while an expression is evaluated. What comes from the run is borrowed from it.
#[derive(Debug, Clone)]
pub(super) enum Val<'r> {
    Null,
    Bool(bool),
    Int(i64),
    Double(f64),
    Text(Cow<'r, str>),
    /// A list of the run's.
    Array(&'r [Value]),
    /// A mapping of the run's.
    Object(&'r Map<String, Value>),
    /// A list made by the expression.
    List(Rc<Vec<Val<'r>>>),
    /// A mapping made by the expression, its keys in order.
    Mapping(Rc<Vec<(Cow<'r, str>, Val<'r>)>>),
}

impl<'r> From<&'r Value> for Val<'r> {
    /// Whole numbers beyond 64 bits become doubles.
    fn from(json: &'r Value) -> Val<'r> {
        match json {
            Value::Null => Val::Null,
            Value::Bool(truth) => Val::Bool(*truth),
            Value::Number(number) => match number.as_i64() {
                Some(int) => Val::Int(int),
                None => Val::Double(number.as_f64().unwrap_or(f64::NAN)),
            },
            Value::String(text) => Val::Text(Cow::Borrowed(text)),
            Value::Array(items) => Val::Array(items),
            Value::Object(fields) => Val::Object(fields),
        }
    }
}

impl<'r> Val<'r> {
    /// What it is, for messages.
    pub(super) fn what(&self) -> &'static str {
        match self {
            Val::Null => "null",
            Val::Bool(_) => "true or false",
            Val::Int(_) | Val::Double(_) => "a number",
            Val::Text(_) => "a text",
            Val::Array(_) | Val::List(_) => "a list",
            Val::Object(_) | Val::Mapping(_) => "a mapping",
        }
    }

    pub(super) fn number(&self) -> Option<f64> {
        match self {
            Val::Int(int) => Some(*int as f64),
            Val::Double(double) => Some(*double),
            _ => None,
        }
    }

    /// The field of a mapping; `None` when this is none or has no such field.
    pub(super) fn field(&self, name: &str) -> Option<Val<'r>> {
        match self {
            Val::Object(fields) => fields.get(name).map(Val::from),
            Val::Mapping(entries) => entries
                .iter()
                .find(|(key, _)| key == name)
                .map(|(_, value)| value.clone()),
            _ => None,
        }
    }

    pub(super) fn is_mapping(&self) -> bool {
        matches!(self, Val::Object(_) | Val::Mapping(_))
    }

    /// How many items or entries, for lists and mappings.
    pub(super) fn len(&self) -> Option<usize> {
        match self {
            Val::Array(items) => Some(items.len()),
            Val::List(items) => Some(items.len()),
            Val::Object(fields) => Some(fields.len()),
            Val::Mapping(entries) => Some(entries.len()),
            _ => None,
        }
    }

    /// One item of a list.
    pub(super) fn item(&self, at: usize) -> Option<Val<'r>> {
        match self {
            Val::Array(items) => items.get(at).map(Val::from),
            Val::List(items) => items.get(at).cloned(),
            _ => None,
        }
    }

    /// The items of a list, or the keys of a mapping in alphabetical order: the same in every
    /// build and every replay.
    pub(super) fn items(&self) -> Option<Vec<Val<'r>>> {
        Some(match self {
            Val::Array(items) => items.iter().map(Val::from).collect(),
            Val::List(items) => items.to_vec(),
            Val::Object(fields) => {
                let mut keys: Vec<&str> = fields.keys().map(String::as_str).collect();
                keys.sort_unstable();
                keys.into_iter()
                    .map(|key| Val::Text(Cow::Borrowed(key)))
                    .collect()
            }
            Val::Mapping(entries) => entries
                .iter()
                .map(|(key, _)| Val::Text(key.clone()))
                .collect(),
            _ => return None,
        })
    }

    /// Equality of CEL: numbers by their value, values of different kinds are not equal.
    pub(super) fn equals(&self, other: &Val<'_>) -> bool {
        match (self, other) {
            (Val::Null, Val::Null) => true,
            (Val::Bool(a), Val::Bool(b)) => a == b,
            (Val::Text(a), Val::Text(b)) => a == b,
            _ if self.number().is_some() => self.compare(other) == Some(Ordering::Equal),
            _ if self.is_mapping() && other.is_mapping() => {
                self.len() == other.len()
                    && self
                        .items()
                        .unwrap_or_default()
                        .iter()
                        .all(|key| match key {
                            Val::Text(key) => match (self.field(key), other.field(key)) {
                                (Some(a), Some(b)) => a.equals(&b),
                                _ => false,
                            },
                            _ => false,
                        })
            }
            _ if !self.is_mapping() && !other.is_mapping() => match (self.items(), other.items()) {
                (Some(a), Some(b)) => {
                    a.len() == b.len() && a.iter().zip(&b).all(|(a, b)| a.equals(b))
                }
                _ => false,
            },
            _ => false,
        }
    }

    /// The order of two numbers, texts or truth values; of anything else, none.
    pub(super) fn compare(&self, other: &Val<'_>) -> Option<Ordering> {
        match (self, other) {
            (Val::Int(a), Val::Int(b)) => Some(a.cmp(b)),
            (Val::Double(a), Val::Double(b)) => a.partial_cmp(b),
            (Val::Int(a), Val::Double(b)) => int_to_double(*a, *b),
            (Val::Double(a), Val::Int(b)) => int_to_double(*b, *a).map(Ordering::reverse),
            (Val::Text(a), Val::Text(b)) => Some(a.cmp(b)),
            (Val::Bool(a), Val::Bool(b)) => Some(a.cmp(b)),
            _ => None,
        }
    }

    /// How many values this is, itself included, up to a limit.
    pub(super) fn weight(&self, limit: usize) -> usize {
        fn json(value: &Value, limit: usize) -> usize {
            let mut sum = 1;
            match value {
                Value::Array(items) => items.iter().for_each(|item| {
                    if sum < limit {
                        sum += json(item, limit - sum);
                    }
                }),
                Value::Object(fields) => fields.values().for_each(|item| {
                    if sum < limit {
                        sum += json(item, limit - sum);
                    }
                }),
                Value::String(text) => sum += text.len() / TEXT_BYTES_A_STEP,
                _ => {}
            }
            sum
        }
        let mut sum = 1;
        match self {
            Val::Array(items) => items.iter().for_each(|item| {
                if sum < limit {
                    sum += json(item, limit - sum);
                }
            }),
            Val::Object(fields) => fields.values().for_each(|item| {
                if sum < limit {
                    sum += json(item, limit - sum);
                }
            }),
            Val::List(items) => items.iter().for_each(|item| {
                if sum < limit {
                    sum += item.weight(limit - sum);
                }
            }),
            Val::Mapping(entries) => entries.iter().for_each(|(_, item)| {
                if sum < limit {
                    sum += item.weight(limit - sum);
                }
            }),
            Val::Text(text) => sum += text.len() / TEXT_BYTES_A_STEP,
            _ => {}
        }
        sum
    }

    /// As JSON; a number that JSON cannot write (infinite, or none) has no JSON.
    pub(super) fn into_json(self) -> Option<Value> {
        Some(match self {
            Val::Null => Value::Null,
            Val::Bool(truth) => Value::Bool(truth),
            Val::Int(int) => Value::from(int),
            Val::Double(double) => Value::Number(Number::from_f64(double)?),
            Val::Text(text) => Value::String(text.into_owned()),
            Val::Array(items) => Value::Array(items.to_vec()),
            Val::Object(fields) => Value::Object(fields.clone()),
            Val::List(items) => Value::Array(
                items
                    .iter()
                    .map(|item| item.clone().into_json())
                    .collect::<Option<_>>()?,
            ),
            Val::Mapping(entries) => Value::Object(
                entries
                    .iter()
                    .map(|(key, value)| Some((key.to_string(), value.clone().into_json()?)))
                    .collect::<Option<_>>()?,
            ),
        })
    }
}

/// Handling this much text counts as one step of an evaluation.
pub(super) const TEXT_BYTES_A_STEP: usize = 64;

/// The exact order of a whole number and a double, where turning one into the other would round.
fn int_to_double(int: i64, double: f64) -> Option<Ordering> {
    // 2^63 is exact as a double; from there on every double is beyond every i64.
    const BEYOND: f64 = 9_223_372_036_854_775_808.0;
    if double.is_nan() {
        return None;
    }
    if double >= BEYOND {
        return Some(Ordering::Less);
    }
    if double < -BEYOND {
        return Some(Ordering::Greater);
    }
    let whole = double.trunc();
    Some(int.cmp(&(whole as i64)).then_with(|| {
        0.0f64
            .partial_cmp(&(double - whole))
            .unwrap_or(Ordering::Equal)
    }))
}

use serde_json::{Map, Value};

use crate::expression::{Expression, Scope};

/// A value made of expressions: what a task is handed, what a run comes to.
#[derive(Debug, Clone)]
pub enum Template {
    /// The value of an expression.
    Value(Expression),
    /// A mapping of such values, in the order written.
    Mapping(Vec<(String, Template)>),
    /// A list of such values.
    List(Vec<Template>),
}

impl Template {
    /// The value over a run, from one of its lists; the error names the part that has none.
    pub(crate) fn evaluate(&self, scope: Scope<'_>) -> Result<Value, String> {
        match self {
            Template::Value(expression) => expression.evaluate(scope),
            Template::Mapping(entries) => {
                let mut made = Map::new();
                for (key, part) in entries {
                    let value = part
                        .evaluate(scope)
                        .map_err(|error| format!("{key}: {error}"))?;
                    made.insert(key.clone(), value);
                }
                Ok(Value::Object(made))
            }
            Template::List(parts) => parts
                .iter()
                .map(|part| part.evaluate(scope))
                .collect::<Result<_, _>>()
                .map(Value::Array),
        }
    }
}

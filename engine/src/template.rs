use serde_json::{Map, Value};

use crate::Run;
use crate::expression::Expression;

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
    /// The value over a run; the error names the part that has none.
    pub(crate) fn evaluate(&self, run: &Run) -> Result<Value, String> {
        match self {
            Template::Value(expression) => expression.evaluate(run),
            Template::Mapping(entries) => {
                let mut made = Map::new();
                for (key, part) in entries {
                    let value = part
                        .evaluate(run)
                        .map_err(|error| format!("{key}: {error}"))?;
                    made.insert(key.clone(), value);
                }
                Ok(Value::Object(made))
            }
            Template::List(parts) => parts
                .iter()
                .map(|part| part.evaluate(run))
                .collect::<Result<_, _>>()
                .map(Value::Array),
        }
    }
}

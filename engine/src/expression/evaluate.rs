use std::sync::{Arc, LazyLock};

use cel::objects::Key;
use cel::{Context, Env};
use serde_json::{Map, Number, Value};

use super::Expression;
use crate::Run;

static ENV: LazyLock<Arc<Env>> = LazyLock::new(|| Arc::new(Env::stdlib()));

impl Expression {
    /// The value over a run; the error says for people what is missing or does not fit.
    pub(crate) fn evaluate(&self, run: &Run) -> Result<Value, String> {
        if let Some(path) = &self.0.path {
            return look_up(path, run).map(|value| value.clone());
        }
        let mut context = Context::with_env(Arc::clone(&ENV));
        for root in &self.0.references.roots {
            let value = match root.name.as_str() {
                "payload" => to_cel(&run.payload),
                "result" => to_cel(result(run)),
                "run" => to_cel(&run_info(run)),
                _ => to_cel(&steps(run, self.steps())),
            };
            context.add_variable_from_value(root.name.as_str(), value);
        }
        let value = self
            .0
            .program
            .execute(&context)
            .map_err(|error| match error {
                cel::ExecutionError::NoSuchKey(field) => {
                    format!("there is no field \"{field}\" for \"{}\"", self.source())
                }
                other => format!("\"{}\" fails: {other}", self.source()),
            })?;
        from_cel(&value).ok_or_else(|| format!("\"{}\" gives no plain value", self.source()))
    }
}

fn result(run: &Run) -> &Value {
    run.last
        .as_ref()
        .and_then(|step| run.results.get(step))
        .unwrap_or(&Value::Null)
}

fn run_info(run: &Run) -> Value {
    serde_json::json!({ "id": run.id, "key": run.key, "started": run.started })
}

fn steps<'a>(run: &Run, asked: impl Iterator<Item = &'a str>) -> Value {
    Value::Object(
        asked
            .map(|id| {
                let result = run.results.get(id);
                let step = result.map(|result| ("result".to_owned(), result.clone()));
                (id.to_owned(), Value::Object(step.into_iter().collect()))
            })
            .collect(),
    )
}

fn look_up(path: &[String], run: &Run) -> Result<Value, String> {
    let owned;
    let mut value = match path[0].as_str() {
        "payload" => &run.payload,
        "result" => result(run),
        "run" => {
            owned = run_info(run);
            &owned
        }
        _ => {
            owned = steps(run, path.get(1).into_iter().map(String::as_str));
            &owned
        }
    };
    for (at, field) in path.iter().enumerate().skip(1) {
        value = value
            .get(field)
            .ok_or_else(|| format!("there is no field \"{field}\" in {}", path[..at].join(".")))?;
    }
    Ok(value.clone())
}

fn to_cel(value: &Value) -> cel::Value {
    match value {
        Value::Null => cel::Value::Null,
        Value::Bool(truth) => cel::Value::Bool(*truth),
        Value::Number(number) => match (number.as_i64(), number.as_u64(), number.as_f64()) {
            (Some(int), ..) => cel::Value::Int(int),
            (None, Some(uint), _) => cel::Value::UInt(uint),
            (None, None, float) => cel::Value::Float(float.unwrap_or(f64::NAN)),
        },
        Value::String(text) => cel::Value::String(Arc::new(text.clone())),
        Value::Array(items) => cel::Value::List(Arc::new(items.iter().map(to_cel).collect())),
        Value::Object(fields) => fields
            .iter()
            .map(|(key, value)| (key.clone(), to_cel(value)))
            .collect::<std::collections::HashMap<String, cel::Value>>()
            .into(),
    }
}

fn from_cel(value: &cel::Value) -> Option<Value> {
    Some(match value {
        cel::Value::Null => Value::Null,
        cel::Value::Bool(truth) => Value::Bool(*truth),
        cel::Value::Int(int) => Value::from(*int),
        cel::Value::UInt(uint) => Value::from(*uint),
        cel::Value::Float(float) => Number::from_f64(*float).map(Value::Number)?,
        cel::Value::String(text) => Value::String(text.to_string()),
        cel::Value::List(items) => Value::Array(items.iter().map(from_cel).collect::<Option<_>>()?),
        cel::Value::Map(map) => {
            let mut fields = Map::new();
            for (key, value) in map.map.iter() {
                let Key::String(key) = key else { return None };
                fields.insert(key.to_string(), from_cel(value)?);
            }
            Value::Object(fields)
        }
        _ => return None,
    })
}

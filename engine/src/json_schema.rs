use std::fmt;
use std::sync::Arc;

use jsonschema::error::ValidationErrorKind;
use jsonschema::{Draft, PatternOptions, ValidationError, Validator};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A compiled JSON Schema (2020-12). Cheap to clone.
///
/// It fetches nothing: what it refers to stands in itself. Patterns are matched in linear time.
#[derive(Clone)]
pub struct Schema(Arc<Compiled>);

struct Compiled {
    source: Value,
    validator: Validator,
}

/// Where a value breaks a schema, and what is wrong there. It never repeats the value: people's data
/// is in no log and no message.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SchemaFault {
    /// The place in the value, as a JSON pointer (RFC 6901).
    pub pointer: String,
    /// What is wrong, for people.
    pub detail: String,
}

/// The most faults told of one value.
const FAULTS_MAX: usize = 20;
/// The most looked at to find the first of them in order.
const LOOKED_AT_MAX: usize = 1_000;
/// Largest compiled pattern, in bytes.
const PATTERN_BYTES_MAX: usize = 256 * 1024;

/// Longest account of one fault, in characters.
const DETAIL_CHARS_MAX: usize = 300;

/// Why a schema does not compile.
#[derive(Debug)]
pub(crate) struct BadSchema {
    /// Where in the schema, as a JSON pointer.
    pub(crate) pointer: String,
    pub(crate) message: String,
}

impl Schema {
    /// Compiles a schema whose references all stay inside.
    pub(crate) fn compile(source: Value) -> Result<Schema, BadSchema> {
        let patterns = PatternOptions::regex()
            .size_limit(PATTERN_BYTES_MAX)
            .dfa_size_limit(PATTERN_BYTES_MAX);
        let validator = jsonschema::options()
            .with_draft(Draft::Draft202012)
            .should_validate_formats(true)
            .with_pattern_options(patterns)
            .offline()
            .build(&source)
            .map_err(|error| BadSchema {
                pointer: error.instance_path().as_str().to_owned(),
                message: error.to_string(),
            })?;
        Ok(Schema(Arc::new(Compiled { source, validator })))
    }

    /// As written in the definition.
    pub fn source(&self) -> &Value {
        &self.0.source
    }

    /// What is wrong with a value, in the order of the places; empty when nothing is. At most 20.
    pub fn faults(&self, value: &Value) -> Vec<SchemaFault> {
        let errors = self.0.validator.iter_errors(value).take(LOOKED_AT_MAX);
        let mut faults: Vec<SchemaFault> = errors.map(|error| fault(&error)).collect();
        faults.sort();
        faults.dedup();
        faults.truncate(FAULTS_MAX);
        faults
    }
}

/// A missing member is told at its own place, and not at the mapping's that lacks it.
fn fault(error: &ValidationError<'_>) -> SchemaFault {
    let at = error.instance_path().as_str();
    match error.kind() {
        ValidationErrorKind::Required { property } => {
            let name = property.as_str().unwrap_or_default();
            let escaped = name.replace('~', "~0").replace('/', "~1");
            SchemaFault {
                pointer: format!("{at}/{escaped}"),
                detail: format!("\"{name}\" is missing"),
            }
        }
        _ => SchemaFault {
            pointer: at.to_owned(),
            detail: clip(error.masked_with("the value").to_string()),
        },
    }
}

/// A schema may list hundreds of allowed values, and the message would repeat them.
fn clip(text: String) -> String {
    if text.chars().count() <= DETAIL_CHARS_MAX {
        return text;
    }
    text.chars()
        .take(DETAIL_CHARS_MAX - 1)
        .chain(['…'])
        .collect()
}

/// Faults in one sentence, each with its place.
pub(crate) fn told(faults: &[SchemaFault]) -> String {
    let each: Vec<String> = faults
        .iter()
        .map(|fault| match fault.pointer.as_str() {
            "" => fault.detail.clone(),
            pointer => format!("{pointer}: {}", fault.detail),
        })
        .collect();
    each.join("; ")
}

impl fmt::Debug for Schema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Schema({})", self.0.source)
    }
}

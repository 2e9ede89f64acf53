use super::Failed;
use super::table::say;

/// `hms schema`: the JSON Schema of definitions on standard output.
pub(super) fn run() -> Result<(), Failed> {
    let schema = serde_json::to_string_pretty(&hms_engine::schema())?;
    say(&format!("{schema}\n"));
    Ok(())
}

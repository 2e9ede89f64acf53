//! Which case has a file.

use hms_engine::Run;
use serde_json::Value;
use uuid::Uuid;

use crate::store::{FileRow, Shelf, StoreError};

/// Whether a run has a file: it names it (or this `also` of a task of it does), and the file belongs to
/// it or to the run that called it, however far up. To name one is not enough, or whoever can guess an
/// id could have the file.
pub async fn is_of_run(
    shelf: &dyn Shelf,
    file: &FileRow,
    run: &Run,
    also: &[&Value],
) -> Result<bool, StoreError> {
    let id = file.file.file;
    let named = names(&run.payload, id)
        || run.results.values().any(|result| names(result, id))
        || also.iter().any(|value| names(value, id));
    let Some(owner) = file.run_id.filter(|_| named) else {
        return Ok(false);
    };
    let (mut at, mut parent, mut depth) = (run.id, run.parent, run.depth);
    while at != owner {
        let Some(above) = parent.filter(|_| depth > 0) else {
            return Ok(false);
        };
        // As many questions as runs are nested, which is bounded where they are called.
        let Some(row) = shelf.run(above).await? else {
            return Ok(false);
        };
        (at, parent, depth) = (above, row.run.parent, row.run.depth);
    }
    Ok(true)
}

/// Whether a value has a file of this id in it.
fn names(value: &Value, id: Uuid) -> bool {
    match value {
        Value::Object(members) => {
            let own = members.get("file").and_then(Value::as_str);
            own.and_then(|text| text.parse::<Uuid>().ok()) == Some(id)
                || members.values().any(|member| names(member, id))
        }
        Value::Array(items) => items.iter().any(|item| names(item, id)),
        _ => false,
    }
}

use uuid::Uuid;

use super::super::problem::{Kind, Problem};
use crate::orchestrator::Refusal;
use crate::store::{RunRow, Shelf};

/// Why there is no such run: it was moved out into a file, or never was.
pub(super) async fn not_here(shelf: &dyn Shelf, id: Uuid) -> Problem {
    let moved = match shelf.moved_out(id).await {
        Ok(Some(moved)) => moved,
        Ok(None) => return Refusal::UnknownRun(id).into(),
        Err(error) => return error.into(),
    };
    let file = moved.file;
    let detail = format!(
        "The run {id} ended long ago and was moved out into {file} in the folder of archives. \
         `hms audit export {id} --archive DIR` takes it out of there."
    );
    let problem = Problem::new(Kind::Archived, detail).with("archive", file);
    match moved.closed {
        Some(day) => problem.with("closed", day),
        None => problem,
    }
}

/// What came of an order to a run; why the run is not here, when it is not.
pub(super) async fn ordered(
    shelf: &dyn Shelf,
    done: Result<RunRow, Refusal>,
) -> Result<RunRow, Problem> {
    match done {
        Err(Refusal::UnknownRun(id)) => Err(not_here(shelf, id).await),
        done => Ok(done?),
    }
}

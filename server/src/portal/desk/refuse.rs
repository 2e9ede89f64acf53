use hms_app::agency::Refused;

use crate::orchestrator::Refusal;
use crate::store::StoreError;

/// The store did not answer: logged here, told as "not now".
pub(super) fn store(error: StoreError) -> Refused {
    tracing::warn!(%error, "the store did not answer a page");
    match error {
        StoreError::Unknown(_) => Refused::NotKnown,
        _ => Refused::NotNow,
    }
}

/// A refusal that has no answer of its own for people.
pub(super) fn other(refusal: Refusal) -> Refused {
    match refusal {
        Refusal::UnknownTask(_) | Refusal::UnknownRun(_) => Refused::NotFound,
        Refusal::Overloaded | Refusal::Unavailable(_) => {
            tracing::warn!(%refusal, "the orchestrator could not do what a page asked");
            Refused::NotNow
        }
        Refusal::NotKnown => {
            tracing::warn!(%refusal, "what a page asked may have been done or not");
            Refused::NotKnown
        }
        refusal => {
            tracing::error!(%refusal, "the orchestrator refused what a page may ask");
            Refused::NotNow
        }
    }
}

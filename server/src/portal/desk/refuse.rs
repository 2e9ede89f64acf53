use hms_app::agency::Refused;

pub(super) use crate::identity::not_now as store;
use crate::orchestrator::Refusal;

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

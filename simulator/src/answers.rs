//! What is answered to what was asked.

use hms_server::orchestrator::{Emitted, Moved, Refusal};
use hms_server::store::TaskRow;
use tokio::sync::oneshot;

/// What was answered; nothing when the answer was lost or nothing was done.
#[derive(Debug)]
pub(crate) enum Answer {
    Emit(Vec<Result<Emitted, Refusal>>),
    Tasks(Vec<Result<TaskRow, Refusal>>),
    Lease(Vec<TaskRow>),
    Run(Result<(), Refusal>),
    Migrate(Vec<Result<Moved, Refusal>>),
    Nothing,
}

/// Where an answer comes.
pub(crate) enum Waiting {
    Emit(oneshot::Receiver<Vec<Result<Emitted, Refusal>>>),
    Tasks(oneshot::Receiver<Vec<Result<TaskRow, Refusal>>>),
    Lease(oneshot::Receiver<Result<Vec<TaskRow>, Refusal>>),
    Run(oneshot::Receiver<Result<(), Refusal>>),
    Migrate(oneshot::Receiver<Vec<Result<Moved, Refusal>>>),
}

impl Waiting {
    /// What has been answered by now. That the store was out of reach is no answer.
    pub(crate) fn answer(self) -> Answer {
        let out_of_reach = |refusal: &Refusal| matches!(refusal, Refusal::Unavailable(_));
        match self {
            Waiting::Emit(mut waiting) => match waiting.try_recv() {
                Ok(all) if all.iter().any(|one| one.as_ref().is_err_and(out_of_reach)) => {
                    Answer::Nothing
                }
                Ok(all) => Answer::Emit(all),
                Err(_) => Answer::Nothing,
            },
            Waiting::Tasks(mut waiting) => match waiting.try_recv() {
                Ok(all) if all.iter().any(|one| one.as_ref().is_err_and(out_of_reach)) => {
                    Answer::Nothing
                }
                Ok(all) => Answer::Tasks(all),
                Err(_) => Answer::Nothing,
            },
            Waiting::Lease(mut waiting) => match waiting.try_recv() {
                Ok(Ok(leased)) => Answer::Lease(leased),
                _ => Answer::Nothing,
            },
            Waiting::Migrate(mut waiting) => match waiting.try_recv() {
                Ok(all) if all.iter().any(|one| one.as_ref().is_err_and(out_of_reach)) => {
                    Answer::Nothing
                }
                Ok(all) => Answer::Migrate(all),
                Err(_) => Answer::Nothing,
            },
            Waiting::Run(mut waiting) => match waiting.try_recv() {
                Ok(Err(refusal)) if out_of_reach(&refusal) => Answer::Nothing,
                Ok(done) => Answer::Run(done),
                Err(_) => Answer::Nothing,
            },
        }
    }
}

use crate::{Command, Effect, Rejected, Run, Time, Workflow};

/// Steps a run: applies one command at one moment. Either the run changes and the effects say what
/// must be written, or it is refused and the run is exactly as before.
pub fn step(
    _workflow: &Workflow,
    _run: &mut Run,
    _command: &Command,
    _now: Time,
) -> Result<Vec<Effect>, Rejected> {
    unimplemented!("the engine's helper writes this")
}

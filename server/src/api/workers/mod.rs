mod heartbeat;
mod list;

pub(super) use heartbeat::heartbeat;
pub(super) use list::list;

mod clock;
mod complete;
mod complete_many;
mod fail;
mod get;
mod list;
mod order;

pub(super) use clock::{extend, pause, resume};
pub(super) use complete::complete;
pub(super) use complete_many::complete_many;
pub(super) use fail::fail;
pub(super) use get::get;
pub(super) use list::list;
pub(super) use order::{claim, heartbeat, release};

use std::time::Duration;

/// How long a lease holds when a heartbeat does not say.
const LEASE: Duration = Duration::from_secs(60);
/// The shortest and the longest lease.
const LEASES: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(24 * 3600));

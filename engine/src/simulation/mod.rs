//! Workflows played through on a virtual clock: the very engine, with scripted events, workers and
//! people. A month takes a moment, and the same script always gives the same timeline.

mod intervene;
mod script;
mod standing;
mod tell;
mod timeline;
mod world;

pub use script::{Answer, Incoming, Intervention, Ordered, Says, Script, Whom};
pub use timeline::{Happened, PlayedRun, Timeline, What};
pub use world::simulate;

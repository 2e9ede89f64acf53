//! The heart of HMS: workflow definitions and the state machine of a run.
//!
//! Pure by rule: no clock, no I/O, no randomness, no async. Time comes in with each command, and
//! every id is derived from the run's own id, so the same history always gives the same state.
//!
//! ```text
//! Calendar::parse(text) -> Result<Calendar, Vec<Diagnostic>>
//! Workflow::parse_with(text, &Calendars) -> Result<Parsed, Vec<Diagnostic>>
//! step(&Workflow, &mut Run, &Command, now) -> Result<Vec<Effect>, Rejected>
//! migrate(&from, &to, &mut Run, &Command, now) -> Result<Vec<Effect>, Rejected>
//! ```

mod actor;
mod awaits;
mod calendar;
mod changes;
mod clock;
mod command;
mod definition;
mod diagnostic;
pub mod diagram;
mod effect;
mod expression;
mod form;
mod json_schema;
mod keep;
mod machine;
mod migration;
mod portal;
mod rebind;
mod recount;
mod results;
mod retention;
mod run;
pub mod simulation;
mod sla;
mod task;
mod template;
mod text;
mod waiting;
mod ways;
mod workflow;

pub use actor::{Actor, ActorKind, ActorPattern, BadActor};
pub use awaits::ANY_ADDRESS;
pub use calendar::{Calendar, Calendars, Holiday, HolidayRule, Nth, Observed};
pub use changes::Changes;
pub use clock::{Accept, Clock, ClockState, LedgerLine, LedgerWhat, Reading, Stop};
pub use command::{Command, Order, Rejected};
pub use definition::{CODES, duration_ms, nearest, plain_value, schema};
pub use diagnostic::{Diagnostic, Level, Place};
pub use effect::{About, Effect, Entry, EntryKind, Recipient};
pub use expression::Expression;
pub use form::{Answers, FieldFault, Form, FormField};
pub use json_schema::{Schema, SchemaFault};
pub use keep::Keep;
pub(crate) use machine::{ADDED_MAX, CALL_DEPTH_MAX};
pub use machine::{migrate, step};
pub use migration::{MapFault, Obstacle, ObstacleKind, StepMap};
pub use portal::{Portal, PortalPage};
pub use recount::{Moment, Move, Recount, Standing};
pub use results::Results;
pub use retention::{PersonalKept, Retention};
pub use run::{
    Call, Incident, IncidentKind, Inside, KeptEvent, ListState, Part, Run, RunStatus, Timer,
    TimerKind, Under,
};
pub use sla::{Budget, Measure, Rung, Sla};
pub use task::{Priority, Task, TaskStatus};
pub use template::Template;
pub use text::Text;
pub use waiting::WaitsFor;
pub use ways::{Way, WayBy};
pub use workflow::{
    CallStep, END, EndStep, ForeachStep, List, Next, ParallelStep, Parsed, Retry, Step, StepKind,
    SwitchBy, SwitchStep, TaskStep, Timeout, WaitFor, WaitStep, Workflow,
};

/// A moment of workflow time, in UTC, whole milliseconds.
pub type Time = chrono::DateTime<chrono::Utc>;

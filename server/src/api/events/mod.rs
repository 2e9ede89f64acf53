mod emit;
mod emit_many;
mod message;
mod stands;

pub(super) use emit::emit;
pub(super) use emit_many::{emit_many, items_of};

/// Longest name of an event, in bytes.
pub(super) const NAME_BYTES_MAX: usize = 200;
/// Longest `source` and longest `id` of a sender, in bytes.
pub(super) const EXTERNAL_BYTES_MAX: usize = 400;

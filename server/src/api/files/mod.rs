mod get;
mod hand_in;

pub(super) use get::get;
pub(super) use hand_in::hand_in;

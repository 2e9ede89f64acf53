//! The pages, one file each.

pub(crate) mod account;
pub(crate) mod add;
pub(crate) mod admin;
pub(crate) mod find;
mod home;
pub(crate) mod inbox;
mod moved_out;
pub(crate) mod not_found;
pub(crate) mod password;
pub(crate) mod report;
pub(crate) mod sign_in;
pub(crate) mod status;
pub(crate) mod task;

pub(crate) use home::Home;

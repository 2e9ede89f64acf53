//! Files that people and programs hand in: what is taken, how long it waits for a case, who may have it.
//!
//! What a file is, its bytes say and not whoever sent it. It is given out as it came in, by its
//! SHA-256, as something to be saved and never as a page.

mod cabinet;
mod holds;
mod name;
mod reach;

pub use cabinet::{Cabinet, NotKept};
pub use holds::media_of;
pub use name::{attachment, clean_name};
pub use reach::is_of_run;

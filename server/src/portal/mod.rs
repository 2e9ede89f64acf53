//! The portal: the Leptos pages, their assets, and what a plain form post does.

mod assets;
mod guard;
mod posts;
mod shell;
mod site;

pub use assets::Assets;
pub use site::site;

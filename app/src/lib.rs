//! The Leptos application: pages, server functions, and the types that browser and server share.
//!
//! It knows the server only as the trait [`agency::Agency`], handed to it through Leptos context.

// The types of nested views are deep.
#![recursion_limit = "512"]

pub mod agency;
pub mod application;
mod browser;
pub mod draft;
// The server macro makes a struct of each function's arguments; the function says what they are.
#[allow(missing_docs)]
pub mod functions;
pub mod journey;
pub mod live;
// The component macro writes `pub` structs, whatever the component's own reach.
#[allow(unreachable_pub)]
mod pages;
#[allow(unreachable_pub)]
mod parts;
pub mod posted;
pub mod views;
pub mod words;

pub use application::App;

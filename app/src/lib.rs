//! The Leptos application: pages, server functions, and the types that browser and server share.
//!
//! It knows the server only as the trait [`agency::Agency`], handed to it through Leptos context.

pub mod agency;
pub mod live;
pub mod views;

//! The portal: the Leptos pages, their assets, what a plain form post does, what the pages may ask
//! of the server, and the live sockets.

pub mod access;
mod assets;
mod audit_csv;
mod broken;
mod case;
mod csv;
mod desk;
mod files;
mod guard;
mod host_cookies;
mod live;
mod multipart;
mod plain;
mod posts;
mod room;
mod shell;
mod site;

pub use assets::Assets;
pub use csv::csv;
pub use desk::Desk;
pub use files::files;
pub use host_cookies::host_cookies;
pub use live::live;
pub use site::{pages, site};

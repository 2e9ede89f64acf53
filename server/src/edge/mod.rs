//! The edge: where connections come in, and what holds for every request and every answer, of the pages and
//! of the API alike.
//!
//! [`serve`] takes connections, bounded in number and in what they may take their time for. [`around`] puts
//! the rest around a router: who really asks ([`Proxies`]), under which id, and the headers that keep a
//! browser from doing what nobody meant.

mod around;
mod body;
mod connections;
mod crowd;
mod harden;
mod hosts;
mod line;
mod network;
mod own_site;
mod proxies;
mod request;
mod tls;

pub use around::around;
pub use connections::{Limits, serve};
pub use crowd::Crowd;
pub use hosts::{Hosts, only_as};
pub use network::{Network, neighbourhood};
pub use own_site::{Asked, asked};
pub use proxies::{Came, Proxies, ProxyHeader};
pub use request::{Peer, address, counted_as, encrypted, id};
pub use tls::{BadTls, Tls};

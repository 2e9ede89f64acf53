//! A workflow as a picture: Mermaid text, or an SVG laid out here. Pure like the rest: the command
//! line writes it to a file, the pages show it.
//!
//! A list of steps becomes a graph ([`graph`]), the graph is put into layers ([`layers`]), the layers
//! get their places ([`places`]), and what is placed is drawn ([`draw`]). Lists in lists are laid out
//! first and stand as boxes in the list around.

mod draw;
mod graph;
mod layers;
mod mermaid;
mod placed;
mod places;
#[cfg(test)]
mod tests;
mod words;

use std::collections::BTreeMap;

pub use draw::svg;
pub use mermaid::mermaid;

/// How a workflow is to be drawn.
#[derive(Debug, Clone, Copy)]
pub struct Look<'a> {
    /// The language of the titles.
    pub language: &'a str,
    /// How many tasks are open at each step, by its id; shown where there are any.
    pub open: &'a BTreeMap<String, u64>,
    /// The steps to point out, by id: where a run stands.
    pub here: &'a [&'a str],
    /// Whether it stands alone and brings its own style, in light and dark. Where it does not, the
    /// page has the style: a strict content security policy allows none inside.
    pub alone: bool,
}

//! The real program on free ports: the main job over HTTP, starting, stopping, and being killed.

mod kill;
mod story;
mod support;

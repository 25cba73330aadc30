//! Funnels: the graph that contacts travel, what is wrong with one, and where an enrollment goes next.

pub mod advance;
pub mod file;
pub mod graph;
mod paths;
mod split;
pub mod validate;
mod wait;

pub use advance::{Advance, AdvanceError, Effect, advance, after, chances, enter};
pub use graph::{Action, Edge, Graph, Node, start};
pub(crate) use split::chance;
pub use split::{Variant, pick};
pub use validate::{Problem, Severity, validate, validate_for};
pub use wait::Wait;

#[cfg(test)]
pub(crate) mod tests;

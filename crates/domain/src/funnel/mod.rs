//! Funnels: the graph that contacts travel, what is wrong with one, and where an enrollment goes next.

pub mod advance;
pub mod graph;
mod paths;
pub mod validate;

pub use advance::{Advance, AdvanceError, Effect, advance, after, enter};
pub use graph::{Action, Edge, Graph, Node, start};
pub use validate::{Problem, Severity, validate, validate_for};

#[cfg(test)]
mod tests;

//! Funnels: the graph that contacts travel, what is wrong with one, and where an enrollment goes next.

pub mod advance;
pub mod change;
pub mod file;
pub mod graph;
mod paths;
mod split;
mod task;
mod update;
pub mod validate;
mod wait;

pub use advance::{Advance, AdvanceError, Effect, advance, after, chances, enter, variants};
pub use change::{Change, Fate, Proposal, compare, proposal, returns, successor};
pub use graph::{Action, ChatText, Edge, Graph, Node, WhatsappText, Written, start};
pub(crate) use split::chance;
pub use split::{Variant, Winner, pick, usual_answers};
pub use task::{Closed, Task, TaskKind, TaskOutcome};
pub use update::{Changes, SETTABLE, Update};
pub use validate::{Custom, Hook, Known, NOT_CONNECTED, Problem, Severity, validate, validate_in};
pub use wait::{Otherwise, Wait};

#[cfg(test)]
pub(crate) mod tests;

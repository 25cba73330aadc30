//! placeholder
pub mod run;
pub fn tools() -> Vec<crate::tool::Tool> { vec![] }

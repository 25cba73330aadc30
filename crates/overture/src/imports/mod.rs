//! placeholder
pub mod reader;
pub mod run;
pub mod sniff;
pub mod source;
pub fn tools() -> Vec<crate::tool::Tool> { vec![] }

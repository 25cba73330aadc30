//! overture
fn main() {}

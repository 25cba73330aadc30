//! Compiles the web UI into the binary anew whenever it was built anew.
//!
//! The derive that embeds it makes the compiler watch the files that it found, so a first build without any
//! would never notice the ones that come later. Cargo watches the folder instead. Nothing is built here.

use std::path::Path;

fn main() {
    let dist = Path::new("../../web/dist");
    // Cargo takes a folder that is not there for one that changed, and would compile this crate at every
    // call until the UI is built. Where the sources cannot be written, that is all that happens.
    if let Err(error) = std::fs::create_dir_all(dist) {
        println!("cargo:warning=cannot create {}: {error}", dist.display());
    }
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed={}", dist.display());
}

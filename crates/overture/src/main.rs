//! The one binary.

use clap::Parser;
use mimalloc::MiMalloc;

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// `mi_option_purge_delay` of `mimalloc.h`: for how many milliseconds freed memory is kept from the system. The crate has
/// no name for it.
const PURGE_DELAY: libmimalloc_sys::mi_option_t = 15;

fn main() -> std::process::ExitCode {
    give_back_soon();
    overture::cli::run(overture::cli::Cli::parse())
}

/// What is freed goes back to the system at once. Imports and campaigns work in large blocks that
/// one thread makes and another one frees, and would hold a third more than they use.
#[expect(unsafe_code, reason = "options of the allocator have no safe wrapper")]
fn give_back_soon() {
    // SAFETY: an option may be set at any time; it is an atomic number.
    unsafe { libmimalloc_sys::mi_option_set(PURGE_DELAY, 0) };
}

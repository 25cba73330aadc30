//! See `readers.rs`.

#![no_main]

#[expect(dead_code, reason = "the other readers have programs of their own")]
#[path = "../readers.rs"]
mod readers;

libfuzzer_sys::fuzz_target!(|data: &[u8]| readers::tiktok_events(data));

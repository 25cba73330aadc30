//! The readers of mails and webhooks over their seeds, and over everything that is bent from them: what the programs in
//! `fuzz/` do for as long as one likes, in a few seconds and the same each time.

#[path = "../../../../fuzz/bend.rs"]
mod bend;
#[path = "../../../../fuzz/readers.rs"]
mod readers;

use std::{
    fs,
    panic::{self, AssertUnwindSafe},
    path::{Path, PathBuf},
    sync::atomic::{AtomicUsize, Ordering},
};

static PANICS: AtomicUsize = AtomicUsize::new(0);

fn seeds(reader: &str) -> Vec<PathBuf> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = match reader {
        "mail" => here.join("tests/fixtures"),
        other => here.join("../../fuzz/seeds").join(other),
    };
    let files = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    let mut seeds: Vec<PathBuf> =
        files.filter(|path| reader != "mail" || path.extension().is_some_and(|end| end == "eml")).collect();
    seeds.sort();
    assert!(!seeds.is_empty(), "{folder:?} has no seeds");
    seeds
}

/// Whatever is bent, it is read to its end, the same each time, and into what can be stored.
fn reads_all(name: &str) {
    // Some readers catch the panics of libraries below them; here they count as failures all the same.
    let usual = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        PANICS.fetch_add(1, Ordering::SeqCst);
        usual(info);
    }));
    let (_, read) = readers::ALL.iter().find(|(reader, _)| *reader == name).unwrap();
    let (mut wrong, mut tried) = (Vec::new(), 0);
    for path in seeds(name) {
        for (way, bytes) in bend::all(&fs::read(&path).unwrap()) {
            let before = PANICS.load(Ordering::SeqCst);
            let ended = panic::catch_unwind(AssertUnwindSafe(|| read(&bytes)));
            if ended.is_err() || PANICS.load(Ordering::SeqCst) > before {
                wrong.push(format!("{}: {way}", path.display()));
            }
            tried += 1;
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(tried >= 100, "{tried}");
}

macro_rules! each {
    ($($test:ident: $name:literal),+ $(,)?) => {
        $(#[test]
        fn $test() {
            reads_all($name);
        })+
    };
}

each! {
    bent_mails_are_read_to_their_end: "mail",
    bent_forms_of_twilio_are_read_to_their_end: "twilio",
    bent_webhooks_of_whatsapp_are_read_to_their_end: "whatsapp",
    bent_webhooks_of_messenger_are_read_to_their_end: "messenger",
    bent_webhooks_of_tiktok_are_read_to_their_end: "tiktok",
    bent_postbacks_of_slybroadcast_are_read_to_their_end: "slybroadcast",
    bent_hooks_of_bonzo_are_read_to_their_end: "bonzo",
}

#[test]
fn every_reader_is_tried_and_has_a_program() {
    let programs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/fuzz_targets");
    for (name, _) in readers::ALL {
        assert!(programs.join(format!("{name}.rs")).exists(), "{name}");
    }
    assert_eq!(readers::ALL.len(), 7, "a new reader needs a line above");
}

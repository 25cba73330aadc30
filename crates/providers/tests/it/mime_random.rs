//! Whatever the bytes are, reading them ends without a panic, and the same bytes read the same.

use proptest::prelude::*;
use providers::{Inbound, mime::parse};
use std::sync::atomic::{AtomicUsize, Ordering};

const MAILS: &[&[u8]] = &[
    include_bytes!("../fixtures/reply_gmail.eml"),
    include_bytes!("../fixtures/reply_html_only.eml"),
    include_bytes!("../fixtures/out_of_office.eml"),
    include_bytes!("../fixtures/bounce_failed.eml"),
    include_bytes!("../fixtures/bounce_delayed.eml"),
    include_bytes!("../fixtures/bounce_exim.eml"),
    include_bytes!("../fixtures/complaint.eml"),
    include_bytes!("../fixtures/complaint_redacted.eml"),
    include_bytes!("../fixtures/attachments.eml"),
];

/// `parse` catches panics of the library below it; here they count as failures all the same.
fn read(raw: &[u8]) -> Result<(), TestCaseError> {
    static PANICS: AtomicUsize = AtomicUsize::new(0);
    static HOOK: std::sync::Once = std::sync::Once::new();
    HOOK.call_once(|| {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            PANICS.fetch_add(1, Ordering::SeqCst);
            usual(info);
        }));
    });
    let before = PANICS.load(Ordering::SeqCst);
    let read = parse(raw);
    prop_assert_eq!(PANICS.load(Ordering::SeqCst), before);
    prop_assert_eq!(&read, &parse(raw));
    for inbound in read.into_iter().flatten() {
        if let Inbound::Message(message) = inbound {
            prop_assert!(!message.provider_message_id.is_empty());
            let shown = [&message.text, &message.text_full, &message.from];
            let hidden = shown.iter().any(|text| text.contains(['\0', '\u{202e}', '\u{200b}']));
            prop_assert!(!hidden);
            prop_assert!(!message.html.is_some_and(|html| html.contains('\0')));
        }
    }
    Ok(())
}

fn mail() -> impl Strategy<Value = Vec<u8>> {
    prop::sample::select(MAILS).prop_map(<[u8]>::to_vec)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(256) })]

    #[test]
    fn random_bytes(raw in prop::collection::vec(any::<u8>(), 0..2_000)) {
        read(&raw)?;
    }

    #[test]
    fn truncated_mails(raw in mail(), at in any::<prop::sample::Index>()) {
        read(&raw[..at.index(raw.len() + 1)])?;
    }

    #[test]
    fn mutated_mails(mut raw in mail(), edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..40)) {
        for (at, byte) in edits {
            let at = at.index(raw.len());
            raw[at] = byte;
        }
        read(&raw)?;
    }

    #[test]
    fn shuffled_lines(raw in mail(), picks in prop::collection::vec(any::<prop::sample::Index>(), 1..200)) {
        let lines: Vec<&[u8]> = raw.split_inclusive(|byte| *byte == b'\n').collect();
        let mixed: Vec<u8> = picks.iter().flat_map(|pick| pick.get(&lines).to_vec()).collect();
        read(&mixed)?;
    }

    #[test]
    fn words_of_mime(words in prop::collection::vec(prop::sample::select(WORDS), 0..60)) {
        read(words.concat().as_bytes())?;
    }
}

const WORDS: &[&str] = &[
    "From: a@b\n",
    "From: <\n",
    "To: \"",
    "Subject: =?utf-8?B?",
    "?=",
    "=?utf-8?Q?=",
    "Content-Type: ",
    "multipart/mixed",
    "multipart/report",
    "message/rfc822",
    "message/delivery-status",
    "text/html",
    "text/plain",
    "; boundary=",
    "; boundary=\"",
    "b",
    "\"",
    "; charset=utf-7",
    "; charset=iso-2022-jp",
    "; boundary*0*=x",
    "\n",
    "\r\n",
    "\n\n",
    "--b\n",
    "--b--\n",
    "--",
    "Content-Transfer-Encoding: base64\n",
    "Content-Transfer-Encoding: quoted-printable\n",
    "AAAA",
    "=",
    "=\n",
    "\u{e0041}",
    "Date: Mon, 31 Feb 99999 25:61:61 +9999\n",
    "Message-ID: <",
    ">",
    "<",
    "@",
    "References: ",
    "Action: failed\n",
    "Status: 5.",
    "Final-Recipient: rfc822;",
    "\t",
    " ",
    ":",
    ";",
    ",",
    "(",
    ")",
    "&#x110000;",
    "<style>",
    "<!--",
    "&amp",
    "> q\n",
    "wrote:\n",
];

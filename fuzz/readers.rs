//! What strangers' bytes meet first: the readers of mails and webhooks, each as a function that ends the program where a
//! reader panics, reads the same bytes in two ways, or lets through what no database takes. The programs beside this
//! file run them for as long as one likes, a test of `providers` runs them over the seeds and what is bent from them.

use providers::{Fail, Inbound, bonzo, messenger, mime, slybroadcast, tiktok, twilio, whatsapp};

/// A name, and what reads.
pub type Reader = (&'static str, fn(&[u8]));

/// All of them.
pub const ALL: &[Reader] = &[
    ("mail", mail),
    ("twilio", twilio_forms),
    ("whatsapp", whatsapp_events),
    ("messenger", messenger_events),
    ("tiktok", tiktok_events),
    ("slybroadcast", slybroadcast_forms),
    ("bonzo", bonzo_events),
];

type Read = Result<Vec<Inbound>, Fail>;

fn agrees(first: &Read, second: &Read) {
    assert_eq!(first, second, "the same bytes read in two ways");
    match first {
        Err(fail) => assert!(!fail.message.trim().is_empty(), "a refusal says why"),
        Ok(all) => all.iter().for_each(is_storable),
    }
}

/// PostgreSQL takes no NUL in a text.
fn is_storable(inbound: &Inbound) {
    if let Inbound::Message(message) = inbound {
        assert!(!message.provider_message_id.is_empty(), "a message has an id");
    }
    assert!(!format!("{inbound:?}").contains("\\0"), "{inbound:?}");
}

/// Mails, bounces (RFC 3464) and complaints (RFC 5965).
pub fn mail(data: &[u8]) {
    agrees(&mime::parse(data), &mime::parse(data));
}

fn form(data: &[u8]) -> Vec<(String, String)> {
    let text = String::from_utf8_lossy(data);
    let pairs = text.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    pairs.map(|(name, value)| (unescaped(name), unescaped(value))).collect()
}

/// As a form is read: `+` is a blank, `%41` is an A.
fn unescaped(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let code = after.get(..2).and_then(|two| std::str::from_utf8(two).ok());
        let code = code.and_then(|two| u8::from_str_radix(two, 16).ok()).filter(|_| *first == b'%');
        bytes.push(code.unwrap_or(if *first == b'+' { b' ' } else { *first }));
        rest = after.get(if code.is_some() { 2 } else { 0 }..).unwrap_or_default();
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Texts that came in, and news of ours.
pub fn twilio_forms(data: &[u8]) {
    let params = form(data);
    agrees(&twilio::inbound(&params), &twilio::inbound(&params));
    agrees(&twilio::status(&params, Some("msg_1")), &twilio::status(&params, Some("msg_1")));
}

/// Webhooks of WhatsApp, whole and taken apart.
pub fn whatsapp_events(data: &[u8]) {
    let ours = "+12025550181";
    agrees(&whatsapp::parse(data, ours), &whatsapp::parse(data, ours));
    whatsapp::numbers(data);
    for part in whatsapp::split(data, ours) {
        agrees(&whatsapp::parse(&part.body, ours), &whatsapp::parse(&part.body, ours));
    }
}

/// Webhooks of Messenger, whole and taken apart.
pub fn messenger_events(data: &[u8]) {
    let ours = "104310000000001";
    agrees(&messenger::parse(data, ours), &messenger::parse(data, ours));
    messenger::pages(data);
    for part in messenger::split(data, ours) {
        agrees(&messenger::parse(&part.body, ours), &messenger::parse(&part.body, ours));
    }
}

/// Webhooks of TikTok.
pub fn tiktok_events(data: &[u8]) {
    tiktok::account(data);
    agrees(&tiktok::parse(data, "biz-123"), &tiktok::parse(data, "biz-123"));
}

/// Postbacks of Slybroadcast, in both forms.
pub fn slybroadcast_forms(data: &[u8]) {
    let params = form(data);
    slybroadcast::phone(&params);
    agrees(&slybroadcast::parse(&params, Some("msg_1")), &slybroadcast::parse(&params, Some("msg_1")));
}

/// Event hooks of Bonzo.
pub fn bonzo_events(data: &[u8]) {
    bonzo::phone(data);
    agrees(&bonzo::parse(data, "digest"), &bonzo::parse(data, "digest"));
}

//! Mails as they come: answers, robots, bounces, complaints, and wrecks.

use providers::{Bounce, Class, Inbound, InboundMessage, mime::parse};
use std::time::{Duration, Instant};

macro_rules! fixture {
    ($name:literal) => {
        include_bytes!(concat!("../fixtures/", $name))
    };
}

const OURS: &str = "msg_01jd0m5s7x8y9z0a1b2c3d4e5f";

/// Reads it with both kinds of line ends, which must not make a difference.
fn read(raw: &[u8]) -> Vec<Inbound> {
    let with_crlf = String::from_utf8_lossy(raw).replace('\n', "\r\n");
    let (lf, crlf) = (parse(raw).unwrap(), parse(with_crlf.as_bytes()).unwrap());
    assert_eq!(lf.len(), crlf.len());
    lf
}

fn message(raw: &[u8]) -> InboundMessage {
    match read(raw).remove(0) {
        Inbound::Message(message) => message,
        other => panic!("{other:?}"),
    }
}

fn bounces(raw: &[u8]) -> Vec<Bounce> {
    let one = |inbound| match inbound {
        Inbound::Bounce(bounce) => bounce,
        other => panic!("{other:?}"),
    };
    read(raw).into_iter().map(one).collect()
}

#[test]
fn an_answer() {
    let mail = message(fixture!("reply_gmail.eml"));
    assert_eq!(mail.text, "Yes, I will be there! ✓");
    assert!(mail.text_full.contains("> are you coming?"));
    assert!(mail.html.unwrap().contains("✓</div>"));
    assert_eq!((mail.from.as_str(), mail.from_name.as_deref()), ("ada@people.example", Some("Ada Lovelacé")));
    let inbox = format!("inbox+r-{OURS}@overture.example");
    assert_eq!(mail.to, [inbox.as_str(), "bob@people.example", "rita@overture.example"]);
    assert_eq!(mail.our_tag.as_deref(), Some(OURS));
    assert_eq!(mail.provider_message_id, "CAF-reply-1@mail.people.example");
    assert_eq!(mail.in_reply_to.unwrap(), format!("{OURS}@overture.example"));
    assert_eq!(mail.references, ["first@overture.example".to_owned(), format!("{OURS}@overture.example")]);
    assert_eq!(mail.date_ms, Some(1_770_024_600_000));
    assert_eq!((mail.auto_submitted, mail.precedence, mail.attachments), (None, None, 0));
    assert_eq!(mail.subject.as_deref(), Some("Re: A question"));
}

#[test]
fn html_alone_becomes_text() {
    let mail = message(fixture!("reply_html_only.eml"));
    assert_eq!(
        mail.text.split_whitespace().collect::<Vec<_>>().join(" "),
        "No thanks, I am not interested. Bob"
    );
    assert_eq!(mail.subject.as_deref(), Some("Grüße"));
    assert!(mail.html.is_some());
}

#[test]
fn a_robot_says_that_it_is_one() {
    let mail = message(fixture!("out_of_office.eml"));
    assert_eq!(mail.auto_submitted.as_deref(), Some("auto-replied"));
    assert_eq!(mail.header("Auto-Submitted"), Some("auto-replied"));
    assert_eq!(mail.header("precedence"), Some("bulk"));
    assert_eq!(mail.header("Return-Path"), Some("<>"));
    assert_eq!(mail.header("x-auto-response-suppress"), Some("All"));
    assert_eq!(mail.header("x-autoreply"), Some("yes"));
    assert_eq!(mail.our_tag.as_deref(), Some(OURS), "it answers to the bounce address");
}

#[test]
fn a_bounce_per_recipient() {
    let all = bounces(fixture!("bounce_failed.eml"));
    let [unknown, full] = all.as_slice() else { panic!("{all:?}") };
    assert_eq!(unknown.recipient, "nobody@people.example");
    assert_eq!(
        (unknown.code.as_deref(), unknown.class, unknown.permanent),
        (Some("5.1.1"), Class::BadRecipient, true)
    );
    assert_eq!(
        unknown.diagnostic.as_deref(),
        Some("550 5.1.1 <nobody@people.example>: Recipient address rejected: User unknown")
    );
    assert_eq!(unknown.rfc_message_id.as_deref(), Some(format!("{OURS}@overture.example").as_str()));
    assert_eq!((unknown.our_tag.as_deref(), unknown.envelope_id.as_deref()), (Some(OURS), Some(OURS)));
    assert_eq!(unknown.provider_message_id, "dsn-1@mx.people.example");
    assert_eq!((full.recipient.as_str(), full.code.as_deref()), ("full@people.example", Some("5.2.2")));
    assert_eq!((full.class, full.permanent), (Class::Permanent, true));
}

#[test]
fn a_delay_is_not_the_end() {
    let all = bounces(fixture!("bounce_delayed.eml"));
    let [late] = all.as_slice() else { panic!("{all:?}") };
    assert_eq!(
        (late.recipient.as_str(), late.permanent, late.class),
        ("slow@people.example", false, Class::Retry)
    );
    assert_eq!(late.rfc_message_id.as_deref(), Some("slow-1@overture.example"));
    let delivered =
        String::from_utf8_lossy(fixture!("bounce_failed.eml")).replace("Action: failed", "Action: delivered");
    assert!(matches!(read(delivered.as_bytes()).as_slice(), [] | [Inbound::Message(_)]));
}

#[test]
fn bounces_of_another_make() {
    let all = bounces(fixture!("bounce_exim.eml"));
    assert_eq!(
        all.iter().map(|b| b.recipient.as_str()).collect::<Vec<_>>(),
        ["gone@people.example", "gone2@people.example"]
    );
    assert_eq!((all[0].class, all[0].code.as_deref()), (Class::BadRecipient, Some("5.1.1")));
    assert_eq!(all[0].rfc_message_id.as_deref(), Some("msg_old@overture.example"));

    let empty = b"From: x@y\nMessage-ID: <e@y>\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\nsorry\n--b--\n";
    assert_eq!(bounces(empty).len(), 1, "a report without a readable report is still no answer");
}

#[test]
fn a_complaint_is_no_bounce_and_says_whose_mail_it_was() {
    let spam = read(fixture!("complaint.eml"));
    let [Inbound::Complaint(spam)] = spam.as_slice() else { panic!("{spam:?}") };
    assert_eq!((spam.recipient.as_str(), spam.kind.as_str()), ("ada@people.example", "abuse"));
    assert_eq!((spam.rfc_message_id.as_deref(), spam.is_opt_out), (Some("sent-1@overture.example"), false));

    // As large providers send it: only headers come back, and who complained is taken out.
    let redacted = read(fixture!("complaint_redacted.eml"));
    let [Inbound::Complaint(redacted)] = redacted.as_slice() else { panic!("{redacted:?}") };
    assert_eq!((redacted.our_tag.as_deref(), redacted.envelope_id.as_deref()), (Some(OURS), Some(OURS)));
    assert_eq!(redacted.rfc_message_id.as_deref(), Some(format!("{OURS}@overture.example").as_str()));

    let text = String::from_utf8_lossy(fixture!("complaint.eml")).into_owned();
    for (kind, expected) in [
        ("opt-out", Some(true)),
        ("FRAUD", Some(false)),
        ("not-spam", None),
        ("auth-failure", None),
        ("new-kind", Some(false)),
    ] {
        let found = read(text.replace("Feedback-Type: abuse", &format!("Feedback-Type: {kind}")).as_bytes());
        let told = found.iter().map(|one| match one {
            Inbound::Complaint(complaint) => complaint.is_opt_out,
            other => panic!("{other:?}"),
        });
        assert_eq!(told.collect::<Vec<_>>(), expected.into_iter().collect::<Vec<_>>(), "{kind}");
    }
}

#[test]
fn files_are_counted_and_not_read() {
    let mail = message(fixture!("attachments.eml"));
    assert_eq!((mail.text.as_str(), mail.attachments), ("See attached.", 3));
    assert_eq!(mail.from_name.as_deref(), Some("Lovelace, Ada"));
    assert!(mail.to.is_empty());
}

#[test]
fn wrecks_give_what_can_be_read() {
    let cases: &[(&str, &[u8], &str)] = &[
        ("lying charset", b"From: a@b\nContent-Type: text/plain; charset=utf-8\n\ncaf\xe9", "caf\u{fffd}"),
        ("unknown charset", b"From: a@b\nContent-Type: text/plain; charset=klingon\n\nhello", "hello"),
        ("utf-16 that is none", b"From: a@b\nContent-Type: text/plain; charset=utf-16\n\n", ""),
        ("no boundary parameter", b"From: a@b\nContent-Type: multipart/mixed\n\n--abcd\nContent-Type: text/plain\n\nhello\n--abcd--\n", "hello"),
        ("boundary that never comes", b"From: a@b\nContent-Type: multipart/mixed; boundary=zzz\n\nhello", "hello"),
        ("last boundary missing", b"From: a@b\nContent-Type: multipart/mixed; boundary=zzz\n\n--zzz\n\nhello", "hello"),
        ("part without headers", b"From: a@b\nContent-Type: multipart/mixed; boundary=z\n\n--z\n\nhello\n--z--", "hello"),
        ("bad quoted-printable", b"From: a@b\nContent-Transfer-Encoding: quoted-printable\n\nhe=llo =ZZ", "he=llo =ZZ"),
        ("duplicate headers", b"From: a@b\nSubject: 1\nSubject: 2\nFrom: c@d\nMessage-ID: <1@x>\nMessage-ID: <2@x>\n\nhello", "hello"),
        ("mbox line", b"From a@b Mon Feb  2 10:30:00 2026\nFrom: a@b\n\nhello", "hello"),
        ("invisible", "From: a@b\n\nhel\u{200b}lo\u{202e}\u{e0041}".as_bytes(), "hello"),
        ("NUL", b"From: a@b\n\nhel\0lo", "hello"),
        ("no body", b"From: a@b\n", ""),
    ];
    for (what, raw, expected) in cases {
        let Ok([Inbound::Message(mail)]) = parse(raw).map(|all| <[Inbound; 1]>::try_from(all).unwrap())
        else {
            panic!("{what}")
        };
        assert_eq!(mail.text, *expected, "{what}");
    }
    let bad = b"From: a@b\nContent-Transfer-Encoding: base64\n\n!!!! not base64 at all ????";
    assert!(parse(bad).is_ok());
}

#[test]
fn a_mail_without_an_id_or_a_sender_gets_the_same_name_each_time() {
    let raw = b"Subject: hi\n\nhello";
    let (one, two) = (message(raw), message(raw));
    assert!(
        one.provider_message_id.starts_with("sha256-")
            && one.provider_message_id.ends_with("@missing.invalid")
    );
    assert_eq!(one.provider_message_id, two.provider_message_id);
    assert_eq!((one.from.as_str(), one.date_ms), ("", None));
    let two_senders = message(b"From: a@b.example, c@d.example\nDate: 99 Foo 20266 99:99\n\nx");
    assert_eq!((two_senders.from.as_str(), two_senders.date_ms), ("a@b.example", None));
    let long = format!("From: {} <a@b.example>\n\nx", "n".repeat(10_000));
    assert_eq!(message(long.as_bytes()).from_name.unwrap().len(), 200);
}

#[test]
fn what_is_no_mail_or_too_large_is_refused() {
    for raw in [&b""[..], b"\n\n", b"hello world", &[0; 1000], b"\xff\xfe\x00"] {
        assert_eq!(parse(raw).unwrap_err().class, Class::Permanent);
    }
    let mut large = b"From: a@b\n\n".to_vec();
    large.resize(providers::mime::MAX_BYTES + 1, b'x');
    assert!(parse(&large).unwrap_err().message.contains("25 MB"));
}

/// Mails that are built to hurt: each must be over quickly, with what could be read before the limits.
#[test]
#[expect(clippy::disallowed_methods, reason = "a test that measures how long it takes")]
fn hostile_mails_cost_little() {
    let nested = (0..200).fold("From: a@b\n".to_owned(), |mail, level| {
        format!("{mail}Content-Type: multipart/mixed; boundary=b{level}x\n\n--b{level}x\nContent-Type: text/plain\n\nlevel {level}\n--b{level}x\n")
    });
    let wide = format!(
        "From: a@b\nContent-Type: multipart/mixed; boundary=z\n\n--z\n\nhello\n{}--z--",
        "--z\nContent-Type: application/x\n\nx\n".repeat(300_000)
    );
    let inside = format!("From: a@b\n{}", "Content-Type: message/rfc822\n\n".repeat(500_000));
    let digest =
        format!("From: a@b\n{}", "Content-Type: multipart/digest; boundary=b\n\n--b\n\n".repeat(200_000));
    let dashes =
        format!("From: a@b\nContent-Type: multipart/mixed; boundary=\"-\"\n\n{}", "-".repeat(5_000_000));
    let recipients = format!("From: a@b\nTo: {}\n\nhello", "x@y.example, ".repeat(20_000));
    let headers = format!("From: a@b\n{}\nhello", "X-Spam: 1\n".repeat(200_000));
    let references = format!("From: a@b\nReferences: {}\n\nhello", "<r@x> ".repeat(40_000));
    let html = format!("From: a@b\nContent-Type: text/html\n\n{}", "<div>".repeat(1_000_000));
    let quotes = format!("From: a@b\n\n{}", "> q\nOn 2026-01-01 a@b\n".repeat(100_000));
    let mails = [nested, wide, inside, digest, dashes, recipients, headers, references, html, quotes];
    for (case, mail) in mails.iter().enumerate() {
        let begun = Instant::now();
        let read = parse(mail.as_bytes());
        let took = begun.elapsed();
        // Generous, because this is an unoptimised build: the library alone, given the whole of case 1 or
        // 2, would take minutes or overflow the stack.
        assert!(took < Duration::from_secs(20), "case {case} took {took:?}");
        if let Ok(read) = read {
            assert_eq!(read.len(), 1, "case {case}");
        }
    }
    let Inbound::Message(nested) = parse(mails[0].as_bytes()).unwrap().remove(0) else { panic!() };
    assert!(nested.text.starts_with("level 0\nlevel 1") && nested.text.contains("level 49"));
    let Inbound::Message(wide) = parse(mails[1].as_bytes()).unwrap().remove(0) else { panic!() };
    assert_eq!(wide.text, "hello");
    assert!(wide.attachments < 1_000);
    let Inbound::Message(many) = parse(mails[5].as_bytes()).unwrap().remove(0) else { panic!() };
    assert_eq!((many.text.as_str(), many.to.len()), ("hello", 1));
}

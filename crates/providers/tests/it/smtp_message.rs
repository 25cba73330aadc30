//! The bytes of a mail.

use crate::outgoing;
use providers::{Class, Inbound, Outgoing, mime, smtp::render};

type Change = fn(&mut Outgoing);

fn text(outgoing: &Outgoing) -> String {
    String::from_utf8(render(outgoing).unwrap()).unwrap()
}

fn full() -> Outgoing {
    Outgoing {
        subject: Some("Grüße — how are you?".into()),
        from_name: "Rita \"R\" Müller".into(),
        in_reply_to: Some("first@overture.example".into()),
        references: (0..40).map(|n| format!("ref-{n}@overture.example")).collect(),
        reply_to: Some("inbox+r-msg_01jd0m5s7x8y9z0a1b2c3d4e5f@overture.example".into()),
        unsubscribe_url: Some(format!("https://overture.example/u/{}", "t".repeat(200))),
        ..outgoing("ada@bücher.example")
    }
}

#[test]
fn the_same_message_gives_the_same_bytes() {
    assert_eq!(render(&full()).unwrap(), render(&full()).unwrap());
    assert!(!text(&full()).contains("Auto-Submitted"));
    assert!(
        text(&Outgoing { is_automatic: true, ..full() }).contains("\r\nAuto-Submitted: auto-generated\r\n")
    );
    let other = Outgoing { rfc_message_id: Some("other@overture.example".into()), ..full() };
    assert_ne!(render(&full()).unwrap(), render(&other).unwrap());
}

#[test]
fn every_header_stands_where_programs_look_for_it() {
    let mail = text(&full());
    let unsubscribe = format!("\r\nList-Unsubscribe: <https://overture.example/u/{}>\r\n", "t".repeat(200));
    for expected in [
        "\r\nMessage-ID: <msg_01jd0m5s7x8y9z0a1b2c3d4e5f@overture.example>\r\n",
        "Date: Thu, 01 Jan 2026 00:00:00 +0000\r\n",
        "\r\nTo: ada@xn--bcher-kva.example\r\n",
        "\r\nIn-Reply-To: <first@overture.example>\r\n",
        "\r\nReferences: <ref-0@overture.example>\r\n <ref-20@overture.example>\r\n",
        "\r\nReply-To: inbox+r-msg_01jd0m5s7x8y9z0a1b2c3d4e5f@overture.example\r\n",
        &unsubscribe,
        "\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n",
        "multipart/alternative",
    ] {
        assert!(mail.contains(expected), "{expected:?} in\n{mail}");
    }
    assert!(!mail.contains("Auto-Submitted"));
    assert!(mail.is_ascii());
    assert!(mail.split("\r\n").all(|line| line.len() <= 998 && !line.contains(['\r', '\n'])));
}

#[test]
fn what_we_write_can_be_read() {
    let Inbound::Message(read) = mime::parse(&render(&full()).unwrap()).unwrap().remove(0) else { panic!() };
    assert_eq!(read.subject, full().subject);
    assert_eq!(read.from_name.as_deref(), Some("Rita \"R\" Müller"));
    assert_eq!(read.from, "rep@overture.example");
    assert_eq!(read.to, ["ada@xn--bcher-kva.example"]);
    assert_eq!(read.provider_message_id, full().rfc_message_id.unwrap());
    assert_eq!(read.in_reply_to, full().in_reply_to);
    assert_eq!(read.references.len(), 21);
    assert_eq!(read.text_full, full().text.trim());
    assert_eq!(read.html.as_deref().map(str::trim), full().html.as_deref());
    assert_eq!(read.date_ms, Some(full().date_ms));
}

#[test]
fn text_alone_is_no_multipart() {
    let mail = text(&Outgoing { html: None, ..full() });
    assert!(!mail.contains("multipart"), "{mail}");
}

#[test]
fn nothing_can_be_smuggled_into_a_header() {
    let evil = "x\r\nBcc: everybody@overture.example";
    let cases: [fn(&mut Outgoing, String); 10] = [
        |mail, evil| mail.subject = Some(evil),
        |mail, evil| mail.from_name = evil,
        |mail, evil| mail.from = evil,
        |mail, evil| mail.to = evil,
        |mail, evil| mail.reply_to = Some(evil),
        |mail, evil| mail.envelope_from = Some(evil),
        |mail, evil| mail.unsubscribe_url = Some(evil),
        |mail, evil| mail.rfc_message_id = Some(evil),
        |mail, evil| mail.in_reply_to = Some(evil),
        |mail, evil| mail.references = vec![evil],
    ];
    for (case, set) in cases.iter().enumerate() {
        for evil in [evil, "x\nBcc: y@overture.example", "x\rBcc: y@overture.example", "x\0@overture.example"]
        {
            let mut mail = full();
            set(&mut mail, evil.to_owned());
            assert_eq!(render(&mail).unwrap_err().class, Class::Permanent, "case {case} {evil:?}");
        }
    }
}

#[test]
fn what_cannot_be_a_mail_is_refused_before_anything_is_sent() {
    let cases: [(Change, Class); 9] = [
        (|mail| mail.rfc_message_id = None, Class::Permanent),
        (|mail| mail.rfc_message_id = Some("no-at-sign".into()), Class::Permanent),
        (|mail| mail.rfc_message_id = Some("a b@x".into()), Class::Permanent),
        (|mail| mail.to = "nobody".into(), Class::BadRecipient),
        (|mail| mail.to = "jörg@people.example".into(), Class::BadRecipient),
        (|mail| mail.to = "a@b@c d".into(), Class::BadRecipient),
        (|mail| mail.from = "nobody".into(), Class::Config),
        (|mail| mail.unsubscribe_url = Some("javascript:alert(1)".into()), Class::Permanent),
        (|mail| mail.date_ms = i64::MIN, Class::Permanent),
    ];
    for (case, (set, class)) in cases.iter().enumerate() {
        let mut mail = full();
        set(&mut mail);
        assert_eq!(render(&mail).unwrap_err().class, *class, "case {case}");
    }
}

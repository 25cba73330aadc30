//! Reading a mailbox of a real IMAP server.

use crate::dovecot_server::Dovecot;
use providers::{Class, Inbound, InboundMessage, imap::poll, mime};
use serde_json::{Value, json};

const MULTIPART: &[u8] = b"Message-ID: <m1@people.example>\r\nFrom: Ada <ada@people.example>\r\nTo: rep@overture.example\r\n\
Subject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?=\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"b\"\r\n\r\n\
--b\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\nJa, gern. Gr\xc3\xbc\xc3\x9fe aus K\xc3\xb6ln \xe2\x9c\x93\r\n.\r\nA001 OK done)\r\n\
--b\r\nContent-Type: application/pdf; name=\"a.pdf\"\r\nContent-Disposition: attachment; filename=\"a.pdf\"\r\nContent-Transfer-Encoding: base64\r\n\r\nJVBERi0=\r\n--b--\r\n";

/// Latin-1 that says so, with the line ends of a Unix mailbox.
const EIGHT_BIT: &[u8] = b"Message-ID: <m2@people.example>\nFrom: bob@people.example\nSubject: hello\nContent-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: 8bit\n\nMit freundlichen Gr\xfc\xdfen\n";

fn plain(number: u32) -> Vec<u8> {
    format!("Message-ID: <n{number}@people.example>\r\nSubject: {number}\r\n\r\nhello {number}\r\n")
        .into_bytes()
}

fn read(raw: &[u8]) -> InboundMessage {
    let found = mime::parse(raw).unwrap().pop();
    let Some(Inbound::Message(message)) = found else { panic!("no message: {found:?}") };
    message
}

fn subjects(messages: &[Vec<u8>]) -> Vec<String> {
    messages.iter().map(|raw| read(raw).subject.unwrap_or_default()).collect()
}

#[tokio::test]
async fn a_mailbox_is_read_as_it_is_and_stays_unread() {
    let Some(mut server) = Dovecot::start() else { return };
    server.deliver(&plain(1));
    let start = poll(&server.credentials(), None).await.unwrap();
    assert!(start.messages.is_empty() && !start.more && start.cursor.ends_with(":1"), "{start:?}");

    server.deliver(MULTIPART);
    server.deliver(EIGHT_BIT);
    let found = poll(&server.credentials(), Some(&start.cursor)).await.unwrap();
    assert_eq!(found.messages.len(), 2);
    assert_eq!(found.messages[0], MULTIPART, "{}", String::from_utf8_lossy(&found.messages[0]));
    let crlf = String::from_utf8_lossy(EIGHT_BIT).replace('\n', "\r\n");
    assert_eq!(String::from_utf8_lossy(&found.messages[1]), crlf);
    let (one, two) = (read(&found.messages[0]), read(&found.messages[1]));
    assert_eq!(one.subject.as_deref(), Some("Grüße"));
    assert!(one.text.starts_with("Ja, gern. Grüße aus Köln ✓"), "{}", one.text);
    assert_eq!(two.text.trim(), "Mit freundlichen Grüßen");

    // Nothing was marked: not read, and still new to the person's own mail program.
    assert!(server.status("MESSAGES UNSEEN").contains("(MESSAGES 3 UNSEEN 3)"));
    let nothing = poll(&server.credentials(), Some(&found.cursor)).await.unwrap();
    assert_eq!((nothing.messages.len(), &nothing.cursor), (0, &found.cursor));

    // A restored mailbox numbers its mails anew: everything is read once more.
    server.renumber(4_711);
    let again = poll(&server.credentials(), Some(&found.cursor)).await.unwrap();
    assert_eq!((again.messages.len(), again.cursor.as_str()), (3, "4711:3"));
    server.deliver(&plain(9));
    let last = poll(&server.credentials(), Some(&again.cursor)).await.unwrap();
    assert_eq!((subjects(&last.messages), last.cursor.as_str()), (vec!["9".to_owned()], "4711:4"));
    assert!(server.status("MESSAGES UNSEEN").contains("(MESSAGES 4 UNSEEN 4)"));
}

#[tokio::test]
async fn a_full_mailbox_is_read_in_visits_and_in_order() {
    let Some(mut server) = Dovecot::start() else { return };
    (1..=2_100).for_each(|number| server.deliver(&plain(number)));
    let (mut cursor, mut all, mut visits) = ("0:0".to_owned(), Vec::new(), 0);
    loop {
        let found = poll(&server.credentials(), Some(&cursor)).await.unwrap();
        all.extend(subjects(&found.messages));
        cursor = found.cursor;
        visits += 1;
        if !found.more {
            break;
        }
    }
    assert_eq!(visits, 2);
    assert_eq!(all, (1..=2_100).map(|number: u32| number.to_string()).collect::<Vec<_>>());
}

#[tokio::test]
async fn encryption_login_and_folder_against_a_real_server() {
    let Some(mut server) = Dovecot::start() else { return };
    server.deliver(&plain(1));
    let with = |changes: Value| {
        let mut credentials = server.credentials();
        let fields = credentials.as_object_mut().unwrap();
        fields.extend(changes.as_object().unwrap().clone());
        credentials
    };
    let cases = [
        (json!({"security": "starttls", "accept_invalid_certs": true}), None),
        (json!({"security": "starttls"}), Some(Class::Config)),
        (json!({"password": "wrong"}), Some(Class::Reauth)),
        (json!({"username": "nobody"}), Some(Class::Reauth)),
        (json!({"mailbox": "Elsewhere"}), Some(Class::Config)),
        // TLS from the first byte, where the server waits for STARTTLS.
        (json!({"security": "tls", "accept_invalid_certs": true}), Some(Class::Retry)),
    ];
    for (changes, refused) in cases {
        match (poll(&with(changes.clone()), Some("0:0")).await, refused) {
            (Ok(found), None) => assert_eq!(subjects(&found.messages), ["1"], "{changes}"),
            (Err(fail), Some(class)) => assert_eq!(fail.class, class, "{changes} {fail:?}"),
            (outcome, expected) => panic!("{changes}: {outcome:?}, expected {expected:?}"),
        }
    }
}

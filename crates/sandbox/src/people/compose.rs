//! Mails as mail programs and mail servers write them.

use base64::{Engine, prelude::BASE64_STANDARD};

use crate::clock;
use crate::mail::{Letter, header_section};
use crate::smtp::HOST;

/// Why a mail comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bounce {
    NoSuchUser,
    MailboxFull,
}

impl Bounce {
    fn status(self) -> &'static str {
        match self {
            Bounce::NoSuchUser => "5.1.1",
            Bounce::MailboxFull => "5.2.2",
        }
    }

    fn diagnostic(self, address: &str) -> String {
        match self {
            Bounce::NoSuchUser => format!("550 5.1.1 <{address}>: Recipient address rejected: User unknown"),
            Bounce::MailboxFull => format!("552 5.2.2 <{address}>: The mailbox is full"),
        }
    }
}

/// The most bytes of the original's headers that a bounce gives back.
const RETURNED_HEADERS: usize = 8 << 10;

/// A person's answer: quoted original below, plain text alone or with HTML beside it.
pub(crate) fn answer(
    letter: &Letter,
    address: &str,
    text: &str,
    with_html: bool,
    id: &str,
    at: i64,
) -> Vec<u8> {
    let mut mail = Headers::default();
    mail.address("From", &letter.name_of(address), address);
    mail.add("To", &angled(&letter.reply_to));
    mail.text("Subject", &reply_subject(&letter.subject, "Re:"));
    mail.add("Date", &clock::rfc2822(at));
    mail.add("Message-ID", &angled(id));
    mail.thread(letter);
    mail.add("MIME-Version", "1.0");
    let plain = format!("{text}{}", quoted_text(letter));
    if !with_html {
        return mail.part("text/plain; charset=utf-8", &plain);
    }
    let boundary = boundary(id);
    mail.add("Content-Type", &format!("multipart/alternative; boundary=\"{boundary}\""));
    let html = format!("<div dir=\"ltr\">{}</div>{}", paragraphs(text), quoted_html(letter));
    let parts = [
        Headers::default().part("text/plain; charset=utf-8", &plain),
        Headers::default().part("text/html; charset=utf-8", &html),
    ];
    mail.multipart(&boundary, &parts)
}

/// What a machine answers (RFC 3834): to the envelope's sender, and marked as such.
pub(crate) fn automatic(letter: &Letter, address: &str, text: &str, id: &str, at: i64) -> Vec<u8> {
    let to = if letter.return_path.is_empty() { &letter.reply_to } else { &letter.return_path };
    let mut mail = Headers::default();
    mail.add("Return-Path", "<>");
    mail.address("From", &letter.name_of(address), address);
    mail.add("To", &angled(to));
    mail.text("Subject", &reply_subject(&letter.subject, "Automatic reply:"));
    mail.add("Date", &clock::rfc2822(at));
    mail.add("Message-ID", &angled(id));
    mail.thread(letter);
    mail.add("Auto-Submitted", "auto-replied");
    mail.add("X-Autoreply", "yes");
    mail.add("Precedence", "bulk");
    mail.add("MIME-Version", "1.0");
    mail.part("text/plain; charset=utf-8", text)
}

/// A delivery status notification (RFC 3464) with the headers of the mail that came back.
pub(crate) fn bounce(letter: &Letter, address: &str, raw: &[u8], why: Bounce, id: &str, at: i64) -> Vec<u8> {
    let mut mail = Headers::default();
    mail.add("Return-Path", "<>");
    mail.address("From", "Mail Delivery System", &format!("MAILER-DAEMON@{HOST}"));
    mail.add("To", &angled(&letter.return_path));
    mail.add("Subject", "Undelivered Mail Returned to Sender");
    mail.add("Date", &clock::rfc2822(at));
    mail.add("Message-ID", &angled(id));
    mail.add("Auto-Submitted", "auto-replied");
    mail.add("MIME-Version", "1.0");
    let boundary = boundary(id);
    mail.add(
        "Content-Type",
        &format!("multipart/report; report-type=delivery-status;\r\n boundary=\"{boundary}\""),
    );
    let diagnostic = why.diagnostic(address);
    let notice = format!(
        "This is the mail system at host {HOST}.\n\n\
         I'm sorry to have to inform you that your message could not\n\
         be delivered to one or more recipients. It's attached below.\n\n<{address}>: {diagnostic}\n"
    );
    let (arrived, status) = (clock::rfc2822(letter.date.unwrap_or(letter.sent_at)), why.status());
    let report = format!(
        "Content-Description: Delivery report\r\nContent-Type: message/delivery-status\r\n\r\n\
         Reporting-MTA: dns; {HOST}\r\nArrival-Date: {arrived}\r\n\r\n\
         Final-Recipient: rfc822; {address}\r\nOriginal-Recipient: rfc822;{address}\r\nAction: failed\r\n\
         Status: {status}\r\nRemote-MTA: dns; {HOST}\r\nDiagnostic-Code: smtp; {diagnostic}\r\n"
    );
    let mut headers =
        b"Content-Description: Undelivered Message Headers\r\nContent-Type: text/rfc822-headers\r\n\r\n"
            .to_vec();
    headers.extend_from_slice(whole_lines(header_section(raw)));
    let parts = [Headers::default().part("text/plain; charset=utf-8", &notice), report.into_bytes(), headers];
    mail.multipart(&boundary, &parts)
}

/// As many lines as fit, whole.
fn whole_lines(section: &[u8]) -> &[u8] {
    if section.len() <= RETURNED_HEADERS {
        return section;
    }
    let end = section[..RETURNED_HEADERS].iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    &section[..end]
}

#[derive(Default)]
struct Headers(String);

impl Headers {
    fn add(&mut self, name: &str, value: &str) {
        self.0.push_str(&format!("{name}: {value}\r\n"));
    }

    /// Unstructured text, encoded where it has to be.
    fn text(&mut self, name: &str, value: &str) {
        let value = encoded_words(value);
        self.add(name, &value);
    }

    fn address(&mut self, name: &str, person: &str, address: &str) {
        let plain = !person.is_empty() && person.chars().all(|c| c.is_ascii_alphanumeric() || c == ' ');
        let quoted = || format!("\"{}\"", person.replace(['"', '\\'], ""));
        let spelled = match person {
            "" => String::new(),
            _ if plain => format!("{person} "),
            _ if person.is_ascii() => format!("{} ", quoted()),
            _ => format!("{} ", encoded_words(person)),
        };
        self.add(name, &format!("{spelled}{}", angled(address)));
    }

    fn thread(&mut self, letter: &Letter) {
        let Some(id) = &letter.message_id else { return };
        self.add("In-Reply-To", &angled(id));
        let chain: Vec<String> =
            letter.references.iter().filter(|r| *r != id).chain([id]).map(|r| angled(r)).collect();
        self.add("References", &chain.join("\r\n "));
    }

    /// The headers so far, then one body in quoted-printable.
    fn part(mut self, content_type: &str, body: &str) -> Vec<u8> {
        self.add("Content-Type", content_type);
        self.add("Content-Transfer-Encoding", "quoted-printable");
        format!("{}\r\n{}", self.0, quoted_printable(body)).into_bytes()
    }

    fn multipart(self, boundary: &str, parts: &[Vec<u8>]) -> Vec<u8> {
        let mut mail = format!("{}\r\n", self.0).into_bytes();
        for part in parts {
            mail.extend_from_slice(format!("--{boundary}\r\n").as_bytes());
            mail.extend_from_slice(part);
            mail.extend_from_slice(b"\r\n");
        }
        mail.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
        mail
    }
}

fn angled(id: &str) -> String {
    let clean: String = id.chars().filter(|c| !c.is_control() && !matches!(c, '<' | '>')).collect();
    format!("<{clean}>")
}

fn boundary(id: &str) -> String {
    let letters: String = id.chars().filter(char::is_ascii_alphanumeric).take(28).collect();
    format!("=_{letters}")
}

fn reply_subject(subject: &str, prefix: &str) -> String {
    let is_reply = subject.get(..3).is_some_and(|start| start.eq_ignore_ascii_case("re:"));
    if prefix == "Re:" && is_reply { subject.to_owned() } else { format!("{prefix} {subject}") }
}

/// RFC 2047, in pieces of at most 75 characters; plain ASCII stays, without control characters.
fn encoded_words(text: &str) -> String {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.is_ascii() && text.len() < 900 {
        return text;
    }
    let mut words = Vec::new();
    let mut piece = String::new();
    for c in text.chars() {
        if piece.len() + c.len_utf8() > 42 {
            words.push(std::mem::take(&mut piece));
        }
        piece.push(c);
    }
    words.push(piece);
    let encoded = words.iter().map(|word| format!("=?utf-8?B?{}?=", BASE64_STANDARD.encode(word)));
    encoded.collect::<Vec<_>>().join("\r\n ")
}

/// RFC 2045; line feeds become CRLF.
fn quoted_printable(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len() + text.len() / 8);
    for line in text.split('\n') {
        let line = line.strip_suffix('\r').unwrap_or(line);
        let mut width = 0;
        for (index, byte) in line.bytes().enumerate() {
            let at_end = index + 1 == line.len();
            let plain =
                matches!(byte, b'!'..=b'<' | b'>'..=b'~') || (matches!(byte, b' ' | b'\t') && !at_end);
            let needed = if plain { 1 } else { 3 };
            if width + needed > 75 {
                encoded.push_str("=\r\n");
                width = 0;
            }
            if plain {
                encoded.push(char::from(byte));
            } else {
                encoded.push_str(&format!("={byte:02X}"));
            }
            width += needed;
        }
        encoded.push_str("\r\n");
    }
    encoded
}

fn attribution(letter: &Letter) -> String {
    let who = letter.from_name.clone().unwrap_or_else(|| letter.from_address.clone());
    format!("On {}, {who} wrote:", clock::rfc2822(letter.date.unwrap_or(letter.sent_at)))
}

fn quoted_text(letter: &Letter) -> String {
    if letter.text.trim().is_empty() {
        return String::new();
    }
    let lines: Vec<String> = letter.text.trim_end().lines().map(|line| format!("> {line}")).collect();
    format!("\n{}\n{}\n", attribution(letter), lines.join("\n"))
}

fn quoted_html(letter: &Letter) -> String {
    if letter.text.trim().is_empty() {
        return String::new();
    }
    format!(
        "<br><div class=\"gmail_quote\"><div dir=\"ltr\" class=\"gmail_attr\">{}<br></div>\
         <blockquote class=\"gmail_quote\" \
         style=\"margin:0 0 0 .8ex;border-left:1px solid #ccc;padding-left:1ex\">\
         {}</blockquote></div>",
        escaped(&attribution(letter)),
        paragraphs(letter.text.trim_end())
    )
}

fn paragraphs(text: &str) -> String {
    escaped(text.trim_end()).replace("\r\n", "\n").replace('\n', "<br>\n")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use mail_parser::{MessageParser, MimeHeaders};

    use super::*;

    fn letter() -> Letter {
        Letter {
            message_id: Some("m1@overture.example".into()),
            references: vec!["m0@overture.example".into()],
            from_name: Some("Sam Rep".into()),
            from_address: "sam@overture.example".into(),
            reply_to: "reply+7@overture.example".into(),
            to_names: vec![("zoe@x.test".into(), "Zoë Łaska".into())],
            subject: "Grüße aus Köln — ein langer Betreff, der in mehrere Stücke zerlegt werden muss".into(),
            text: "Hi Zoë,\r\nhow are you?\r\n".into(),
            return_path: "bounce+7@overture.example".into(),
            sent_at: 1_566_622_905_000,
            ..Letter::default()
        }
    }

    #[test]
    fn an_answer_reads_back() {
        for with_html in [false, true] {
            let raw = answer(&letter(), "zoe@x.test", "Ja, gern = schön. \nZoë\n", with_html, "r1@x.test", 5);
            assert!(raw.split(|byte| *byte == b'\n').all(|line| line.len() < 200));
            let mail = MessageParser::default().parse(&raw).expect("a mail");
            let from = mail.from().and_then(|from| from.first()).expect("a sender");
            assert_eq!((from.name(), from.address()), (Some("Zoë Łaska"), Some("zoe@x.test")));
            assert_eq!(
                mail.to().and_then(|to| to.first()).and_then(|to| to.address()),
                Some("reply+7@overture.example")
            );
            assert_eq!(mail.subject(), Some(format!("Re: {}", letter().subject).as_str()));
            assert_eq!(mail.in_reply_to().as_text(), Some("m1@overture.example"));
            assert_eq!(mail.references().as_text_list().map(<[_]>::len), Some(2));
            let text = mail.body_text(0).expect("a text");
            assert!(text.starts_with("Ja, gern = schön. \r\nZoë"), "{text:?}");
            assert!(text.contains("Sam Rep wrote:\r\n> Hi Zoë,\r\n> how are you?"), "{text:?}");
            assert_eq!(
                mail.html_body_count() > 0 && mail.body_html(0).is_some_and(|h| h.contains("gmail_quote")),
                with_html
            );
        }
    }

    #[test]
    fn a_machine_says_that_it_is_one() {
        let raw = automatic(&letter(), "zoe@x.test", "Away.\n", "r2@x.test", 5);
        let mail = MessageParser::default().parse(&raw).expect("a mail");
        assert_eq!(mail.header_raw("Auto-Submitted").map(str::trim), Some("auto-replied"));
        assert_eq!(
            mail.to().and_then(|to| to.first()).and_then(|to| to.address()),
            Some("bounce+7@overture.example")
        );
    }

    #[test]
    fn a_bounce_has_its_three_parts() {
        let raw = bounce(
            &letter(),
            "gone@x.test",
            b"Message-ID: <m1@overture.example>\r\nX: y\r\n\r\nHi",
            Bounce::NoSuchUser,
            "b@h",
            5,
        );
        let mail = MessageParser::default().parse(&raw).expect("a mail");
        let kind = mail.content_type().expect("a type");
        assert_eq!((kind.ctype(), kind.attribute("report-type")), ("multipart", Some("delivery-status")));
        let text = String::from_utf8_lossy(&raw);
        assert!(text.contains("\r\nFinal-Recipient: rfc822; gone@x.test\r\n"), "{text}");
        assert!(text.contains("\r\nStatus: 5.1.1\r\n"));
        assert!(text.contains("text/rfc822-headers\r\n\r\nMessage-ID: <m1@overture.example>\r\n"));
        assert_eq!(mail.parts.len(), 4);
    }

    #[test]
    fn nothing_smuggles_a_header() {
        let mut evil = letter();
        evil.subject = "Hi\r\nBcc: all@x.test".into();
        evil.reply_to = "a@x.test>\r\nBcc: <b@x.test".into();
        let raw = answer(&evil, "zoe@x.test", "x", false, "r@x", 5);
        assert!(!String::from_utf8_lossy(&raw).contains("\r\nBcc:"));
    }
}

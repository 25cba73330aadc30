//! A mail as the server took it, and as its reader sees it.

use std::sync::Arc;

use bytes::Bytes;
use mail_parser::{Address, HeaderValue, MessageParser};

use crate::shelf::Item;

/// A mail that was accepted.
#[derive(Debug, Clone)]
pub(crate) struct Mail {
    /// When the final dot was taken, in milliseconds since the epoch.
    pub(crate) at: i64,
    /// The Message-ID, without angle brackets.
    pub(crate) message_id: Option<Box<str>>,
    /// The envelope's sender; empty for a bounce.
    pub(crate) from: Box<str>,
    /// The envelope's recipients.
    pub(crate) to: Vec<Box<str>>,
    /// Whether it came over TLS.
    pub(crate) tls: bool,
    pub(crate) raw: Bytes,
}

impl Mail {
    pub(crate) fn new(at: i64, from: &str, to: &[String], tls: bool, raw: Vec<u8>) -> Mail {
        let message_id = header(&raw, "message-id").map(|value| bare_id(&value).into());
        let to = to.iter().map(|recipient| recipient.as_str().into()).collect();
        Mail { at, message_id, from: from.into(), to, tls, raw: raw.into() }
    }

    pub(crate) fn letter(&self) -> Letter {
        Letter::read(self)
    }
}

impl Item for Arc<Mail> {
    fn key(&self) -> Option<&str> {
        self.message_id.as_deref()
    }

    fn recipients(&self) -> impl Iterator<Item = &str> {
        self.to.iter().map(|recipient| &**recipient)
    }

    fn at(&self) -> i64 {
        self.at
    }

    fn weight(&self) -> usize {
        size_of::<Mail>() + self.raw.len()
    }
}

/// Where the header section ends.
pub(crate) fn header_section(raw: &[u8]) -> &[u8] {
    let end = raw.windows(4).position(|window| window == b"\r\n\r\n").map_or(raw.len(), |at| at + 2);
    &raw[..end]
}

/// The first header of that name, unfolded and trimmed; the name in any case.
pub(crate) fn header(raw: &[u8], name: &str) -> Option<String> {
    let section = header_section(raw);
    let mut found: Option<String> = None;
    for line in section.split(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let continues = line.first().is_some_and(|byte| matches!(byte, b' ' | b'\t'));
        match (&mut found, continues) {
            (Some(value), true) => {
                value.push(' ');
                value.push_str(String::from_utf8_lossy(line).trim());
            }
            (Some(_), false) => break,
            (None, true) => {}
            (None, false) => {
                let Some(colon) = line.iter().position(|byte| *byte == b':') else { continue };
                if line[..colon].trim_ascii().eq_ignore_ascii_case(name.as_bytes()) {
                    found = Some(String::from_utf8_lossy(&line[colon + 1..]).trim().to_owned());
                }
            }
        }
    }
    found.filter(|value| !value.is_empty())
}

fn bare_id(value: &str) -> &str {
    value.trim().trim_start_matches('<').trim_end_matches('>')
}

/// What a reader, a mail program and its buttons make of a mail.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Letter {
    pub(crate) message_id: Option<String>,
    pub(crate) references: Vec<String>,
    pub(crate) from_name: Option<String>,
    pub(crate) from_address: String,
    /// Where an answer goes: Reply-To, else From.
    pub(crate) reply_to: String,
    /// The names in To, by lower-case address.
    pub(crate) to_names: Vec<(String, String)>,
    pub(crate) subject: String,
    pub(crate) text: String,
    pub(crate) html: Option<String>,
    /// The picture whose loading tells that the mail was opened.
    pub(crate) pixel: Option<String>,
    /// The first link that tells that it was clicked.
    pub(crate) link: Option<String>,
    /// Where RFC 8058 says to post, if both headers are there.
    pub(crate) unsubscribe: Option<String>,
    /// The product's sender, as `X-Overture-Sender` names it.
    pub(crate) sender: Option<String>,
    /// The envelope's sender: where machines answer to.
    pub(crate) return_path: String,
    /// When it arrived here, by our clock.
    pub(crate) sent_at: i64,
    /// When it was written, as its Date says: by the clock of its sender.
    pub(crate) date: Option<i64>,
}

impl Letter {
    fn read(mail: &Mail) -> Letter {
        let Some(message) = MessageParser::default().parse(&mail.raw[..]) else {
            return Letter { return_path: mail.from.to_string(), sent_at: mail.at, ..Letter::default() };
        };
        let (from_name, from_address) = first_of(message.from());
        let (_, reply_to) = first_of(message.reply_to());
        let html = message.html_bodies().next().and_then(|part| match &part.body {
            mail_parser::PartType::Html(html) => Some(html.to_string()),
            _ => None,
        });
        let text = message.body_text(0).unwrap_or_default().into_owned();
        let places = html.as_deref().unwrap_or_default();
        let one_click = header(&mail.raw, "list-unsubscribe-post")
            .is_some_and(|value| value.eq_ignore_ascii_case("List-Unsubscribe=One-Click"));
        let unsubscribe = header(&mail.raw, "list-unsubscribe").filter(|_| one_click).and_then(|value| {
            let inside = value.split('<').skip(1).filter_map(|rest| rest.split_once('>'));
            inside.map(|(url, _)| url.trim().to_owned()).find(|url| url.starts_with("http"))
        });
        Letter {
            message_id: message.message_id().map(str::to_owned),
            references: ids(message.references()),
            from_name,
            reply_to: if reply_to.is_empty() { from_address.clone() } else { reply_to },
            from_address,
            to_names: names_of(message.to()),
            subject: message.subject().unwrap_or_default().to_owned(),
            pixel: attribute_with(places, "img", "src", "/t/o/"),
            link: attribute_with(places, "a", "href", "/t/c/").or_else(|| bare_link(&text, "/t/c/")),
            text,
            html,
            unsubscribe,
            sender: header(&mail.raw, "x-overture-sender"),
            return_path: mail.from.to_string(),
            sent_at: mail.at,
            date: message.date().map(|date| date.to_timestamp() * 1_000),
        }
    }

    /// What the mail calls the person, else what the address suggests.
    pub(crate) fn name_of(&self, address: &str) -> String {
        let known = self.to_names.iter().find(|(to, _)| to.eq_ignore_ascii_case(address));
        known.map_or_else(|| name_from(address), |(_, name)| name.clone())
    }
}

/// `ann.lee+x@example.com` is Ann Lee.
pub(crate) fn name_from(address: &str) -> String {
    let local = address.split('@').next().unwrap_or_default();
    let plain = local.split('+').next().unwrap_or_default();
    let words = plain.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty());
    let capital = |word: &str| {
        let mut letters = word.chars();
        letters
            .next()
            .map(|first| first.to_uppercase().chain(letters).collect::<String>())
            .unwrap_or_default()
    };
    words.map(capital).collect::<Vec<_>>().join(" ")
}

fn first_of(addresses: Option<&Address<'_>>) -> (Option<String>, String) {
    let first = addresses.and_then(Address::first);
    let name = first.and_then(|address| address.name.as_deref()).map(str::to_owned);
    (name, first.and_then(|address| address.address.as_deref()).unwrap_or_default().to_owned())
}

fn names_of(addresses: Option<&Address<'_>>) -> Vec<(String, String)> {
    let named = addresses.into_iter().flat_map(Address::iter).filter_map(|address| {
        let (name, address) = (address.name.as_deref()?, address.address.as_deref()?);
        Some((address.to_lowercase(), name.to_owned()))
    });
    named.collect()
}

fn ids(value: &HeaderValue<'_>) -> Vec<String> {
    match value {
        HeaderValue::Text(id) => vec![id.to_string()],
        HeaderValue::TextList(ids) => ids.iter().map(ToString::to_string).collect(),
        _ => Vec::new(),
    }
}

/// The first value of an attribute of such tags that contains the text, with `&amp;` resolved.
fn attribute_with(html: &str, tag: &str, attribute: &str, text: &str) -> Option<String> {
    // ASCII only, so that offsets in the lowered text are offsets in the text itself.
    let lower = html.to_ascii_lowercase();
    let mut from = 0;
    while let Some(found) = lower[from..].find(&format!("<{tag}")) {
        let start = from + found + tag.len() + 1;
        let end = lower[start..].find('>').map_or(lower.len(), |end| start + end);
        from = end;
        if !lower[start..].starts_with(|c: char| c.is_ascii_whitespace()) {
            continue;
        }
        let name = format!("{attribute}=");
        let Some(at) = lower[start..end].find(&name).map(|at| start + at + name.len()) else { continue };
        let value = &html[at..end];
        let value = match value.chars().next() {
            Some(quote @ ('"' | '\'')) => value[1..].split(quote).next(),
            _ => value.split_ascii_whitespace().next(),
        };
        if let Some(value) = value.filter(|value| value.contains(text)) {
            return Some(value.replace("&amp;", "&"));
        }
    }
    None
}

fn bare_link(text: &str, part: &str) -> Option<String> {
    let words = text.split(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '(' | ')' | '"'));
    let mut links = words.filter(|word| word.starts_with("http") && word.contains(part));
    links.next().map(|link| link.trim_end_matches(['.', ',', ';', '!', '?']).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_shows_what_its_reader_can_do() {
        let raw = "Message-ID: <m1@overture.example>\r\nDate: Thu, 01 Jan 2026 01:00:05 +0100\r\nFrom: \"Sam Rep\" <sam@overture.example>\r\n\
            Reply-To: reply+snd_1@overture.example\r\nTo: Ann Lee <Ann@Example.com>\r\nSubject: Hello\r\n\
            References: <a@x>\r\n <b@x>\r\nX-Overture-Sender: snd_1\r\n\
            List-Unsubscribe: <mailto:u@overture.example>,\r\n <http://127.0.0.1:1/u/tok>\r\n\
            List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n\
            MIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n\r\n\
            <p>Hi <a href='http://x/other'>no</a> <A class=b HREF=\"http://127.0.0.1:1/t/c/tok?a=1&amp;b=2\">yes</A>\
            <img alt=\"\" src=\"http://127.0.0.1:1/t/o/tok\" width=1></p>\r\n";
        let mail = Mail::new(5, "bounce+1@overture.example", &["ann@example.com".into()], false, raw.into());
        assert_eq!(mail.message_id.as_deref(), Some("m1@overture.example"));
        let letter = mail.letter();
        assert_eq!(letter.pixel.as_deref(), Some("http://127.0.0.1:1/t/o/tok"));
        assert_eq!(letter.link.as_deref(), Some("http://127.0.0.1:1/t/c/tok?a=1&b=2"));
        assert_eq!(letter.unsubscribe.as_deref(), Some("http://127.0.0.1:1/u/tok"));
        assert_eq!(letter.reply_to, "reply+snd_1@overture.example");
        assert_eq!(letter.references, ["a@x", "b@x"]);
        assert_eq!(letter.sender.as_deref(), Some("snd_1"));
        assert_eq!((letter.sent_at, letter.date), (5, Some(1_767_225_605_000)));
        assert_eq!(letter.name_of("ann@example.com"), "Ann Lee");
        assert_eq!(letter.name_of("bob.van-dyk+x@example.com"), "Bob Van Dyk");
    }

    #[test]
    fn without_the_post_header_nobody_unsubscribes_by_button() {
        let raw = "From: a@x.test\r\nList-Unsubscribe: <http://127.0.0.1:1/u/t>\r\n\r\nHi http://h/t/c/1.";
        let letter = Mail::new(5, "", &[], false, raw.into()).letter();
        assert_eq!(letter.unsubscribe, None);
        assert_eq!(letter.link.as_deref(), Some("http://h/t/c/1"));
    }

    #[test]
    fn broken_mail_is_read_as_far_as_it_goes() {
        for raw in [
            "",
            "\r\n\r\n",
            "no headers at all",
            "To: \r\n <",
            "<img src=\"",
            "From: x\r\n\r\n<img src='/t/o/",
        ] {
            let mail = Mail::new(5, "", &[], false, raw.into());
            assert_eq!(mail.letter().message_id, None, "{raw:?}");
        }
    }
}

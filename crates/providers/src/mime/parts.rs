//! The parts of a mail. The tree is walked here, under limits; one leaf at a time is given to the MIME
//! library for decoding. (Given a whole mail, it would build 300,000 parts, or nest messages until
//! dropping them overflows the stack.)

use super::{
    MAX_TEXT,
    headers::{MAX_HEAD, split},
};
use mail_parser::{ContentType, HeaderName, MessageParser, MimeHeaders, PartType};

const MAX_PARTS: usize = 1_000;
const MAX_LEVELS: usize = 50;

/// What was found in a mail.
#[derive(Default)]
pub(super) struct Parts {
    /// Plain text, all parts of it.
    pub text: String,
    /// HTML, all parts of it.
    pub html: String,
    /// Parts that are neither.
    pub attachments: u32,
    /// `message/delivery-status`.
    pub delivery_status: Option<String>,
    /// `message/feedback-report`.
    pub feedback: Option<String>,
    /// The header block of a mail that came back (`message/rfc822` or `text/rfc822-headers`).
    pub returned: Option<String>,
    seen: usize,
}

impl Parts {
    pub(super) fn of(raw: &[u8]) -> Self {
        let mut parts = Self::default();
        parts.walk(raw, 0, false);
        parts
    }

    fn walk(&mut self, raw: &[u8], level: usize, in_digest: bool) {
        self.seen += 1;
        if self.seen > MAX_PARTS || level > MAX_LEVELS {
            return;
        }
        let (head, body) = split(raw);
        if head.len() > MAX_HEAD {
            self.attachments += 1;
            return;
        }
        let parsed = MessageParser::default().parse_headers(head);
        let content_type = parsed.as_ref().and_then(|message| message.parts.first()?.content_type());
        let (kind, subtype) = match content_type {
            Some(it) => {
                (it.ctype().to_ascii_lowercase(), it.subtype().unwrap_or_default().to_ascii_lowercase())
            }
            None if in_digest => ("message".to_owned(), "rfc822".to_owned()),
            None => ("text".to_owned(), "plain".to_owned()),
        };
        match (kind.as_str(), subtype.as_str()) {
            ("multipart", _) => self.multipart(content_type, body, level, subtype == "digest"),
            ("message", "delivery-status" | "global-delivery-status") => {
                self.delivery_status.get_or_insert_with(|| decoded(raw, body));
            }
            ("message", "feedback-report") => {
                self.feedback.get_or_insert_with(|| decoded(raw, body));
            }
            ("text", "rfc822-headers") | ("message", "global-headers") => {
                self.returned.get_or_insert_with(|| decoded(raw, body));
            }
            ("message", "rfc822" | "global") if level > 0 => {
                self.attachments += 1;
                // RFC 2046 forbids encoding it; one that is encoded all the same is not opened.
                self.returned
                    .get_or_insert_with(|| String::from_utf8_lossy(limit(split(body).0)).into_owned());
            }
            ("text", "plain" | "html") if !is_attached(parsed.as_ref(), content_type) || level == 0 => {
                self.leaf(raw, subtype == "html");
            }
            _ => self.attachments += 1,
        }
    }

    fn multipart(&mut self, content_type: Option<&ContentType<'_>>, body: &[u8], level: usize, digest: bool) {
        let declared = content_type.and_then(|it| it.attribute("boundary")).map(str::as_bytes);
        let boundary = declared.filter(|boundary| !boundary.is_empty()).or_else(|| guess_boundary(body));
        let mut found = false;
        if let Some(boundary) = boundary {
            for part in (Split { rest: body, boundary, inside: false }) {
                found = true;
                self.walk(part, level + 1, digest);
                if self.seen > MAX_PARTS {
                    break;
                }
            }
        }
        if !found {
            append(&mut self.text, &String::from_utf8_lossy(limit(body)));
        }
    }

    fn leaf(&mut self, raw: &[u8], html: bool) {
        let parsed = MessageParser::default().parse(raw);
        let Some(part) = parsed.as_ref().and_then(|message| message.parts.first()) else {
            return append(&mut self.text, &String::from_utf8_lossy(limit(split(raw).1)));
        };
        match &part.body {
            PartType::Html(text) if html => append(&mut self.html, text),
            PartType::Text(text) | PartType::Html(text) => append(&mut self.text, text),
            PartType::Binary(bytes) | PartType::InlineBinary(bytes) => {
                append(&mut self.text, &String::from_utf8_lossy(limit(bytes)));
            }
            PartType::Message(_) | PartType::Multipart(_) => {}
        }
    }
}

fn limit(bytes: &[u8]) -> &[u8] {
    &bytes[..bytes.len().min(MAX_TEXT)]
}

fn append(all: &mut String, text: &str) {
    if all.len() >= MAX_TEXT {
        return;
    }
    if !all.is_empty() && !all.ends_with('\n') {
        all.push('\n');
    }
    all.push_str(&text[..text.floor_char_boundary(MAX_TEXT - all.len().min(MAX_TEXT))]);
}

/// A part with a name or an attachment disposition is a file, even if it is text.
fn is_attached(parsed: Option<&mail_parser::Message<'_>>, content_type: Option<&ContentType<'_>>) -> bool {
    let disposition = parsed
        .and_then(|message| message.header(HeaderName::ContentDisposition))
        .and_then(|value| value.as_content_type());
    disposition.is_some_and(|it| it.is_attachment() || it.has_attribute("filename"))
        || content_type.is_some_and(|it| it.has_attribute("name"))
}

/// The text of a small machine-readable part. The library knows only `text/*` as text, so its transfer
/// encoding is undone by pretending that this is one.
fn decoded(raw: &[u8], body: &[u8]) -> String {
    let head = String::from_utf8_lossy(split(raw).0).to_ascii_lowercase();
    let encoding = ["base64", "quoted-printable"].into_iter().find(|encoding| {
        head.lines().any(|line| line.starts_with("content-transfer-encoding") && line.contains(encoding))
    });
    let Some(encoding) = encoding else { return String::from_utf8_lossy(limit(body)).into_owned() };
    let mut plain =
        format!("Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n")
            .into_bytes();
    plain.extend_from_slice(limit(body));
    let parsed = MessageParser::default().parse(&plain);
    parsed.and_then(|message| message.body_text(0).map(|text| text.into_owned())).unwrap_or_default()
}

/// The first line that looks like a boundary, where none was declared.
fn guess_boundary(body: &[u8]) -> Option<&[u8]> {
    let first =
        body.split(|byte| *byte == b'\n').map(|line| line.trim_ascii_end()).find(|line| !line.is_empty())?;
    first.strip_prefix(b"--").filter(|boundary| (4..=70).contains(&boundary.len()))
}

/// The pieces between boundary lines.
struct Split<'a> {
    rest: &'a [u8],
    boundary: &'a [u8],
    inside: bool,
}

impl<'a> Iterator for Split<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        loop {
            if self.rest.is_empty() {
                return None;
            }
            let (mut start, mut end) = (0, None);
            for line in self.rest.split_inclusive(|byte| *byte == b'\n') {
                let mark = line.strip_prefix(b"--").and_then(|line| line.strip_prefix(self.boundary));
                match mark.map(<[u8]>::trim_ascii_end) {
                    Some(b"") => end = Some((start, start + line.len(), false)),
                    Some(b"--") => end = Some((start, start + line.len(), true)),
                    _ => {}
                }
                if end.is_some() {
                    break;
                }
                start += line.len();
            }
            // A mail that was cut short has no last boundary: what is there counts.
            let (stop, next, last) = end.unwrap_or((self.rest.len(), self.rest.len(), true));
            let piece = &self.rest[..stop];
            let was_inside = std::mem::replace(&mut self.inside, end.is_some());
            self.rest = if last { b"" } else { &self.rest[next..] };
            if was_inside {
                // The line end before a boundary belongs to the boundary.
                let piece = piece.strip_suffix(b"\n").unwrap_or(piece);
                return Some(piece.strip_suffix(b"\r").unwrap_or(piece));
            }
        }
    }
}

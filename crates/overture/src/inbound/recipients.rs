//! Whom a raw mail was sent to, for the door that mails come through and for what must be forgotten.

use domain::identity;

/// The addresses that a raw mail was sent to, normalised and without `+tag`. Reads headers only.
pub fn recipients(raw: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(raw);
    let mut found = Vec::new();
    let mut wanted = false;
    for line in text.lines() {
        if line.is_empty() {
            break;
        }
        if !line.starts_with([' ', '\t']) {
            let name = line.split(':').next().unwrap_or_default().to_ascii_lowercase();
            wanted = matches!(name.as_str(), "to" | "cc" | "delivered-to" | "x-original-to" | "envelope-to");
        }
        if wanted {
            let words = line.split(|c: char| {
                c.is_whitespace() || matches!(c, '<' | '>' | ',' | ';' | '"' | ':' | '(' | ')')
            });
            found.extend(words.filter(|w| w.contains('@')).filter_map(without_tag));
        }
        if found.len() >= 50 {
            break;
        }
    }
    found
}

fn without_tag(address: &str) -> Option<String> {
    let (local, domain) = address.rsplit_once('@')?;
    let plain = format!("{}@{domain}", local.split('+').next()?);
    identity::email(&plain).ok().map(|e| e.key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recipients_are_read_from_folded_headers_without_their_tags() {
        let raw = b"From: a@b.c\r\nTo: \"Sales, Nordlys\" <Hello+r-msg_1@Demo.example>,\r\n other@x.org\r\nSubject: to: no@no.no\r\n\r\nTo: body@b.org\r\n";
        assert_eq!(recipients(raw), ["hello@demo.example", "other@x.org"]);
        assert!(recipients(b"").is_empty());
        assert!(recipients(&[0xff, 0xfe, 0x00]).is_empty());
    }
}

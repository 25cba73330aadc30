//! Ways in which what somebody sends goes wrong: cut off, told twice, in another order, in another encoding, far too
//! long. No chance is in it: the same seed is bent the same way every time, so that what fails can be named.

/// A seed in one way of going wrong, with its name.
pub type Bent = (String, Vec<u8>);

/// Longest thing that is made of a seed, in bytes.
const LONG: usize = 1 << 18;

/// All that is bent from a seed.
pub fn all(seed: &[u8]) -> Vec<Bent> {
    let mut bent = vec![("as it is".to_owned(), seed.to_vec()), ("nothing".to_owned(), vec![])];
    bent.extend(cut_off(seed));
    bent.extend(told_twice(seed));
    bent.extend(in_another_order(seed));
    bent.extend(in_another_encoding(seed));
    bent.extend(too_long(seed));
    bent.extend(of_another_type(seed));
    bent
}

fn spread(len: usize, many: usize) -> impl Iterator<Item = usize> {
    (1..=many).map(move |n| n * len / (many + 1)).filter(move |at| *at < len)
}

fn cut_off(seed: &[u8]) -> Vec<Bent> {
    let ends = spread(seed.len(), 12).map(|at| (format!("ends at {at}"), seed[..at].to_vec()));
    let begins = spread(seed.len(), 4).map(|at| (format!("begins at {at}"), seed[at..].to_vec()));
    let holes = spread(seed.len(), 8).map(|at| {
        let to = (at + 7).min(seed.len());
        (format!("lacks {at} to {to}"), [&seed[..at], &seed[to..]].concat())
    });
    ends.chain(begins).chain(holes).collect()
}

/// What parts of it end with: lines of mails, pairs of forms, members of objects.
const ENDS: [u8; 4] = [b'\n', b'&', b',', b';'];

fn parts(seed: &[u8], end: u8) -> Vec<&[u8]> {
    seed.split_inclusive(|byte| *byte == end).collect()
}

fn told_twice(seed: &[u8]) -> Vec<Bent> {
    let mut bent = vec![("twice".to_owned(), [seed, seed].concat())];
    for end in ENDS {
        let parts = parts(seed, end);
        if parts.len() > 1 {
            let each = parts.iter().flat_map(|part| [*part, *part]).collect::<Vec<_>>().concat();
            bent.push((format!("each part twice, by {:?}", char::from(end)), each));
        }
    }
    bent
}

fn in_another_order(seed: &[u8]) -> Vec<Bent> {
    let half = seed.len() / 2;
    let mut bent = vec![("second half first".to_owned(), [&seed[half..], &seed[..half]].concat())];
    for end in ENDS {
        let parts = parts(seed, end);
        if parts.len() > 1 {
            let backwards = parts.iter().rev().copied().collect::<Vec<_>>().concat();
            bent.push((format!("backwards, by {:?}", char::from(end)), backwards));
        }
    }
    bent
}

fn in_another_encoding(seed: &[u8]) -> Vec<Bent> {
    let text = String::from_utf8_lossy(seed);
    let wide = |units: &mut dyn Iterator<Item = u16>| units.flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let instead = |letter: &str, other: &[u8]| {
        let parts: Vec<&[u8]> = text.split(letter).map(str::as_bytes).collect();
        parts.join(other)
    };
    vec![
        ("UTF-16".into(), wide(&mut text.encode_utf16())),
        ("a mark before it".into(), [b"\xef\xbb\xbf", seed].concat()),
        ("Latin-1".into(), instead("e", b"\xe9")),
        ("half a character".into(), instead("a", b"\xc3")),
        ("a character too long".into(), instead("i", b"\xc0\xaf")),
        ("NUL".into(), instead("o", b"\0")),
        ("NUL, escaped for JSON".into(), instead("o", b"\\u0000")),
        ("NUL, escaped for a form".into(), instead("o", b"%00")),
        ("half a pair, escaped for JSON".into(), instead("o", b"\\ud800")),
        ("not quite escaped".into(), instead("%", b"%%")),
        ("turned around".into(), instead("e", "\u{202e}e\u{200b}".as_bytes())),
        ("all escapes".into(), seed.iter().flat_map(|byte| format!("%{byte:02X}").into_bytes()).collect()),
        ("in capitals".into(), text.to_uppercase().into_bytes()),
    ]
}

fn too_long(seed: &[u8]) -> Vec<Bent> {
    let mut bent = vec![
        ("many brackets".to_owned(), [b"[".repeat(20_000), seed.to_vec()].concat()),
        ("many objects".to_owned(), [b"{\"a\":".repeat(20_000), seed.to_vec()].concat()),
        ("blanks before it".to_owned(), [b" ".repeat(LONG), seed.to_vec()].concat()),
        ("lines before it".to_owned(), [b"\r\n".repeat(10_000), seed.to_vec()].concat()),
        ("many pairs".to_owned(), [seed, &b"&a=b".repeat(20_000)].concat()),
        ("many headers".to_owned(), [&b"X-A: b\r\n".repeat(10_000), seed].concat()),
    ];
    for at in spread(seed.len(), 6) {
        let long = [&seed[..at], &b"9".repeat(LONG), &seed[at..]].concat();
        bent.push((format!("long at {at}"), long));
    }
    bent
}

fn of_another_type(seed: &[u8]) -> Vec<Bent> {
    let text = String::from_utf8_lossy(seed);
    let mut bent: Vec<Bent> = [
        ("numbers in quotes are numbers", "\"1", "1"),
        ("texts are null", "\"text\"", "null"),
        ("lists are objects", "[", "{"),
        ("objects are lists", "{", "["),
        ("null for an object", "{", "null{"),
        ("no quotes", "\"", ""),
        ("other quotes", "\"", "'"),
        ("a huge number", "1", "1e999"),
        ("below zero", ":1", ":-9223372036854775809"),
        ("true for a text", ":\"", ":true,\"x\":\""),
        ("no equals sign", "=", ""),
        ("no colon", ":", ""),
        ("no boundary", "--", "-"),
    ]
    .into_iter()
    .filter(|(_, from, _)| text.contains(from))
    .map(|(name, from, to)| (name.to_owned(), text.replace(from, to).into_bytes()))
    .collect();
    for at in spread(seed.len(), 16) {
        let mut flipped = seed.to_vec();
        flipped[at] ^= 0x5a;
        bent.push((format!("another byte at {at}"), flipped));
    }
    bent
}

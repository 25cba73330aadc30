//! What kind of answer came back. Headers are asked first, because a machine says there that it is one; then
//! words, opt-outs before everything else. A model may judge later what words cannot.

use crate::text::words;

pub mod absence;
mod words_of;
use words_of::{AUTO_SUBJECTS, NEGATIVE, OPT_OUT, OUT_OF_OFFICE, POSITIVE, QUESTION};

words! {
    /// What an inbound message is.
    pub enum ReplyKind {
        /// A person wrote; nothing more is known.
        Answer = "answer",
        /// A person is interested.
        Positive = "positive",
        /// A person is not interested.
        Negative = "negative",
        /// A person asks something.
        Question = "question",
        /// A machine says that the person is away.
        OutOfOffice = "out_of_office",
        /// Another machine answered.
        AutoReply = "auto_reply",
        /// Our message came back.
        Bounce = "bounce",
        /// The person does not want to hear from us.
        Unsubscribe = "unsubscribe",
    }
}

impl ReplyKind {
    /// A person wrote this: the enrollment ends as `replied`. Machines neither end nor count
    /// (reliability.md F8).
    pub const fn is_person(self) -> bool {
        matches!(
            self,
            ReplyKind::Answer
                | ReplyKind::Positive
                | ReplyKind::Negative
                | ReplyKind::Question
                | ReplyKind::Unsubscribe
        )
    }
}

words! {
    /// A word that carriers give a meaning of its own.
    pub enum Keyword {
        /// No more messages from this number.
        Stop = "stop",
        /// Messages again.
        Start = "start",
        /// Who are you?
        Help = "help",
    }
}

/// The carrier keyword that a text message is, `None` if it is anything more than the keyword. "STOP" opts
/// out; "stop by on Monday" does not. Case, surrounding punctuation and emoji do not count.
pub fn sms_keyword(body: &str) -> Option<Keyword> {
    let body = body.trim_matches(|c: char| !c.is_alphanumeric());
    // The longest keyword has 11 letters; people repeat themselves, but not for long.
    if body.len() > 120 {
        return None;
    }
    let plain: String = body.chars().map(|c| half_width(c).to_ascii_uppercase()).collect();
    let tokens: Vec<&str> =
        plain.split(|c: char| !c.is_alphanumeric() && c != '\'').filter(|t| !t.is_empty()).collect();
    match tokens.as_slice() {
        ["OPT", "OUT"] | ["STOP", "ALL"] | ["UN", "SUBSCRIBE"] => return Some(Keyword::Stop),
        _ => {}
    }
    let (first, rest) = tokens.split_first()?;
    if rest.iter().any(|token| token != first) {
        return None;
    }
    match *first {
        "STOP" | "STOPALL" | "UNSUBSCRIBE" | "CANCEL" | "END" | "QUIT" | "OPTOUT" | "REVOKE" => {
            Some(Keyword::Stop)
        }
        "START" | "UNSTOP" => Some(Keyword::Start),
        "HELP" | "INFO" => Some(Keyword::Help),
        _ => None,
    }
}

/// Full-width Latin letters, as Asian keyboards type them, in their usual width.
fn half_width(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
        c => c,
    }
}

/// What an e-mail is. `headers` answers with the value of a header, asked for in lower case (`auto-submitted`,
/// `precedence`, `return-path`, `content-type`, `from`, `x-failed-recipients`, `x-autoreply`, ...).
pub fn classify_email<'h>(headers: &dyn Fn(&str) -> Option<&'h str>, subject: &str, text: &str) -> ReplyKind {
    if is_bounce(headers) {
        return ReplyKind::Bounce;
    }
    let subject = fold(subject);
    let away = begins_with_any(&subject, AUTO_SUBJECTS).is_some_and(|(_, away)| *away);
    if is_automatic(headers) {
        let away = away || contains_any(&opening(text), OUT_OF_OFFICE);
        return if away { ReplyKind::OutOfOffice } else { ReplyKind::AutoReply };
    }
    if let Some((_, away)) = begins_with_any(&subject, AUTO_SUBJECTS) {
        let away = *away || contains_any(&opening(text), OUT_OF_OFFICE);
        return if away { ReplyKind::OutOfOffice } else { ReplyKind::AutoReply };
    }
    // What a mail program writes for a `mailto:` unsubscribe link: the word as the subject, and nothing.
    if sms_keyword(&subject) == Some(Keyword::Stop) {
        return ReplyKind::Unsubscribe;
    }
    lexicon(text)
}

/// A report that a message did not arrive (RFC 3464), or what old servers send instead of one.
fn is_bounce<'h>(headers: &dyn Fn(&str) -> Option<&'h str>) -> bool {
    let has = |name: &str, words: &[&str]| {
        headers(name).is_some_and(|value| {
            let value = value.to_ascii_lowercase();
            words.iter().any(|word| value.contains(word))
        })
    };
    headers("x-failed-recipients").is_some()
        || (has("content-type", &["multipart/report"]) && has("content-type", &["delivery-status"]))
        || has("from", &["mailer-daemon@", "mail-daemon@"])
        || (has("from", &["postmaster@"]) && null_return_path(headers))
}

/// What machines say of themselves (RFC 3834 and the habits before it).
fn is_automatic<'h>(headers: &dyn Fn(&str) -> Option<&'h str>) -> bool {
    let value = |name: &str| headers(name).map(|value| value.trim().to_ascii_lowercase());
    value("auto-submitted").is_some_and(|value| !value.is_empty() && !value.starts_with("no"))
        || value("precedence").is_some_and(|value| {
            matches!(value.as_str(), "bulk" | "list" | "junk" | "auto_reply" | "auto-reply")
        })
        || ["x-autoreply", "x-autorespond", "x-auto-reply", "x-autoreply-from", "x-mail-autoreply"]
            .iter()
            .any(|name| value(name).is_some_and(|value| value != "no"))
        || null_return_path(headers)
}

fn null_return_path<'h>(headers: &dyn Fn(&str) -> Option<&'h str>) -> bool {
    headers("return-path").is_some_and(|value| value.trim() == "<>")
}

/// What the words of an answer say. Only what the person wrote counts: quoted text and signatures do not.
pub fn lexicon(text: &str) -> ReplyKind {
    let written = written(text);
    if sms_keyword(written) == Some(Keyword::Stop) {
        return ReplyKind::Unsubscribe;
    }
    let folded = fold(written);
    // "Please stop by on Monday" invites.
    if contains_any(&folded.replace("stop by", ""), OPT_OUT) {
        return ReplyKind::Unsubscribe;
    }
    if contains_any(&opening(written), OUT_OF_OFFICE) {
        return ReplyKind::OutOfOffice;
    }
    if contains_any(&folded, NEGATIVE) {
        return ReplyKind::Negative;
    }
    if contains_any(&folded, POSITIVE) {
        return ReplyKind::Positive;
    }
    if folded.contains('?') || folded.contains('？') || begins_with_word(&folded, QUESTION) {
        return ReplyKind::Question;
    }
    ReplyKind::Answer
}

/// The part of an answer that its writer wrote: what stands before the quoted message and the signature, or,
/// where nothing does, what stands below the quote. Only the first 64 KB are looked at.
pub fn written(text: &str) -> &str {
    let text = &text[..text.floor_char_boundary(64 * 1024)];
    let above = before_quote(text);
    if !above.is_empty() {
        return above;
    }
    let mut below = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        at += line.len();
        if line.trim_start().starts_with('>') {
            below = Some(at);
        }
    }
    below.map_or("", |below| before_quote(&text[below..]))
}

fn before_quote(text: &str) -> &str {
    let mut end = 0;
    let mut before = 0;
    let mut lines = text.split_inclusive('\n').peekable();
    while let Some(line) = lines.next() {
        let bare = line.trim();
        if bare.starts_with('>') || bare == "--" || line.trim_end_matches(['\r', '\n']) == "-- " {
            break;
        }
        let folded = fold(bare);
        // A long "On Monday, Ann <ann@example.com> wrote:" is broken before its last word.
        if WROTE.contains(&folded.as_str()) {
            end = before;
            break;
        }
        if is_quote_header(&folded) {
            break;
        }
        if FROM.iter().any(|from| folded.starts_with(from)) {
            let next = lines.peek().map(|next| fold(next.trim())).unwrap_or_default();
            if folded.contains('@') || SENT.iter().any(|begin| next.starts_with(begin)) {
                break;
            }
        }
        before = end;
        end += line.len();
    }
    text[..end].trim()
}

/// How the line above a quote ends.
const WROTE: &[&str] = &[
    "wrote:",
    "schrieb:",
    "a écrit :",
    "a écrit:",
    "escribió:",
    "escreveu:",
    "ha scritto:",
    "schreef:",
    "skrev:",
    "napisał:",
    "написал:",
];
/// How Outlook begins the head of a quote, and how its second line begins.
const FROM: &[&str] =
    &["from: ", "von: ", "de : ", "de: ", "da: ", "van: ", "från: ", "fra: ", "od: ", "от: "];
const SENT: &[&str] = &[
    "sent:",
    "date:",
    "to:",
    "gesendet:",
    "datum:",
    "envoyé",
    "enviado",
    "inviato",
    "verzonden",
    "skickat",
    "sendt",
    "wysłano",
];
/// How the line that Outlook and others draw above a quote begins.
const RULES: &[&str] = &[
    "-----original",
    "-----ursprüngliche",
    "-----message d'origine",
    "-----mensaje original",
    "________________",
    "---------- forwarded",
];

/// `On Monday, Ann wrote:`, `Am Montag schrieb Ann:`, `-----Original Message-----`.
fn is_quote_header(folded: &str) -> bool {
    (folded.starts_with("am ") && folded.contains(" schrieb ") && folded.ends_with(':'))
        || WROTE.iter().any(|end| folded.ends_with(end))
        || RULES.iter().any(|begin| folded.starts_with(begin))
}

/// Lower case, one kind of apostrophe, single spaces.
fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len().min(20_000));
    for c in text.chars().take(20_000) {
        match half_width(c) {
            '’' | '‘' | '`' | '´' => out.push('\''),
            '\u{200b}'..='\u{200d}' | '\u{feff}' => {}
            c if c.is_whitespace() || c.is_control() => {
                if !out.ends_with(' ') && !out.is_empty() {
                    out.push(' ');
                }
            }
            c => out.extend(c.to_lowercase()),
        }
    }
    out.truncate(out.trim_end().len());
    out
}

/// The beginning of a text, where an absence note says so.
fn opening(text: &str) -> String {
    let end = text.char_indices().nth(400).map_or(text.len(), |(i, _)| i);
    fold(&text[..end])
}

fn contains_any(folded: &str, phrases: &[&str]) -> bool {
    phrases.iter().any(|phrase| contains_phrase(folded, phrase))
}

/// The phrase between word borders. Scripts without spaces have no word borders to ask for.
fn contains_phrase(folded: &str, phrase: &str) -> bool {
    let letter = |c: char| c.is_alphanumeric() && !is_ideograph(c);
    folded.match_indices(phrase).any(|(at, found)| {
        let before = folded[..at].chars().next_back();
        let behind = folded[at + found.len()..].chars().next();
        let edges = (found.chars().next(), found.chars().next_back());
        let open = !(before.is_some_and(letter) && edges.0.is_some_and(letter));
        let closed = !(behind.is_some_and(letter) && edges.1.is_some_and(letter));
        open && closed
    })
}

fn is_ideograph(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}')
}

fn begins_with_any<'a>(folded: &str, known: &'a [(&'a str, bool)]) -> Option<&'a (&'a str, bool)> {
    let bare = folded.trim_start_matches(['[', '(', '*', ' ']);
    known.iter().find(|(begin, _)| bare.starts_with(begin))
}

fn begins_with_word(folded: &str, words: &[&str]) -> bool {
    words.iter().any(|word| {
        folded
            .strip_prefix(word)
            .is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '\''))
    })
}

#[cfg(test)]
mod tests;

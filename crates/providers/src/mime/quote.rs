//! What a person wrote, without the history that their mail program put below (or above) it. There is no
//! standard for that; these are the forms that nearly all programs use. In doubt more is kept.

/// Ends of an attribution line ("On Monday, Ada wrote:"), in lower case.
const WROTE: &[&str] = &[
    "wrote:",
    "writes:",
    "schrieb:",
    "a écrit :",
    "a écrit:",
    "escribió:",
    "ha scritto:",
    "schreef:",
    "escreveu:",
    "napisał(a):",
    "pisze:",
    "skrev:",
    "написал:",
    "написал(а):",
];
/// Lines after which everything is history, in lower case without dashes.
const DIVIDERS: &[&str] = &[
    "original message",
    "ursprüngliche nachricht",
    "message d'origine",
    "mensaje original",
    "messaggio originale",
    "oorspronkelijk bericht",
    "mensagem original",
];
/// First lines of Outlook's header block, and the lines that make sure.
const FROM: &[&str] = &["from:", "von:", "de:", "da:", "van:", "*from:*"];
const SENT: &[&str] = &[
    "sent:",
    "date:",
    "gesendet:",
    "datum:",
    "envoyé:",
    "enviado:",
    "inviato:",
    "verzonden:",
    "*sent:*",
    "*date:*",
];

/// The text without quoted history; the whole text when nothing else is in it.
pub(super) fn without_history(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let kept = match (0..lines.len()).find_map(|at| Some((at, history_at(&lines, at)?))) {
        Some((at, History::Divider)) => lines[..at].join("\n"),
        Some((at, History::Attribution(length))) => {
            let below = &lines[at + length..];
            let first_quote = below.iter().position(|line| is_quote(line));
            // Quotes with the person's words between or below them: an answer point by point.
            let own_words = first_quote.is_some_and(|first| {
                below[first..].iter().any(|line| !is_quote(line) && !line.trim().is_empty())
            });
            if own_words {
                lines[..at]
                    .iter()
                    .chain(below.iter().filter(|line| !is_quote(line)))
                    .copied()
                    .collect::<Vec<_>>()
                    .join("\n")
            } else {
                lines[..at].join("\n")
            }
        }
        None => unquoted_end(&lines),
    };
    let kept = kept.trim();
    if kept.is_empty() { text.trim().to_owned() } else { kept.to_owned() }
}

enum History {
    /// Everything from here on is history.
    Divider,
    /// This many lines introduce a quote.
    Attribution(usize),
}

fn history_at(lines: &[&str], at: usize) -> Option<History> {
    let line = lines[at].trim().to_lowercase();
    if line.is_empty() || line.len() > 400 || is_quote(lines[at]) {
        return None;
    }
    let bare = line.trim_matches(|c: char| matches!(c, '-' | '_' | ' '));
    if line.starts_with("--") && DIVIDERS.contains(&bare) {
        return Some(History::Divider);
    }
    let near =
        |from: usize| lines[from..lines.len().min(from + 5)].iter().map(|line| line.trim().to_lowercase());
    let starts = |line: &str, words: &[&str]| words.iter().any(|word| line.starts_with(word));
    if starts(&line, FROM) && near(at + 1).any(|next| starts(&next, SENT)) {
        return Some(History::Divider);
    }
    let rule = line.len() >= 10 && line.chars().all(|c| c == '_');
    if rule && near(at + 1).any(|next| starts(&next, FROM)) {
        return Some(History::Divider);
    }
    attribution(lines, at).map(History::Attribution)
}

/// An attribution may be wrapped over up to three lines.
fn attribution(lines: &[&str], at: usize) -> Option<usize> {
    let mut joined = String::new();
    for length in 1..=3 {
        let line = lines.get(at + length - 1)?.trim().to_lowercase();
        if line.is_empty() || is_quote(&line) {
            return None;
        }
        joined = format!("{joined} {line}");
        let text = joined.trim();
        // "Yesterday I wrote: hello" has no date and no address; an attribution has.
        let dated = text.contains('@') || text.chars().filter(char::is_ascii_digit).count() >= 4;
        let german = text.starts_with("am ") && text.contains(" schrieb ") && text.ends_with(':');
        if dated && (german || WROTE.iter().any(|word| text.ends_with(word))) {
            return Some(length);
        }
    }
    None
}

fn is_quote(line: &str) -> bool {
    line.trim_start().starts_with('>')
}

/// Without an attribution: only a block of quotes that runs to the end goes.
fn unquoted_end(lines: &[&str]) -> String {
    let end =
        lines.iter().rposition(|line| !is_quote(line) && !line.trim().is_empty()).map_or(0, |at| at + 1);
    lines[..end].join("\n")
}

#[cfg(test)]
mod tests {
    use super::without_history;

    #[test]
    fn history_goes_and_words_stay() {
        let cases = [
            ("Yes!\n\nOn Mon, 3 Feb 2026 at 10:00, Ada <ada@x.example> wrote:\n> Are you in?\n> Ada", "Yes!"),
            (
                "Yes!\n\nOn Mon, 3 Feb 2026 at 10:00, Ada Lovelace\n<ada@x.example> wrote:\n\nAre you in?",
                "Yes!",
            ),
            ("Ja\n\nAm 03.02.2026 um 10:00 schrieb Ada Lovelace:\n> Dabei?", "Ja"),
            ("No\n\n-----Original Message-----\nFrom: Ada\nHello", "No"),
            (
                "No\n________________________________\nFrom: Ada\nSent: Monday\nTo: Bob\nSubject: x\n\nHello",
                "No",
            ),
            ("Fine.\n\nFrom: Ada <ada@x.example>\nSent: Monday\nTo: Bob\n\nHello", "Fine."),
            ("On 2026-02-03 Ada <a@x.example> wrote:\n> In?\nYes\n> When?\nMonday", "Yes\nMonday"),
            ("Top\n> quoted\n> more", "Top"),
            ("> old\nmy answer", "> old\nmy answer"),
            ("Yesterday I wrote:\nplease call", "Yesterday I wrote:\nplease call"),
            ("From: the heart\nthank you", "From: the heart\nthank you"),
            ("> only a quote", "> only a quote"),
            ("", ""),
        ];
        for (text, expected) in cases {
            assert_eq!(without_history(text), expected, "{text:?}");
        }
    }
}

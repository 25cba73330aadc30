//! The words of what people write to each other: longer than a name, in every script, with pictures in between.

use super::{MAX_LETTERS, MAX_WORDS, folded};
use std::collections::BTreeSet;
use unicode_normalization::char::is_combining_mark;

/// Most words that are kept of one message. An e-mail of ten pages has fewer different ones.
pub const MAX_TEXT_WORDS: usize = 2_000;

/// The words by which a text is found, each once, in its order. Where a script sets no blanks, every two letters that
/// stand together are one.
pub fn text_words(text: &str) -> Vec<String> {
    gather(text, MAX_TEXT_WORDS, true)
}

/// The words of a question over texts: all of them are looked for.
pub fn asked_words(text: &str) -> Vec<String> {
    gather(text, MAX_WORDS, false)
}

fn gather(text: &str, most: usize, is_kept: bool) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let mut words = Vec::new();
    for (_, token) in tokens(text) {
        for word in parts(token, is_kept) {
            if words.len() == most {
                return words;
            }
            if seen.insert(word.clone()) {
                words.push(word);
            }
        }
    }
    words
}

/// Runs of letters and digits, and each picture by itself, with where they begin.
fn tokens(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut rest = 0;
    std::iter::from_fn(move || {
        let is_word = |c: char| c.is_alphanumeric() || is_combining_mark(c);
        let from = rest + text.get(rest..)?.find(|c| is_word(c) || is_picture(c))?;
        let token = text.get(from..)?;
        let first = token.chars().next()?;
        let length = if is_picture(first) {
            first.len_utf8()
        } else {
            token.find(|c| !is_word(c) || is_picture(c)).unwrap_or(token.len())
        };
        rest = from + length;
        Some((from, token.get(..length)?))
    })
}

/// What of a token is compared.
fn parts(token: &str, is_kept: bool) -> Vec<String> {
    if let Some(picture) = token.chars().next().filter(|c| is_picture(*c)) {
        return vec![picture.to_string()];
    }
    let letters: Vec<char> = folded(token).collect();
    let mut parts = Vec::new();
    for run in letters.chunk_by(|a, b| has_no_blanks(*a) == has_no_blanks(*b)) {
        if !run.first().is_some_and(|c| has_no_blanks(*c)) {
            parts.push(run.iter().take(MAX_LETTERS).collect());
            continue;
        }
        parts.extend(run.windows(2).map(|pair| pair.iter().collect::<String>()));
        // The last letter is found as the beginning of nothing else.
        if is_kept || run.len() == 1 {
            parts.extend(run.last().map(char::to_string));
        }
    }
    parts
}

fn is_picture(c: char) -> bool {
    matches!(u32::from(c), 0x2600..=0x27BF | 0x1F000..=0x1FAFF)
}

/// Scripts that are written without blanks between words: Thai, Lao, Chinese, Japanese.
fn has_no_blanks(c: char) -> bool {
    matches!(u32::from(c),
        0x0E00..=0x0EFF | 0x3040..=0x30FF | 0x3400..=0x4DBF | 0x4E00..=0x9FFF | 0xF900..=0xFAFF | 0x20000..=0x3FFFF)
}

/// At most so many letters of a text around the first of these words, as [`asked_words`] gives them, on one line. The
/// beginning of the text where none is in it.
pub fn excerpt(text: &str, asked: &[String], most: usize) -> String {
    let is_asked = |token: &str| {
        let parts = parts(token, true);
        asked.iter().any(|word| parts.iter().any(|part| part.starts_with(word.as_str())))
    };
    let hit = tokens(text).find(|(_, token)| is_asked(token)).map_or(0, |(from, _)| from);
    // A quarter of it stands before the word.
    let before = text.get(..hit).unwrap_or_default().char_indices().rev().take(most / 4).last();
    let mut from = before.map_or(hit, |(at, _)| at);
    if from > 0 {
        // Begins with a whole word.
        let cut = text.get(from..hit).and_then(|start| start.find(char::is_whitespace));
        from += cut.unwrap_or(0);
    }
    let line = text.get(from..).unwrap_or_default();
    let line: Vec<&str> = line.split_whitespace().take(most).collect();
    let mut line: String = line.join(" ").chars().take(most).collect();
    if from > 0 {
        line.insert(0, '…');
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_text_is_found_by_its_words_in_every_script() {
        let table = [
            ("Re: the Invoice, José!", "re the invoice jose"),
            ("see https://x.example/a?b=1", "see https x example a b 1"),
            ("thanks 👍🏽❤️ ok", "thanks 👍 🏽 ❤ ok"),
            ("東京です", "東京 京て てす す"),
            ("iPhone買う", "iphone 買う う"),
            ("مرحبا بالعالم", "مرحبا بالعالم"),
            ("\u{202e}\"OR\" NEAR(a b) *", "or near a b"),
            ("'; drop table messages; --", "drop table messages"),
        ];
        for (text, expected) in table {
            assert_eq!(text_words(text).join(" "), expected, "{text}");
        }
    }

    #[test]
    fn a_question_is_made_of_what_is_kept() {
        for (text, asked) in [("京で", "京て"), ("東", "東"), ("す", "す"), ("買う", "買う"), ("👍", "👍")]
        {
            let asked_now = asked_words(text);
            assert_eq!(asked_now.join(" "), asked);
            let kept = text_words("東京です、iPhone買う 👍");
            assert!(asked_now.iter().all(|word| kept.iter().any(|k| k.starts_with(word.as_str()))), "{text}");
        }
        assert!(asked_words(" -- !? ").is_empty());
    }

    #[test]
    fn an_excerpt_stands_around_what_was_found() {
        let text = "Dear all,\n\nas we said last week in the long meeting about everything there is, the invoice is late.";
        let found = excerpt(text, &asked_words("INVOI"), 48);
        assert_eq!(found, "…is, the invoice is late.");
        assert_eq!(excerpt("short\ntext", &asked_words("text"), 48), "short text");
        assert_eq!(excerpt("nothing of it", &asked_words("else"), 48), "nothing of it");
    }

    proptest! {
        #[test]
        fn whatever_is_written_is_read_and_found_by_each_of_its_words(text in "\\PC{0,120}") {
            let kept = text_words(&text);
            prop_assert!(kept.iter().all(|word| !word.is_empty() && !word.contains(['"', '\'', ' ', '\\', '*'])));
            for word in asked_words(&text) {
                prop_assert!(kept.contains(&word), "{word}");
            }
            prop_assert!(excerpt(&text, &asked_words(&text), 40).chars().count() <= 41);
        }
    }
}

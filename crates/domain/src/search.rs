//! What the search box takes for the same: words without case and accents, the beginning of a word for the word, and a
//! name with a typing mistake for the name.

mod text;

pub use text::{MAX_TEXT_WORDS, asked_words, excerpt, text_words};

use std::collections::BTreeSet;
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// Most words that are kept of one thing, or looked for at once.
pub const MAX_WORDS: usize = 48;
/// Most letters of a word that count.
pub const MAX_LETTERS: usize = 32;

/// The words of a text as they are compared: letters and digits alone, lower case, without accents. Each once, in the
/// order of the text.
pub fn words(text: &str) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let mut words = Vec::new();
    for word in text.split(|c: char| !c.is_alphanumeric() && !is_combining_mark(c)) {
        let word: String = folded(word).take(MAX_LETTERS).collect();
        if !word.is_empty() && seen.insert(word.clone()) {
            words.push(word);
        }
        if words.len() == MAX_WORDS {
            break;
        }
    }
    words
}

/// The letters of a word without case and accents.
fn folded(word: &str) -> impl Iterator<Item = char> + '_ {
    let letters = word.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase);
    letters.flat_map(|c| plain(c).into_iter().flatten()).filter(|c| c.is_alphanumeric())
}

/// A letter that Unicode does not take apart, as people write it who have no key for it.
fn plain(letter: char) -> [Option<char>; 2] {
    match letter {
        'ø' => [Some('o'), None],
        'ł' => [Some('l'), None],
        'đ' | 'ð' => [Some('d'), None],
        'ı' => [Some('i'), None],
        'ß' => [Some('s'), Some('s')],
        'æ' => [Some('a'), Some('e')],
        'œ' => [Some('o'), Some('e')],
        'þ' => [Some('t'), Some('h')],
        other => [Some(other), None],
    }
}

/// How many typing mistakes a word of so many letters may have and still be taken for another: none up to three letters,
/// one up to seven, two from there on.
pub fn mistakes(letters: usize) -> usize {
    match letters {
        0..=3 => 0,
        4..=7 => 1,
        _ => 2,
    }
}

/// Whether somebody who typed `typed` may have meant `name`: few letters left out, added, taken for others or swapped,
/// not the first one. Both as [`words`] gives them.
pub fn is_close(typed: &str, name: &str) -> bool {
    let allowed = mistakes(typed.chars().count());
    typed.chars().next() == name.chars().next()
        && typed.chars().count().abs_diff(name.chars().count()) <= allowed
        && distance(typed, name) <= allowed
}

/// How many letters have to be left out, added, taken for others or swapped with the next to make one word of another.
pub fn distance(typed: &str, name: &str) -> usize {
    strsim::osa_distance(typed, name)
}

/// How well names fit what was typed, the larger the better: all words are there, their beginnings are, or something
/// else of the thing was meant.
pub fn fit(typed: &[String], names: &[String]) -> u8 {
    let whole = |word: &String| names.contains(word);
    let begun = |word: &String| names.iter().any(|name| name.starts_with(word.as_str()));
    if typed.iter().all(whole) {
        return if typed.len() == names.len() { 3 } else { 2 };
    }
    u8::from(typed.iter().all(begun))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn words_are_compared_without_case_accents_and_punctuation() {
        let table = [
            ("José  García-Márquez", "jose garcia marquez"),
            ("JOSE\u{301} jose", "jose"),
            ("Ærøskøbing, Straße 7", "aeroskobing strasse 7"),
            ("anna.smith+news@example.com", "anna smith news example com"),
            ("İstanbul ıstanbul", "istanbul"),
            ("Ελένη Παπαδοπούλου", "ελενη παπαδοπουλου"),
            ("株式会社 東京", "株式会社 東京"),
            ("ﬁne ①", "fine 1"),
            ("  ,;- ", ""),
        ];
        for (text, expected) in table {
            assert_eq!(words(text).join(" "), expected, "{text}");
        }
    }

    #[test]
    fn a_name_is_found_in_spite_of_a_typing_mistake_but_not_of_a_different_one() {
        let close = [("smtih", "smith"), ("mueller", "muller"), ("gonzales", "gonzalez"), ("annna", "anna")];
        let far = [("bob", "rob"), ("jon", "joe"), ("smith", "smythe"), ("anna", "hanna"), ("lee", "leo")];
        for (typed, name) in close {
            assert!(is_close(typed, name), "{typed} for {name}");
        }
        for (typed, name) in far {
            assert!(!is_close(typed, name), "{typed} for {name}");
        }
    }

    #[test]
    fn whole_names_come_before_their_beginnings() {
        let names = words("Anna Smith");
        let of = |typed: &str| fit(&words(typed), &names);
        assert_eq!([of("smith anna"), of("anna"), of("ann smi"), of("example")], [3, 2, 1, 0]);
    }

    proptest! {
        #[test]
        fn words_of_words_are_the_same(text in "\\PC{0,80}") {
            let once = words(&text);
            prop_assert_eq!(words(&once.join(" ")), once.clone());
            prop_assert!(once.iter().all(|word| word.chars().all(char::is_alphanumeric)));
        }
    }
}

//! First and last name out of one text.

use std::borrow::Cow;

type Part<'a> = Option<Cow<'a, str>>;

const TITLES: &[&str] =
    &["dr", "prof", "professor", "mr", "mrs", "ms", "miss", "mx", "herr", "frau", "sir", "dame", "rev"];
const SUFFIXES: &[&str] = &["jr", "sr", "ii", "iii", "iv", "phd", "md", "mba", "cpa", "esq", "dds"];
const PARTICLES: &[&str] = &[
    "van", "von", "der", "den", "de", "del", "della", "di", "da", "dos", "das", "du", "la", "le", "ter",
    "ten", "zu", "bin", "al", "el", "st",
];

/// First and last name. `Lee, Ann` is Ann Lee; titles and degrees are left out; `van der Berg` stays together.
/// One word is a first name. Whoever has no spaces in their name is not cut.
pub fn split_name(full: Cow<'_, str>) -> (Part<'_>, Part<'_>) {
    let (before, behind) = match full.split_once(',') {
        Some((before, behind)) if !is_any(behind.trim(), SUFFIXES) => (before, Some(behind)),
        Some((before, _)) => (before, None),
        None => (full.as_ref(), None),
    };
    if let Some(behind) = behind {
        return (kept(&words_of(behind)), kept(&words_of(before)));
    }
    let words = words_of(before);
    match words.as_slice() {
        [] => (None, None),
        [one] => (kept(&[one]), None),
        words => {
            // The last name begins at the first particle that has a name before it, else it is the last word.
            let particle =
                words[1..words.len() - 1].iter().position(|word| is_any(word, PARTICLES)).map(|at| at + 1);
            let at = particle.unwrap_or(words.len() - 1);
            (kept(&words[..at]), kept(&words[at..]))
        }
    }
}

fn words_of(text: &str) -> Vec<&str> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let begin = words.iter().position(|word| !is_any(word, TITLES)).unwrap_or(words.len());
    let end = words.iter().rposition(|word| !is_any(word, SUFFIXES)).map_or(begin, |last| last + 1);
    // "Dr" alone, or "Sir Jr": then the words are the name after all.
    if begin >= end { words } else { words[begin..end].to_vec() }
}

fn is_any(word: &str, known: &[&str]) -> bool {
    let bare = word.trim_end_matches('.');
    known.iter().any(|known| {
        bare.eq_ignore_ascii_case(known)
            || (bare.contains('.') && bare.replace('.', "").eq_ignore_ascii_case(known))
    })
}

fn kept<'a>(words: &[&str]) -> Part<'a> {
    (!words.is_empty()).then(|| Cow::Owned(words.join(" ")))
}

//! What is known of a company, and how its web domain is read and compared.

use crate::identity::is_domain;

/// Longest name, in characters: as long as a contact may name it.
pub const MAX_NAME: usize = crate::import::MAX_VALUE;
/// Longest note, in characters.
pub const MAX_NOTES: usize = 10_000;
/// Most employees that a company may be said to have.
pub const MAX_EMPLOYEES: i64 = 10_000_000;

/// What would be right, for whoever wrote something else.
const EXAMPLE: &str = "Write a web domain such as acme.com";

/// Reads a web domain as people paste it: with a scheme, `www.`, a path, a port, in any case, in letters of any script.
/// Two that lead to the same place read the same. The letters of a script stay letters: `bücher.example`.
///
/// An error says what would do.
pub fn domain(text: &str) -> Result<String, &'static str> {
    let text = text.trim();
    let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
    if rest.contains('@') {
        return Err("This is an e-mail address. Write what stands after the @");
    }
    let host = rest.split(['/', '?', '#', ':']).next().unwrap_or_default().trim_end_matches('.');
    let ascii = idna::domain_to_ascii_strict(host).map_err(|_| EXAMPLE)?;
    let mut bare = ascii.as_str();
    while let Some(rest) = bare.strip_prefix("www.").filter(|rest| rest.contains('.')) {
        bare = rest;
    }
    if !is_domain(bare) {
        return Err(EXAMPLE);
    }
    // What cannot be shown in letters is shown as computers write it.
    Ok(match idna::domain_to_unicode(bare) {
        (readable, Ok(())) => readable,
        _ => bare.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_domain_is_read_however_it_is_pasted() {
        for (text, expected) in [
            ("acme.com", "acme.com"),
            ("  HTTPS://www.Acme.com/about?x=1#top ", "acme.com"),
            ("http://acme.com:8080", "acme.com"),
            ("acme.com.", "acme.com"),
            ("www.com", "www.com"),
            ("www.acme.co.uk", "acme.co.uk"),
            ("www.www.acme.com", "acme.com"),
            ("shop.acme.com", "shop.acme.com"),
            ("Bücher.example", "bücher.example"),
            ("xn--bcher-kva.example", "bücher.example"),
            ("https://ПРИМЕР.рф/", "пример.рф"),
        ] {
            assert_eq!(domain(text).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_domain_is_refused() {
        for text in
            ["", "acme", "ann@acme.com", "a b.com", "-acme.com", "acme..com", "https://", "10.0.0.1", ".com"]
        {
            assert!(domain(text).is_err(), "{text}: {:?}", domain(text));
        }
        assert!(domain(&format!("{}.com", "a".repeat(64))).is_err());
    }

    proptest! {
        #[test]
        fn whatever_is_written_reads_the_same_twice(text in "\\PC{0,40}|(www\\.)?[a-zäöé]{1,9}\\.(com|рф)(/.*)?") {
            if let Ok(once) = domain(&text) {
                prop_assert_eq!(domain(&once), Ok(once.clone()));
            }
        }
    }
}

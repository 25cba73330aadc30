//! Text that came from outside, made safe to store, to compare and to show.

/// Removes what is there to be not seen: the tag block, bidi overrides and isolates, zero-width
/// characters, control characters. Line ends become `\n`. Joiners stay between characters that are not
/// ASCII, because emoji and several scripts need them.
pub(crate) fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        match char {
            '\r' => {
                if chars.peek() != Some(&'\n') {
                    out.push('\n');
                }
            }
            '\n' | '\t' => out.push(char),
            '\u{200c}' | '\u{200d}' => {
                let before = out.chars().next_back().is_some_and(|c| !c.is_ascii());
                if before && chars.peek().is_some_and(|c| !c.is_ascii()) {
                    out.push(char);
                }
            }
            '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' => {}
            '\u{feff}' | '\u{e0000}'..='\u{e007f}' => {}
            char if char.is_control() => {}
            char => out.push(char),
        }
    }
    out
}

/// [`visible`] on one line, without blanks around it.
pub(crate) fn visible_line(text: &str) -> String {
    visible(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// At most `limit` bytes, cut between characters.
pub(crate) fn cut(mut text: String, limit: usize) -> String {
    text.truncate(text.floor_char_boundary(limit));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_text_goes_and_scripts_stay() {
        assert_eq!(visible("pay\u{e0049}\u{e0067} me\u{202e}!\u{200b}\u{2060}\u{feff}\0"), "pay me!");
        assert_eq!(visible("a\r\nb\rc\td"), "a\nb\nc\td");
        assert_eq!(visible("a\u{200d}b"), "ab");
        let family = "👨\u{200d}👩\u{200d}👧";
        assert_eq!(visible(family), family);
        let persian = "می\u{200c}خواهم";
        assert_eq!(visible(persian), persian);
        assert_eq!(visible_line(" Ada \n Lovelace\u{2066} "), "Ada Lovelace");
        assert_eq!(cut("aé".into(), 2), "a");
    }
}

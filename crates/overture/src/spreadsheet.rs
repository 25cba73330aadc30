//! What files say to the spreadsheets that open them.

/// A text that no spreadsheet takes for a formula (P-X10): people choose their names.
pub fn harmless(text: &str) -> String {
    match text.chars().next() {
        Some('=' | '+' | '-' | '@' | '\t' | '\r') => format!("'{text}"),
        _ => text.to_owned(),
    }
}

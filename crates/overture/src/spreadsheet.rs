//! What files say to the spreadsheets that open them.

/// The characters with which a formula may begin.
const BEGINNINGS: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// A text that no spreadsheet takes for a formula (P-X10): people choose their names.
pub fn harmless(text: &str) -> String {
    if text.starts_with(BEGINNINGS) { format!("'{text}") } else { text.to_owned() }
}

/// The text that was made [`harmless`].
pub fn meant(text: &str) -> String {
    let inner = text.strip_prefix('\'').filter(|inner| inner.starts_with(BEGINNINGS));
    inner.unwrap_or(text).to_owned()
}

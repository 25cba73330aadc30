//! When two headers are the same.

/// What is added to rejected rows, and so is no column of the file that they come from.
const REASONS: &str = "_error";

/// A name of a column as it is compared: without case, and with single spaces.
pub fn header_key(column: &str) -> String {
    column.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

/// The same text for the same columns, whatever their order. Rejected rows have the columns of their file.
pub fn fingerprint(columns: &[String]) -> String {
    let mut keys: Vec<String> =
        columns.iter().map(|column| header_key(column)).filter(|key| key != REASONS).collect();
    keys.sort_unstable();
    // No key has a line end in it.
    keys.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_case_and_space_make_no_other_header() {
        let print =
            |names: &[&str]| fingerprint(&names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
        assert_eq!(print(&["E-mail", "First  name"]), print(&[" first name", "E-MAIL", "_error"]));
        assert_ne!(print(&["E-mail", "Name"]), print(&["E-mail", "Names"]));
        assert_ne!(print(&["a b"]), print(&["a", "b"]));
        assert_ne!(print(&["a"]), print(&["a", "a2"]));
    }
}

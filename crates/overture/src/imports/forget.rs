//! Rows of one person that imports keep: rejected ones, and the first ones of each file.

use super::{about::About, rejected_path};
use crate::{app::App, error::Result};
use csv::{ByteRecord, ReaderBuilder};
use domain::identity;
use std::{path::Path, sync::Arc};
use store::{
    Scope,
    import::{self, Import},
};

/// The rejected rows that name one of these addresses, as they were.
pub async fn find(app: &Arc<App>, scope: &Scope, addresses: &[String]) -> Result<Vec<Vec<String>>> {
    let mut found = Vec::new();
    for import in over(app, scope).await? {
        let (_, rows) = split(app, &import, addresses).await?;
        found.extend(rows);
    }
    Ok(found)
}

/// What was taken out of imports.
#[derive(Debug, Default)]
pub struct Removed {
    /// Rows of files of rejected ones.
    pub rejected: i64,
    /// Rows that were kept to show what a file looks like.
    pub previews: i64,
}

/// Takes such rows out of the files, and out of what is kept to show what an import was like.
pub async fn remove(app: &Arc<App>, scope: &Scope, addresses: &[String]) -> Result<Removed> {
    let mut removed = Removed::default();
    for import in over(app, scope).await? {
        removed.previews += without_preview(app, scope, &import, addresses).await?;
        let (kept, rows) = split(app, &import, addresses).await?;
        if rows.is_empty() {
            continue;
        }
        let path = rejected_path(app, &import.id);
        let next = path.with_extension("next");
        let length = i64::try_from(kept.len()).unwrap_or(i64::MAX);
        tokio::fs::write(&next, kept).await?;
        tokio::fs::File::open(&next).await?.sync_all().await?;
        // The shorter length comes first: what is behind it in the old file is not shown.
        let tx = app.db.begin().await?;
        import::set_rejected_bytes(&tx, scope, &import.id, length).await?;
        app.commit(tx).await?;
        tokio::fs::rename(&next, &path).await?;
        removed.rejected += rows.len() as i64;
    }
    Ok(removed)
}

async fn without_preview(
    app: &Arc<App>,
    scope: &Scope,
    import: &Import,
    addresses: &[String],
) -> Result<i64> {
    let mut about: About = serde_json::from_str(&import.sniffed)?;
    let before = about.file.preview.len();
    about.file.preview.retain(|row| !row.iter().any(|cell| names(cell.as_bytes(), addresses)));
    let gone = before - about.file.preview.len();
    if gone > 0 {
        let tx = app.db.begin().await?;
        import::set_sniffed(&tx, scope, &import.id, &serde_json::to_string(&about)?).await?;
        app.commit(tx).await?;
    }
    Ok(gone as i64)
}

/// Imports that do not run.
async fn over(app: &Arc<App>, scope: &Scope) -> Result<Vec<Import>> {
    let mut all = Vec::new();
    let mut cursor = None;
    loop {
        let page = import::page(&app.db, scope, Some(200), cursor.as_deref()).await?;
        all.extend(page.data.into_iter().filter(|i| i.status != "running"));
        cursor = page.next_cursor;
        if cursor.is_none() {
            return Ok(all);
        }
    }
}

/// The file without the rows that name one of the addresses, and those rows.
async fn split(app: &Arc<App>, import: &Import, addresses: &[String]) -> Result<(Vec<u8>, Vec<Vec<String>>)> {
    let path = rejected_path(app, &import.id);
    let about: About = serde_json::from_str(&import.sniffed)?;
    let length = usize::try_from(import.rejected_bytes).unwrap_or(0);
    let (addresses, delimiter) = (addresses.to_vec(), about.file.delimiter);
    let work = move || read(&path, length, delimiter, &addresses);
    Ok(tokio::task::spawn_blocking(work).await.map_err(anyhow::Error::from)??)
}

fn read(
    path: &Path,
    length: usize,
    delimiter: u8,
    addresses: &[String],
) -> std::io::Result<(Vec<u8>, Vec<Vec<String>>)> {
    let mut bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok((vec![], vec![])),
        Err(error) => return Err(error),
    };
    bytes.truncate(length);
    let mut reader =
        ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(&bytes[..]);
    let (mut kept, mut theirs) = (Vec::with_capacity(bytes.len()), Vec::new());
    let mut record = ByteRecord::new();
    let mut start = 0;
    let mut first = true;
    while reader.read_byte_record(&mut record)? {
        let end = usize::try_from(reader.position().byte()).unwrap_or(usize::MAX).min(bytes.len());
        let is_theirs = !first && record.iter().any(|cell| names(cell, addresses));
        if is_theirs {
            theirs.push(record.iter().map(|cell| String::from_utf8_lossy(cell).into_owned()).collect());
        } else {
            kept.extend_from_slice(&bytes[start..end]);
        }
        (start, first) = (end, false);
    }
    kept.extend_from_slice(&bytes[start.min(bytes.len())..]);
    Ok((kept, theirs))
}

/// Whether a cell holds one of the addresses, however it is written.
fn names(cell: &[u8], addresses: &[String]) -> bool {
    let text = String::from_utf8_lossy(cell).to_lowercase();
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    addresses.iter().any(|address| {
        text.contains(address.as_str())
            || identity::email(&text).is_ok_and(|email| email.key == *address)
            || address.strip_prefix('+').is_some_and(|number| {
                // With or without its country code, but never a part of a longer number.
                digits.len() >= 7
                    && (digits == number || number.ends_with(&digits) && digits.len() + 3 >= number.len())
            })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_one_person_are_taken_out_and_all_others_stay_byte_for_byte() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("r.csv");
        let head = "\u{feff}Email,Phone,_error\r\n";
        let other = "bob@people.example,\"+1 (415) 555-0199\r\nhome\",no phone\r\n";
        let theirs =
            ["Ann@People.example,x,bad\r\n", "\"<ann@people.example>\",,bad\r\n", ",(415) 555-0123,bad\r\n"];
        std::fs::write(&path, format!("{head}{}{other}{}{}behind", theirs[0], theirs[1], theirs[2])).unwrap();
        let length = std::fs::metadata(&path).unwrap().len() as usize - "behind".len();
        let addresses = ["ann@people.example".to_owned(), "+14155550123".to_owned()];
        let (kept, rows) = read(&path, length, b',', &addresses).unwrap();
        assert_eq!(String::from_utf8(kept).unwrap(), format!("{head}{other}"));
        assert_eq!(rows.len(), 3, "{rows:?}");
        assert_eq!(read(&folder.path().join("none.csv"), 9, b',', &addresses).unwrap(), (vec![], vec![]));
    }
}

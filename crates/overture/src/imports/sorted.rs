//! Reading a file a window at a time, each in the order of its e-mail addresses.
//!
//! Rows with an address come in windows; those without one, which look for a phone number, are kept for the end, or until
//! there are too many of them, and come in the order of the file. So whoever has an address is there before a row looks
//! for their number, and the database needs its index of numbers only then. Rows with the same address stay in the order
//! of the file, so that the last one has the last word.
//!
//! The order depends on nothing but the file and its mapping: whoever takes over judges all rows again and leaves out as
//! many as were written.
//!
//! Two threads: one judges rows and fills a window while the other makes chunks of the last one.

use super::{
    judge::{CHUNK_BYTES, Chunk, Judge, Task, Verdict},
    source::ImportProblem,
    window::{MOST_ROWS, Window},
};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use tokio::sync::mpsc;

/// Rows of the first window, so that the writing begins soon; each one after it has twice as many.
const FIRST_ROWS: usize = 16 * 1024;

/// What a window begins with, and its rows.
struct Stretch {
    /// What was refused on the way to them.
    told: Chunk,
    rows: Window,
}

/// Reads the file to its end, or until nobody listens any more.
pub(super) fn read(task: &Task, chunks: &mpsc::Sender<Chunk>) -> Result<(), ImportProblem> {
    read_in_windows(task, chunks, FIRST_ROWS)
}

fn read_in_windows(task: &Task, chunks: &mpsc::Sender<Chunk>, first: usize) -> Result<(), ImportProblem> {
    let (sender, stretches) = sync_channel(0);
    std::thread::scope(|scope| {
        let judging = scope.spawn(move || judge_all(task, &sender, first));
        hand_over(task, stretches, chunks);
        match judging.join() {
            Ok(read) => read,
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}

/// What was judged before the file turned out to be unreadable comes all the same.
fn judge_all(task: &Task, stretches: &SyncSender<Stretch>, first: usize) -> Result<(), ImportProblem> {
    let mut judge = Judge::open(task)?;
    let (mut told, mut size) = (Chunk::default(), first);
    let (mut rows, mut without) = (Window::of(size), Window::of(MOST_ROWS));
    let read = loop {
        match judge.next(&mut told) {
            Ok(Verdict::End) => break Ok(()),
            Ok(Verdict::Refused) => told.read += 1,
            Ok(Verdict::Accepted(row, _)) if row.email.is_some() => rows.push(&row),
            Ok(Verdict::Accepted(row, _)) => without.push(&row),
            Err(problem) => break Err(problem),
        }
        let full = if rows.is_full() {
            size = size.saturating_mul(2);
            let mut full = std::mem::replace(&mut rows, Window::of(size));
            full.sort();
            full
        } else if without.is_full() {
            std::mem::replace(&mut without, Window::of(MOST_ROWS))
        } else {
            continue;
        };
        told.position = judge.position();
        if stretches.send(Stretch { told: std::mem::take(&mut told), rows: full }).is_err() {
            return Ok(());
        }
    };
    rows.sort();
    told.position = judge.position();
    let end = Chunk { position: told.position, ..Chunk::default() };
    let last = [Stretch { told, rows }, Stretch { told: end, rows: without }];
    if last.into_iter().any(|stretch| stretches.send(stretch).is_err()) {
        tracing::debug!("the import ended before its last rows");
    }
    read
}

/// Makes chunks of the windows, without the rows that are written already. What was refused belongs to the first chunk of
/// its window.
fn hand_over(task: &Task, stretches: Receiver<Stretch>, chunks: &mpsc::Sender<Chunk>) {
    let mut written = task.done;
    for Stretch { told, rows } in stretches {
        let mut chunk = if written > 0 {
            written = (written - told.read).max(0);
            Chunk { position: told.position, ..Chunk::default() }
        } else {
            told
        };
        let from = rows.len().min(usize::try_from(written).unwrap_or(usize::MAX));
        written -= from as i64;
        let mut bytes = 0;
        for (row, size) in rows.rows(from) {
            chunk.accepted.push(row);
            chunk.read += 1;
            bytes += size;
            if chunk.accepted.len() as i64 >= task.chunk_rows || bytes >= CHUNK_BYTES {
                bytes = 0;
                if !chunk.hand_over(chunks) {
                    return;
                }
            }
        }
        if chunk.read > 0 && !chunk.hand_over(chunks) {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::imports::{Rules, about::examine, judge::Order, rejected::Layout};
    use domain::import::MatchBy;
    use std::{collections::BTreeMap, fmt::Write as _, path::Path};

    /// What comes out, chunk by chunk: rows read, what was refused, and the accepted rows.
    type Heard = Vec<(i64, Vec<u8>, Vec<String>)>;

    fn file(rows: u32) -> String {
        let mut text = String::from("email,phone,first name\n");
        for n in 0..rows {
            match n % 7 {
                // The same people again and again, in no order.
                0..4 => writeln!(text, "p{}@x.example,,Name {n}", n * 37 % 23),
                4 => writeln!(text, ",+1415555{:04},Name {n}", n % 9),
                5 => writeln!(text, "no address,,Name {n}"),
                _ => writeln!(text, "P{}@X.example,,Name {n}", n * 31 % 23),
            }
            .unwrap();
        }
        text
    }

    fn task(path: &Path, done: i64, chunk_rows: i64) -> Task {
        let about = examine(path).unwrap();
        Task {
            path: path.to_owned(),
            mapping: Rules::guessed(&about).check(&about.file.columns, "US").unwrap(),
            layout: Layout::of(path, &about.file).unwrap(),
            format: about.format(),
            file: about.file,
            done,
            chunk_rows,
            examples: 0,
            keeps_late: false,
            order: Order::Address,
        }
    }

    fn names(chunk: &Chunk) -> impl Iterator<Item = &str> {
        chunk.accepted.rows().iter().filter_map(|row| row.fields.first_name.as_deref())
    }

    fn heard(path: &Path, done: i64, chunk_rows: i64, first: usize) -> Heard {
        let task = task(path, done, chunk_rows);
        let (sender, mut chunks) = mpsc::channel(1);
        let reading = std::thread::spawn(move || read_in_windows(&task, &sender, first));
        let mut heard = Vec::new();
        while let Some(chunk) = chunks.blocking_recv() {
            let names = names(&chunk).map(str::to_owned).collect();
            heard.push((chunk.read, chunk.rejected, names));
        }
        reading.join().unwrap().unwrap();
        heard
    }

    #[test]
    fn every_row_comes_once_and_whoever_goes_on_gets_the_others() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("people.csv");
        let text = file(300);
        std::fs::write(&path, &text).unwrap();
        for (chunk_rows, first) in [(1, 1), (7, 10), (1_000, 10), (13, 1_000)] {
            let all = heard(&path, 0, chunk_rows, first);
            assert_eq!(all.iter().map(|(read, ..)| read).sum::<i64>(), 300, "{chunk_rows} {first}");
            let names = all.iter().flat_map(|(.., names)| names);
            let mut counts: BTreeMap<&str, u32> = BTreeMap::new();
            names.for_each(|name| *counts.entry(name).or_default() += 1);
            assert!(counts.values().all(|count| *count == 1), "{chunk_rows} {first}");
            let refused: usize =
                all.iter().map(|(_, told, _)| told.iter().filter(|b| **b == b'\n').count()).sum();
            assert_eq!(counts.len() + refused, 300, "{chunk_rows} {first}");
            let mut done = 0;
            for at in 0..all.len() {
                assert_eq!(
                    heard(&path, done, chunk_rows, first),
                    all[at..],
                    "{chunk_rows} {first} after {done}"
                );
                done += all[at].0;
            }
        }
    }

    #[test]
    fn rows_of_one_address_stay_in_order_and_those_without_come_last() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("people.csv");
        std::fs::write(&path, file(300)).unwrap();
        let task = task(&path, 0, 50);
        let (sender, mut chunks) = mpsc::channel(100);
        read_in_windows(&task, &sender, 20).unwrap();
        drop(sender);
        let mut last: BTreeMap<String, u32> = BTreeMap::new();
        let mut keys = Vec::new();
        while let Some(chunk) = chunks.blocking_recv() {
            let by_key = chunk.accepted.match_keys(MatchBy::EmailThenPhone).map(str::to_owned);
            for (key, name) in by_key.zip(names(&chunk)) {
                let n: u32 = name.trim_start_matches("Name ").parse().unwrap();
                assert!(last.insert(key.clone(), n).is_none_or(|before| before < n), "{key}");
                keys.push(key);
            }
        }
        let first_phone = keys.iter().position(|key| key.starts_with('+')).unwrap();
        assert!(keys[first_phone..].iter().all(|key| key.starts_with('+')));
        assert!(keys[..20].is_sorted(), "{:?}", &keys[..20]);
    }
}

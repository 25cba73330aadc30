//! Every kind of file that people upload, and what they are told about it.

use crate::imports::{
    reader::{CELL_LIMIT, RowCount, RowOutcome, Rows},
    sniff::{Sniffed, sniff, sniff_from},
    source::{Encoding, ImportProblem},
};
use csv::ByteRecord;
use std::io::Cursor;

fn look(file: &[u8]) -> Result<Sniffed, ImportProblem> {
    sniff_from(&mut Cursor::new(file))
}

/// A file's rows as text, cells with `|` between them; bad rows with their reason.
fn read(file: &[u8]) -> Result<Vec<String>, ImportProblem> {
    let sniffed = look(file)?;
    let mut rows = Rows::over(Cursor::new(file), &sniffed)?;
    let (mut record, mut all) = (ByteRecord::new(), Vec::new());
    loop {
        match rows.next(&mut record)? {
            RowOutcome::Row(line) => {
                let cells: Vec<_> =
                    record.iter().map(|cell| std::str::from_utf8(cell).expect("UTF-8")).collect();
                all.push(format!("{line}: {}", cells.join("|")));
            }
            RowOutcome::Bad { line, reason, .. } => all.push(format!("{line}! {reason}")),
            RowOutcome::End => return Ok(all),
        }
    }
}

fn wide(text: &str, order: fn(u16) -> [u8; 2], mark: bool) -> Vec<u8> {
    mark.then_some(0xFEFF).into_iter().chain(text.encode_utf16()).flat_map(order).collect()
}

#[test]
fn files_are_understood_whatever_wrote_them() {
    let text = "email,name\nann@x.example,J\u{fc}rgen \u{2713}\n";
    let rows = ["2: ann@x.example|J\u{fc}rgen \u{2713}"];
    for (name, file, encoding) in [
        ("UTF-8", text.as_bytes().to_vec(), Encoding::Utf8),
        ("UTF-8 with a mark", format!("\u{feff}{text}").into_bytes(), Encoding::Utf8),
        ("UTF-16LE with a mark", wide(text, u16::to_le_bytes, true), Encoding::Utf16Le),
        ("UTF-16BE with a mark", wide(text, u16::to_be_bytes, true), Encoding::Utf16Be),
        ("UTF-16LE", wide(text, u16::to_le_bytes, false), Encoding::Utf16Le),
        ("UTF-16BE", wide(text, u16::to_be_bytes, false), Encoding::Utf16Be),
    ] {
        let sniffed = look(&file).expect(name);
        assert_eq!((sniffed.encoding, sniffed.bytes), (encoding, file.len() as u64), "{name}");
        assert_eq!(sniffed.columns, ["email", "name"], "{name}");
        assert_eq!(sniffed.preview, [["ann@x.example", "J\u{fc}rgen \u{2713}"]], "{name}");
        assert_eq!(read(&file).expect(name), rows, "{name}");
    }
    let latin = b"email,name\nann@x.example,J\xFCrgen \x80\n";
    assert_eq!(look(latin).map(|sniffed| sniffed.encoding), Ok(Encoding::Windows1252));
    assert_eq!(read(latin).expect("rows"), ["2: ann@x.example|J\u{fc}rgen \u{20ac}"]);
}

#[test]
fn the_first_accent_may_stand_in_the_last_row() {
    let mut file = b"email,name\n".to_vec();
    for number in 0..40_000 {
        file.extend_from_slice(format!("p{number}@x.example,Person {number}\n").as_bytes());
    }
    let plain = file.len();
    file.extend_from_slice(b"last@x.example,Jos\xE9\n");
    assert_eq!(look(&file).map(|sniffed| sniffed.encoding), Ok(Encoding::Windows1252));
    assert_eq!(
        read(&file).expect("rows").last().map(String::as_str),
        Some("40002: last@x.example|Jos\u{e9}")
    );
    // In a file that is otherwise UTF-8, the broken row is told and the others are read.
    file.truncate(plain);
    file.extend_from_slice("a@x.example,\u{c5}ngstr\u{f6}m\n".as_bytes());
    file.extend_from_slice(b"b@x.example,Jos\xE9\nc@x.example,C\n");
    let rows = read(&file).expect("rows");
    assert_eq!(rows[40_000], "40002: a@x.example|\u{c5}ngstr\u{f6}m");
    assert!(
        rows[40_001].starts_with("40003! The row has characters that are not UTF-8."),
        "{}",
        rows[40_001]
    );
    assert_eq!(rows[40_002], "40004: c@x.example|C");
    // A letter cut by the border of what is read at a time is no broken letter.
    for shift in 0..4 {
        let mut file = format!("email,{}\n", "n".repeat(shift)).into_bytes();
        file.extend("x@y.example,\u{1f600}\n".repeat(40_000).into_bytes());
        let sniffed = look(&file).expect("a file");
        assert_eq!((sniffed.encoding, sniffed.bytes), (Encoding::Utf8, file.len() as u64), "{shift}");
    }
}

#[test]
fn delimiters_are_found_and_line_ends_do_not_matter() {
    for (name, file, delimiter, rows) in [
        ("comma", "a,b\n1,2\n", b',', vec!["2: 1|2"]),
        ("semicolon with decimal commas", "a;b;c\n1,5;2;3,5\n", b';', vec!["2: 1,5|2|3,5"]),
        ("TAB", "a\tb\n1,2;3\t4\n", b'\t', vec!["2: 1,2;3|4"]),
        ("bar", "a|b\n1|2\n", b'|', vec!["2: 1|2"]),
        ("a comma in a header of semicolons", "n;x, y;z\n1;2;3\n4;5;6\n", b';', vec!["2: 1|2|3", "3: 4|5|6"]),
        ("bars in a header of commas", "a|b|c,d\n1,2\n", b',', vec!["2: 1|2"]),
        ("quoted delimiters", "a;b\n\"x,y,z\";2\n", b';', vec!["2: x,y,z|2"]),
        ("one column", "email\na@x.example\nb@x.example\n", b',', vec!["2: a@x.example", "3: b@x.example"]),
        ("announced", "sep=;\r\na;b\r\n1;2\r\n", b';', vec!["3: 1|2"]),
        ("announced, strange", "SEP=^\na^b\n1^2\n", b'^', vec!["3: 1|2"]),
        ("CR LF", "a,b\r\n1,2\r\n3,4\r\n", b',', vec!["2: 1|2", "3: 3|4"]),
        ("CR alone", "a,b\r1,2\r3,4", b',', vec!["2: 1|2", "3: 3|4"]),
        (
            "mixed, blank lines, nothing at the end",
            "a,b\n\n1,2\r\n\r\n \r3,4\n,\n5,6",
            b',',
            vec!["3: 1|2", "5! The row has 1 cell where the header has 2 columns.", "6: 3|4", "8: 5|6"],
        ),
        ("lines inside cells", "a,b\n\"1\r\n2\n3\",x\n4,5\n", b',', vec!["2: 1\r\n2\n3|x", "5: 4|5"]),
        (
            "quotes",
            "a,b\n\"say \"\"hi\"\"\",\"\"\n\"\"\"\",6\" pipe\n",
            b',',
            vec!["2: say \"hi\"|", "3: \"|6\" pipe"],
        ),
        ("a quote at the very end", "a,b\n1,\"2\"", b',', vec!["2: 1|2"]),
        (
            "formulas are text",
            "a,b\n=cmd|' /C calc'!A0,@SUM(A1)\n",
            b',',
            vec!["2: =cmd|' /C calc'!A0|@SUM(A1)"],
        ),
        (
            "ragged",
            "a,b\n1\n1,2,3\n1,2,,\n1,2\n",
            b',',
            vec![
                "2! The row has 1 cell where the header has 2 columns.",
                "3! The row has 3 cells where the header has 2 columns.",
                "4: 1|2",
                "5: 1|2",
            ],
        ),
    ] {
        assert_eq!(look(file.as_bytes()).map(|sniffed| sniffed.delimiter), Ok(delimiter), "{name}");
        assert_eq!(read(file.as_bytes()).expect(name), rows, "{name}");
    }
}

#[test]
fn what_cannot_be_imported_is_told_and_why() {
    let many: String = (0..10_000).map(|number| format!("c{number},")).collect();
    let endless = format!("a,b\n1,2\n\"open,2\n{}", "3,4\n".repeat(100_000));
    let endless_cr = endless.replace('\n', "\r");
    let late_nul = format!("a,b\n{}x\0y,2\n", "1,2\n".repeat(1000));
    for (name, file, code, says) in [
        ("nothing", Vec::new(), "empty", "empty"),
        ("a mark only", b"\xEF\xBB\xBF".to_vec(), "empty", "empty"),
        ("blank lines only", b"\r\n\n\n,,,\n".to_vec(), "empty", "empty"),
        ("a header only", b"email,name\n\n".to_vec(), "only_header", "no rows"),
        ("no header", b"ann@x.example,Ann\nbob@x.example,Bob\n".to_vec(), "no_header", "ann@x.example"),
        ("no header, a phone", b"Ann,+1 (555) 010-0199\nBob,2\n".to_vec(), "no_header", "555"),
        (
            "the same name twice",
            b"Email,name, email \n1,2,3\n".to_vec(),
            "duplicate_column",
            "columns 1 and 3",
        ),
        ("10,000 columns", format!("{many}\n{many}\n").into_bytes(), "too_many_columns", "10001 columns"),
        ("an old workbook", b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1".to_vec(), "not_csv", "old Excel file"),
        ("a ZIP file", b"PK\x03\x04contacts.csv".to_vec(), "not_csv", "ZIP"),
        ("compressed", b"\x1F\x8B\x08\0".to_vec(), "not_csv", "compressed"),
        ("a PDF file", b"%PDF-1.7\n".to_vec(), "not_csv", "PDF"),
        ("a NUL byte", b"a,b\n1,2\n3,\0\n".to_vec(), "nul_byte", "Line 3 "),
        ("a NUL byte in quotes", b"a,b\n1,2\n3,\"\n\0\"\n".to_vec(), "nul_byte", "Line 4 "),
        ("a NUL byte far down", late_nul.into_bytes(), "nul_byte", "Line 1002 "),
        ("an open quote at the end", b"a,b\n\"1,2\n".to_vec(), "quote_unclosed", "opened on line 2 is never"),
        ("an open quote", endless.clone().into_bytes(), "quote_unclosed", "opened on line 3 is never"),
        ("an open quote, CR", endless_cr.into_bytes(), "quote_unclosed", "opened on line 3 is never"),
        ("an open quote in the header", b"a,\"b\n1,2\n".to_vec(), "quote_unclosed", "line 1 "),
        ("a broken quote in the header", b"a,\"b\"c\n1,2\n".to_vec(), "header_unreadable", "line 1"),
        ("a header of 2 MB", vec![b'x'; 2_000_000], "header_unreadable", "too long"),
    ] {
        let problem = read(&file).expect_err(name);
        assert_eq!(problem.code, code, "{name}: {problem}");
        assert!(problem.message.contains(says), "{name}: {problem}");
    }
}

#[test]
fn one_bad_row_does_not_cost_the_others() {
    let long = "x".repeat(CELL_LIMIT + 1);
    let huge = "y".repeat(3_000_000);
    let lines = "z\n".repeat(1001);
    let wide = "w,".repeat(600_000);
    let cell = "v".repeat(CELL_LIMIT);
    let too_long = "The row is too long: a cell may have 64 KB, a row 1 MB and 1,000 lines.";
    let file = format!(
        "a,b\n1,2\n{long},2\n\"{long}\",2\n{huge}\r\n\"{huge}\n\",3\n{wide}\n{cell},\"{cell}\"\n\
         \"{}\",5\n\"say \"hi\" now\",6\n7,\"open\n8,\"closed\"\n9,9\n",
        "u\n".repeat(999)
    );
    let rows = read(file.as_bytes()).expect("rows");
    let short: Vec<String> = rows.iter().map(|row| row.chars().take(60).collect()).collect();
    assert_eq!(short.len(), 12, "{short:?}");
    assert_eq!(rows[0], "2: 1|2");
    for (row, line) in [(1, 3), (2, 4), (3, 5), (4, 6), (5, 8)] {
        assert_eq!(rows[row], format!("{line}! {too_long}"));
    }
    assert_eq!(rows[6].len(), "9: |".len() + 2 * CELL_LIMIT);
    assert!(rows[7].starts_with("10: u\nu\n") && rows[7].ends_with("\n|5"), "{}", short[7]);
    assert!(rows[8].starts_with("1010! The quote opened on line 1010 is not closed before"), "{}", rows[8]);
    assert!(rows[9].starts_with(
        "1011! The quote opened on line 1011 is not closed before other text follows on line 1012"
    ));
    assert_eq!(rows[10..], ["1012: 8|closed", "1013: 9|9"]);
    let lines = format!("a,b\n\"{lines}\",2\n");
    assert_eq!(read(lines.as_bytes()).map_err(|problem| problem.code), Err("quote_unclosed".into()));
}

#[test]
fn marks_that_turn_the_text_are_taken_out_and_counted() {
    let file =
        "name\u{202e},mail\nAnn\u{202e}gnp.exe,\u{2066}a@x.example\u{2069}\nB\u{f6}b \u{2713},b@x.example\n";
    let sniffed = look(file.as_bytes()).expect("a file");
    assert_eq!(sniffed.columns, ["name", "mail"]);
    let mut rows = Rows::over(Cursor::new(file), &sniffed).expect("rows");
    let mut record = ByteRecord::new();
    assert_eq!(rows.next(&mut record), Ok(RowOutcome::Row(2)));
    assert_eq!(record, vec!["Anngnp.exe", "a@x.example"]);
    assert_eq!(rows.next(&mut record), Ok(RowOutcome::Row(3)));
    assert_eq!(record, vec!["B\u{f6}b \u{2713}", "b@x.example"]);
    assert_eq!((rows.next(&mut record), rows.cleaned()), (Ok(RowOutcome::End), 1));
}

#[test]
fn a_file_on_disk_is_looked_at_counted_and_read_with_progress() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("contacts.csv");
    let mut text = "email;;First name\n".to_owned();
    for number in 0..30_000 {
        text.push_str(&format!("p{number}@x.example;{number};Person number {number}\n"));
    }
    text.push_str("short;row\n");
    std::fs::write(&path, &text).expect("written");
    let sniffed = sniff(&path).expect("a file");
    assert_eq!(sniffed.columns, ["email", "Column 2", "First name"]);
    assert_eq!((sniffed.preview.len(), sniffed.bytes), (10, text.len() as u64));
    let stored = serde_json::to_value(&sniffed).expect("json");
    assert_eq!(stored["encoding"], "UTF-8");
    let sniffed: Sniffed = serde_json::from_value(stored).expect("a sniffed file");
    assert_eq!(Rows::count(&path, &sniffed), Ok(RowCount { rows: 30_000, bad: 1 }));
    let mut rows = Rows::open(&path, &sniffed).expect("rows");
    let (mut record, mut before) = (ByteRecord::new(), 0);
    while rows.next(&mut record).expect("a row") != RowOutcome::End {
        assert!(rows.bytes_read() >= before && rows.bytes_read() <= sniffed.bytes);
        before = rows.bytes_read();
    }
    assert_eq!(before, sniffed.bytes);
    let gone = sniff(&folder.path().join("gone.csv")).expect_err("no file");
    assert_eq!(gone.code, "unreadable");
}

/// Numbers without order, the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % sides as u64) as usize
    }
}

#[test]
fn what_a_csv_writer_wrote_is_read_as_it_was() {
    let mut dice = Dice(0x5EED);
    for (delimiter, encoding) in [
        (b',', Encoding::Utf8),
        (b';', Encoding::Utf16Le),
        (b'\t', Encoding::Utf16Be),
        (b'|', Encoding::Utf8),
    ] {
        let pieces = [
            "a",
            "\"",
            ",",
            ";",
            "\t",
            "|",
            "\n",
            "\r\n",
            "\r",
            " ",
            "\u{fc}",
            "\u{1f600}",
            "long enough text ",
        ];
        let mut expected = Vec::new();
        let mut writer = csv::WriterBuilder::new().delimiter(delimiter).from_writer(Vec::new());
        writer.write_record(["one", "two", "three"]).expect("written");
        for _ in 0..20_000 {
            let cells: [String; 3] = std::array::from_fn(|place| {
                let text: String = (0..dice.roll(8)).map(|_| pieces[dice.roll(pieces.len())]).collect();
                if place == 0 { format!("x{text}") } else { text }
            });
            writer.write_record(&cells).expect("written");
            expected.push(cells);
        }
        let text = String::from_utf8(writer.into_inner().expect("whole")).expect("text");
        let lines = text.replace("\r\n", "\n").matches(['\r', '\n']).count() as u64;
        let file = match encoding {
            Encoding::Utf16Le => wide(&text, u16::to_le_bytes, true),
            Encoding::Utf16Be => wide(&text, u16::to_be_bytes, true),
            _ => text.into_bytes(),
        };
        let sniffed = look(&file).expect("a file");
        assert_eq!((sniffed.delimiter, sniffed.encoding), (delimiter, encoding));
        let mut rows = Rows::over(Cursor::new(&file), &sniffed).expect("rows");
        let (mut record, mut last) = (ByteRecord::new(), 0);
        for cells in &expected {
            match rows.next(&mut record).expect("a row") {
                RowOutcome::Row(line) => last = line,
                other => panic!("{other:?} instead of {cells:?}"),
            }
            assert_eq!(record, cells.to_vec());
        }
        assert_eq!(rows.next(&mut record), Ok(RowOutcome::End));
        assert!(last <= lines && lines - last < 20, "the last row began on line {last} of {lines}");
    }
}

#[test]
fn no_bytes_make_it_panic_or_run_for_ever() {
    let mut dice = Dice(0xF00D);
    let pieces: [&[u8]; 18] = [
        b"\"",
        b"\"\"",
        b",",
        b";",
        b"\t",
        b"\n",
        b"\r",
        b"\r\n",
        b"a",
        b"email",
        b"\xFF",
        b"\xC3",
        b"\0",
        b"\xEF\xBB\xBF",
        b"\xFF\xFE",
        b"sep=;\n",
        b"PK",
        b"\xE2\x80\xAE",
    ];
    for _ in 0..1_500 {
        let file: Vec<u8> =
            (0..dice.roll(40)).flat_map(|_| pieces[dice.roll(pieces.len())]).copied().collect();
        match read(&file) {
            Ok(rows) => assert!(rows.len() <= file.len(), "{file:?}"),
            Err(problem) => assert!(!problem.message.is_empty(), "{file:?}"),
        }
    }
}

use super::*;
use domain::import::UNCALCULATED;
use proptest::prelude::*;
use std::io::{Cursor, Write};
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

/// Packs parts.
fn packed(parts: &[(&str, &str)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for (name, text) in parts {
        zip.start_file(*name, options).expect("part");
        zip.write_all(text.as_bytes()).expect("text");
    }
    zip.finish().expect("zip").into_inner()
}

const STYLES: &str = r#"<styleSheet><numFmts count="2"><numFmt numFmtId="164" formatCode="dd\.mm\.yyyy"/>
    <numFmt numFmtId="165" formatCode="&quot;+&quot;0"/></numFmts>
    <cellStyleXfs><xf numFmtId="14"/></cellStyleXfs>
    <cellXfs><xf numFmtId="0"/><xf numFmtId="164"/><xf numFmtId="22"/><xf numFmtId="165"/></cellXfs></styleSheet>"#;
const STRINGS: &str = r#"<sst count="3"><si><t>Email</t></si><si><r><t>Na</t></r><r><t xml:space="preserve">me </t></r>
    <rPh><t>NO</t></rPh></si><si><t>a&amp;b &#x1F600;_x000D_&lt;</t></si></sst>"#;
const ROOT: &str = r#"<Relationships><Relationship Id="rId1" Type="http://x/officeDocument" Target="xl/workbook.xml"/></Relationships>"#;

/// A workbook with sheets: name, state, rows.
fn book(sheets: &[(&str, &str, &str)]) -> Vec<u8> {
    let (mut named, mut targets, mut parts) = (String::new(), String::new(), Vec::new());
    for (at, (name, state, rows)) in sheets.iter().enumerate() {
        named += &format!(r#"<sheet name="{name}" sheetId="{at}" state="{state}" r:id="rId{at}"/>"#);
        targets += &format!(
            r#"<Relationship Id="rId{at}" Type="http://x/worksheet" Target="worksheets/sheet{at}.xml"/>"#
        );
        parts.push((
            format!("xl/worksheets/sheet{at}.xml"),
            format!("<worksheet><sheetData>{rows}</sheetData></worksheet>"),
        ));
    }
    let main = format!("<?xml version=\"1.0\"?><workbook><workbookPr/><sheets>{named}</sheets></workbook>");
    let targets = format!("<Relationships>{targets}</Relationships>");
    let mut all = vec![
        ("_rels/.rels", ROOT),
        ("xl/workbook.xml", main.as_str()),
        ("xl/_rels/workbook.xml.rels", targets.as_str()),
        ("xl/styles.xml", STYLES),
        ("xl/sharedStrings.xml", STRINGS),
    ];
    all.extend(parts.iter().map(|(name, text)| (name.as_str(), text.as_str())));
    packed(&all)
}

fn read_sheet(file: &[u8], sheet: Option<&str>) -> Result<(Origin, String), ImportProblem> {
    let folder = tempfile::tempdir().expect("folder");
    let (from, into) = (folder.path().join("a.xlsx"), folder.path().join("a.csv"));
    std::fs::write(&from, file).expect("written");
    let origin = super::super::convert(&from, &into, sheet)?;
    let text = std::fs::read_to_string(&into).unwrap_or_default();
    Ok((origin.unwrap_or_default(), text.trim_start_matches('\u{feff}').to_owned()))
}

fn read(file: &[u8]) -> Result<(Origin, String), ImportProblem> {
    read_sheet(file, None)
}

/// The lines of a sheet with these rows.
fn lines(rows: &str) -> Vec<String> {
    let (_, text) = read(&book(&[("People", "visible", rows)])).expect("rows");
    text.lines().map(str::to_owned).collect()
}

const HEADER: &str = r#"<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c></row>"#;

#[test]
fn cells_are_what_a_person_sees() {
    for (cell, expected) in [
        (r#"t="s"><v>2</v>"#, "\"a&b \u{1f600} <\""),
        (r#"t="inlineStr"><is><r><t>In</t></r><r><t>line</t></r></is>"#, "Inline"),
        (r#"t="str"><f>A1</f><v>text</v>"#, "text"),
        (r#"t="str"><f>A1</f><v></v>"#, ""),
        (r#"><f>1+1</f><v>2</v>"#, "2"),
        (r#"><f>1+1</f>"#, UNCALCULATED),
        (r#"><f>1+1</f><v/>"#, UNCALCULATED),
        (r#"t="e"><f>1/0</f><v>#DIV/0!</v>"#, "#DIV/0!"),
        (r#"t="b"><v>1</v>"#, "TRUE"),
        (r#"t="b"><f>1=2</f><v>0</v>"#, "FALSE"),
        (r#"><v>4.7912345678E10</v>"#, "47912345678"),
        (r#"s="0"><v>1.10</v>"#, "1.1"),
        (r#"s="1"><v>46356</v>"#, "2026-11-30"),
        (r#"s="2"><v>46356.75</v>"#, "2026-11-30 18:00"),
        (r#"s="3"><v>4791234567</v>"#, "+4791234567"),
        (r#"s="99"><v>5</v>"#, "5"),
        (r#"t="d"><v>2026-11-30T00:00:00</v>"#, "2026-11-30"),
        (r#"t="str"><v>=cmd|' /C calc'!A0</v>"#, "=cmd|' /C calc'!A0"),
        (r#"t="str"><v><![CDATA[a,"b"]]></v>"#, "\"a,\"\"b\"\"\""),
        ("t=\"str\"><v>two\nlines</v>", "\"two lines\""),
    ] {
        let rows = format!(r#"{HEADER}<row r="2"><c r="A2" t="str"><v>x</v></c><c r="B2" {cell}</c></row>"#);
        assert_eq!(lines(&rows), ["Email,Name ", &format!("x,{expected}")], "{cell}");
    }
}

#[test]
fn a_line_is_the_row_of_its_number() {
    let rows = r#"<row r="1"><c r="A1" t="str"><v>Guests 2026</v></c></row><row r="2"/>
        <row r="3"><c r="B3" t="str"><v>Email</v></c><c r="C3" t="str"><v>City</v></c></row>
        <row r="4"><c r="B4" s="1"/></row>
        <row r="7" hidden="1"><c r="C7" t="str"><v>Oslo</v></c></row>
        <row><c t="str"><v>1</v></c><c t="str"><v>a@x.example</v></c><c t="str"><v>Bergen</v></c><c t="str"><v>more</v></c></row>"#;
    let merged = format!("{rows}</sheetData><mergeCells><mergeCell ref=\"A1:C1\"/></mergeCells><sheetData>");
    let file = book(&[
        ("Cover", "visible", "<row r=\"1\"/>"),
        ("Old", "hidden", HEADER),
        ("People", "visible", &merged),
    ]);
    let (origin, text) = read(&file).expect("rows");
    assert_eq!(
        text.lines().collect::<Vec<_>>(),
        ["", "", ",Email,City", "", "", "", ",,Oslo", "1,a@x.example,Bergen,more"]
    );
    assert_eq!((origin.sheet.as_deref(), origin.sheets.len()), (Some("People"), 2));
    assert_eq!(
        origin.notes,
        [
            "1 row above the header is left out.",
            "1 hidden row is read as well.",
            "1 group of merged cells counts as its first cell.",
            "Hidden sheets are not read: “Old”.",
        ]
    );
    let (origin, text) = read_sheet(&file, Some("old")).expect("the hidden sheet, asked for");
    assert_eq!((origin.sheet.as_deref(), text.as_str()), (Some("Old"), "Email,Name \n"));
    let problem = read_sheet(&file, Some("Nope")).expect_err("no such sheet");
    assert!(problem.message.contains("“Cover”, “People”"), "{problem}");
}

#[test]
fn a_list_of_addresses_alone_has_its_first_row_as_header() {
    let rows =
        r#"<row r="1"><c t="str"><v>Email</v></c></row><row r="2"><c t="str"><v>a@x.example</v></c></row>"#;
    assert_eq!(lines(rows), ["Email", "a@x.example"]);
}

#[test]
fn what_cannot_be_read_is_told_and_why() {
    let compound = |name: &str| {
        let mut file = vec![0; 2048];
        file[..4].copy_from_slice(b"\xD0\xCF\x11\xE0");
        file[30] = 9;
        file[48] = 1;
        let name: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        file[1024..1024 + name.len()].copy_from_slice(&name);
        file
    };
    let row = |number: u64, cell: &str| {
        format!(r#"{HEADER}<row r="{number}"><c r="{cell}" t="str"><v>x</v></c></row>"#)
    };
    let only = |rows: &str| book(&[("S", "visible", rows)]);
    let good = only(HEADER);
    let mut cut = good.clone();
    cut.truncate(good.len() / 2);
    let mut spoilt = good.clone();
    for byte in spoilt.iter_mut().skip(40).take(20) {
        *byte ^= 0x55;
    }
    let zeros = format!("<worksheet>{}", format!("<!--{}-->", " ".repeat(900_000)).repeat(30));
    let deep = "<a>".repeat(100_000);
    let lol = "<!DOCTYPE x [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;\">]>";
    let expanding = packed(&[
        ("_rels/.rels", ROOT),
        (
            "xl/workbook.xml",
            &format!("{lol}<workbook><sheets><sheet name=\"&b;\" id=\"r\"/></sheets></workbook>"),
        ),
    ]);
    let long = format!("{HEADER}<row r=\"2\"><c t=\"str\"><v>{}</v></c></row>", "x".repeat(3_000_000));
    let bomb = packed(&[
        ("_rels/.rels", ROOT),
        ("xl/workbook.xml", r#"<workbook><sheets><sheet name="S" id="r"/></sheets></workbook>"#),
        (
            "xl/_rels/workbook.xml.rels",
            r#"<R><Relationship Id="r" Type="/worksheet" Target="/xl/s.xml"/></R>"#,
        ),
        ("xl/s.xml", &zeros),
    ]);
    for (name, file, code, says) in [
        ("locked", compound("EncryptedPackage"), "workbook_locked", "password"),
        ("old", compound("Workbook"), "not_csv", "old Excel file"),
        ("cut short", b"\xD0\xCF\x11\xE0".to_vec(), "not_csv", "old Excel file"),
        ("another ZIP file", packed(&[("contacts.csv", "a,b")]), "not_csv", "ZIP file"),
        ("a document", packed(&[("_rels/.rels", ROOT), ("word/document.xml", "")]), "not_csv", "ZIP file"),
        ("binary", packed(&[("xl/workbook.bin", "")]), "not_csv", "xlsb"),
        ("OpenDocument", packed(&[("content.xml", "")]), "not_csv", "OpenDocument"),
        ("nothing but PK", b"PK\x03\x04contacts.csv".to_vec(), "damaged", "damaged"),
        ("half", cut, "damaged", "damaged"),
        ("spoilt", spoilt, "damaged", "damaged"),
        ("no sheets", book(&[]), "empty", "nothing"),
        ("empty sheets", only("<row r=\"1\"/>"), "empty", "nothing"),
        ("hidden sheets", book(&[("Secret", "veryHidden", HEADER)]), "empty", "Unhide"),
        ("too many rows", only(&row(1_048_577, "A1048577")), "too_large", "1,048,576 rows"),
        ("too many columns", only(&row(2, "BXY2")), "too_large", "2,000th column"),
        ("no such column", only(&row(2, "ZZZZ2")), "damaged", "damaged"),
        ("no such string", only(r#"<row r="1"><c t="s"><v>7</v></c></row>"#), "damaged", "damaged"),
        (
            "a string that is no number",
            only(r#"<row r="1"><c t="s"><v>x</v></c></row>"#),
            "damaged",
            "damaged",
        ),
        ("too deep", only(&deep), "damaged", "damaged"),
        ("ends that do not fit", only("<row></c>"), "damaged", "damaged"),
        ("an entity", only("<row r=\"1\"><c t=\"str\"><v>&lol;</v></c></row>"), "damaged", "damaged"),
        ("entities that grow", expanding, "damaged", "damaged"),
        ("3 MB without a tag", only(&long), "damaged", "damaged"),
        ("a comment without end", bomb, "too_large", "250 times"),
    ] {
        let problem = read(&file).expect_err(name);
        assert_eq!(problem.code, code, "{name}: {problem}");
        assert!(problem.message.contains(says), "{name}: {problem}");
    }
}

#[test]
fn a_long_text_costs_its_row_alone() {
    let rows = format!(
        "{HEADER}<row r=\"2\"><c t=\"str\"><v>{}</v></c></row><row r=\"3\"><c t=\"str\"><v>a</v></c></row>",
        "\u{e9}".repeat(100_000)
    );
    let lines = lines(&rows);
    assert_eq!(lines.len(), 3);
    assert!((65_537..66_000).contains(&lines[1].len()), "{}", lines[1].len());
    assert_eq!(lines[2], "a,");
}

/// A few kilobytes of shared strings, in every cell, would be terabytes.
#[test]
fn a_shared_text_cannot_blow_up_the_file() {
    let folder = tempfile::tempdir().expect("folder");
    let text = format!("<sst><si><t>{}</t></si></sst>", "x".repeat(60_000));
    let cells: String = (0..600).map(|_| r#"<c t="s"><v>0</v></c>"#).collect();
    let rows: String = (0..30).map(|_| format!("<row>{cells}</row>")).collect();
    let mut strings = Strings::read(text.as_bytes(), folder.path()).expect("strings");
    let mut table = Table::with_limit(&folder.path().join("a.csv"), 100_000_000).expect("table");
    let sheet = Sheet { strings: &mut strings, styles: &Styles::none(false) };
    let problem = sheet.write(rows.as_bytes(), &mut table).expect_err("too large");
    assert_eq!(problem.code, "too_large", "{problem}");
    let length = std::fs::metadata(folder.path().join("a.csv")).expect("file").len();
    assert!(length <= 100_000_000, "{length}");
}

#[test]
fn strings_come_from_their_pages() {
    let folder = tempfile::tempdir().expect("folder");
    let all: String = (0..1_000).map(|n| format!("<si><t>text {n}</t></si>")).collect();
    let part = format!("<sst>{all}</sst>");
    let mut strings = Strings::read(part.as_bytes(), folder.path()).expect("strings");
    for place in [0, 999, 63, 64, 65, 500, 128, 0] {
        let mut text = String::new();
        strings.get(place, &mut text).expect("a string");
        assert_eq!(text, format!("text {place}"));
    }
    assert!(strings.get(1_000, &mut String::new()).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn nothing_makes_reading_a_workbook_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let mut file = b"PK\x03\x04".to_vec();
        file.extend(bytes);
        prop_assert!(read(&file).is_err());
    }

    /// A workbook with some bytes changed: an answer or an error.
    #[test]
    fn nothing_makes_reading_a_spoilt_workbook_panic(changes in proptest::collection::vec((any::<u16>(), any::<u8>()), 1..6)) {
        let mut file = book(&[("S", "visible", HEADER)]);
        for (at, byte) in changes {
            let at = usize::from(at) % file.len();
            file[at] = byte;
        }
        if let Ok((_, text)) = read(&file) {
            prop_assert!(text.len() < 10_000);
        }
    }

    #[test]
    fn nothing_in_a_sheet_makes_reading_panic(words in proptest::collection::vec(
        proptest::sample::select(vec![
            "<row>", "</row>", "<row r=\"3\">", "<c>", "</c>", "<c r=\"B9\" t=\"s\">", "<c t=\"b\" s=\"1\">", "<v>", "</v>", "<f>", "</f>",
            "<f/>", "1", "2", "-1e9", "&lt;", "<is>", "</is>", "<t>", "</t>", "x", "<!-- -->", "<![CDATA[y]]>", "\u{e9}",
        ]), 0..60)) {
        let rows = words.concat();
        if let Err(problem) = read(&book(&[("S", "visible", &rows)])) {
            prop_assert!(["damaged", "empty"].contains(&problem.code.as_str()), "{rows}: {problem}");
        }
    }
}

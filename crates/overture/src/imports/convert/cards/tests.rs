use super::{
    card::{COLUMNS, Card, Reading},
    lines::Lines,
    *,
};
use proptest::prelude::*;

fn cards(file: &[u8]) -> Vec<Card> {
    let mut lines = Lines::over(file, file.get(..2).unwrap_or_default());
    let (mut reading, mut cards) = (Reading::default(), Vec::new());
    while let Some(line) = lines.next().expect("memory can be read") {
        cards.extend(reading.line(&line));
    }
    cards.extend(reading.end());
    cards
}

/// `E-mail=ann@x.example; Phone=…` of what is not empty.
fn shown(card: &Card) -> String {
    let pairs = COLUMNS.iter().zip(&card.values).filter(|(_, value)| !value.is_empty());
    pairs.map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
}

fn one(body: &str) -> String {
    let file = format!("BEGIN:VCARD\r\n{body}\r\nEND:VCARD\r\n");
    let cards = cards(file.as_bytes());
    assert_eq!(cards.len(), 1, "{body}");
    shown(&cards[0])
}

#[test]
fn cards_of_all_versions_are_read() {
    for (body, expected) in [
        (
            "VERSION:3.0\r\nN:Lee;Ann;Mary;Dr.;\r\nFN:Dr. Ann Lee\r\nEMAIL;TYPE=INTERNET:ann@x.example\r\n\
             TEL;TYPE=CELL:+1 415 555 0100\r\nORG:Acme\\, Inc.;Sales\r\nTITLE:Head\r\n\
             ADR;TYPE=WORK:;;1 Main St;Oslo;;0150;Norway\r\nTZ:Europe/Oslo",
            "Full name=Dr. Ann Lee; First name=Ann Mary; Last name=Lee; E-mail=ann@x.example; \
             Phone=+1 415 555 0100; Company=Acme, Inc.; Title=Head; City=Oslo; Country=Norway; Time zone=Europe/Oslo",
        ),
        (
            "VERSION:4.0\nFN:Ann\nEMAIL;PREF=2:second@x.example\nEMAIL;PREF=1:first@x.example\n\
             TEL;VALUE=uri;TYPE=\"voice,home\":tel:+1-415-555-0100;ext=5\nTEL;VALUE=uri;TYPE=fax:tel:+1-415-555-0199",
            "Full name=Ann; E-mail=first@x.example; Phone=+1-415-555-0100; Other e-mail=second@x.example",
        ),
        (
            "VERSION:2.1\r\nN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:M=C3=BCller;J=C3=\r\n=BCrgen\r\nTEL;CELL;PREF:0171 5550100\r\nTEL;HOME:030 5550100",
            "First name=J\u{fc}rgen; Last name=M\u{fc}ller; Phone=0171 5550100; Other phone=030 5550100",
        ),
        ("N;CHARSET=ISO-8859-1;QUOTED-PRINTABLE:M=FCller;J", "First name=J; Last name=M\u{fc}ller"),
        ("FN:Jos\n  e\n\t Garcia", "Full name=Jos e Garcia"),
        ("item1.EMAIL;type=INTERNET;type=pref:a@x.example\nitem1.X-ABLabel:Work", "E-mail=a@x.example"),
        ("EMAIL:mailto:a@x.example\nEMAIL:A@x.example\nEMAIL:", "E-mail=a@x.example"),
        ("fn:lower\nemail:l@x.example", "Full name=lower; E-mail=l@x.example"),
        ("ORG:a\\;b;c\nTITLE:x\\ny\\\\z", "Company=a;b; Title=x y\\z"),
        ("ADR;TYPE=HOME:;;;;;;\nADR;TYPE=WORK;PREF=1:;;;Bergen;;;NO", "City=Bergen; Country=NO"),
        ("TZ:-05:00\nFN:A", "Full name=A"),
        ("NOTE;X=\"a:b\":c\nFN;X=\"open:A\nN", "Full name=A"),
        (
            "PHOTO;ENCODING=b;TYPE=JPEG:/9j/4AAQ\n SkZJRg==\nFN:P\nPHOTO;ENCODING=BASE64:\nAAAA\nBBBB=\n\nEMAIL:p@x.example",
            "Full name=P; E-mail=p@x.example",
        ),
        (
            "FN:Boss\nAGENT:\nBEGIN:VCARD\nFN:Help\nEMAIL:help@x.example\nEND:VCARD\nEMAIL:boss@x.example",
            "Full name=Boss; E-mail=boss@x.example",
        ),
        ("KIND:group\nFN:Friends\nMEMBER:urn:uuid:1", ""),
    ] {
        assert_eq!(one(body), expected, "{body}");
    }
}

#[test]
fn broken_files_give_what_can_be_read() {
    let file = "garbage\r\nmore: garbage\nBEGIN:VCARD\nFN:One\nBEGIN:VCARD\nFN:Two\nEND:VCARD\nEND:VCARD\nFN:Nobody\n\
                BEGIN:VCARD\nEND:VCARD\nbegin:vcard\nFN:Last";
    let all: Vec<String> = cards(file.as_bytes()).iter().map(shown).collect();
    assert_eq!(all, ["Full name=One", "Full name=Two", "", "Full name=Last"]);
    let latin = b"BEGIN:VCARD\nFN:M\xFCller\nEND:VCARD\n";
    assert_eq!(shown(&cards(latin)[0]), "Full name=M\u{fc}ller");
    let wide: Vec<u8> = "\u{feff}BEGIN:VCARD\r\nFN:M\u{fc}ller\r\nEND:VCARD"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    assert!(begins(&wide));
    assert_eq!(shown(&cards(&wide)[0]), "Full name=M\u{fc}ller");
    let long =
        format!("BEGIN:VCARD\nPHOTO:{}\nFN:{}\nEND:VCARD\n", "A".repeat(5_000_000), "x".repeat(5_000_000));
    let card = &cards(long.as_bytes())[0];
    assert!(card.values[0].len() < 300_000);
    for (text, is_one) in
        [("BEGIN:VCARD", true), (" \r\n begin : vcard\r\n", true), ("begin,vcard", false), ("", false)]
    {
        assert_eq!(begins(text.as_bytes()), is_one, "{text:?}");
    }
}

#[test]
fn a_row_is_on_the_line_behind_the_number_of_its_card() {
    let folder = tempfile::tempdir().expect("folder");
    let (from, into) = (folder.path().join("a.vcf"), folder.path().join("a.csv"));
    let card = |body: &str| format!("BEGIN:VCARD\n{body}\nEND:VCARD\n");
    let file = [
        card("FN:Ann, \"A\"\nEMAIL:ann@x.example\nEMAIL:a2@x.example"),
        card("NOTE:nothing"),
        card("KIND:group\nFN:All"),
        card("EMAIL:bob@x.example\nTZ:+01:00"),
    ];
    std::fs::write(&from, file.concat()).expect("written");
    let origin = convert(&from, &into).expect("cards");
    let made = std::fs::read_to_string(&into).expect("made");
    assert_eq!(
        made,
        "\u{feff}Full name,E-mail,Other e-mail\n\"Ann, \"\"A\"\"\",ann@x.example,a2@x.example\n\n\n,bob@x.example,\n"
    );
    assert_eq!(origin.format, Format::Vcard);
    assert_eq!(origin.notes.len(), 4, "{:?}", origin.notes);
    assert!(origin.notes[0].starts_with("1 card has more than one address."), "{:?}", origin.notes);
    std::fs::write(&from, card("NOTE:x")).expect("written");
    assert_eq!(convert(&from, &into).expect_err("nobody").code, "empty");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    #[test]
    fn nothing_makes_reading_cards_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        cards(&bytes);
    }

    /// Out of what cards are made of, so that more than the first line is reached.
    #[test]
    fn nothing_that_looks_like_cards_makes_reading_panic(words in proptest::collection::vec(
        proptest::sample::select(vec![
            "BEGIN:VCARD\n", "END:VCARD\r\n", "EMAIL", "TEL", "N", "ADR", ";", ":", "=", "\\", "\"", "PREF=1",
            "ENCODING=QUOTED-PRINTABLE", "CHARSET=ISO-2022-JP", "=\n", "=C3", "=C", "\n ", "\r", "AGENT:\n", "TZ:", ",", "\u{e9}", "\0",
        ]), 0..80)) {
        let mut file = b"BEGIN:VCARD\nVERSION:3.0\n".to_vec();
        words.iter().for_each(|word| file.extend_from_slice(word.as_bytes()));
        prop_assert!(!cards(&file).is_empty());
    }
}

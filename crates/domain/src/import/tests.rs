use super::*;
use ContactField as F;
use proptest::prelude::*;

fn strings(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| name.to_string()).collect()
}

fn mapping(columns: &[(&str, ContactField)]) -> Mapping {
    let header: Vec<String> = columns.iter().map(|(name, _)| name.to_string()).collect();
    let pairs: Vec<(String, Target)> =
        columns.iter().map(|(name, field)| (name.to_string(), Target::Field(*field))).collect();
    Mapping::new(&header, &pairs, &[], "US").unwrap()
}

/// The usual columns.
fn usual() -> Mapping {
    mapping(&[
        ("Name", F::FullName),
        ("E-mail", F::Email),
        ("Phone", F::Phone),
        ("Company", F::Company),
        ("Zone", F::TimeZone),
        ("Notes", F::Ignore),
    ])
}

fn verdict<'a>(mapping: &Mapping, cells: &[&'a str]) -> Result<Row<'a>, RowProblem> {
    mapping.row(|index| cells.get(index).copied())
}

#[test]
fn columns_are_guessed_by_name_and_content() {
    let mails = ["ann@example.com", "bob@example.org", ""];
    let numbers = ["(202) 555-0123", "+44 20 7946 0958"];
    let rows: &[(&str, &[&str], Option<ContactField>)] = &[
        ("Email", &mails, Some(F::Email)),
        ("E-Mail Address", &[], Some(F::Email)),
        ("Attendee e-mail (work)", &[], Some(F::Email)),
        ("Kontakt", &mails, Some(F::Email)),
        ("Name", &mails, Some(F::Email)),
        ("Mobile #", &numbers, Some(F::Phone)),
        ("Column 7", &numbers, Some(F::Phone)),
        ("Order number", &["10045678901", "10045678902"], None),
        ("first_name", &["Ann"], Some(F::FirstName)),
        ("FIRST NAME", &["Ann"], Some(F::FirstName)),
        ("Vorname", &["Ann"], Some(F::FirstName)),
        ("Prénom", &["Ann"], Some(F::FirstName)),
        ("Nom", &["Lee"], Some(F::LastName)),
        ("Surname", &["Lee"], Some(F::LastName)),
        ("Name", &["Ann Lee"], Some(F::FullName)),
        ("Company Name", &["Acme"], Some(F::Company)),
        ("Organisation", &["Acme"], Some(F::Company)),
        ("Job Title", &["CEO"], Some(F::Title)),
        ("City", &["Boston"], Some(F::City)),
        ("Country/Region", &["US"], Some(F::Country)),
        ("Time zone", &["America/New_York"], Some(F::TimeZone)),
        ("x", &["Europe/Berlin", "America/New_York"], Some(F::TimeZone)),
        ("Notes", &["call back"], None),
        ("", &[], None),
        ("🙂", &["🙂"], None),
    ];
    for (header, samples, expected) in rows {
        let guess = guess_field(header, samples);
        assert_eq!(guess.map(|(field, _)| field), *expected, "{header}: {guess:?}");
        assert!(guess.is_none_or(|(_, sure)| (0.0..=1.0).contains(&sure)));
    }
    let sure = |header, samples: &[&str]| guess_field(header, samples).unwrap().1;
    assert!(sure("Email", &mails) > sure("Email", &[]));
    assert!(sure("Email", &["yes", "no"]) < 0.5);
}

/// reliability.md C4, C5, C13: all of it at once, naming the columns.
#[test]
fn a_bad_mapping_is_told_in_full() {
    let header = strings(&["Email", "Email 2", "Name", "Phone"]);
    let wrong = [
        ("Email".to_owned(), Target::Field(F::Email)),
        ("Email 2".to_owned(), Target::Field(F::Email)),
        ("Name".to_owned(), Target::Field(F::FullName)),
        ("Name".to_owned(), Target::Field(F::Company)),
        ("Fax".to_owned(), Target::Field(F::Phone)),
    ];
    let say = |problems: Vec<MappingProblem>| {
        problems.iter().map(|p| format!("{} {p}", p.code)).collect::<Vec<_>>().join("\n")
    };
    insta::assert_snapshot!(say(Mapping::new(&header, &wrong, &[], "Narnia").unwrap_err()), @r#"
    field.mapped_twice "Email" and "Email 2" are both mapped to email; ignore one of them.
    column.mapped_twice The column "Name" is mapped twice; keep one.
    column.unknown The file has no column "Fax".
    mapping.default_country The default country is not a country code such as US.
    "#);
    insta::assert_snapshot!(say(Mapping::new(&header, &[("Name".to_owned(), Target::Field(F::FullName))], &[], "US").unwrap_err()), @"mapping.no_address No column is mapped to e-mail or phone; without one nobody can be reached.");
    insta::assert_snapshot!(say(header_problems(&strings(&["Email", "Name", " email ", "EMAIL", "", ""]))), @r#"header.duplicate The column "email" comes more than once; rename one of them."#);
    insta::assert_snapshot!(say(header_problems(&strings(&["", " "]))), @"header.missing The file has no header; its first line has to name the columns.");
    insta::assert_snapshot!(say(header_problems(&[])), @"header.missing The file has no header; its first line has to name the columns.");
    let wide: Vec<String> = (0..10_000).map(|n| format!("c{n}")).collect();
    insta::assert_snapshot!(say(header_problems(&wide)), @"header.too_wide The file has 10000 columns; at most 1000 can be read.");
    assert_eq!(header_problems(&wide[..1_000]), []);
}

#[test]
fn a_row_becomes_a_contact() {
    let usual = usual();
    let row = verdict(
        &usual,
        &[" Dr. Ann van der Berg ", "Ann@Example.com", "(202) 555-0123", "Acme", "Europe/Berlin", "x"],
    )
    .unwrap();
    assert_eq!(row.email.unwrap().key, "ann@example.com");
    assert_eq!(row.phone.as_deref(), Some("+12025550123"));
    assert_eq!(row.first_name.as_deref(), Some("Ann"));
    assert_eq!(row.last_name.as_deref(), Some("van der Berg"));
    assert_eq!((row.company.as_deref(), row.time_zone.as_deref()), (Some("Acme"), Some("Europe/Berlin")));
    assert!(matches!(row.company, Some(Cow::Borrowed(_))), "a plain cell is not copied");
    // A short row lacks its last cells, not its first.
    assert_eq!(verdict(&usual, &["", "ann@example.com"]).unwrap().first_name, None);
}

#[test]
fn first_and_last_names_of_their_own_win_over_the_full_name() {
    let both = mapping(&[("n", F::FullName), ("f", F::FirstName), ("l", F::LastName), ("e", F::Email)]);
    let row = verdict(&both, &["Bob Stone", "Ann", "", "a@example.com"]).unwrap();
    assert_eq!((row.first_name.as_deref(), row.last_name.as_deref()), (Some("Ann"), None));
}

/// reliability.md C9, C11.
#[test]
fn bad_rows_say_which_field_and_why() {
    let usual = usual();
    let long = "x".repeat(501);
    let rows: &[(&[&str], &str, Option<ContactField>)] = &[
        (&["", "", "", "", ""], "row.blank", None),
        (&[], "row.blank", None),
        (&["", "", "", "", "", "only a note"], "row.blank", None),
        (&["Ann", "", ""], "row.no_address", None),
        (&["Ann", "ann@", ""], "email.domain", Some(F::Email)),
        (&["Ann", "a@x.io", "1.5551E+10"], "phone.excel", Some(F::Phone)),
        (&["Ann", "a@x.io", "555-1234"], "phone.too_short", Some(F::Phone)),
        (&["Ann", "a@x.io", "", "", "EST5"], "time_zone.unknown", Some(F::TimeZone)),
        (&["An\0n", "a@x.io"], "value.nul", Some(F::FullName)),
        (&[&long, "a@x.io"], "value.too_long", Some(F::FullName)),
    ];
    for (cells, code, field) in rows {
        let problem = verdict(&usual, cells).unwrap_err();
        assert_eq!((problem.code, problem.field), (*code, field.map(Target::Field)), "{cells:?}");
        assert!(!problem.to_string().is_empty());
    }
    let bytes: [&[u8]; 2] = [b"Ann\xff", b"a@x.io"];
    assert_eq!(usual.row_bytes(|i| bytes.get(i).copied()).unwrap_err().code, "row.encoding");
    let bytes: [&[u8]; 2] = ["Änn".as_bytes(), b"a@x.io"];
    assert_eq!(usual.row_bytes(|i| bytes.get(i).copied()).unwrap().first_name.as_deref(), Some("Änn"));
}

#[test]
fn what_turns_text_around_is_taken_out_and_noted() {
    let usual = usual();
    let row = verdict(&usual, &["Ann \u{202e}eeL", "\u{feff}a@x.io", "", "Ac\nme\tInc", ""]).unwrap();
    assert_eq!((row.first_name.as_deref(), row.last_name.as_deref()), (Some("Ann"), Some("eeL")));
    assert_eq!(row.company.as_deref(), Some("Ac me Inc"));
    assert!(row.cleaned);
    // A formula is text (reliability.md C8).
    let row = verdict(&usual, &["=cmd|' /C calc'!A0", "a@x.io"]).unwrap();
    assert_eq!(row.first_name.as_deref(), Some("=cmd|' /C"));
    assert!(!row.cleaned);
}

#[test]
fn full_names() {
    let rows = [
        ("Ann Lee", "Ann", "Lee"),
        ("Ann", "Ann", ""),
        ("Lee, Ann", "Ann", "Lee"),
        ("van der Berg, Ann Maria", "Ann Maria", "van der Berg"),
        ("Ann Maria Lee", "Ann Maria", "Lee"),
        ("Ludwig van Beethoven", "Ludwig", "van Beethoven"),
        ("Ann de la Cruz", "Ann", "de la Cruz"),
        ("Van Morrison", "Van", "Morrison"),
        ("Dr. Ann Lee", "Ann", "Lee"),
        ("Prof. Dr. Ann Lee", "Ann", "Lee"),
        ("Ann Lee Jr.", "Ann", "Lee"),
        ("Ann Lee, PhD", "Ann", "Lee"),
        ("Ann Lee Ph.D.", "Ann", "Lee"),
        ("Dr.", "Dr.", ""),
        ("Mr Jr", "Mr", "Jr"),
        ("  Ann   Lee  ", "Ann", "Lee"),
        ("王小明", "王小明", ""),
        ("Lee,", "", "Lee"),
        (",", "", ""),
        ("", "", ""),
    ];
    for (full, first, last) in rows {
        let (found_first, found_last) = split_name(full.into());
        let found = (found_first.unwrap_or_default(), found_last.unwrap_or_default());
        assert_eq!(found, (first.into(), last.into()), "{full:?}");
    }
}

proptest! {
    #[test]
    fn any_row_has_a_verdict(cells in prop::collection::vec(any::<String>(), 0..7), header in any::<String>()) {
        let usual = usual();
        let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
        if let Ok(row) = verdict(&usual, &cells) {
            prop_assert!(row.email.is_some() || row.phone.is_some());
        }
        guess_field(&header, &cells);
        split_name(header.into());
    }
}

/// P01: each value is read by the kind of its field, and what does not fit says so without repeating the value.
#[test]
fn custom_fields_are_read_by_their_kind() {
    let field = |key: &str, kind, choices: &[&str]| CustomTarget {
        id: CustomFieldId::from_uuid(uuid::Uuid::nil()),
        key: key.to_owned(),
        name: format!("The {key}"),
        kind,
        choices: strings(choices),
    };
    let custom = [
        field("seats", FieldKind::Number, &[]),
        field("plan", FieldKind::Choice, &["Gold", "Silver"]),
        field("about", FieldKind::Text, &[]),
    ];
    let header = strings(&["Email", "Seats", "Plan", "About"]);
    let pairs: Vec<(String, Target)> = header
        .iter()
        .cloned()
        .zip([Target::Field(F::Email), Target::Custom(0), Target::Custom(1), Target::Custom(2)])
        .collect();
    let mapping = Mapping::new(&header, &pairs, &custom, "US").unwrap();
    let row = |cells: [&'static str; 4]| mapping.row(move |i| cells.get(i).copied());
    let read = row(["a@b.example", " 12.5 ", "gold", "one\ntwo"]).unwrap();
    let texts: Vec<(usize, &str)> =
        read.custom.iter().map(|(at, value)| (*at, value.text.as_str())).collect();
    assert_eq!(texts, [(0, "12.5"), (1, "Gold"), (2, "one two")]);
    assert_eq!(row(["a@b.example", "", " ", "\t"]).unwrap().custom, []);
    for (cells, place, message) in [
        (["a@b.example", "many", "", ""], 0, "not a number such as 12 or 3.5"),
        (["a@b.example", "", "Bronze", ""], 1, "not one of the choices"),
    ] {
        let problem = row(cells).unwrap_err();
        assert_eq!((problem.field, problem.message), (Some(Target::Custom(place)), message));
        assert_eq!(mapping.name(Target::Custom(place)), custom[place].name);
    }
    let twice = [
        ("Email".to_owned(), Target::Field(F::Email)),
        ("Seats".to_owned(), Target::Custom(0)),
        ("Plan".to_owned(), Target::Custom(0)),
    ];
    let problems = Mapping::new(&header, &twice, &custom, "US").unwrap_err();
    assert_eq!(problems[0].code, "field.mapped_twice");
}

use super::*;
use proptest::prelude::*;

fn key(text: &str) -> String {
    email(text).map_or_else(|error| format!("({})", error.code), |email| email.key)
}

fn e164(text: &str) -> String {
    phone(text, "US").unwrap_or_else(|error| format!("({})", error.code))
}

#[test]
fn addresses() {
    for (text, expected) in [
        ("ann@example.com", "ann@example.com"),
        ("  Ann.Lee@Example.COM \t\r\n", "ann.lee@example.com"),
        ("\u{feff}ann@example.com\u{200b}\u{a0}", "ann@example.com"),
        ("mailto:ann@example.com", "ann@example.com"),
        ("MAILTO:ann@example.com", "ann@example.com"),
        ("\"Lee, Ann\" <ann@example.com>", "ann@example.com"),
        ("<ann@example.com>", "ann@example.com"),
        ("ann+list@example.com", "ann+list@example.com"),
        ("o'neil@example.co.uk", "o'neil@example.co.uk"),
        ("a!#$%&'*+-/=?^_`{|}~b@x.io", "a!#$%&'*+-/=?^_`{|}~b@x.io"),
        ("ann@münchen.de", "ann@xn--mnchen-3ya.de"),
        ("Ann@MÜNCHEN.DE", "ann@xn--mnchen-3ya.de"),
        ("ann@xn--mnchen-3ya.de", "ann@xn--mnchen-3ya.de"),
        ("ann@例え.jp", "ann@xn--r8jz45g.jp"),
        ("1@1.co", "1@1.co"),
        ("", "(email.empty)"),
        ("  ", "(email.empty)"),
        ("mailto:", "(email.no_at)"),
        ("ann", "(email.no_at)"),
        ("ann.example.com", "(email.no_at)"),
        ("@example.com", "(email.local)"),
        ("ann@", "(email.domain)"),
        ("ann@@example.com", "(email.two_at)"),
        ("ann@example", "(email.no_dot)"),
        ("ann@localhost", "(email.no_dot)"),
        ("ann@.com", "(email.domain)"),
        ("ann@example.", "(email.domain)"),
        ("ann@example..com", "(email.domain)"),
        ("ann@-example.com", "(email.domain)"),
        ("ann@example-.com", "(email.domain)"),
        ("ann@exam_ple.com", "(email.domain)"),
        ("ann@127.0.0.1", "(email.domain)"),
        ("ann@[127.0.0.1]", "(email.domain)"),
        ("ann@example.c", "(email.domain)"),
        (".ann@example.com", "(email.dots)"),
        ("ann.@example.com", "(email.dots)"),
        ("a..b@example.com", "(email.dots)"),
        ("ann lee@example.com", "(email.space)"),
        ("ann@exam ple.com", "(email.space)"),
        ("ann@example.com, bob@example.com", "(email.two_at)"),
        ("ann@example.com;bob@example.com", "(email.two_at)"),
        ("ann@example.com; bob", "(email.several)"),
        ("ann, bob@example.com", "(email.several)"),
        ("\"ann lee\"@example.com", "(email.character)"),
        ("ann\r\nBcc: x@example.com", "(email.character)"),
        ("änn@example.com", "(email.not_ascii)"),
        ("ann@exa\0mple.com", "(email.domain)"),
        ("ann@ex\u{202e}ample.com", "(email.domain)"),
        ("n/a", "(email.no_at)"),
    ] {
        assert_eq!(key(text), expected, "{text:?}");
    }
    assert_eq!(email(" Ann@Example.com ").unwrap().display, "Ann@Example.com");
    let long = |local: usize, domain: usize| format!("{}@{}.com", "a".repeat(local), "b".repeat(domain));
    assert!(email(&long(64, 63)).is_ok());
    assert_eq!(key(&long(65, 3)), "(email.too_long)");
    assert_eq!(key(&long(3, 64)), "(email.domain)");
    assert_eq!(key(&format!("{}@{}com", "a".repeat(60), "bbbb.".repeat(60))), "(email.too_long)");
    assert_eq!(key(&"x".repeat(1_000_000)), "(email.too_long)");
}

/// reliability.md C7: case and the two forms of an international domain make no second contact.
#[test]
fn the_same_address_has_the_same_key() {
    assert_eq!(key("ANN@BÜCHER.example"), key("ann@xn--bcher-kva.example"));
    assert_ne!(key("ann+one@example.com"), key("ann@example.com"));
}

#[test]
fn phone_numbers() {
    for (text, expected) in [
        ("+12025550123", "+12025550123"),
        ("(202) 555-0123", "+12025550123"),
        ("202.555.0123", "+12025550123"),
        ("1-202-555-0123", "+12025550123"),
        ("12025550123", "+12025550123"),
        (" +1 (202)\u{a0}555‑0123 ", "+12025550123"),
        ("tel:+1-202-555-0123", "+12025550123"),
        ("12025550123.0", "+12025550123"),
        ("＋12025550123", "+12025550123"),
        ("202-555-0123 x45", "+12025550123"),
        ("202-555-0123 ext. 45", "+12025550123"),
        ("+12025550123;ext=45", "+12025550123"),
        ("2025550123,45", "+12025550123"),
        ("+44 20 7946 0958", "+442079460958"),
        ("011 44 20 7946 0958", "+442079460958"),
        ("0044 20 7946 0958", "+442079460958"),
        ("+49 89 636 48018", "+498963648018"),
        ("+33 1 42 68 53 00", "+33142685300"),
        ("+52 55 1234 5678", "+525512345678"),
        // reliability.md C11.
        ("555-1234", "(phone.too_short)"),
        ("+0012025550123", "(phone.country)"),
        ("+00", "(phone.country)"),
        (&"1".repeat(40), "(phone.too_long)"),
        ("1.5551E+10", "(phone.excel)"),
        ("1,5551E+10", "(phone.excel)"),
        ("1.5551e10", "(phone.excel)"),
        ("+1.5551E+10", "(phone.excel)"),
        ("1E+11", "(phone.excel)"),
        ("", "(phone.empty)"),
        ("()", "(phone.empty)"),
        ("+", "(phone.empty)"),
        ("n/a", "(phone.letters)"),
        ("none", "(phone.letters)"),
        ("1-800-FLOWERS", "(phone.letters)"),
        ("=cmd|' /C calc'!A0", "(phone.character)"),
        ("2025550123 / 2025550124", "(phone.too_long)"),
        ("202-555-0123; 202-555-0124", "(phone.several)"),
        ("+1 202 555", "(phone.too_short)"),
        ("+120255501234", "(phone.too_long)"),
        ("102-555-0123", "(phone.area_code)"),
        ("+11025550123", "(phone.area_code)"),
        ("+12915550123", "(phone.area_code)"),
        ("+19115550123", "(phone.area_code)"),
        ("+12020550123", "(phone.invalid)"),
        ("+12029110123", "(phone.invalid)"),
        ("+999123456789", "(phone.invalid)"),
        ("+4420", "(phone.too_short)"),
        ("+1+2025550123", "(phone.character)"),
    ] {
        assert_eq!(e164(text), expected, "{text:?}");
    }
}

#[test]
fn a_number_without_a_country_code_belongs_to_the_default_country() {
    assert_eq!(phone("020 7946 0958", "GB").unwrap(), "+442079460958");
    assert_eq!(phone("089 63648018", "de").unwrap(), "+498963648018");
    assert_eq!(phone("202 555 0123", "CA").unwrap(), "+12025550123");
    assert_eq!(phone("+1 202 555 0123", "GB").unwrap(), "+12025550123");
    assert_eq!(phone("0012025550123", "DE").unwrap(), "+12025550123");
    assert_eq!(phone("020 7946 0958", "Narnia").unwrap_err().code, "phone.default_country");
    assert!(
        is_country("us") && is_country("DE") && !is_country("XX") && !is_country("") && !is_country("Narnia")
    );
}

/// The rules by hand may be wider than the library's list of area codes in use, never narrower.
#[test]
fn north_american_numbers_of_the_library_are_taken() {
    let mut both = 0;
    for area in 200..1_000 {
        for exchange in [200, 212, 411, 555, 911, 976] {
            let text = format!("+1{area}{exchange}0123");
            let parsed = phonenumber::parse(None, &text).unwrap();
            if phonenumber::is_valid(&parsed) && exchange % 100 != 11 {
                both += 1;
                assert_eq!(e164(&text), text);
            }
        }
    }
    assert!(both > 1_000, "{both}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn any_text_is_an_answer_not_a_panic(text in any::<String>(), country in "[A-Z]{2}") {
        if let Ok(found) = email(&text) {
            prop_assert_eq!(&email(&found.key).unwrap().key, &found.key);
            prop_assert!(found.key.is_ascii() && found.key.len() <= 254);
        }
        if let Ok(found) = phone(&text, &country) {
            prop_assert_eq!(&phone(&found, "US").unwrap(), &found);
        }
    }

    #[test]
    fn what_looks_like_an_address_neither(text in r"[ <]{0,2}[a-zA-Z.+@ ü]{0,8}@[a-z.ü\-@0-9]{0,12}[> ]{0,2}") {
        if let Ok(found) = email(&text) {
            prop_assert_eq!(&email(&found.key).unwrap().key, &found.key);
        }
    }

    #[test]
    fn what_looks_like_a_number_neither(text in r"[+＋0]{0,2}[0-9 ().\-/xeE+]{0,20}", country in prop::sample::select(vec!["US", "GB", "DE", "IT", "BR", "??"])) {
        if let Ok(found) = phone(&text, country) {
            prop_assert!(found.starts_with('+') && found.len() <= 16);
            prop_assert_eq!(&phone(&found, "US").unwrap(), &found);
        }
    }
}

use super::*;
use proptest::prelude::*;

fn ann(field: &str) -> Option<String> {
    Some(match field {
        "contact.first_name" => "ann".into(),
        "contact.last_name" => "o'neil-LEE".into(),
        "contact.company" => "  Ärzte & Söhne <GmbH>  ".into(),
        "contact.city" => " ".into(),
        "sender.name" => "{{ contact.first_name }} {% for %}".into(),
        "campaign.name" => "A\r\nBcc: everybody@example.com".into(),
        _ => return None,
    })
}

fn render(text: &str) -> String {
    match Template::parse(text) {
        Ok(template) => template.render(&ann).unwrap_or_else(|missing| format!("({missing})")),
        Err(error) => format!("[{error}]"),
    }
}

#[test]
fn what_comes_out() {
    let rows = [
        ("Hi {{ contact.first_name }}!", "Hi ann!"),
        ("{{contact.first_name|title}} {{ contact.last_name | title }}", "Ann O'neil-Lee"),
        ("{{ contact.first_name | upper }}{{ contact.last_name | lower }}", "ANNo'neil-lee"),
        ("[{{ contact.company | trim }}]", "[Ärzte & Söhne <GmbH>]"),
        ("{{ contact.title | default(\"colleague\") }}", "colleague"),
        ("{{ contact.title | default('say \\'hi\\' \\\\ \"x\"') }}", "say 'hi' \\ \"x\""),
        ("{{ contact.title | default(\"}} {{\") }}", "}} {{"),
        ("{{ contact.city | default(\"your town\") | upper }}", "YOUR TOWN"),
        ("{{ contact.first_name | default(\"there\") }}", "ann"),
        ("{{ contact.title | default(\"\") }}.", "."),
        ("{{\n  contact.first_name\n}}", "ann"),
        ("no tags, { braces } and 100 % {", "no tags, { braces } and 100 % {"),
        ("", ""),
        // A value is never read as a template.
        ("{{ sender.name }}", "{{ contact.first_name }} {% for %}"),
        ("Hi {{ contact.name | default(\"you\") }}", "Hi you"),
    ];
    for (text, expected) in rows {
        assert_eq!(render(text), expected, "{text}");
    }
}

/// reliability.md T2: never "Hi ,".
#[test]
fn a_missing_value_holds_the_message_and_names_every_field_once() {
    let template =
        Template::parse("{{ contact.title }}{{ contact.city }}{{ contact.title }}{{ contact.first_name }}")
            .unwrap();
    let missing = template.render(&ann).unwrap_err();
    assert_eq!(missing.fields, ["contact.title", "contact.city"]);
    assert_eq!(
        missing.to_string(),
        "missing contact.title, contact.city; fill it in or give the merge tag a default"
    );
    assert_eq!(template.required().count(), 4);
    assert_eq!(Template::parse("{{ contact.title | default(\"x\") }}").unwrap().required().count(), 0);
}

/// T1, T4, T8: what is wrong, where, and what was meant.
#[test]
fn bad_templates() {
    let mut out = String::new();
    for text in [
        "Hi {{contact.frist_name}}",
        "Hi {{ first_name }}",
        "Hi {{ Contact.First_Name }}",
        "Hi {{ contact.adress }}",
        "{{ sender.adress }}",
        "{{ __proto__ }}",
        "{{ 7 * 7 }}",
        "{{ contact.first_name.constructor }}",
        "one\ntwo äö {{ contact.first_name",
        "{{",
        "}}",
        "a }} b",
        "{{ }}",
        "{{ {{ contact.first_name }} }}",
        "{{ contact.first_name {{ contact.last_name }} }}",
        "{% for x in y %}{% endfor %}",
        "{% set a = a ~ a %}",
        "{%",
        "{{ contact.first_name | }}",
        "{{ contact.first_name | uper }}",
        "{{ contact.first_name | default }}",
        "{{ contact.first_name | default() }}",
        "{{ contact.first_name | default(there) }}",
        "{{ contact.first_name | default(\"there }}",
        "{{ contact.first_name | default(\"there\" }}",
        "{{ contact.first_name | default(“there”) }}",
        "{{ contact.first_name default(\"x\") }}",
        "{{ contact.first_name }",
        "{{ contact.first name }}",
    ] {
        let error = Template::parse(text).expect_err(text);
        let suggestion = error.suggestion.as_deref().map(|meant| format!(" => {meant}")).unwrap_or_default();
        out += &format!("{text:?}\n  {error}{suggestion}\n");
    }
    insta::assert_snapshot!(out);
}

/// T3.
#[test]
fn values_cannot_escape_into_html_or_headers() {
    let template = Template::parse("<b>{{ contact.company | trim }}</b>").unwrap();
    assert_eq!(template.render_html(&ann).unwrap(), "<b>Ärzte &amp; Söhne &lt;GmbH&gt;</b>");
    let script = |_: &str| Some("<script>alert(\"1\")</script>'".to_owned());
    assert_eq!(
        Template::parse("{{ contact.city }}").unwrap().render_html(&script).unwrap(),
        "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&#39;"
    );
    let subject = Template::parse("Re: {{ campaign.name }}\n").unwrap();
    assert_eq!(subject.render_line(&ann).unwrap(), "Re: A Bcc: everybody@example.com");
    assert_eq!(one_line("a\u{2028}b\0\u{85}c\t\td"), "a b c d");
}

#[test]
fn size_is_limited_on_both_sides() {
    let big = "x".repeat(MAX_BYTES + 1);
    assert!(Template::parse(&big).unwrap_err().message.contains("256 KB"));
    let tags = "{{ contact.city }}".repeat(1_000);
    let megabyte = |_: &str| Some("y".repeat(1_000));
    let error = Template::parse(&tags).unwrap().render(&megabyte).unwrap_err();
    assert!(error.fields.is_empty() && error.to_string().contains("256 KB"));
}

#[test]
fn the_list_of_fields_is_itself_valid() {
    for (field, label) in FIELDS {
        let template = Template::parse(&format!("{{{{ {field} }}}}")).unwrap();
        assert_eq!(template.fields().collect::<Vec<_>>(), [*field]);
        assert!(!label.is_empty());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn random_text_neither_panics_nor_hangs(text in r#"(\{\{|\}\}|\{%|[ |."'()\\]|default|contact\.first_name|upper|\PC|[\n“é]){0,40}"#) {
        match Template::parse(&text) {
            Ok(template) => {
                template.render(&|_| Some("v".into())).unwrap();
            }
            Err(error) => prop_assert!(error.line >= 1 && error.column >= 1 && !error.message.is_empty()),
        }
    }

    #[test]
    fn any_text_neither_panics_nor_hangs(text in any::<String>(), value in any::<String>()) {
        if let Ok(template) = Template::parse(&text) {
            prop_assert_eq!(template.render(&|_| Some(value.clone())).unwrap_or_default().is_empty(), text.is_empty());
        }
    }

    /// A value, whatever it is, comes out as it went in, escaped in HTML, and never breaks a line.
    #[test]
    fn values_are_literal(value in any::<String>()) {
        prop_assume!(!value.trim().is_empty());
        let template = Template::parse("{{ contact.city }}").unwrap();
        prop_assert_eq!(template.render(&|_| Some(value.clone())).unwrap(), value.clone());
        let html = template.render_html(&|_| Some(value.clone())).unwrap();
        prop_assert!(!html.contains(['<', '>', '"', '\'']));
        let line = template.render_line(&|_| Some(value.clone())).unwrap();
        prop_assert!(!line.contains(|c: char| c.is_control()));
    }
}

#[test]
fn custom_fields_are_named_by_their_keys() {
    let customs = ["seats".to_owned(), "renewal_day".to_owned()];
    let text = "{{ contact.custom.seats }} by {{ contact.custom.renewal_day | default(\"soon\") }}";
    let template = Template::parse_for(text, &customs).unwrap();
    assert!(template.names_custom());
    assert_eq!(template.required().collect::<Vec<_>>(), ["contact.custom.seats"]);
    let values = |field: &str| (field == "contact.custom.seats").then(|| "12,500".to_owned());
    assert_eq!(template.render(&values).unwrap(), "12,500 by soon");
    assert_eq!(template.render(&|_| None).unwrap_err().fields, ["contact.custom.seats"]);

    let error = Template::parse_for("Hi {{ contact.custom.seat }}", &customs).unwrap_err();
    assert_eq!((error.line, error.column), (1, 7));
    assert_eq!(error.suggestion.as_deref(), Some("contact.custom.seats"));
    assert_eq!(error.message, "there is no custom field seat; did you mean contact.custom.seats?");
    for text in [
        "{{ contact.custom. }}",
        "{{ contact.custom.Seats }}",
        "{{ contact.custom.1 }}",
        "{{ contact.custom.a.b }}",
    ] {
        assert!(Template::parse_for(text, &customs).is_err() && Template::parse(text).is_err(), "{text}");
    }
    // One that was there when the text was written.
    assert!(Template::parse("{{ contact.custom.gone }}").is_ok());
    assert!(!Template::parse("{{ contact.city }}").unwrap().names_custom());
}

use super::*;
use serde_json::json;

fn offer() -> Value {
    json!([
        { "type": "BUTTONS", "buttons": [
            { "type": "QUICK_REPLY", "text": "Not now" },
            { "type": "URL", "text": "Look", "url": "https://shop.example/{{1}}" }
        ] },
        { "type": "HEADER", "format": "TEXT", "text": "For {{1}}" },
        { "type": "BODY", "text": "Hi {{2}}, your {{1}} is here. {{2}}!" },
        { "type": "FOOTER", "text": "Nordlys" }
    ])
}

fn template(name: &str, language: &str) -> ApprovedTemplate {
    ApprovedTemplate { name: name.into(), language: language.into(), values: vec![], places: vec![] }
}

#[test]
fn places_are_counted_as_the_platform_counts_them() {
    let place = |part, button, name: Option<&str>| Place { part, button, name: name.map(str::to_owned) };
    let layout_of = layout(&offer());
    assert_eq!(
        layout_of.places,
        [
            place(PlacePart::Header, None, None),
            place(PlacePart::Body, None, None),
            place(PlacePart::Body, None, None),
            place(PlacePart::Button, Some(1), None),
        ]
    );
    assert_eq!(layout_of.buttons, ["Not now", "Look"]);
    assert_eq!((layout_of.footer.as_deref(), layout_of.lacks), (Some("Nordlys"), None));
    let named = layout(&json!([{ "type": "BODY", "text": "{{ who }} and {{what}} and {{who}} {{" }]));
    assert_eq!(
        named.places,
        [place(PlacePart::Body, None, Some("who")), place(PlacePart::Body, None, Some("what"))]
    );
    for (components, lacks) in [
        (json!([{ "type": "HEADER", "format": "IMAGE" }]), "picture"),
        (json!([{ "type": "CAROUSEL" }]), "CAROUSEL"),
        (json!([{ "type": "BUTTONS", "buttons": [{ "type": "COPY_CODE", "text": "c" }] }]), "COPY_CODE"),
    ] {
        assert!(layout(&components).lacks.unwrap().contains(lacks));
    }
    for nonsense in [json!(null), json!("x"), json!([1, { "type": 7 }])] {
        assert!(layout(&nonsense).places.is_empty());
    }
}

#[test]
fn only_what_is_approved_here_and_in_this_language_may_be_sent() {
    let known = |standing, reason: Option<&str>| {
        let layout = layout(&offer());
        vec![Known {
            name: "offer".into(),
            language: "en_US".into(),
            standing,
            reason: reason.map(Into::into),
            layout,
        }]
    };
    for (word, sent) in [
        ("APPROVED", true),
        ("REINSTATED", true),
        ("PENDING", false),
        ("IN_APPEAL", false),
        ("REJECTED", false),
        ("PAUSED", false),
        ("DISABLED", false),
        ("PENDING_DELETION", false),
        ("approved", false),
        ("SOMETHING_NEW", false),
        ("", false),
    ] {
        let standing = Standing::of_meta(word).unwrap();
        let refused = refusal(&known(standing, None), &template("offer", "en_US"));
        assert_eq!(refused.is_none(), sent, "{word}: {refused:?}");
    }
    assert_eq!(Standing::of_meta("FLAGGED"), None, "a warning changes nothing");
    let says = |known: &[Known], name, language| refusal(known, &template(name, language)).unwrap();
    let rejected = known(Standing::Rejected, Some("INVALID_FORMAT."));
    assert_eq!(
        says(&rejected, "offer", "en_US"),
        "The template offer (en_US) cannot be sent: WhatsApp rejected it: INVALID_FORMAT."
    );
    let approved = known(Standing::Approved, None);
    assert_eq!(says(&approved, "offer", "de"), "WhatsApp has no template offer (de); there is one in en_US.");
    assert_eq!(says(&approved, "of", "de"), "WhatsApp has no template of (de).");
}

#[test]
fn values_are_as_many_as_places_and_of_a_form_that_is_taken() {
    let layout = layout(&offer());
    let say = |values: &[&str]| {
        wrong_values(&layout, &values.iter().map(|v| (*v).to_owned()).collect::<Vec<_>>()).unwrap_or_default()
    };
    assert_eq!(say(&["Ada", "lamp", "Ada", "lamp-7"]), "");
    assert_eq!(say(&[]), "The template has 4 places for values, and no value is given.");
    assert_eq!(
        say(&["Ada", "lamp", "Ada", "lamp-7", "x"]),
        "The template has 4 places for values, and 5 values are given."
    );
    for (values, wrong) in [
        (["Ada", " ", "Ada", "x"], "Value 2 is missing."),
        (["Ada", "a\nb", "Ada", "x"], "line break"),
        (["Ada", "a     b", "Ada", "x"], "four blanks"),
        (["Ada", "lamp", "Ada", "a b"], "part of a link"),
    ] {
        assert!(say(&values).contains(wrong), "{values:?}: {}", say(&values));
    }
    assert_eq!(say(&["Ada", "a    b", "Ada", "x"]), "", "four blanks are taken");
    // `For ` and the value; `Hi , your  is here. !` and the values.
    assert_eq!(say(&[&"a".repeat(56), "l", "A", "x"]), "");
    assert!(say(&[&"a".repeat(57), "l", "A", "x"]).contains("header is longer"));
    let room = 1_024 - "Hi , your  is here. !".len();
    assert_eq!(say(&["A", &"l".repeat(room - 1), "A", "x"]), "");
    assert!(say(&["A", &"l".repeat(room), "A", "x"]).contains("1024 characters"));
}

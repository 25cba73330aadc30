use super::*;
use proptest::prelude::*;

#[test]
fn carrier_keywords() {
    let stop = [
        "STOP",
        "stop",
        " Stop. ",
        "STOP!!!",
        "\"Stop\"",
        "stop 🛑",
        "🛑STOP🛑",
        "ＳＴＯＰ",
        "STOPALL",
        "stop all",
        "Unsubscribe",
        "CANCEL",
        "end",
        "quit.",
        "OPTOUT",
        "opt out",
        "Opt-Out",
        "revoke",
        "STOP\n",
        "stop stop STOP",
        "Stop, stop!",
        "*STOP*",
    ];
    for body in stop {
        assert_eq!(sms_keyword(body), Some(Keyword::Stop), "{body:?}");
    }
    for (body, expected) in [
        ("START", Some(Keyword::Start)),
        ("unstop", Some(Keyword::Start)),
        ("help", Some(Keyword::Help)),
        ("INFO?", Some(Keyword::Help)),
        ("yes", None),
        ("stop by on Monday", None),
        ("Please don't stop", None),
        ("don't stop", None),
        ("the bus stop", None),
        ("nonstop", None),
        ("stopped", None),
        ("can't stop, won't stop", None),
        ("end of the week works", None),
        ("cancel my meeting with Bob", None),
        ("help me understand the price", None),
        ("stop start", None),
        ("opt", None),
        ("", None),
        ("...", None),
        ("😀", None),
    ] {
        assert_eq!(sms_keyword(body), expected, "{body:?}");
    }
    assert_eq!(sms_keyword(&"stop ".repeat(1_000)), None);
}

/// Answers as people write them, in several languages (reliability.md T-C3).
#[test]
fn what_answers_say() {
    use ReplyKind as K;
    for (text, expected) in [
        ("STOP", K::Unsubscribe),
        ("Please unsubscribe me from this list", K::Unsubscribe),
        ("Take me off your list!!", K::Unsubscribe),
        ("please don’t text me", K::Unsubscribe),
        ("pls stop texting", K::Unsubscribe),
        ("Do not contact me again.", K::Unsubscribe),
        ("REMOVE ME", K::Unsubscribe),
        ("I'd like to opt out", K::Unsubscribe),
        ("Interested? No. Stop emailing me.", K::Unsubscribe),
        ("wrong number", K::Unsubscribe),
        ("Bitte nehmen Sie mich aus dem Verteiler", K::Unsubscribe),
        ("Keine weiteren E-Mails bitte", K::Unsubscribe),
        ("Merci de me désinscrire", K::Unsubscribe),
        ("Je souhaite ne plus recevoir vos messages", K::Unsubscribe),
        ("Quiero darme de baja", K::Unsubscribe),
        ("No quiero recibir más mensajes", K::Unsubscribe),
        ("Quero me descadastrar", K::Unsubscribe),
        ("Per favore cancellatemi dalla lista", K::Unsubscribe),
        ("Graag afmelden", K::Unsubscribe),
        ("Proszę mnie wypisać", K::Unsubscribe),
        ("Vänligen avregistrera mig", K::Unsubscribe),
        ("Прошу отписать: отпишите меня", K::Unsubscribe),
        ("今後の配信停止をお願いします", K::Unsubscribe),
        ("请退订", K::Unsubscribe),
        ("stop by on Monday", K::Answer),
        ("Can you stop by on Monday?", K::Question),
        ("Please don't stop these, I love them", K::Answer),
        ("We opted outside for the party", K::Answer),
        ("Not interested, thanks", K::Negative),
        ("No thanks", K::Negative),
        ("We already have a vendor. Best, Bob", K::Negative),
        ("Kein Interesse", K::Negative),
        ("Nein, danke.", K::Negative),
        ("Non merci", K::Negative),
        ("No me interesa", K::Negative),
        ("Non sono interessato", K::Negative),
        ("nie jestem zainteresowany", K::Negative),
        ("I'm interested!", K::Positive),
        ("Sounds good, let's talk next week?", K::Positive),
        ("Yes please", K::Positive),
        ("Count me in 🎉", K::Positive),
        ("Klingt gut, gerne", K::Positive),
        ("Avec plaisir", K::Positive),
        ("Me interesa", K::Positive),
        ("How much is it", K::Question),
        ("Who is this", K::Question),
        ("What time?", K::Question),
        ("場所はどこですか？", K::Question),
        ("I am out of the office until Monday and will answer then.", K::OutOfOffice),
        ("Ich bin derzeit nicht im Büro.", K::OutOfOffice),
        ("Je suis absente du bureau jusqu'au 3 mai", K::OutOfOffice),
        ("Estoy de vacaciones hasta el lunes", K::OutOfOffice),
        ("Sono in ferie fino al 20 agosto", K::OutOfOffice),
        ("Ok", K::Answer),
        ("Thanks for the note. Bob is the right person.", K::Answer),
        ("", K::Answer),
    ] {
        assert_eq!(lexicon(text), expected, "{text:?}");
    }
}

#[test]
fn only_what_the_person_wrote_counts() {
    let quoted = "Sounds good!\r\n\r\nOn Mon, 3 May 2027 at 09:00, Ann <ann@example.com> wrote:\r\n> Hi\r\n> To stop these e-mails, unsubscribe here.\r\n";
    assert_eq!(lexicon(quoted), ReplyKind::Positive);
    assert_eq!(written(quoted), "Sounds good!");
    for footer in [
        "Ok\n-- \nBob\nunsubscribe",
        "Ok\n-----Original Message-----\nunsubscribe",
        "Ok\nAm 3. Mai 2027 schrieb Ann <ann@example.com>:\nabmelden",
        "Ok\nLe lun. 3 mai 2027, Ann a écrit :\ndésabonner",
        "Ok\nEl lun, 3 may 2027, Ann escribió:\ndarme de baja",
        "Ok\n________________________________\nFrom: Ann <ann@example.com>\nunsubscribe",
        "Ok\nVon: Ann <ann@example.com>\nabmelden",
    ] {
        assert_eq!(lexicon(footer), ReplyKind::Answer, "{footer:?}");
        assert_eq!(written(footer), "Ok");
    }
    assert_eq!(lexicon("STOP\n\n> earlier text"), ReplyKind::Unsubscribe);
    assert_eq!(written("> only a quote"), "");
    let broken = "Ok\n\nOn Mon, May 3, 2027 at 9:00 AM Ann Example With A Long Name <ann@example.com>\nwrote:\n> unsubscribe";
    assert_eq!(written(broken), "Ok");
    assert_eq!(written("Ok\nFrom: Ann Lee\nSent: Monday\nunsubscribe"), "Ok");
    assert_eq!(written("From: my point of view\nit is fine"), "From: my point of view\nit is fine");
    // Answered below the quote.
    let below =
        "On Monday, Ann wrote:\n> To unsubscribe, click\n> here\n\nPlease stop emailing me.\n-- \nBob";
    assert_eq!(written(below), "Please stop emailing me.");
    assert_eq!(lexicon(below), ReplyKind::Unsubscribe);
}

fn classify(headers: &[(&str, &str)], subject: &str, text: &str) -> ReplyKind {
    classify_email(
        &|name| headers.iter().find(|(known, _)| *known == name).map(|(_, value)| *value),
        subject,
        text,
    )
}

/// reliability.md F8, RFC 3834, RFC 3464.
#[test]
fn headers_tell_machines_from_people() {
    use ReplyKind as K;
    type Headers = &'static [(&'static str, &'static str)];
    let rows: &[(Headers, &str, &str, K)] = &[
        (&[("auto-submitted", "auto-replied")], "Re: Hi", "Thanks for your mail, ticket #42", K::AutoReply),
        (
            &[("auto-submitted", "auto-replied (vacation)")],
            "Re: Hi",
            "I am out of the office",
            K::OutOfOffice,
        ),
        (
            &[("auto-submitted", "auto-generated")],
            "Abwesenheitsnotiz: Hi",
            "Bin am 3. wieder da",
            K::OutOfOffice,
        ),
        (&[("auto-submitted", "no")], "Re: Hi", "Sounds good", K::Positive),
        (&[("precedence", "bulk")], "News", "Unsubscribe here", K::AutoReply),
        (&[("precedence", "Auto_Reply")], "Re: Hi", "Danke", K::AutoReply),
        (&[("precedence", "first-class")], "Re: Hi", "ok", K::Answer),
        (&[("x-autoreply", "yes")], "Re: Hi", "ok", K::AutoReply),
        (&[("return-path", " <> ")], "Re: Hi", "ok", K::AutoReply),
        (&[("return-path", "<ann@example.com>")], "Re: Hi", "ok", K::Answer),
        (
            &[("content-type", "multipart/report; report-type=delivery-status; boundary=x")],
            "Undelivered",
            "",
            K::Bounce,
        ),
        (
            &[
                ("content-type", "multipart/report; report-type=disposition-notification"),
                ("auto-submitted", "auto-replied"),
            ],
            "Read: Hi",
            "",
            K::AutoReply,
        ),
        (
            &[("from", "Mail Delivery Subsystem <MAILER-DAEMON@mx.example.com>")],
            "Returned mail",
            "",
            K::Bounce,
        ),
        (&[("from", "postmaster@example.com"), ("return-path", "<>")], "Undeliverable", "", K::Bounce),
        (&[("from", "postmaster@example.com")], "Re: Hi", "Sounds good", K::Positive),
        (&[("x-failed-recipients", "bob@example.com")], "failure", "", K::Bounce),
        (&[], "Automatic reply: Hi", "I have left", K::AutoReply),
        (&[], "Automatic reply: Hi", "I am on annual leave", K::OutOfOffice),
        (&[], "Out of Office: Hi", "", K::OutOfOffice),
        (&[], "Réponse automatique : Hi", "Je suis en congé", K::OutOfOffice),
        (&[], "Respuesta automática: Hi", "Estaré fuera de la oficina", K::OutOfOffice),
        (&[], "Automatische Antwort: Hi", "Ich bin im Urlaub", K::OutOfOffice),
        (&[], "Fuori sede: Hi", "", K::OutOfOffice),
        (&[], "自動返信: Hi", "休暇中です", K::OutOfOffice),
        (&[], "Автоответ: Hi", "Я в отпуске", K::OutOfOffice),
        // Our own subject in a person's answer says nothing.
        (&[], "Re: Out of office chairs", "Sounds good", K::Positive),
        (&[], "unsubscribe", "", K::Unsubscribe),
        (&[], "Re: Hi", "unsubscribe", K::Unsubscribe),
        (&[], "", "", K::Answer),
    ];
    for (headers, subject, text, expected) in rows {
        assert_eq!(classify(headers, subject, text), *expected, "{headers:?} {subject:?} {text:?}");
    }
}

#[test]
fn machines_are_no_answers() {
    for kind in ReplyKind::ALL {
        let machine = matches!(kind, ReplyKind::OutOfOffice | ReplyKind::AutoReply | ReplyKind::Bounce);
        assert_eq!(kind.is_person(), !machine);
    }
}

#[test]
fn phrases_are_folded_as_texts_are() {
    for phrase in [OPT_OUT, OUT_OF_OFFICE, NEGATIVE, POSITIVE, QUESTION].concat() {
        assert_eq!(fold(phrase), phrase);
    }
    for (phrase, _) in AUTO_SUBJECTS {
        assert_eq!(fold(phrase), *phrase);
    }
}

proptest! {
    #[test]
    fn any_text_has_a_kind(subject in any::<String>(), text in any::<String>(), header in any::<String>()) {
        classify_email(&|_| Some(header.as_str()), &subject, &text);
        classify_email(&|_| None, &subject, &text);
        sms_keyword(&text);
        prop_assert!(written(&text).len() <= text.len());
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a test that measures how long the rule takes")]
fn a_huge_answer_is_judged_at_once() {
    let begin = std::time::Instant::now();
    for text in [
        "stop ".repeat(2_000_000),
        "\u{0130}".repeat(1_000_000),
        "> \n".repeat(1_000_000),
        "On a wrote: ".repeat(500_000),
    ] {
        lexicon(&text);
    }
    assert!(begin.elapsed().as_secs() < 10, "{:?}", begin.elapsed());
}

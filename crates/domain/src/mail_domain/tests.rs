use super::*;

const KEY: &str = "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA";

fn long_key() -> String {
    format!("v=DKIM1; k=rsa; p={}", KEY.repeat(9))
}

fn all_is_well() -> Records {
    Records {
        domain: "nordlys.example".into(),
        server: Some("smtp.gmail.com".into()),
        texts: Ok(vec!["google-site-verification=1".into(), "v=spf1 include:_spf.google.com ~all".into()]),
        keys: vec![("google".into(), Ok(vec![long_key()])), ("default".into(), Ok(vec![]))],
        policies: Ok(vec!["v=DMARC1; p=reject; rua=mailto:dmarc@nordlys.example".into()]),
        policy_of: "nordlys.example".into(),
        servers: Ok(vec!["aspmx.l.google.com".into()]),
    }
}

fn graded(records: &Records) -> Vec<Grade> {
    findings(records).iter().map(|finding| finding.grade).collect()
}

#[test]
fn a_domain_that_is_set_up_has_nothing_to_do() {
    assert_eq!(graded(&all_is_well()), [Grade::Good; 4]);
    assert!(findings(&all_is_well()).iter().all(|finding| finding.entry.is_none()));
}

#[test]
fn a_domain_that_says_nothing_is_told_what_to_put_into_dns() {
    let empty = Records {
        texts: Ok(vec![]),
        keys: vec![("google".into(), Ok(vec![]))],
        policies: Ok(vec![]),
        servers: Ok(vec![]),
        ..all_is_well()
    };
    assert_eq!(graded(&empty), [Grade::Bad; 4]);
    let entries: Vec<_> = findings(&empty).into_iter().filter_map(|finding| finding.entry).collect();
    assert_eq!(entries[0].value, "v=spf1 include:_spf.google.com ~all");
    assert_eq!(
        (entries[1].name.as_str(), entries[1].value.as_str()),
        ("_dmarc.nordlys.example", "v=DMARC1; p=none; rua=mailto:postmaster@nordlys.example")
    );
    let own = Records { server: Some("mail.nordlys.example".into()), ..empty };
    assert_eq!(spf(&own).entry.unwrap().value, "v=spf1 mx a:mail.nordlys.example ~all");
}

#[test]
fn lines_of_spf() {
    for (texts, grade, entry) in [
        (vec!["v=spf1 include:_spf.google.com -all"], Grade::Good, None),
        (vec!["V=SPF1 INCLUDE:_SPF.GOOGLE.COM -ALL"], Grade::Good, None),
        (vec!["v=spf1 redirect=_spf.nordlys.example"], Grade::Good, None),
        (vec!["v=spf10 -all"], Grade::Bad, Some("v=spf1 include:_spf.google.com ~all")),
        (vec!["v=spf1 mx ~all"], Grade::Bad, Some("v=spf1 include:_spf.google.com mx ~all")),
        (vec!["v=spf1"], Grade::Bad, Some("v=spf1 include:_spf.google.com ~all")),
        (
            vec!["v=spf1 include:_spf.google.com +all"],
            Grade::Bad,
            Some("v=spf1 include:_spf.google.com ~all"),
        ),
        (
            vec!["v=spf1 include:_spf.google.com ?all"],
            Grade::Fair,
            Some("v=spf1 include:_spf.google.com ~all"),
        ),
        (vec!["v=spf1 include:_spf.google.com"], Grade::Fair, Some("v=spf1 include:_spf.google.com ~all")),
        (vec!["v=spf1 -all", "v=spf1 mx ~all"], Grade::Bad, None),
        (vec!["v=spf1 a mx ptr a:a a:b a:c a:d a:e a:f a:g include:_spf.google.com -all"], Grade::Bad, None),
    ] {
        let records =
            Records { texts: Ok(texts.iter().map(|text| (*text).to_owned()).collect()), ..all_is_well() };
        let finding = spf(&records);
        assert_eq!(finding.grade, grade, "{texts:?}: {}", finding.text);
        assert_eq!(finding.entry.map(|entry| entry.value).as_deref(), entry, "{texts:?}");
    }
}

#[test]
fn keys_of_signatures() {
    let long = long_key();
    for (text, grade) in [
        (long.as_str(), Grade::Good),
        (&long.replace("v=DKIM1; k=rsa; ", ""), Grade::Good),
        (&long.replace("k=rsa;", "k=rsa; t=y;"), Grade::Fair),
        (&format!("v=DKIM1; p={KEY}"), Grade::Fair),
        (&format!("v=DKIM1; k=ed25519; p={KEY}"), Grade::Good),
        ("v=DKIM1; p=", Grade::Bad),
        ("something else", Grade::Bad),
    ] {
        let records = Records { keys: vec![("s1".into(), Ok(vec![text.to_owned()]))], ..all_is_well() };
        assert_eq!(dkim(&records).grade, grade, "{text}");
    }
    let silent = |asked: Asked| Records {
        keys: vec![("s1".into(), Err("no answer".into())), ("s2".into(), asked)],
        ..all_is_well()
    };
    assert_eq!(dkim(&silent(Ok(vec![]))).grade, Grade::Unknown, "one of them may be it");
    assert_eq!(dkim(&silent(Ok(vec![long]))).grade, Grade::Good);
}

#[test]
fn policies() {
    for (text, of, grade) in [
        ("v=DMARC1; p=reject", "nordlys.example", Grade::Good),
        ("v=DMARC1;p=quarantine", "nordlys.example", Grade::Good),
        ("v=DMARC1; p=none", "nordlys.example", Grade::Fair),
        ("v=DMARC1; p=nothing", "nordlys.example", Grade::Bad),
        ("v=DMARC1", "nordlys.example", Grade::Bad),
        ("v=DMARC10; p=reject", "nordlys.example", Grade::Bad),
        ("v=DMARC1; p=reject; sp=none", "example", Grade::Fair),
        ("v=DMARC1; p=none; sp=reject", "example", Grade::Good),
    ] {
        let records = Records { policies: Ok(vec![text.into()]), policy_of: of.into(), ..all_is_well() };
        assert_eq!(dmarc(&records).grade, grade, "{text}");
    }
    let watching =
        Records { policies: Ok(vec!["v=DMARC1; p=none; rua=mailto:a@b.c".into()]), ..all_is_well() };
    assert_eq!(dmarc(&watching).entry.unwrap().value, "v=DMARC1; p=quarantine; rua=mailto:a@b.c");
    let twice = Records { policies: Ok(vec!["v=DMARC1; p=none".into(); 2]), ..all_is_well() };
    assert_eq!(dmarc(&twice).grade, Grade::Bad);
}

#[test]
fn where_answers_go() {
    for (servers, grade) in [(vec![], Grade::Bad), (vec!["."], Grade::Bad), (vec!["mx.example"], Grade::Good)]
    {
        let servers = Ok(servers.iter().map(|server| (*server).to_owned()).collect());
        assert_eq!(mx(&Records { servers, ..all_is_well() }).grade, grade);
    }
}

#[test]
fn what_dns_does_not_answer_is_not_called_missing() {
    let no = || Err("the server did not answer".to_owned());
    let silent = Records {
        texts: no(),
        keys: vec![("google".into(), no())],
        policies: no(),
        servers: no(),
        ..all_is_well()
    };
    assert_eq!(graded(&silent), [Grade::Unknown; 4]);
}

#[test]
fn whatever_stands_in_dns_is_read_to_its_end() {
    for text in
        ["", ";", "=", "v=spf1\u{2028}", "v=spf1é", "p=", "v=DMARC1;;;=;p", "é", "v=sp", "v=spf1 ++--all:/"]
    {
        let texts = || Ok(vec![text.to_owned()]);
        let odd = Records {
            texts: texts(),
            keys: vec![(String::new(), texts())],
            policies: texts(),
            servers: texts(),
            ..all_is_well()
        };
        assert_eq!(findings(&odd).len(), 4);
    }
}

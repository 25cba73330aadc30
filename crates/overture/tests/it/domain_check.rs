//! What DNS says about the domain that mails come from, as a member sees it.

use crate::kit::*;
use serde_json::{Value, json};

both! {
    a_domain_is_looked_at_in_plain_words_and_what_helps_is_said,
    a_policy_above_the_domain_counts_and_silence_is_no_gap,
    only_an_email_sender_has_a_domain,
}

async fn check(app: &TestApp, more: Value) -> Value {
    let report = app.admin.post(&format!("/api/senders/{}/domain-check", app.email_sender), more).await;
    assert_eq!(report["sandbox"], true, "{report}");
    report
}

fn grades(report: &Value) -> Vec<(&str, &str)> {
    let all = report["findings"].as_array().unwrap().iter();
    all.map(|finding| (finding["about"].as_str().unwrap(), finding["grade"].as_str().unwrap())).collect()
}

async fn a_domain_is_looked_at_in_plain_words_and_what_helps_is_said(app: TestApp) {
    let report = check(&app, json!({})).await;
    assert_eq!(report["domain"], "w1.example");
    assert_eq!(grades(&report), [("spf", "good"), ("dkim", "good"), ("dmarc", "fair"), ("mx", "good")]);
    assert_eq!(report["ok"], false);
    assert_eq!(report["findings"][2]["entry"]["value"], "v=DMARC1; p=quarantine");

    app.world.dns("_dmarc.w1.example", "TXT", Some(&["v=DMARC1; p=reject"])).await;
    assert_eq!(check(&app, json!({})).await["ok"], true);

    app.world.dns("w1.example", "TXT", Some(&["v=spf1 +all", "something else"])).await;
    app.world.dns("w1.example", "MX", Some(&[])).await;
    let report = check(&app, json!({ "selector": "nobody" })).await;
    assert_eq!(grades(&report), [("spf", "bad"), ("dkim", "bad"), ("dmarc", "good"), ("mx", "bad")]);
    assert_eq!(report["findings"][0]["found"], json!(["v=spf1 +all"]));
    assert_eq!(
        report["findings"][0]["entry"],
        json!({ "name": "w1.example", "kind": "TXT", "value": "v=spf1 ~all" })
    );
    assert!(report["findings"][1]["text"].as_str().unwrap().contains("nobody"), "{report}");
}

async fn a_policy_above_the_domain_counts_and_silence_is_no_gap(app: TestApp) {
    let deep = add_sender(&app.app, &app.scope, domain::Channel::Email, "hello@mail.nordlys.example").await;
    app.world.dns("_dmarc.mail.nordlys.example", "TXT", Some(&[])).await;
    app.world.dns("_dmarc.nordlys.example", "TXT", Some(&["v=DMARC1; p=none; sp=reject"])).await;
    app.world.dns("mail.nordlys.example", "TXT", None).await;
    let report = app.admin.post(&format!("/api/senders/{deep}/domain-check"), json!({})).await;
    assert_eq!(grades(&report), [("spf", "unknown"), ("dkim", "good"), ("dmarc", "good"), ("mx", "good")]);
    assert!(report["findings"][2]["text"].as_str().unwrap().contains("nordlys.example"), "{report}");
}

async fn only_an_email_sender_has_a_domain(app: TestApp) {
    let ask = async |sender: &domain::ids::SenderId, body: Value| {
        app.admin.call("POST", &format!("/api/senders/{sender}/domain-check"), &body).await.brief()
    };
    assert_eq!(ask(&app.sms_sender, json!({})).await, "409 4002");
    for selector in ["a b", "..", "a/b", "a\nb", "é", &"x".repeat(64)] {
        assert_eq!(ask(&app.email_sender, json!({ "selector": selector })).await, "422 4001", "{selector:?}");
    }
    assert_eq!(ask(&app.email_sender, json!({ "selector": "  " })).await, "200 0");
}

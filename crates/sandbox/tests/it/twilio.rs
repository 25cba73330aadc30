//! Twilio's side: what is taken, what is refused, what can be looked up, and the signed callbacks.

use base64::{Engine, prelude::BASE64_STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use sandbox::Options;

use crate::kit::{Door, MESSAGES, client, deaf, look, order, quick, text, until_received};

const FORM: &[(&str, &str)] = &[("To", "+15558675310"), ("From", "+15557122661"), ("Body", "Hi Ann")];

fn with<'a>(callback: &'a str, to: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![("To", to), ("From", "+15557122661"), ("Body", "Hi"), ("StatusCallback", callback)]
}

#[tokio::test]
async fn a_text_is_taken_and_found_again() {
    let sandbox = deaf().await;
    let answer = text(&sandbox, FORM).await.expect("an answer");
    assert_eq!(answer.status(), 201);
    assert_eq!(answer.headers()["content-type"], "application/json");
    let made: serde_json::Value = answer.json().await.expect("JSON");
    let sid = made["sid"].as_str().expect("a sid");
    assert!(sid.len() == 34 && sid.starts_with("SM"), "{sid}");
    assert_eq!(
        (&made["status"], &made["error_code"], &made["to"]),
        (&"queued".into(), &().into(), &"+15558675310".into())
    );
    assert_eq!((&made["direction"], &made["num_segments"]), (&"outbound-api".into(), &"1".into()));
    let found = look(&sandbox, &MESSAGES.replace(".json", &format!("/{sid}.json"))).await;
    assert_eq!((&found["sid"], &found["body"]), (&made["sid"], &"Hi Ann".into()));
    let list =
        look(&sandbox, &format!("{MESSAGES}?To=%2B15558675310&From=%2B15557122661&DateSent>=2020-01-01"))
            .await;
    assert_eq!(list["messages"].as_array().map(Vec::len), Some(1));
    assert_eq!(list["messages"][0]["sid"], made["sid"]);
    assert_eq!(list["next_page_uri"], serde_json::Value::Null);
    let later = look(&sandbox, &format!("{MESSAGES}?To=%2B15558675310&DateSent%3E=2999-01-01")).await;
    assert_eq!(later["messages"].as_array().map(Vec::len), Some(0));
    let unknown =
        look(&sandbox, &MESSAGES.replace(".json", "/SM00000000000000000000000000000000.json")).await;
    assert_eq!(unknown["code"], 20404);
    let account = look(&sandbox, &MESSAGES.replace("/Messages.json", ".json")).await;
    assert_eq!(account["status"], "active");
}

#[tokio::test]
async fn a_long_list_comes_in_pages() {
    let sandbox = deaf().await;
    for _ in 0..5 {
        text(&sandbox, FORM).await.expect("an answer");
    }
    let mut seen = std::collections::BTreeSet::new();
    let mut next = Some(format!("{MESSAGES}?To=%2B15558675310&PageSize=2"));
    let mut pages = 0;
    while let Some(path) = next {
        let page = look(&sandbox, &path).await;
        pages += 1;
        let messages = page["messages"].as_array().expect("messages");
        seen.extend(messages.iter().map(|message| message["sid"].to_string()));
        next = page["next_page_uri"].as_str().map(str::to_owned);
    }
    assert_eq!((seen.len(), pages), (5, 3));
}

#[tokio::test]
async fn what_is_wrong_is_refused_as_twilio_does() {
    let sandbox = deaf().await;
    let refused = async |form: &[(&str, &str)]| {
        let answer = text(&sandbox, form).await.expect("an answer");
        let status = answer.status().as_u16();
        let body: serde_json::Value = answer.json().await.expect("JSON");
        assert_eq!(body["status"], status);
        assert_eq!(body["more_info"], format!("https://www.twilio.com/docs/errors/{}", body["code"]));
        (status, body["code"].as_u64().unwrap_or_default())
    };
    assert_eq!(refused(&FORM[1..]).await, (400, 21604));
    assert_eq!(refused(&[("To", "12"), ("From", "+15557122661"), ("Body", "x")]).await, (400, 21211));
    assert_eq!(refused(&[("To", "+15558675310"), ("Body", "x")]).await, (400, 21603));
    assert_eq!(refused(&FORM[..2]).await, (400, 21602));
    assert_eq!(
        refused(&[("To", "+15005550009"), ("From", "+15557122661"), ("Body", "x")]).await,
        (400, 21614)
    );
    assert_eq!(
        refused(&[("To", "+15558675310"), ("From", "+15005550007"), ("Body", "x")]).await,
        (400, 21606)
    );
    let url = format!("{}{MESSAGES}", sandbox.http_url());
    for (user, password) in [(Options::ACCOUNT_SID, "wrong"), ("AC1", Options::AUTH_TOKEN)] {
        let answer =
            client().post(&url).basic_auth(user, Some(password)).form(FORM).send().await.expect("an answer");
        assert_eq!(answer.status(), 401);
        assert!(answer.headers().contains_key("www-authenticate"));
        let body: serde_json::Value = answer.json().await.expect("JSON");
        assert_eq!((&body["code"], &body["message"]), (&20003.into(), &"Authenticate".into()));
    }
    assert_eq!(client().post(&url).form(FORM).send().await.expect("an answer").status(), 401);
    let state = look(&sandbox, "/_sandbox/state").await;
    assert_eq!(
        (&state["channels"]["sms"]["received"], &state["channels"]["sms"]["refused"]),
        (&0.into(), &6.into())
    );
}

#[tokio::test]
async fn duplicates_are_told_by_the_products_own_id() {
    let sandbox = deaf().await;
    for m in ["msg_1", "msg_2", "msg_1", "msg_1"] {
        let callback = format!("http://127.0.0.1:9/api/twilio/status?m={m}");
        assert_eq!(text(&sandbox, &with(&callback, "+15558675310")).await.expect("an answer").status(), 201);
    }
    text(&sandbox, FORM).await.expect("an answer");
    let state = look(&sandbox, "/_sandbox/state").await;
    let sms = &state["channels"]["sms"];
    assert_eq!((&sms["received"], &sms["distinct"], &sms["duplicates"]), (&5.into(), &3.into(), &2.into()));
    let ledger = look(&sandbox, "/_sandbox/ledger?channel=sms&times=1").await;
    assert_eq!((&ledger["keys"]["msg_1"], &ledger["keys"]["msg_2"]), (&3.into(), &1.into()));
    assert_eq!((&ledger["complete"], &ledger["first_at"]), (&true.into(), &ledger["times"]["msg_1"]));
    let kept = look(&sandbox, "/_sandbox/messages?channel=sms&to=%2B15558675310&key=msg_2").await;
    assert_eq!(kept["data"].as_array().map(Vec::len), Some(1));
}

/// Twilio's rule, written down here once more.
fn signature(url: &str, mut params: Vec<(String, String)>) -> String {
    params.sort();
    let text = params.iter().fold(url.to_owned(), |text, (name, value)| text + name + value);
    let mut mac = Hmac::<sha1::Sha1>::new_from_slice(Options::AUTH_TOKEN.as_bytes()).expect("a key");
    mac.update(text.as_bytes());
    BASE64_STANDARD.encode(mac.finalize().into_bytes())
}

#[tokio::test]
async fn callbacks_are_signed_and_say_what_became_of_it() {
    let (sandbox, door) = (quick().await, Door::open().await);
    let callback = door.url("/api/twilio/status?m=msg_9");
    let made = text(&sandbox, &with(&callback, "+15558670003")).await.expect("an answer");
    let made: serde_json::Value = made.json().await.expect("JSON");
    let sent = door.next(|knock| knock.field("MessageStatus") == "sent").await;
    assert_eq!(sent.url, callback);
    assert_eq!(sent.header("x-twilio-signature"), signature(&callback, sent.form()));
    assert_eq!(sent.field("MessageSid"), made["sid"].as_str().unwrap_or_default());
    let undelivered = door.next(|knock| knock.field("MessageStatus") == "undelivered").await;
    assert_eq!(undelivered.field("ErrorCode"), "30003");
    assert_eq!(undelivered.header("x-twilio-signature"), signature(&callback, undelivered.form()));
    let sid = made["sid"].as_str().unwrap_or_default();
    let found = look(&sandbox, &MESSAGES.replace(".json", &format!("/{sid}.json"))).await;
    assert_eq!((&found["status"], &found["error_code"]), (&"undelivered".into(), &30003.into()));
}

#[tokio::test]
async fn an_answer_comes_signed_and_again_until_it_is_taken() {
    let (sandbox, door) = (quick().await, Door::open().await);
    door.refuse(1);
    let form = [("To", "+15558670001"), ("From", "+15557122661"), ("Body", "Hi")];
    assert_eq!(text(&sandbox, &form).await.expect("an answer").status(), 201);
    // They wait until they know where to.
    sandbox.set_webhook_base(&door.base).expect("a base");
    let inbound = |knock: &crate::kit::Knock| knock.path == "/api/twilio/inbound-sms";
    let first = door.next(inbound).await;
    let again = door.next(inbound).await;
    assert_eq!(first.form(), again.form());
    let token = "i-twilio-idempotency-token";
    assert_eq!(first.header(token), again.header(token));
    assert_eq!((first.field("From"), first.field("To")), ("+15558670001".into(), "+15557122661".into()));
    assert_eq!(
        first.header("x-twilio-signature"),
        signature(&door.url("/api/twilio/inbound-sms"), first.form())
    );
    assert!(!first.field("Body").is_empty());
    // Written to again, the same person goes on, to the end of what they have to say.
    let mut said = vec![first.field("Body")];
    for _ in 0..3 {
        text(&sandbox, &form).await.expect("an answer");
        said.push(door.next(inbound).await.field("Body"));
    }
    said.dedup();
    assert_eq!(said.len(), 4, "{said:?}");
    assert!(said[3].to_lowercase().contains("thank"), "{said:?}");
}

#[tokio::test]
async fn who_says_stop_is_not_reached_any_more() {
    let (sandbox, door) = (quick().await, Door::open().await);
    sandbox.set_webhook_base(&door.base).expect("a base");
    let form = [("To", "+15558670002"), ("From", "+15557122661"), ("Body", "Hi")];
    text(&sandbox, &form).await.expect("an answer");
    let stop = door.next(|knock| knock.path == "/api/twilio/inbound-sms").await;
    assert_eq!(stop.field("Body").to_uppercase(), "STOP");
    until_received(&sandbox, "sms", 1).await;
    let refused: serde_json::Value =
        text(&sandbox, &form).await.expect("an answer").json().await.expect("JSON");
    assert_eq!(refused["code"], 21610);
    let start = serde_json::json!({"channel": "sms", "to": "+15558670002", "text": "START"});
    let (status, answer) = order(&sandbox, "/_sandbox/reply", start).await;
    assert_eq!((status.as_u16(), &answer["webhook"]["state"]), (200, &"acked".into()));
    assert_eq!(text(&sandbox, &form).await.expect("an answer").status(), 201);
    let always = [("To", "+15558670005"), ("From", "+15557122661"), ("Body", "Hi")];
    let refused: serde_json::Value =
        text(&sandbox, &always).await.expect("an answer").json().await.expect("JSON");
    assert_eq!(refused["code"], 21610);
}

//! WhatsApp: what is sent, what each answer means, what webhooks say.

use crate::{
    ClosesAfter, outgoing,
    twilio_server::{Answer, Server},
};
use domain::{
    approved::Standing,
    message::{ApprovedTemplate, Place, PlacePart},
};
use providers::{Api, Class, Found, Http, Inbound, Open, Outgoing, by_id, inbound::Delivery, whatsapp};
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};

const OURS: &str = "+15550783881";
const ID: &str = "wamid.HBgLMTY1MDU1NTEyMzQVAgARGBI=";

fn credentials(url: &str) -> Value {
    json!({"phone_number_id": "106540352242922", "access_token": "EAAtoken", "app_secret": "secret", "base_url": url})
}

fn api(url: &str, timeout: Duration) -> Box<dyn Api> {
    (by_id("whatsapp").unwrap().connect)(&Http::with_timeout(timeout), &credentials(url)).unwrap()
}

fn message() -> Outgoing {
    Outgoing { text: "Hi Ada ✓".into(), ..outgoing("+16505551234") }
}

fn created() -> Answer {
    Answer::json("200 OK", &json!({"messaging_product": "whatsapp", "messages": [{"id": ID}]}))
}

fn error(status: &str, code: u32) -> Answer {
    Answer::json(
        status,
        &json!({"error": {"message": "no", "type": "OAuthException", "code": code, "fbtrace_id": "A"}}),
    )
}

fn body_of(request: &str) -> Value {
    serde_json::from_str(request.split_once("\r\n\r\n").unwrap().1).unwrap()
}

#[tokio::test]
async fn a_text_and_a_template_are_posted_as_the_cloud_api_wants_them() {
    let server = Server::start(vec![created()]).await;
    let api = api(&server.url, Duration::from_secs(10));
    let receipt = api.send(&message(), Arc::new(Open)).await.unwrap();
    assert_eq!(receipt.provider_message_id, ID);
    let request = server.requests().remove(0);
    assert!(request.starts_with("POST /v23.0/106540352242922/messages?appsecret_proof="), "{request}");
    assert!(request.contains("authorization: Bearer EAAtoken"), "{request}");
    assert!(request.contains("content-type: application/json"), "{request}");
    assert_eq!(
        body_of(&request),
        json!({
            "messaging_product": "whatsapp", "recipient_type": "individual", "to": "+16505551234", "type": "text",
            "text": {"body": "Hi Ada ✓", "preview_url": false},
            "biz_opaque_callback_data": "msg_01jd0m5s7x8y9z0a1b2c3d4e5f",
        })
    );
    let template = ApprovedTemplate {
        name: "welcome".into(),
        language: "en_US".into(),
        values: vec!["Ada".into(), "Friday".into()],
        places: vec![],
    };
    let approved = Outgoing { approved: Some(template), to: "US.1349".into(), ..message() };
    api.send(&approved, Arc::new(Open)).await.unwrap();
    let body = body_of(&server.requests()[1]);
    assert_eq!(
        body["template"],
        json!({"name": "welcome", "language": {"code": "en_US"}, "components": [
            {"type": "body", "parameters": [{"type": "text", "text": "Ada"}, {"type": "text", "text": "Friday"}]}
        ]})
    );
    assert_eq!((&body["type"], &body["recipient"]), (&json!("template"), &json!("US.1349")));
    assert!(body.get("text").is_none() && body.get("to").is_none());
    // Where the platform has told which value belongs where, each goes there.
    let place = |part, button, name: Option<&str>| Place { part, button, name: name.map(str::to_owned) };
    let template = ApprovedTemplate {
        name: "offer".into(),
        language: "en_US".into(),
        values: ["Ada", "lamp", "Friday", "lamp-7"].map(String::from).to_vec(),
        places: vec![
            place(PlacePart::Header, None, None),
            place(PlacePart::Body, None, Some("what")),
            place(PlacePart::Body, None, Some("when")),
            place(PlacePart::Button, Some(1), None),
        ],
    };
    api.send(&Outgoing { approved: Some(template), ..message() }, Arc::new(Open)).await.unwrap();
    assert_eq!(
        body_of(&server.requests()[2])["template"]["components"],
        json!([
            {"type": "header", "parameters": [{"type": "text", "text": "Ada"}]},
            {"type": "body", "parameters": [
                {"type": "text", "text": "lamp", "parameter_name": "what"},
                {"type": "text", "text": "Friday", "parameter_name": "when"}
            ]},
            {"type": "button", "sub_type": "url", "index": "1", "parameters": [{"type": "text", "text": "lamp-7"}]}
        ])
    );
}

#[tokio::test]
async fn all_pages_of_templates_are_read_and_never_half_of_them() {
    let one = |name: &str, status: &str| {
        json!({"name": name, "language": "en_US", "status": status, "category": "UTILITY", "rejected_reason": "NONE",
               "components": [{"type": "BODY", "text": "Hi {{1}}"}], "quality_score": {"score": "GREEN"}})
    };
    let page = |data: Value, next: Option<&str>| {
        let mut page = json!({"data": data});
        if let Some(after) = next {
            page["paging"] =
                json!({"cursors": {"after": after}, "next": "https://graph.facebook.com/elsewhere"});
        }
        Answer::json("200 OK", &page)
    };
    let read = async |answers: Vec<Answer>| {
        let server = Server::start(answers).await;
        let credentials = json!({
            "phone_number_id": "106540352242922", "access_token": "EAAtoken", "app_secret": "secret",
            "business_account_id": "102290129340398", "base_url": server.url,
        });
        let connect = providers::by_id("whatsapp").unwrap().connect;
        let api = connect(&Http::with_timeout(Duration::from_secs(10)), &credentials).unwrap();
        let found = api.shelf().unwrap().templates().await;
        (found, server.requests())
    };
    let (found, asked) = read(vec![
        page(json!([one("a", "APPROVED"), {"name": "no language"}, one("b", "APPROVED")]), Some("Q&=x")),
        page(json!([one("b", "PAUSED"), one("c", "FLAGGED")]), None),
    ])
    .await;
    let found = found.unwrap();
    let stands: Vec<_> = found.iter().map(|t| (t.name.as_str(), t.standing.as_str())).collect();
    assert_eq!(stands, [("a", "approved"), ("b", "paused"), ("c", "approved")]);
    assert_eq!((found[0].reason.as_deref(), found[0].quality.as_deref()), (None, Some("GREEN")));
    assert!(asked[0].starts_with("GET /v23.0/102290129340398/message_templates?fields="), "{}", asked[0]);
    assert!(asked[1].contains("&after=Q%26%3Dx&appsecret_proof="), "{}", asked[1]);
    for (answer, class) in [
        (page(json!("nothing"), None), Class::Retry),
        (page(json!([]), Some("")), Class::Retry),
        (error("400 Bad Request", 200), Class::Config),
        (error("401 Unauthorized", 190), Class::Reauth),
        (Answer::of("502 Bad Gateway", "", "<html>"), Class::Retry),
    ] {
        let (found, _) = read(vec![page(json!([one("a", "APPROVED")]), Some("x")), answer]).await;
        assert_eq!(found.unwrap_err().class, class);
    }
}

#[test]
fn news_of_templates_name_the_account_and_nothing_of_them_is_lost_among_others() {
    let change = |event: &str, reason: &str| {
        json!({"field": "message_template_status_update", "value": {
            "event": event, "message_template_id": 594425479261596u64, "message_template_name": "offer",
            "message_template_language": "en_US", "reason": reason,
        }})
    };
    let body = json!({"object": "whatsapp_business_account", "entry": [
        {"id": "102290129340398", "time": 1748811473, "changes": [change("REJECTED", "INVALID_FORMAT"), change("PAUSED", "NONE")]},
        {"id": "102290129340398", "time": 1748811474, "changes": [change("PAUSED", "NONE"), change("FLAGGED", "NONE")]},
    ]})
    .to_string();
    assert_eq!(whatsapp::accounts(body.as_bytes()), ["102290129340398"]);
    let told = |body: &[u8]| {
        let news = whatsapp::parse(body, "+1").unwrap().into_iter();
        news.map(|one| match one {
            Inbound::Template(t) => (t.name, t.standing.map(Standing::as_str), t.reason),
            other => panic!("{other:?}"),
        })
        .collect::<Vec<_>>()
    };
    let offer = |standing, reason: Option<&str>| ("offer".to_owned(), standing, reason.map(str::to_owned));
    let all = [
        offer(Some("rejected"), Some("INVALID_FORMAT")),
        offer(Some("paused"), None),
        offer(Some("paused"), None),
        offer(None, None),
    ];
    assert_eq!(told(body.as_bytes()), all);
    let parts = whatsapp::split(body.as_bytes(), "+1");
    let keys: std::collections::HashSet<_> = parts.iter().map(|part| part.key.clone()).collect();
    assert_eq!((parts.len(), keys.len()), (4, 4), "the same news at another time is other news");
    assert_eq!(parts.iter().flat_map(|part| told(&part.body)).collect::<Vec<_>>(), all);
}

#[tokio::test]
async fn the_class_of_every_answer() {
    use Class::{BadRecipient, Config, OptOut, Permanent, Reauth, Retry, Throttle, Unknown, Window};
    let html = |status| Answer::of(status, "Content-Type: text/html\r\n", "<html>Oops</html>");
    let bad = "400 Bad Request";
    let transient = json!({"error": {"code": 99999, "is_transient": true}});
    let cases = vec![
        (error(bad, 131047), Window, Some("131047")),
        (error(bad, 131050), OptOut, Some("131050")),
        (error(bad, 131026), BadRecipient, Some("131026")),
        (error(bad, 131051), Permanent, Some("131051")),
        (error(bad, 131042), Config, Some("131042")),
        (error("401 Unauthorized", 190), Reauth, Some("190")),
        (error("403 Forbidden", 10), Config, Some("10")),
        (error(bad, 130429), Throttle, Some("130429")),
        (error(bad, 131056), Throttle, Some("131056")),
        (error("429 Too Many Requests", 4), Throttle, Some("4")),
        (error("503 Service Unavailable", 131016), Retry, Some("131016")),
        (error("500 Internal Server Error", 131016), Unknown, Some("131016")),
        (error("500 Internal Server Error", 131000), Unknown, Some("131000")),
        (error("500 Internal Server Error", 1), Unknown, Some("1")),
        (error(bad, 131000), Unknown, Some("131000")),
        (error(bad, 99999), Permanent, Some("99999")),
        (Answer::json(bad, &transient), Retry, Some("99999")),
        (html(bad), Permanent, Some("400")),
        (html("401 Unauthorized"), Reauth, Some("401")),
        (html("408 Request Timeout"), Retry, Some("408")),
        (html("429 Too Many Requests"), Throttle, Some("429")),
        (html("502 Bad Gateway"), Unknown, Some("502")),
        (html("503 Service Unavailable"), Unknown, Some("503")),
        (html("302 Found"), Unknown, Some("302")),
        (Answer::of("200 OK", "", ""), Unknown, None),
        (Answer::of("200 OK", "", "<html>hello</html>"), Unknown, None),
        (Answer::json("200 OK", &json!({"messages": []})), Unknown, None),
        (Answer::json("200 OK", &json!({"messages": [{"id": "../../etc"}]})), Unknown, None),
        (Answer::Close, Unknown, None),
        (Answer::Raw(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{\"messages\"".to_vec()), Unknown, None),
        (Answer::Endless(3), Unknown, None),
    ];
    for (answer, class, code) in cases {
        let server = Server::start(vec![answer.clone()]).await;
        let fail =
            api(&server.url, Duration::from_secs(10)).send(&message(), Arc::new(Open)).await.unwrap_err();
        assert_eq!((fail.class, fail.code.as_deref()), (class, code), "{answer:?}");
        assert!(
            !fail.message.contains("EAAtoken") && !fail.message.contains("6505551234"),
            "{}",
            fail.message
        );
    }
    let silent = Server::start(vec![Answer::Hang]).await;
    let fail =
        api(&silent.url, Duration::from_millis(200)).send(&message(), Arc::new(Open)).await.unwrap_err();
    assert_eq!(fail.class, Unknown);
    let nobody = api("http://127.0.0.1:1", Duration::from_secs(2)).send(&message(), Arc::new(Open)).await;
    assert_eq!(nobody.unwrap_err().class, Retry);
}

#[tokio::test]
async fn a_closed_gate_lets_nothing_out_and_doubt_stays() {
    let server = Server::start(vec![created()]).await;
    let api = api(&server.url, Duration::from_secs(5));
    for asked in [0, 1] {
        let fail = api.send(&message(), Arc::new(ClosesAfter::asking(asked))).await.unwrap_err();
        assert_eq!(fail.class, Class::GaveBack);
    }
    assert!(server.requests().iter().all(|request| !request.contains("Hi Ada")));
    assert_eq!(api.find(&message(), 0).await.unwrap(), Found::CannotKnow);
}

#[tokio::test]
async fn the_test_of_an_account_asks_for_the_number() {
    let server = Server::start(vec![
        Answer::json("200 OK", &json!({"id": "1", "display_phone_number": "+1 555"})),
        error("401 Unauthorized", 190),
        Answer::of("502 Bad Gateway", "", ""),
    ])
    .await;
    let api = api(&server.url, Duration::from_secs(5));
    api.check().await.unwrap();
    assert!(
        server.requests()[0]
            .starts_with("GET /v23.0/106540352242922?fields=display_phone_number&appsecret_proof=")
    );
    assert_eq!(api.check().await.unwrap_err().class, Class::Reauth);
    assert_eq!(api.check().await.unwrap_err().class, Class::Retry, "nothing was in doubt");
}

#[test]
fn credentials_that_cannot_work_are_refused_before_anybody_is_called() {
    let good = credentials("https://graph.facebook.com");
    let connect =
        |credentials: &Value| (by_id("whatsapp").unwrap().connect)(&Http::new(), credentials).is_ok();
    assert!(connect(&good));
    for (field, value) in [
        ("phone_number_id", "../me"),
        ("phone_number_id", ""),
        ("access_token", ""),
        ("access_token", "a b"),
        ("access_token", "a\r\nX: y"),
        ("app_secret", " "),
        ("graph_version", "v23.0/../.."),
        ("graph_version", ""),
        ("base_url", "ftp://example.com"),
        ("base_url", "nonsense"),
    ] {
        let mut bad = good.clone();
        bad[field] = json!(value);
        assert!(!connect(&bad), "{field} {value:?}");
    }
}

fn webhook(value: &Value) -> Vec<u8> {
    let mut value = value.clone();
    value["messaging_product"] = json!("whatsapp");
    value["metadata"] = json!({"display_phone_number": "15550783881", "phone_number_id": "106540352242922"});
    json!({"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [{"field": "messages", "value": value}]}]})
        .to_string()
        .into_bytes()
}

fn one(message: Value) -> Option<providers::InboundMessage> {
    let mut message = message;
    message["id"] = json!("wamid.abc=");
    message["timestamp"] = json!("1697043223");
    if message.get("from").is_none() {
        message["from"] = json!("16505551234");
    }
    let contacts =
        json!([{"profile": {"name": "Ada\u{202e} L"}, "wa_id": "16505551234", "user_id": "US.1349"}]);
    let body = webhook(&json!({"contacts": contacts, "messages": [message]}));
    match whatsapp::parse(&body, OURS).unwrap().pop() {
        Some(Inbound::Message(message)) => Some(message),
        None => None,
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_kind_of_message_becomes_words() {
    let media = json!({"id": "1", "mime_type": "image/jpeg", "caption": "look"});
    for (message, text, attachments) in [
        (json!({"type": "text", "text": {"body": "café\u{200b}"}}), Some("café"), 0),
        (json!({"type": "button", "button": {"text": "Yes", "payload": "y"}}), Some("Yes"), 0),
        (
            json!({"type": "interactive", "interactive": {"type": "list_reply", "list_reply": {"title": "Two"}}}),
            Some("Two"),
            0,
        ),
        (
            json!({"type": "reaction", "reaction": {"message_id": "wamid.x", "emoji": "👍"}}),
            Some("Reacted with 👍"),
            0,
        ),
        (json!({"type": "reaction", "reaction": {"message_id": "wamid.x", "emoji": ""}}), None, 0),
        (json!({"type": "image", "image": media}), Some("[Picture]\nlook"), 1),
        (json!({"type": "document", "document": {"filename": "a.pdf"}}), Some("[Document a.pdf]"), 1),
        (json!({"type": "audio", "audio": {"id": "1"}}), Some("[Audio]"), 1),
        (json!({"type": "contacts", "contacts": []}), Some("[Contact card]"), 1),
        (
            json!({"type": "unsupported", "errors": [{"code": 131051}]}),
            Some("[A message of a kind that WhatsApp does not pass on]"),
            0,
        ),
        (
            json!({"type": "what_comes_next", "new": {"x": 1}}),
            Some("[A message of a kind that WhatsApp does not pass on]"),
            0,
        ),
        (json!({"type": "system", "system": {"body": "changed"}}), None, 0),
        (json!({"type": "text", "group_id": "g", "text": {"body": "to all"}}), None, 0),
        (json!({"type": "text", "from": "15550783881", "text": {"body": "our own"}}), None, 0),
    ] {
        let read = one(message.clone());
        assert_eq!(
            read.as_ref().map(|m| (m.text.as_str(), m.attachments)),
            text.map(|t| (t, attachments)),
            "{message}"
        );
    }
    let answer =
        one(json!({"type": "text", "text": {"body": "x"}, "context": {"from": "1", "id": "wamid.ours"}}))
            .unwrap();
    assert_eq!((answer.from.as_str(), answer.from_name.as_deref()), ("+16505551234", Some("Ada L")));
    assert_eq!(
        (answer.in_reply_to.as_deref(), answer.date_ms),
        (Some("wamid.ours"), Some(1_697_043_223_000))
    );
    assert_eq!(answer.provider_message_id, "wamid.abc=");
}

#[test]
fn who_shows_no_number_is_known_by_the_id_of_the_business() {
    let message =
        json!({"id": "wamid.abc=", "timestamp": "1697043223", "type": "text", "text": {"body": "hi"}});
    let body = webhook(
        &json!({"contacts": [{"profile": {"name": "Ada"}, "user_id": "US.1349"}], "messages": [message]}),
    );
    let Some(Inbound::Message(read)) = whatsapp::parse(&body, OURS).unwrap().pop() else { panic!() };
    assert_eq!(read.from, "US.1349");
    let nobody =
        webhook(&json!({"messages": [{"id": "wamid.abc=", "type": "text", "text": {"body": "hi"}}]}));
    assert_eq!(whatsapp::parse(&nobody, OURS).unwrap_err().class, Class::Permanent);
}

#[test]
fn statuses_with_our_id_and_what_went_wrong() {
    let status = |status: &str, more: Value| {
        let mut thing =
            json!({"id": "wamid.abc=", "status": status, "timestamp": "1698266945", "recipient_id": "1"});
        thing.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let body = webhook(&json!({"statuses": [thing]}));
        let Some(Inbound::Status(read)) = whatsapp::parse(&body, OURS).unwrap().pop() else { panic!() };
        read
    };
    for (word, expected) in [
        ("sent", Delivery::Sent),
        ("delivered", Delivery::Delivered),
        ("read", Delivery::Read),
        ("played", Delivery::Read),
        ("warning", Delivery::Accepted),
    ] {
        assert_eq!(status(word, json!({})).status, expected);
    }
    let read = status("sent", json!({"biz_opaque_callback_data": "msg_1"}));
    assert_eq!(
        (read.our_message_id.as_deref(), read.provider_message_id.as_str()),
        (Some("msg_1"), "wamid.abc=")
    );
    let failed = status("failed", json!({"errors": [{"code": 131047, "title": "Re-engagement message"}]}));
    assert_eq!((failed.class, failed.code.as_deref()), (Some(Class::Window), Some("131047")));
    assert!(failed.said.unwrap().contains("24 hours"));
    assert_eq!(status("failed", json!({})).class, Some(Class::Permanent));
}

#[test]
fn a_batch_is_taken_apart_and_only_ours_is_taken() {
    let ours = json!({"display_phone_number": "+1 555-078-3881"});
    let other = json!({"display_phone_number": "15550000000"});
    let text = |id: &str| json!({"id": id, "from": "16505551234", "type": "text", "text": {"body": "hi"}});
    let change = |metadata: &Value, value: Value| {
        let mut value = value;
        value["metadata"] = metadata.clone();
        json!({"field": "messages", "value": value})
    };
    let body = json!({"object": "whatsapp_business_account", "entry": [
        {"id": "1", "changes": [
            change(&ours, json!({"messages": [text("wamid.1aaa"), text("wamid.2aaa")]})),
            change(&other, json!({"messages": [text("wamid.3aaa")]})),
        ]},
        {"id": "2", "changes": [
            change(&ours, json!({"statuses": [{"id": "wamid.4aaa", "status": "read"}]})),
            {"field": "account_update", "value": {"event": "x"}},
        ]},
    ]})
    .to_string();
    assert_eq!(whatsapp::numbers(body.as_bytes()), ["+15550783881", "+15550000000"]);
    let items = whatsapp::split(body.as_bytes(), OURS);
    let keys: Vec<&str> = items.iter().map(|item| item.key.as_str()).collect();
    assert_eq!(keys, ["messages:wamid.1aaa", "messages:wamid.2aaa", "statuses:wamid.4aaa:read"]);
    for item in &items {
        assert_eq!(whatsapp::parse(&item.body, OURS).unwrap().len(), 1);
        assert_eq!(
            whatsapp::split(&item.body, OURS),
            std::slice::from_ref(item),
            "taken apart once and for all"
        );
    }
    assert_eq!(whatsapp::parse(body.as_bytes(), OURS).unwrap().len(), 3);
}

#[test]
fn a_copy_of_what_the_business_wrote_is_no_answer() {
    let echoes = json!({"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [{
        "field": "smb_message_echoes",
        "value": {"metadata": {"display_phone_number": "15550783881"}, "message_echoes": [
            {"from": "15550783881", "to": "16505551234", "id": "wamid.1aaa", "type": "text", "text": {"body": "hi"}}]},
    }]}]});
    assert_eq!(whatsapp::parse(echoes.to_string().as_bytes(), OURS).unwrap(), []);
}

#[test]
fn who_switches_marketing_off_in_the_app_has_opted_out() {
    let body = |value: &str| {
        json!({"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [{"field": "user_preferences",
            "value": {"metadata": {"display_phone_number": "15550783881"}, "user_preferences": [
                {"wa_id": "16505551234", "category": "marketing_messages", "value": value, "timestamp": 1}]}}]}]})
        .to_string()
    };
    let read = |value: &str| whatsapp::parse(body(value).as_bytes(), OURS).unwrap();
    let [Inbound::Choice(choice)] = &read("stop")[..] else { panic!() };
    assert_eq!((choice.from.as_str(), choice.wants), ("+16505551234", false));
    let [Inbound::Choice(choice)] = &read("resume")[..] else { panic!() };
    assert!(choice.wants);
    assert_eq!(read("perhaps"), []);
}

#[test]
fn what_cannot_be_read_is_refused_and_never_panics() {
    for body in [
        &b""[..],
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe{}",
        b"{\"entry\": [1, {\"changes\": 5}]}",
        b"{\"entry\": {}}",
    ] {
        assert!(whatsapp::parse(body, OURS).map_or(true, |found| found.is_empty()), "{body:?}");
        assert_eq!(whatsapp::split(body, OURS), []);
        assert_eq!(whatsapp::numbers(body), Vec::<String>::new());
    }
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(whatsapp::parse(deep.as_bytes(), OURS).is_err());
    let nonsense = webhook(&json!({"messages": [{"id": 5, "from": [], "type": {}}], "statuses": "x"}));
    assert_eq!(whatsapp::parse(&nonsense, OURS).unwrap_err().class, Class::Permanent);
    let long = one(json!({"type": "text", "text": {"body": "x".repeat(200_000)}})).unwrap();
    assert_eq!(long.text.len(), 64 * 1024);
}

#[test]
fn a_number_that_was_changed_is_read_in_its_old_form_and_its_new_one() {
    let read = |message: serde_json::Value| {
        let value = json!({ "messaging_product": "whatsapp", "messages": [message],
            "metadata": { "display_phone_number": "12025550181", "phone_number_id": "1" } });
        let body = json!({ "object": "whatsapp_business_account", "entry": [
            { "id": "1", "changes": [{ "field": "messages", "value": value }] } ] });
        whatsapp::parse(body.to_string().as_bytes(), "+12025550181").unwrap()
    };
    let system = |system: serde_json::Value| json!({ "id": "wamid.xyzxyz==", "from": "972987654321", "timestamp": "1753851315", "type": "system", "system": system });
    let new = json!({ "body": "User A changed from 972987654321 to 972912345678", "wa_id": "972912345678", "type": "user_changed_number" });
    let old = json!({ "body": "NAME changed", "new_wa_id": "972912345678", "customer": "972987654321", "type": "customer_changed_number" });
    for system in [system(new), system(old)] {
        let [Inbound::Renumbering(moved)] = &read(system)[..] else { panic!() };
        let way = (moved.from.as_str(), moved.to.as_str(), moved.at_ms);
        assert_eq!(way, ("+972987654321", "+972912345678", Some(1_753_851_315_000)));
    }
    for nothing in [
        json!({ "body": "User identity changed", "type": "customer_identity_changed" }),
        json!({ "body": "to nowhere", "type": "user_changed_number" }),
        json!({ "body": "to itself", "wa_id": "972987654321", "type": "user_changed_number" }),
        json!({ "body": "to us", "wa_id": "12025550181", "type": "user_changed_number" }),
        json!({ "body": "to a word", "wa_id": "somebody", "type": "user_changed_number" }),
    ] {
        assert_eq!(read(system(nothing)), Vec::new());
    }
}

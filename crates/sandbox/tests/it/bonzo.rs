//! Bonzo's side: what people answer goes to the hook that the account names, and to nobody where it names none.

use sandbox::Options;
use serde_json::{Value, json};

use crate::kit::{Door, client, look, order, quick};

#[tokio::test]
async fn people_answer_to_the_hook_of_the_account() {
    let sandbox = quick().await;
    let door = Door::open().await;
    sandbox.set_webhook_base(&door.url("")).expect("a base");
    let post = async |account: &str, to: &str| {
        let path = "v3/prospects/create-or-update-and-message";
        let url = format!("{}/bonzo{account}/{path}", sandbox.http_url());
        let text = json!({"first_name": "Ada", "phone": to, "message": "Hello", "send_as": "owner"});
        let answer =
            client().post(url).bearer_auth(Options::BONZO_KEY).json(&text).send().await.expect("an answer");
        assert_eq!(answer.status(), 200);
    };
    // Both answer, by their numbers; without a hook nobody hears it.
    post("", "+14155550001").await;
    post("/hook/snd_1/t0ken", "+14155560001").await;
    let knock = door.next(|_| true).await;
    assert!(knock.url.ends_with("/api/bonzo/inbound?sender=snd_1&token=t0ken"), "{}", knock.url);
    let event: Value = serde_json::from_slice(&knock.body).expect("JSON");
    assert_eq!(
        (&event["prospect"]["phone"], &event["prospect"]["dnc"]),
        (&json!("+14155560001"), &json!(false))
    );
    assert!(!event["message"]["body"].as_str().expect("words").is_empty());
    // Who has got a text can be made to answer it; a STOP is one for Bonzo, too.
    order(&sandbox, "/_sandbox/reply", json!({"channel": "sms", "to": "+14155560001", "text": "STOP"})).await;
    let knock = door.next(|knock| knock.body.windows(4).any(|part| part == b"STOP")).await;
    let event: Value = serde_json::from_slice(&knock.body).expect("JSON");
    assert_eq!(event["prospect"]["dnc"], json!(true));
    let told = look(&sandbox, "/_sandbox/webhooks").await;
    assert!(!told.to_string().contains("twilio"), "{told}");
}

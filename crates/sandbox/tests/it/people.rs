//! The people, as the product meets them: at its doors.

use hmac::{Hmac, KeyInit, Mac};
use mail_parser::{Message, MessageParser, MimeHeaders};
use sandbox::{Options, Sandbox};

use crate::kit::{Door, Knock, Smtp, look, mail, order, quick, start, until};

async fn world() -> (Sandbox, Door) {
    let (sandbox, door) = (quick().await, Door::open().await);
    sandbox.set_webhook_base(&door.base).expect("a base");
    (sandbox, door)
}

async fn send(sandbox: &Sandbox, door: &Door, id: &str, to: &str) -> String {
    Smtp::ready(sandbox).await.send(to, &mail(id, &format!("Ann Lee <{to}>"), door)).await
}

fn parse(knock: &Knock) -> Message<'_> {
    MessageParser::default().parse(&knock.body).expect("a mail")
}

fn to(mail: &Message<'_>) -> String {
    mail.to().and_then(|to| to.first()).and_then(|to| to.address()).unwrap_or_default().to_owned()
}

/// The rule of the mail door, written down here once more.
fn signature(body: &[u8]) -> String {
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(Options::EMAIL_SECRET.as_bytes()).expect("a key");
    mac.update(body);
    mac.finalize().into_bytes().iter().fold("sha256=".to_owned(), |text, byte| format!("{text}{byte:02x}"))
}

fn is_mail(knock: &Knock) -> bool {
    knock.path == "/webhooks/email"
}

#[tokio::test]
async fn an_answer_is_a_real_mail_in_the_right_thread() {
    let (sandbox, door) = world().await;
    assert!(send(&sandbox, &door, "m1@overture.example", "reply@x.test").await.starts_with("250 "));
    let opened = door.next(|knock| knock.path == "/t/o/tok").await;
    assert_eq!(opened.method, "GET");
    let knock = door.next(is_mail).await;
    assert_eq!(knock.url, door.url("/webhooks/email?sender=snd_7"));
    assert_eq!(knock.header("content-type"), "message/rfc822");
    assert_eq!(knock.header("x-overture-signature"), signature(&knock.body));
    let answer = parse(&knock);
    assert_eq!(to(&answer), "reply+snd_7@overture.example");
    assert_eq!(answer.in_reply_to().as_text(), Some("m1@overture.example"));
    assert_eq!(answer.references().as_text_list().map(<[_]>::len), Some(2));
    assert_eq!(answer.subject(), Some("Re: Hello there"));
    assert_eq!(answer.from().and_then(|from| from.first()).and_then(|from| from.name()), Some("Ann Lee"));
    assert!(answer.body_text(0).is_some_and(|text| text.contains("> Hi, will you come?")));
    // Written to again, they answer again, with other words.
    let mut said = vec![answer.body_text(0).unwrap_or_default().into_owned()];
    for n in 2..=4 {
        send(&sandbox, &door, &format!("m{n}@overture.example"), "reply@x.test").await;
        let knock = door.next(is_mail).await;
        said.push(parse(&knock).body_text(0).unwrap_or_default().into_owned());
    }
    assert_eq!(said.iter().collect::<std::collections::BTreeSet<_>>().len(), 4, "{said:?}");
    let webhooks = look(&sandbox, "/_sandbox/webhooks?kind=email_in&state=acked").await;
    assert_eq!(webhooks["data"].as_array().map(Vec::len), Some(4));
    assert_eq!(webhooks["data"][0]["attempts"], 1);
}

#[tokio::test]
async fn readers_click_and_leave_by_the_button() {
    let (sandbox, door) = world().await;
    send(&sandbox, &door, "m1@overture.example", "click@x.test").await;
    assert_eq!(door.next(|knock| knock.path == "/t/c/tok").await.url, door.url("/t/c/tok?x=1&y=2"));
    send(&sandbox, &door, "m2@overture.example", "stop@x.test").await;
    let left = door.next(|knock| knock.path == "/u/tok").await;
    assert_eq!((left.method.as_str(), &*left.body), ("POST", &b"List-Unsubscribe=One-Click"[..]));
    // Without List-Unsubscribe-Post there is no button to press.
    let plain =
        mail("m3@overture.example", "stop2@x.test", &door).replace("List-Unsubscribe-Post", "X-Other");
    Smtp::ready(&sandbox).await.send("stop2@x.test", &plain).await;
    send(&sandbox, &door, "m4@overture.example", "reply@x.test").await;
    let next = door.next(|knock| knock.path != "/t/o/tok" && knock.path != "/t/c/tok").await;
    assert!(is_mail(&next), "{}", next.path);
}

#[tokio::test]
async fn machines_answer_as_machines() {
    let (sandbox, door) = world().await;
    send(&sandbox, &door, "m1@overture.example", "ooo@x.test").await;
    let knock = door.next(is_mail).await;
    let away = parse(&knock);
    assert_eq!(away.header_raw("Auto-Submitted").map(str::trim), Some("auto-replied"));
    assert_eq!(away.subject(), Some("Automatic reply: Hello there"));
    assert_eq!(to(&away), "bounce+7@overture.example");
    send(&sandbox, &door, "m2@overture.example", "bounce@x.test").await;
    let knock = door.next(is_mail).await;
    assert_eq!(knock.header("x-overture-signature"), signature(&knock.body));
    let bounce = parse(&knock);
    let kind = bounce.content_type().expect("a type");
    assert_eq!((kind.subtype(), kind.attribute("report-type")), (Some("report"), Some("delivery-status")));
    let text = String::from_utf8_lossy(&knock.body).into_owned();
    assert!(
        text.contains("Final-Recipient: rfc822; bounce@x.test")
            && text.contains("Message-ID: <m2@overture.example>")
    );
    assert!(send(&sandbox, &door, "m3@overture.example", "reject@x.test").await.starts_with("550 5.1.1 "));
    assert_eq!(look(&sandbox, "/_sandbox/state").await["channels"]["email"]["received"], 2);
}

#[tokio::test]
async fn the_same_seed_meets_the_same_people() {
    let door = Door::open().await;
    let story = async |seed| {
        let sandbox = start(Options { seed, speed: 1_000.0, ..Options::default() }).await;
        sandbox.set_webhook_base(&door.base).expect("a base");
        let mut client = Smtp::ready(&sandbox).await;
        let mut refused = Vec::new();
        for n in 0..200 {
            let person = format!("person{n}@x.test");
            if client
                .send(&person, &mail(&format!("{n}@overture.example"), &person, &door))
                .await
                .starts_with("550 ")
            {
                refused.push(n);
                client.ask("RSET").await;
            }
        }
        let quiet =
            |state: &serde_json::Value| state["people_busy"] == 0 && state["webhooks"]["pending"] == 0;
        let acts = until(&sandbox, quiet).await["acts"].clone();
        sandbox.shutdown().await;
        (refused, acts)
    };
    let (first, again, other) = tokio::join!(story(11), story(11), story(12));
    assert_eq!(first, again);
    assert_ne!(first, other);
    for act in ["opened", "clicked", "answered", "out_of_office", "unsubscribed"] {
        assert!(first.1[act].as_u64() > Some(0), "{act}: {}", first.1);
    }
}

#[tokio::test]
async fn people_write_when_told_to() {
    let (sandbox, door) = world().await;
    send(&sandbox, &door, "m1@overture.example", "silent@x.test").await;
    let wish =
        serde_json::json!({"channel": "email", "to": "silent@x.test", "text": "Grüße, I changed my mind"});
    let (status, answer) = order(&sandbox, "/_sandbox/reply", wish).await;
    assert_eq!((status.as_u16(), &answer["webhook"]["state"]), (200, &"acked".into()), "{answer}");
    let knock = door.next(is_mail).await;
    let mail = parse(&knock);
    assert!(mail.body_text(0).is_some_and(|text| text.starts_with("Grüße, I changed my mind")));
    assert_eq!(mail.in_reply_to().as_text(), Some("m1@overture.example"));
    for kind in ["out_of_office", "bounce", "unsubscribe"] {
        let wish = serde_json::json!({"channel": "email", "to": "silent@x.test", "kind": kind});
        let (status, answer) = order(&sandbox, "/_sandbox/reply", wish).await;
        assert_eq!(
            (status.as_u16(), &answer["webhook"]["state"]),
            (200, &"acked".into()),
            "{kind}: {answer}"
        );
    }
    let stranger = serde_json::json!({"channel": "email", "to": "new@x.test", "text": "Hello?"});
    assert_eq!(order(&sandbox, "/_sandbox/reply", stranger.clone()).await.0, 404);
    let mut known = stranger;
    known["sender"] = "sam@overture.example".into();
    assert_eq!(order(&sandbox, "/_sandbox/reply", known).await.0, 200);
    let knock =
        door.next(|knock| is_mail(knock) && String::from_utf8_lossy(&knock.body).contains("Hello?")).await;
    assert_eq!(knock.path, "/webhooks/email");
    assert_eq!(to(&parse(&knock)), "sam@overture.example");
}

//! What providers and people send us is stored once, applied once, and never lost.

use crate::kit::*;
use serde_json::{Value, json};

both! {
    a_webhook_without_a_good_signature_is_refused_and_leaves_no_trace,
    twenty_copies_of_a_webhook_are_one_message,
    broken_bodies_become_dead_letters_or_are_refused_and_never_a_server_error,
    news_of_an_unknown_message_is_retried_then_kept_and_can_be_replayed,
    receipts_in_any_order_come_to_the_same,
    late_evidence_settles_doubt_and_the_funnel_goes_on,
    who_answers_or_opens_a_message_in_doubt_settles_it,
    an_answer_is_matched_by_references_then_tag_then_sender,
    a_bounce_fails_its_message_and_suppresses_the_address,
    an_automatic_reply_does_not_end_the_campaign,
    who_is_away_is_written_to_again_on_the_morning_they_are_back,
    mail_of_a_stranger_waits_unmatched_until_it_is_linked,
    linking_a_stranger_moves_what_happened_and_ends_the_campaign_for_who_answered,
    an_answer_is_told_once,
    what_cannot_be_applied_does_not_hold_up_what_came_with_it,
    our_own_mail_and_a_reused_message_id_become_dead_letters,
}

async fn a_webhook_without_a_good_signature_is_refused_and_leaves_no_trace(app: TestApp) {
    let anyone = Client::anonymous(&app.app);
    let genuine = [
        Post::text("SM1", ANN, "Hello"),
        Post::status("SM1", None, "delivered", None),
        Post::mail(app.email_sender.as_str(), letter("ann@people.example", &our_email(1), "<1@x>", "", "Hi")),
    ];
    for post in &genuine {
        let mut bare = post.clone();
        bare.headers.remove(0);
        let mut wrong = post.clone();
        wrong.headers[0].1 = "sha256=00".into();
        let mut altered = post.clone();
        altered.body.extend(b"&More=1");
        let mut elsewhere = post.clone();
        elsewhere.path = elsewhere.path.replace(app.email_sender.as_str(), "snd_0000000000000000000000000");
        elsewhere.path += if elsewhere.path.contains('?') { "&x=1" } else { "?x=1" };
        for refused in [bare, wrong, altered, elsewhere] {
            let answer = refused.to(&anyone).await;
            assert_eq!(answer.brief(), "401 1006", "{refused:?}");
            answer.assert_error_shape(&refused.path);
        }
    }
    assert!(store::inbound_event::keys(&app.app.db).await.unwrap().is_empty());
    let get = anyone.raw("GET", "/api/twilio/status", &[], "").await;
    assert_eq!(get.status, 405);
}

async fn twenty_copies_of_a_webhook_are_one_message(app: TestApp) {
    app.ann().await;
    let other = app.node().await;
    let (here, there) = (Client::anonymous(&app.app), Client::anonymous(&other.app));
    let text = Post::text("SM77", ANN, "Hello");
    let mail =
        Post::mail(app.email_sender.as_str(), letter("ann@people.example", &our_email(1), "<1@x>", "", "Hi"));
    let copies =
        (0..40).map(|n| if n % 2 == 0 { &text } else { &mail }.to(if n % 4 < 2 { &here } else { &there }));
    for answer in futures::future::join_all(copies).await {
        assert_eq!(answer.status, 200);
    }
    tokio::join!(app.run_due(), other.run_due());
    assert_eq!(app.received().await.len(), 2);
    let inbox = app.admin.get("/api/conversations").await;
    let unread: Vec<&Value> = inbox["data"].as_array().unwrap().iter().map(|c| &c["unread"]).collect();
    assert_eq!(unread, [1, 1]);
    assert_eq!(app.dead_letters().await, Vec::<Value>::new());
}

async fn broken_bodies_become_dead_letters_or_are_refused_and_never_a_server_error(app: TestApp) {
    let sender = app.email_sender.as_str();
    let to = our_number(1).replace('+', "%2B");
    let good = letter("ann@people.example", &our_email(1), "<1@x>", "", "Hello");
    let mut not_utf8 = good.clone().into_bytes();
    not_utf8.extend([0xff, 0xfe, 0x00, 0xc3, 0x28]);
    let deep = format!(
        "MIME-Version: 1.0\r\n{}",
        "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n".repeat(200)
    );
    let inbound = "/api/twilio/inbound-sms";
    let table = [
        ("text cut short", Post::twilio_bytes(inbound, format!("To={to}&From=%2B1415").into_bytes()), 200),
        ("text of no number", Post::twilio_bytes(inbound, b"Body=Hi".to_vec()), 401),
        (
            "text not UTF-8",
            Post::twilio_bytes(
                inbound,
                [format!("To={to}&MessageSid=SM5&From=%2B14155550123&Body=").as_bytes(), b"\xff%FF%00"]
                    .concat(),
            ),
            200,
        ),
        (
            "text of 10 MB",
            Post::twilio_bytes(inbound, format!("To={to}&Body={}", "a".repeat(10 << 20)).into_bytes()),
            413,
        ),
        ("nothing", Post::mail(sender, ""), 200),
        ("mail cut short", Post::mail(sender, &good.as_bytes()[..40]), 200),
        ("mail not UTF-8", Post::mail(sender, not_utf8), 200),
        ("mail of noise", Post::mail(sender, vec![0x80; 4096]), 200),
        (
            "mail without its boundary",
            Post::mail(sender, "From: a@b.example\r\nContent-Type: multipart/mixed\r\n\r\nHi"),
            200,
        ),
        ("mail nested 200 deep", Post::mail(sender, deep), 200),
        (
            "mail of 10 MB",
            Post::mail(
                sender,
                letter("big@people.example", &our_email(1), "<2@x>", "", &"word ".repeat(2 << 20)),
            ),
            200,
        ),
        ("mail of 26 MB", Post::mail(sender, vec![b'a'; 26 << 20]), 413),
        (
            "receipt of no message",
            Post::twilio_bytes("/api/twilio/status", format!("From={to}&MessageStatus=sent").into_bytes()),
            200,
        ),
    ];
    for (what, post, status) in table {
        let answer = post.to(&Client::anonymous(&app.app)).await;
        assert_eq!(answer.status, status, "{what}: {}", String::from_utf8_lossy(&answer.bytes));
        if status >= 400 {
            answer.assert_error_shape(what);
        }
        app.run_due().await;
    }
    let stored = store::inbound_event::keys(&app.app.db).await.unwrap().len();
    let kept = app.received().await.len() + app.dead_letters().await.len();
    assert_eq!(
        stored,
        kept,
        "every stored event is a message or a dead letter: {:#?}",
        app.dead_letters().await
    );
    for dead in app.dead_letters().await {
        assert!(dead["error"].as_str().is_some_and(|text| text.len() > 10), "{dead}");
    }
    let big = app.received().await.into_iter().find(|m| m["from_address"] == "big@people.example");
    assert!(big.is_some(), "a long mail is received");
}

async fn news_of_an_unknown_message_is_retried_then_kept_and_can_be_replayed(app: TestApp) {
    app.deliver(Post::status("SM9", None, "delivered", None)).await;
    assert_eq!(app.dead_letters().await, Vec::<Value>::new(), "it may have overtaken our own record");
    app.live(10 * MINUTE, MINUTE).await;
    let dead = app.dead_letters().await.remove(0);
    assert_eq!((&dead["source"], &dead["attempts"]), (&json!("twilio.status"), &json!(6)));
    assert!(dead["error"].as_str().unwrap().contains("do not know"), "{dead}");

    // Now it becomes known: a message that waits, and evidence that it left under that name.
    app.admin.patch(&format!("/api/senders/{}", app.sms_sender), json!({ "status": "paused" })).await;
    let message = app.write("client-1", "sms", ANN, "Hello").await;
    app.deliver(Post::status("SM9", message["id"].as_str(), "sent", None)).await;
    assert_eq!(app.only().await["status"], "sent");
    app.admin.post(&format!("/api/dead-letters/{}/replay", dead["id"].as_str().unwrap()), json!({})).await;
    app.run_due().await;
    assert_eq!(app.only().await["status"], "delivered");
    assert_eq!(app.dead_letters().await, Vec::<Value>::new());
    assert_eq!(app.world.taken("sms").await, 0);
}

/// Every order of some things.
fn orders(of: &[&'static str]) -> Vec<Vec<&'static str>> {
    if of.len() < 2 {
        return vec![of.to_vec()];
    }
    let mut all = Vec::new();
    for (n, first) in of.iter().enumerate() {
        let mut rest = of.to_vec();
        rest.remove(n);
        all.extend(orders(&rest).into_iter().map(|mut order| {
            order.insert(0, first);
            order
        }));
    }
    all
}

async fn receipts_in_any_order_come_to_the_same(app: TestApp) {
    let sets: [(&[&str], &str); 4] = [
        (&["sent", "delivered", "read"], "read"),
        (&["sent", "delivered", "undelivered"], "delivered"),
        (&["sent", "undelivered"], "failed"),
        (&["queued", "sent", "delivered"], "delivered"),
    ];
    let mut cases = Vec::new();
    for (set, end) in sets {
        for order in orders(set) {
            let n = cases.len();
            let message = app.write(&format!("client-{n}"), "sms", &format!("+1415555{n:04}"), "Hello").await;
            cases.push((message["id"].as_str().unwrap().to_owned(), order, end));
        }
    }
    app.run_due().await;
    let anyone = Client::anonymous(&app.app);
    for step in 0..3 {
        for (n, (id, order, _)) in cases.iter().enumerate() {
            let Some(status) = order.get(step) else { continue };
            let code = (*status == "undelivered").then_some("30003");
            let post = Post::status(&format!("SM{n}x"), Some(id), status, code);
            // Twice, as Twilio may.
            for _ in 0..2 {
                assert_eq!(post.to(&anyone).await.status, 200);
            }
        }
        app.run_due().await;
    }
    let wrong: Vec<String> = futures::future::join_all(cases.iter().map(async |(id, order, end)| {
        let status = app.message(&json!(id)).await["status"].as_str().unwrap().to_owned();
        (status != *end).then(|| format!("{order:?}: {status}, not {end}"))
    }))
    .await
    .into_iter()
    .flatten()
    .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

async fn late_evidence_settles_doubt_and_the_funnel_goes_on(app: TestApp) {
    let ann = app.ann().await;
    let graph = chain(vec![sms("T1", "First"), wait("W1", HOUR), sms("T2", "Second")]);
    let campaign = app.campaign(graph, &[ann]).await;
    app.world.fault("twilio", "accept_then_reset", 1).await;
    app.send_once().await;
    let message = app.only().await;
    assert_eq!(message["status"], "uncertain");
    assert_eq!(app.node_of(&campaign, "T1").await["uncertain"], 1);
    let sid = app.world.letters("sms").await[0]["id"].as_str().unwrap().to_owned();
    app.deliver(Post::status(&sid, message["id"].as_str(), "delivered", None)).await;
    let message = app.only().await;
    assert_eq!((&message["status"], &message["provider_message_id"]), (&json!("delivered"), &json!(sid)));
    assert_eq!(app.node_of(&campaign, "W1").await["here"], 1);
    app.advance(HOUR).await;
    assert_eq!(app.statuses().await, ["delivered", "sent"]);
    assert_eq!(app.world.taken("sms").await, 2);
}

/// A mail as somebody's client writes it. `more` is whole header lines.
pub fn letter(from: &str, to: &str, id: &str, more: &str, text: &str) -> String {
    format!(
        "From: {from}\r\nTo: {to}\r\nSubject: Re: Hello\r\nMessage-ID: {id}\r\nDate: Mon, 15 Jun 2026 11:00:00 +0000\r\n\
         MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n{more}\r\n{text}\r\n"
    )
}

async fn an_answer_is_matched_by_references_then_tag_then_sender(app: TestApp) {
    let crowd = app.crowd(3).await;
    let campaign = app
        .campaign(
            chain(vec![email("E1", "Hello", "Hi"), wait("W1", DAY), email("E2", "Again", "Hi")]),
            &crowd,
        )
        .await;
    app.run_due().await;
    let letters = app.world.letters("email").await;
    let rfc_id = letters.iter().find(|l| l["to"][0] == "p0@people.example").unwrap()["key"].as_str().unwrap();
    let rfc_id = rfc_id.trim_matches(['<', '>']);
    let sent = app.sent().await;
    let second =
        sent.iter().find(|m| m["to_address"] == "p1@people.example").unwrap()["id"].as_str().unwrap();
    let tagged = our_email(1).replace('@', &format!("+r-{second}@"));
    let sender = app.email_sender.as_str();
    let by_references = format!("References: <other@x> <{rfc_id}>\r\n");
    for post in [
        Post::mail(
            sender,
            letter("private@elsewhere.example", &our_email(1), "<1@x>", &by_references, "Yes, gladly"),
        ),
        Post::mail(sender, letter("phone@elsewhere.example", &tagged, "<2@x>", "", "Who are you?")),
        Post::mail(sender, letter("P2@people.example", &our_email(1), "<3@x>", "", "No, thank you")),
    ] {
        app.deliver(post).await;
    }
    let people = app.people(&campaign).await;
    assert!(people.iter().all(|p| p["status"] == "exited" && p["reason"] == "replied"), "{people:#?}");
    let mut threads: Vec<Value> = app.received().await.iter().map(|m| m["conversation_id"].clone()).collect();
    let mut theirs: Vec<Value> = sent.iter().map(|m| m["conversation_id"].clone()).collect();
    threads.sort_by_key(Value::to_string);
    theirs.sort_by_key(Value::to_string);
    assert_eq!(threads, theirs, "each answer lies in the thread that it answers");
    app.advance(2 * DAY).await;
    assert_eq!(app.world.taken("email").await, 3);
}

async fn a_bounce_fails_its_message_and_suppresses_the_address(app: TestApp) {
    let ann = app.ann().await;
    let campaign = app.campaign(one_email(), &[ann]).await;
    app.run_due().await;
    let id = app.only().await["id"].as_str().unwrap().to_owned();
    let to = our_email(1).replace('@', &format!("+b-{id}@"));
    let report = format!(
        "From: MAILER-DAEMON@mx.example\r\nTo: {to}\r\nSubject: Undelivered Mail Returned to Sender\r\nMessage-ID: <dsn@mx.example>\r\n\
         Auto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=\"b\"\r\n\r\n\
         --b\r\nContent-Type: text/plain\r\n\r\nIt could not be delivered.\r\n\
         --b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n\
         Final-Recipient: rfc822; ann@people.example\r\nAction: failed\r\nStatus: 5.1.1\r\n\
         Diagnostic-Code: smtp; 550 5.1.1 no such user\r\n\r\n--b--\r\n"
    );
    app.deliver(Post::mail(app.email_sender.as_str(), report)).await;
    let message = app.only().await;
    assert_eq!(message["status"], "failed");
    assert!(message["error"]["message"].as_str().unwrap().contains("no such user"), "{message}");
    let suppressed = app.admin.get("/api/suppressions").await;
    assert_eq!(suppressed["data"][0]["value"], "ann@people.example");
    assert_eq!(app.node_of(&campaign, "E1").await["bounced"], 1);
    assert_eq!(app.received().await, Vec::<Value>::new(), "a bounce is no answer");
}

async fn an_automatic_reply_does_not_end_the_campaign(app: TestApp) {
    let ann = app.ann().await;
    let graph = chain(vec![email("E1", "Hello", "Hi"), wait("W1", HOUR), email("E2", "Again", "Hi")]);
    let campaign = app.campaign(graph, &[ann]).await;
    app.run_due().await;
    let auto = letter(
        "ann@people.example",
        &our_email(1),
        "<1@x>",
        "Auto-Submitted: auto-replied\r\n",
        "I am out of office.",
    );
    app.deliver(Post::mail(app.email_sender.as_str(), auto)).await;
    let kind = app.received().await[0]["kind"].as_str().unwrap().to_owned();
    assert!(matches!(kind.as_str(), "out_of_office" | "auto_reply"), "{kind}");
    assert_eq!(app.node_of(&campaign, "E1").await["replied"], 0);
    app.advance(HOUR).await;
    assert_eq!(app.world.taken("email").await, 2);
}

async fn who_is_away_is_written_to_again_on_the_morning_they_are_back(app: TestApp) {
    let ann = app
        .contact(json!({ "email": "ann@people.example", "phone": ANN, "last_name": "Lee", "time_zone": "America/New_York" }))
        .await;
    let graph = chain(vec![email("E1", "Hello", "Hi"), wait("W1", DAY), email("E2", "Again", "Hi")]);
    let campaign = app.campaign(graph, std::slice::from_ref(&ann)).await;
    app.run_due().await;
    // Another campaign's text waits to leave.
    let sender = format!("/api/senders/{}", app.sms_sender);
    let other = app.campaign(one_text(), &[ann]).await;
    app.admin.patch(&sender, json!({ "status": "paused" })).await;
    app.run_due().await;
    let auto = letter(
        "ann@people.example",
        &our_email(1),
        "<1@x>",
        "Auto-Submitted: auto-replied\r\n",
        "I am out of the office until 26 June and answer then.",
    );
    app.deliver(Post::mail(app.email_sender.as_str(), auto)).await;
    app.admin.patch(&sender, json!({ "status": "active" })).await;
    for campaign in [&campaign, &other] {
        let person = app.people(campaign).await.remove(0);
        assert!(person["detail"].as_str().unwrap().contains("back on 27 June 2026"), "{person}");
    }
    // Saturday, 27 June, 9:00 in New York is 13:00 UTC; the clock began on Monday, 15 June, 10:00 UTC.
    app.advance(12 * DAY + 3 * HOUR - SECOND).await;
    assert_eq!((app.world.taken("email").await, app.world.taken("sms").await), (1, 0));
    app.advance(SECOND).await;
    assert_eq!((app.world.taken("email").await, app.world.taken("sms").await), (2, 1), "and neither is late");
}

async fn mail_of_a_stranger_waits_unmatched_until_it_is_linked(app: TestApp) {
    let ann = app.contact(json!({ "phone": ANN, "last_name": "Lee" })).await;
    let mail = letter("ann.lee@home.example", &our_email(1), "<1@x>", "", "It is me");
    app.deliver(Post::mail(app.email_sender.as_str(), mail)).await;
    let unmatched = app.admin.get("/api/conversations?view=unmatched").await;
    assert_eq!(unmatched["counts"]["unmatched"], 1);
    let thread = &unmatched["data"][0];
    assert_eq!((&thread["contact_id"], &thread["address"]), (&json!(null), &json!("ann.lee@home.example")));
    let link = format!("/api/conversations/{}/link", thread["id"].as_str().unwrap());
    let linked = app.admin.post(&link, json!({ "contact_id": ann })).await;
    assert_eq!((&linked["contact_id"], &linked["contact_name"]), (&json!(ann), &json!("Lee")));
    assert_eq!(app.admin.get("/api/conversations?view=unmatched").await["data"], json!([]));
    assert_eq!(app.received().await[0]["contact_id"], json!(ann));
}

async fn who_answers_or_opens_a_message_in_doubt_settles_it(app: TestApp) {
    let ann = app.ann().await;
    let campaign = app.campaign(chain(vec![email("E1", "One", "First"), wait("W", DAY)]), &[ann]).await;
    app.world.fault("smtp", "close_after_data", 2).await;
    app.send_once().await;
    app.write("opened-one", "email", "bob@people.example", "Second").await;
    app.send_once().await;
    let doubted = app.sent().await;
    assert_eq!(app.statuses().await, ["uncertain", "uncertain"]);
    let answer = |id: &str, more: &str| letter("ann@people.example", &our_email(1), id, more, "I am away");
    // Somebody writes from that address: it may have nothing to do with it.
    app.deliver(Post::mail(app.email_sender.as_str(), answer("<1@x>", "Auto-Submitted: auto-replied\r\n")))
        .await;
    assert_eq!(app.statuses().await, ["uncertain", "uncertain"]);
    // Somebody answers the very message, if only a machine.
    let named = format!(
        "In-Reply-To: <{}>\r\nAuto-Submitted: auto-replied\r\n",
        doubted[0]["reference"].as_str().unwrap()
    );
    app.deliver(Post::mail(app.email_sender.as_str(), answer("<2@x>", &named))).await;
    assert_eq!(app.statuses().await, ["sent", "uncertain"]);
    assert_eq!(app.node_of(&campaign, "W").await["here"], 1);
    assert_eq!(app.message(&doubted[0]["id"]).await["reference"], json!(null));
    let id = doubted[1]["id"].as_str().unwrap().parse().unwrap();
    overture::engagement::note_opened(&app.app, &id).await.unwrap();
    let opened = app.message(&doubted[1]["id"]).await;
    assert_eq!(opened["status"], "sent", "{opened}");
    assert_eq!(app.world.taken("email").await, 2);
}

async fn linking_a_stranger_moves_what_happened_and_ends_the_campaign_for_who_answered(app: TestApp) {
    let ann = app.ann().await;
    let bob = app.contact(json!({ "email": "bob@people.example", "last_name": "Berg" })).await;
    let campaign =
        app.campaign(chain(vec![wait("W", DAY), sms("S", "Hi")]), std::slice::from_ref(&ann)).await;
    app.run_due().await;
    let mail = letter("ann.lee@home.example", &our_email(1), "<1@x>", "", "It is me, I would love to");
    app.deliver(Post::mail(app.email_sender.as_str(), mail)).await;
    let story = async |contact: &str| -> Vec<String> {
        let page = app.admin.get(&format!("/api/contacts/{contact}/timeline")).await;
        page["data"].as_array().unwrap().iter().map(|e| e["kind"].as_str().unwrap().to_owned()).collect()
    };
    let told = |story: &[String]| story.iter().filter(|kind| *kind == "replied").count();
    assert_eq!(told(&story(&ann).await), 0);
    assert_eq!(app.people(&campaign).await[0]["reason"], json!(null));
    let unmatched = app.admin.get("/api/conversations?view=unmatched").await;
    let link = format!("/api/conversations/{}/link", unmatched["data"][0]["id"].as_str().unwrap());
    app.admin.post(&link, json!({ "contact_id": ann })).await;
    assert_eq!((told(&story(&ann).await), told(&story(&bob).await)), (1, 0));
    assert_eq!(app.people(&campaign).await[0]["reason"], "replied");
    assert_eq!(app.admin.get(&format!("/api/contacts/{ann}")).await["status"], "Needs BDR");
    app.advance(2 * DAY).await;
    assert_eq!(app.world.taken("sms").await, 0);
    // Who was taken for somebody else can be put right.
    app.admin.post(&link, json!({ "contact_id": bob })).await;
    assert_eq!((told(&story(&ann).await), told(&story(&bob).await)), (0, 1));
}

async fn an_answer_is_told_once(app: TestApp) {
    let ann = app.ann().await;
    for (n, text) in ["Yes, gladly", "STOP"].into_iter().enumerate() {
        app.deliver(Post::text(&format!("SM{n}"), ANN, text)).await;
    }
    let auto = letter(
        "carl@people.example",
        &our_email(1),
        "<1@x>",
        "Auto-Submitted: auto-replied\r\n",
        "I am out of office.",
    );
    app.deliver(Post::mail(app.email_sender.as_str(), auto)).await;
    let kinds = |page: &Value| -> Vec<String> {
        page.as_array().unwrap().iter().map(|e| e["kind"].as_str().unwrap().to_owned()).collect()
    };
    let stats = app.admin.get("/api/stats").await;
    assert_eq!(kinds(&stats["recent"]), ["received", "opted_out", "replied"]);
    let story = app.admin.get(&format!("/api/contacts/{ann}/timeline")).await;
    assert_eq!(kinds(&story["data"]), ["opted_out", "replied"]);
    // Each is counted on its own.
    assert_eq!((&stats["opted_out"], &stats["replied"]), (&json!(1), &json!(2)));
}

async fn our_own_mail_and_a_reused_message_id_become_dead_letters(app: TestApp) {
    let sender = app.email_sender.as_str();
    app.deliver(Post::mail(sender, letter(&our_email(1), &our_email(1), "<1@x>", "", "Hi"))).await;
    app.deliver(Post::mail(sender, letter("ann@people.example", &our_email(1), "<2@x>", "", "The first")))
        .await;
    app.deliver(Post::mail(sender, letter("ann@people.example", &our_email(1), "<2@x>", "", "Another")))
        .await;
    let texts: Vec<String> =
        app.received().await.iter().map(|m| m["text"].as_str().unwrap().trim().to_owned()).collect();
    assert_eq!(texts, ["The first"]);
    let dead: Vec<String> =
        app.dead_letters().await.iter().map(|d| d["error"].as_str().unwrap().to_owned()).collect();
    assert_eq!(dead.len(), 2, "{dead:?}");
    assert!(
        dead.iter().any(|text| text.contains("own address"))
            && dead.iter().any(|text| text.contains("same id")),
        "{dead:?}"
    );
}

/// Many events share a transaction on SQLite: what one of them did before it failed must not stay in it.
async fn what_cannot_be_applied_does_not_hold_up_what_came_with_it(app: TestApp) {
    app.ann().await;
    let anyone = Client::anonymous(&app.app);
    let ours = app.app.db.clone();
    for n in 0..12 {
        let post = match n % 4 {
            0 => Post::status(&format!("SM9{n}"), None, "delivered", None),
            1 => {
                let raw = letter(&our_email(1), &our_email(1), &format!("<{n}@x>"), "", "To myself");
                Post::mail(app.email_sender.as_str(), raw)
            }
            _ => Post::text(&format!("SM{n}"), ANN, &format!("Text {n}")),
        };
        assert_eq!(post.to(&anyone).await.status, 200);
    }
    app.run_due().await;
    assert_eq!(store::inbound_event::waiting(&ours).await.unwrap(), 3, "receipts of unknown messages wait");
    assert_eq!(app.dead_letters().await.len(), 3, "our own mails");
    let received = app.received().await;
    let mut texts: Vec<&str> = received.iter().map(|m| m["text"].as_str().unwrap()).collect();
    texts.sort_unstable();
    assert_eq!(texts, ["Text 10", "Text 11", "Text 2", "Text 3", "Text 6", "Text 7"]);
    // They are looked at again until nobody believes in them any more.
    app.live(10 * MINUTE, MINUTE).await;
    assert_eq!(store::inbound_event::waiting(&ours).await.unwrap(), 0);
    assert_eq!(app.dead_letters().await.len(), 6);
}

//! Clients that keep the rules: who is let in, who hears what.

use super::*;

#[tokio::test]
async fn a_client_hears_its_workspace_and_itself_and_nobody_else() {
    let server = Server::start().await;
    let (mut ann, mut bob) = (server.client("ann@w1").await, server.client("bob@w2").await);
    assert_eq!(server.hub.connections(), 2);
    server.hub.publish(&Audience::workspace("w1"), "new:message", &json!({ "message_id": "msg_1" }));
    server.hub.publish(&Audience::user("ann"), "job.completed", &json!({ "job_id": "job_1" }));
    server.hub.publish("workspace:w3", "new:message", &json!({}));
    server.hub.publish("workspace:w2", "stats:updated", &json!({ "text": "\u{1f600}\"\n" }));
    assert_eq!(ann.event().await, ("new:message".into(), json!({ "message_id": "msg_1" })));
    assert_eq!(ann.event().await, ("job.completed".into(), json!({ "job_id": "job_1" })));
    assert_eq!(bob.event().await, ("stats:updated".into(), json!({ "text": "\u{1f600}\"\n" })));
    ann.say("41").await;
    assert_eq!(ann.goodbye().await, 1000);
    drop(bob);
    server.until(0).await;
}

#[tokio::test]
async fn without_proof_nobody_is_let_in() {
    let server = Server::with(impatient(600, 60_000)).await;
    let mut client = server.dial("").await;
    client.hear().await;
    client.say("40").await;
    assert_eq!(client.hear().await, r#"44{"message":"unauthorized"}"#);
    // A second try with a token is welcome while the time to sign in lasts.
    client.say(r#"40{"token":"ann@w1"}"#).await;
    assert!(client.hear().await.starts_with("40{"));
    let mut expired = server.dial("ann@w1@999999").await;
    expired.hear().await;
    expired.say("40").await;
    assert_eq!(expired.hear().await, r#"44{"message":"unauthorized"}"#);
    assert_eq!(expired.goodbye().await, 4401);
    let mut silent = server.dial("ann@w1").await;
    assert_eq!(silent.goodbye().await, 4401);
    let mut hasty = server.dial("ann@w1").await;
    hasty.say(r#"42["join:inbox"]"#).await;
    assert_eq!(hasty.goodbye().await, 4401);
    let mut elsewhere = server.dial("ann@w1").await;
    elsewhere.hear().await;
    elsewhere.say("40/admin,").await;
    assert_eq!(elsewhere.hear().await, r#"44/admin,{"message":"Invalid namespace"}"#);
    server.until(1).await;
}

#[tokio::test]
async fn a_conversation_is_joined_only_by_those_who_may_see_it() {
    let server = Server::start().await;
    let mut ann = server.client("ann@w1").await;
    ann.say(r#"421["join:inbox"]"#).await;
    assert_eq!(ann.hear().await, r#"431[{"ok":true}]"#);
    ann.say(r#"42["join:inbox"]"#).await;
    assert_eq!(ann.event().await, ("joined".into(), json!({ "room": "workspace:w1" })));
    ann.say(r#"422["join:conversation",{"id":"w1-7"}]"#).await;
    assert_eq!(ann.hear().await, r#"432[{"ok":true}]"#);
    ann.say(r#"42["join:conversation","w1-8"]"#).await;
    assert_eq!(ann.event().await, ("joined".into(), json!({ "room": "conversation:w1-8" })));
    for refused in [
        r#"["join:conversation",{"id":"w2-1"}]"#,
        r#"["join:conversation",{"id":"*"}]"#,
        r#"["join:conversation",{"id":"w1-1 w2-1"}]"#,
        r#"["join:conversation",{"id":["w1-1"]}]"#,
        r#"["join:conversation"]"#,
        r#"["join:inbox","w2"]"#,
        r#"["join:inbox",{"workspaceId":"w2"}]"#,
        r#"["join:inbox",["*"]]"#,
    ] {
        ann.say(format!("42{refused}")).await;
        assert_eq!(ann.event().await.0, "error", "{refused}");
        ann.say(format!("429{refused}")).await;
        assert!(ann.hear().await.starts_with(r#"439[{"ok":false,"error":""#), "{refused}");
    }
    server.hub.publish("conversation:w2-1", "new:message", &json!(1));
    server.hub.publish("conversation:w1-7", "new:message", &json!(2));
    assert_eq!(ann.event().await, ("new:message".into(), json!(2)));
    ann.say(r#"42["leave:conversation",{"id":"w1-7"}]"#).await;
    assert_eq!(ann.event().await.0, "left");
    server.hub.publish("conversation:w1-7", "new:message", &json!(3));
    server.hub.publish("conversation:w1-8", "new:message", &json!(4));
    assert_eq!(ann.event().await, ("new:message".into(), json!(4)));
}

#[tokio::test]
async fn typing_is_told_to_the_others_in_the_conversation() {
    let server = Server::start().await;
    let (mut ann, mut bob) = (server.client("ann@w1").await, server.client("bob@w1").await);
    ann.say(r#"42["typing:start",{"conversation_id":"w1-1"}]"#).await;
    assert_eq!(ann.event().await.0, "error");
    for client in [&mut ann, &mut bob] {
        client.say(r#"42["join:conversation",{"id":"w1-1"}]"#).await;
        assert_eq!(client.event().await.0, "joined");
    }
    ann.say(r#"42["typing:start",{"conversation_id":"w1-1"}]"#).await;
    let typing = json!({ "conversation_id": "w1-1", "member_id": "ann" });
    assert_eq!(bob.event().await, ("typing:start".into(), typing));
    bob.say(r#"42["typing:stop",{"conversationId":"w1-1"}]"#).await;
    assert_eq!(ann.event().await.0, "typing:stop");
}

#[tokio::test]
async fn a_token_renews_the_session_of_its_own_member_only() {
    let server = Server::start().await;
    let mut ann = server.client("ann@w1").await;
    for (text, name) in [
        (r#"42["authenticate"]"#, "authenticated"),
        (r#"42["authenticate",{"token":"ann@w1"}]"#, "authenticated"),
        (r#"42["authenticate","bob@w1"]"#, "error"),
        (r#"42["authenticate",{"token":"ann@w2"}]"#, "error"),
        (r#"42["authenticate",{"token":"\u0000"}]"#, "error"),
    ] {
        ann.say(text).await;
        assert_eq!(ann.event().await.0, name, "{text}");
    }
    ann.say(r#"421["authenticate"]"#).await;
    assert_eq!(ann.hear().await, r#"431[{"ok":true}]"#);
    assert_eq!(ann.event().await.0, "authenticated");
}

#[tokio::test]
async fn a_session_that_ends_cuts_its_connections_within_a_second() {
    let start = Instant::now();
    let server =
        Server::with(Hub::with(Settings::default(), move || start.elapsed().as_millis() as i64)).await;
    let mut ann = server.client("ann@w1@400").await;
    assert_eq!(ann.goodbye().await, 4401);
    assert!(start.elapsed() < Duration::from_millis(1400), "{:?}", start.elapsed());
    let (mut bob, mut cleo) = (server.client("bob@w1").await, server.client("cleo@w1").await);
    server.hub.disconnect_member("bob");
    server.hub.publish("workspace:w1", "stats:updated", &json!({}));
    assert_eq!(bob.goodbye().await, 4401);
    assert_eq!(cleo.event().await.0, "stats:updated");
    server.until(1).await;
}

#[tokio::test]
async fn events_arrive_in_their_order_across_rooms() {
    let server = Server::start().await;
    let mut ann = server.client("ann@w1").await;
    for number in 0..5000 {
        let room = if number % 3 == 0 { "user:ann" } else { "workspace:w1" };
        server.hub.publish(room, "stats:updated", &json!(number));
    }
    for number in 0..5000 {
        assert_eq!(ann.event().await.1, json!(number));
    }
}

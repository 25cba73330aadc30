//! Clients without a websocket, and their move to one.

use super::*;

#[tokio::test]
async fn polling_says_and_hears_the_same() {
    let server = Server::start().await;
    let sid = server.poller("ann@w1").await;
    let query = format!("transport=polling&sid={sid}");
    // A waiting poll is answered by the event.
    let (answer, ()) = tokio::join!(server.http("GET", &query, "", ""), async {
        tokio::task::yield_now().await;
        server.hub.publish("workspace:w1", "new:message", &json!({ "message_id": "msg_1" }));
    });
    assert_eq!(answer, (200, r#"42["new:message",{"message_id":"msg_1"}]"#.into()));
    let said = "421[\"join:conversation\",{\"id\":\"w1-1\"}]\u{1e}bAAAA\u{1e}422[\"nonsense\"]";
    assert_eq!(server.http("POST", &query, "", said).await, (200, "ok".into()));
    let (_, heard) = server.http("GET", &query, "", "").await;
    let heard: Vec<_> = heard.split('\u{1e}').collect();
    assert_eq!(heard[0], r#"431[{"ok":true}]"#);
    assert!(heard[1].starts_with("42[\"error\"") && heard[2].starts_with("432[{\"ok\":false"), "{heard:?}");
    for (method, query, body, status, code) in [
        ("GET", "transport=polling&sid=0123", "", 400, "1"),
        ("GET", "transport=polling&sid=zebra", "", 400, "1"),
        ("POST", "transport=polling", "40", 400, "2"),
        ("GET", "transport=carrier-pigeon", "", 400, "0"),
        ("GET", "transport=websocket", "", 400, "3"),
        ("GET", "transport=polling&EIO=3", "", 400, "5"),
        ("PUT", "transport=polling", "", 405, ""),
    ] {
        let (got, text) = server.http(method, query, "", body).await;
        assert_eq!(got, status, "{method} {query}");
        assert!(text.contains(code), "{method} {query}: {text}");
    }
    let (status, _) = server.http("POST", &query, "", &"4".repeat(70_000)).await;
    assert_eq!(status, 413);
    let (_, last) = server.http("GET", &query, "", "").await;
    assert_eq!(last, "1");
    server.until(0).await;
}

#[tokio::test]
async fn two_polls_at_a_time_end_the_session() {
    let server = Server::start().await;
    let sid = server.poller("ann@w1").await;
    let query = format!("transport=polling&sid={sid}");
    let (first, second) =
        tokio::join!(server.http("GET", &query, "", ""), server.http("GET", &query, "", ""));
    let mut statuses = [first.0, second.0];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 400]);
    server.until(0).await;
}

#[tokio::test]
async fn a_poller_moves_to_a_websocket_and_misses_nothing() {
    let server = Server::start().await;
    let sid = server.poller("ann@w1").await;
    let (polling, websocket) =
        (format!("transport=polling&sid={sid}"), format!("transport=websocket&sid={sid}"));
    // A try that comes to nothing leaves polling as it was.
    drop(server.dial_to(&websocket, "ann@w1").await);
    server.hub.publish("workspace:w1", "stats:updated", &json!(0));
    assert_eq!(server.http("GET", &polling, "", "").await.1, r#"42["stats:updated",0]"#);
    let mut client = loop {
        let url = format!("ws://{}/socket.io/?EIO=4&{websocket}", server.address);
        // The first try may not be over yet, and only one may be under way.
        if let Ok((stream, _)) = tokio_tungstenite::connect_async(url).await {
            break Client(stream);
        }
    };
    client.say("2probe").await;
    assert_eq!(client.hear().await, "3probe");
    server.hub.publish("workspace:w1", "stats:updated", &json!(1));
    let (_, heard) = server.http("GET", &polling, "", "").await;
    let mut expected = 1;
    if heard == r#"42["stats:updated",1]"# {
        expected = 2;
    } else {
        assert_eq!(heard, "6");
    }
    server.hub.publish("workspace:w1", "stats:updated", &json!(2));
    client.say("5").await;
    while expected <= 2 {
        assert_eq!(client.event().await.1, json!(expected));
        expected += 1;
    }
    assert_eq!(server.http("GET", &polling, "", "").await.0, 400);
    assert_eq!(server.http("POST", &polling, "", "1").await.0, 400);
    server.hub.publish("workspace:w1", "stats:updated", &json!(3));
    assert_eq!(client.event().await.1, json!(3));
    assert_eq!(server.hub.connections(), 1);
}

#[tokio::test]
async fn closing_tells_everybody_and_lets_nobody_in() {
    let server = Server::start().await;
    let (mut ann, sid) = (server.client("ann@w1").await, server.poller("bob@w1").await);
    let query = format!("transport=polling&sid={sid}");
    let started = Instant::now();
    let (code, last, ()) =
        tokio::join!(ann.goodbye(), server.http("GET", &query, "", ""), server.hub.close());
    assert_eq!((code, last.1.as_str()), (1001, "1"));
    assert!(started.elapsed() < Duration::from_secs(3));
    assert_eq!(server.hub.connections(), 0);
    assert_eq!(server.http("GET", "transport=polling", "", "").await.0, 503);
}

//! Clients that break the rules, or cannot keep up.

use super::*;

#[tokio::test]
async fn a_connection_has_a_hundred_rooms_at_most() {
    let server = Server::start().await;
    let mut ann = server.client("ann@w1").await;
    for number in 0..98 {
        ann.say(format!(r#"42["join:conversation","w1-{number}"]"#)).await;
        assert_eq!(ann.event().await.0, "joined");
    }
    ann.say(r#"42["join:conversation","w1-0"]"#).await;
    assert_eq!(ann.event().await.0, "joined");
    ann.say(r#"42["join:conversation","w1-98"]"#).await;
    let (name, data) = ann.event().await;
    assert_eq!((name.as_str(), data["event"].as_str()), ("error", Some("join:conversation")));
    assert!(data["message"].as_str().is_some_and(|text| text.contains("100 rooms")), "{data}");
    for number in 0..10_000 {
        if ann.0.send(Message::text(format!(r#"42["join:conversation","w1-x{number}"]"#))).await.is_err() {
            break;
        }
    }
    server.until(0).await;
}

#[tokio::test]
async fn what_is_not_an_event_is_an_error_and_no_more() {
    let server = Server::start().await;
    let mut ann = server.client("ann@w1").await;
    for odd in [
        r#"42["__proto__",{}]"#,
        r#"42["constructor"]"#,
        r#"42["new:message",{"message_id":"forged"}]"#,
        r#"42[["a"]]"#,
        r#"42[]"#,
        r#"42{}"#,
        r#"42[1]"#,
        "42",
        "42[",
        "49",
        "4",
        r#"451-["file",{"_placeholder":true,"num":0}]"#,
        r#"42["join_room","workspace:w2"]"#,
    ] {
        ann.say(odd).await;
        assert_eq!(ann.event().await.0, "error", "{odd}");
    }
    ann.say(format!("42[\"{}\"]", "x".repeat(60_000))).await;
    let (_, data) = ann.event().await;
    assert_eq!(data["event"].as_str().map(str::len), Some(64));
    ann.0.send(Message::binary(vec![4, 1, 2])).await.expect("sent");
    assert_eq!(ann.event().await.0, "error");
    ann.say("2").await;
    assert_eq!(ann.hear().await, "3");
    ann.say("x").await;
    assert_eq!(ann.goodbye().await, 1002);
}

#[tokio::test]
async fn who_does_not_answer_pings_is_gone() {
    let server = Server::with(impatient(60_000, 700)).await;
    let mut lively = server.client("ann@w1").await;
    // Reads nothing, so it answers nothing.
    let dead = server.client("bob@w1").await;
    let listening = async {
        let listened = timeout(Duration::from_secs(3), lively.hear()).await;
        assert!(listened.is_err(), "heard {listened:?}");
    };
    tokio::join!(listening, server.until(1));
    server.hub.publish("user:ann", "stats:updated", &json!({}));
    assert_eq!(lively.event().await.0, "stats:updated");
    drop(dead);
}

/// A client's frame, masked, with any first byte.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![first];
    match payload.len() {
        short @ 0..=125 => bytes.push(0x80 | short as u8),
        medium @ 126..=0xFFFF => {
            bytes.push(0x80 | 126);
            bytes.extend_from_slice(&(medium as u16).to_be_bytes());
        }
        long => {
            bytes.push(0x80 | 127);
            bytes.extend_from_slice(&(long as u64).to_be_bytes());
        }
    }
    bytes.extend_from_slice(&[0; 4]);
    bytes.extend_from_slice(payload);
    bytes
}

/// A bare connection after the websocket handshake, with as little room for what comes as there can be.
async fn bare(server: &Server, cookie: &str) -> TcpStream {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.set_recv_buffer_size(4096).expect("a small buffer");
    let mut stream = socket.connect(server.address).await.expect("a connection");
    let request = format!(
        "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: overture.test\r\nUpgrade: websocket\r\n\
         Connection: keep-alive, Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
         Sec-WebSocket-Version: 13\r\nCookie: session={cookie}\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.expect("sent");
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.expect("a head"));
    }
    let head = String::from_utf8(head).expect("text");
    assert!(head.starts_with("HTTP/1.1 101 ") && head.contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="), "{head}");
    stream
}

/// Reads a frame of the server: its first byte and its payload. `None` at the end.
async fn read_frame(stream: &mut TcpStream) -> Option<(u8, Vec<u8>)> {
    let read = async {
        let (first, short) = (stream.read_u8().await.ok()?, stream.read_u8().await.ok()?);
        let length = match short {
            126 => stream.read_u16().await.ok()? as usize,
            127 => stream.read_u64().await.ok()? as usize,
            short => short as usize,
        };
        let mut payload = vec![0; length];
        stream.read_exact(&mut payload).await.ok()?;
        Some((first, payload))
    };
    timeout(PATIENCE, read).await.expect("a frame in time")
}

#[tokio::test]
async fn bad_frames_end_the_connection_with_their_code_and_hurt_nobody_else() {
    let server = Server::start().await;
    let mut ann = server.client("ann@w1").await;
    let pings: Vec<u8> = (0..1000).flat_map(|_| frame(0x89, b"")).collect();
    let chatter: Vec<u8> = (0..1000).flat_map(|_| frame(0x81, b"3")).collect();
    let endless: Vec<u8> = [frame(0x01, b"4")]
        .into_iter()
        .chain((0..200).map(|_| frame(0x00, &[b'x'; 500])))
        .flatten()
        .collect();
    let crumbs: Vec<u8> =
        [frame(0x01, b"4")].into_iter().chain((0..1000).map(|_| frame(0x00, b""))).flatten().collect();
    let mut lie = vec![0x81, 0xFF];
    lie.extend_from_slice(&[0x80, 0, 0, 0, 0, 0, 0, 0]);
    let cases = [
        ("unmasked", b"\x81\x0240".to_vec(), 1002),
        ("reserved bits", frame(0xF1, b"40"), 1002),
        ("2^63 bytes", lie, 1002),
        ("1 MB", frame(0x81, &vec![b'4'; 1_000_000]), 1009),
        ("fragmented for ever", endless, 1009),
        ("fragmented to nothing", crumbs, 4429),
        ("not UTF-8", frame(0x81, &[b'4', 0xFF]), 1007),
        ("ping flood", pings, 4429),
        ("1,000 messages at once", chatter, 4429),
        ("an unknown packet", frame(0x81, b"hello"), 1002),
        ("nothing", frame(0x81, b""), 1002),
    ];
    let server = &server;
    futures::future::join_all(cases.into_iter().map(|(name, bytes, code)| async move {
        let mut stream = bare(server, "bob@w1").await;
        let (mut reading, mut writing) = stream.split();
        let goodbye = async {
            let mut all = Vec::new();
            // The end may be a reset: the client had not stopped talking.
            timeout(PATIENCE, reading.read_to_end(&mut all)).await.expect("an end in time").ok();
            all
        };
        let (all, _) = tokio::join!(goodbye, writing.write_all(&bytes));
        let close =
            all.windows(4).rposition(|bytes| bytes[0] == 0x88 && bytes[2..4] == u16::to_be_bytes(code));
        assert!(close.is_some(), "{name}: {:?}", String::from_utf8_lossy(&all));
    }))
    .await;
    server.until(1).await;
    server.hub.publish("workspace:w1", "stats:updated", &json!({}));
    assert_eq!(ann.event().await.0, "stats:updated");
}

#[tokio::test]
async fn a_client_that_does_not_read_is_cut_and_the_others_miss_nothing() {
    let server = Server::start().await;
    let mut slow = bare(&server, "slow@w1").await;
    slow.write_all(&frame(0x81, b"40")).await.expect("said");
    let mut quick = server.client("quick@w1").await;
    server.until(2).await;
    let pad = "x".repeat(10_000);
    let mut cut = 0;
    for number in 0..3000 {
        let started = Instant::now();
        server.hub.publish("workspace:w1", "stats:updated", &json!({ "number": number, "pad": pad }));
        assert!(started.elapsed() < Duration::from_millis(500), "publish waited {:?}", started.elapsed());
        assert_eq!(quick.event().await.1["number"], number);
        cut = number;
        if server.hub.connections() == 1 {
            break;
        }
        // A megabyte of its own, and what the system holds for it.
        if number > 1000 {
            server.until(1).await;
        }
    }
    assert!(cut > 100, "cut after {cut} events: too early");
    // What was under way arrives whole; then the advice to fetch everything, and goodbye.
    let mut last = Vec::new();
    while let Some((first, payload)) = read_frame(&mut slow).await {
        last.push((first, String::from_utf8_lossy(&payload).chars().take(20).collect::<String>()));
    }
    server.hub.publish("workspace:w1", "stats:updated", &json!({ "number": -1 }));
    assert_eq!(quick.event().await.1["number"], -1);
    assert!(last.iter().all(|(first, _)| matches!(first, 0x81 | 0x88)), "{last:?}");
}

#[tokio::test]
async fn a_slow_client_that_wakes_up_hears_that_it_missed_something() {
    let server = Server::start().await;
    let mut slow = bare(&server, "slow@w1").await;
    slow.write_all(&frame(0x81, b"40")).await.expect("said");
    server.until(1).await;
    let pad = "x".repeat(300_000);
    for number in 0..60 {
        server.hub.publish("workspace:w1", "stats:updated", &json!({ "number": number, "pad": pad }));
    }
    let (mut numbers, mut resync, mut code) = (Vec::new(), false, 0);
    while let Some((first, payload)) = read_frame(&mut slow).await {
        match first {
            0x88 => code = u16::from_be_bytes(*payload.first_chunk().expect("a code")),
            _ => {
                let text = String::from_utf8(payload).expect("text");
                resync |= text == r#"42["resync",{"reason":"slow"}]"#;
                if let Some(event) = text.strip_prefix(r#"42["stats:updated",{"number":"#) {
                    assert!(!resync, "an event after resync");
                    numbers.push(
                        event.split(',').next().and_then(|n| n.parse::<usize>().ok()).expect("a number"),
                    );
                }
            }
        }
        if code != 0 {
            slow.write_all(&frame(0x88, &[3, 232])).await.expect("said");
        }
    }
    assert!(resync && code == 1013, "resync {resync}, code {code}");
    assert!(numbers.len() < 60 && numbers.iter().copied().eq(0..numbers.len()), "{numbers:?}");
    server.until(0).await;
}

#[tokio::test]
async fn more_events_than_can_be_told_become_one_resync() {
    let server = Server::start().await;
    let mut ann = server.client("ann@w1").await;
    // On this thread the fan-out has no turn until the loop ends.
    for number in 0..70_000 {
        server.hub.publish("workspace:w1", "s", &json!(number));
    }
    let mut heard = 0;
    loop {
        match ann.event().await {
            (name, _) if name == "resync" => break,
            (_, number) => assert_eq!(number, json!(heard)),
        }
        heard += 1;
    }
    assert!(heard > 10_000, "{heard}");
}

#[tokio::test]
async fn pages_of_other_origins_are_turned_away() {
    let server = Server::start().await;
    for (origin, status) in [
        ("http://overture.test", 200),
        ("https://overture.test", 200),
        ("http://OVERTURE.test:80", 200),
        ("https://app.example", 200),
        ("http://overture.test:8080", 403),
        ("http://overture.test.evil.example", 403),
        ("http://evil.example", 403),
        ("http://app.example", 403),
        ("null", 403),
        ("", 403),
        ("file://overture.test", 403),
        ("http://", 403),
        ("http://overture.test\r\nOrigin: http://overture.test", 403),
    ] {
        let got = server.http("GET", "transport=polling", &format!("Origin: {origin}\r\n"), "").await.0;
        assert_eq!(got, status, "{origin}");
    }
}

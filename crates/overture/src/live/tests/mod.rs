//! The layer as a client meets it, over TCP.

mod events;
mod hostile;
mod polling;

use super::*;
use axum::http::header::{AUTHORIZATION, COOKIE};
use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::{net::SocketAddr, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpSocket, TcpStream},
    time::{Instant, timeout},
};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream,
    tungstenite::{Message, client::IntoClientRequest},
};

const PATIENCE: Duration = Duration::from_secs(10);

/// Believes `member@workspace` or `member@workspace@until`; conversations begin with their workspace.
struct Doorman;

#[async_trait]
impl Authenticate for Doorman {
    async fn identify(&self, headers: &HeaderMap) -> Option<Identity> {
        let cookie = headers.get(COOKIE).and_then(|value| value.to_str().ok()?.strip_prefix("session="));
        let bearer =
            headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
        let mut parts = cookie.or(bearer)?.split('@');
        Some(Identity {
            member_id: parts.next()?.to_owned(),
            workspace_id: parts.next()?.to_owned(),
            sees_all: true,
            session_id: String::new(),
            valid_until_ms: parts.next().and_then(|until| until.parse().ok()),
        })
    }

    async fn may_join(&self, who: &Identity, room: &str) -> bool {
        room.starts_with(&format!("conversation:{}-", who.workspace_id))
    }

    async fn tell(&self, _: &Identity, _: &str, _: serde_json::Value) {}
}

struct Server {
    hub: Hub,
    address: SocketAddr,
}

impl Server {
    async fn start() -> Self {
        Self::with(Hub::new()).await
    }

    async fn with(hub: Hub) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let app = router(hub.clone(), Arc::new(Doorman), vec!["https://app.example".into()]);
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { hub, address }
    }

    /// A websocket on which nothing is said yet.
    async fn dial(&self, cookie: &str) -> Client {
        self.dial_to("transport=websocket", cookie).await
    }

    async fn dial_to(&self, query: &str, cookie: &str) -> Client {
        let url = format!("ws://{}/socket.io/?EIO=4&{query}", self.address);
        let mut request = url.into_client_request().expect("a request");
        if !cookie.is_empty() {
            request.headers_mut().insert(COOKIE, format!("session={cookie}").parse().expect("a cookie"));
        }
        let (stream, _) = tokio_tungstenite::connect_async(request).await.expect("a websocket");
        Client(stream)
    }

    /// A client that was let in.
    async fn client(&self, cookie: &str) -> Client {
        let mut client = self.dial(cookie).await;
        assert!(client.hear().await.starts_with("0{\"sid\":\""));
        client.say("40").await;
        assert!(client.hear().await.starts_with("40{\"sid\":\""));
        assert!(client.hear().await.starts_with("42[\"authenticated\","));
        client
    }

    /// One plain HTTP exchange: status and body.
    async fn http(&self, method: &str, query: &str, headers: &str, body: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(self.address).await.expect("a connection");
        let length = body.len();
        let request = format!(
            "{method} /socket.io/?EIO=4&{query} HTTP/1.1\r\nHost: overture.test\r\nConnection: close\r\n\
             Content-Length: {length}\r\n{headers}\r\n{body}"
        );
        stream.write_all(request.as_bytes()).await.expect("sent");
        let mut answer = String::new();
        timeout(PATIENCE, stream.read_to_string(&mut answer))
            .await
            .expect("an answer in time")
            .expect("an answer");
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
        let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).expect("a status");
        (status, body.to_owned())
    }

    /// A polling client that was let in: its sid.
    async fn poller(&self, cookie: &str) -> String {
        let cookie = format!("Cookie: session={cookie}\r\n");
        let (status, hello) = self.http("GET", "transport=polling", &cookie, "").await;
        assert_eq!(status, 200);
        let hello: Value =
            serde_json::from_str(hello.strip_prefix('0').expect("an open packet")).expect("json");
        assert_eq!(hello["upgrades"], json!(["websocket"]));
        let sid = hello["sid"].as_str().expect("a sid").to_owned();
        let query = format!("transport=polling&sid={sid}");
        assert_eq!(self.http("POST", &query, "", "40").await, (200, "ok".into()));
        let (_, welcome) = self.http("GET", &query, "", "").await;
        let packets: Vec<_> = welcome.split('\u{1e}').collect();
        assert!(packets[0].starts_with("40{") && packets[1].starts_with("42[\"authenticated\""), "{welcome}");
        sid
    }

    async fn until(&self, connections: usize) {
        let reached = async {
            let mut looks = tokio::time::interval(Duration::from_millis(5));
            while self.hub.connections() != connections {
                looks.tick().await;
            }
        };
        let reached = timeout(PATIENCE, reached).await;
        assert!(reached.is_ok(), "{} connections, not {connections}", self.hub.connections());
    }
}

struct Client(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Client {
    async fn say(&mut self, text: impl Into<String>) {
        self.0.send(Message::text(text.into())).await.expect("said");
    }

    async fn next(&mut self) -> Message {
        loop {
            let message = timeout(PATIENCE, self.0.next()).await.expect("a message in time");
            match message.expect("not the end").expect("a message") {
                Message::Text(text) if text == "2" => self.say("3").await,
                Message::Ping(_) | Message::Pong(_) => {}
                other => return other,
            }
        }
    }

    async fn hear(&mut self) -> String {
        match self.next().await {
            Message::Text(text) => text.to_string(),
            other => panic!("heard {other:?}"),
        }
    }

    /// The next event: its name and data.
    async fn event(&mut self) -> (String, Value) {
        let text = self.hear().await;
        let parts: Vec<Value> =
            serde_json::from_str(text.strip_prefix("42").unwrap_or(&text)).expect("an event");
        (parts[0].as_str().expect("a name").to_owned(), parts[1].clone())
    }

    /// The code with which the server says goodbye; the answer is said too.
    async fn goodbye(&mut self) -> u16 {
        loop {
            match self.next().await {
                Message::Close(frame) => {
                    self.0.flush().await.ok();
                    return frame.expect("a code").code.into();
                }
                Message::Text(_) => {}
                other => panic!("heard {other:?}"),
            }
        }
    }
}

fn impatient(sign_in_ms: u64, ping_ms: u64) -> Hub {
    let settings = Settings {
        sign_in_within: Duration::from_millis(sign_in_ms),
        ping_interval: Duration::from_millis(ping_ms),
        ping_timeout: Duration::from_millis(ping_ms),
        ..Settings::default()
    };
    Hub::with(settings, || 1_000_000)
}

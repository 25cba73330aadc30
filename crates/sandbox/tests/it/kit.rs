//! What the tests share: a started sandbox, a product's door that people knock at, a mail client.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use rustls::pki_types::ServerName;
use sandbox::{Options, Sandbox};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

/// The longest that anything may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// A sandbox whose people think at once: every delay is cut to the least that there is.
pub async fn quick() -> Sandbox {
    start(Options { speed: 1_000.0, ..Options::default() }).await
}

/// A sandbox in which nobody reads.
pub async fn deaf() -> Sandbox {
    start(Options { people: false, ..Options::default() }).await
}

pub async fn start(options: Options) -> Sandbox {
    sandbox::start(options).await.expect("a sandbox")
}

pub fn client() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().timeout(PATIENCE).build().expect("a client")
}

pub const MESSAGES: &str = "/2010-04-01/Accounts/AC00000000000000000000000000000000/Messages.json";

/// Sends a text with the right credentials.
pub async fn text(sandbox: &Sandbox, form: &[(&str, &str)]) -> reqwest::Result<reqwest::Response> {
    text_with(&client(), sandbox, form).await
}

/// The same with a client that is used again: making one takes longer than sending.
pub async fn text_with(
    client: &reqwest::Client,
    sandbox: &Sandbox,
    form: &[(&str, &str)],
) -> reqwest::Result<reqwest::Response> {
    let request = client.post(format!("{}{MESSAGES}", sandbox.http_url()));
    request.basic_auth(Options::ACCOUNT_SID, Some(Options::AUTH_TOKEN)).form(form).send().await
}

pub async fn look(sandbox: &Sandbox, path: &str) -> Value {
    let answer = client().get(format!("{}{path}", sandbox.http_url()));
    let answer =
        answer.basic_auth(Options::ACCOUNT_SID, Some(Options::AUTH_TOKEN)).send().await.expect("an answer");
    answer.json().await.expect("JSON")
}

pub async fn order(sandbox: &Sandbox, path: &str, body: Value) -> (StatusCode, Value) {
    let answer =
        client().post(format!("{}{path}", sandbox.http_url())).json(&body).send().await.expect("an answer");
    (answer.status(), answer.json().await.expect("JSON"))
}

/// Looks until the state is as wanted.
pub async fn until(sandbox: &Sandbox, wanted: impl Fn(&Value) -> bool) -> Value {
    let (client, url) = (client(), format!("{}/_sandbox/state", sandbox.http_url()));
    let mut turns = tokio::time::interval(Duration::from_millis(20));
    let found = tokio::time::timeout(PATIENCE, async {
        loop {
            turns.tick().await;
            let answer = client.get(&url).send().await.expect("an answer");
            let state: Value = answer.json().await.expect("JSON");
            if wanted(&state) {
                return state;
            }
        }
    });
    found.await.expect("the state must become as wanted")
}

/// Looks until so many messages were received on a channel; answers with the channel's counts.
pub async fn until_received(sandbox: &Sandbox, channel: &str, count: u64) -> Value {
    until(sandbox, |state| state["channels"][channel]["received"] == count).await["channels"][channel].clone()
}

/// A request that came to the door.
#[derive(Debug, Clone)]
pub struct Knock {
    pub method: Method,
    pub path: String,
    pub url: String,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Knock {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    pub fn form(&self) -> Vec<(String, String)> {
        form_urlencoded::parse(&self.body)
            .map(|(name, value)| (name.into_owned(), value.into_owned()))
            .collect()
    }

    pub fn field(&self, name: &str) -> String {
        self.form().into_iter().find(|(known, _)| known == name).map(|(_, value)| value).unwrap_or_default()
    }
}

#[derive(Default)]
struct Porch {
    knocks: Mutex<VecDeque<Knock>>,
    came: Notify,
    refuse_next: Mutex<u32>,
}

/// A product that takes every webhook and remembers it.
pub struct Door {
    pub base: String,
    address: SocketAddr,
    porch: Arc<Porch>,
}

impl Door {
    pub async fn open() -> Door {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let porch = Arc::new(Porch::default());
        let app = axum::Router::new().fallback(knock).with_state((Arc::clone(&porch), address));
        tokio::spawn(async move { axum::serve(listener, app).await.expect("the door stays open") });
        Door { base: format!("http://{address}"), address, porch }
    }

    /// Answers the next requests with 503.
    pub fn refuse(&self, times: u32) {
        *self.porch.refuse_next.lock().expect("a lock") = times;
    }

    /// The next request that is as wanted; the others are forgotten.
    pub async fn next(&self, wanted: impl Fn(&Knock) -> bool) -> Knock {
        let waiting = async {
            loop {
                let came = self.porch.came.notified();
                while let Some(knock) = self.pop() {
                    if wanted(&knock) {
                        return knock;
                    }
                }
                came.await;
            }
        };
        tokio::time::timeout(PATIENCE, waiting).await.expect("somebody must come to the door")
    }

    fn pop(&self) -> Option<Knock> {
        self.porch.knocks.lock().expect("a lock").pop_front()
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }
}

async fn knock(
    State((porch, address)): State<(Arc<Porch>, SocketAddr)>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    let url = format!("http://{address}{uri}");
    let knock = Knock { method, path: uri.path().to_owned(), url, headers, body: body.to_vec() };
    porch.knocks.lock().expect("a lock").push_back(knock);
    porch.came.notify_one();
    let mut refuse = porch.refuse_next.lock().expect("a lock");
    if *refuse > 0 {
        *refuse -= 1;
        return StatusCode::SERVICE_UNAVAILABLE;
    }
    StatusCode::OK
}

pub trait Duplex: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Duplex for T {}

/// An SMTP client that says exactly what it is told to.
pub struct Smtp {
    stream: BufReader<Box<dyn Duplex>>,
}

impl Smtp {
    /// Connects and reads the greeting; the greeting is empty if the server closed instead.
    pub async fn connect(sandbox: &Sandbox) -> (Smtp, String) {
        let stream = TcpStream::connect(sandbox.smtp_addr).await.expect("a connection");
        let mut client = Smtp { stream: BufReader::new(Box::new(stream)) };
        let greeting = client.reply().await;
        (client, greeting)
    }

    /// Connected, greeted and introduced.
    pub async fn ready(sandbox: &Sandbox) -> Smtp {
        let (mut client, greeting) = Smtp::connect(sandbox).await;
        assert!(greeting.starts_with("220 "), "{greeting:?}");
        let extensions = client.ask("EHLO client.test").await;
        assert!(extensions.contains("250-STARTTLS"), "{extensions:?}");
        client
    }

    pub async fn say(&mut self, text: &str) {
        self.stream.get_mut().write_all(text.as_bytes()).await.expect("the server listens");
    }

    /// One reply, all of its lines; what was read so far when the connection ends.
    pub async fn reply(&mut self) -> String {
        let mut reply = String::new();
        let reading = async {
            loop {
                let start = reply.len();
                match self.stream.read_line(&mut reply).await {
                    Ok(0) | Err(_) => return,
                    Ok(_) if reply.as_bytes().get(start + 3) == Some(&b'-') => {}
                    Ok(_) => return,
                }
            }
        };
        tokio::time::timeout(PATIENCE, reading).await.expect("a reply in time");
        reply
    }

    pub async fn ask(&mut self, command: &str) -> String {
        self.say(&format!("{command}\r\n")).await;
        self.reply().await
    }

    /// A whole transaction, up to and including the reply to the final dot.
    pub async fn send(&mut self, to: &str, mail: &str) -> String {
        assert!(self.ask("MAIL FROM:<bounce+7@overture.example>").await.starts_with("250 "));
        let answer = self.ask(&format!("RCPT TO:<{to}>")).await;
        if !answer.starts_with("250 ") {
            return answer;
        }
        assert!(self.ask("DATA").await.starts_with("354 "));
        self.say(&format!("{mail}\r\n.\r\n")).await;
        self.reply().await
    }

    /// The same conversation, encrypted.
    pub async fn start_tls(mut self) -> Smtp {
        assert!(self.ask("STARTTLS").await.starts_with("220 "));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(trust::Everybody))
            .with_no_client_auth();
        let name = ServerName::try_from("localhost").expect("a name");
        let connector = tokio_rustls::TlsConnector::from(Arc::new(config));
        let tls = connector.connect(name, self.stream.into_inner()).await.expect("a handshake");
        Smtp { stream: BufReader::new(Box::new(tls)) }
    }
}

/// A mail as the product sends them.
pub fn mail(message_id: &str, to: &str, door: &Door) -> String {
    [
        &format!("Message-ID: <{message_id}>"),
        "From: Sam Rep <sam@overture.example>",
        "Reply-To: reply+snd_7@overture.example",
        &format!("To: {to}"),
        "Subject: Hello there",
        "X-Overture-Sender: snd_7",
        "References: <first@overture.example>",
        &format!("List-Unsubscribe: <{}>, <mailto:u@overture.example>", door.url("/u/tok")),
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
        "MIME-Version: 1.0",
        "Content-Type: multipart/alternative; boundary=xx",
        "",
        "--xx",
        "Content-Type: text/plain; charset=utf-8",
        "",
        "Hi, will you come?",
        "--xx",
        "Content-Type: text/html; charset=utf-8",
        "",
        &format!("<p>Hi, <a href=\"{}\">will you come?</a></p>", door.url("/t/c/tok?x=1&amp;y=2")),
        &format!("<img width=\"1\" src=\"{}\">", door.url("/t/o/tok")),
        "--xx--",
    ]
    .join("\r\n")
}

mod trust {
    use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
    use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
    use rustls::{DigitallySignedStruct, Error, SignatureScheme};

    /// The certificate is made anew at every start: there is nobody to vouch for it.
    #[derive(Debug)]
    pub struct Everybody;

    impl ServerCertVerifier for Everybody {
        fn verify_server_cert(
            &self,
            _: &CertificateDer<'_>,
            _: &[CertificateDer<'_>],
            _: &ServerName<'_>,
            _: &[u8],
            _: UnixTime,
        ) -> Result<ServerCertVerified, Error> {
            Ok(ServerCertVerified::assertion())
        }

        fn verify_tls12_signature(
            &self,
            _: &[u8],
            _: &CertificateDer<'_>,
            _: &DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, Error> {
            Ok(HandshakeSignatureValid::assertion())
        }

        fn verify_tls13_signature(
            &self,
            _: &[u8],
            _: &CertificateDer<'_>,
            _: &DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, Error> {
            Ok(HandshakeSignatureValid::assertion())
        }

        fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
            rustls::crypto::ring::default_provider().signature_verification_algorithms.supported_schemes()
        }
    }
}

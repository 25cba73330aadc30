//! A mail server that follows a script and writes down what it hears.

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader},
    net::TcpListener,
};
use tokio_rustls::TlsAcceptor;

/// What the server does at a stage.
#[derive(Debug, Clone, Copy)]
pub enum Act {
    /// Answers this line (or lines).
    Say(&'static str),
    /// Answers nothing, for ever.
    Hang,
    /// Hangs up.
    Close,
    /// Answers this, then hangs up.
    SayAndClose(&'static str),
}

#[derive(Debug, Default)]
pub struct Heard {
    pub connections: usize,
    pub commands: Vec<String>,
    /// Contents as they arrived with a final dot, dots unstuffed.
    pub mails: Vec<String>,
    /// Content lines that arrived without a final dot.
    pub unfinished: usize,
    pub secured: bool,
}

#[derive(Clone, Default)]
pub struct Script {
    pub acts: HashMap<&'static str, Act>,
    pub extensions: Vec<&'static str>,
    /// TLS from the first byte.
    pub implicit_tls: bool,
    /// Mails after which the connection is closed without a word.
    pub close_after_mails: Option<usize>,
}

impl Script {
    pub fn at(stage: &'static str, act: Act) -> Self {
        Self { acts: HashMap::from([(stage, act)]), ..Self::default() }
    }

    pub fn offering(extensions: &[&'static str]) -> Self {
        Self { extensions: extensions.to_vec(), ..Self::default() }
    }

    pub fn and(mut self, stage: &'static str, act: Act) -> Self {
        self.acts.insert(stage, act);
        self
    }
}

pub struct Server {
    pub port: u16,
    pub heard: Arc<Mutex<Heard>>,
}

impl Server {
    pub async fn start(script: Script) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let heard = Arc::new(Mutex::new(Heard::default()));
        let noted = heard.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                noted.lock().unwrap().connections += 1;
                let (script, heard) = (script.clone(), noted.clone());
                tokio::spawn(async move {
                    if script.implicit_tls {
                        if let Ok(stream) = acceptor().accept(stream).await {
                            heard.lock().unwrap().secured = true;
                            talk(Box::new(stream), &script, &heard, true).await;
                        }
                    } else {
                        talk(Box::new(stream), &script, &heard, true).await;
                    }
                });
            }
        });
        Self { port, heard }
    }

    pub fn credentials(&self) -> Value {
        json!({"host": "127.0.0.1", "port": self.port, "security": "none"})
    }

    pub fn mails(&self) -> Vec<String> {
        self.heard.lock().unwrap().mails.clone()
    }

    pub fn commands(&self) -> Vec<String> {
        self.heard.lock().unwrap().commands.clone()
    }
}

fn acceptor() -> TlsAcceptor {
    let certified =
        rcgen::generate_simple_self_signed(["localhost".to_owned(), "127.0.0.1".to_owned()]).unwrap();
    let key = rustls::pki_types::PrivateKeyDer::try_from(certified.signing_key.serialize_der()).unwrap();
    let config =
        rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certified.cert.der().clone()], key)
            .unwrap();
    TlsAcceptor::from(Arc::new(config))
}

trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

/// Speaks until the script ends the conversation. `false` from a stage means that it is over.
async fn talk(stream: Box<dyn Duplex>, script: &Script, heard: &Mutex<Heard>, greet: bool) {
    let mut stream = BufReader::new(stream);
    if greet && !act(&mut stream, script, "GREETING", "220 test ESMTP").await {
        return;
    }
    loop {
        let mut line = String::new();
        match stream.read_line(&mut line).await {
            Ok(count) if count > 0 => {}
            _ => return,
        }
        let line = line.trim_end().to_owned();
        heard.lock().unwrap().commands.push(line.clone());
        let verb = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
        let goes_on = match verb.as_str() {
            "EHLO" => {
                let mut lines = vec!["test".to_owned()];
                lines.extend(script.extensions.iter().map(|extension| (*extension).to_owned()));
                let last = lines.len() - 1;
                let reply: Vec<String> = lines
                    .iter()
                    .enumerate()
                    .map(|(at, line)| format!("250{}{line}", if at == last { ' ' } else { '-' }))
                    .collect();
                act(&mut stream, script, "EHLO", &reply.join("\r\n")).await
            }
            "STARTTLS" => {
                if !act(&mut stream, script, "STARTTLS", "220 go").await {
                    return;
                }
                if matches!(script.acts.get("STARTTLS"), Some(Act::Say(_))) {
                    true
                } else {
                    let Ok(secured) = acceptor().accept(stream.into_inner()).await else { return };
                    heard.lock().unwrap().secured = true;
                    return Box::pin(talk(Box::new(secured), script, heard, false)).await;
                }
            }
            "AUTH" => auth(&mut stream, script, heard, &line).await,
            "DATA" => {
                if !act(&mut stream, script, "DATA", "354 go ahead").await {
                    return;
                }
                matches!(script.acts.get("DATA"), Some(Act::Say(_)))
                    || content(&mut stream, script, heard).await
            }
            "QUIT" => {
                act(&mut stream, script, "QUIT", "221 bye").await;
                return;
            }
            "MAIL" => act(&mut stream, script, "MAIL", "250 ok").await,
            "RCPT" => act(&mut stream, script, "RCPT", "250 ok").await,
            _ => act(&mut stream, script, "OTHER", "250 ok").await,
        };
        if !goes_on {
            return;
        }
    }
}

async fn auth(
    stream: &mut BufReader<Box<dyn Duplex>>,
    script: &Script,
    heard: &Mutex<Heard>,
    line: &str,
) -> bool {
    if line == "AUTH LOGIN" {
        let mut words = Vec::new();
        for prompt in ["334 VXNlcm5hbWU6\r\n", "334 UGFzc3dvcmQ6\r\n"] {
            stream.write_all(prompt.as_bytes()).await.unwrap();
            let mut answer = String::new();
            stream.read_line(&mut answer).await.unwrap();
            words.push(String::from_utf8(BASE64.decode(answer.trim()).unwrap()).unwrap());
        }
        heard.lock().unwrap().commands.push(format!("login {}", words.join(" ")));
    }
    act(stream, script, "AUTH", "235 welcome").await
}

async fn content(stream: &mut BufReader<Box<dyn Duplex>>, script: &Script, heard: &Mutex<Heard>) -> bool {
    if let Some(Act::Close) = script.acts.get("CONTENT") {
        return false;
    }
    let (mut mail, mut lines) = (Vec::new(), 0);
    loop {
        let mut line = Vec::new();
        if stream.read_until(b'\n', &mut line).await.unwrap_or(0) == 0 {
            heard.lock().unwrap().unfinished += lines;
            return false;
        }
        if line == b".\r\n" {
            break;
        }
        lines += 1;
        mail.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
    }
    let count = {
        let mut heard = heard.lock().unwrap();
        heard.mails.push(String::from_utf8(mail).unwrap());
        heard.mails.len()
    };
    act(stream, script, "DOT", "250 queued").await
        && script.close_after_mails.is_none_or(|limit| count < limit)
}

async fn act(stream: &mut BufReader<Box<dyn Duplex>>, script: &Script, stage: &str, usual: &str) -> bool {
    let (text, goes_on) = match script.acts.get(stage) {
        None => (usual, true),
        Some(Act::Say(text)) => (*text, true),
        Some(Act::SayAndClose(text)) => (*text, false),
        Some(Act::Close) => return false,
        Some(Act::Hang) => return std::future::pending().await,
    };
    stream.write_all(format!("{text}\r\n").as_bytes()).await.is_ok() && goes_on
}

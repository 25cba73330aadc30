//! A server that reads one request per connection, notes it, and answers raw bytes.

use serde_json::{Value, json};
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpSocket, TcpStream},
    sync::oneshot,
    time::timeout,
};

/// What the server does with a request that it has read.
#[derive(Debug, Clone)]
pub enum Answer {
    /// These bytes, then the end.
    Raw(Vec<u8>),
    /// Nothing, for ever.
    Hang,
    /// The end, at once.
    Close,
    /// A 201 whose body goes on for this many megabytes.
    Endless(usize),
}

impl Answer {
    /// A well-formed answer with this status line, extra headers and body.
    pub fn of(status: &str, headers: &str, body: &str) -> Self {
        let head = format!(
            "HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n{headers}\r\n",
            body.len()
        );
        Answer::Raw(format!("{head}{body}").into_bytes())
    }

    pub fn json(status: &str, body: &Value) -> Self {
        Self::of(status, "Content-Type: application/json\r\n", &body.to_string())
    }

    pub fn error(status: &str, code: u32) -> Self {
        let body =
            json!({"code": code, "message": "no", "more_info": "https://example.invalid", "status": 400});
        Self::json(status, &body)
    }
}

pub struct Server {
    pub url: String,
    pub requests: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Answers in this order; the last one again and again.
    pub async fn start(answers: Vec<Answer>) -> Self {
        Self::on(TcpListener::bind("127.0.0.1:0").await.unwrap(), answers)
    }

    /// A server that accepts nobody until it is told to: its queue is full, so that not even the system does.
    pub async fn slow(answers: Vec<Answer>) -> (Self, Slow) {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let listener = socket.listen(0).unwrap();
        let address = listener.local_addr().unwrap();
        let mut queue = Vec::new();
        while let Ok(one) = timeout(Duration::from_millis(200), TcpStream::connect(address)).await {
            queue.push(one.unwrap());
        }
        let (accept, told) = oneshot::channel();
        let (url, requests) = (format!("http://{address}"), Arc::new(Mutex::new(Vec::new())));
        let server = Self { url, requests: requests.clone() };
        tokio::spawn(async move {
            let answers = Arc::new(Mutex::new(VecDeque::from(answers)));
            told.await.unwrap();
            for _ in queue {
                listener.accept().await.unwrap();
            }
            listen(listener, answers, requests).await;
        });
        (server, Slow(accept))
    }

    fn on(listener: TcpListener, answers: Vec<Answer>) -> Self {
        let url = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let noted = requests.clone();
        let answers = Arc::new(Mutex::new(VecDeque::from(answers)));
        tokio::spawn(listen(listener, answers, noted));
        Self { url, requests }
    }

    pub fn credentials(&self) -> Value {
        json!({"account_sid": "AC0123456789abcdef0123456789abcdef", "auth_token": "12345", "base_url": self.url})
    }

    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

/// What lets a slow server accept at last.
pub struct Slow(oneshot::Sender<()>);

impl Slow {
    pub fn accept(self) {
        self.0.send(()).unwrap();
    }
}

async fn listen(
    listener: TcpListener,
    answers: Arc<Mutex<VecDeque<Answer>>>,
    noted: Arc<Mutex<Vec<String>>>,
) {
    while let Ok((stream, _)) = listener.accept().await {
        let answer = {
            let mut left = answers.lock().unwrap();
            if left.len() > 1 { left.pop_front().unwrap() } else { left[0].clone() }
        };
        tokio::spawn(serve(stream, answer, noted.clone()));
    }
}

async fn serve(mut stream: TcpStream, answer: Answer, noted: Arc<Mutex<Vec<String>>>) {
    let mut request = Vec::new();
    while !complete(&request) {
        if stream.read_buf(&mut request).await.unwrap_or(0) == 0 {
            return;
        }
    }
    noted.lock().unwrap().push(String::from_utf8(request).unwrap());
    let sent = match answer {
        Answer::Raw(bytes) => stream.write_all(&bytes).await,
        Answer::Hang => std::future::pending().await,
        Answer::Close => Ok(()),
        Answer::Endless(megabytes) => endless(&mut stream, megabytes).await,
    };
    // The client may have hung up in the middle, which is what some tests are about.
    drop(sent);
}

async fn endless(stream: &mut TcpStream, megabytes: usize) -> std::io::Result<()> {
    let length = megabytes * 1024 * 1024;
    stream.write_all(format!("HTTP/1.1 201 Created\r\nContent-Length: {length}\r\n\r\n").as_bytes()).await?;
    let block = vec![b' '; 1024 * 1024];
    for _ in 0..megabytes {
        stream.write_all(&block).await?;
    }
    Ok(())
}

fn complete(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head
        .lines()
        .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
    body.len() >= length.unwrap_or(0)
}

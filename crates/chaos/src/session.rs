//! A program's view of the product: logged in, patient with a server that is killed under it.

use std::sync::{Arc, Mutex as StdMutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rand::Rng;
use reqwest::header::{COOKIE, SET_COOKIE};
use reqwest::{Client, Method, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::Mutex;
use tokio::time::sleep;

/// Longer than any answer of a healthy server; a paused one is left for another.
const REQUEST_LIMIT: Duration = Duration::from_secs(2);
/// The pause after a failed request.
const PATIENCE: Duration = Duration::from_millis(20);
/// Rows of a page.
const PAGE: usize = 200;

/// Where the nodes can be reached just now: an entry is empty while its node is down.
#[derive(Debug, Clone)]
pub struct Board(Arc<StdMutex<Vec<Option<String>>>>);

impl Board {
    /// A board for so many nodes, all down.
    pub fn new(nodes: usize) -> Board {
        Board(Arc::new(StdMutex::new(vec![None; nodes])))
    }

    /// Tells that a node is up at this base URL, or down.
    pub fn set(&self, node: usize, address: Option<String>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)[node] = address;
    }

    /// The address of this node where it is up, else of any other.
    fn near(&self, node: usize) -> Option<String> {
        let addresses = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = addresses.len();
        (0..count).find_map(|step| addresses[(node + step) % count].clone())
    }

    /// A node to begin with.
    pub fn draw(&self, rng: &mut impl Rng) -> usize {
        let count = self.0.lock().unwrap_or_else(PoisonError::into_inner).len();
        rng.random_range(0..count)
    }
}

/// The line that `overture admin seed-chaos` prints.
#[derive(Debug, Clone, Deserialize)]
pub struct Account {
    email: String,
    password: String,
    /// The SMS sender that points at the sink.
    pub sender_id: String,
}

#[derive(Debug, Clone)]
struct Pass {
    cookie: String,
    csrf: String,
}

/// One login, shared by all who call the API.
#[derive(Clone)]
pub struct Session {
    http: Client,
    board: Board,
    account: Account,
    pass: Arc<Mutex<Option<Pass>>>,
}

/// The status and the body of an answer.
pub struct Answer {
    pub status: StatusCode,
    pub body: Value,
}

impl Session {
    /// A session that logs in when it is first needed.
    pub fn new(board: Board, account: Account) -> Result<Session> {
        let http =
            Client::builder().timeout(REQUEST_LIMIT).no_proxy().build().context("making an HTTP client")?;
        Ok(Session { http, board, account, pass: Arc::default() })
    }

    /// The client, for requests that need no login.
    pub fn http(&self) -> &Client {
        &self.http
    }

    /// The id of the SMS sender.
    pub fn sender_id(&self) -> &str {
        &self.account.sender_id
    }

    /// The nodes.
    pub fn board(&self) -> &Board {
        &self.board
    }

    /// The base URL of a node that is up, waiting for one until `deadline`.
    pub async fn base(&self, node: usize, deadline: Instant) -> Option<String> {
        loop {
            if let Some(base) = self.board.near(node) {
                return Some(base);
            }
            if Instant::now() > deadline {
                return None;
            }
            sleep(Duration::from_millis(5)).await;
        }
    }

    /// Asks until the answer is a decision: 2xx, or a 4xx that is not about the login or the rate.
    /// `None` where the deadline came first.
    pub async fn ask(
        &self,
        mut node: usize,
        method: Method,
        path: &str,
        body: Option<&Value>,
        deadline: Instant,
    ) -> Option<Answer> {
        while let Some(base) = self.base(node, deadline).await {
            if let Ok(answer) = self.try_once(&base, method.clone(), path, body).await {
                match answer.status {
                    StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => *self.pass.lock().await = None,
                    StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT => {}
                    status if status.is_success() || status.is_client_error() => return Some(answer),
                    _ => {}
                }
            }
            if Instant::now() > deadline {
                return None;
            }
            node += 1;
            sleep(PATIENCE).await;
        }
        None
    }

    async fn try_once(&self, base: &str, method: Method, path: &str, body: Option<&Value>) -> Result<Answer> {
        let pass = self.pass(base).await?;
        let mut request = self.http.request(method, format!("{base}{path}"));
        request = request.header(COOKIE, pass.cookie).header("X-CSRF-Token", pass.csrf);
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = request.send().await?;
        let status = answer.status();
        // An answer that is cut short is none: whoever sent it was killed over it.
        let body = answer.bytes().await?;
        Ok(Answer { status, body: serde_json::from_slice(&body).unwrap_or(Value::Null) })
    }

    async fn pass(&self, base: &str) -> Result<Pass> {
        let mut pass = self.pass.lock().await;
        if let Some(pass) = &*pass {
            return Ok(pass.clone());
        }
        let login = json!({ "email": self.account.email, "password": self.account.password });
        let answer = self.http.post(format!("{base}/api/auth/login")).json(&login).send().await?;
        if !answer.status().is_success() {
            bail!("the login was answered {}", answer.status());
        }
        let mut cookies = cookies_of(&answer);
        let request = self.http.get(format!("{base}/api/csrf-token")).header(COOKIE, cookies.join("; "));
        let answer = request.send().await?.error_for_status()?;
        cookies.extend(cookies_of(&answer));
        let token: Value = answer.json().await?;
        let csrf = token["token"].as_str().context("/api/csrf-token gave no token")?.to_owned();
        Ok(pass.insert(Pass { cookie: cookies.join("; "), csrf }).clone())
    }

    /// All rows of a list, page by page.
    pub async fn all(&self, path: &str, deadline: Instant) -> Result<Vec<Value>> {
        let mut rows = Vec::new();
        let mut cursor: Option<String> = None;
        loop {
            let mut page = format!("{path}{}limit={PAGE}", if path.contains('?') { '&' } else { '?' });
            if let Some(cursor) = &cursor {
                page += "&cursor=";
                page.extend(url::form_urlencoded::byte_serialize(cursor.as_bytes()));
            }
            let answer = self.get(&page, deadline).await?;
            let Value::Array(data) = answer["data"].clone() else {
                bail!("{page} answered without data: {answer}")
            };
            rows.extend(data);
            match answer["next_cursor"].as_str() {
                Some(next) if cursor.as_deref() != Some(next) => cursor = Some(next.to_owned()),
                Some(next) => bail!("{path} gave the cursor {next} twice"),
                None => return Ok(rows),
            }
        }
    }

    /// One document; an answer that is not 2xx is an error.
    pub async fn get(&self, path: &str, deadline: Instant) -> Result<Value> {
        let answer = self.ask(0, Method::GET, path, None, deadline).await;
        let answer = answer.with_context(|| format!("no node answered GET {path} in time"))?;
        if !answer.status.is_success() {
            bail!("GET {path} was answered {}: {}", answer.status, answer.body);
        }
        Ok(answer.body)
    }
}

fn cookies_of(answer: &reqwest::Response) -> Vec<String> {
    let cookies = answer.headers().get_all(SET_COOKIE).iter().filter_map(|value| value.to_str().ok());
    cookies.filter_map(|cookie| cookie.split(';').next()).map(str::to_owned).collect()
}

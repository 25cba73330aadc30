//! Reading a mailbox over IMAP (RFC 3501) without changing anything in it: `EXAMINE` and `BODY.PEEK[]`.
//! One call is one short visit, bounded in messages, bytes and time.

use crate::{
    Class, Fail, mime,
    smtp::Security,
    tls::{self, is_loopback},
};
use async_imap::{
    Client, Session,
    error::Error as ImapError,
    imap_proto::{AttributeValue, MailboxDatum, Response, Status},
};
use rustls::pki_types::ServerName;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use std::{
    collections::{BTreeMap, HashMap},
    fmt, io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll as TaskPoll},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf},
    net::TcpStream,
    time::{Instant, timeout},
};
use tokio_rustls::TlsConnector;

/// Messages fetched per visit: one costs a handshake, a login, and the server a look through the whole folder.
const MAX_MESSAGES: usize = 2_000;
/// Messages asked for with one command, so that the way there and back is not waited for with each.
const MANY: usize = 50;
/// UIDs that are asked about first. A mailbox that was never read may hold a million, and names them all at each visit.
const WINDOW: u32 = 4 * MAX_MESSAGES as u32;
/// Message bytes fetched per visit; a single message may still be as large as [`mime::MAX_BYTES`].
const MAX_FETCHED: u64 = mime::MAX_BYTES as u64;
/// Bytes read from the server per visit, so that a broken one cannot fill our memory.
const MAX_READ: u64 = 3 * mime::MAX_BYTES as u64;
/// Bytes asked for with one command, if it is for more than one message.
const MUCH: u64 = 2 * 1024 * 1024;
const VISIT: Duration = Duration::from_secs(60);
/// After so long a visit asks for no more and brings what it has: from a slow server many short ones get further than a
/// long one that ends with nothing.
const ENOUGH: Duration = Duration::from_secs(15);

/// What one visit found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Poll {
    /// Raw mails, oldest first.
    pub messages: Vec<Vec<u8>>,
    /// Where to go on: `UIDVALIDITY:UID`. Store it only after the messages are stored.
    pub cursor: String,
    /// There is more: visit again at once.
    pub more: bool,
}

/// A mailbox to read.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[schemars(title = "IMAP")]
struct Credentials {
    /// Mail server, for example `imap.example.com`.
    #[schemars(title = "Server", length(min = 1, max = 253))]
    host: String,
    /// Port: 993 for TLS, 143 for STARTTLS.
    #[schemars(title = "Port", range(min = 1))]
    port: u16,
    /// User name.
    #[schemars(title = "User name", length(min = 1))]
    username: String,
    /// Password or app password.
    #[schemars(title = "Password", extend("format" = "password"))]
    password: String,
    /// Encryption of the connection.
    #[serde(default = "with_tls")]
    #[schemars(title = "Encryption")]
    security: Security,
    /// The folder to read.
    #[serde(default = "inbox")]
    #[schemars(title = "Folder")]
    mailbox: String,
    /// Accept any certificate. Only for a server on this machine.
    #[serde(default)]
    #[schemars(title = "Accept any certificate (this machine only)")]
    accept_invalid_certs: bool,
}

fn with_tls() -> Security {
    Security::Tls
}

fn inbox() -> String {
    "INBOX".to_owned()
}

/// JSON schema of the credentials that [`poll`] wants.
pub fn credentials() -> Value {
    schemars::schema_for!(Credentials).to_value()
}

/// Fetches what came since `cursor`. Without a cursor it only finds out where the mailbox ends now, so that
/// connecting an old mailbox does not import its history; `"0:0"` reads it from the beginning. When the
/// server gave the mailbox a new UIDVALIDITY, everything is read again, and the caller's deduplication by
/// Message-ID makes that harmless.
pub async fn poll(credentials: &Value, cursor: Option<&str>) -> Result<Poll, Fail> {
    let it: Credentials =
        serde_json::from_value(credentials.clone()).map_err(|error| Fail::credentials("IMAP", error))?;
    if it.accept_invalid_certs && !is_loopback(&it.host) {
        return Err(Fail::credentials(
            "IMAP",
            "any certificate may be accepted only from a server on this machine",
        ));
    }
    if it.security == Security::None && !is_loopback(&it.host) {
        return Err(Fail::credentials(
            "IMAP",
            "the password would cross the network unencrypted; choose TLS",
        ));
    }
    let known = cursor.map(parse_cursor).transpose()?;
    timeout(VISIT, visit(&it, known)).await.map_err(|_| retry("did not answer in time"))?
}

fn parse_cursor(cursor: &str) -> Result<(u32, u32), Fail> {
    let numbers =
        cursor.split_once(':').and_then(|(validity, uid)| Some((validity.parse().ok()?, uid.parse().ok()?)));
    numbers.ok_or_else(|| {
        Fail::new(Class::Permanent, "The IMAP cursor is not of the form UIDVALIDITY:UID; clear it.")
    })
}

fn retry(what: &str) -> Fail {
    Fail::new(Class::Retry, format!("The IMAP server {what}; it is asked again."))
}

fn broken(_: impl std::error::Error) -> Fail {
    retry("broke the connection or answered something that is not IMAP")
}

async fn visit(it: &Credentials, known: Option<(u32, u32)>) -> Result<Poll, Fail> {
    let mut session = log_in(it).await?;
    let mailbox = session.examine(&it.mailbox).await.map_err(|error| match error {
        ImapError::No(_) | ImapError::Bad(_) | ImapError::Validate(_) => {
            Fail::new(Class::Config, "The IMAP server has no such folder. Check the folder name.")
        }
        error => broken(error),
    })?;
    let validity = mailbox.uid_validity.ok_or_else(|| retry("did not name the mailbox's UIDVALIDITY"))?;
    let found = match known {
        None => {
            let last = match mailbox.uid_next {
                Some(next) => next.saturating_sub(1),
                None => search(&mut session, "ALL").await?.into_iter().max().unwrap_or(0),
            };
            Poll { messages: Vec::new(), cursor: format!("{validity}:{last}"), more: false }
        }
        Some((known, uid)) => {
            let after = if known == validity { uid } else { 0 };
            fetch(&mut session, (validity, mailbox.uid_next), after).await?
        }
    };
    // What was read is read; a server that does not answer the goodbye changes nothing.
    if let Err(error) = session.logout().await {
        tracing::debug!(%error, "the IMAP server did not say goodbye");
    }
    Ok(found)
}

async fn fetch(
    session: &mut Session<Guarded>,
    (validity, next): (u32, Option<u32>),
    after: u32,
) -> Result<Poll, Fail> {
    let Some(first) = after.checked_add(1) else {
        return Ok(Poll { messages: Vec::new(), cursor: format!("{validity}:{after}"), more: false });
    };
    let mut uids = waiting(session, first, next).await?;
    let mut more = uids.len() > MAX_MESSAGES;
    uids.truncate(MAX_MESSAGES);
    let mut poll = Poll { messages: Vec::new(), cursor: format!("{validity}:{after}"), more };
    let sizes: HashMap<u32, u64> =
        if uids.is_empty() { HashMap::new() } else { sizes(session, &uids).await? };
    let size_of = |uid: u32| sizes.get(&uid).copied().unwrap_or(0);
    let mut budget = MAX_FETCHED;
    let began = Instant::now();
    let mut left = uids.as_slice();
    while let Some(start) = left.first() {
        let size = small(size_of(*start)).unwrap_or(0);
        if began.elapsed() >= ENOUGH || (size > budget && budget < MAX_FETCHED) {
            more = true;
            break;
        }
        // As many as the budget holds, but always one.
        let mut taken = 0;
        let fits = left.iter().take(MANY).take_while(|uid| {
            taken += small(size_of(**uid)).unwrap_or(0);
            taken <= budget.min(MUCH)
        });
        let (now, later) = left.split_at(fits.count().max(1));
        left = later;
        let (wanted, too_large): (Vec<u32>, Vec<u32>) =
            now.iter().partition(|uid| small(size_of(**uid)).is_some());
        for uid in too_large {
            tracing::warn!(
                uid,
                size = size_of(uid),
                "a mail is too large to be read and stays in the mailbox"
            );
        }
        if !wanted.is_empty() {
            for (_, body) in bodies(session, &wanted).await? {
                budget = budget.saturating_sub(body.len() as u64);
                poll.messages.push(body);
            }
        }
        poll.cursor = format!("{validity}:{}", now.last().unwrap_or(start));
    }
    poll.more = more;
    Ok(poll)
}

/// The size of a mail that is read; `None` for one that is too large.
fn small(size: u64) -> Option<u64> {
    (size <= mime::MAX_BYTES as u64).then_some(size)
}

/// The UIDs from `first` on, rising; where there are more than one visit reads, not all of them. `next` is the one that
/// the server will give next, where it says so.
async fn waiting(session: &mut Session<Guarded>, first: u32, next: Option<u32>) -> Result<Vec<u32>, Fail> {
    let end = first.saturating_add(WINDOW - 1);
    let mut uids = Vec::new();
    if next.is_some_and(|next| next > end) {
        uids = search(session, &format!("UID {first}:{end}")).await?;
    }
    // Few in the window: it is the end of the mailbox, or much was deleted here.
    if uids.len() <= MAX_MESSAGES {
        // `n:*` always names the last message, even when it is older than n: hence the filter.
        uids = search(session, &format!("UID {first}:*")).await?;
    }
    uids.retain(|uid| *uid >= first);
    uids.sort_unstable();
    uids.dedup();
    Ok(uids)
}

/// One command and everything the server says until it says OK. The library's own search and fetch take a
/// NO, or a connection that ends in the middle, for an empty answer; the cursor would then pass over mails
/// that were never read.
async fn ask(
    session: &mut Session<Guarded>,
    command: &str,
    mut heard: impl FnMut(&Response<'_>) + Send,
) -> Result<(), Fail> {
    let tag = session.run_command(command).await.map_err(broken)?;
    loop {
        let response = session.read_response().await.map_err(broken)?.ok_or_else(|| retry("hung up"))?;
        match response.parsed() {
            Response::Done { tag: done, status: Status::Ok, .. } if *done == tag => return Ok(()),
            Response::Done { tag: done, .. } if *done == tag => {
                return Err(retry("refused to search or to fetch"));
            }
            other => heard(other),
        }
    }
}

async fn search(session: &mut Session<Guarded>, query: &str) -> Result<Vec<u32>, Fail> {
    let mut found = Vec::new();
    ask(session, &format!("UID SEARCH {query}"), |response| {
        if let Response::MailboxData(MailboxDatum::Search(uids)) = response {
            found.extend_from_slice(uids);
        }
    })
    .await?;
    Ok(found)
}

/// UIDs as a command names them: a run of them by its ends.
fn set(uids: &[u32]) -> String {
    let runs = uids.chunk_by(|a, b| a + 1 == *b);
    let runs = runs.map(|run| match (run.first(), run.last()) {
        (Some(first), Some(last)) if first < last => format!("{first}:{last}"),
        (Some(only), _) => only.to_string(),
        _ => String::new(),
    });
    runs.collect::<Vec<_>>().join(",")
}

async fn sizes(session: &mut Session<Guarded>, uids: &[u32]) -> Result<HashMap<u32, u64>, Fail> {
    let mut sizes = HashMap::new();
    ask(session, &format!("UID FETCH {} (UID RFC822.SIZE)", set(uids)), |response| {
        if let Some((uid, Some(size), _)) = fetched(response) {
            sizes.insert(uid, u64::from(size));
        }
    })
    .await?;
    Ok(sizes)
}

/// These mails by their UIDs, without those that were deleted meanwhile.
async fn bodies(session: &mut Session<Guarded>, uids: &[u32]) -> Result<BTreeMap<u32, Vec<u8>>, Fail> {
    let mut mails = BTreeMap::new();
    ask(session, &format!("UID FETCH {} (UID BODY.PEEK[])", set(uids)), |response| {
        if let Some((uid, _, Some(body))) = fetched(response)
            && uids.binary_search(&uid).is_ok()
        {
            mails.insert(uid, body.to_vec());
        }
    })
    .await?;
    Ok(mails)
}

type Fetched<'a> = (u32, Option<u32>, Option<&'a [u8]>);

/// UID, size and body of a `FETCH` response, as far as it has them.
fn fetched<'a>(response: &'a Response<'_>) -> Option<Fetched<'a>> {
    let Response::Fetch(_, attributes) = response else { return None };
    let (mut uid, mut size, mut body) = (None, None, None);
    for attribute in attributes {
        match attribute {
            AttributeValue::Uid(value) => uid = Some(*value),
            AttributeValue::Rfc822Size(value) => size = Some(*value),
            AttributeValue::BodySection { section: None, data: Some(data), .. } => body = Some(data.as_ref()),
            _ => {}
        }
    }
    Some((uid?, size, body))
}

async fn log_in(it: &Credentials) -> Result<Session<Guarded>, Fail> {
    let host = it.host.trim_matches(['[', ']']);
    let unreachable = |_| retry("could not be reached");
    let tcp = timeout(Duration::from_secs(10), TcpStream::connect((host, it.port)))
        .await
        .map_err(|_| retry("could not be reached"))?;
    let mut tcp = tcp.map_err(unreachable)?;
    tcp.set_nodelay(true).map_err(unreachable)?;
    let config = Arc::new(tls::client_config(it.accept_invalid_certs));
    let name = ServerName::try_from(host.to_owned()).map_err(|error| Fail::credentials("IMAP", error))?;
    let secured = |tcp| async {
        let stream = TlsConnector::from(config).connect(name, tcp).await.map_err(|error| {
            let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
            match inner {
                Some(rustls::Error::InvalidCertificate(_)) => Fail::new(
                    Class::Config,
                    "The IMAP server's certificate is not valid for its name. Check the server name.",
                ),
                _ => retry("broke off when we turned encryption on"),
            }
        })?;
        Ok::<_, Fail>(Guarded::new(stream))
    };
    let client = match it.security {
        Security::Tls => greeted(Client::new(secured(tcp).await?)).await?,
        Security::None => greeted(Client::new(Guarded::new(tcp))).await?,
        Security::Starttls => {
            starttls(&mut tcp).await?;
            // The greeting came before; after the handshake the server waits for a command.
            Client::new(secured(tcp).await?)
        }
    };
    client.login(&it.username, &it.password).await.map_err(|(error, _)| match error {
        ImapError::No(_) | ImapError::Bad(_) => {
            Fail::new(Class::Reauth, "The IMAP server refused the login. Check user name and password.")
        }
        ImapError::Validate(_) => {
            Fail::credentials("IMAP", "user name or password has characters that IMAP forbids")
        }
        error => broken(error),
    })
}

async fn greeted(mut client: Client<Guarded>) -> Result<Client<Guarded>, Fail> {
    match client.read_response().await {
        Ok(Some(_)) => Ok(client),
        Ok(None) => Err(retry("hung up instead of greeting")),
        Err(error) => Err(broken(error)),
    }
}

/// Greeting and `STARTTLS` in plain text, byte by byte, so that nothing injected behind the server's answer
/// can be taken for protected text.
async fn starttls(tcp: &mut TcpStream) -> Result<(), Fail> {
    let greeting = plain_line(tcp).await?;
    if !greeting.starts_with("* OK") {
        return Err(retry("refused the connection"));
    }
    tcp.write_all(b"s1 STARTTLS\r\n").await.map_err(broken)?;
    for _ in 0..20 {
        let line = plain_line(tcp).await?;
        if let Some(answer) = line.strip_prefix("s1 ") {
            return if answer.starts_with("OK") {
                Ok(())
            } else {
                Err(Fail::new(
                    Class::Config,
                    "The IMAP server does not offer STARTTLS. Choose TLS and its port.",
                ))
            };
        }
    }
    Err(retry("answered something that is not IMAP"))
}

async fn plain_line(tcp: &mut TcpStream) -> Result<String, Fail> {
    let mut line = Vec::new();
    while line.len() < 8_192 {
        match tcp.read_u8().await.map_err(broken)? {
            b'\n' => return Ok(String::from_utf8_lossy(&line).trim_end().to_owned()),
            byte => line.push(byte),
        }
    }
    Err(retry("answered something that is not IMAP"))
}

trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

/// A stream that ends in an error once the server has sent more than a visit can need.
struct Guarded {
    inner: Box<dyn Duplex>,
    left: u64,
}

impl Guarded {
    fn new(inner: impl Duplex + 'static) -> Self {
        Self { inner: Box::new(inner), left: MAX_READ }
    }
}

impl fmt::Debug for Guarded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Guarded({} bytes left)", self.left)
    }
}

impl AsyncRead for Guarded {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> TaskPoll<io::Result<()>> {
        let before = buf.filled().len();
        let read = Pin::new(&mut self.inner).poll_read(cx, buf);
        let count = (buf.filled().len() - before) as u64;
        if count > self.left {
            return TaskPoll::Ready(Err(io::Error::other("the server sent more than was asked for")));
        }
        self.left -= count;
        read
    }
}

impl AsyncWrite for Guarded {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> TaskPoll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> TaskPoll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> TaskPoll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}

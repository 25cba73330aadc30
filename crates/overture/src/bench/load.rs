//! A load of signed Twilio forms over keep-alive connections: as many at once as there are connections, each sent as
//! soon as the last one is answered. It costs some 15 us of CPU a request, on a thread of its own.

use super::import::Dice;
use anyhow::{Context, Result, bail, ensure};
use std::{net::SocketAddr, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinSet,
    time::Instant,
};

/// One of a hundred forms is sent once more, as Twilio does when an answer is late.
const REPEATS: u64 = 100;

/// Who is asked.
#[derive(Clone)]
pub(super) struct Target {
    /// Where it listens.
    pub address: SocketAddr,
    /// The path that is posted to.
    pub path: String,
    /// The URL that is signed.
    pub url: String,
    /// The token that it is signed with.
    pub token: String,
    /// The number that the texts came to.
    pub to: String,
    /// The numbers that they come from.
    pub from: Arc<Vec<String>>,
}

/// How much, and for how long.
#[derive(Clone, Copy)]
pub(super) struct Much {
    /// Connections.
    pub connections: u64,
    /// Before anything is counted.
    pub warm: Duration,
    /// While it is counted.
    pub counted: Duration,
    /// What makes message ids of this load differ from those of others.
    pub seed: u64,
}

/// What came of it.
#[derive(Default)]
pub(super) struct Outcome {
    /// Times of the answers that count, in milliseconds, in order.
    times: Vec<f64>,
    /// Answered requests a second.
    pub rate: f64,
    /// Requests that were answered 2xx, counted or not.
    pub answered: u64,
    /// Different message ids among them.
    pub different: u64,
    /// Answers of another status.
    pub refused: u64,
}

impl Outcome {
    /// The time within which this share of the requests was answered, in milliseconds.
    pub fn within(&self, share: f64) -> f64 {
        let at = (self.times.len().saturating_sub(1) as f64 * share) as usize;
        self.times.get(at).copied().unwrap_or_default()
    }
}

/// Sends texts until the time is over. Errors when a connection breaks.
pub(super) async fn texts(target: Target, much: Much) -> Result<Outcome> {
    tokio::task::spawn_blocking(move || {
        let alone = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        alone.block_on(send(target, much))
    })
    .await?
}

async fn send(target: Target, much: Much) -> Result<Outcome> {
    let start = Instant::now();
    let mut connections = JoinSet::new();
    for n in 0..much.connections {
        connections.spawn(connection(target.clone(), much, start, n));
    }
    let mut all = Outcome::default();
    while let Some(done) = connections.join_next().await {
        let one = done??;
        all.times.extend(one.times);
        all.answered += one.answered;
        all.different += one.different;
        all.refused += one.refused;
    }
    all.times.sort_by(f64::total_cmp);
    all.rate = all.times.len() as f64 / much.counted.as_secs_f64();
    Ok(all)
}

async fn connection(target: Target, much: Much, start: Instant, n: u64) -> Result<Outcome> {
    let mut stream = TcpStream::connect(target.address).await.context("nobody listens")?;
    stream.set_nodelay(true)?;
    let (begin, end) = (start + much.warm, start + much.warm + much.counted);
    let mut dice = Dice(much.seed.wrapping_mul(1_000_003).wrapping_add(n));
    let (mut outcome, mut answer) = (Outcome::default(), Vec::with_capacity(4096));
    let mut request = Vec::new();
    let (mut k, mut is_taken) = (0u64, false);
    loop {
        let again = is_taken && dice.below(REPEATS) == 0;
        if !again {
            k += 1;
            request = form(&target, &mut dice, much.seed, n, k)?;
        }
        let before = Instant::now();
        if before >= end {
            return Ok(outcome);
        }
        stream.write_all(&request).await?;
        let status = read(&mut stream, &mut answer).await?;
        let now = Instant::now();
        is_taken = (200..300).contains(&status);
        if !is_taken {
            outcome.refused += 1;
            continue;
        }
        outcome.answered += 1;
        outcome.different += u64::from(!again);
        if now >= begin && now <= end {
            outcome.times.push((now - before).as_secs_f64() * 1000.0);
        }
    }
}

/// The message id of the `k`th text of a connection.
pub(super) fn sid(seed: u64, n: u64, k: u64) -> String {
    format!("SM{:012x}{n:08x}{k:012x}", seed & 0xffff_ffff_ffff)
}

/// A request with the twenty parameters that Twilio sends.
fn form(target: &Target, dice: &mut Dice, seed: u64, n: u64, k: u64) -> Result<Vec<u8>> {
    ensure!(!target.from.is_empty(), "nobody has a number");
    let (sid, from) = (sid(seed, n, k), dice.pick(&target.from).clone());
    let body = format!(
        "Hi, yes I can make it on Tuesday at {}. Is parking available & who else will be there? (ref {k})",
        dice.below(12) + 1
    );
    let params: Vec<(String, String)> = [
        ("AccountSid", "AC0123456789abcdef0123456789abcdef"),
        ("ApiVersion", "2010-04-01"),
        ("Body", &body),
        ("From", &from),
        ("FromCity", "SAN FRANCISCO"),
        ("FromCountry", "US"),
        ("FromState", "CA"),
        ("FromZip", "94105"),
        ("MessageSid", &sid),
        ("MessagingServiceSid", "MG0123456789abcdef0123456789abcdef"),
        ("NumMedia", "0"),
        ("NumSegments", "1"),
        ("SmsMessageSid", &sid),
        ("SmsSid", &sid),
        ("SmsStatus", "received"),
        ("To", &target.to),
        ("ToCity", ""),
        ("ToCountry", "US"),
        ("ToState", "NY"),
        ("ToZip", ""),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into();
    let signature = providers::twilio::sign(&target.token, &target.url, &params);
    let form = form_urlencoded::Serializer::new(String::with_capacity(900)).extend_pairs(&params).finish();
    Ok(format!(
        "POST {} HTTP/1.1\r\nHost: {}\r\nUser-Agent: TwilioProxy/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         X-Twilio-Signature: {signature}\r\nContent-Length: {}\r\n\r\n{form}",
        target.path,
        target.address,
        form.len()
    )
    .into_bytes())
}

/// Reads one answer that says its length; its status.
async fn read(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Result<u16> {
    buffer.clear();
    loop {
        ensure!(stream.read_buf(buffer).await? > 0, "the server hung up");
        let Some(end) = buffer.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
        let head = String::from_utf8_lossy(&buffer[..end]);
        let mut lines = head.split("\r\n");
        let status = lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|code| code.parse().ok());
        let Some(status) = status else { bail!("this is no answer: {head}") };
        let length = lines
            .filter_map(|line| line.split_once(':'))
            .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
            .and_then(|(_, value)| value.trim().parse::<usize>().ok())
            .context("the answer does not say how long it is")?;
        if buffer.len() >= end + 4 + length {
            return Ok(status);
        }
    }
}

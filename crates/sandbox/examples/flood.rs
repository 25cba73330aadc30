//! How many texts per second the sandbox takes, with the client on the same machine:
//! `cargo run --release -p sandbox --example flood -- --seconds 5 --connections 64`.
//!
//! The client is bare TCP with one request under way per connection, as a pooled HTTP client would have it;
//! its own cost is in the number.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use base64::{Engine, prelude::BASE64_STANDARD};
use clap::Parser;
use sandbox::Options;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

#[derive(Parser)]
struct Flags {
    /// How long to send.
    #[arg(long, default_value_t = 5)]
    seconds: u64,
    /// How many connections, each with one request under way.
    #[arg(long, default_value_t = 64)]
    connections: u64,
    /// A sandbox that runs already; without it, one is started in this process.
    #[arg(long)]
    target: Option<SocketAddr>,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let flags = Flags::parse();
    let own = match flags.target {
        Some(_) => None,
        None => Some(sandbox::start(Options { people: false, ..Options::default() }).await?),
    };
    let Some(target) = flags.target.or(own.as_ref().map(|sandbox| sandbox.http_addr)) else { return Ok(()) };
    let (count, over) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
    let began = Instant::now();
    let clients: Vec<_> = (0..flags.connections)
        .map(|client| tokio::spawn(send(target, client, Arc::clone(&count), Arc::clone(&over))))
        .collect();
    tokio::time::sleep(Duration::from_secs(flags.seconds)).await;
    over.store(true, Ordering::Relaxed);
    for client in clients {
        client.await??;
    }
    let (sent, seconds) = (count.load(Ordering::Relaxed), began.elapsed().as_secs_f64());
    let cores = std::thread::available_parallelism()?;
    println!(
        "{sent} texts in {seconds:.2} s: {:.0} per second on {cores} cores, client included",
        sent as f64 / seconds
    );
    if let Some(sandbox) = own {
        sandbox.shutdown().await;
    }
    Ok(())
}

async fn send(
    target: SocketAddr,
    client: u64,
    count: Arc<AtomicU64>,
    over: Arc<AtomicBool>,
) -> anyhow::Result<()> {
    let mut stream = TcpStream::connect(target).await?;
    stream.set_nodelay(true)?;
    let credentials = BASE64_STANDARD.encode(format!("{}:{}", Options::ACCOUNT_SID, Options::AUTH_TOKEN));
    let mut buffer = vec![0; 16 << 10];
    let mut n = 0u64;
    while !over.load(Ordering::Relaxed) {
        let body = format!(
            "To=%2B1555{:07}&From=%2B15557122661&Body=Hi+there%2C+are+you+coming+on+Thursday%3F\
             &StatusCallback=http%3A%2F%2F127.0.0.1%3A9%2Fapi%2Ftwilio%2Fstatus%3Fm%3Dmsg_{client}_{n}",
            2_000_000 + (n * 64 + client) % 7_000_000
        );
        let request = format!(
            "POST /2010-04-01/Accounts/{}/Messages.json HTTP/1.1\r\nhost: sandbox\r\n\
             authorization: Basic {credentials}\r\ncontent-type: application/x-www-form-urlencoded\r\n\
             content-length: {}\r\n\r\n{body}",
            Options::ACCOUNT_SID,
            body.len()
        );
        stream.write_all(request.as_bytes()).await?;
        let mut got = 0;
        while !complete(&buffer[..got]) {
            let read = stream.read(&mut buffer[got..]).await?;
            anyhow::ensure!(read > 0, "the sandbox hung up");
            got += read;
        }
        anyhow::ensure!(buffer.starts_with(b"HTTP/1.1 201"), "{}", String::from_utf8_lossy(&buffer[..got]));
        count.fetch_add(1, Ordering::Relaxed);
        n += 1;
    }
    Ok(())
}

/// Whether the answer is there, headers and body.
fn complete(answer: &[u8]) -> bool {
    let Some(end) = answer.windows(4).position(|window| window == b"\r\n\r\n") else { return false };
    let head = String::from_utf8_lossy(&answer[..end]).to_ascii_lowercase();
    let length =
        head.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse::<usize>().ok());
    length.is_some_and(|length| answer.len() >= end + 4 + length)
}

//! From start to the first 200 on `/health` with an existing database, and what an idle server keeps.

use super::cores;
use crate::clock::boot_ms;
use anyhow::{Context, Result, bail};
use std::{path::Path, process::Stdio, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    process::{Child, Command},
};

/// Starts the server `rounds` times and prints the median.
pub async fn run(rounds: usize) -> Result<()> {
    super::in_folder(async |folder| measure(rounds, folder).await).await
}

async fn measure(rounds: usize, folder: &Path) -> Result<()> {
    let (mut child, _) = start(&std::env::current_exe()?, folder, &folder.join("data"), &[]).await?;
    stop(&mut child).await?;
    let mut times = Vec::new();
    let mut memory = 0.0;
    for round in 0..rounds.max(1) {
        let (mut child, ms) = start(&std::env::current_exe()?, folder, &folder.join("data"), &[]).await?;
        times.push(ms);
        if round + 1 == rounds.max(1) {
            tokio::time::sleep(Duration::from_secs(5)).await;
            memory = resident_mib(child.id().context("the server ended")?)?;
        }
        stop(&mut child).await?;
    }
    times.sort_unstable();
    println!(
        "start to 200 on /health, existing SQLite database: median {} ms of {times:?}; idle resident after 5 s: {memory:.1} MiB; {} cores",
        times[times.len() / 2],
        cores()
    );
    Ok(())
}

/// Starts a server on a data folder, with more flags; how many milliseconds it took. Its address is in `port` of the folder.
pub(super) async fn start(binary: &Path, folder: &Path, data: &Path, more: &[&str]) -> Result<(Child, i64)> {
    let port_file = folder.join("port");
    if port_file.exists() {
        std::fs::remove_file(&port_file)?;
    }
    let before = boot_ms();
    let child = Command::new(binary)
        .args(["serve", "--json", "--listen", "127.0.0.1:0", "--data-dir"])
        .arg(data)
        .arg("--port-file")
        .arg(&port_file)
        .args(more)
        .stdout(Stdio::null())
        .stderr(Stdio::inherit())
        .kill_on_drop(true)
        .spawn()?;
    while boot_ms() - before < 30_000 {
        if let Ok(address) = std::fs::read_to_string(&port_file)
            && is_healthy(address.trim()).await
        {
            return Ok((child, boot_ms() - before));
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    bail!("the server did not answer within 30 seconds")
}

async fn is_healthy(address: &str) -> bool {
    let Ok(mut stream) = TcpStream::connect(address).await else { return false };
    let mut answer = String::new();
    let asked = stream.write_all(b"GET /health HTTP/1.0\r\nhost: localhost\r\n\r\n").await;
    asked.is_ok() && stream.take(64).read_to_string(&mut answer).await.is_ok() && answer.contains(" 200 ")
}

async fn stop(child: &mut Child) -> Result<()> {
    child.kill().await?;
    Ok(())
}

pub(super) fn resident_mib(pid: u32) -> Result<f64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find(|l| l.starts_with("VmRSS:")).context("the system does not tell memory")?;
    Ok(line.split_whitespace().nth(1).context("no number")?.parse::<f64>()? / 1024.0)
}

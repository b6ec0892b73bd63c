//! The load generator: connections that each send the next request when the answer to the last is whole.

use std::time::{Duration, Instant};

use futures::future::try_join_all;

use crate::Result;
use crate::http::Connection;
use crate::plan::WARM_UP;

/// Writes the next request of one connection.
pub(crate) type Requests = Box<dyn FnMut() -> Vec<u8> + Send>;

/// What one connection sends and expects.
pub(crate) struct Client {
    /// The requests.
    pub(crate) requests: Requests,
    /// The status of every answer.
    pub(crate) expected: u16,
}

/// What a turn of the server gave.
#[derive(Debug)]
pub(crate) struct Load {
    /// Answers a second.
    pub(crate) rate: f64,
    /// Half of the answers took no longer.
    pub(crate) median: Duration,
    /// All but a hundredth took no longer.
    pub(crate) p99: Duration,
}

/// All clients at once for a warm-up and then for `turn`, which counts.
pub(crate) async fn run(address: &str, clients: Vec<Client>, turn: Duration) -> Result<Load> {
    let begin = Instant::now() + WARM_UP;
    let end = begin + turn;
    let tasks =
        clients.into_iter().map(|client| tokio::spawn(one(address.to_owned(), client, begin, end)));
    let taken = try_join_all(tasks).await?;
    let mut all = Vec::new();
    for latencies in taken {
        all.extend(latencies?);
    }
    all.sort_unstable();
    let count = u32::try_from(all.len())?;
    if count == 0 {
        return Err("no request was answered within the turn".into());
    }
    Ok(Load {
        rate: f64::from(count) / turn.as_secs_f64(),
        median: part(&all, 1, 2),
        p99: part(&all, 99, 100),
    })
}

/// So many requests in all, spread over the clients.
pub(crate) async fn send(address: &str, clients: Vec<Client>, requests: usize) -> Result<()> {
    let each = requests.div_ceil(clients.len().max(1));
    let tasks =
        clients.into_iter().map(|client| tokio::spawn(some(address.to_owned(), client, each)));
    for done in try_join_all(tasks).await? {
        done?;
    }
    Ok(())
}

/// The latencies of the answers that came within the time that counts.
async fn one(
    address: String,
    mut client: Client,
    begin: Instant,
    end: Instant,
) -> Result<Vec<Duration>> {
    let mut connection = Connection::open(&address).await?;
    let mut latencies = Vec::with_capacity(64 * 1024);
    loop {
        let sent = Instant::now();
        client.ask(&mut connection).await?;
        let now = Instant::now();
        if now >= end {
            return Ok(latencies);
        }
        if now >= begin {
            latencies.push(now - sent);
        }
    }
}

async fn some(address: String, mut client: Client, requests: usize) -> Result<()> {
    let mut connection = Connection::open(&address).await?;
    for _ in 0..requests {
        client.ask(&mut connection).await?;
    }
    Ok(())
}

impl Client {
    async fn ask(&mut self, connection: &mut Connection) -> Result<()> {
        let answer = connection.exchange(&(self.requests)()).await?;
        if answer.status == self.expected {
            return Ok(());
        }
        Err(format!("an answer has status {} instead of {}", answer.status, self.expected).into())
    }
}

/// The value below which this part of the sorted values lies.
pub(crate) fn part(sorted: &[Duration], numerator: usize, denominator: usize) -> Duration {
    let index = (sorted.len() * numerator / denominator).min(sorted.len().saturating_sub(1));
    sorted.get(index).copied().unwrap_or_default()
}

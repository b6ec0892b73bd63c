//! A keep-alive HTTP/1.1 connection, as cheap as `pgbench` is on its side: what a load generator takes
//! of the two cores is missing to the server.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::Result;

/// A connection that sends one request at a time.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: TcpStream,
    received: Vec<u8>,
}

/// An answer: its status, its head as text, its body.
#[derive(Debug)]
pub(crate) struct Answer<'a> {
    pub(crate) status: u16,
    pub(crate) head: &'a str,
    pub(crate) body: &'a [u8],
}

impl Connection {
    pub(crate) async fn open(address: &str) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, received: Vec::with_capacity(256 * 1024) })
    }

    /// Sends a request and reads its answer, which must say how long it is.
    pub(crate) async fn exchange(&mut self, request: &[u8]) -> Result<Answer<'_>> {
        self.stream.write_all(request).await?;
        self.received.clear();
        let (head, length) = loop {
            self.more().await?;
            if let Some(end) = self.received.windows(4).position(|four| four == b"\r\n\r\n") {
                let head = end + 4;
                break (head, head + content_length(&self.received)?);
            }
        };
        while self.received.len() < length {
            self.more().await?;
        }
        let (head, body) = self.received.split_at(head);
        let head = std::str::from_utf8(head)?;
        Ok(Answer { status: status(head)?, head, body })
    }

    async fn more(&mut self) -> Result<()> {
        match self.stream.read_buf(&mut self.received).await? {
            0 => Err("the server closed the connection".into()),
            _ => Ok(()),
        }
    }

    /// Everything that comes back for one request that asks to close the connection.
    pub(crate) async fn whole(mut self, request: &[u8]) -> Result<Vec<u8>> {
        self.stream.write_all(request).await?;
        self.stream.read_to_end(&mut self.received).await?;
        Ok(self.received)
    }
}

fn status(head: &str) -> Result<u16> {
    let status = head.split_whitespace().nth(1).and_then(|text| text.parse().ok());
    status.ok_or_else(|| "the answer has no status".into())
}

fn content_length(received: &[u8]) -> Result<usize> {
    let head = String::from_utf8_lossy(received);
    let named = |line: &str| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
    };
    let lines = head.split("\r\n").take_while(|line| !line.is_empty());
    lines.into_iter().find_map(named).ok_or_else(|| "the answer does not say how long it is".into())
}

/// A request for a page.
pub(crate) fn get(path: &str, headers: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nhost: bench.example\r\n{headers}\r\n").into_bytes()
}

/// A request with a form.
pub(crate) fn post(path: &str, headers: &str, body: &str) -> Vec<u8> {
    format!(
        "POST {path} HTTP/1.1\r\nhost: bench.example\r\ncontent-type: application/x-www-form-urlencoded\r\n\
         content-length: {}\r\n{headers}\r\n{body}",
        body.len()
    )
    .into_bytes()
}

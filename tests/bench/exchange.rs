//! HTTP/1.1 with keep-alive as plainly as it goes, so that the load generator takes little of the
//! machine it measures.

use std::collections::HashMap;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A connection that is used again and again.
pub struct Connection {
    stream: TcpStream,
    host: String,
    read: Vec<u8>,
}

/// A reply.
pub struct Reply {
    pub status: u16,
    pub headers: HashMap<String, String>,
    pub body: Vec<u8>,
}

impl Reply {
    /// The body as JSON; null where it is none.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

/// The head of a message, and where its body begins.
pub struct Head {
    pub first: String,
    pub headers: HashMap<String, String>,
    pub ends: usize,
}

/// The head in `bytes`, if it is whole.
pub fn head(bytes: &[u8]) -> Option<Head> {
    let ends = bytes.windows(4).position(|w| w == b"\r\n\r\n")? + 4;
    let text = std::str::from_utf8(&bytes[..ends]).ok()?;
    let mut lines = text.split("\r\n");
    let first = lines.next()?.to_owned();
    let headers = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    Some(Head {
        first,
        headers,
        ends,
    })
}

impl Head {
    /// Bytes of the body.
    pub fn length(&self) -> usize {
        self.headers
            .get("content-length")
            .and_then(|n| n.parse().ok())
            .unwrap_or(0)
    }
}

impl Connection {
    /// To `address` (`127.0.0.1:PORT`).
    pub async fn open(address: &str) -> std::io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            host: address.to_owned(),
            read: Vec::with_capacity(8_192),
        })
    }

    /// Sends and waits for the whole reply.
    pub async fn send(
        &mut self,
        method: &str,
        path: &str,
        headers: &str,
        body: &[u8],
    ) -> std::io::Result<Reply> {
        self.write(method, path, headers, body).await?;
        let head = self.read_head().await?;
        let whole = head.ends + head.length();
        while self.read.len() < whole {
            self.read_more().await?;
        }
        let body = self.read[head.ends..whole].to_vec();
        self.read.drain(..whole);
        let status = head
            .first
            .split(' ')
            .nth(1)
            .and_then(|s| s.parse().ok())
            .unwrap_or(0);
        Ok(Reply {
            status,
            headers: head.headers,
            body,
        })
    }

    /// Sends a GET whose reply never ends, and gives the stream up after its head, with what came
    /// beyond it.
    pub async fn listen(
        mut self,
        path: &str,
        headers: &str,
    ) -> std::io::Result<(TcpStream, Vec<u8>)> {
        self.write("GET", path, headers, b"").await?;
        let head = self.read_head().await?;
        if !head.first.contains(" 200") {
            return Err(std::io::Error::other(head.first));
        }
        let rest = self.read.split_off(head.ends);
        Ok((self.stream, rest))
    }

    async fn write(
        &mut self,
        method: &str,
        path: &str,
        headers: &str,
        body: &[u8],
    ) -> std::io::Result<()> {
        let host = &self.host;
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: {host}\r\n{headers}content-length: {}\r\n\r\n",
            body.len()
        );
        let mut message = head.into_bytes();
        message.extend_from_slice(body);
        self.stream.write_all(&message).await
    }

    async fn read_head(&mut self) -> std::io::Result<Head> {
        loop {
            if let Some(head) = head(&self.read) {
                return Ok(head);
            }
            self.read_more().await?;
        }
    }

    async fn read_more(&mut self) -> std::io::Result<()> {
        match self.stream.read_buf(&mut self.read).await? {
            0 => Err(std::io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }
}

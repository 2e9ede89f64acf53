//! A keep-alive HTTP/1.1 connection that costs as little as it can: the load must not eat the core
//! that the server needs.

use std::io;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::served::TOKEN;

const JSON: &str = "application/json";

/// One connection to the server.
pub(crate) struct Connection {
    stream: TcpStream,
    address: String,
    buffer: Vec<u8>,
}

impl Connection {
    pub(crate) async fn open(address: &str) -> io::Result<Connection> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Connection {
            stream,
            address: address.to_owned(),
            buffer: Vec::with_capacity(16 * 1024),
        })
    }

    /// A GET and its answer's JSON.
    pub(crate) async fn get(&mut self, path: &str) -> io::Result<Value> {
        let (status, body) = self.ask("GET", path, JSON, "").await?;
        expect(status, &[200], path, &body)?;
        Ok(serde_json::from_slice(&body)?)
    }

    /// A GET and its answer's text.
    pub(crate) async fn text(&mut self, path: &str) -> io::Result<String> {
        let (status, body) = self.ask("GET", path, JSON, "").await?;
        expect(status, &[200], path, &body)?;
        String::from_utf8(body).map_err(io::Error::other)
    }

    /// A POST of JSON in a worker's name and its answer.
    pub(crate) async fn post(&mut self, path: &str, body: &str) -> io::Result<(u16, Vec<u8>)> {
        self.ask("POST", path, JSON, body).await
    }

    /// A POST of something else.
    pub(crate) async fn send(
        &mut self,
        path: &str,
        of: &str,
        body: &str,
    ) -> io::Result<(u16, Vec<u8>)> {
        self.ask("POST", path, of, body).await
    }

    async fn ask(
        &mut self,
        method: &str,
        path: &str,
        of: &str,
        body: &str,
    ) -> io::Result<(u16, Vec<u8>)> {
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: {}\r\nx-worker: bench\r\n\
             authorization: Bearer {TOKEN}\r\ncontent-type: {of}\r\ncontent-length: {}\r\n\r\n{body}",
            self.address,
            body.len()
        );
        self.stream.write_all(request.as_bytes()).await?;
        self.buffer.clear();
        let head = loop {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            if let Some(end) = self.buffer.windows(4).position(|four| four == b"\r\n\r\n") {
                break end + 4;
            }
        };
        let (status, length) = read_head(&self.buffer[..head])?;
        while self.buffer.len() < head + length {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        Ok((status, self.buffer[head..head + length].to_vec()))
    }
}

/// Status and content length.
fn read_head(head: &[u8]) -> io::Result<(u16, usize)> {
    let unreadable = || io::Error::other("an answer without status or content-length");
    let head = std::str::from_utf8(head).map_err(|_| unreadable())?;
    let status = head.get(9..12).and_then(|code| code.parse().ok());
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        let fits = name.eq_ignore_ascii_case("content-length");
        fits.then(|| value.trim().parse().ok()).flatten()
    });
    Ok((
        status.ok_or_else(unreadable)?,
        length.ok_or_else(unreadable)?,
    ))
}

/// Refuses an answer that would falsify the figures.
pub(crate) fn expect(status: u16, good: &[u16], what: &str, body: &[u8]) -> io::Result<()> {
    if good.contains(&status) {
        return Ok(());
    }
    let body = String::from_utf8_lossy(body);
    Err(io::Error::other(format!("{what} → {status} {body}")))
}

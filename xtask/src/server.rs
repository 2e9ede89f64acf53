//! A `hms serve --demo` of our own, on free ports and in a folder that goes away with it.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::command::not_started;
use crate::folders;

/// Long enough for the demo's sample history on a busy machine.
const START_SECONDS_MAX: u64 = 60;

/// A running server; dropped, it ends.
pub struct Server {
    child: Child,
    data: PathBuf,
    portal: String,
}

/// An answer, as it came over the wire.
pub struct Answer {
    /// Status line and headers, in lower case.
    pub head: String,
    /// The body, compressed if the server compressed it.
    pub body: Vec<u8>,
}

impl Server {
    /// Starts the release server and waits until it says where its portal is.
    pub fn start() -> Result<Server> {
        let data = folders::target().join(format!("xtask-data-{}", std::process::id()));
        let mut command = Command::new(folders::hms());
        command
            .args([
                "serve",
                "--demo",
                "--portal-addr",
                "127.0.0.1:0",
                "--api-addr",
                "127.0.0.1:0",
                "--data-dir",
            ])
            .arg(&data)
            .current_dir(folders::target())
            .stdin(Stdio::null())
            .stdout(Stdio::piped());
        let mut child = command
            .spawn()
            .map_err(|error| not_started(&command, error))?;

        let (sender, receiver) = mpsc::channel();
        if let Some(stdout) = child.stdout.take() {
            // Reads to the end, past the line we want: a full pipe would stop the server.
            std::thread::spawn(move || {
                for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                    if let Some(address) = line.strip_prefix("portal: http://") {
                        let _ = sender.send(address.trim().trim_end_matches('/').to_owned());
                    }
                }
            });
        }
        let mut server = Server {
            child,
            data,
            portal: String::new(),
        };
        server.portal = receiver
            .recv_timeout(Duration::from_secs(START_SECONDS_MAX))
            .with_context(|| format!("`hms serve --demo` did not print its `portal: http://…` line within {START_SECONDS_MAX} s"))?;
        Ok(server)
    }

    /// GETs a page of the portal as a browser would that knows brotli and gzip.
    pub fn get(&self, path: &str) -> Result<Answer> {
        let mut stream = TcpStream::connect(&self.portal)
            .with_context(|| format!("no connection to the portal at {}", self.portal))?;
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nHost: {}\r\nAccept: text/html,*/*\r\nAccept-Encoding: gzip, deflate, br\r\nConnection: close\r\n\r\n",
            self.portal
        )?;
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes)?;
        let end = bytes
            .windows(4)
            .position(|window| window == b"\r\n\r\n")
            .context("an answer without an end of its headers")?;
        let head = String::from_utf8_lossy(&bytes[..end]).to_lowercase();
        if !head.starts_with("http/1.1 200") {
            bail!("GET {path}: {}", head.lines().next().unwrap_or_default());
        }
        let body = bytes.split_off(end + 4);
        let body = if head.contains("transfer-encoding: chunked") {
            unchunked(&body)?
        } else {
            body
        };
        Ok(Answer { head, body })
    }

    /// Where the server keeps its data.
    pub fn data(&self) -> &Path {
        &self.data
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(self.data());
    }
}

/// Joins the chunks of a chunked body.
fn unchunked(mut rest: &[u8]) -> Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = rest
            .windows(2)
            .position(|window| window == b"\r\n")
            .context("a chunk without a size")?;
        let size = std::str::from_utf8(&rest[..end])
            .ok()
            .and_then(|size| usize::from_str_radix(size.split(';').next()?.trim(), 16).ok());
        let size = size.context("a chunk whose size is not a number")?;
        if size == 0 {
            return Ok(body);
        }
        let chunk = rest
            .get(end + 2..end + 2 + size)
            .context("a chunk that is cut off")?;
        body.extend_from_slice(chunk);
        rest = rest
            .get(end + 4 + size..)
            .context("a body that is cut off")?;
    }
}

#[cfg(test)]
mod tests {
    use super::unchunked;

    #[test]
    fn chunks_are_joined() {
        assert_eq!(
            unchunked(b"4\r\nWiki\r\n6;x=y\r\npedia \r\n0\r\n\r\n").unwrap(),
            b"Wikipedia "
        );
        assert!(unchunked(b"9\r\nshort\r\n").is_err());
        assert!(unchunked(b"zz\r\n").is_err());
    }
}

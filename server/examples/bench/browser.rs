//! What people have open: pages, and the sockets under them.

use std::io;

use hms_app::live::Frame;
use reqwest::redirect::Policy;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::Failure;

/// A browser, as far as it counts here: it keeps its cookie.
pub(crate) struct Browser {
    client: reqwest::Client,
    address: String,
    cookie: String,
}

impl Browser {
    /// A browser that knows nobody.
    pub(crate) fn new(address: &str) -> Result<Browser, Failure> {
        Ok(Browser {
            client: reqwest::Client::builder()
                .redirect(Policy::none())
                .build()?,
            address: address.to_owned(),
            cookie: String::new(),
        })
    }

    /// Another one with the same cookie.
    pub(crate) fn again(&self) -> Browser {
        Browser {
            client: self.client.clone(),
            address: self.address.clone(),
            cookie: self.cookie.clone(),
        }
    }

    /// Signs in.
    pub(crate) async fn sign_in(&mut self, email: &str, password: &str) -> Result<(), Failure> {
        let fields = [("email", email), ("password", password)];
        self.post("/sign-in", &fields).await?;
        Ok(())
    }

    /// Files a report and gives its number.
    pub(crate) async fn file_report(&mut self) -> Result<String, Failure> {
        let fields = [
            (
                "text",
                "A caller said he was from my bank and asked for gift cards.",
            ),
            ("contact", "phone"),
            ("step", "check"),
            ("go", "send"),
        ];
        let page = self.post("/report", &fields).await?;
        let number = page.split("name=\"number\" value=\"").nth(1);
        let number = number.and_then(|rest| rest.split('"').next());
        Ok(number.ok_or("the report was not taken")?.to_owned())
    }

    /// A page's text.
    pub(crate) async fn page(&self, path: &str) -> Result<String, Failure> {
        let answer = self
            .client
            .get(format!("http://{}{path}", self.address))
            .header("cookie", &self.cookie)
            .send()
            .await?;
        match answer.status().as_u16() {
            200 => Ok(answer.text().await?),
            status => Err(format!("{path} → {status}").into()),
        }
    }

    /// Takes a task.
    pub(crate) async fn accept(&self, task: &str) -> Result<(), Failure> {
        let answer = self
            .client
            .post(format!("http://{}/inbox/{task}", self.address))
            .header("content-type", "application/x-www-form-urlencoded")
            .header("cookie", &self.cookie)
            .body("act=accept")
            .send()
            .await?;
        match answer.status().as_u16() {
            200 | 303 => Ok(()),
            status => Err(format!("accept → {status}").into()),
        }
    }

    async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Result<String, Failure> {
        let encoded =
            |text: &str| -> String { text.bytes().map(|byte| format!("%{byte:02X}")).collect() };
        let body: Vec<String> = fields
            .iter()
            .map(|(name, value)| format!("{name}={}", encoded(value)))
            .collect();
        let answer = self
            .client
            .post(format!("http://{}{path}", self.address))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body.join("&"))
            .send()
            .await?;
        let cookie = answer.headers().get("set-cookie");
        let cookie = cookie.and_then(|cookie| cookie.to_str().ok()?.split(';').next());
        let status = answer.status();
        self.cookie = cookie
            .ok_or_else(|| format!("{path} → {status}, and no cookie"))?
            .to_owned();
        Ok(answer.text().await?)
    }

    /// The socket under a page.
    pub(crate) async fn socket(&self, path: &str) -> io::Result<Socket> {
        let mut stream = TcpStream::connect(&self.address).await?;
        let request = format!(
            "GET {path} HTTP/1.1\r\nhost: {0}\r\norigin: http://{0}\r\ncookie: {1}\r\n\
             connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n\
             sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
            self.address, self.cookie
        );
        stream.write_all(request.as_bytes()).await?;
        // Byte by byte: what follows the head is the first frame.
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await?);
        }
        if !head.starts_with(b"HTTP/1.1 101") {
            let head = String::from_utf8_lossy(&head);
            return Err(io::Error::other(format!("{path}: {head}")));
        }
        Ok(Socket(stream))
    }
}

/// The socket under a page. It only listens: a server waits for no answer within a minute.
pub(crate) struct Socket(TcpStream);

impl Socket {
    /// Waits for the next state.
    pub(crate) async fn state(&mut self) -> io::Result<()> {
        loop {
            let head = self.0.read_u16().await?;
            let length = match head & 0x7f {
                126 => u64::from(self.0.read_u16().await?),
                127 => self.0.read_u64().await?,
                short => u64::from(short),
            };
            let mut body = vec![0; usize::try_from(length).map_err(io::Error::other)?];
            self.0.read_exact(&mut body).await?;
            let text = (head >> 8) & 0x0f == 1;
            if text && !matches!(serde_json::from_slice(&body)?, Frame::Beat(_)) {
                return Ok(());
            }
        }
    }
}

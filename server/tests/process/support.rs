//! Runs the real `hms` program on free ports, in a folder of its own.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, mpsc};
use std::time::{Duration, Instant};

use serde_json::Value;

/// How long a node may take to come up. A month of history is made in it.
const COMES_UP: Duration = Duration::from_secs(120);

/// A running node.
pub(crate) struct Hms {
    child: Child,
    /// Where its API is.
    pub(crate) api: String,
    /// Where its pages are.
    pub(crate) portal: String,
    /// What it printed while coming up.
    pub(crate) printed: Vec<String>,
}

/// How to start one.
#[derive(Clone)]
pub(crate) struct Setup {
    /// Where its data is.
    pub(crate) data: PathBuf,
    args: Vec<String>,
}

impl Setup {
    /// A demonstration in a folder, with more arguments.
    pub(crate) fn demo(data: &Path, args: &[&str]) -> Setup {
        let mut all = vec!["serve", "--demo"];
        for port in ["--portal-addr", "--api-addr"] {
            if !args.contains(&port) {
                all.extend([port, "127.0.0.1:0"]);
            }
        }
        let args = all
            .iter()
            .chain(args)
            .map(|arg| (*arg).to_owned())
            .collect();
        Setup {
            data: data.to_owned(),
            args,
        }
    }

    /// The command, not yet started.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hms"));
        command
            .args(&self.args)
            .arg("--data-dir")
            .arg(&self.data)
            .stdin(Stdio::null());
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("HMS_")) {
            command.env_remove(name);
        }
        command
    }

    /// The same, whose log lines are added to a file.
    pub(crate) fn command_logging(&self, log: &Path) -> Command {
        let file = std::fs::File::options().create(true).append(true).open(log);
        let mut command = self.command();
        command.stderr(file.unwrap());
        command
    }

    /// Starts it and waits until it serves.
    pub(crate) fn start(&self) -> Hms {
        Hms::from(self.command())
    }
}

impl From<Command> for Hms {
    fn from(command: Command) -> Hms {
        Hms::listened_to(command).0
    }
}

impl Hms {
    /// Starts a node and listens to it: all that it prints on standard output is there to be read.
    pub(crate) fn listened_to(mut command: Command) -> (Hms, Arc<Mutex<String>>) {
        let all = Arc::new(Mutex::new(String::new()));
        let heard = all.clone();
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let stdout = child.stdout.take().unwrap();
        let (lines, printed) = mpsc::channel();
        // Reads on after the node is up, so that it never waits for a full pipe.
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                *heard.lock().unwrap() += &format!("{line}\n");
                let _ = lines.send(line);
            }
        });
        let mut hms = Hms {
            child,
            api: String::new(),
            portal: String::new(),
            printed: Vec::new(),
        };
        let until = Instant::now() + COMES_UP;
        while hms.api.is_empty() || hms.portal.is_empty() {
            let left = until.saturating_duration_since(Instant::now());
            let line = printed
                .recv_timeout(left)
                .unwrap_or_else(|_| panic!("hms did not come up; it printed {:?}", hms.printed));
            if let Some(url) = line.strip_prefix("api: ") {
                hms.api = url.trim().to_owned();
            }
            if let Some(url) = line.strip_prefix("portal: ") {
                hms.portal = url.trim().to_owned();
            }
            hms.printed.push(line);
        }
        (hms, all)
    }
}

impl Hms {
    /// Ends it as a power cut would.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// A path as the program sees it, which may have a disk of its own.
    pub(crate) fn its(&self, path: &Path) -> PathBuf {
        let root = PathBuf::from(format!("/proc/{}/root", self.child.id()));
        root.join(path.strip_prefix("/").unwrap_or(path))
    }

    /// Sends it a signal, like `STOP`.
    pub(crate) fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill")
            .args([&format!("-{name}"), &pid])
            .status();
        assert!(sent.unwrap().success());
    }

    /// Asks it to end, and says how long it took and whether it ended well.
    pub(crate) fn terminate(mut self) -> (Duration, bool) {
        let asked = Instant::now();
        self.signal("TERM");
        let status = self.child.wait().unwrap();
        (asked.elapsed(), status.success())
    }
}

impl Drop for Hms {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Asks until the answer fits, at most for a minute of wall time.
pub(crate) async fn eventually<T, F: Future<Output = Option<T>>>(
    what: &str,
    ask: impl Fn() -> F,
) -> T {
    let until = Instant::now() + Duration::from_secs(60);
    while Instant::now() < until {
        if let Some(found) = ask().await {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("waited a minute for {what}");
}

/// The JSON at an address, when it answers 200.
pub(crate) async fn get(client: &reqwest::Client, url: &str) -> Option<Value> {
    let answer = client.get(url).send().await.ok()?;
    if !answer.status().is_success() {
        return None;
    }
    answer.json().await.ok()
}

/// Posts JSON and gives the status and the answer.
pub(crate) async fn post(client: &reqwest::Client, url: &str, body: &Value) -> (u16, Value) {
    let answer = client.post(url).json(body).send().await.unwrap();
    let status = answer.status().as_u16();
    (status, answer.json().await.unwrap())
}

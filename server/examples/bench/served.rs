//! The server that is measured: the real program, `hms serve`, in a process of its own.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use crate::Failure;
use crate::database::{Kind, Place};

/// What the load shows at the API.
pub(crate) const TOKEN: &str = "a-token-of-the-benchmark-0123456789";

/// The kernel tells processor times in hundredths of a second, whatever the machine (`man 5 proc`).
const TICK_US: f64 = 10_000.0;

/// A running server.
pub(crate) struct Served {
    child: Child,
    /// Where its API listens.
    pub(crate) api: String,
    /// Where its pages are.
    pub(crate) portal: String,
    /// Who may sign in: address, password, role.
    people: Vec<(String, String, String)>,
}

/// What a server has used since it began, as the kernel counts it: it is the same on a busy machine.
#[derive(Clone, Copy)]
pub(crate) struct Used {
    /// Processor time, its own and what the kernel spent for it, in µs.
    pub(crate) processor_us: f64,
    /// What it wrote that has to get to a disk, in kB.
    pub(crate) written_kb: f64,
    /// What it read that was not in memory, in kB.
    pub(crate) fetched_kb: f64,
}

impl Used {
    /// What each of so many runs has taken since then: what it is, its unit and how much. Where the database is a server, its
    /// own processes write and read.
    pub(crate) fn since(
        self,
        before: Used,
        runs: usize,
        kind: Kind,
    ) -> Vec<(&'static str, &'static str, f64)> {
        let each = |of: fn(&Used) -> f64| (of(&self) - of(&before)) / runs as f64;
        let mut all = vec![("processor time", "µs", each(|used| used.processor_us))];
        if kind == Kind::Sqlite {
            all.push(("written", "kB", each(|used| used.written_kb)));
            all.push(("read from the disk", "kB", each(|used| used.fetched_kb)));
        }
        all
    }
}

/// The program beside this one, which `cargo xtask build` makes.
pub(crate) fn program() -> Result<PathBuf, Failure> {
    let here = std::env::current_exe()?;
    let beside = here.parent().and_then(|examples| examples.parent());
    match beside.map(|release| release.join("hms")) {
        Some(hms) if hms.is_file() => Ok(hms),
        _ => Err("there is no release program – run `cargo xtask build` first".into()),
    }
}

impl Served {
    /// Starts a server at a place and waits until it serves; its own workers do not get in the way.
    pub(crate) fn start(place: &Place) -> Result<Served, Failure> {
        Served::with(place, &[])
    }

    /// The same as a demonstration without its sample history, for its people, whose passwords it tells.
    /// To make those takes it some 60 MB.
    pub(crate) fn demo(place: &Place) -> Result<Served, Failure> {
        Served::with(place, &["--demo", "--no-sample-history"])
    }

    fn with(place: &Place, arguments: &[&str]) -> Result<Served, Failure> {
        let mut command = Command::new(program()?);
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("HMS_")) {
            command.env_remove(name);
        }
        command
            .env("HMS_API_TOKEN", TOKEN)
            .arg("serve")
            .args(arguments)
            .args(["--builtin-workers", "none"])
            .args(["--portal-addr", "127.0.0.1:0", "--api-addr", "127.0.0.1:0"])
            .arg("--data-dir")
            .arg(&place.folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped());
        if let Some(url) = &place.url {
            command.args(["--database-url", url]);
        }
        let mut child = command.spawn()?;
        let mut lines = BufReader::new(child.stdout.take().ok_or("no output")?);
        let (mut portal, mut people) = (String::new(), Vec::new());
        let api = loop {
            let mut line = String::new();
            if lines.read_line(&mut line)? == 0 {
                return Err("the server ended before it served".into());
            }
            if let Some(address) = line.strip_prefix("portal: http://") {
                address.trim().clone_into(&mut portal);
            }
            if let Some(person) = line.strip_prefix("sign in: ") {
                let mut words = person.split_whitespace().map(str::to_owned);
                if let (Some(email), Some(password), Some(role)) =
                    (words.next(), words.next(), words.next())
                {
                    people.push((email, password, role));
                }
            }
            if let Some(address) = line.strip_prefix("api: http://") {
                break address.trim().to_owned();
            }
        };
        // It goes on printing a line for each event, as on a console.
        std::thread::spawn(move || std::io::copy(&mut lines, &mut std::io::sink()));
        Ok(Served {
            child,
            api,
            portal,
            people,
        })
    }

    /// The address and the password of somebody with this role.
    pub(crate) fn person(&self, role: &str) -> Result<(&str, &str), Failure> {
        let found = self.people.iter().find(|person| person.2 == role);
        let (email, password, _) = found.ok_or_else(|| format!("nobody is {role}"))?;
        Ok((email, password))
    }

    /// The most memory it has had, in MB.
    pub(crate) fn peak_memory_mb(&self) -> Result<f64, Failure> {
        self.memory_mb("VmHWM:")
    }

    /// The memory it has, in MB.
    pub(crate) fn resident_memory_mb(&self) -> Result<f64, Failure> {
        self.memory_mb("VmRSS:")
    }

    fn memory_mb(&self, name: &str) -> Result<f64, Failure> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let kilobytes = line.and_then(|line| line.trim().split(' ').next());
        Ok(kilobytes.ok_or("no such figure")?.parse::<f64>()? / 1024.0)
    }

    /// What it has used until now.
    pub(crate) fn used(&self) -> Result<Used, Failure> {
        let process = format!("/proc/{}", self.child.id());
        let stat = std::fs::read_to_string(format!("{process}/stat"))?;
        // The program's name, which may hold anything, stands in parentheses before the figures.
        let figures = stat.rsplit_once(')').map_or("", |(_, figures)| figures);
        let ticks: Vec<f64> = figures
            .split_whitespace()
            .skip(11)
            .take(2)
            .map(str::parse)
            .collect::<Result<_, _>>()?;
        let io = std::fs::read_to_string(format!("{process}/io"))?;
        let kilobytes = |name: &str| -> Result<f64, Failure> {
            let line = io.lines().find_map(|line| line.strip_prefix(name));
            Ok(line.ok_or("no such figure")?.trim().parse::<f64>()? / 1024.0)
        };
        Ok(Used {
            processor_us: ticks.iter().sum::<f64>() * TICK_US,
            written_kb: kilobytes("write_bytes:")?,
            fetched_kb: kilobytes("read_bytes:")?,
        })
    }

    /// Ends it as an administrator does.
    pub(crate) fn stop(mut self) -> Result<(), Failure> {
        let told = Command::new("kill")
            .arg(self.child.id().to_string())
            .status()?;
        if !told.success() || !self.child.wait()?.success() {
            return Err("the server ended badly".into());
        }
        Ok(())
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // It has ended already unless a measurement failed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

//! What `hms serve` is told, by flags or by environment variables.

use std::fmt;
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use clap::Args;

use crate::archive::ArchiveSettings;
use crate::edge::{Hosts, Network, Proxies, ProxyHeader};
use crate::identity::{KeyText, OidcSettings, RoleRule, SessionTimes};
use crate::node::Place;
use crate::workers::email_svc::MailSettings;

/// `hms serve`: the pages, the HTTP API and the engine.
#[derive(Clone, Args)]
pub struct Serve {
    /// A demonstration: this machine only, an open API, a person for each role, a month of sample history
    #[arg(long, env = "HMS_DEMO")]
    pub demo: bool,

    /// Where runs are kept: sqlite://PATH, or postgres://USER@HOST[,HOST…]/NAME for any number of nodes. Without it, hms.db in the data folder
    #[arg(
        long,
        env = "HMS_DATABASE_URL",
        value_name = "URL",
        hide_env_values = true
    )]
    pub database_url: Option<String>,

    /// Where the pages are served
    #[arg(
        long,
        env = "HMS_PORTAL_ADDR",
        value_name = "ADDR",
        default_value = "127.0.0.1:7000"
    )]
    pub portal_addr: SocketAddr,

    /// Where the HTTP API is served
    #[arg(
        long,
        env = "HMS_API_ADDR",
        value_name = "ADDR",
        default_value = "127.0.0.1:8100"
    )]
    pub api_addr: SocketAddr,

    /// The folder of workflow definitions (*.yml). Without it, those shipped with the program
    #[arg(long, env = "HMS_WORKFLOWS", value_name = "DIR")]
    pub workflows: Option<PathBuf>,

    /// How many times as fast as the wall clock workflow time runs, from 0.001 to 1000000
    #[arg(long, env = "HMS_CLOCK_RATE", value_name = "N", default_value = "1", value_parser = clock_rate)]
    pub clock_rate: f64,

    /// Which reference workers run inside: all, none, or names such as fraud-labeler,email-svc
    #[arg(
        long,
        env = "HMS_BUILTIN_WORKERS",
        value_name = "all|none|LIST",
        default_value = "all"
    )]
    pub builtin_workers: Builtin,

    /// With --demo: begin with no sample history
    #[arg(long, env = "HMS_NO_SAMPLE_HISTORY", requires = "demo")]
    pub no_sample_history: bool,

    /// The folder where data is kept
    #[arg(long, env = "HMS_DATA_DIR", value_name = "DIR", default_value = "data")]
    pub data_dir: PathBuf,

    /// The key of personal data, 64 hexadecimal digits; former ones after it, with commas between. Without it, personal.key in the data folder
    #[arg(
        long,
        env = "HMS_PERSONAL_KEY",
        value_name = "KEY",
        hide_env_values = true
    )]
    pub personal_key: Option<KeyText>,

    /// How long a person stays signed in without doing anything, from 1m to 30d
    #[arg(long, env = "HMS_SESSION_IDLE", value_name = "TIME", default_value = "30m", value_parser = session_time)]
    pub session_idle: Duration,

    /// How long a person stays signed in at most, from 1m to 30d
    #[arg(long, env = "HMS_SESSION_MAX", value_name = "TIME", default_value = "12h", value_parser = session_time)]
    pub session_max: Duration,

    /// Where people sign in with their agency account
    #[command(flatten)]
    pub oidc: OidcArgs,

    /// The file to which checkpoints of the audit trail are appended too: best where nobody who has the database can write. Without it, audit-checkpoints.jsonl in the data folder
    #[arg(long, env = "HMS_AUDIT_CHECKPOINTS", value_name = "FILE")]
    pub audit_checkpoints: Option<PathBuf>,

    /// When finished runs are moved out
    #[command(flatten)]
    pub archive: ArchiveSettings,

    /// Where mail goes
    #[command(flatten)]
    pub mail: MailSettings,

    /// How the network reaches this server
    #[command(flatten)]
    pub edge: EdgeSettings,
}

/// How the network reaches this server.
#[derive(Debug, Clone, Default, Args)]
pub struct EdgeSettings {
    /// Serve over TLS with this certificate and its chain (PEM); read again on SIGHUP
    #[arg(long, env = "HMS_TLS_CERT", value_name = "FILE", requires = "tls_key")]
    pub tls_cert: Option<PathBuf>,

    /// The key of the certificate (PEM)
    #[arg(long, env = "HMS_TLS_KEY", value_name = "FILE", requires = "tls_cert")]
    pub tls_key: Option<PathBuf>,

    /// A network of proxies whose word is taken on where a request comes from and whether it was encrypted; several, or separated by commas
    #[arg(
        long,
        env = "HMS_TRUSTED_PROXY",
        value_name = "CIDR",
        value_delimiter = ','
    )]
    pub trusted_proxy: Vec<Network>,

    /// The header they say it in: x-forwarded-for (with x-forwarded-proto), or forwarded
    #[arg(
        long,
        env = "HMS_PROXY_HEADER",
        value_name = "NAME",
        default_value = "x-forwarded-for"
    )]
    pub proxy_header: ProxyHeader,

    /// The most connections from one address at a time, of an IPv6 address from its network of 64 bits; named proxies and this machine have no such bound. Without it a quarter of those allowed
    #[arg(long, env = "HMS_CONNECTIONS_PER_ADDRESS", value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub connections_per_address: Option<u32>,

    /// The names this server answers to, separated by commas. Without it any; with --demo localhost,127.0.0.1,[::1],act
    #[arg(long, env = "HMS_ALLOWED_HOSTS", value_name = "LIST")]
    pub allowed_hosts: Option<Hosts>,
}

impl EdgeSettings {
    /// The proxies whose word is taken.
    pub fn proxies(&self) -> Proxies {
        Proxies::new(self.trusted_proxy.clone(), self.proxy_header)
    }

    /// The networks whose connections are bounded all together only: proxies, and this machine, where an unnamed one
    /// may stand.
    pub fn many_behind(&self) -> Vec<Network> {
        let this_machine = ["127.0.0.0/8", "::1"].into_iter();
        let this_machine = this_machine.filter_map(|network| network.parse().ok());
        self.trusted_proxy
            .iter()
            .copied()
            .chain(this_machine)
            .collect()
    }
}

impl Serve {
    /// How long a person's session lasts.
    pub fn session_times(&self) -> SessionTimes {
        // At most thirty days: it fits.
        let ms = |time: Duration| time.as_millis() as i64;
        SessionTimes {
            idle_ms: ms(self.session_idle.min(self.session_max)),
            whole_ms: ms(self.session_max),
        }
    }

    /// Where this node works.
    pub fn place(&self) -> Place {
        Place {
            data_dir: self.data_dir.clone(),
            database_url: self.database_url.clone(),
            workflows: self.workflows.clone(),
            clock_rate: self.clock_rate,
        }
    }
}

/// Without what the addresses of the database and of the mail server may hold.
impl fmt::Debug for Serve {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Serve")
            .field("demo", &self.demo)
            .field("place", &self.place())
            .field("portal_addr", &self.portal_addr)
            .field("api_addr", &self.api_addr)
            .field("builtin_workers", &self.builtin_workers)
            .field("personal_key", &self.personal_key)
            .field("mail", &self.mail)
            .field("edge", &self.edge)
            .finish_non_exhaustive()
    }
}

/// A provider of sign-ins (OpenID Connect). Its secret for us, if it gave one, is read from a file or from the
/// variable `HMS_OIDC_CLIENT_SECRET`, and is no flag: those can be seen by others of the machine.
#[derive(Debug, Clone, Default, Args)]
pub struct OidcArgs {
    /// The provider of sign-ins (OpenID Connect): its URL
    #[arg(
        long,
        env = "HMS_OIDC_ISSUER",
        value_name = "URL",
        requires = "oidc_client_id",
        requires = "oidc_role"
    )]
    pub oidc_issuer: Option<String>,

    /// Our name at the provider. Register PORTAL_URL/sign-in/provider/back there
    #[arg(long, env = "HMS_OIDC_CLIENT_ID", value_name = "ID")]
    pub oidc_client_id: Option<String>,

    /// The file with our secret at the provider; HMS_OIDC_CLIENT_SECRET holds it otherwise
    #[arg(long, env = "HMS_OIDC_CLIENT_SECRET_FILE", value_name = "FILE")]
    pub oidc_client_secret_file: Option<PathBuf>,

    /// Who has which role, by a claim of the provider: groups=fraud:investigator. May be given several times
    #[arg(
        long,
        env = "HMS_OIDC_ROLE",
        value_name = "CLAIM=VALUE:ROLE",
        value_delimiter = ','
    )]
    pub oidc_role: Vec<RoleRule>,
}

impl OidcArgs {
    /// The settings, when there is a provider; the portal is at `portal_url`.
    pub fn settings(&self, portal_url: &str) -> std::io::Result<Option<OidcSettings>> {
        let (Some(issuer), Some(client_id)) = (&self.oidc_issuer, &self.oidc_client_id) else {
            return Ok(None);
        };
        let client_secret = match &self.oidc_client_secret_file {
            Some(file) => Some(std::fs::read_to_string(file)?.trim().to_owned()),
            None => std::env::var("HMS_OIDC_CLIENT_SECRET").ok(),
        };
        Ok(Some(OidcSettings {
            issuer: issuer.clone(),
            client_id: client_id.clone(),
            client_secret: client_secret.filter(|secret| !secret.is_empty()),
            roles: self.oidc_role.clone(),
            redirect_uri: format!("{}/sign-in/provider/back", portal_url.trim_end_matches('/')),
        }))
    }
}

/// Which reference workers run inside the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Builtin {
    /// Every one.
    All,
    /// These; may be none.
    Only(Vec<String>),
}

impl Builtin {
    /// Whether a worker of this name is to run.
    pub fn has(&self, name: &str) -> bool {
        match self {
            Builtin::All => true,
            Builtin::Only(names) => names.iter().any(|wanted| wanted == name),
        }
    }
}

/// The reference workers there are.
const BUILTIN: [&str; 2] = ["fraud-labeler", "email-svc"];

impl FromStr for Builtin {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "all" => Ok(Builtin::All),
            "none" => Ok(Builtin::Only(Vec::new())),
            list => {
                let names: Vec<String> =
                    list.split(',').map(|name| name.trim().to_owned()).collect();
                match names.iter().find(|name| !BUILTIN.contains(&name.as_str())) {
                    Some(unknown) => Err(format!(
                        "\"{unknown}\" is no reference worker – use all, none, or {}",
                        BUILTIN.join(",")
                    )),
                    None => Ok(Builtin::Only(names)),
                }
            }
        }
    }
}

fn session_time(text: &str) -> Result<Duration, String> {
    const SECONDS: RangeInclusive<u64> = 60..=30 * 24 * 3600;
    let units = [("s", 1), ("m", 60), ("h", 3600), ("d", 24 * 3600)];
    let read = units.into_iter().find_map(|(unit, seconds)| {
        let number = text.strip_suffix(unit)?.parse::<u64>().ok()?;
        number.checked_mul(seconds)
    });
    match read {
        Some(seconds) if SECONDS.contains(&seconds) => Ok(Duration::from_secs(seconds)),
        _ => Err("write a time from 1m to 30d, like 30m or 12h".to_owned()),
    }
}

fn clock_rate(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(rate) if (0.001..=1_000_000.0).contains(&rate) => Ok(rate),
        _ => Err("write how many times as fast, from 0.001 to 1000000, like 240".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn builtin_workers_are_all_none_or_names() {
        assert!("all".parse::<Builtin>().unwrap().has("email-svc"));
        assert!(!"none".parse::<Builtin>().unwrap().has("email-svc"));
        let some: Builtin = "fraud-labeler".parse().unwrap();
        assert!(some.has("fraud-labeler") && !some.has("email-svc"));
        assert!(
            "email"
                .parse::<Builtin>()
                .unwrap_err()
                .contains("use all, none")
        );
    }

    #[derive(clap::Parser)]
    struct Line {
        #[command(flatten)]
        serve: Serve,
    }

    fn serve(arguments: &[&str]) -> Result<Serve, clap::Error> {
        let line = ["hms"].iter().chain(arguments);
        <Line as clap::Parser>::try_parse_from(line).map(|line| line.serve)
    }

    #[test]
    fn secrets_are_in_no_debug_text() {
        let told = serve(&[
            "--database-url=postgres://hms:hunter2@db.example/hms",
            "--smtp-url=smtps://hms:hunter2@mail.example",
            "--personal-key=hunter2",
        ])
        .unwrap();
        let place = format!("{:?}", told.place());
        for text in [format!("{told:?}"), format!("{told:#?}"), place] {
            assert!(!text.contains("hunter2"), "{text}");
        }
    }

    #[test]
    fn an_address_may_have_so_many_connections_but_for_proxies_and_this_machine() {
        let many = |told: &Serve, address: &str| {
            let exempt = told.edge.many_behind();
            exempt
                .iter()
                .any(|network| network.has(address.parse().unwrap()))
        };
        let told = serve(&["--trusted-proxy=10.0.0.0/8", "--connections-per-address=7"]);
        let told = told.unwrap();
        assert_eq!(told.edge.connections_per_address, Some(7));
        for (address, expect) in [
            ("10.1.2.3", true),
            ("127.0.0.1", true),
            ("::1", true),
            ("::ffff:127.0.0.1", true),
            ("192.0.2.1", false),
            ("2001:db8::1", false),
        ] {
            assert_eq!(many(&told, address), expect, "{address}");
        }
        assert_eq!(serve(&[]).unwrap().edge.connections_per_address, None);
        assert!(serve(&["--connections-per-address", "0"]).is_err());
    }

    #[test]
    fn the_edge_is_told_by_flags() {
        let told = serve(&[
            "--trusted-proxy",
            "10.0.0.0/8,127.0.0.1",
            "--trusted-proxy",
            "::1",
        ]);
        assert_eq!(told.unwrap().edge.trusted_proxy.len(), 3);
        for wrong in [
            &["--trusted-proxy", "everybody"][..],
            &["--tls-cert", "cert.pem"],
            &["--tls-key", "key.pem"],
            &["--proxy-header", "via"],
            &["--allowed-hosts", "http://a"],
        ] {
            assert!(serve(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_session_lasts_from_a_minute_to_a_month() {
        for (text, seconds) in [
            ("30m", 1800),
            ("12h", 43_200),
            ("90s", 90),
            ("30d", 2_592_000),
        ] {
            assert_eq!(
                session_time(text),
                Ok(Duration::from_secs(seconds)),
                "{text}"
            );
        }
        for wrong in [
            "0m",
            "59s",
            "31d",
            "30",
            "-1m",
            "m",
            "",
            "99999999999999999999d",
        ] {
            assert!(session_time(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_clock_rate_is_a_positive_number() {
        assert_eq!(clock_rate("240"), Ok(240.0));
        for wrong in ["0", "-1", "fast", "NaN", "inf"] {
            assert!(clock_rate(wrong).is_err(), "{wrong}");
        }
    }
}

//! Two nodes on a database that speaks PostgreSQL's protocol and lacks much of it.

use crate::lesser::{self, Lesser};
use crate::load::Load;
use crate::nodes::node;
use crate::postgres::Server;
use crate::support::Hms;

/// Cases of the load.
const RUNS: usize = 60;

#[tokio::test(flavor = "multi_thread")]
async fn nodes_do_without_what_a_database_lacks() {
    let data = tempfile::tempdir().unwrap();
    let direct = Server::fresh_database().await;
    let before = Lesser::before(&direct, lesser::ALL);
    let url = before.url(&direct).await;
    let setup = node(data.path(), &url, "1");
    let log = data.path().join("log");
    let told = || Hms::from(setup.command_logging(&log));
    // Both come to a database with nothing in it.
    let (a, b) = (told(), told());
    let underway = Load::begin(RUNS, &[&a, &b]).await;
    underway.end(&b).await;
    drop((a, b));
    let log = std::fs::read_to_string(&log).unwrap();
    assert_eq!(
        log.matches("the database lacks something").count(),
        2,
        "{log}"
    );
    for missing in [
        "SKIP LOCKED",
        "NOTIFY",
        "transactions under way",
        "lock_timeout",
        "JSON kept as it is written",
        "COLLATE",
        "IDENTITY",
        "OVERRIDING",
        "WITH that writes",
    ] {
        assert!(log.contains(missing), "{missing}: {log}");
    }
    assert!(!log.contains("ERROR"), "{log}");
    // The trail is whole.
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_hms"));
    command.args(["audit", "verify", "--database-url", &url]);
    let looked = command.arg("--data-dir").arg(data.path()).output().unwrap();
    let said = String::from_utf8_lossy(&looked.stdout).into_owned();
    assert!(looked.status.success(), "{said}");
    assert!(said.contains(&format!("{RUNS} runs")), "{said}");
}

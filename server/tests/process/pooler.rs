//! Nodes behind PgBouncer in transaction mode: each transaction may be another connection's, and nobody
//! hears a `NOTIFY`.

use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::load::Load;
use crate::nodes::node;
use crate::postgres::{Server, unprivileged};
use crate::support::{Hms, eventually, get, post};

/// Cases of the load.
const RUNS: usize = 300;
/// How soon a change at one node is seen at another that hears nothing: it looks each second, while who
/// waits would ask by itself only after ten.
const LOOKS: Duration = Duration::from_secs(4);

/// As README.md says it. Fewer connections than two nodes ask for, so that they are shared.
const SETTINGS: &str = "[databases]
* = host=SERVER user=hms
[pgbouncer]
unix_socket_dir = FOLDER
listen_port = 6432
auth_type = any
pool_mode = transaction
default_pool_size = 6
max_prepared_statements = 300
ignore_startup_parameters = extra_float_digits
";

/// A pooler in front of a server; it ends when this is dropped, or its process ends.
struct Pooler {
    folder: tempfile::TempDir,
    keeper: Child,
}

/// Runs the pooler until standard input ends.
const KEEPER: &str = r#"
"$1/pgbouncer" -q "$1/settings" >"$1/log" 2>&1 &
read -r _
kill $!
"#;

impl Pooler {
    fn before(server: &Server) -> Pooler {
        let folder = tempfile::tempdir().unwrap();
        let shown = |path: &Path| path.to_str().unwrap().to_owned();
        let settings = SETTINGS
            .replace("SERVER", &shown(server.folder()))
            .replace("FOLDER", &shown(folder.path()));
        std::fs::write(folder.path().join("settings"), settings).unwrap();
        // The user it runs as may not reach the folder it was built in.
        std::fs::copy(program(), folder.path().join("pgbouncer")).unwrap();
        let keeper = unprivileged(folder.path())
            .args(["sh", "-c", KEEPER, "keeper"])
            .arg(folder.path())
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        let until = Instant::now() + Duration::from_secs(10);
        while !folder.path().join(".s.PGSQL.6432").exists() {
            let log = std::fs::read_to_string(folder.path().join("log")).unwrap_or_default();
            assert!(Instant::now() < until, "PgBouncer did not start: {log}");
            std::thread::sleep(Duration::from_millis(20));
        }
        Pooler { folder, keeper }
    }

    /// The connection string through the pooler, for one that is not.
    fn url(&self, direct: &str) -> String {
        let (_, database) = direct.rsplit_once('/').unwrap();
        let folder = self.folder.path().to_str().unwrap().replace('/', "%2F");
        format!("postgres://hms@{folder}:6432/{database}")
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        let _ = self.keeper.wait();
    }
}

fn program() -> PathBuf {
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target");
    let program = target.join("xtask-cache/pgbouncer");
    assert!(
        program.is_file(),
        "no pooler; `cargo xtask test` builds it: {}",
        program.display()
    );
    program
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_work_behind_a_pooler_that_shares_connections() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start("-c fsync=off");
    let direct = server.database().await;
    let pooler = Pooler::before(&server);
    let setup = node(data.path(), &pooler.url(&direct), "1");
    let log = data.path().join("log");
    let told = || Hms::from(setup.command_logging(&log));
    let (a, b) = (told(), told());
    let underway = Load::begin(RUNS, &[&a, &b]).await;
    underway.end(&b).await;
    drop((a, b));
    let log = std::fs::read_to_string(&log).unwrap();
    assert!(log.contains("lets nobody listen"), "{log}");
    assert!(!log.contains("ERROR"), "{log}");
    // Nothing that would outlive its transaction was left on the connections the nodes share.
    let locks = rows(
        &direct,
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'",
    )
    .await;
    assert_eq!(locks, 0, "an advisory lock stayed behind");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_hears_nothing_looks_each_second() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start("-c fsync=off");
    let direct = server.database().await;
    let pooler = Pooler::before(&server);
    let setup = node(data.path(), &pooler.url(&direct), "1");
    let (a, b) = (setup.start(), setup.start());
    let client = reqwest::Client::new();
    let waiting = {
        let (client, api) = (client.clone(), a.api.clone());
        tokio::spawn(async move {
            let url = format!("{api}/act/tasks?actor=AI:fraud-labeler&wait=30s");
            (get(&client, &url).await, Instant::now())
        })
    };
    eventually("the call that waits at A", || async {
        let workers = get(&client, &format!("{}/workers", a.api)).await?;
        workers
            .to_string()
            .contains("AI:fraud-labeler")
            .then_some(())
    })
    .await;
    let complaint =
        json!({"name": "ComplaintLogged", "payload": {"complaintId": "C-42", "text": "Spam"}});
    let (status, emitted) = post(&client, &format!("{}/events", b.api), &complaint).await;
    assert_eq!(status, 202, "{emitted}");
    let told = Instant::now();
    let (seen, when) = waiting.await.unwrap();
    assert_eq!(seen.unwrap()[0]["run_id"], emitted["runs"][0]["run_id"]);
    assert!(when - told < LOOKS, "{:?}", when - told);
}

async fn rows(url: &str, asked: &'static str) -> i64 {
    use sqlx::Connection;
    let mut connection = sqlx::PgConnection::connect(url).await.unwrap();
    sqlx::query_scalar(asked)
        .fetch_one(&mut connection)
        .await
        .unwrap()
}

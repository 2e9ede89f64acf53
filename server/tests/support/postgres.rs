//! A real PostgreSQL server for tests: its own folder, a socket in it, one database a test.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, Connection, Executor};

/// Names the databases of this process apart.
static DATABASES: AtomicU32 = AtomicU32::new(0);

/// A server that stops, and whose folder goes, when this is dropped or its process ends in any way.
pub(crate) struct Server {
    folder: PathBuf,
    keeper: Child,
}

/// Starts a server in a new folder and waits until it answers; then waits until its standard input
/// ends, however that comes about, and takes everything away. Lines on standard input stop and start
/// the server meanwhile.
const KEEPER: &str = r#"
set -e
cd "$1"
if [ -n "$4" ]; then
    "$2/pg_basebackup" -D data -h "$4" -U hms -R -X stream -c fast >log 2>&1
else
    "$2/initdb" -D data -U hms -A trust -E UTF8 --locale=C.UTF-8 -N >log 2>&1
fi
go() {
    "$2/pg_ctl" -D data -w -t 60 -l log -o "-c listen_addresses= -c unix_socket_directories=$1 \
        -c max_connections=60 $3" start >/dev/null
}
go "$1" "$2" "$3"
echo up
while read -r word rest; do
    case $word in
    stop) "$2/pg_ctl" -D data -w -m "$rest" stop >/dev/null ;;
    start) go "$1" "$2" "$3" ;;
    promote) "$2/pg_ctl" -D data -w -t 60 promote >/dev/null ;;
    esac
    echo done
done
"$2/pg_ctl" -D data -w -m immediate stop >/dev/null || true
cd /
rm -rf "$1"
"#;

impl Server {
    /// A server with these settings more (`-c name=value`).
    pub(crate) fn start(settings: &str) -> Server {
        Server::made(settings, "")
    }

    /// A server with a second, small disk, whose room is in megabytes. To give it one takes root.
    #[allow(dead_code, reason = "not every test program has a full disk")]
    pub(crate) fn with_small_disk(room: u32) -> Server {
        Server::on("", "", Some(room))
    }

    /// A new database on the small disk; the log of changes is not there.
    #[allow(dead_code, reason = "not every test program has a full disk")]
    pub(crate) async fn database_on_small_disk(&self) -> String {
        let options: PgConnectOptions = format!("{}postgres", self.base()).parse().unwrap();
        let mut connection = PgConnection::connect_with(&options).await.unwrap();
        let place = self.folder.join("small").join("space");
        for statement in [
            format!("CREATE TABLESPACE small LOCATION '{}'", place.display()),
            "CREATE DATABASE small TABLESPACE small".to_owned(),
        ] {
            connection.execute(AssertSqlSafe(statement)).await.unwrap();
        }
        format!("{}small", self.base())
    }

    /// A file on the small disk, as it is seen from here.
    #[allow(dead_code, reason = "not every test program has a full disk")]
    pub(crate) fn on_small_disk(&self, name: &str) -> PathBuf {
        let root = PathBuf::from(format!("/proc/{}/root", self.keeper.id()));
        let folder = self.folder.strip_prefix("/").unwrap();
        root.join(folder).join("small").join(name)
    }

    /// A standby of this server, to which each commit of this one goes before it is answered.
    #[allow(dead_code, reason = "not every test program has a standby")]
    pub(crate) async fn standby(&self) -> Server {
        let standby = Server::made("", self.folder.to_str().unwrap());
        let options: PgConnectOptions = format!("{}postgres", self.base()).parse().unwrap();
        let mut connection = PgConnection::connect_with(&options).await.unwrap();
        for statement in [
            "ALTER SYSTEM SET synchronous_standby_names = '*'",
            "SELECT pg_reload_conf()",
        ] {
            connection.execute(statement).await.unwrap();
        }
        // A commit waits for the standby from the moment the setting is read.
        while sqlx::query_scalar::<_, String>("SELECT sync_state FROM pg_stat_replication")
            .fetch_optional(&mut connection)
            .await
            .unwrap()
            .as_deref()
            != Some("sync")
        {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        // Commits begin to wait when the checkpointer has read the setting, which it does before this.
        connection.execute("CHECKPOINT").await.unwrap();
        standby
    }

    fn made(settings: &str, standby_of: &str) -> Server {
        Server::on(settings, standby_of, None)
    }

    fn on(settings: &str, standby_of: &str, small_disk: Option<u32>) -> Server {
        let folder = tempfile::Builder::new()
            .prefix("hms-pg-")
            .tempdir()
            .unwrap()
            .keep();
        let programs = programs();
        let arguments = [
            folder.to_str().unwrap(),
            programs.to_str().unwrap(),
            settings,
            standby_of,
        ];
        let mut keeper = unprivileged(&folder);
        if let Some(room) = small_disk {
            keeper = on_small_disk(&folder, room, &keeper);
        }
        let mut keeper = keeper
            .args(["sh", "-c", KEEPER, "keeper"])
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let told = line(&mut keeper);
        let log = || std::fs::read_to_string(folder.join("log")).unwrap_or_default();
        assert_eq!(told, "up\n", "PostgreSQL did not start: {}", log());
        Server { folder, keeper }
    }

    /// The one all tests of this process share; or that of `HMS_TEST_POSTGRES`, a connection string
    /// without a database, to save its start.
    pub(crate) async fn fresh_database() -> String {
        static SHARED: OnceLock<Server> = OnceLock::new();
        match std::env::var("HMS_TEST_POSTGRES") {
            Ok(base) => create(&base).await,
            Err(_) => {
                SHARED
                    .get_or_init(|| Server::start("-c fsync=off"))
                    .database()
                    .await
            }
        }
    }

    /// A new database; the connection string for it.
    pub(crate) async fn database(&self) -> String {
        create(&self.base()).await
    }

    /// The connection string without a database.
    pub(crate) fn base(&self) -> String {
        let socket = self.folder.to_str().unwrap().replace('/', "%2F");
        format!("postgres://hms@{socket}/")
    }

    /// Stops it: `fast` as an administrator would, `immediate` as a crash.
    #[allow(dead_code, reason = "not every test program stops its server")]
    pub(crate) fn stop(&mut self, how: &str) {
        self.say(&format!("stop {how}\n"));
    }

    /// Starts it again.
    #[allow(dead_code, reason = "not every test program stops its server")]
    pub(crate) fn start_again(&mut self) {
        self.say("start\n");
    }

    /// Makes a standby take writes.
    #[allow(dead_code, reason = "not every test program has a standby")]
    pub(crate) fn promote(&mut self) {
        self.say("promote\n");
    }

    /// The connection string for a database that is first here and then there.
    #[allow(dead_code, reason = "not every test program has a standby")]
    pub(crate) fn or(&self, url: &str, other: &Server) -> String {
        let host = |server: &Server| server.folder.to_str().unwrap().replace('/', "%2F");
        url.replace(&host(self), &format!("{},{}", host(self), host(other)))
    }

    /// The folder of its socket.
    #[allow(dead_code, reason = "not every test program has a pooler")]
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    fn say(&mut self, words: &str) {
        use std::io::Write;
        self.keeper
            .stdin
            .as_mut()
            .unwrap()
            .write_all(words.as_bytes())
            .unwrap();
        assert_eq!(line(&mut self.keeper), "done\n");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        let _ = self.keeper.wait();
    }
}

/// One line of what it says, byte by byte, so that nothing of the next is taken.
fn line(keeper: &mut Child) -> String {
    use std::io::Read;
    let mut line = Vec::new();
    let mut byte = [0];
    while !line.ends_with(b"\n") {
        match keeper.stdout.as_mut().unwrap().read(&mut byte).unwrap() {
            0 => break,
            _ => line.push(byte[0]),
        }
    }
    String::from_utf8(line).unwrap()
}

async fn create(base: &str) -> String {
    let n = DATABASES.fetch_add(1, Ordering::Relaxed);
    let name = format!("test_{}_{n}", std::process::id());
    let options: PgConnectOptions = format!("{base}postgres").parse().unwrap();
    let mut connection = PgConnection::connect_with(&options).await.unwrap();
    connection
        .execute(AssertSqlSafe(format!("CREATE DATABASE {name}")))
        .await
        .unwrap();
    connection.close().await.unwrap();
    format!("{base}{name}")
}

/// Where Debian keeps the server's programs: not on PATH.
/// Where the programs of PostgreSQL are.
pub(crate) fn programs() -> PathBuf {
    let mut found: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .map(|version| version.unwrap().path().join("bin"))
        .filter(|programs| programs.join("initdb").exists())
        .collect();
    found.sort();
    found
        .pop()
        .expect("no PostgreSQL server programs; `cargo xtask test` installs them")
}

/// The server refuses to run as root: then it runs as its own user, or nobody.
pub(crate) fn unprivileged(folder: &Path) -> Command {
    let said = |program: &str, args: &[&str]| {
        let output = Command::new(program).args(args).output().unwrap();
        (
            output.status.success(),
            String::from_utf8(output.stdout).unwrap(),
        )
    };
    if said("id", &["-u"]).1.trim() != "0" {
        return Command::new("env");
    }
    let user = if said("id", &["-u", "postgres"]).0 {
        "postgres"
    } else {
        "nobody"
    };
    assert!(said("chown", &[user, folder.to_str().unwrap()]).0);
    let mut command = Command::new("setpriv");
    command.args([
        "--reuid",
        user,
        "--regid",
        "nogroup",
        "--clear-groups",
        "--",
    ]);
    command
}

/// The same command where `small` in the folder is a disk of so many megabytes, which nobody else sees.
fn on_small_disk(folder: &Path, room: u32, command: &Command) -> Command {
    const MOUNT: &str = r#"
set -e
mkdir "$1/small"
mount -t tmpfs -o "size=$2m" tmpfs "$1/small"
mkdir "$1/small/space"
chown --reference="$1" "$1/small" "$1/small/space"
shift 2
exec "$@"
"#;
    let mut small = Command::new("unshare");
    small
        .args(["--mount", "sh", "-c", MOUNT, "sh"])
        .arg(folder)
        .arg(room.to_string())
        .arg(command.get_program())
        .args(command.get_args());
    small
}

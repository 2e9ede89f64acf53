//! The database goes away in the moment it commits, and stays away: nobody can say whether that was kept, and
//! nobody is told that it was not.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};

use crate::lesser::Lesser;
use crate::nodes::node;
use crate::postgres::Server;
use crate::support::{Hms, eventually, get};

/// Between a node and its database. It can swallow the answer to one `COMMIT` or keep that from the database, and let
/// nobody through then.
struct Between {
    folder: tempfile::TempDir,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    /// The next `COMMIT` of a transaction in which these bytes are said gets no answer.
    armed: Mutex<Option<&'static [u8]>>,
    /// Whether nobody comes through after that.
    goes: AtomicBool,
    /// Such a `COMMIT` waits here until this is over, and never comes to the database.
    holds: Mutex<Option<tokio::sync::oneshot::Receiver<()>>>,
    /// Nobody comes through.
    away: AtomicBool,
    swallowed: AtomicU32,
}

impl State {
    /// Whether this was waited for; it is not waited for any longer then.
    fn is_armed_for(&self, said: &[u8]) -> bool {
        let mut armed = self.armed.lock().unwrap();
        let is = armed.is_some_and(|words| said.windows(words.len()).any(|some| some == words));
        if is {
            *armed = None;
        }
        is
    }
}

/// What the journal's transactions begin with, and no other's.
const JOURNAL: &[u8] = b"SET LOCAL lock_timeout = '3s'";
/// A simple query as it goes over the wire: its letter, its length, its text.
const COMMIT: &[u8] = b"Q\0\0\0\x0bCOMMIT\0";

impl Between {
    fn start(server: &Path) -> Between {
        let folder = tempfile::tempdir().unwrap();
        let listener = UnixListener::bind(folder.path().join(".s.PGSQL.5432")).unwrap();
        let state = Arc::new(State::default());
        let (to, shared) = (server.join(".s.PGSQL.5432"), state.clone());
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                if !shared.away.load(Ordering::SeqCst) {
                    tokio::spawn(pass(client, to.clone(), shared.clone()));
                }
            }
        });
        Between { folder, state }
    }

    fn url(&self, direct: &str) -> String {
        let (_, database) = direct.rsplit_once('/').unwrap();
        let folder = self.folder.path().to_str().unwrap().replace('/', "%2F");
        format!("postgres://hms@{folder}/{database}")
    }

    /// The database goes away when the journal commits.
    fn arm(&self) {
        self.arm_for(JOURNAL, true);
    }

    /// The answer to the transaction that says this is lost, and the database `goes` away or not.
    fn arm_for(&self, said: &'static [u8], goes: bool) {
        self.state.goes.store(goes, Ordering::SeqCst);
        *self.state.armed.lock().unwrap() = Some(said);
    }

    /// Lets everybody through again; exactly so many answers were swallowed until now.
    fn back(&self, swallowed: u32) {
        assert_eq!(self.swallowed(), swallowed);
        self.state.away.store(false, Ordering::SeqCst);
    }

    /// The journal's next `COMMIT` is kept from the database, and whoever sent it hears nothing, until what is given
    /// back is dropped. The database goes away then.
    fn hold(&self) -> tokio::sync::oneshot::Sender<()> {
        let (release, held) = tokio::sync::oneshot::channel();
        *self.state.holds.lock().unwrap() = Some(held);
        self.arm();
        release
    }

    fn swallowed(&self) -> u32 {
        self.state.swallowed.load(Ordering::SeqCst)
    }
}

async fn pass(mut client: UnixStream, to: PathBuf, state: Arc<State>) {
    let Ok(mut server) = UnixStream::connect(to).await else {
        return;
    };
    let (mut from_client, mut from_server) = (vec![0; 1 << 16], vec![0; 1 << 16]);
    let mut said = Vec::new();
    loop {
        tokio::select! {
            read = client.read(&mut from_client) => {
                let Ok(read @ 1..) = read else { return };
                let sent = &from_client[..read];
                said.extend_from_slice(sent);
                let last = sent.ends_with(COMMIT) && state.is_armed_for(&std::mem::take(&mut said));
                let held = state.holds.lock().unwrap().take_if(|_| last);
                if let Some(held) = held {
                    state.swallowed.fetch_add(1, Ordering::SeqCst);
                    assert!(held.await.is_err(), "it is dropped");
                    state.away.store(state.goes.load(Ordering::SeqCst), Ordering::SeqCst);
                    return;
                }
                if server.write_all(sent).await.is_err() {
                    return;
                }
                if last {
                    // It is committed when the server answers; nobody hears of it.
                    let answered = server.read(&mut from_server).await;
                    assert!(answered.unwrap() > 0);
                    state.away.store(state.goes.load(Ordering::SeqCst), Ordering::SeqCst);
                    state.swallowed.fetch_add(1, Ordering::SeqCst);
                    return;
                }
            }
            read = server.read(&mut from_server) => {
                let Ok(read @ 1..) = read else { return };
                if state.away.load(Ordering::SeqCst) || client.write_all(&from_server[..read]).await.is_err() {
                    return;
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_have_been_kept_is_not_told_to_be_lost() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start("-c fsync=off");
    let direct = server.database().await;
    let between = Between::start(server.folder());
    let hms = node(data.path(), &between.url(&direct), "1").start();
    let client = reqwest::Client::new();
    let ready = async || {
        eventually("the store to answer again", || async {
            let asked = client
                .get(format!("{}/readyz", hms.api))
                .send()
                .await
                .ok()?;
            asked.status().is_success().then_some(())
        })
        .await;
    };
    let ask = async |path: &str, body: &Value| {
        let asked = client.post(format!("{}{path}", hms.api)).json(body).send();
        let answer = asked.await.unwrap();
        let again = answer.headers().contains_key("retry-after");
        let status = answer.status().as_u16();
        (status, again, answer.json::<Value>().await.unwrap())
    };
    let not_known = |(status, again, problem): (u16, bool, Value)| {
        assert_eq!((status, again), (503, true), "{problem}");
        let kind = problem["type"].as_str().unwrap();
        assert!(kind.ends_with("outcome-unknown"), "{problem}");
        let detail = problem["detail"].as_str().unwrap();
        assert!(!detail.contains("Nothing was changed"), "{detail}");
        assert!(detail.contains("count once"), "{detail}");
    };

    // An event. It was kept, and sent again it is the same one.
    let complaint = json!({"name": "ComplaintLogged", "source": "test", "id": "1",
        "payload": {"complaintId": "C-42", "text": "Spam calls"}});
    between.arm();
    not_known(ask("/events", &complaint).await);
    assert_eq!(rows(&direct, "SELECT count(*) FROM runs").await, 1);
    between.back(1);
    ready().await;
    let (status, _, emitted) = ask("/events", &complaint).await;
    assert_eq!(status, 200, "{emitted}");
    assert_eq!(rows(&direct, "SELECT count(*) FROM runs").await, 1);

    // A task's result.
    let tasks = format!("{}/tasks?actor=AI:fraud-labeler&lease=600s", hms.api);
    let tasks = get(&client, &tasks).await.unwrap();
    let complete = format!("/act/tasks/{}/complete", tasks[0]["id"].as_str().unwrap());
    let result = json!({"severity": "High"});
    between.arm();
    not_known(ask(&complete, &result).await);
    between.back(2);
    ready().await;
    let (status, _, done) = ask(&complete, &result).await;
    assert_eq!((status, &done["status"]), (200, &json!("DONE")), "{done}");

    // A person's report: the page says that it may be sent again, and it is one report.
    let send = async |language: &str, draft: &str| {
        let body = format!(
            "id={draft}&text=They+called.&lost=&contact=phone&suspect=&email=&step=check&checking=1&go=send"
        );
        let asked = client.post(format!("{}/report", hms.portal));
        let asked = asked
            .header("content-type", "application/x-www-form-urlencoded")
            .header("accept-language", language)
            .header("sec-fetch-site", "same-origin");
        let answer = asked.body(body).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    for (n, language, told) in [
        (1, "en", "Send it again: it is counted once."),
        (2, "es", "Envíela otra vez: se cuenta una sola vez."),
    ] {
        let draft = format!("5f0c2e8e-7f0b-4a53-9c53-0d6b6f2f5a1{n}");
        between.arm();
        let (status, page) = send(language, &draft).await;
        assert_eq!(status, 503, "{page}");
        assert!(page.contains(told), "{page}");
        assert!(page.contains(&draft) && page.contains("They called."));
        between.back(2 + n);
        ready().await;
        let (status, page) = send(language, &draft).await;
        assert_eq!(status, 200, "{page}");
        let reports = rows(&direct, "SELECT count(*) FROM reports").await;
        assert_eq!(reports, i64::from(n));
    }
}

/// Signs the demonstration's administrator in; the cookie.
async fn administrator(hms: &Hms, printed: &str) -> String {
    let mut people = printed.lines().filter(|line| line.starts_with("sign in: "));
    let line = people.find(|line| line.ends_with(" administrator"));
    let mut words = line.unwrap().split(' ').skip(2);
    let (email, password) = (words.next().unwrap(), words.next().unwrap());
    let form = [("email", email), ("password", password)];
    let answer = post_form(hms, "/sign-in", "en", "", &form).await;
    let set = answer.headers().get("set-cookie").unwrap();
    let cookie = set.to_str().unwrap().split(';').next();
    cookie.unwrap().to_owned()
}

async fn post_form(
    hms: &Hms,
    path: &str,
    language: &str,
    cookie: &str,
    form: &[(&str, &str)],
) -> reqwest::Response {
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
    let url = format!("{}{path}", hms.portal);
    let asked = client.build().unwrap().post(url);
    let asked = asked
        .header("cookie", cookie)
        .header("accept-language", language)
        .header("content-type", "application/x-www-form-urlencoded")
        .header("sec-fetch-site", "same-origin");
    // Nothing in these forms wants more.
    let pairs: Vec<_> = form
        .iter()
        .map(|(name, value)| format!("{name}={}", value.replace('@', "%40")))
        .collect();
    asked.body(pairs.join("&")).send().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_may_have_been_made_is_not_told_to_be_none() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start("-c fsync=off");
    let direct = server.database().await;
    let between = Between::start(server.folder());
    let url = between.url(&direct);
    let (hms, printed) = Hms::listened_to(node(data.path(), &url, "1").command());
    let printed = printed.lock().unwrap().clone();
    let cookie = administrator(&hms, &printed).await;
    for (n, language, email, told) in [
        (1, "en", "one@lost.example", "We could not confirm that"),
        (2, "es", "two@lost.example", "No pudimos confirmar que"),
    ] {
        let form = [("email", email), ("name", "Maria"), ("role", "supervisor")];
        between.arm_for(email.as_bytes(), true);
        let answer = post_form(&hms, "/admin/people", language, &cookie, &form).await;
        let status = answer.status().as_u16();
        let again = answer.headers().contains_key("retry-after");
        let page = answer.text().await.unwrap();
        assert_eq!((status, again), (503, true), "{page}");
        assert!(page.contains(told), "{page}");
        for not_so in ["Nothing was changed", "No se cambió ni se perdió"] {
            assert!(!page.contains(not_so), "{page}");
        }
        between.back(n);
        let ready = format!("{}/readyz", hms.api);
        eventually("the store to answer again", || async {
            let asked = reqwest::get(&ready).await.ok()?;
            asked.status().is_success().then_some(())
        })
        .await;
        // It was kept, and who does it again is told so.
        let again = post_form(&hms, "/admin/people", language, &cookie, &form).await;
        assert_eq!(again.status(), 422);
    }

    // When the database is there again at once, what became of it is found out.
    let email = "three@lost.example";
    let form = [("email", email), ("name", "Maria"), ("role", "supervisor")];
    between.arm_for(email.as_bytes(), false);
    let answer = post_form(&hms, "/admin/people", "en", &cookie, &form).await;
    assert_eq!(answer.status(), 303, "it was kept");
    between.back(3);

    // The same with commands.
    let verb = |args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hms"));
        command.args(args);
        command.args(["--database-url", &url, "--data-dir"]);
        let done = command.arg(data.path()).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (done.status.success(), text(done.stdout), text(done.stderr))
    };
    let create = |name| verb(&["token", "create", "--may", "emit", "--name", name]);
    between.arm_for(b"four-lost", true);
    let (made, said, why) = create("four-lost");
    assert!(!made && said.is_empty(), "{said}");
    assert!(why.contains("not known whether this was kept"), "{why}");
    between.back(4);
    between.arm_for(b"five-lost", false);
    let (made, said, why) = create("five-lost");
    assert!(made && said.contains("token: "), "{why}");
    between.back(5);
    let (_, all, _) = verb(&["token", "list"]);
    assert!(all.contains("four-lost") && all.contains("five-lost"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_transaction_with_the_same_number_did_is_not_taken_for_it() {
    // A server may write its log just then, and the standby knows the number of who is under way.
    for _ in 0..6 {
        if an_event_whose_number_is_given_anew().await.is_some() {
            return;
        }
    }
    panic!("the number was never given anew");
}

/// An event is lost with its server in the moment of its commit, and on the standby its number goes to another
/// transaction, which is committed; none if the standby knew of it.
async fn an_event_whose_number_is_given_anew() -> Option<()> {
    let data = tempfile::tempdir().unwrap();
    // The server's log is written when a transaction commits and seldom before: the standby hears of no other.
    let mut primary = Server::start("-c wal_writer_delay=10s -c autovacuum=off");
    let direct = primary.database().await;
    let mut standby = primary.standby().await;
    let host = |server: &Server| server.folder().to_str().unwrap().replace('/', "%2F");
    let there = direct.replace(&host(&primary), &host(&standby));
    let between = Between::start(primary.folder());
    let url = between.url(&direct);
    let (first, database) = url.rsplit_once('/').unwrap();
    let url = format!("{first},{}/{database}", host(&standby));
    let hms = node(data.path(), &url, "1").start();
    let release = between.hold();
    let complaint = json!({"name": "ComplaintLogged", "source": "test", "id": "1",
        "payload": {"complaintId": "C-42", "text": "Spam calls"}});
    let asked = reqwest::Client::new().post(format!("{}/events", hms.api));
    let asked = tokio::spawn(asked.json(&complaint).send());
    eventually("the commit", || async {
        (between.swallowed() == 1).then_some(())
    })
    .await;
    let number = "SELECT max(backend_xid::text::bigint) FROM pg_stat_activity";
    let number = rows(&direct, number).await;
    primary.stop("immediate");
    standby.promote();
    // All that are used up here are of transactions that are committed.
    while rows(&there, "SELECT pg_current_xact_id()::text::bigint").await < number {}
    let outcome = format!("SELECT (pg_xact_status('{number}'::xid8) = 'committed')::int::bigint");
    if rows(&there, &outcome).await == 0 {
        return None;
    }
    drop(release);
    let answer = asked.await.unwrap().unwrap();
    let status = answer.status().as_u16();
    let said: Value = answer.json().await.unwrap();
    assert_eq!(status, 503, "{said}");
    let detail = said["detail"].as_str().unwrap();
    assert!(detail.contains("Nothing was changed"), "{said}");
    assert_eq!(rows(&there, "SELECT count(*) FROM runs").await, 0);
    Some(())
}

#[tokio::test(flavor = "multi_thread")]
async fn where_a_server_does_not_tell_outcomes_what_is_there_was_kept() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start("-c fsync=off");
    let direct = server.database().await;
    let lesser = Lesser::before(&direct, &["pg_xact_status"]);
    for (n, folder, able) in [(0, server.folder(), true), (2, lesser.folder(), false)] {
        let between = Between::start(folder);
        let hms = node(data.path(), &between.url(&direct), "1").start();
        let emit = async |id: u32| {
            let complaint = json!({"name": "ComplaintLogged", "source": "test", "id": id.to_string(),
                "payload": {"complaintId": "C-42", "text": "Spam calls"}});
            let asked = reqwest::Client::new().post(format!("{}/events", hms.api));
            let answer = asked.json(&complaint).send().await.unwrap();
            let status = answer.status().as_u16();
            (status, answer.json::<Value>().await.unwrap())
        };
        between.arm_for(JOURNAL, false);
        let (status, said) = emit(n).await;
        assert_eq!(status, 202, "{said}");
        between.back(1);
        // And what is not there may still come, unless the server says that it was given up.
        drop(between.hold());
        between.state.goes.store(false, Ordering::SeqCst);
        let (status, said) = emit(n + 1).await;
        assert_eq!(status, 503, "{said}");
        let kind = said["type"].as_str().unwrap_or_default();
        assert_eq!(kind.ends_with("outcome-unknown"), !able, "{said}");
        between.back(2);
    }
    assert_eq!(rows(&direct, "SELECT count(*) FROM runs").await, 2);
}

async fn rows(url: &str, asked: &str) -> i64 {
    let mut connection = PgConnection::connect(url).await.unwrap();
    sqlx::query_scalar(AssertSqlSafe(asked))
        .fetch_one(&mut connection)
        .await
        .unwrap()
}

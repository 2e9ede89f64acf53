//! What nodes do one at a time, and what holds where a database cannot say which transactions are under way.

use std::time::Duration;

use hms_server::identity::ServerKey;
use hms_server::store::{Database, Note, Trail};
use hms_server::trail;
use sqlx::{Connection, Executor, PgConnection};

use crate::kept::{self, Kept};
use crate::postgres::Server;
use crate::script::at;
use crate::trail::told;

fn note(who: &str) -> Note {
    Note {
        at: at(1),
        who: who.to_owned(),
        version: None,
        about: None,
        command: "{}".to_owned(),
    }
}

/// Somebody who writes to the trail and has not committed; `first` is what a writer does first.
async fn writer(url: &str, first: &'static str) -> PgConnection {
    let mut writer = PgConnection::connect(url).await.unwrap();
    writer.execute("BEGIN").await.unwrap();
    writer.execute(first).await.unwrap();
    writer
}

const TURN: &str = "UPDATE audit_turn SET n = n + 1 RETURNING n";

#[tokio::test]
async fn no_row_appears_behind_a_checkpoint_where_nobody_knows_what_is_under_way() {
    let kept = kept::lesser().await;
    let trail = kept.store.trail();
    trail.note(&[note("a"), note("b")]).await.unwrap();
    assert_eq!(trail.settled(0).await.unwrap(), Some(2));
    // One has its number and waits; nobody comes before it, and a checkpoint holds what was there.
    let mut first = writer(&kept.url(), TURN).await;
    let third = [note("c")];
    let mut waiting = Box::pin(trail.note(&third));
    let early = tokio::time::timeout(Duration::from_millis(300), &mut waiting).await;
    assert!(
        early.is_err(),
        "a row was kept before one with a lower number"
    );
    assert_eq!(trail.settled(0).await.unwrap(), Some(2));
    assert_eq!(trail.settled(2).await.unwrap(), None);
    first
        .execute(
            "INSERT INTO audit (n, at, who, command, entries) \
             VALUES (3, now(), 'x', '{}', '[]')",
        )
        .await
        .unwrap();
    first.execute("COMMIT").await.unwrap();
    waiting.await.unwrap();
    assert_eq!(trail.settled(2).await.unwrap(), Some(4));
    let numbers = trail.stands(0, 9, 9).await.unwrap();
    assert!(numbers.iter().map(|stand| stand.n).eq(1..=4));
    // One that gave up took no number with it.
    drop(writer(&kept.url(), TURN).await);
    trail.note(&[note("d")]).await.unwrap();
    assert_eq!(trail.settled(4).await.unwrap(), Some(5));
}

#[tokio::test]
async fn where_it_is_known_a_checkpoint_waits_and_writers_do_not() {
    let kept = kept::postgres().await;
    let trail = kept.store.trail();
    let insert = "INSERT INTO audit (at, who, command, entries) VALUES (now(), 'x', '{}', '[]')";
    let mut first = writer(&kept.url(), insert).await;
    trail.note(&[note("a")]).await.unwrap();
    assert_eq!(
        trail.settled(0).await.unwrap(),
        None,
        "the first may come yet"
    );
    first.execute("COMMIT").await.unwrap();
    // Whatever else is under way at the server puts it off.
    let settled = async {
        loop {
            if let Some(last) = trail.settled(0).await.unwrap() {
                return last;
            }
        }
    };
    let settled = tokio::time::timeout(Duration::from_secs(60), settled).await;
    assert_eq!(settled.unwrap(), 2);
}

#[tokio::test]
async fn a_database_that_goes_to_another_kind_of_server_goes_on_with_its_numbers() {
    to_and_fro(kept::turning_of).await;
}

#[tokio::test]
async fn so_does_one_whose_tables_were_made_where_much_is_lacking() {
    to_and_fro(kept::lesser_of).await;
}

/// From the one kind to PostgreSQL itself and back.
async fn to_and_fro(kind: impl AsyncFn(&str) -> Kept) {
    let direct = Server::fresh_database().await;
    let seal = ServerKey::fresh().seal();
    let lesser = kind(&direct).await;
    let whole = async || Database::Server(direct.clone()).open().await.unwrap();
    for (n, who) in ["a", "b", "c", "d"].into_iter().enumerate() {
        let store = match n % 2 {
            0 => kind(&direct).await.store,
            _ => whole().await,
        };
        let trail = store.trail();
        trail.note(&[note(who), note(who)]).await.unwrap();
        sealed(trail.as_ref(), &seal).await;
    }
    // What is gone is not numbered again behind what was sealed.
    lesser.tamper("DELETE FROM audit WHERE n > 6").await;
    lesser.tamper("UPDATE audit_house SET number = 6").await;
    let again = kind(&direct).await.store.trail();
    again.note(&[note("e")]).await.unwrap();
    assert_eq!(again.settled(0).await.unwrap(), Some(9));
}

async fn sealed(trail: &dyn Trail, seal: &hms_server::identity::Seal) {
    let sealed = async { while trail::seal(trail, seal, at(1), None).await.unwrap() == 0 {} };
    let sealed = tokio::time::timeout(Duration::from_secs(60), sealed).await;
    sealed.unwrap();
}

#[tokio::test]
async fn nodes_that_open_a_new_database_at_once_make_its_tables_once() {
    let direct = Server::fresh_database().await;
    let database = Database::Server(direct.clone());
    let opened = tokio::join!(
        database.open(),
        database.open(),
        database.open(),
        database.open(),
        database.open()
    );
    let (a, b, c, d, e) = opened;
    for opened in [a, b, c, d, e] {
        opened.unwrap();
    }
    let kept = Kept::of(database).await;
    assert_eq!(kept.count("SELECT count(*) FROM gates").await, 3);
    assert_eq!(told(&kept, None).await.0, [""; 0]);
}

#[tokio::test]
async fn a_gate_is_one_nodes_until_its_connection_ends() {
    let direct = Server::fresh_database().await;
    let database = Database::Server(direct.clone());
    database.open().await.unwrap();
    let enter = "UPDATE gates SET passed = passed + 1 WHERE name = 'tables'";
    let inside = writer(&direct, enter).await;
    let mut opening = Box::pin(database.open());
    let early = tokio::time::timeout(Duration::from_millis(300), &mut opening).await;
    assert!(early.is_err(), "two are at the tables");
    drop(inside);
    let opened = tokio::time::timeout(Duration::from_secs(20), opening).await;
    opened.unwrap().unwrap();
}

#[tokio::test]
async fn a_trail_in_a_database_that_rewrites_json_is_refused() {
    let direct = Server::fresh_database().await;
    Database::Server(direct.clone()).open().await.unwrap();
    let mut connection = PgConnection::connect(&direct).await.unwrap();
    let (_, name) = direct.rsplit_once('/').unwrap();
    // As where `json` is but another name of `jsonb`.
    connection
        .execute("CREATE DOMAIN public.json AS jsonb")
        .await
        .unwrap();
    let first = format!("ALTER DATABASE {name} SET search_path = public, pg_catalog");
    connection
        .execute(sqlx::AssertSqlSafe(first))
        .await
        .unwrap();
    let refused = Database::Server(direct)
        .open()
        .await
        .unwrap_err()
        .to_string();
    assert!(refused.contains("audit trail"), "{refused}");
}

#[tokio::test]
async fn a_database_that_cannot_order_texts_by_their_bytes_is_refused() {
    let direct = Server::fresh_database().await;
    let mut connection = PgConnection::connect(&direct).await.unwrap();
    let (base, name) = direct.rsplit_once('/').unwrap();
    let other = format!("{base}/{name}_other");
    // Where `a` comes before `Z`.
    let made = format!(
        "CREATE DATABASE {name}_other TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en'"
    );
    connection.execute(sqlx::AssertSqlSafe(made)).await.unwrap();
    let lesser = Database::Server(kept::lesser_url(&other).await);
    let refused = lesser.open().await.unwrap_err().to_string();
    assert!(refused.contains("bytes"), "{refused}");
    Database::Server(other).open().await.unwrap();
}

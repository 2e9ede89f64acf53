//! The staff and their sessions on a real SQLite file.

#![allow(clippy::unwrap_used, reason = "a test stops where it goes wrong")]

use std::sync::Arc;

use hms_app::agency::{Refused, Token, Visitor};
use hms_server::clock::wall_ms;
use hms_server::identity::{Act, Doorkeeper, INVESTIGATOR, Passwords, ServerKey, TriedFrom, demo};
use hms_server::store::sqlite::{SqlitePeople, SqliteStore};
use hms_server::store::{Account, People};
use tempfile::TempDir;
use uuid::Uuid;

struct House {
    folder: TempDir,
    people: Arc<SqlitePeople>,
    door: Doorkeeper,
}

async fn house() -> House {
    let folder = tempfile::tempdir().unwrap();
    let people = Arc::new(open(&folder).await);
    let door = Doorkeeper::new(people.clone(), ServerKey::of_folder(folder.path()).unwrap());
    House {
        folder,
        people,
        door,
    }
}

async fn open(folder: &TempDir) -> SqlitePeople {
    let database = folder.path().join("hms.db");
    SqliteStore::open(&database).await.unwrap().people()
}

fn account(email: &str, roles: &[&str], password_hash: String) -> Account {
    Account {
        id: Uuid::now_v7(),
        email: email.to_owned(),
        name: format!("Name of {email}"),
        roles: roles.iter().map(|role| (*role).to_owned()).collect(),
        language: None,
        password_hash,
        created_ms: wall_ms(),
        disabled_ms: None,
    }
}

fn visitor(token: &Token) -> Visitor {
    Visitor {
        session: Some(token.clone()),
        ..Visitor::default()
    }
}

#[tokio::test]
async fn signing_in_opens_what_the_roles_allow_and_signing_out_closes_it() {
    let house = house().await;
    let hash = Passwords::default().hash("a long password").await.unwrap();
    let ivy = account("ivy@x.example", &[INVESTIGATOR], hash);
    house.people.add(&ivy).await.unwrap();

    let wrong = house
        .door
        .sign_in("ivy@x.example", "another one", "", TriedFrom::default());
    assert_eq!(wrong.await, Err(Refused::WrongSecret));
    let unknown = house
        .door
        .sign_in("eve@x.example", "a long password", "", TriedFrom::default());
    assert_eq!(unknown.await, Err(Refused::WrongSecret));

    let token = house.door.sign_in(
        " IVY@x.example",
        "a long password",
        "",
        TriedFrom::default(),
    );
    let who = visitor(&token.await.unwrap().session);
    let person = house.door.signed_in(&who).await.unwrap();
    assert_eq!((person.id, person.name), (ivy.id, ivy.name.clone()));
    let refused = house.door.allowed(&who, Act::ReadSla).await;
    assert_eq!(refused, Err(Refused::NotAllowed));
    // A person's token is no reporter's, and the other way round.
    let swapped = Visitor {
        reporter: who.session.clone(),
        ..Visitor::default()
    };
    assert_eq!(house.door.reporter(&swapped).await, Ok(None));
    let reporter = house.door.admit_reporter("4839-2017-55").await.unwrap();
    assert_eq!(house.door.person(&visitor(&reporter)).await, Ok(None));

    house.door.sign_out(&who).await.unwrap();
    assert_eq!(house.door.signed_in(&who).await, Err(Refused::SignIn));
}

#[tokio::test]
async fn guessing_is_slowed_down_for_known_and_unknown_accounts_alike() {
    let house = house().await;
    let hash = Passwords::default().hash("a long password").await.unwrap();
    house
        .people
        .add(&account("ivy@x.example", &[INVESTIGATOR], hash))
        .await
        .unwrap();
    const THERE: TriedFrom<'_> = TriedFrom {
        address: Some("192.0.2.7"),
        browser: None,
    };
    for email in ["ivy@x.example", "eve@x.example"] {
        let mut guesses = tokio::task::JoinSet::new();
        for _ in 0..12 {
            let door = house.door.clone();
            guesses.spawn(async move { door.sign_in(email, "guess", "", THERE).await });
        }
        let answers = guesses.join_all().await;
        let many = |wanted: &dyn Fn(&Refused) -> bool| {
            let refused = answers.iter().filter_map(|answer| answer.as_ref().err());
            refused.filter(|refused| wanted(refused)).count()
        };
        assert_eq!(
            many(&|refused| *refused == Refused::WrongSecret),
            5,
            "{email}"
        );
        assert_eq!(
            many(&|refused| matches!(refused, Refused::TooMany(_))),
            7,
            "{email}"
        );
    }
    // Neither addresses nor e-mails of those who tried are kept in the open.
    let bytes = std::fs::read(house.folder.path().join("hms.db-wal")).unwrap();
    let text = String::from_utf8_lossy(&bytes);
    assert!(
        text.contains("ivy@x.example"),
        "the file looked at is the one written"
    );
    assert!(!text.contains("eve@x.example") && !text.contains("192.0.2.7"));
}

#[tokio::test]
async fn the_demonstrations_people_can_sign_in_and_stay_the_same() {
    let house = house().await;
    let folder = house.folder.path();
    let roles = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let few = || roles(&["clerk", "investigator"]);
    let people = || demo::people(house.people.as_ref(), folder, few());
    let first = people().await.unwrap();
    assert_eq!(first.people.len(), 5);
    assert_eq!(people().await.unwrap(), first);
    for person in &first.people {
        let token = house
            .door
            .sign_in(&person.email, &person.password, "", TriedFrom::default());
        let who = visitor(&token.await.unwrap().session);
        let signed_in = house.door.signed_in(&who).await.unwrap();
        let own = match person.role.as_str() {
            "officer" => "clerk",
            role => role,
        };
        assert_eq!(signed_in.roles.join(" "), own);
        assert_eq!(signed_in.name, person.name);
    }
    // The printed password counts, also when the file was lost.
    std::fs::remove_file(folder.join("demo-passwords")).unwrap();
    let many = roles(&["clerk", "director", "supervisor"]);
    let second = demo::people(house.people.as_ref(), folder, many);
    let second = second.await.unwrap();
    let officer = house.people.account("officer@demo.example").await.unwrap();
    assert_eq!(
        officer.unwrap().roles,
        ["clerk", "director"],
        "a new role has somebody too"
    );
    assert_ne!(second, first);
    let (old, new) = (&first.people[0], &second.people[0]);
    let answer = house
        .door
        .sign_in(&old.email, &old.password, "", TriedFrom::default())
        .await;
    assert_eq!(answer, Err(Refused::WrongSecret));
    assert!(
        house
            .door
            .sign_in(&new.email, &new.password, "", TriedFrom::default())
            .await
            .is_ok()
    );
}

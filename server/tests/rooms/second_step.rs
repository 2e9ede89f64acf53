//! The second step at a sign-in, with the codes an app would show.

use std::sync::Arc;

use hms_app::agency::Refused;
use hms_server::clock::wall_ms;
use hms_server::identity::{Doorkeeper, Passwords, ServerKey, TotpSecret};
use hms_server::store::Account;
use hms_server::store::sqlite::SqliteStore;
use uuid::Uuid;

const PASSWORD: &str = "four words nobody joins";

/// What an app shows so many steps from now.
fn shown(secret: &TotpSecret, steps: i64) -> String {
    secret.code(wall_ms() / 30_000 + steps)
}

#[tokio::test]
async fn a_code_or_a_recovery_code_is_asked_for_and_good_once() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&folder.path().join("hms.db"))
        .await
        .unwrap();
    let people = Arc::new(store.people());
    let door = Doorkeeper::new(people.clone(), ServerKey::fresh());
    let ivy = Account {
        id: Uuid::now_v7(),
        email: "ivy@x.example".to_owned(),
        name: "Ivy".to_owned(),
        roles: vec!["investigator".to_owned()],
        language: None,
        password_hash: Passwords::default().hash(PASSWORD).await.unwrap(),
        created_ms: wall_ms(),
        disabled_ms: None,
    };
    hms_server::store::People::add(people.as_ref(), &ivy)
        .await
        .unwrap();
    let sign_in = async |code: &str| {
        let token = door.sign_in("ivy@x.example", PASSWORD, code, None).await;
        token.map(|_| ())
    };
    // Without one, whatever stands in the field does not matter.
    assert_eq!(sign_in("").await, Ok(()));
    assert_eq!(sign_in("123456").await, Ok(()));

    let begun = door
        .begin_second_step(ivy.id, "Ivy")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        sign_in("").await,
        Ok(()),
        "not asked for before it is confirmed"
    );
    assert_eq!(door.confirm_second_step(ivy.id, "000000x").await, Ok(None));
    let code = shown(&begun.secret, 0);
    let recovery = door
        .confirm_second_step(ivy.id, &code)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(recovery.len(), 8);
    assert_eq!(door.second_step(ivy.id).await, Ok(Some(8)));
    assert!(
        door.begin_second_step(ivy.id, "Ivy")
            .await
            .unwrap()
            .is_none()
    );

    for wrong in ["", &code, "not a code", &shown(&begun.secret, 9)] {
        assert_eq!(sign_in(wrong).await, Err(Refused::WrongSecret), "{wrong}");
    }
    // The next code is good, once; so is a recovery code, however it is typed.
    let next = shown(&begun.secret, 1);
    assert_eq!(sign_in(&next).await, Ok(()));
    assert_eq!(sign_in(&next).await, Err(Refused::WrongSecret));
    let typed = recovery[0].to_uppercase().replace('-', " ");
    assert_eq!(sign_in(&typed).await, Ok(()));
    assert_eq!(sign_in(&typed).await, Err(Refused::WrongSecret));
    assert_eq!(door.second_step(ivy.id).await, Ok(Some(7)));
    // A right code is of no use with a wrong password, and is not used up by it.
    let with = async |password: &str| {
        let token = door
            .sign_in("ivy@x.example", password, &recovery[1], None)
            .await;
        token.map(|_| ())
    };
    assert_eq!(with("another one, wrong").await, Err(Refused::WrongSecret));
    assert_eq!(with(PASSWORD).await, Ok(()));

    assert_eq!(door.end_second_step(ivy.id, "000000x").await, Ok(false));
    assert_eq!(door.end_second_step(ivy.id, &recovery[2]).await, Ok(true));
    assert_eq!(sign_in("").await, Ok(()));
    let again = door
        .begin_second_step(ivy.id, "Ivy")
        .await
        .unwrap()
        .unwrap();
    assert_ne!(again.secret, begun.secret, "a new secret each time");
}

#[tokio::test]
async fn guessing_codes_is_slowed_down() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&folder.path().join("hms.db"))
        .await
        .unwrap();
    let people = Arc::new(store.people());
    let door = Doorkeeper::new(people.clone(), ServerKey::fresh());
    let ivy = Account {
        id: Uuid::now_v7(),
        email: "ivy@x.example".to_owned(),
        name: "Ivy".to_owned(),
        roles: vec!["investigator".to_owned()],
        language: None,
        password_hash: "$unused".to_owned(),
        created_ms: wall_ms(),
        disabled_ms: None,
    };
    hms_server::store::People::add(people.as_ref(), &ivy)
        .await
        .unwrap();
    door.begin_second_step(ivy.id, "Ivy")
        .await
        .unwrap()
        .unwrap();
    let mut answers = Vec::new();
    for _ in 0..7 {
        answers.push(door.confirm_second_step(ivy.id, "00000x").await);
    }
    assert_eq!(
        answers.iter().filter(|answer| **answer == Ok(None)).count(),
        5
    );
    assert!(matches!(answers[6], Err(Refused::TooMany(_))));
}

//! Who people are at providers of sign-ins.

use hms_server::clock::wall_ms;
use hms_server::store::{Account, Added};
use uuid::Uuid;

use crate::kept::Kept;
use crate::on_all;

on_all!(
    somebody_is_known_by_provider_and_name_there_and_nothing_else,
    who_comes_twice_at_once_is_one_person,
);

const ISSUER: &str = "https://id.example";

fn account(email: &str) -> Account {
    Account {
        id: Uuid::now_v7(),
        email: email.to_owned(),
        name: "Maria".to_owned(),
        roles: vec!["clerk".to_owned()],
        language: None,
        password_hash: String::new(),
        created_ms: wall_ms(),
        disabled_ms: None,
    }
}

async fn somebody_is_known_by_provider_and_name_there_and_nothing_else(kept: Kept) {
    let people = kept.store.people();
    let known = people.identities();
    let maria = account("maria@x.example");
    let added = known
        .add_from(&maria, ISSUER, "42", "sign-in provider")
        .await;
    assert_eq!(added.unwrap(), Added::Yes);
    let again = kept.again().await.people();
    let found = again.identities().account_of(ISSUER, "42").await.unwrap();
    assert!(found.unwrap() == maria);
    for (issuer, subject) in [
        ("https://evil.example", "42"),
        (ISSUER, "4"),
        (ISSUER, "maria@x.example"),
        (ISSUER, ""),
    ] {
        let found = known.account_of(issuer, subject).await.unwrap();
        assert!(found.is_none(), "{issuer} {subject}");
    }
    // An address is another's: nobody is added, and nobody becomes them.
    let eve = account("maria@x.example");
    let added = known.add_from(&eve, ISSUER, "43", "sign-in provider").await;
    assert_eq!(added.unwrap(), Added::EmailTaken);
    assert!(known.account_of(ISSUER, "43").await.unwrap().is_none());
    for (person, expect) in [(maria.id, true), (eve.id, false)] {
        assert_eq!(known.comes_from_one(person).await.unwrap(), expect);
    }
    let log = people.accounts().log(maria.id, 5).await.unwrap();
    assert_eq!(log.len(), 1);
    assert_eq!(log[0].who, "sign-in provider");
}

async fn who_comes_twice_at_once_is_one_person(kept: Kept) {
    let people = kept.store.people();
    let mut comes = tokio::task::JoinSet::new();
    for n in 0..6 {
        let people = people.clone();
        comes.spawn(async move {
            let maria = account(&format!("maria{n}@x.example"));
            let added = people
                .identities()
                .add_from(&maria, ISSUER, "42", "p")
                .await;
            (maria.id, added)
        });
    }
    let answers = comes.join_all().await;
    let won: Vec<Uuid> = answers
        .iter()
        .filter(|(_, added)| matches!(added, Ok(Added::Yes)))
        .map(|(id, _)| *id)
        .collect();
    assert_eq!(won.len(), 1, "{answers:?}");
    assert!(
        answers.iter().all(|(_, added)| added.is_ok()),
        "{answers:?}"
    );
    let found = people.identities().account_of(ISSUER, "42").await.unwrap();
    assert_eq!(found.unwrap().id, won[0]);
    let all = people.accounts().page(None, 100).await.unwrap();
    assert_eq!(all.len(), 1, "nobody is left over");
}

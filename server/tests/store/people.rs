//! The staff, their sessions, and who tried in vain.

use hms_server::clock::wall_ms;
use hms_server::identity::{ADMINISTRATOR, Allowance, INVESTIGATOR};
use hms_server::store::{Account, Added, NewSession, SessionHolder, SessionOf};
use uuid::Uuid;

use crate::kept::Kept;
use crate::on_all;

on_all!(
    a_person_is_kept_as_given_and_their_address_is_theirs_alone,
    a_session_knows_whose_it_is_until_it_is_ended,
    many_tries_at_once_are_not_one_try,
    an_address_is_slowed_down_over_many_accounts_but_not_by_right_sign_ins,
    what_has_a_pace_is_counted_right_or_not_and_by_all_at_once,
);

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

async fn a_person_is_kept_as_given_and_their_address_is_theirs_alone(kept: Kept) {
    let people = kept.store.people();
    let ivy = account("ivy@x.example", &[INVESTIGATOR, "director"], "$hash".into());
    assert_eq!(people.add(&ivy).await.unwrap(), Added::Yes);
    let second = account("ivy@x.example", &[ADMINISTRATOR], "$other".into());
    assert_eq!(people.add(&second).await.unwrap(), Added::EmailTaken);
    let again = kept.again().await.people();
    let kept = again.account("ivy@x.example").await.unwrap().unwrap();
    assert!(kept == ivy);
    for nobody in ["IVY@x.example", "ivy@x.example\0", ""] {
        assert!(again.account(nobody).await.unwrap().is_none());
    }
    let fewer = ["director".to_owned()];
    assert!(again.set_roles("ivy@x.example", &fewer).await.unwrap());
    assert!(!again.set_roles("nobody@x.example", &fewer).await.unwrap());
    let changed = people.account("ivy@x.example").await.unwrap().unwrap();
    assert_eq!(changed.roles, fewer);
    let names = again.names(&[ivy.id, Uuid::nil()]).await.unwrap();
    assert_eq!(names.len(), 1);
    assert_eq!(names[&ivy.id], "Name of ivy@x.example");
}

async fn a_session_knows_whose_it_is_until_it_is_ended(kept: Kept) {
    let people = kept.store.people();
    let ivy = account("ivy@x.example", &[INVESTIGATOR], "$hash".into());
    people.add(&ivy).await.unwrap();
    let session = |hash: &str, of, created_ms| NewSession {
        token_hash: hash.to_owned(),
        of,
        created_ms,
        expires_ms: created_ms + 100,
    };
    for new in [
        session("a", SessionOf::Person(ivy.id), 0),
        session("b", SessionOf::Report("4839-2017-55".into()), 50),
    ] {
        people.open_session(&new).await.unwrap();
    }
    people.touch_session("a", 70).await.unwrap();
    let kept = people.session("a").await.unwrap().unwrap();
    assert_eq!((kept.last_seen_ms, kept.expires_ms), (70, 100));
    let SessionHolder::Person { id, roles, .. } = kept.holder else {
        panic!("a person's");
    };
    assert_eq!((id, roles), (ivy.id, ivy.roles.clone()));
    let kept = people.session("b").await.unwrap().unwrap();
    assert_eq!(kept.holder, SessionHolder::Report("4839-2017-55".into()));

    // A later session sweeps away those that ended before it.
    let new = session("c", SessionOf::Person(ivy.id), 120);
    people.open_session(&new).await.unwrap();
    assert!(people.session("a").await.unwrap().is_none());
    assert!(people.session("b").await.unwrap().is_some());
    people.end_session("b").await.unwrap();
    assert!(people.session("b").await.unwrap().is_none());

    // Another password ends the sessions opened with the old one.
    assert!(people.set_password("ivy@x.example", "$new").await.unwrap());
    assert!(people.session("c").await.unwrap().is_none());
    assert!(
        !people
            .set_password("nobody@x.example", "$new")
            .await
            .unwrap()
    );
}

async fn many_tries_at_once_are_not_one_try(kept: Kept) {
    let people = kept.store.people();
    let names = [("account".to_owned(), Allowance::ACCOUNT)];
    let mut tries = tokio::task::JoinSet::new();
    for _ in 0..40 {
        let (people, names) = (people.clone(), names.clone());
        tries.spawn(async move { people.begin_try(&names, 1_000_000).await.unwrap() });
    }
    let answers = tries.join_all().await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 5);
    assert!(answers.contains(&Err(2)));

    // After the wait, one more; then the wait has doubled.
    let later = 1_000_000 + 2_000;
    assert_eq!(people.begin_try(&names, later).await.unwrap(), Ok(()));
    assert_eq!(people.begin_try(&names, later).await.unwrap(), Err(4));
    // A right one clears the account, and a quarter of an hour does too.
    people.end_try("account", None).await.unwrap();
    for _ in 0..5 {
        assert_eq!(people.begin_try(&names, later).await.unwrap(), Ok(()));
    }
    assert_eq!(people.begin_try(&names, later).await.unwrap(), Err(2));
    let much_later = later + 15 * 60_000 + 1;
    assert_eq!(people.begin_try(&names, much_later).await.unwrap(), Ok(()));

    // What nobody looked at counts for nothing, and takes no other's away.
    let names = [
        ("unlooked".to_owned(), Allowance::ACCOUNT),
        ("from there".to_owned(), Allowance::ADDRESS),
    ];
    let taken = names.clone().map(|(name, _)| name);
    for _ in 0..40 {
        assert_eq!(people.begin_try(&names, much_later).await.unwrap(), Ok(()));
        people.take_back_try(&taken).await.unwrap();
    }
    people.take_back_try(&taken).await.unwrap();
    for _ in 0..5 {
        assert_eq!(people.begin_try(&names, much_later).await.unwrap(), Ok(()));
    }
    assert_eq!(people.begin_try(&names, much_later).await.unwrap(), Err(2));
}

async fn an_address_is_slowed_down_over_many_accounts_but_not_by_right_sign_ins(kept: Kept) {
    let people = kept.store.people();
    let address = ("address".to_owned(), Allowance::ADDRESS);
    for n in 0..60 {
        let names = [(format!("right {n}"), Allowance::ACCOUNT), address.clone()];
        assert_eq!(people.begin_try(&names, 0).await.unwrap(), Ok(()));
        people.end_try(&names[0].0, Some("address")).await.unwrap();
    }
    for n in 0..30 {
        let names = [(format!("wrong {n}"), Allowance::ACCOUNT), address.clone()];
        assert_eq!(people.begin_try(&names, 0).await.unwrap(), Ok(()));
    }
    let names = [("fresh".to_owned(), Allowance::ACCOUNT), address];
    assert_eq!(people.begin_try(&names, 0).await.unwrap(), Err(2));
    // What was refused counted against nobody.
    assert_eq!(people.begin_try(&names[..1], 0).await.unwrap(), Ok(()));
}

async fn what_has_a_pace_is_counted_right_or_not_and_by_all_at_once(kept: Kept) {
    const PACE: Allowance = Allowance::Pace {
        at_once: 10,
        each_ms: 2_000,
    };
    let people = kept.store.people();
    let names = [("from there".to_owned(), PACE)];
    let mut tries = tokio::task::JoinSet::new();
    for _ in 0..30 {
        let (people, names) = (people.clone(), names.clone());
        tries.spawn(async move { people.begin_try(&names, 1_000_000).await.unwrap() });
    }
    let answers = tries.join_all().await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 10);
    assert!(answers.contains(&Err(2)));
    // One each two seconds, however long it goes on.
    for n in 1..100 {
        let now_ms = 1_000_000 + n * 2_000;
        assert_eq!(people.begin_try(&names, now_ms - 1).await.unwrap(), Err(1));
        assert_eq!(people.begin_try(&names, now_ms).await.unwrap(), Ok(()));
    }
    // What stands still for a while may do as many at once again, and no more.
    let now_ms = 1_000_000 + 3_600_000;
    for _ in 0..10 {
        assert_eq!(people.begin_try(&names, now_ms).await.unwrap(), Ok(()));
    }
    assert_eq!(people.begin_try(&names, now_ms).await.unwrap(), Err(2));
}

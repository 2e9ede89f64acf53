//! Accounts that are invited, changed and kept out, and the links that set their passwords.

use hms_server::clock::wall_ms;
use hms_server::identity::{INVESTIGATOR, new_link};
use hms_server::store::{
    Account, AccountChange, Added, LinkPurpose, NewLink, NewSession, SessionOf, Store,
};
use uuid::Uuid;

use crate::kept::Kept;
use crate::on_all;

on_all!(
    an_invitation_is_the_account_its_link_and_a_line_of_the_log,
    a_change_is_kept_with_who_made_it_and_ends_what_it_must,
    a_link_sets_one_password_once_and_ends_the_others,
    a_link_is_mailed_until_it_was,
    people_come_in_pages_the_newest_first,
);

fn account(email: &str) -> Account {
    Account {
        id: Uuid::now_v7(),
        email: email.to_owned(),
        name: format!("Name of {email}"),
        roles: vec![INVESTIGATOR.to_owned()],
        language: Some("es".to_owned()),
        password_hash: String::new(),
        created_ms: wall_ms(),
        disabled_ms: None,
    }
}

async fn invited(store: &Store, email: &str) -> (Account, NewLink) {
    let account = account(email);
    let link = new_link(account.id, LinkPurpose::Invite, 1_000);
    let people = store.people();
    let added = people.accounts().invite(&account, &link, "person:x").await;
    assert_eq!(added.unwrap(), Added::Yes);
    (account, link)
}

async fn session(store: &Store, person: Uuid, hash: &str) {
    let session = NewSession {
        token_hash: hash.to_owned(),
        of: SessionOf::Person(person),
        created_ms: 0,
        expires_ms: i64::MAX / 2,
    };
    store.people().open_session(&session).await.unwrap();
}

async fn an_invitation_is_the_account_its_link_and_a_line_of_the_log(kept: Kept) {
    let (ivy, link) = invited(&kept.store, "ivy@x.example").await;
    let people = kept.again().await.people();
    let accounts = people.accounts();
    assert!(accounts.of(ivy.id).await.unwrap().unwrap() == ivy);
    let found = accounts.link(link.id).await.unwrap().unwrap();
    assert_eq!((&found.link, found.used_ms, found.tries), (&link, None, 0));
    assert_eq!(
        (found.email.as_str(), found.language.as_deref()),
        ("ivy@x.example", Some("es"))
    );
    assert!(found.is_good(link.expires_ms - 1) && !found.is_good(link.expires_ms));
    let log = accounts.log(ivy.id, 10).await.unwrap();
    assert_eq!(log.len(), 1);
    assert_eq!(
        (log[0].what.as_str(), log[0].who.as_str()),
        ("added", "person:x")
    );
    assert_eq!(log[0].after.as_deref(), Some("[\"investigator\"]"));

    // A second invitation to the same address is neither an account nor a link nor a line.
    let twice = account("ivy@x.example");
    let other = new_link(twice.id, LinkPurpose::Invite, 1_000);
    let added = accounts.invite(&twice, &other, "person:x").await.unwrap();
    assert_eq!(added, Added::EmailTaken);
    assert!(accounts.link(other.id).await.unwrap().is_none());
    assert!(accounts.log(twice.id, 10).await.unwrap().is_empty());
    assert!(accounts.of(Uuid::nil()).await.unwrap().is_none());
}

async fn a_change_is_kept_with_who_made_it_and_ends_what_it_must(kept: Kept) {
    let (ivy, _) = invited(&kept.store, "ivy@x.example").await;
    let (sam, _) = invited(&kept.store, "sam@x.example").await;
    let people = kept.store.people();
    let accounts = people.accounts();
    session(&kept.store, ivy.id, "ivy").await;
    session(&kept.store, sam.id, "sam").await;
    let roles = vec!["clerk".to_owned(), "director".to_owned()];
    for (change, open) in [
        (AccountChange::Roles(roles.clone()), true),
        (AccountChange::SessionsEnded, false),
        (AccountChange::Disabled, false),
        (AccountChange::Enabled, true),
    ] {
        session(&kept.store, ivy.id, &format!("{change:?}")).await;
        assert!(
            accounts
                .change(ivy.id, &change, "person:ada", 7_000)
                .await
                .unwrap()
        );
        let found = people.session(&format!("{change:?}")).await.unwrap();
        assert_eq!(found.is_some(), open, "{change:?}");
    }
    let kept_ivy = accounts.of(ivy.id).await.unwrap().unwrap();
    assert_eq!((kept_ivy.roles, kept_ivy.disabled_ms), (roles, None));
    assert!(
        people.session("sam").await.unwrap().is_some(),
        "nobody else's end"
    );

    // Kept out: a session opened meanwhile is none, and the first moment stays.
    for at in [8_000, 9_000] {
        accounts
            .change(ivy.id, &AccountChange::Disabled, "a", at)
            .await
            .unwrap();
    }
    session(&kept.store, ivy.id, "late").await;
    assert!(people.session("late").await.unwrap().is_none());
    assert_eq!(
        accounts.of(ivy.id).await.unwrap().unwrap().disabled_ms,
        Some(8_000)
    );

    let log = accounts.log(ivy.id, 3).await.unwrap();
    let told: Vec<&str> = log.iter().map(|line| line.what.as_str()).collect();
    assert_eq!(
        told,
        ["disabled", "disabled", "enabled"],
        "the latest first, no more than asked"
    );
    let all = accounts.log(ivy.id, 100).await.unwrap();
    let changed = all.iter().find(|line| line.what == "roles").unwrap();
    assert_eq!(changed.who, "person:ada");
    assert_eq!(changed.before.as_deref(), Some("[\"investigator\"]"));
    assert_eq!(changed.after.as_deref(), Some("[\"clerk\",\"director\"]"));
    let nobody = accounts
        .change(Uuid::nil(), &AccountChange::Enabled, "a", 1)
        .await;
    assert!(!nobody.unwrap());
}

async fn a_link_sets_one_password_once_and_ends_the_others(kept: Kept) {
    let (ivy, first) = invited(&kept.store, "ivy@x.example").await;
    let people = kept.store.people();
    let accounts = people.accounts();
    let second = new_link(ivy.id, LinkPurpose::Reset, 2_000);
    accounts.make_link(&second, "sign-in page").await.unwrap();
    session(&kept.store, ivy.id, "before").await;
    assert!(
        !accounts
            .use_link(second.id, "$late", second.expires_ms)
            .await
            .unwrap()
    );

    // Of many at once one wins.
    let mut uses = tokio::task::JoinSet::new();
    for n in 0..8 {
        let people = people.clone();
        uses.spawn(async move {
            let hash = format!("$hash{n}");
            people
                .accounts()
                .use_link(second.id, &hash, 3_000)
                .await
                .unwrap()
                .then_some(hash)
        });
    }
    let won: Vec<String> = uses.join_all().await.into_iter().flatten().collect();
    assert_eq!(won.len(), 1, "{won:?}");
    let kept_ivy = accounts.of(ivy.id).await.unwrap().unwrap();
    assert_eq!(kept_ivy.password_hash, won[0]);
    assert!(people.session("before").await.unwrap().is_none());
    assert!(
        accounts.link(first.id).await.unwrap().is_none(),
        "the other link is gone"
    );
    assert!(!accounts.use_link(first.id, "$first", 3_000).await.unwrap());
    assert_eq!(
        accounts.link(second.id).await.unwrap().unwrap().used_ms,
        Some(3_000)
    );

    // Nobody who is kept out sets a password.
    let third = new_link(ivy.id, LinkPurpose::Reset, 4_000);
    accounts.make_link(&third, "a").await.unwrap();
    accounts
        .change(ivy.id, &AccountChange::Disabled, "a", 4_000)
        .await
        .unwrap();
    assert!(!accounts.use_link(third.id, "$third", 5_000).await.unwrap());
    let log = accounts.log(ivy.id, 1).await.unwrap();
    assert_eq!(log[0].what, "disabled", "what was refused is in no log");
}

async fn a_link_is_mailed_until_it_was(kept: Kept) {
    let (_, link) = invited(&kept.store, "ivy@x.example").await;
    let (_, other) = invited(&kept.store, "sam@x.example").await;
    let people = kept.store.people();
    let accounts = people.accounts();
    assert!(
        accounts
            .links_to_send(999, 100, 10)
            .await
            .unwrap()
            .is_empty()
    );
    let due = accounts.links_to_send(1_000, 100, 10).await.unwrap();
    let mut ids: Vec<Uuid> = due.iter().map(|due| due.link.id).collect();
    ids.sort();
    let mut both = vec![link.id, other.id];
    both.sort();
    assert_eq!(ids, both);
    assert!(due.iter().all(|due| due.tries == 1));
    assert!(
        accounts
            .links_to_send(1_099, 100, 10)
            .await
            .unwrap()
            .is_empty(),
        "somebody is at it"
    );
    accounts.link_sent(other.id).await.unwrap();
    let again = accounts.links_to_send(1_100, 100, 10).await.unwrap();
    assert_eq!(
        (again.len(), again[0].link.id, again[0].tries),
        (1, link.id, 2)
    );
}

async fn people_come_in_pages_the_newest_first(kept: Kept) {
    let people = kept.store.people();
    let mut ids = Vec::new();
    for n in 0..5 {
        ids.push(invited(&kept.store, &format!("p{n}@x.example")).await.0.id);
    }
    ids.reverse();
    let accounts = people.accounts();
    let mut found = Vec::new();
    let mut before = None;
    loop {
        let page = accounts.page(before, 2).await.unwrap();
        found.extend(page.iter().map(|account| account.id));
        match page.last() {
            Some(last) => before = Some(last.id),
            None => break,
        }
    }
    assert_eq!(found, ids);
}

//! The browsers in which people signed in before.

use hms_server::clock::wall_ms;
use hms_server::store::{Account, AccountChange, BROWSERS_MAX, Browser, LinkPurpose, NewLink};
use uuid::Uuid;

use crate::kept::Kept;
use crate::on_all;

on_all!(
    a_browser_is_known_for_its_person_and_its_time,
    of_a_person_the_last_browsers_are_known_whoever_comes_at_once,
    what_ends_sessions_forgets_browsers,
);

async fn person(kept: &Kept, name: &str) -> Account {
    let account = Account {
        id: Uuid::now_v7(),
        email: format!("{name}@x.example"),
        name: name.to_owned(),
        roles: vec!["clerk".to_owned()],
        language: None,
        password_hash: "$h".to_owned(),
        created_ms: wall_ms(),
        disabled_ms: None,
    };
    kept.store.people().add(&account).await.unwrap();
    account
}

fn browser(person: &Account, name: &str, seen_ms: i64) -> Browser {
    Browser {
        token_hash: name.to_owned(),
        person: person.id,
        seen_ms,
        expires_ms: seen_ms + 1_000,
    }
}

async fn a_browser_is_known_for_its_person_and_its_time(kept: Kept) {
    let (ivy, sam) = (person(&kept, "ivy").await, person(&kept, "sam").await);
    let people = kept.store.people();
    let browsers = people.browsers();
    let known = async |whose: &Account, name: &str, now_ms: i64| {
        let known = browsers.is_known(&whose.email, name, now_ms).await;
        known.unwrap()
    };
    browsers.keep(&browser(&ivy, "a", 5_000)).await.unwrap();
    assert!(known(&ivy, "a", 5_999).await);
    assert!(!known(&ivy, "a", 6_000).await);
    assert!(!known(&ivy, "b", 5_000).await);
    assert!(!known(&sam, "a", 5_000).await);
    let nobody = browsers.is_known("eve@x.example", "a", 5_000).await;
    assert!(!nobody.unwrap());
    // Used again it lasts longer; nobody else takes it over.
    browsers.keep(&browser(&ivy, "a", 5_500)).await.unwrap();
    assert!(known(&ivy, "a", 6_499).await);
    browsers.keep(&browser(&sam, "a", 5_600)).await.unwrap();
    assert!(!known(&sam, "a", 5_600).await && known(&ivy, "a", 5_600).await);
    assert!(!known(&ivy, "a", 6_500).await);
    // What ended goes with the next.
    browsers.keep(&browser(&sam, "c", 7_000)).await.unwrap();
    assert!(!known(&ivy, "a", 5_600).await, "it was forgotten");
}

async fn of_a_person_the_last_browsers_are_known_whoever_comes_at_once(kept: Kept) {
    let (ivy, sam) = (person(&kept, "ivy").await, person(&kept, "sam").await);
    let people = kept.store.people();
    let sams = browser(&sam, "sam's", 5_000);
    people.browsers().keep(&sams).await.unwrap();
    let many = BROWSERS_MAX + 5;
    let mut coming = tokio::task::JoinSet::new();
    for n in 0..many {
        let (people, ivy) = (people.clone(), ivy.clone());
        coming.spawn(async move {
            let one = browser(&ivy, &format!("{n}"), 5_000 + i64::from(n));
            people.browsers().keep(&one).await.unwrap();
        });
    }
    coming.join_all().await;
    // Whoever came last, a later one is there.
    let last = browser(&ivy, "last", 5_500);
    people.browsers().keep(&last).await.unwrap();
    let mut known = Vec::new();
    for n in 0..many {
        let name = format!("{n}");
        let browsers = people.browsers();
        if browsers.is_known(&ivy.email, &name, 5_000).await.unwrap() {
            known.push(n);
        }
    }
    let left: Vec<u32> = (many - BROWSERS_MAX + 1..many).collect();
    assert_eq!(known, left);
    let browsers = people.browsers();
    assert!(browsers.is_known(&ivy.email, "last", 5_500).await.unwrap());
    assert!(browsers.is_known(&sam.email, "sam's", 5_500).await.unwrap());
}

async fn what_ends_sessions_forgets_browsers(kept: Kept) {
    let (ivy, sam) = (person(&kept, "ivy").await, person(&kept, "sam").await);
    let people = kept.store.people();
    let sams = browser(&sam, "sam's", 5_000);
    people.browsers().keep(&sams).await.unwrap();
    let link = NewLink {
        id: Uuid::now_v7(),
        person: ivy.id,
        purpose: LinkPurpose::Reset,
        created_ms: 4_000,
        expires_ms: 9_000,
    };
    people.accounts().make_link(&link, "me").await.unwrap();
    for what in ["command", "link", "everywhere", "disabled"] {
        let browsers = people.browsers();
        browsers.keep(&browser(&ivy, what, 5_000)).await.unwrap();
        let known = async || browsers.is_known(&ivy.email, what, 5_000).await.unwrap();
        assert!(known().await, "{what}");
        let change = async |change: AccountChange| {
            let changed = people.accounts().change(ivy.id, &change, "me", 5_000).await;
            assert!(changed.unwrap());
        };
        match what {
            "command" => assert!(people.set_password(&ivy.email, "$new").await.unwrap()),
            "link" => {
                let used = people.accounts().use_link(link.id, "$newer", 5_000).await;
                assert!(used.unwrap());
            }
            "everywhere" => change(AccountChange::SessionsEnded).await,
            _ => change(AccountChange::Disabled).await,
        }
        assert!(!known().await, "{what}");
    }
    // Nor is one known while its person may not sign in, and it stays forgotten after.
    let browsers = people.browsers();
    assert!(browsers.is_known(&sam.email, "sam's", 5_500).await.unwrap());
}

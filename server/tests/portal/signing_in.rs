//! Sessions, passwords and links, as a browser without scripts meets them.

use std::time::{Duration, Instant};

use axum::Router;
use hms_app::agency::{Agency, Refused, SignedIn, Token, Visitor};
use hms_server::clock::wall_ms;
use hms_server::identity::{Allowance, Passwords, SessionTimes, TriedFrom, new_link, token_hash};
use hms_server::store::{Account, LinkPurpose};
use uuid::Uuid;

use crate::browser::{Page, get, pages, post};
use crate::house::{House, house};

const DEFINITION: &str = include_str!("../../../workflows/ftc-complaint.yml");
const GOOD: &str = "four words nobody joins";

async fn with_password(house: &House, email: &str, roles: &[&str]) -> Uuid {
    let account = Account {
        id: Uuid::now_v7(),
        email: email.to_owned(),
        name: "Maria Lopez".to_owned(),
        roles: roles.iter().map(|role| (*role).to_owned()).collect(),
        language: None,
        password_hash: Passwords::default().hash(GOOD).await.unwrap(),
        created_ms: wall_ms(),
        disabled_ms: None,
    };
    house.store.people().add(&account).await.unwrap();
    account.id
}

async fn sign_in_as(pages: &Router, email: &str, cookie: &str) -> Page {
    let fields = [("email", email), ("password", GOOD)];
    post(pages, "/sign-in", cookie, &fields).await
}

async fn sign_in(pages: &Router, cookie: &str, password: &str) -> Page {
    let fields = [("email", "maria@x.example"), ("password", password)];
    post(pages, "/sign-in", cookie, &fields).await
}

/// Whether the page is shown to somebody who is signed in.
fn is_in(page: &Page) -> bool {
    page.has("action=\"/sign-out\"")
}

fn session_of(page: &Page) -> String {
    let cookie = page.cookie.split(';').next().unwrap();
    assert!(
        cookie.starts_with("hms_session=") && cookie.len() > 50,
        "{}",
        page.cookie
    );
    cookie.to_owned()
}

#[tokio::test]
async fn signing_in_begins_a_session_of_its_own_and_ends_the_one_before() {
    let house = house(1.0).await;
    let pages = pages(&house, DEFINITION).await;
    with_password(&house, "maria@x.example", &["investigator"]).await;
    // A session somebody else put into this browser is not taken over.
    let eve = house.staff("Eve", &["investigator"]).await;
    let planted = format!("hms_session={}", eve.session.clone().unwrap().0);
    assert!(is_in(&get(&pages, "/inbox", "en", &planted).await));
    let first = session_of(&sign_in(&pages, &planted, GOOD).await);
    assert_ne!(first, planted);
    let led_away = get(&pages, "/inbox", "en", &planted).await;
    assert!(!is_in(&led_away), "the planted session is over");
    // Nor by who signs in on a task's own page, where the sign-in was lost.
    let eve = house.staff("Eve again", &["investigator"]).await;
    let planted = format!("hms_session={}", eve.session.clone().unwrap().0);
    let again = [
        ("act", "sign_in"),
        ("email", "maria@x.example"),
        ("password", GOOD),
    ];
    let task = format!("/inbox/{}", Uuid::now_v7());
    let own = session_of(&post(&pages, &task, &planted, &again).await);
    assert!(is_in(&get(&pages, "/account", "en", &own).await));
    let led_away = get(&pages, "/inbox", "en", &planted).await;
    assert!(!is_in(&led_away), "the planted session is over");
    // An unknown one is never adopted.
    let chosen = "hms_session=0000000000000000000000000000000000000000000000000000000000000000";
    let second = session_of(&sign_in(&pages, chosen, GOOD).await);
    assert_ne!(second, chosen);
    assert!(!is_in(&get(&pages, "/inbox", "en", chosen).await));
    // Each sign-in has its own, and both stand until one leaves everywhere.
    for cookie in [&first, &second] {
        assert!(is_in(&get(&pages, "/account", "en", cookie).await));
    }
    let gone = post(&pages, "/sign-out", &second, &[("everywhere", "yes")]).await;
    assert_eq!(gone.status, 303);
    for cookie in [&first, &second] {
        assert!(!is_in(&get(&pages, "/account", "en", cookie).await));
    }
}

#[tokio::test]
async fn a_session_ends_when_idle_slides_with_use_and_ends_for_good() {
    let house = house(1.0).await;
    let times = SessionTimes {
        idle_ms: 60_000,
        whole_ms: 100_000,
    };
    let door = house.door().with_times(times);
    let id = with_password(&house, "maria@x.example", &["investigator"]).await;
    let came = door.sign_in("maria@x.example", GOOD, "", TriedFrom::default());
    let token = came.await.unwrap().session;
    let who = |passive| Visitor {
        session: Some(token.clone()),
        passive,
        ..Visitor::default()
    };
    let left = door.standing(&who(false)).await.unwrap().unwrap();
    assert!((55_000..=60_000).contains(&left.idle_left_ms), "{left:?}");
    assert!((95_000..=100_000).contains(&left.left_ms), "{left:?}");
    let people = house.store.people();
    // As if it had been used last so long ago. The store never sets it back, so the row is made anew.
    let last_used = async |ago_ms: i64, began_ms: i64| {
        people.end_session(&token_hash(&token)).await.unwrap();
        let session = hms_server::store::NewSession {
            token_hash: token_hash(&token),
            of: hms_server::store::SessionOf::Person(id),
            created_ms: wall_ms() - ago_ms,
            expires_ms: wall_ms() - began_ms + times.whole_ms,
        };
        people.open_session(&session).await.unwrap();
    };
    last_used(50_000, 50_000).await;
    // A page that loads again by itself is no use …
    assert!(door.person(&who(true)).await.unwrap().is_some());
    let left = door.standing(&who(false)).await.unwrap().unwrap();
    assert!(left.idle_left_ms <= 10_000, "{left:?}");
    // … a person's request is.
    assert!(door.person(&who(false)).await.unwrap().is_some());
    let left = door.standing(&who(false)).await.unwrap().unwrap();
    assert!(left.idle_left_ms > 45_000, "{left:?}");
    // However busy, the whole is the end: staying is told so.
    last_used(10_000, 95_000).await;
    let left = door.stay(&who(false)).await.unwrap().unwrap();
    assert!(
        left.idle_left_ms <= 5_000 && left.left_ms <= 5_000,
        "{left:?}"
    );
    last_used(60_001, 60_001).await;
    for passive in [false, true] {
        assert_eq!(door.person(&who(passive)).await, Ok(None));
    }
    assert_eq!(
        door.stay(&who(false)).await,
        Ok(None),
        "what has ended does not come back"
    );
    assert_eq!(door.standing(&who(false)).await, Ok(None));
}

#[tokio::test]
async fn a_link_sets_a_password_and_says_what_is_wrong_with_one() {
    let house = house(1.0).await;
    let pages = pages(&house, DEFINITION).await;
    let id = with_password(&house, "maria@x.example", &["investigator"]).await;
    let link = new_link(id, LinkPurpose::Reset, wall_ms());
    let people = house.store.people();
    people.accounts().make_link(&link, "test").await.unwrap();
    let word = house.key.link_word(link.id);
    let address = format!("/password/set/{word}");
    let page = get(&pages, &address, "en", "").await;
    assert_eq!(page.status, 200);
    assert!(page.has("This is for the account of Maria Lopez."));
    assert_eq!(page.hidden("word"), word);
    for (password, told) in [
        ("too short", "Use 12 characters or more"),
        ("password1234", "Choose another"),
        ("maria@x.example", "Choose another"),
    ] {
        let page = post(
            &pages,
            "/password/set",
            "",
            &[("word", &word), ("password", password)],
        )
        .await;
        assert_eq!(page.status, 422);
        assert!(page.has(told) && page.has("Error: "), "{}", page.html);
        assert!(
            !page.has(&format!("value=\"{password}\"")),
            "a password is never shown again"
        );
    }
    let fresh = "another four words here";
    let old = session_of(&sign_in(&pages, "", GOOD).await);
    let done = post(
        &pages,
        "/password/set",
        "",
        &[("word", &word), ("password", fresh)],
    )
    .await;
    assert_eq!(done.status, 303);
    assert!(
        !is_in(&get(&pages, "/inbox", "en", &old).await),
        "sessions ended"
    );
    assert_eq!(sign_in(&pages, "", GOOD).await.status, 422);
    session_of(&sign_in(&pages, "", fresh).await);
    // Used, forged and unknown links are told the same.
    let forged = format!("{}{}", link.id.simple(), "0".repeat(32));
    for word in [
        word.as_str(),
        &forged,
        "x",
        &house.key.link_word(Uuid::new_v4()),
    ] {
        let page = get(&pages, &format!("/password/set/{word}"), "en", "").await;
        assert!(page.has("This link does not work any more"), "{word}");
        let set = post(
            &pages,
            "/password/set",
            "",
            &[("word", word), ("password", GOOD)],
        )
        .await;
        assert_eq!(set.status, 404);
    }
}

#[tokio::test]
async fn who_comes_from_a_provider_gets_no_password_by_asking() {
    let house = house(1.0).await;
    let pages = pages(&house, DEFINITION).await;
    let people = house.store.people();
    let account = |email: &str| Account {
        id: Uuid::now_v7(),
        email: email.to_owned(),
        name: "Maria Lopez".to_owned(),
        roles: vec!["investigator".to_owned()],
        language: None,
        password_hash: String::new(),
        created_ms: wall_ms(),
        disabled_ms: None,
    };
    let (hired, invited) = (account("hired@x.example"), account("invited@x.example"));
    let known = people.identities();
    let added = known.add_from(&hired, "https://id.example", "42", "sign-in provider");
    added.await.unwrap();
    people.add(&invited).await.unwrap();
    for account in [&hired, &invited] {
        let asked = post(&pages, "/password", "", &[("email", &account.email)]).await;
        assert_eq!(asked.status, 200);
    }
    let due = people.accounts().links_to_send(wall_ms(), 1_000, 10).await;
    let due: Vec<Uuid> = due.unwrap().iter().map(|link| link.link.person).collect();
    assert_eq!(
        due,
        [invited.id],
        "the provider says who of its people is in"
    );
}

#[tokio::test]
async fn asking_for_a_link_tells_nobody_whose_account_there_is() {
    let house = house(1.0).await;
    let pages = pages(&house, DEFINITION).await;
    let id = with_password(&house, "maria@x.example", &["investigator"]).await;
    let people = house.store.people();
    let mut shown = Vec::new();
    for email in ["maria@x.example", "nobody@x.example"] {
        let begun = Instant::now();
        let page = post(&pages, "/password", "", &[("email", email)]).await;
        assert!(begun.elapsed() >= Duration::from_millis(400));
        assert_eq!(page.status, 200);
        let main = page.html.split("<main").nth(1).unwrap();
        shown.push(main.split("</main>").next().unwrap().to_owned());
    }
    assert_eq!(shown[0], shown[1]);
    assert!(shown[0].contains("If there is an account for this address"));
    let due = people
        .accounts()
        .links_to_send(wall_ms(), 1_000, 10)
        .await
        .unwrap();
    assert_eq!(due.len(), 1);
    assert_eq!(
        (due[0].link.person, due[0].link.purpose),
        (id, LinkPurpose::Reset)
    );
    // Mailboxes are not filled: after some, there is a wait, for known and unknown alike.
    for email in ["maria@x.example", "nobody@x.example"] {
        let mut last = 200;
        for _ in 0..6 {
            last = post(&pages, "/password", "", &[("email", email)])
                .await
                .status;
        }
        assert_eq!(last, 429, "{email}");
    }
    assert_eq!(
        post(&pages, "/password", "", &[("email", "x")])
            .await
            .status,
        422
    );
}

#[tokio::test]
async fn a_flood_of_sign_ins_is_turned_away_and_slows_nobody_who_is_in() {
    let house = house(1.0).await;
    let pages = pages(&house, DEFINITION).await;
    let ivy = house.staff("Ivy", &["investigator"]).await;
    let cookie = format!("hms_session={}", ivy.session.unwrap().0);
    assert!(is_in(&get(&pages, "/inbox", "en", &cookie).await));
    // At the door itself, and at a narrow one: how many come while one is looked at depends on the disk.
    let door = house.door().with_passwords(Passwords::with_room(1, 2));
    let mut flood = tokio::task::JoinSet::new();
    for n in 0..200 {
        let door = door.clone();
        flood.spawn(async move {
            let nobody = format!("nobody{n}@x.example");
            door.sign_in(&nobody, "a wrong password", "", TriedFrom::default())
                .await
        });
    }
    tokio::task::yield_now().await;
    let begun = Instant::now();
    for _ in 0..5 {
        assert!(is_in(&get(&pages, "/inbox", "en", &cookie).await));
    }
    let took = begun.elapsed();
    let answers = flood.join_all().await;
    let turned_away = answers
        .iter()
        .filter(|answer| **answer == Err(Refused::NotNow))
        .count();
    assert!(turned_away >= 100, "{turned_away} of 200 were turned away");
    assert!(
        answers
            .iter()
            .all(|answer: &Result<SignedIn, Refused>| answer.is_err())
    );
    // Hashing all of them would take some ten seconds of both processors.
    assert!(took < Duration::from_secs(5), "{took:?}");
}

#[tokio::test]
async fn whoever_a_flood_turns_away_was_not_wrong() {
    let house = house(1.0).await;
    with_password(&house, "maria@x.example", &["investigator"]).await;
    // As while a flood has taken every place.
    let full = house.door().with_passwords(Passwords::with_room(0, 0));
    // Far more often than somebody may be wrong.
    for _ in 0..12 {
        let answer = full
            .sign_in("maria@x.example", GOOD, "", TriedFrom::default())
            .await;
        assert_eq!(answer, Err(Refused::NotNow), "nobody looked at it");
    }
    let answer = house
        .desk
        .sign_in(&Visitor::default(), "maria@x.example", GOOD, "")
        .await;
    assert!(answer.is_ok());
}

#[tokio::test]
async fn nobody_elsewhere_keeps_a_known_browser_waiting() {
    let house = house(1.0).await;
    let pages = pages(&house, DEFINITION).await;
    with_password(&house, "maria@x.example", &["investigator"]).await;
    with_password(&house, "ivy@x.example", &["investigator"]).await;
    let known_of = |page: &Page| {
        let left = page
            .cookies
            .iter()
            .find(|one| one.starts_with("hms_browser="));
        let left = left.unwrap_or_else(|| panic!("{:?}", page.cookies));
        assert!(left.contains("; HttpOnly; SameSite=Lax; Path=/; Max-Age=15552000"));
        left.split(';').next().unwrap().to_owned()
    };
    let own = known_of(&sign_in(&pages, "", GOOD).await);
    // Whoever knows the address tries as often as may be, and goes on: a minute is to be waited by now.
    let people = house.store.people();
    let keep_waiting = async |kind: &str, of: &str| {
        let names = [(house.key.pseudonym(kind, of), Allowance::ACCOUNT)];
        for ago in (0..14).rev() {
            let then = wall_ms() - ago * 61_000;
            let _ = people.begin_try(&names, then).await.unwrap();
        }
    };
    keep_waiting("account", "maria@x.example").await;
    assert_eq!(
        sign_in(&pages, "", GOOD).await.status,
        429,
        "another browser"
    );
    let page = sign_in(&pages, &own, GOOD).await;
    assert_eq!(page.status, 303, "{}", page.html);
    assert_eq!(known_of(&page), own, "the same, for longer");
    // So it is on a task's own page, where the sign-in was lost.
    let again = [
        ("act", "sign_in"),
        ("email", "maria@x.example"),
        ("password", GOOD),
    ];
    let task = format!("/inbox/{}", Uuid::now_v7());
    let page = post(&pages, &task, &own, &again).await;
    assert!(page.cookie.starts_with("hms_session="), "{}", page.status);
    assert_eq!(known_of(&page), own);
    // It is good for its own person, and a made-up one for nobody and never taken over.
    let elses = known_of(&sign_in_as(&pages, "ivy@x.example", "").await);
    let made_up = format!("hms_browser={}", "0".repeat(64));
    for cookie in [&elses, &made_up] {
        assert_eq!(sign_in(&pages, cookie, GOOD).await.status, 429, "{cookie}");
    }
    let other = known_of(&sign_in_as(&pages, "ivy@x.example", &made_up).await);
    assert!(other != made_up && other != own && other != elses);
    // What is tried wrong in it counts, there and nowhere else.
    let mut wrong = 0;
    while sign_in(&pages, &own, "a wrong password").await.status != 429 {
        wrong += 1;
        assert!(wrong < 40, "nobody is made to wait");
    }
    assert!(wrong >= 5, "{wrong}");
    let token = Token(own.trim_start_matches("hms_browser=").to_owned());
    keep_waiting("browser", &token_hash(&token)).await;
    assert_eq!(sign_in(&pages, &own, GOOD).await.status, 429);
    assert_eq!(
        sign_in_as(&pages, "ivy@x.example", &other).await.status,
        303
    );
    // With another password it is known no more.
    let hash = Passwords::default().hash(GOOD).await.unwrap();
    people.set_password("maria@x.example", &hash).await.unwrap();
    keep_waiting("account", "maria@x.example").await;
    assert_eq!(sign_in(&pages, &own, GOOD).await.status, 429);
}

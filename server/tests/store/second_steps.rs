//! The second step at a sign-in: set up once, each code taken once.

use hms_server::clock::wall_ms;
use hms_server::store::Account;
use uuid::Uuid;

use crate::kept::Kept;
use crate::on_all;

on_all!(
    a_second_step_is_in_use_once_confirmed_and_until_it_is_ended,
    no_code_is_taken_twice_by_many_at_once,
);

async fn person(kept: &Kept) -> Uuid {
    let account = Account {
        id: Uuid::now_v7(),
        email: "ivy@x.example".to_owned(),
        name: "Ivy".to_owned(),
        roles: vec!["clerk".to_owned()],
        language: None,
        password_hash: "$h".to_owned(),
        created_ms: wall_ms(),
        disabled_ms: None,
    };
    kept.store.people().add(&account).await.unwrap();
    account.id
}

fn codes(codes: &[&str]) -> Vec<String> {
    codes.iter().map(|code| (*code).to_owned()).collect()
}

async fn a_second_step_is_in_use_once_confirmed_and_until_it_is_ended(kept: Kept) {
    let ivy = person(&kept).await;
    let people = kept.store.people();
    let steps = people.second_steps();
    assert!(steps.of(ivy).await.unwrap().is_none());
    assert!(
        !steps.confirm(ivy, "a", 1, &[], 1).await.unwrap(),
        "nothing was begun"
    );
    for salt in ["a", "b"] {
        assert!(steps.begin(ivy, salt).await.unwrap());
    }
    let begun = steps.of(ivy).await.unwrap().unwrap();
    assert_eq!((begun.salt.as_str(), begun.confirmed_ms), ("b", None));
    assert!(!steps.take(ivy, 100).await.unwrap(), "not in use yet");
    assert!(
        !steps.confirm(ivy, "a", 50, &[], 1).await.unwrap(),
        "another was begun since"
    );
    assert!(
        steps
            .confirm(ivy, "b", 50, &codes(&["x", "y"]), 7_000)
            .await
            .unwrap()
    );
    assert!(!steps.begin(ivy, "c").await.unwrap(), "one in use stays");
    assert!(
        !steps
            .confirm(ivy, "b", 60, &codes(&["z"]), 8_000)
            .await
            .unwrap()
    );
    let kept_step = kept
        .again()
        .await
        .people()
        .second_steps()
        .of(ivy)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (kept_step.confirmed_ms, kept_step.recovery_left),
        (Some(7_000), 2)
    );

    // The code that confirmed it is used; so is everything before it.
    for (step, taken) in [
        (49, false),
        (50, false),
        (51, true),
        (51, false),
        (53, true),
        (52, false),
    ] {
        assert_eq!(steps.take(ivy, step).await.unwrap(), taken, "{step}");
    }
    assert!(steps.take_recovery(ivy, "x", 9_000).await.unwrap());
    assert!(!steps.take_recovery(ivy, "x", 9_000).await.unwrap());
    assert!(!steps.take_recovery(Uuid::nil(), "y", 9_000).await.unwrap());
    assert_eq!(steps.of(ivy).await.unwrap().unwrap().recovery_left, 1);

    assert!(steps.end(ivy, "person:ada", 10_000).await.unwrap());
    assert!(!steps.end(ivy, "person:ada", 11_000).await.unwrap());
    assert!(
        !steps.take_recovery(ivy, "y", 12_000).await.unwrap(),
        "they end with it"
    );
    let log = people.accounts().log(ivy, 10).await.unwrap();
    let told: Vec<&str> = log.iter().map(|line| line.what.as_str()).collect();
    assert_eq!(
        told,
        [
            "second_step_off",
            "recovery_code",
            "second_step_on",
            "added"
        ]
    );
    assert_eq!(log[0].who, "person:ada");
}

async fn no_code_is_taken_twice_by_many_at_once(kept: Kept) {
    let ivy = person(&kept).await;
    let people = kept.store.people();
    let steps = people.second_steps();
    steps.begin(ivy, "a").await.unwrap();
    steps.confirm(ivy, "a", 1, &codes(&["x"]), 1).await.unwrap();
    let mut takes = tokio::task::JoinSet::new();
    for n in 0..16 {
        let people = people.clone();
        takes.spawn(async move {
            match n % 2 {
                0 => people.second_steps().take(ivy, 9).await.unwrap(),
                _ => people
                    .second_steps()
                    .take_recovery(ivy, "x", 2)
                    .await
                    .unwrap(),
            }
        });
    }
    let taken = takes.join_all().await;
    assert_eq!(taken.iter().filter(|taken| **taken).count(), 2);
}

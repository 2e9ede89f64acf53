//! The tokens of programs.

use hms_server::identity::Verb;
use hms_server::store::TokenRow;
use uuid::Uuid;

use crate::kept::Kept;
use crate::on_all;

on_all!(a_token_is_found_by_its_hash_noted_and_ended_once);

async fn a_token_is_found_by_its_hash_noted_and_ended_once(kept: Kept) {
    let token = |n: u128, hash: &str| TokenRow {
        id: Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 + n),
        hash: hash.to_owned(),
        name: "the night shift's labeller".to_owned(),
        actors: vec![
            "AI:fraud-labeler".parse().unwrap(),
            "SVC:*".parse().unwrap(),
        ],
        verbs: vec![Verb::Emit, Verb::Change],
        created_ms: 1_000,
        expires_ms: Some(9_000),
        last_used_ms: None,
        revoked_ms: None,
    };
    let (first, second) = (token(1, "aa"), token(2, "bb"));
    let store = kept.store.tokens();
    store.add(&first).await.unwrap();
    store.add(&second).await.unwrap();
    assert!(
        store.add(&token(3, "aa")).await.is_err(),
        "two tokens cannot have one hash"
    );

    let store = kept.again().await.tokens();
    assert_eq!(store.by_hash("aa").await.unwrap(), Some(first.clone()));
    assert_eq!(store.by_hash("cc").await.unwrap(), None);
    store.used(first.id, 5_000).await.unwrap();
    assert!(store.revoke(first.id, 6_000).await.unwrap());
    assert!(
        !store.revoke(first.id, 7_000).await.unwrap(),
        "it ended before"
    );
    assert!(!store.revoke(Uuid::nil(), 7_000).await.unwrap());
    let ended = TokenRow {
        last_used_ms: Some(5_000),
        revoked_ms: Some(6_000),
        ..first
    };
    assert!(!ended.is_good(5_500) && second.is_good(8_999) && !second.is_good(9_000));
    assert_eq!(
        store.all().await.unwrap(),
        [second, ended],
        "the newest first"
    );
}

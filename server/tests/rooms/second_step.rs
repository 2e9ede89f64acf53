//! The second step at a sign-in, with the codes an app would show.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;
use hms_app::agency::Refused;
use hms_server::clock::wall_ms;
use hms_server::identity::{Allowance, Doorkeeper, Passwords, ServerKey, TotpSecret, TriedFrom};
use hms_server::store::sqlite::SqliteStore;
use hms_server::store::{
    Account, Accounts, Added, Browsers, Identities, NewSession, People, SecondStep, SecondSteps,
    Session, StoreError,
};
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
        let token = door
            .sign_in("ivy@x.example", PASSWORD, code, TriedFrom::default())
            .await;
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
            .sign_in(
                "ivy@x.example",
                password,
                &recovery[1],
                TriedFrom::default(),
            )
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

/// The staff, with the calls counted that look at what was typed as a second step.
struct Counted {
    people: Arc<dyn People>,
    calls: AtomicU32,
}

#[async_trait]
impl SecondSteps for Counted {
    async fn of(&self, person: Uuid) -> Result<Option<SecondStep>, StoreError> {
        self.people.second_steps().of(person).await
    }

    async fn begin(&self, person: Uuid, salt: &str) -> Result<bool, StoreError> {
        self.people.second_steps().begin(person, salt).await
    }

    async fn confirm(
        &self,
        person: Uuid,
        salt: &str,
        step: i64,
        recovery: &[String],
        now_ms: i64,
    ) -> Result<bool, StoreError> {
        let steps = self.people.second_steps();
        steps.confirm(person, salt, step, recovery, now_ms).await
    }

    async fn take(&self, person: Uuid, step: i64) -> Result<bool, StoreError> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        self.people.second_steps().take(person, step).await
    }

    async fn take_recovery(
        &self,
        person: Uuid,
        hash: &str,
        now_ms: i64,
    ) -> Result<bool, StoreError> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        let steps = self.people.second_steps();
        steps.take_recovery(person, hash, now_ms).await
    }

    async fn end(&self, person: Uuid, by: &str, now_ms: i64) -> Result<bool, StoreError> {
        self.people.second_steps().end(person, by, now_ms).await
    }
}

#[async_trait]
impl People for Counted {
    async fn add(&self, account: &Account) -> Result<Added, StoreError> {
        self.people.add(account).await
    }

    fn accounts(&self) -> &dyn Accounts {
        self.people.accounts()
    }

    fn identities(&self) -> &dyn Identities {
        self.people.identities()
    }

    fn browsers(&self) -> &dyn Browsers {
        self.people.browsers()
    }

    fn second_steps(&self) -> &dyn SecondSteps {
        self
    }

    async fn set_password(&self, email: &str, password_hash: &str) -> Result<bool, StoreError> {
        self.people.set_password(email, password_hash).await
    }

    async fn set_roles(&self, email: &str, roles: &[String]) -> Result<bool, StoreError> {
        self.people.set_roles(email, roles).await
    }

    async fn account(&self, email: &str) -> Result<Option<Account>, StoreError> {
        self.people.account(email).await
    }

    async fn names(&self, ids: &[Uuid]) -> Result<HashMap<Uuid, String>, StoreError> {
        self.people.names(ids).await
    }

    async fn token_names(&self, ids: &[Uuid]) -> Result<HashMap<Uuid, String>, StoreError> {
        self.people.token_names(ids).await
    }

    async fn open_session(&self, session: &NewSession) -> Result<(), StoreError> {
        self.people.open_session(session).await
    }

    async fn session(&self, token_hash: &str) -> Result<Option<Session>, StoreError> {
        self.people.session(token_hash).await
    }

    async fn touch_session(&self, token_hash: &str, now_ms: i64) -> Result<(), StoreError> {
        self.people.touch_session(token_hash, now_ms).await
    }

    async fn end_session(&self, token_hash: &str) -> Result<(), StoreError> {
        self.people.end_session(token_hash).await
    }

    async fn begin_try(
        &self,
        names: &[(String, Allowance)],
        now_ms: i64,
    ) -> Result<Result<(), u32>, StoreError> {
        self.people.begin_try(names, now_ms).await
    }

    async fn end_try(&self, clear: &str, take_back: Option<&str>) -> Result<(), StoreError> {
        self.people.end_try(clear, take_back).await
    }

    async fn take_back_try(&self, names: &[String]) -> Result<(), StoreError> {
        self.people.take_back_try(names).await
    }
}

#[tokio::test]
async fn a_wrong_password_asks_as_much_of_the_store_as_a_wrong_code() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&folder.path().join("hms.db"))
        .await
        .unwrap();
    let people = Arc::new(Counted {
        people: Arc::new(store.people()),
        calls: AtomicU32::new(0),
    });
    let key = ServerKey::fresh();
    let door = Doorkeeper::new(people.clone(), key.clone());
    let hash = Passwords::default().hash(PASSWORD).await.unwrap();
    let mut accounts = Vec::new();
    for name in ["ivy", "sam"] {
        let account = Account {
            id: Uuid::now_v7(),
            email: format!("{name}@x.example"),
            name: name.to_owned(),
            roles: vec!["investigator".to_owned()],
            language: None,
            password_hash: hash.clone(),
            created_ms: wall_ms(),
            disabled_ms: None,
        };
        people.add(&account).await.unwrap();
        accounts.push(account.id);
    }
    let begun = door.begin_second_step(accounts[0], "Ivy").await.unwrap();
    let secret = begun.unwrap().secret;
    let code = shown(&secret, 0);
    let confirmed = door.confirm_second_step(accounts[0], &code).await;
    assert!(confirmed.unwrap().is_some());
    for (code, expect) in [("", 0), ("not a code", 1), (code.as_str(), 1)] {
        for (email, password) in [
            ("ivy@x.example", PASSWORD),
            ("ivy@x.example", "another one, wrong"),
            // Nor does it tell who has a second step, and who is known.
            ("sam@x.example", "another one, wrong"),
            ("eve@x.example", "another one, wrong"),
        ] {
            people.calls.store(0, Ordering::Relaxed);
            let tried = door
                .sign_in(email, password, code, TriedFrom::default())
                .await;
            assert_eq!(tried.err(), Some(Refused::WrongSecret), "{email} {code}");
            let calls = people.calls.load(Ordering::Relaxed);
            assert_eq!(calls, expect, "{email} with {password} and {code:?}");
            // Nobody has to wait here.
            let account = key.pseudonym("account", email);
            people.end_try(&account, None).await.unwrap();
        }
    }
}

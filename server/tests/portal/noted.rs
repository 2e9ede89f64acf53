//! What the audit trail keeps beside changes: who read what, who came and went. Nothing personal and no secret is in it.

use hms_app::agency::{Agency, Refused, Visitor};
use hms_app::views::InboxTab;
use hms_server::identity::Passwords;
use hms_server::store::{TokenRow, TrailRow};
use hms_server::trail::{self, Deed};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::browser::{get, pages, post};
use crate::house::{House, draft, house};

const DEFINITION: &str = include_str!("../../../workflows/ftc-complaint.yml");
const PASSWORD: &str = "four words nobody joins";

/// The house's rows of a kind, the first first: who, what, about.
pub(crate) async fn noted(house: &House, order: &str) -> Vec<(String, Value, Option<Uuid>)> {
    let rows = rows(house).await;
    let row = |row: TrailRow| {
        let command: Value = serde_json::from_str(&row.command).unwrap();
        (command["order"] == order).then_some((row.who, command, row.about))
    };
    rows.into_iter().filter_map(row).collect()
}

async fn rows(house: &House) -> Vec<TrailRow> {
    let trail = house.store.trail();
    trail.trail_of(None, 0, 10_000).await.unwrap()
}

async fn id(house: &House, who: &Visitor) -> Uuid {
    house.desk.person(who).await.unwrap().unwrap().id
}

#[tokio::test]
async fn each_read_of_a_case_leaves_its_entry_once_a_minute() {
    let house = house(1.0).await;
    let pages = pages(&house, DEFINITION).await;
    house.severe_report().await;
    let ivy = house.staff("Ivy", &["investigator"]).await;
    let ada = house.staff("Ada", &["auditor"]).await;
    let task = house.only_task(&ivy, InboxTab::Unassigned).await;
    assert_eq!(noted(&house, "read").await, [], "a list is no case");
    let run = house.desk.task(&ivy, task).await.unwrap().run_id;
    let (ivy_is, ada_is) = (
        format!("person:{}", id(&house, &ivy).await),
        format!("person:{}", id(&house, &ada).await),
    );
    let cookie = format!("hms_session={}", ada.session.clone().unwrap().0);
    for address in [
        format!("/admin/runs/{run}"),
        format!("/inbox/{task}"),
        format!("/admin/runs/{run}/case.json"),
        format!("/admin/runs/{run}/case.html"),
        "/admin/mails".to_owned(),
        "/admin/people".to_owned(),
        // What shows nobody's case or account leaves nothing.
        "/admin".to_owned(),
        "/admin/runs".to_owned(),
        "/admin/workers".to_owned(),
    ] {
        // A page that is loaded again within the minute is one read.
        for _ in 0..2 {
            let page = get(&pages, &address, "en", &cookie).await;
            assert_eq!(page.status, 200, "{address}");
        }
    }
    let found = noted(&house, "read").await;
    let expect = [
        (
            &ivy_is,
            json!({"order": "read", "what": "task", "id": task}),
            Some(run),
        ),
        (&ada_is, json!({"order": "read", "what": "run"}), Some(run)),
        (
            &ada_is,
            json!({"order": "read", "what": "task", "id": task}),
            Some(run),
        ),
        (&ada_is, json!({"order": "read", "what": "case"}), Some(run)),
        (&ada_is, json!({"order": "read", "what": "mails"}), None),
        (&ada_is, json!({"order": "read", "what": "people"}), None),
    ];
    // The minute may turn once while the test runs.
    let mut once: Vec<_> = Vec::new();
    for row in found {
        if !once.contains(&row) {
            once.push(row);
        }
    }
    let expect: Vec<_> = expect
        .into_iter()
        .map(|(who, command, about)| (who.clone(), command, about))
        .collect();
    assert_eq!(once, expect);
}

#[tokio::test]
async fn what_is_refused_was_not_read() {
    let house = house(1.0).await;
    house.severe_report().await;
    let ivy = house.staff("Ivy", &["investigator"]).await;
    let cal = house.staff("Cal", &["clerk"]).await;
    let task = house.only_task(&ivy, InboxTab::Unassigned).await;
    for refused in [
        house.desk.task(&cal, task).await.unwrap_err(),
        house
            .desk
            .task(&Visitor::default(), task)
            .await
            .unwrap_err(),
        house.desk.run(&ivy, Uuid::nil()).await.unwrap_err(),
        house.desk.mails(&ivy).await.unwrap_err(),
    ] {
        assert!(matches!(
            refused,
            Refused::NotFound | Refused::NotAllowed | Refused::SignIn
        ));
    }
    assert_eq!(noted(&house, "read").await, []);
}

#[tokio::test]
async fn who_comes_and_goes_is_noted_without_address_and_password() {
    let house = house(1.0).await;
    let pages = pages(&house, DEFINITION).await;
    let maria = house.staff("Maria", &["investigator"]).await;
    let maria = id(&house, &maria).await;
    let hash = Passwords::default().hash(PASSWORD).await.unwrap();
    let people = house.store.people();
    people
        .set_password("maria@agency.example", &hash)
        .await
        .unwrap();
    let sign_in = async |email: &str, password: &str| {
        let fields = [("email", email), ("password", password)];
        post(&pages, "/sign-in", "", &fields).await
    };
    let unknown = "stranger-with-a-name@x.example";
    assert_eq!(sign_in(unknown, "wrong-secret-words").await.status, 422);
    assert_eq!(
        sign_in("Maria@agency.example", "wrong-secret-words")
            .await
            .status,
        422
    );
    let page = sign_in("maria@agency.example", PASSWORD).await;
    assert_eq!(page.status, 303);
    let cookie = page.cookie.split(';').next().unwrap().to_owned();
    assert_eq!(post(&pages, "/sign-out", &cookie, &[]).await.status, 303);

    let me = format!("person:{maria}");
    let found = noted(&house, "sign_in").await;
    let told: Vec<_> = found
        .iter()
        .map(|(who, command, about)| (who.as_str(), command["what"].as_str().unwrap(), *about))
        .collect();
    assert_eq!(
        told,
        [
            ("nobody", "failed", None),
            ("nobody", "failed", Some(maria)),
            (me.as_str(), "signed_in", Some(maria)),
            (me.as_str(), "signed_out", Some(maria)),
        ]
    );
    // Whoever tries the same address again can be known by it, and by nothing else.
    let pseudonym = found[0].1["id"].as_str().unwrap();
    assert_eq!(pseudonym, house.key.pseudonym("account", unknown));
    let all = format!("{:?}", rows(&house).await);
    for secret in [
        unknown,
        "stranger",
        "agency.example",
        "Maria",
        "wrong-secret",
        PASSWORD,
    ] {
        assert!(!all.contains(secret), "{secret}");
    }
    assert!(!all.contains(cookie.trim_start_matches("hms_session=")));

    // Taking one of them away is found.
    let key = house.key.seal().public_key();
    let now = house.orchestrator.now();
    let kept = house.store.trail();
    trail::seal(kept.as_ref(), &house.key.seal(), now, None)
        .await
        .unwrap();
    let mut faults = Vec::new();
    let mut tell = |fault: trail::Fault| faults.push(fault.to_string());
    trail::verify(kept.as_ref(), Some(key), None, &mut tell)
        .await
        .unwrap();
    assert_eq!(faults, [""; 0]);
    house
        .tamper("DELETE FROM audit WHERE command LIKE '%signed_in%'")
        .await;
    let mut faults = Vec::new();
    let mut tell = |fault: trail::Fault| faults.push(fault.to_string());
    trail::verify(kept.as_ref(), Some(key), None, &mut tell)
        .await
        .unwrap();
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert!(faults[0].contains("was removed"), "{faults:?}");
}

#[tokio::test]
async fn a_receipt_shown_is_noted_right_or_wrong() {
    let house = house(1.0).await;
    let filed = house.desk.file_report(draft("Help.")).await.unwrap();
    let other = house.desk.file_report(draft("Other.")).await.unwrap();
    let wrong = house
        .desk
        .open_report(&filed.number, &other.receipt.0)
        .await;
    assert_eq!(wrong.unwrap_err(), Refused::WrongSecret);
    house
        .desk
        .open_report(&filed.number, &filed.receipt.0)
        .await
        .unwrap();
    let found = noted(&house, "sign_in").await;
    let run = house.orchestrator.shelf().report(&filed.number).await;
    let run = run.unwrap().unwrap().run_id;
    let told: Vec<_> = found
        .iter()
        .map(|(who, command, about)| {
            let what = command["what"].as_str().unwrap();
            (who.as_str(), what, command["id"].as_str().unwrap(), *about)
        })
        .collect();
    assert_eq!(
        told,
        [
            (
                "reporter",
                "receipt_failed",
                filed.number.as_str(),
                Some(run)
            ),
            (
                "reporter",
                "receipt_opened",
                filed.number.as_str(),
                Some(run)
            ),
        ]
    );
    let all = format!("{:?}", rows(&house).await);
    assert!(!all.contains(&filed.receipt.0) && !all.contains(&other.receipt.0));
    // Their own page, however often it asks, is not noted.
    house.status(&filed).await;
    assert_eq!(noted(&house, "read").await, []);
}

/// The pages an auditor opens have no form but those of their own sign-in, and nothing they send changes anything.
#[tokio::test]
async fn an_auditor_reads_all_and_finds_no_button() {
    let house = house(1.0).await;
    let pages = pages(&house, DEFINITION).await;
    house.severe_report().await;
    let ivy = house.staff("Ivy", &["investigator"]).await;
    let task = house.only_task(&ivy, InboxTab::Unassigned).await;
    let run = house.desk.task(&ivy, task).await.unwrap().run_id;
    let ada = house.staff("Ada", &["auditor"]).await;
    let cookie = format!("hms_session={}", ada.session.clone().unwrap().0);
    let person = id(&house, &ivy).await;
    for address in [
        "/inbox".to_owned(),
        format!("/inbox/{task}"),
        "/admin".to_owned(),
        "/admin/runs".to_owned(),
        format!("/admin/runs/{run}"),
        "/admin/workflows/FTC-Complaint".to_owned(),
        "/admin/workers".to_owned(),
        "/admin/mails".to_owned(),
        "/admin/people".to_owned(),
        format!("/admin/people/{person}"),
        "/admin/audit".to_owned(),
    ] {
        let page = get(&pages, &address, "en", &cookie).await;
        assert_eq!(page.status, 200, "{address}");
        let posts: Vec<&str> = page
            .html
            .split("<form")
            .skip(1)
            .filter(|form| {
                let tag = form.split('>').next().unwrap_or_default();
                tag.contains("method=\"post\"")
                    && !tag.contains("action=\"/sign-out\"")
                    && !tag.contains("action=\"/sign-in/stay\"")
            })
            .collect();
        assert_eq!(posts, [""; 0], "{address}");
    }
    let before = house.orchestrator.shelf().run(run).await.unwrap().unwrap();
    for (address, act) in [
        (format!("/inbox/{task}"), "accept"),
        (format!("/admin/runs/{run}"), "cancel"),
        (format!("/admin/people/{person}"), "disable"),
    ] {
        let fields = [("act", act), ("cancel-note", "x"), ("note", "x")];
        let page = post(&pages, &address, &cookie, &fields).await;
        assert!(
            matches!(page.status, 403 | 404),
            "{address}: {}",
            page.status
        );
    }
    let after = house.orchestrator.shelf().run(run).await.unwrap().unwrap();
    assert_eq!(before.run, after.run);
}

#[tokio::test]
async fn a_token_is_called_by_its_name() {
    let house = house(1.0).await;
    let pages = pages(&house, DEFINITION).await;
    let token = TokenRow {
        id: Uuid::from_u128(77),
        hash: "h".to_owned(),
        name: "the night labeller".to_owned(),
        actors: Vec::new(),
        verbs: Vec::new(),
        created_ms: 0,
        expires_ms: None,
        last_used_ms: None,
        revoked_ms: None,
    };
    house.store.tokens().add(&token).await.unwrap();
    let deed = Deed::read(format!("token:{}", token.id), "history");
    let notebook = house.orchestrator.notebook();
    notebook.note(&deed).await.unwrap();
    // One that is not there any more still has its id.
    let gone = Deed::read("token:00000000-0000-0000-0000-0000000000ab", "history");
    notebook.note(&gone).await.unwrap();
    let ada = house.staff("Ada", &["auditor"]).await;
    let cookie = format!("hms_session={}", ada.session.unwrap().0);
    for (language, told) in [
        (
            "en",
            [
                "Program with token “the night labeller”",
                "Token “the night labeller”",
                "Program with token …0000000000ab",
            ],
        ),
        (
            "es",
            [
                "Programa con la clave «the night labeller»",
                "Clave «the night labeller»",
                "Programa con la clave …0000000000ab",
            ],
        ),
    ] {
        let page = get(&pages, "/admin/audit", language, &cookie).await;
        for told in told {
            assert!(page.has(told), "{told}: {}", page.html);
        }
    }
}

#[tokio::test]
async fn a_supervisor_finds_the_figures_and_the_runs() {
    let house = house(1.0).await;
    let pages = pages(&house, DEFINITION).await;
    for (role, there) in [
        ("supervisor", true),
        ("supervisor@FTC-Complaint", true),
        ("investigator", false),
    ] {
        let who = house.staff(&role.replace('@', ""), &[role]).await;
        let cookie = format!("hms_session={}", who.session.unwrap().0);
        let page = get(&pages, "/inbox", "en", &cookie).await;
        for way in ["href=\"/admin\"", "href=\"/admin/runs\""] {
            assert_eq!(page.has(way), there, "{role} {way}");
        }
        assert!(!page.has("href=\"/admin/people\""), "{role}");
        let status = get(&pages, "/admin", "en", &cookie).await.status;
        assert_eq!(status == 200, there, "{role}");
    }
}

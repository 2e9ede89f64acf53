//! Filing a report and finding it again.

use axum::Router;
use axum::extract::Request;
use axum::http::HeaderValue;
use axum::middleware::{Next, from_fn};
use hms_app::agency::{Agency, Refused};
use hms_app::views::{Draft, Rule};
use hms_server::edge::{self, Peer, Proxies, ProxyHeader};
use hms_server::identity::{Doorkeeper, ReceiptSecret, ReportNumber, ServerKey};
use hms_server::orchestrator::{NewEvent, NewReport, Sight};
use hms_server::store::RunQuery;
use serde_json::json;
use uuid::Uuid;

use crate::browser::{pages, post};
use crate::guesses::Guesses;
use crate::house::{draft, house, refused, reporter};
use crate::services::ALL_KINDS;

fn all_runs() -> RunQuery {
    RunQuery {
        limit: 10,
        ..RunQuery::default()
    }
}

#[tokio::test]
async fn a_draft_sent_again_is_one_report_with_one_receipt() {
    let house = house(1.0).await;
    let draft = Draft {
        text: " They called.\r\nI paid. ".into(),
        lost: "$1,200.50".into(),
        contact: "phone".into(),
        email: " me@example.org ".into(),
        ..draft("")
    };
    let first = house.desk.file_report(draft.clone()).await.unwrap();
    // At the same time, from another tab, and after something else was typed.
    let changed = Draft {
        text: "Something else".into(),
        ..draft.clone()
    };
    let (second, third) = tokio::join!(
        house.desk.file_report(draft.clone()),
        house.desk.file_report(changed)
    );
    for again in [second.unwrap(), third.unwrap()] {
        assert_eq!(
            (&again.number, &again.receipt),
            (&first.number, &first.receipt)
        );
    }
    let runs = house.orchestrator.shelf().runs(&all_runs()).await.unwrap();
    assert_eq!(runs.len(), 1);
    assert_eq!(runs[0].case(), first.number);
    let mut payload = runs[0].run.payload.clone();
    let kept = payload["email"].as_str().unwrap();
    assert!(kept.starts_with("personal:"), "{kept}");
    let (id, all) = (runs[0].run.id, Sight::Clear);
    let shown = house
        .orchestrator
        .show_personal(id, &mut payload, all)
        .await;
    shown.unwrap();
    assert_eq!(
        payload,
        json!({
            "complaintId": first.number, "text": "They called.\nI paid.", "lost": 1200.5,
            "contact": "phone", "email": "me@example.org", "language": "en",
        })
    );
    let other = house
        .desk
        .file_report(crate::house::draft("Spam calls"))
        .await
        .unwrap();
    assert_ne!((other.number, other.receipt), (first.number, first.receipt));
}

#[tokio::test]
async fn the_same_draft_at_once_is_one_report_too() {
    let house = house(1.0).await;
    let draft = draft("Spam calls");
    let mut sent = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let (desk, draft) = (house.desk.clone(), draft.clone());
        sent.spawn(async move { desk.file_report(draft).await.unwrap() });
    }
    let filed = sent.join_all().await;
    assert!(filed.iter().all(|again| again.number == filed[0].number));
    assert!(filed.iter().all(|again| again.receipt == filed[0].receipt));
    let runs = house.orchestrator.shelf().runs(&all_runs()).await.unwrap();
    assert_eq!(runs.len(), 1);
}

#[tokio::test]
async fn faults_are_told_at_their_fields_and_nothing_is_filed() {
    let house = house(1.0).await;
    let wrong = Draft {
        lost: "a lot".into(),
        email: "me".into(),
        ..draft("  ")
    };
    let Refused::Form(faults) = refused(house.desk.file_report(wrong).await) else {
        panic!("the form's faults");
    };
    let told: Vec<(&str, Rule)> = faults
        .iter()
        .map(|fault| (fault.field.as_str(), fault.rule))
        .collect();
    assert_eq!(
        told,
        [
            ("text", Rule::Required),
            ("lost", Rule::Money),
            ("email", Rule::Email)
        ]
    );
    let runs = house.orchestrator.shelf().runs(&all_runs()).await.unwrap();
    assert!(runs.is_empty());
}

#[tokio::test]
async fn a_number_that_is_taken_is_passed_over_each_time_alike() {
    let house = house(1.0).await;
    let draft = draft("Spam calls");
    let taken = ReportNumber::of_draft(&house.key, draft.id, 0).to_string();
    let others = NewEvent {
        name: "ComplaintLogged".into(),
        payload: json!({ "complaintId": taken, "text": "Another person's" }),
        origin: None,
        report: Some(NewReport {
            number: taken.clone(),
            receipt_hash: "theirs".into(),
            workflow: None,
        }),
    };
    house.orchestrator.emit(others).await.unwrap();
    let first = house.desk.file_report(draft.clone()).await.unwrap();
    let next = ReportNumber::of_draft(&house.key, draft.id, 1).to_string();
    assert_eq!(first.number, next);
    let again = house.desk.file_report(draft).await.unwrap();
    assert_eq!((again.number, again.receipt), (first.number, first.receipt));
}

#[tokio::test]
async fn number_and_receipt_open_the_report_however_they_are_typed() {
    let house = house(1.0).await;
    let filed = house.desk.file_report(draft("Spam calls")).await.unwrap();
    let number = filed.number.replace('-', " ");
    let receipt = filed.receipt.0.replace('-', "").to_lowercase();
    let opened = house.desk.open_report(&number, &receipt).await.unwrap();
    assert_eq!(opened.number, filed.number);
    let status = house.desk.status(&reporter(&opened.token), &number).await;
    assert_eq!(status.unwrap().number, filed.number);
}

#[tokio::test]
async fn a_wrong_receipt_and_an_unknown_number_get_the_same_answer() {
    let house = house(1.0).await;
    let filed = house.desk.file_report(draft("Spam calls")).await.unwrap();
    let strange = (ServerKey::fresh(), Uuid::new_v4());
    let wrong = ReceiptSecret::of_draft(&strange.0, strange.1, 0).written();
    let unknown = ReportNumber::of_draft(&strange.0, strange.1, 0).to_string();
    for number in [&filed.number, &unknown] {
        // What is mistyped can be nobody's: it is not counted as a guess.
        for mistyped in ["", "nonsense", "7Q4M-2XKD-9FHT-C0VZ-0000"] {
            for _ in 0..3 {
                let answer = house.desk.open_report(number, mistyped).await;
                assert_eq!(answer, Err(Refused::WrongSecret));
            }
        }
        for _ in 0..5 {
            let answer = house.desk.open_report(number, &wrong).await;
            assert_eq!(answer, Err(Refused::WrongSecret));
        }
        let answer = house.desk.open_report(number, &wrong).await;
        assert!(matches!(answer, Err(Refused::TooMany(1..=2))), "{answer:?}");
    }
    // Even the right one waits then; it is not locked out for good.
    let answer = house
        .desk
        .open_report(&filed.number, &filed.receipt.0)
        .await;
    assert!(matches!(answer, Err(Refused::TooMany(1..=2))), "{answer:?}");
    let opened = crate::house::eventually("the wait to end", async || {
        let answer = house.desk.open_report(&filed.number, &filed.receipt.0);
        answer.await.ok()
    });
    assert_eq!(opened.await.number, filed.number);
}

#[tokio::test]
async fn a_wrong_receipt_and_an_unknown_number_take_the_same_time() {
    let house = house(1.0).await;
    let mut guesses = Guesses::none();
    for _ in 0..20 {
        let filed = house.desk.file_report(draft("Spam calls")).await.unwrap();
        guesses.at(&house, &filed.number).await;
    }
    guesses.took_the_same();
}

#[tokio::test]
async fn a_reporter_sees_their_own_report_only() {
    let house = house(1.0).await;
    let mine = house.desk.file_report(draft("Mine")).await.unwrap();
    let theirs = house.desk.file_report(draft("Theirs")).await.unwrap();
    let me = reporter(&mine.token);
    assert!(house.desk.status(&me, &mine.number).await.is_ok());
    for number in [theirs.number.as_str(), "4839-2017-55", "x"] {
        let answer = house.desk.status(&me, number).await;
        assert_eq!(answer, Err(Refused::NotFound), "{number}");
    }
    let nobody = house.desk.status(&Default::default(), &mine.number).await;
    assert_eq!(nobody, Err(Refused::SignIn));
    // Being of the staff opens no status page.
    let ivy = house.staff("Ivy", &["investigator", "administrator"]).await;
    assert_eq!(
        house.desk.status(&ivy, &mine.number).await,
        Err(Refused::SignIn)
    );
}

/// The same pages, asked for through a proxy that is named, from this address.
fn from(pages: &Router, address: &'static str) -> Router {
    let proxy = "192.0.2.1:443".parse().unwrap();
    let proxies = Proxies::new(vec!["192.0.2.1".parse().unwrap()], ProxyHeader::XForwarded);
    let said = move |mut request: Request, next: Next| async move {
        request.extensions_mut().insert(Peer {
            address: proxy,
            encrypted: true,
        });
        let address = HeaderValue::from_static(address);
        request.headers_mut().insert("x-forwarded-for", address);
        next.run(request).await
    };
    edge::around(pages.clone(), proxies).layer(from_fn(said))
}

#[tokio::test]
async fn so_many_reports_come_from_one_address_and_nothing_typed_is_lost() {
    let house = house(1.0).await;
    let pages = pages(&house, ALL_KINDS).await;
    let door = Doorkeeper::new(house.store.people(), house.key.clone());
    let (here, there) = (from(&pages, "203.0.113.7"), from(&pages, "203.0.113.8"));
    let file = async |pages: &Router| {
        let draft = Uuid::new_v4().to_string();
        let fields = [
            ("id", draft.as_str()),
            ("text", "They emptied my account."),
            ("contact", ""),
            ("step", "check"),
            ("checking", "1"),
            ("go", "send"),
        ];
        post(pages, "/report", "", &fields).await
    };
    let to_service = async |pages: &Router| {
        let fields = [("what", "A deep hole.")];
        post(pages, "/report/pothole", "", &fields).await
    };
    let mut free = 0;
    while door.may_file(Some("203.0.113.7")).await.is_ok() {
        free += 1;
    }
    assert!(free >= 120, "{free}");
    for typed in ["They emptied my account.", "A deep hole."] {
        let mut turned_away = None;
        // One more is let in every few seconds, and may be just now.
        for _ in 0..20 {
            while door.may_file(Some("203.0.113.7")).await.is_ok() {}
            let page = match typed {
                "A deep hole." => to_service(&here).await,
                _ => file(&here).await,
            };
            if page.status == 429 {
                turned_away = Some(page);
                break;
            }
        }
        let page = turned_away.expect("nobody is told to wait");
        assert!(page.has("Wait ") && page.has(typed), "{}", page.html);
    }
    // Elsewhere nobody waits, and who cannot be told from others does not either.
    let page = file(&there).await;
    assert_eq!(page.status, 200, "{}", page.html);
    let page = to_service(&there).await;
    assert_eq!(page.status, 200, "{}", page.html);
    assert_eq!(file(&pages).await.status, 200);
    // Nor does anybody have to wait for signing in, because somebody there files reports.
    let tried = door.begin_try("account", "ivy@x.example", Some("203.0.113.7"));
    assert!(tried.await.is_ok());
}

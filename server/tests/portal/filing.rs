//! Filing a report and finding it again.

use hms_app::agency::{Agency, Refused};
use hms_app::views::{Draft, Rule};
use hms_server::identity::{ReceiptSecret, ReportNumber, ServerKey};
use hms_server::orchestrator::{NewEvent, NewReport, Sight};
use hms_server::store::RunQuery;
use serde_json::json;
use uuid::Uuid;

use crate::guesses::Guesses;
use crate::house::{draft, house, refused, reporter};

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

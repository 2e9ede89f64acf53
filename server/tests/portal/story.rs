//! The story of a report, as its reporter reads it.

use hms_app::agency::{Agency, Visitor};
use hms_app::views::{
    Decision, Happened, Holder, InboxTab, Language, ReportState, SendOn, StatusView, TaskAct,
};
use serde_json::json;

use crate::house::{House, draft, eventually, house, refused, reporter};

/// Four hours in four seconds: enough for what must happen before, on a busy machine.
const FAST: f64 = 3_600.0;

/// What happened, in short.
fn told(status: &StatusView) -> Vec<String> {
    let line = |what: &Happened| match what {
        Happened::Received => "received".to_owned(),
        Happened::Began { title, .. } => format!("began: {title}"),
        Happened::Taken { title } => format!("taken: {title}"),
        Happened::Done { title } => format!("done: {title}"),
        Happened::Missed { title, now } => format!("missed: {title}; now: {now:?}"),
        Happened::Paused { reason, .. } => format!("paused: {reason}"),
        Happened::Continued { .. } => "continued".to_owned(),
        Happened::Extended { reason, .. } => format!("extended: {reason}"),
        Happened::Moved { .. } => "moved".to_owned(),
        Happened::Revised { .. } => "revised".to_owned(),
        Happened::Added { .. } => "added".to_owned(),
        Happened::Held => "held".to_owned(),
        Happened::Resumed => "resumed".to_owned(),
        Happened::Finished => "finished".to_owned(),
        Happened::Cancelled => "cancelled".to_owned(),
    };
    status
        .events
        .iter()
        .map(|event| line(&event.what))
        .collect()
}

const READ: &str = "We read your report";
const REVIEW: &str = "An investigator reviews your report";
const SUPERVISOR: &str = "A supervisor takes over your report";
const TELL: &str = "We tell you the result";

#[tokio::test]
async fn a_severe_report_is_reviewed_in_time() {
    let house = house(1.0).await;
    let ivy = house.staff("Ivy", &["investigator"]).await;
    let filed = house
        .desk
        .file_report(draft("They emptied my account."))
        .await
        .unwrap();

    let status = house.status(&filed).await;
    assert_eq!(status.state, ReportState::Open);
    assert_eq!(
        told(&status),
        ["received".to_owned(), format!("began: {READ}")]
    );
    assert_eq!(status.current.len(), 1);
    assert_eq!(status.current[0].holder, Holder::Ai);
    assert_eq!(status.current[0].promised, None);

    house.work("AI:fraud-labeler", crate::house::severe()).await;
    let reviewed = house.status(&filed).await;
    assert!(reviewed.seq > status.seq);
    let step = &reviewed.current[0];
    assert_eq!(step.title, REVIEW);
    let four_hours = chrono::TimeDelta::hours(4);
    assert_eq!(step.promised, Some(step.since + four_hours));
    assert!(!step.late);
    let investigator = |taken| Holder::People {
        role: "investigator".into(),
        taken,
    };
    assert_eq!(step.holder, investigator(false));

    let task = house.only_task(&ivy, InboxTab::Unassigned).await;
    house
        .desk
        .act_on_task(&ivy, task, TaskAct::Accept)
        .await
        .unwrap();
    assert_eq!(
        house.status(&filed).await.current[0].holder,
        investigator(true)
    );
    let approve = TaskAct::Decide(Decision::of("approve", "Clear case"));
    house.desk.act_on_task(&ivy, task, approve).await.unwrap();
    house.work("SVC:email-svc", json!({})).await;

    let status = house.status(&filed).await;
    assert_eq!(status.state, ReportState::Finished);
    assert!(status.current.is_empty());
    assert_eq!(
        told(&status),
        [
            "received".to_owned(),
            format!("began: {READ}"),
            format!("done: {READ}"),
            format!("began: {REVIEW}"),
            format!("taken: {REVIEW}"),
            format!("done: {REVIEW}"),
            format!("began: {TELL}"),
            format!("done: {TELL}"),
            "finished".to_owned(),
        ]
    );
    // Names, notes and what the machine thought stay inside.
    let text = serde_json::to_string(&status).unwrap();
    for inside in [
        "Ivy",
        "person:",
        "Clear case",
        "High",
        "worker-1",
        "severity_branch",
    ] {
        assert!(!text.contains(inside), "{inside} in {text}");
    }
}

#[tokio::test]
async fn a_missed_review_goes_to_the_supervisor_and_everybody_is_told() {
    let house = house(FAST).await;
    let ivy = house.staff("Ivy", &["investigator"]).await;
    let sam = house.staff("Sam", &["supervisor"]).await;
    let filed = house.severe_report().await;
    let task = house.only_task(&ivy, InboxTab::Unassigned).await;
    let status = eventually("the deadline", async || {
        let status = house.status(&filed).await;
        (status.current.first()?.title == SUPERVISOR).then_some(status)
    })
    .await;
    assert_eq!(
        told(&status)[2..],
        [
            format!("done: {READ}"),
            format!("began: {REVIEW}"),
            format!("missed: {REVIEW}; now: Some({SUPERVISOR:?})"),
            format!("began: {SUPERVISOR}"),
        ]
    );
    let supervisor = Holder::People {
        role: "supervisor".into(),
        taken: false,
    };
    assert_eq!(status.current[0].holder, supervisor);

    // The supervisor has it under Escalated, the investigator sees how it closed.
    let escalated = house.only_task(&sam, InboxTab::Escalated).await;
    let done = house.desk.inbox(&ivy, InboxTab::Done.into()).await.unwrap();
    assert_eq!(
        (done.rows[0].id, done.rows[0].status.as_str()),
        (task, "TIMEOUT")
    );
    let seen = house.desk.task(&ivy, task).await.unwrap();
    let closed = seen.closed.unwrap();
    assert_eq!((closed.status.as_str(), closed.by), ("TIMEOUT", None));

    let late = TaskAct::Decide(Decision::of("approve", ""));
    let conflict = refused(house.desk.act_on_task(&ivy, task, late.clone()).await);
    let text = serde_json::to_string(&conflict).unwrap();
    assert!(text.contains("TIMEOUT"), "{text}");
    house.desk.act_on_task(&sam, escalated, late).await.unwrap();
    house.work("SVC:email-svc", json!({})).await;
    assert_eq!(house.status(&filed).await.state, ReportState::Finished);
    one_breach(&house).await;
}

/// The SLA report counts the one breach.
async fn one_breach(house: &House) {
    let ada = house.staff("Ada", &["administrator"]).await;
    let now = house.orchestrator.now();
    let query = hms_app::agency::SlaQuery::last_days(now, 30);
    let report = house.desk.sla_report(&ada, query).await.unwrap();
    assert_eq!((report.total.met, report.total.breached), (0, 1));
    assert_eq!(report.total.compliance(), Some(0.0));
    assert_eq!(report.steps[0].title, REVIEW);
    assert_eq!(report.days.len(), 30);
    let by_day: u64 = report.days.iter().map(|day| day.figures.breached).sum();
    assert_eq!(by_day, 1);
}

#[tokio::test]
async fn a_report_that_no_case_fits_is_held_and_goes_on_when_sent_on() {
    let house = house(1.0).await;
    let ada = house.staff("Ada", &["administrator"]).await;
    let filed = house.desk.file_report(draft("Spam calls")).await.unwrap();
    house
        .work("AI:fraud-labeler", json!({ "severity": "Odd" }))
        .await;
    let status = house.status(&filed).await;
    assert_eq!(status.state, ReportState::Held);
    assert_eq!(told(&status).last().map(String::as_str), Some("held"));

    let filter = hms_app::views::RunsFilter::Stopped;
    let query = hms_app::views::RunsQuery {
        filter,
        ..Default::default()
    };
    let page = house.desk.runs(&ada, query).await.unwrap();
    assert_eq!(page.rows.len(), 1);
    let run = page.rows[0].id;
    let view = house.desk.run(&ada, run).await.unwrap();
    assert!(
        view.incidents[0].message.contains("Odd"),
        "{:?}",
        view.incidents
    );
    let send = SendOn {
        incident: Some(view.incidents[0].number),
        to: Some("human_review".to_owned()),
        note: "A person shall look".into(),
    };
    house.desk.retry_run(&ada, run, send).await.unwrap();
    let status = house.status(&filed).await;
    assert_eq!(status.state, ReportState::Open);
    assert_eq!(
        told(&status)[4..],
        ["resumed".to_owned(), format!("began: {REVIEW}")]
    );
    house
        .desk
        .cancel_run(&ada, run, "A test".into())
        .await
        .unwrap();
    let status = house.status(&filed).await;
    assert_eq!(status.state, ReportState::Cancelled);
    assert_eq!(told(&status).last().map(String::as_str), Some("cancelled"));
    assert!(status.current.is_empty());
}

#[tokio::test]
async fn a_report_is_told_in_the_language_asked_for() {
    let house = house(1.0).await;
    let filed = house.desk.file_report(draft("Spam calls")).await.unwrap();
    let who = Visitor {
        language: Language::Es,
        ..reporter(&filed.token)
    };
    let status = house.desk.status(&who, &filed.number).await.unwrap();
    assert_eq!(status.current[0].title, "Leemos su denuncia");
}

//! What administrators and supervisors read, and nobody else.

use hms_app::agency::{Agency, Refused, SlaQuery};
use hms_app::views::{Decision, InboxTab, Rule, RunsFilter, RunsQuery, SendOn, TaskAct};
use serde_json::json;
use uuid::Uuid;

use crate::house::{draft, house, refused};

#[tokio::test]
async fn each_page_is_open_to_its_roles_and_closed_to_all_others() {
    let house = house(1.0).await;
    house.severe_report().await;
    let query = || SlaQuery::last_days(house.orchestrator.now(), 7);
    let run = {
        let ada = house.staff("Zoe", &["administrator"]).await;
        let page = house.desk.runs(&ada, RunsQuery::default()).await.unwrap();
        page.rows[0].id
    };
    // (roles, SLA and runs, all else)
    for (name, roles, figures, all) in [
        ("Ada", &["administrator"][..], true, true),
        ("Sam", &["supervisor"][..], true, false),
        ("Ivy", &["investigator"][..], false, false),
        ("Nan", &[][..], false, false),
    ] {
        let who = house.staff(name, roles).await;
        let desk = &house.desk;
        let answers = [
            (desk.sla_report(&who, query()).await.err(), figures),
            (desk.runs(&who, RunsQuery::default()).await.err(), figures),
            (desk.run(&who, run).await.err(), figures),
            (desk.workers(&who).await.err(), all),
            (desk.workflows(&who).await.err(), all),
            (desk.workflow(&who, "FTC-Complaint").await.err(), all),
            (desk.mails(&who).await.err(), all),
        ];
        for (n, (refused, allowed)) in answers.into_iter().enumerate() {
            let expected = (!allowed).then_some(Refused::NotAllowed);
            assert_eq!(refused, expected, "{name}, page {n}");
        }
        if !all {
            let cancelled = desk.cancel_run(&who, run, "why".into()).await;
            assert_eq!(refused(cancelled), Refused::NotAllowed);
            let retried = desk.retry_run(&who, run, SendOn::default()).await;
            assert_eq!(refused(retried), Refused::NotAllowed);
        }
    }
    let nobody = Default::default();
    assert_eq!(
        refused(house.desk.runs(&nobody, RunsQuery::default()).await),
        Refused::SignIn
    );
    assert_eq!(refused(house.desk.workers(&nobody).await), Refused::SignIn);
}

#[tokio::test]
async fn a_run_tells_its_tasks_and_who_did_what() {
    let house = house(1.0).await;
    let ivy = house.staff("Ivy", &["investigator"]).await;
    let ada = house.staff("Ada", &["administrator"]).await;
    let filed = house.severe_report().await;
    let task = house.only_task(&ivy, InboxTab::Unassigned).await;
    house
        .desk
        .act_on_task(&ivy, task, TaskAct::Accept)
        .await
        .unwrap();
    let by_number = RunsQuery {
        search: Some(filed.number.clone()),
        ..RunsQuery::default()
    };
    let page = house.desk.runs(&ada, by_number).await.unwrap();
    assert!(page.workflows.contains(&"FTC-Complaint".to_owned()));
    let row = &page.rows[0];
    assert_eq!(
        (row.case.as_str(), row.status.as_str()),
        (filed.number.as_str(), "RUNNING")
    );
    assert_eq!(row.at, ["An investigator reviews your report"]);

    let view = house.desk.run(&ada, row.id).await.unwrap();
    assert_eq!(view.payload["complaintId"], json!(filed.number));
    let picture = view.picture.unwrap();
    assert_eq!(picture.matches("hms-diagram__node--here").count(), 1);
    assert!(picture.contains("hms-diagram__node--human hms-diagram__node--here"));
    let tasks: Vec<_> = view
        .tasks
        .iter()
        .map(|task| {
            (
                task.step.as_str(),
                task.status.as_str(),
                task.who.as_deref(),
            )
        })
        .collect();
    assert_eq!(
        tasks,
        [
            ("classify", "DONE", Some("worker-1")),
            ("human_review", "CLAIMED", Some("Ivy")),
        ]
    );
    assert_eq!(view.tasks[0].result.as_ref().unwrap()["severity"], "High");
    let last = view.timeline.last().unwrap();
    assert_eq!(
        (last.kind.as_str(), last.who.as_str()),
        ("task_claimed", "Ivy")
    );
    assert!(view.may_change && view.incidents.is_empty());
    assert_eq!((view.parent, view.called.len()), (None, 0));
    assert!(view.tasks[1].human && !view.tasks[0].human);

    let Refused::Form(faults) = refused(house.desk.cancel_run(&ada, row.id, " ".into()).await)
    else {
        panic!("a note is wanted");
    };
    assert_eq!(
        (faults[0].field.as_str(), faults[0].rule),
        ("note", Rule::Required)
    );
    let view = house
        .desk
        .cancel_run(&ada, row.id, "A duplicate".into())
        .await
        .unwrap();
    assert_eq!(view.row.status, "CANCELLED");
    let last = view.timeline.last().unwrap();
    assert_eq!(
        (last.who.as_str(), &last.detail["note"]),
        ("Ada", &json!("A duplicate"))
    );
    let again = house.desk.cancel_run(&ada, row.id, "Again".into()).await;
    assert!(matches!(refused(again), Refused::Conflict(_)));
    let unknown = house.desk.run(&ada, Uuid::nil()).await;
    assert_eq!(refused(unknown), Refused::NotFound);
}

#[tokio::test]
async fn runs_come_in_pages_and_by_kind() {
    let house = house(1.0).await;
    let ada = house.staff("Ada", &["administrator"]).await;
    for n in 0..60 {
        house
            .desk
            .file_report(draft(&format!("Report {n}")))
            .await
            .unwrap();
    }
    let first = house.desk.runs(&ada, RunsQuery::default()).await.unwrap();
    assert_eq!(first.rows.len(), 50);
    let older = RunsQuery {
        before: first.next,
        ..RunsQuery::default()
    };
    let second = house.desk.runs(&ada, older).await.unwrap();
    assert_eq!((second.rows.len(), second.next), (10, None));
    let mut ids: Vec<Uuid> = first
        .rows
        .iter()
        .chain(&second.rows)
        .map(|row| row.id)
        .collect();
    assert!(ids.is_sorted_by(|newer, older| newer > older));
    ids.dedup();
    assert_eq!(ids.len(), 60);
    for (filter, many) in [
        (RunsFilter::Running, 50),
        (RunsFilter::Human, 0),
        (RunsFilter::Timer, 0),
        // Nobody labels here.
        (RunsFilter::Stuck, 50),
        (RunsFilter::Completed, 0),
        (RunsFilter::Stopped, 0),
        (RunsFilter::Breached, 0),
        (RunsFilter::Cancelled, 0),
    ] {
        let query = RunsQuery {
            filter,
            ..RunsQuery::default()
        };
        let page = house.desk.runs(&ada, query).await.unwrap();
        assert_eq!(page.rows.len(), many, "{filter:?}");
    }
    let workflows = house.desk.workflows(&ada).await.unwrap();
    let open = workflows.iter().find(|row| row.id == "FTC-Complaint");
    assert_eq!(open.map(|row| row.open), Some(60));
}

#[tokio::test]
async fn a_definition_shows_its_steps_and_what_waits_at_them() {
    let house = house(1.0).await;
    let ada = house.staff("Ada", &["administrator"]).await;
    house.severe_report().await;
    let view = house.desk.workflow(&ada, "FTC-Complaint").await.unwrap();
    assert_eq!(view.row.title, "Fraud report");
    let picture = view.picture.unwrap();
    assert!(picture.contains(
        "human_review: HUMAN:investigator · 4h, then notify_citizen or escalate, 1 open."
    ));
    assert!(
        !picture.contains("style"),
        "the pages' policy allows no style inside"
    );
    let review = &view.steps[2];
    assert_eq!(review.does, "HUMAN:investigator");
    assert_eq!((review.sla.as_deref(), review.open), (Some("4h"), 1));
    assert_eq!(
        review.next,
        [
            "approve → notify_citizen",
            "reject → notify_citizen",
            "timeout → escalate"
        ]
    );
    assert_eq!(
        view.steps[1].next,
        ["High → human_review", "Low → notify_citizen"]
    );
    assert!(view.source.starts_with('#'));
    assert!(view.calendars.is_empty(), "it goes by the clock");
    let view = house.desk.workflow(&ada, "FOIA-Request").await.unwrap();
    let federal = house
        .orchestrator
        .registry()
        .calendar("us-federal")
        .unwrap();
    let shown: Vec<_> = view
        .calendars
        .iter()
        .map(|one| (one.title.as_str(), &one.version))
        .collect();
    assert_eq!(shown, [("US federal working days", &federal.version)]);
    assert_eq!(
        refused(house.desk.workflow(&ada, "Nope").await),
        Refused::NotFound
    );
    let workers = house.desk.workers(&ada).await.unwrap();
    assert!(workers.iter().all(|row| row.actor != "HUMAN:investigator"));
}

#[tokio::test]
async fn the_sla_report_counts_what_was_met() {
    let house = house(1.0).await;
    let ivy = house.staff("Ivy", &["investigator"]).await;
    let sam = house.staff("Sam", &["supervisor"]).await;
    for _ in 0..3 {
        house.severe_report().await;
    }
    let rows = house
        .desk
        .inbox(&ivy, InboxTab::Unassigned.into())
        .await
        .unwrap()
        .rows;
    let approve = TaskAct::Decide(Decision::of("approve", ""));
    house
        .desk
        .act_on_task(&ivy, rows[0].id, approve)
        .await
        .unwrap();
    let query = SlaQuery::last_days(house.orchestrator.now(), 7);
    let report = house.desk.sla_report(&sam, query.clone()).await.unwrap();
    let total = report.total;
    assert_eq!(
        (total.met, total.breached, total.open, total.cancelled),
        (1, 0, 2, 0)
    );
    assert_eq!(total.compliance(), Some(1.0));
    assert!(total.p50_ms.is_some() && total.p95_ms >= total.p90_ms);
    assert_eq!(total.accept, None, "no step says by when");
    assert_eq!(report.days.len(), 7);
    assert_eq!(report.days[6].figures.met, 1);
    let step = &report.steps[0];
    assert_eq!((step.step.as_str(), step.figures.open), ("human_review", 2));
    let other = SlaQuery {
        workflow: Some("Another".into()),
        ..query
    };
    let report = house.desk.sla_report(&sam, other).await.unwrap();
    assert_eq!((report.total.met, report.total.open), (0, 0));
}

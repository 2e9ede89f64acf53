//! Roles that are held for one workflow: what is of another is not there, and cannot be changed.

use hms_app::agency::{Agency, Refused, SlaQuery};
use hms_app::views::{ClockAct, Decision, InboxTab, MigrationAsk, RunsQuery, SendOn, TaskAct};

use crate::house::{house, refused};

const DEFINITION: &str = include_str!("../../../workflows/ftc-complaint.yml");

#[tokio::test]
async fn who_has_a_role_elsewhere_sees_nothing_and_changes_nothing() {
    let house = house(1.0).await;
    house.orchestrator.deploy(DEFINITION, "test").await.unwrap();
    house.severe_report().await;
    let desk = &house.desk;
    let ivy = house.staff("Ivy", &["investigator@FTC-Complaint"]).await;
    let task = house.only_task(&ivy, InboxTab::Unassigned).await;
    let run = desk.task(&ivy, task).await.unwrap().run_id;
    let roles = ["investigator@FOIA", "supervisor@FOIA", "administrator@FOIA"];
    let eve = house.staff("Eve", &roles).await;

    let inbox = desk.inbox(&eve, InboxTab::Unassigned.into()).await.unwrap();
    assert_eq!((inbox.rows.len(), inbox.counts.unassigned), (0, 0));
    assert_eq!(refused(desk.task(&eve, task).await), Refused::NotFound);
    let approve = || TaskAct::Decide(Decision::of("approve", ""));
    let more = ClockAct::Extend {
        by: "2h".into(),
        reason: "why".into(),
    };
    let answers = [
        desk.act_on_task(&eve, task, TaskAct::Accept).await.err(),
        desk.act_on_task(&eve, task, approve()).await.err(),
        desk.set_clock(&eve, task, more.clone()).await.err(),
        desk.set_clock(&eve, task, ClockAct::Resume).await.err(),
        desk.run(&eve, run).await.err(),
        desk.cancel_run(&eve, run, "why".into()).await.err(),
        desk.retry_run(&eve, run, SendOn::default()).await.err(),
        desk.workflow(&eve, "FTC-Complaint").await.err(),
        desk.look_at_migration(&eve, "FTC-Complaint", MigrationAsk::default())
            .await
            .err(),
        desk.migrate_runs(&eve, "FTC-Complaint", MigrationAsk::default())
            .await
            .err(),
    ];
    for (n, answer) in answers.into_iter().enumerate() {
        assert_eq!(answer, Some(Refused::NotFound), "act {n}");
    }
    // What is the whole house's is not a workflow's to give.
    for answer in [
        desk.people(&eve, None).await.err(),
        desk.workers(&eve).await.err(),
        desk.mails(&eve).await.err(),
    ] {
        assert_eq!(answer, Some(Refused::NotAllowed));
    }
    let runs = desk.runs(&eve, RunsQuery::default()).await.unwrap();
    assert!(runs.rows.is_empty() && !runs.workflows.contains(&"FTC-Complaint".to_owned()));
    // Also when the other workflow is asked for by its name.
    let asked = RunsQuery {
        workflow: Some("FTC-Complaint".into()),
        ..RunsQuery::default()
    };
    assert!(desk.runs(&eve, asked).await.unwrap().rows.is_empty());
    assert!(desk.workflows(&eve).await.unwrap().is_empty());
    let mut days = SlaQuery::last_days(house.orchestrator.now(), 7);
    for workflow in [None, Some("FTC-Complaint".to_owned())] {
        days.workflow = workflow;
        let report = desk.sla_report(&eve, days.clone()).await.unwrap();
        assert_eq!((report.total.open, report.steps.len()), (0, 0));
    }

    // Ann has the same roles where the case is.
    let roles = ["supervisor@FTC-Complaint", "administrator@FTC-Complaint"];
    let ann = house.staff("Ann", &roles).await;
    assert_eq!(
        desk.runs(&ann, RunsQuery::default())
            .await
            .unwrap()
            .rows
            .len(),
        1
    );
    assert!(desk.run(&ann, run).await.unwrap().may_change);
    assert_eq!(desk.workflows(&ann).await.unwrap().len(), 1);
    days.workflow = None;
    let report = desk.sla_report(&ann, days).await.unwrap();
    assert_eq!(report.total.open, 1);
    desk.set_clock(&ann, task, more).await.unwrap();
    // She sees the task and decides nothing of it; Ivy does.
    let decided = desk.act_on_task(&ann, task, approve()).await;
    assert_eq!(refused(decided), Refused::NotAllowed);
    desk.act_on_task(&ivy, task, approve()).await.unwrap();
    assert_eq!(refused(desk.people(&ann, None).await), Refused::NotAllowed);
}

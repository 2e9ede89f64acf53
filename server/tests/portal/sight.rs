//! Who sees a reporter's personal data at the desk: who has accepted the task, as long as they have it, and nobody else.

use hms_app::agency::Agency;
use hms_app::views::{Decision, Draft, InboxTab, TaskAct};

use crate::browser::{get, pages};
use crate::house::{draft, house, severe};

const DEFINITION: &str = include_str!("../../../workflows/ftc-complaint.yml");
const ADDRESS: &str = "maria.quispe@example.org";
const MASKED: &str = "m…@example.org";

#[tokio::test]
async fn who_has_accepted_a_task_sees_it_and_nobody_else_does() {
    let house = house(1.0).await;
    let pages = pages(&house, DEFINITION).await;
    let report = Draft {
        email: ADDRESS.to_owned(),
        ..draft("They emptied my account.")
    };
    house.desk.file_report(report).await.unwrap();
    house.work("AI:fraud-labeler", severe()).await;
    let ivy = house.staff("Ivy", &["investigator"]).await;
    let max = house.staff("Max", &["investigator"]).await;
    let sue = house.staff("Sue", &["supervisor"]).await;
    let ada = house.staff("Ada", &["auditor"]).await;
    let task = house.only_task(&ivy, InboxTab::Unassigned).await;
    let run = house.desk.task(&ivy, task).await.unwrap().run_id;

    let of_task = format!("/inbox/{task}");
    let of_run = format!("/admin/runs/{run}");
    let told = async |who: &hms_app::agency::Visitor, words: &str| {
        let cookie = format!("hms_session={}", who.session.clone().unwrap().0);
        get(&pages, &of_task, "en", &cookie).await.has(words)
    };
    let look = async |who: &hms_app::agency::Visitor, address: &str| {
        let cookie = format!("hms_session={}", who.session.clone().unwrap().0);
        let page = get(&pages, address, "en", &cookie).await;
        assert_eq!(page.status, 200, "{address}");
        (page.has(ADDRESS), page.has(MASKED))
    };
    let (clear, masked) = ((true, false), (false, true));
    for who in [&ivy, &max, &sue, &ada] {
        assert_eq!(look(who, &of_task).await, masked, "nobody has it");
    }
    assert!(told(&ivy, "Whoever accepts this task sees them in full.").await);
    let accept = house.desk.act_on_task(&ivy, task, TaskAct::Accept);
    accept.await.unwrap();
    assert_eq!(look(&ivy, &of_task).await, clear);
    assert!(!told(&ivy, "cut short").await, "nothing is");
    for who in [&max, &sue, &ada] {
        assert_eq!(look(who, &of_task).await, masked, "somebody else has it");
    }
    assert_eq!(look(&ada, &of_run).await, masked, "a run is nobody's task");
    let case = format!("{of_run}/case.json");
    assert!(!look(&ada, &case).await.0, "a case is taken out without it");

    // It goes with the task: given back, taken by another, decided.
    let release = house.desk.act_on_task(&ivy, task, TaskAct::Release);
    release.await.unwrap();
    assert_eq!(look(&ivy, &of_task).await, masked);
    let accept = house.desk.act_on_task(&max, task, TaskAct::Accept);
    accept.await.unwrap();
    assert_eq!(look(&ivy, &of_task).await, masked);
    assert_eq!(look(&max, &of_task).await, clear);
    let decision = TaskAct::Decide(Decision::of("approve", "Call the bank."));
    house.desk.act_on_task(&max, task, decision).await.unwrap();
    assert_eq!(look(&max, &of_task).await, masked, "it is done");
    assert!(told(&max, "because this task is done").await);
}

//! Personal data goes so long after the end of its cases, by the clock of the engine.

use hms_engine::Time;
use serde_json::{Value, json};

use crate::house::{House, text};

/// A day of workflow time is a second here.
const RATE: f64 = 86_400.0;
const DAY: i64 = 24 * 3_600;
const PERMIT: &str = "id: Permit
start: PermitAsked
key: payload.number
personal: [mail]
retention: { personal: 2d }
steps: [{ id: told, actor: SVC:teller }]
";
/// It starts on the same event and has no rule of its own.
const FEE: &str = "id: Fee\nstart: PermitAsked\nsteps: [{ id: paid, actor: SVC:cashier }]\n";
const STRAY: &str = "id: Stray
start: Never
key: payload.number
personal: [mail]
steps: [{ id: wait, type: wait, event: LetterCame }]
";
const ADDRESS: &str = "maria.quispe@example.org";

async fn house(definitions: &[&str]) -> House {
    let house = House::with(hms_server::api::ApiAuth::open(), RATE).await;
    for definition in definitions {
        house.orchestrator.deploy(definition, "test").await.unwrap();
    }
    house
}

async fn ask_for(house: &House) -> Vec<String> {
    let payload = json!({"number": "P-7", "mail": ADDRESS});
    let event = json!({"name": "PermitAsked", "payload": payload});
    let answer = house.post("/act/events", &event).await;
    assert_eq!(answer.status, 202, "{}", answer.body);
    let runs = answer.body["runs"].as_array().unwrap();
    // "Fee" comes before "Permit".
    runs.iter().map(|run| text(&run["run_id"])).collect()
}

/// Finishes the only task of a run; when the run ended.
async fn finish(house: &House, run: &str) -> Time {
    let task = house.task_of(run).await;
    let done = house
        .post(&format!("/act/tasks/{task}/complete"), &json!({}))
        .await;
    assert_eq!(done.status, 200, "{}", done.body);
    let run = house.get(&format!("/act/runs/{run}")).await.body;
    assert_eq!(run["status"], "COMPLETED");
    text(&run["ended"]).parse().unwrap()
}

async fn is_kept(house: &House, run: &str) -> bool {
    let (store, run) = (house.store.personal(), run.parse().unwrap());
    let rows = store.personal_of(&[run]).await.unwrap();
    assert_eq!(rows.len(), 1);
    rows[0].sealed.is_some()
}

/// Waits by workflow time until a moment.
async fn until(house: &House, moment: Time) {
    tokio::time::sleep(house.orchestrator.clock().until(moment)).await;
    assert!(house.orchestrator.now() >= moment);
}

fn days(days: i64) -> chrono::TimeDelta {
    chrono::TimeDelta::seconds(days * DAY)
}

#[tokio::test]
async fn a_case_that_ended_is_without_it_when_its_time_has_passed() {
    let house = house(&[PERMIT]).await;
    let run = ask_for(&house).await.remove(0);
    let ended = finish(&house, &run).await;
    let before = house.get(&format!("/act/runs/{run}")).await.body;
    let next = house.orchestrator.erase_due().await.unwrap();
    assert!(next > ended && next <= ended + days(2), "{next}");
    assert!(is_kept(&house, &run).await, "its time has not passed");
    until(&house, ended + days(2)).await;
    house.orchestrator.erase_due().await.unwrap();
    assert!(!is_kept(&house, &run).await);

    // The case, its figures and the trail are what they were; the trail says what was done.
    assert_eq!(house.get(&format!("/act/runs/{run}")).await.body, before);
    assert_eq!(house.verified().await, Vec::<String>::new());
    let trail = house.store.trail().trail_of(None, 0, 100).await.unwrap();
    // Behind it there may be that somebody read the case: where a minute of the wall clock ended meanwhile.
    let erased: Vec<_> = trail
        .iter()
        .filter(|row| row.command.contains("erase_personal"))
        .collect();
    let [erased] = erased[..] else {
        panic!("erased once: {trail:?}");
    };
    let command: Value = serde_json::from_str(&erased.command).unwrap();
    let version = house.orchestrator.registry().in_force("Permit");
    assert_eq!(erased.version, version.map(|flow| flow.version.clone()));
    assert_eq!(erased.about, Some(run.parse().unwrap()));
    assert_eq!(
        (erased.who.as_str(), command),
        (
            "hms serve",
            json!({"order": "erase_personal", "run": run, "values": 1,
                "reason": "Permit keeps personal data for 2d"})
        )
    );
    let figures = house.get("/metrics").await.body;
    for line in [
        "hms_personal_erased_total 1\n",
        "hms_personal_overdue_seconds 0\n",
    ] {
        assert!(text(&figures).contains(line), "{line}: {figures}");
    }
}

#[tokio::test]
async fn what_another_open_case_may_read_stays_and_goes_after_its_end() {
    let house = house(&[PERMIT, FEE]).await;
    let runs = ask_for(&house).await;
    let [fee, permit] = &runs[..] else {
        panic!("two cases: {runs:?}");
    };
    let ended = finish(&house, permit).await;
    until(&house, ended + days(2)).await;
    house.orchestrator.erase_due().await.unwrap();
    assert!(is_kept(&house, permit).await && is_kept(&house, fee).await);
    finish(&house, fee).await;
    // It is looked for again within a day.
    until(&house, ended + days(4)).await;
    house.orchestrator.erase_due().await.unwrap();
    assert!(!is_kept(&house, permit).await && !is_kept(&house, fee).await);
    assert_eq!(house.verified().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_rule_counts_for_cases_that_ended_before_it_was_there() {
    let without = PERMIT.replace("retention: { personal: 2d }\n", "");
    let house = house(&[&without]).await;
    let run = ask_for(&house).await.remove(0);
    let ended = finish(&house, &run).await;
    until(&house, ended + days(3)).await;
    // Somebody sleeps here until something is due: for thirty days, as far as is known.
    let stop = house.stop.clone();
    let sleeper = tokio::spawn(house.orchestrator.clone().keep_erasing(stop));
    tokio::task::yield_now().await;
    assert!(is_kept(&house, &run).await, "nothing says how long");
    house.orchestrator.deploy(PERMIT, "test").await.unwrap();
    // It is woken by the deployment.
    let limit = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while is_kept(&house, &run).await {
        assert!(std::time::Instant::now() < limit, "nobody woke");
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    house.stop.cancel();
    sleeper.await.unwrap();
}

#[tokio::test]
async fn what_came_with_an_event_that_nobody_took_goes_after_thirty_days() {
    let house = House::with(hms_server::api::ApiAuth::open(), 30.0 * RATE).await;
    house.orchestrator.deploy(STRAY, "test").await.unwrap();
    let payload = json!({"number": "P-9", "mail": ADDRESS});
    let event = json!({"name": "LetterCame", "payload": payload});
    let answer = house.post("/act/events", &event).await;
    assert_eq!(answer.status, 202, "{}", answer.body);
    let came = house.orchestrator.now();
    let next = house.orchestrator.erase_due().await.unwrap();
    assert!(next <= came + days(30), "{next}");
    until(&house, came + days(30)).await;
    house.orchestrator.erase_due().await.unwrap();
    let trail = house.store.trail().trail_of(None, 0, 100).await.unwrap();
    let command: Value = serde_json::from_str(&trail.last().unwrap().command).unwrap();
    assert_eq!(command["event"], answer.body["event_id"]);
    assert_eq!(command["values"], 1);
}

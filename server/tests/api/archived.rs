//! A run that was moved out into the archive, asked for by programs.

use chrono::TimeDelta;
use hms_server::archive::{Archivist, Folder, KeepRules};
use hms_server::identity::ServerKey;
use hms_server::trail;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::house::{House, text};

/// Its definition says when its runs go.
const FLOW: &str = "id: Bench
start: BenchBroken
retention: { runs: 30d }
steps: [{ id: look, actor: SVC:carpenter }]
";

#[tokio::test]
async fn a_run_in_the_archive_is_gone_and_where_it_is_is_said() {
    let house = House::open().await;
    house.orchestrator.deploy(FLOW, "test").await.unwrap();
    let event = json!({"name": "BenchBroken", "payload": {}});
    let answer = house.post("/act/events", &event).await;
    let run = text(&answer.body["runs"][0]["run_id"]);
    let task = house.task_of(&run).await;
    let done = house
        .post(&format!("/act/tasks/{task}/complete"), &json!({}))
        .await;
    assert_eq!(done.status, 200, "{}", done.body);
    let ended = house.get(&format!("/act/runs/{run}")).await.body;
    let closed = &text(&ended["ended"])[..10];
    let (now, trail) = (house.orchestrator.now(), house.store.trail());
    let seal = ServerKey::fresh().seal();
    trail::seal(trail.as_ref(), &seal, now, None).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let sweep = async |rule: &str| {
        let rules = KeepRules::of(&[rule.parse().unwrap()]).unwrap();
        let folder = Folder::open(folder.path()).unwrap();
        let archivist = Archivist::new(&house.store, folder, rules);
        archivist
            .with(house.orchestrator.clone())
            .sweep(now + TimeDelta::days(70), &CancellationToken::new())
            .await
            .unwrap()
            .runs
    };
    // What is said of it at the start is stronger than the definition, what is said of all is weaker.
    assert_eq!(sweep("Bench=1y").await, 0);
    assert_eq!(sweep("1y").await, 1);

    let file = format!("Bench/{}-000001.jsonl", &closed[..7]);
    for path in ["", "/history", "/export"] {
        let answer = house.get(&format!("/act/runs/{run}{path}")).await;
        assert_eq!(answer.status, 410, "{path}: {}", answer.body);
        assert_eq!(answer.body["type"], "/act/problems/archived");
        assert_eq!(answer.body["archive"], file);
        assert_eq!(answer.body["closed"], closed);
        let detail = text(&answer.body["detail"]);
        assert!(detail.contains(&format!("hms audit export {run} --archive DIR")));
        // The name, and not where it is on this machine.
        let path = folder.path().to_str().unwrap();
        assert!(!answer.body.to_string().contains(path));
    }
    for verb in ["cancel", "retry"] {
        let answer = house
            .post(&format!("/act/runs/{run}/{verb}"), &json!({}))
            .await;
        assert_eq!(answer.status, 410, "{verb}: {}", answer.body);
        assert_eq!(answer.body["archive"], file);
    }
    // What was done is told by the node that did it, and so is what came to nothing.
    let archivist = || {
        let folder = Folder::open(folder.path()).unwrap();
        Archivist::new(&house.store, folder, KeepRules::default())
    };
    let stop = CancellationToken::new();
    stop.cancel();
    let told = async |line: &str| {
        let text = house.get("/metrics").await.body;
        let told = text.as_str().unwrap().lines().any(|one| one == line);
        assert!(told, "{line} is not in {text}");
    };
    told("hms_archive_runs_total 1").await;
    told("hms_archive_finished_timestamp_seconds 0").await;
    archivist()
        .keep_archiving(house.orchestrator.clone(), stop.clone())
        .await;
    told("hms_archive_failures_total 0").await;
    let metrics = house.get("/metrics").await.body;
    let line = "hms_archive_finished_timestamp_seconds ";
    let mut lines = metrics.as_str().unwrap().lines();
    let at = lines.find_map(|one| one.strip_prefix(line)).unwrap();
    assert!(at.parse::<f64>().unwrap() > 1_700_000_000.0, "{at}");
    let broken = archivist();
    std::fs::remove_dir_all(folder.path()).unwrap();
    broken
        .keep_archiving(house.orchestrator.clone(), stop)
        .await;
    told("hms_archive_failures_total 1").await;
    // It is in no list.
    let runs = house.get("/act/runs").await.body;
    assert_eq!(runs, json!([]));
}

//! A run that was moved out into the archive, asked for by programs.

use chrono::TimeDelta;
use hms_server::archive::{Archivist, Folder, KeepRules};
use hms_server::identity::ServerKey;
use hms_server::trail;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::house::{House, text};

const FLOW: &str = "id: Bench\nstart: BenchBroken\nsteps: [{ id: look, actor: SVC:carpenter }]\n";

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
    let rules = KeepRules::of(&["30d".parse().unwrap()]).unwrap();
    let swept = Archivist::new(&house.store, Folder::open(folder.path()).unwrap(), rules)
        .sweep(now + TimeDelta::days(70), &CancellationToken::new())
        .await
        .unwrap();
    assert_eq!(swept.runs, 1);

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
    // It is in no list.
    let runs = house.get("/act/runs").await.body;
    assert_eq!(runs, json!([]));
}

//! A definition whose file changes under the running program.

use serde_json::json;

use crate::support::{Setup, eventually, get, post};

const FIRST: &str =
    "id: Bench\nstart: BenchBroken\nsteps:\n  - id: look\n    actor: SVC:carpenter\n";

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_file_is_in_force_and_a_broken_one_changes_nothing() {
    let data = tempfile::tempdir().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bench.yml");
    std::fs::write(&file, FIRST).unwrap();
    let args = [
        "--no-sample-history",
        "--builtin-workers",
        "none",
        "--workflows",
        folder.path().to_str().unwrap(),
    ];
    let hms = Setup::demo(data.path(), &args).start();
    let client = reqwest::Client::new();
    let url = format!("{}/act/workflows/Bench", hms.api);
    let steps = async || {
        let workflow = get(&client, &url).await?;
        Some(workflow["steps"].as_array()?.len())
    };
    assert_eq!(steps().await, Some(1));
    let event = json!({"name": "BenchBroken", "payload": {}});
    let (status, old) = post(&client, &format!("{}/act/events", hms.api), &event).await;
    assert_eq!(status, 202, "{old}");

    // Broken first, and another file beside it that is right: when that one is in force, this one was read.
    std::fs::write(&file, FIRST.replace("SVC:carpenter", "BOT:carpenter")).unwrap();
    let beside = FIRST.replace("Bench", "Lamp");
    std::fs::write(folder.path().join("lamp.yml"), beside).unwrap();
    let lamp = format!("{}/act/workflows/Lamp", hms.api);
    eventually("the new file's workflow", || get(&client, &lamp)).await;
    assert_eq!(steps().await, Some(1), "a broken file changes nothing");

    let two = format!("{FIRST}  - {{ id: paint, actor: SVC:painter }}\n");
    std::fs::write(&file, two).unwrap();
    eventually("the changed file's workflow", || async {
        steps().await.filter(|steps| *steps == 2)
    })
    .await;
    let run = old["runs"][0]["run_id"].as_str().unwrap();
    let run = get(&client, &format!("{}/act/runs/{run}", hms.api))
        .await
        .unwrap();
    let now = get(&client, &url).await.unwrap();
    assert_ne!(
        run["version"], now["version"],
        "a run stays on the version it began with"
    );
}

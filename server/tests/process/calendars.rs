//! Another version of a calendar under many open cases, while nodes are killed.

use serde_json::{Value, json};

use crate::nodes::node;
use crate::postgres::Server;
use crate::support::{Hms, eventually, get, post};

const CASES: usize = 1_000;

fn office(hours: &str) -> String {
    format!("id: office\ntime_zone: UTC\nhours: {{ weekdays: {hours} }}\n")
}

async fn yaml(client: &reqwest::Client, node: &Hms, path: &str, text: String) -> Value {
    let url = format!("{}/act/{path}", node.api);
    let sent = client.post(url).header("content-type", "application/yaml");
    let answer = sent.body(text).send().await.unwrap();
    assert!(answer.status().is_success(), "{answer:?}");
    answer.json().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_killed_while_deadlines_move_leaves_the_rest_to_the_others() {
    let data = tempfile::tempdir().unwrap();
    let url = Server::fresh_database().await;
    let setup = node(data.path(), &url, "1");
    let mut nodes = [setup.start(), setup.start()];
    let client = reqwest::Client::new();
    yaml(&client, &nodes[0], "calendars", office("09:00-17:00")).await;
    let definition = "id: W\nstart: E\ncalendar: office\nsteps:\n  - { id: a, actor: HUMAN:a, sla: { within: 3bd, ladder: [{ at: 50%, remind: assignee }] } }\n";
    yaml(&client, &nodes[0], "workflows", definition.to_owned()).await;
    let event = json!({"name": "E", "payload": {}});
    let events = Value::from(vec![event; CASES]);
    let (status, emitted) = post(
        &client,
        &format!("{}/act/events/batch", nodes[1].api),
        &events,
    )
    .await;
    assert_eq!(status, 200, "{emitted}");
    let runs: Vec<String> = emitted
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["runs"][0]["run_id"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(runs.len(), CASES);

    // Each time the node that deployed is killed as soon as it has answered; another has come up for it.
    let mut version = Value::Null;
    for (n, hours) in [(0, "08:00-16:00"), (1, "10:00-12:00"), (0, "06:00-18:00")] {
        let fresh = setup.start();
        let deployed = yaml(&client, &nodes[n], "calendars", office(hours)).await;
        assert_eq!(deployed["moves"]["cases"], CASES, "{}", deployed["moves"]);
        version = deployed["version"].clone();
        std::mem::replace(&mut nodes[n], fresh).kill();
        let calendar = format!("{}/act/calendars/office", nodes[1 - n].api);
        eventually(
            "all cases to be counted by the calendar in force",
            || async {
                let office = get(&client, &calendar).await?;
                (office["moving"] == false && office["version"] == version).then_some(())
            },
        )
        .await;
    }
    for run in &runs {
        let history = format!("{}/act/runs/{run}/history", nodes[0].api);
        let history = get(&client, &history).await.unwrap();
        let changes: Vec<&Value> = history
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|row| row["entries"].as_array().unwrap())
            .filter(|entry| entry["kind"] == "calendar_changed")
            .map(|entry| &entry["version"])
            .collect();
        assert_eq!(changes.len(), 3, "each version once: {history}");
        assert_eq!(*changes[2], version);
    }
}

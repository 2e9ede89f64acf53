//! A definition whose file changes under the running program.

use serde_json::json;

use crate::support::{Hms, Setup, eventually, get, post};

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

/// A calendar that works every day, and is closed on these days from a moment on.
fn office(closed_days: i64) -> String {
    let week = "monday tuesday wednesday thursday friday saturday sunday";
    let hours = week.split(' ').map(|day| format!("{day}: 00:00-24:00"));
    let hours = hours.collect::<Vec<_>>().join(", ");
    let closed = (0..closed_days).map(|day| {
        let date = (chrono::Utc::now() + chrono::TimeDelta::days(day)).date_naive();
        format!("  - {{ name: Closed, on: {date} }}\n")
    });
    let closed: String = closed.collect();
    format!(
        "id: office\ntime_zone: UTC\nhours: {{ {hours} }}\nholidays:\n  - {{ name: Old, on: 1999-01-01 }}\n{closed}"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_calendars_file_that_would_move_deadlines_is_told_and_deployed_by_hand() {
    let data = tempfile::tempdir().unwrap();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("bench.yml"), FIRST).unwrap();
    let args = [
        "--no-sample-history",
        "--builtin-workers",
        "none",
        "--workflows",
        folder.path().to_str().unwrap(),
    ];
    let log = data.path().join("stderr");
    let setup = Setup::demo(data.path(), &args);
    let mut command = setup.command();
    command.stderr(std::fs::File::create(&log).unwrap());
    let hms = Hms::from(command);
    let client = reqwest::Client::new();
    let url = format!("{}/act/calendars/office", hms.api);

    // A definition that names a calendar which is not there yet.
    let definition = "id: Desk\nstart: DeskBroken\ncalendar: office\nsteps:\n  - { id: mend, actor: HUMAN:carpenter, sla: 1h }\n";
    std::fs::write(folder.path().join("desk.yml"), definition).unwrap();
    eventually("the missing calendar to be told", || async {
        let told = std::fs::read_to_string(&log).unwrap();
        told.contains("HMS057").then_some(())
    })
    .await;
    // The folder is made while the program runs; its calendar is in force, and so is who named it.
    let calendars = folder.path().join("calendars");
    std::fs::create_dir(&calendars).unwrap();
    let file = calendars.join("office.yml");
    std::fs::write(&file, office(3)).unwrap();
    eventually("the new calendar", || get(&client, &url)).await;
    let desk = format!("{}/act/workflows/Desk", hms.api);
    eventually("the definition", || get(&client, &desk)).await;
    let event = json!({"name": "DeskBroken", "payload": {}});
    let (status, answer) = post(&client, &format!("{}/act/events", hms.api), &event).await;
    assert_eq!(status, 202, "{answer}");
    let tasks = format!("{}/act/tasks?actor=HUMAN:carpenter", hms.api);
    let expires = async || Some(get(&client, &tasks).await?[0]["expires"].clone());
    let before = expires().await.unwrap();

    // Another version of the file moves that deadline: it is said which command shows and does it.
    std::fs::write(&file, office(5)).unwrap();
    eventually("what is told on the console", || async {
        let told = std::fs::read_to_string(&log).unwrap();
        let told = told
            .lines()
            .find(|line| line.contains("office.yml would move"))?;
        assert!(told.contains("1 moment (1 deadlines"), "{told}");
        assert!(
            told.contains("hms calendar deploy") && told.contains("--dry-run"),
            "{told}"
        );
        Some(())
    })
    .await;
    assert_eq!(expires().await.unwrap(), before);
    let command = |args: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_hms"));
        command.args([
            "calendar",
            "deploy",
            file.to_str().unwrap(),
            "--api",
            &hms.api,
        ]);
        let output = command.args(args).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let dry = command(&["--dry-run"]);
    assert!(
        dry.contains("in 1 of 1 open case: 1 deadline") && dry.contains("+2d"),
        "{dry}"
    );
    assert_eq!(expires().await.unwrap(), before);
    let json: serde_json::Value = serde_json::from_str(&command(&["--format", "json"])).unwrap();
    assert_eq!(json["moves"]["deadlines"], 1);
    eventually("the deadline to move", || async {
        expires()
            .await
            .filter(|now| *now == json["moves"]["biggest"][0]["to"])
    })
    .await;
}

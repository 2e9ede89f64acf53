//! Finished runs moved into files by the real program, which is killed between the file and the transaction.

use std::path::Path;

use serde_json::{Value, json};
use sqlx::sqlite::SqliteConnection;
use sqlx::{Connection, Executor};

use crate::support::{Hms, Setup, eventually, get, post};

const FLOW: &str = "id: Bench\nstart: BenchBroken\nretention: { runs: 9y }\nsteps:\n  - id: look\n    actor: SVC:carpenter\n";
/// Runs that finish.
const RUNS: usize = 20;
/// A row of `archives` takes for ever to be written: the program stands between the file and the transaction's end.
const STAND_STILL: &str = "CREATE VIEW ages AS WITH RECURSIVE n (n) AS \
    (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 1000000000000) SELECT max(n) AS n FROM n; \
    CREATE TRIGGER stand_still BEFORE INSERT ON archives BEGIN SELECT n FROM ages; END";
const GO_ON: &str = "DROP TRIGGER stand_still; DROP VIEW ages";

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_between_the_file_and_the_transaction_loses_and_doubles_nothing() {
    let data = tempfile::tempdir().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let archive = data.path().join("archive");
    std::fs::write(folder.path().join("bench.yml"), FLOW).unwrap();
    let workflows = folder.path().to_str().unwrap();
    // Twelve days a second.
    let mut args = vec![
        "--no-sample-history",
        "--builtin-workers",
        "none",
        "--clock-rate",
        "1000000",
        "--workflows",
        workflows,
    ];
    let client = reqwest::Client::new();
    let log = data.path().join("log");
    let mut command = Setup::demo(data.path(), &args).command();
    command.stderr(std::fs::File::create(&log).unwrap());
    let (hms, _) = Hms::listened_to(command);
    let finished = finish(&client, &hms).await;
    months_pass(&client, &hms).await;
    // It seals the audit trail when it ends.
    assert!(hms.terminate().1);
    let said = std::fs::read_to_string(&log).unwrap();
    assert!(
        said.contains("without --archive-dir") && said.contains("Bench (9y)"),
        "{said}"
    );
    change(data.path(), STAND_STILL).await;

    let shown = archive.to_str().unwrap();
    // It is stronger than the definition's nine years.
    args.extend(["--archive-dir", shown, "--keep-finished-runs", "Bench=1d"]);
    let setup = Setup::demo(data.path(), &args);
    let hms = setup.start();
    eventually("the file that is not in its place yet", || async {
        (names(&archive).len() == 1).then_some(())
    })
    .await;
    assert!(names(&archive)[0].ends_with(".part"));
    hms.kill();
    change(data.path(), GO_ON).await;

    let hms = setup.start();
    let url = |run: &str| format!("{}/act/runs/{run}", hms.api);
    for run in &finished {
        let url = url(run);
        eventually("the run to be moved out", || async {
            let answer = client.get(&url).send().await.ok()?;
            if answer.status() != 410 {
                return None;
            }
            // It says where it is.
            let problem: Value = answer.json().await.ok()?;
            let file = problem["archive"].as_str().unwrap();
            assert!(file.starts_with("Bench/"), "{problem}");
            Some(())
        })
        .await;
    }
    eventually("the file to be in its place", || async {
        let names = names(&archive);
        names
            .iter()
            .all(|name| name.ends_with(".jsonl"))
            .then_some(())
    })
    .await;
    assert!(hms.terminate().1);

    let mut told: Vec<String> = Vec::new();
    for name in names(&archive) {
        let text = std::fs::read_to_string(archive.join("Bench").join(name)).unwrap();
        told.extend(text.lines().map(|line| {
            let case: Value = serde_json::from_str(line).unwrap();
            assert_eq!(case["status"], "COMPLETED");
            case["run_id"].as_str().unwrap().to_owned()
        }));
    }
    told.sort();
    assert_eq!(told, finished, "each once, and none is missing");

    let verify = |more: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_hms"));
        command.args(["audit", "verify", "--data-dir"]);
        let done = command.arg(data.path()).args(more).output().unwrap();
        let said = String::from_utf8(done.stdout).unwrap();
        let wrong = String::from_utf8(done.stderr).unwrap();
        (done.status.success(), said, wrong)
    };
    let (whole, said, _) = verify(&["--archive", shown]);
    assert!(whole, "{said}");
    assert!(said.contains(&format!("{RUNS} runs in")), "{said}");
    let export = |more: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_hms"));
        command.args(["audit", "export", &finished[0], "--data-dir"]);
        command.arg(data.path()).args(more).output().unwrap()
    };
    let done = export(&["--archive", shown]);
    let case: Value = serde_json::from_slice(&done.stdout).unwrap();
    assert_eq!(case["run_id"], finished[0]);
    let out = data.path().join("case.json");
    assert!(
        export(&["--archive", shown, "--out", out.to_str().unwrap()])
            .status
            .success()
    );
    assert!(verify(&[out.to_str().unwrap()]).0);
    // Without the folder it says where the case is.
    let done = export(&[]);
    let wrong = String::from_utf8(done.stderr).unwrap();
    assert!(
        !done.status.success() && wrong.contains("was moved out into Bench/"),
        "{wrong}"
    );
    let (_, _, wrong) = verify(&["--run", &finished[0]]);
    assert!(wrong.contains("was moved out into Bench/"), "{wrong}");
    let some = archive.join("Bench").join(&names(&archive)[0]);
    let (whole, said, wrong) = verify(&[some.to_str().unwrap()]);
    assert!(whole && said.contains("cases looked at"), "{said} {wrong}");
}

/// Runs that came to their end, in the order of their ids.
async fn finish(client: &reqwest::Client, hms: &Hms) -> Vec<String> {
    let event = json!({"name": "BenchBroken", "payload": {}});
    let mut finished = Vec::new();
    for _ in 0..RUNS {
        let (status, answer) = post(client, &format!("{}/act/events", hms.api), &event).await;
        assert_eq!(status, 202, "{answer}");
        finished.push(answer["runs"][0]["run_id"].as_str().unwrap().to_owned());
    }
    let tasks = format!("{}/act/tasks?actor=SVC:carpenter&limit=100", hms.api);
    let tasks = get(client, &tasks).await.unwrap();
    let tasks = tasks.as_array().unwrap();
    assert_eq!(tasks.len(), RUNS);
    for task in tasks {
        let id = task["id"].as_str().unwrap();
        let url = format!("{}/act/tasks/{id}/complete", hms.api);
        let (status, answer) = post(client, &url, &json!({"mended": true})).await;
        assert_eq!(status, 200, "{answer}");
    }
    finished.sort();
    finished
}

/// Waits until the month in which something happened has been over for a day.
async fn months_pass(client: &reqwest::Client, hms: &Hms) {
    let started = async || {
        let event = json!({"name": "BenchBroken", "payload": {}});
        let (_, answer) = post(client, &format!("{}/act/events", hms.api), &event).await;
        let run = answer["runs"][0]["run_id"].as_str()?.to_owned();
        let run = get(client, &format!("{}/act/runs/{run}", hms.api)).await?;
        run["started"]
            .as_str()?
            .parse::<chrono::DateTime<chrono::Utc>>()
            .ok()
    };
    let first = started().await.unwrap();
    eventually("40 days of workflow time", || async {
        (started().await? - first > chrono::TimeDelta::days(40)).then_some(())
    })
    .await;
}

async fn change(data: &Path, sql: &'static str) {
    let url = format!("sqlite://{}", data.join("hms.db").display());
    let mut connection = SqliteConnection::connect(&url).await.unwrap();
    connection.execute(sql).await.unwrap();
    connection.close().await.unwrap();
}

/// The files of the workflow in the folder.
fn names(archive: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(archive.join("Bench")) else {
        return Vec::new();
    };
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

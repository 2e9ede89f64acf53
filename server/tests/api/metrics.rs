use crate::house::House;

#[tokio::test]
async fn what_happened_is_counted() {
    let house = House::open().await;
    let (_, task) = house.complaint().await;
    let fail = serde_json::json!({"error": "out of memory"});
    let answer = house.post(&format!("/act/tasks/{task}/fail"), &fail).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    for path in ["/metrics", "/act/metrics"] {
        let answer = house.get(path).await;
        assert_eq!(answer.status, 200);
        assert_eq!(
            answer.headers["content-type"],
            "application/openmetrics-text; version=1.0.0; charset=utf-8"
        );
        let told = answer.body.as_str().unwrap();
        for line in [
            "hms_events_accepted_total 1",
            "hms_runs_started_total 1",
            "hms_commands_total 2",
            "hms_commit_seconds_count 2",
            "hms_queue_length 0",
        ] {
            assert!(
                told.lines().any(|one| one == line),
                "{line} is not in\n{told}"
            );
        }
        assert!(
            !told.contains("C-42") && !told.contains("Spam"),
            "nothing of a case is in the figures"
        );
    }
}

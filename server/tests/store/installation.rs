//! What an installation keeps besides its cases: time, and the definitions in force.

use std::time::Duration;

use hms_server::clock::{Anchor, moment};
use hms_server::store::WorkflowVersion;
use serde_json::json;

use crate::journal::{REVIEW, write};
use crate::kept::Kept;
use crate::on_all;
use crate::script::{Script, at};

on_all!(
    workflow_time_is_kept_and_its_latest_moment_only_grows,
    one_version_of_a_definition_is_in_force,
);

async fn workflow_time_is_kept_and_its_latest_moment_only_grows(kept: Kept) {
    let mut journal = kept.store.journal().await.unwrap();
    assert_eq!(journal.clock().await.unwrap(), None);
    let anchor = Anchor {
        wall_ms: 1_000,
        workflow_ms: 5_000,
        rate: 0.1 + 0.2,
    };
    journal.set_clock(anchor, 7_000).await.unwrap();
    assert_eq!(journal.clock().await.unwrap(), Some((anchor, 7_000)));
    let mut script = Script::of(REVIEW);
    for (n, now, latest) in [(1, at(100), at(100)), (2, at(50), at(100))] {
        script.now = now;
        script.start(n, json!({}));
        write(journal.as_mut(), script.take()).await.unwrap();
        let kept = journal.clock().await.unwrap().unwrap();
        assert_eq!(moment(kept.1), latest);
    }
    // Another life, which turns it.
    let mut again = kept.again().await.journal().await.unwrap();
    let turned = anchor.turned(2_000, 240.0);
    let (_, latest) = again.clock().await.unwrap().unwrap();
    again.set_clock(turned, latest).await.unwrap();
    assert_eq!(
        journal.clock().await.unwrap(),
        Some((turned, at(100).timestamp_millis()))
    );
}

async fn one_version_of_a_definition_is_in_force(kept: Kept) {
    let mut journal = kept.store.journal().await.unwrap();
    let version = |version: &str, seconds| WorkflowVersion {
        version: version.to_owned(),
        id: "W".to_owned(),
        source: format!("id: W # {version}"),
        deployed: at(seconds),
        deployed_by: "me".to_owned(),
        in_force: true,
        deployment: 0,
    };
    for deployed in [version("one", 1), version("two", 2), version("one", 3)] {
        journal.deploy(&deployed).await.unwrap();
    }
    let versions = kept.store.shelf().workflow_versions().await.unwrap();
    // One file has one node, and nothing to tell deployments apart for.
    let numbers = if kept.is_file() { [0, 0] } else { [2, 3] };
    let two = WorkflowVersion {
        in_force: false,
        deployment: numbers[0],
        ..version("two", 2)
    };
    let one = WorkflowVersion {
        deployment: numbers[1],
        ..version("one", 3)
    };
    assert_eq!(versions, [two, one]);
    // Nothing waits any longer: another journal can write.
    let mut other = kept.again().await.journal().await.unwrap();
    let three = version("three", 4);
    let written = tokio::time::timeout(Duration::from_secs(20), other.deploy(&three));
    written.await.unwrap().unwrap();
}

//! What a calendar's file counts, against what is in force.

use std::path::Path;

use hms_server::node::{self, Place};
use hms_server::orchestrator::Orchestrator;

use crate::calendars::{case, office};

/// A node whose folder of definitions has this calendar.
async fn started(data: &Path, folder: &Path, calendar: &str) -> Orchestrator {
    let calendars = folder.join("calendars");
    std::fs::create_dir_all(&calendars).unwrap();
    std::fs::write(calendars.join("office.yml"), calendar).unwrap();
    let place = Place {
        data_dir: data.to_owned(),
        database_url: None,
        workflows: Some(folder.to_owned()),
        clock_rate: 1.0,
    };
    let (orchestrator, _store, lock) = node::open(&place).await.unwrap().start();
    drop(lock);
    orchestrator
}

/// The version in force, and in whose name.
async fn in_force(orchestrator: &Orchestrator, id: &str) -> (String, String) {
    let all = orchestrator.shelf().calendars().await.unwrap();
    let found = all.into_iter().find(|calendar| calendar.id == id).unwrap();
    let bound = orchestrator.registry().calendar(id).unwrap();
    assert_eq!(bound.version, found.version);
    (found.source, found.deployed_by)
}

#[tokio::test]
async fn a_file_founds_a_calendar_and_changes_it_only_where_no_deadline_moves() {
    let (data, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let now = chrono::Utc::now();
    let [first, second, third] = [5, 6, 7].map(|days| office(now, days));
    let is = |text: &str, by: &str| (text.to_owned(), by.to_owned());

    let hms = started(data.path(), folder.path(), &first).await;
    assert_eq!(in_force(&hms, "office").await, is(&first, "file"));
    assert_eq!(in_force(&hms, "us-federal").await.1, "hms serve");
    hms.stop().await;
    // Nothing is open: another file counts from the start on.
    let hms = started(data.path(), folder.path(), &second).await;
    assert_eq!(in_force(&hms, "office").await, is(&second, "file"));
    // With a case whose deadline would move it does not.
    case(&hms).await;
    hms.stop().await;
    let two_days = office(now, 2);
    let hms = started(data.path(), folder.path(), &third).await;
    assert_eq!(in_force(&hms, "office").await, is(&two_days, "ann"));
    // A remark in it moves nothing, so it does.
    hms.stop().await;
    let remark = format!("# A remark.\n{two_days}");
    let hms = started(data.path(), folder.path(), &remark).await;
    assert_eq!(in_force(&hms, "office").await, is(&remark, "file"));
    // One that was in force before does not come back by itself, whatever moves.
    hms.stop().await;
    let hms = started(data.path(), folder.path(), &two_days).await;
    assert_eq!(in_force(&hms, "office").await, is(&remark, "file"));
    hms.stop().await;
}

#[tokio::test]
async fn the_shipped_calendar_does_not_come_back_over_one_that_was_deployed() {
    let (data, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let now = chrono::Utc::now();
    let hms = started(data.path(), folder.path(), &office(now, 0)).await;
    let (shipped, _) = in_force(&hms, "us-federal").await;
    let own = format!("{shipped}  - {{ name: Snow, on: 2026-01-30 }}\n");
    hms.deploy_calendar(&own, "ann").await.unwrap();
    hms.stop().await;
    let hms = started(data.path(), folder.path(), &office(now, 0)).await;
    assert_eq!(in_force(&hms, "us-federal").await, (own, "ann".to_owned()));
    hms.stop().await;
}

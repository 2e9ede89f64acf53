//! What was accepted is kept: the program is killed in the middle of 500 runs under load.

use crate::load::Load;
use crate::support::Setup;

const RUNS: usize = 500;
const KILLS: usize = 4;

#[tokio::test(flavor = "multi_thread")]
async fn killed_in_the_middle_nothing_is_lost_and_nothing_is_doubled() {
    let data = tempfile::tempdir().unwrap();
    // No sample history and no built-in workers get in the way.
    let setup = Setup::demo(
        data.path(),
        &["--builtin-workers", "none", "--no-sample-history"],
    );
    let mut hms = setup.start();
    let underway = Load::begin(RUNS, &[&hms]).await;
    for kill in 1..=KILLS {
        underway.load.accepted(RUNS * kill / (KILLS + 1)).await;
        hms.kill();
        hms = setup.start();
        underway.load.moved(0, &hms).await;
    }
    underway.end(&hms).await;
}

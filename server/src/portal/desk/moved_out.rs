//! Cases that are in the archive: why what was asked for is not here.

use hms_app::agency::Refused;
use hms_app::views::MovedOut;

use super::{Desk, refuse};
use crate::store::ReportRow;

impl Desk {
    /// Why the case of a report is not here, for who showed its receipt: it was moved out.
    pub(super) async fn report_moved_out(&self, report: &ReportRow) -> Refused {
        match self.orchestrator.shelf().moved_out(report.run_id).await {
            Ok(Some(moved)) => Refused::MovedOut(MovedOut {
                closed: moved.closed,
                archived: None,
            }),
            Ok(None) => Refused::NotFound,
            Err(error) => refuse::store(error),
        }
    }
}

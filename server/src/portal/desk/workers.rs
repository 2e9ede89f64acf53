use hms_app::agency::{Refused, Visitor};
use hms_app::views::WorkerRow;

use super::{Desk, refuse};
use crate::identity::Act;

impl Desk {
    /// Who polls for which actor, and which actors nobody polls for.
    pub(super) async fn list_workers(&self, who: &Visitor) -> Result<Vec<WorkerRow>, Refused> {
        self.door.allowed(who, Act::ReadWorkers).await?;
        let (shelf, now) = (self.orchestrator.shelf(), self.orchestrator.now());
        let roster = self.workforce.roster(shelf, now).await;
        roster.map_err(refuse::store)
    }
}

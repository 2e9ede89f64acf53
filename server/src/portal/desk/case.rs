use hms_app::agency::{Refused, Visitor};
use uuid::Uuid;

use super::{Desk, refuse};
use crate::identity::Act;
use crate::trail::{self, CaseFile, NoCaseFile};

impl Desk {
    /// A whole case as a file, for a person who may read its run.
    pub(in crate::portal) async fn case_of(
        &self,
        who: &Visitor,
        id: Uuid,
    ) -> Result<CaseFile, Refused> {
        let (person, reach) = self.door.reaching(who, Act::ReadRuns).await?;
        let shelf = self.orchestrator.shelf();
        let run = shelf.run(id).await.map_err(refuse::store)?;
        let taken = match run {
            Some(run) if !reach.has(&run.run.workflow) => return Err(Refused::NotFound),
            Some(_) => trail::take_out(shelf, shelf, id, self.orchestrator.now()).await,
            None => Err(NoCaseFile::Unknown(id)),
        };
        let file = match taken {
            Ok(file) => file,
            Err(NoCaseFile::Unknown(_)) => self.archived_case(&reach, id).await?,
            Err(NoCaseFile::Store(error)) => return Err(refuse::store(error)),
            Err(NoCaseFile::TooLong) => {
                tracing::warn!(run.id = %id, "a case is longer than one file takes");
                return Err(Refused::NotNow);
            }
        };
        self.saw(&person, |deed| deed.about(id), "case").await?;
        Ok(file)
    }
}

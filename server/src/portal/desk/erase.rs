use hms_app::agency::{Refused, Visitor};
use hms_app::views::{ERASE_REASON_CHARS_MAX, ErasedView, ErasureView, Fault, PersonalView, Rule};
use hms_engine::RunStatus;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Desk, refuse};
use crate::clock::moment;
use crate::edge;
use crate::identity::{Act, signature};
use crate::store::{Note, RunRow};

impl Desk {
    /// What there is to erase.
    pub(super) async fn read_erasure(
        &self,
        who: &Visitor,
        id: Uuid,
    ) -> Result<ErasureView, Refused> {
        let (_, run) = self.reached(who, Act::ErasePersonal, id).await?;
        let siblings = self.orchestrator.shelf().began_with(run.event_id).await;
        Ok(ErasureView {
            run: id,
            case: run.case(),
            running: run.run.status == RunStatus::Running,
            shared: siblings.map_err(refuse::store)?.saturating_sub(1),
            personal: self.personal_view(who, &run).await?,
        })
    }

    /// Whether the reason can be kept.
    pub(super) async fn check_erasure(
        &self,
        who: &Visitor,
        id: Uuid,
        reason: &str,
    ) -> Result<(), Refused> {
        self.reached(who, Act::ErasePersonal, id).await?;
        checked(reason).map(|_| ())
    }

    /// Erases it, with an entry in the audit trail in the same transaction. Where nothing is left there is nothing to do.
    pub(super) async fn erase(&self, who: &Visitor, id: Uuid, reason: &str) -> Result<(), Refused> {
        let (person, _) = self.reached(who, Act::ErasePersonal, id).await?;
        let reason = checked(reason)?;
        let mut command = json!({"order": "erase_personal", "run": id, "reason": reason});
        if let Some(from) = edge::address() {
            command["from"] = from.into();
        }
        let note = Note {
            at: self.orchestrator.now(),
            who: signature(person.id),
            version: None,
            about: Some(id),
            command: command.to_string(),
        };
        let erased = self.orchestrator.shelf().erase_personal(id, &note).await;
        let values = erased.map_err(refuse::store)?;
        tracing::info!(run.id = %id, values, "personal data was erased by hand");
        Ok(())
    }

    /// What a run's pages tell of its personal data.
    pub(super) async fn personal_view(
        &self,
        who: &Visitor,
        run: &RunRow,
    ) -> Result<PersonalView, Refused> {
        let (id, shelf) = (run.run.id, self.orchestrator.shelf());
        let kept = shelf.personal_kept(id).await.map_err(refuse::store)?;
        let workflow = &run.run.workflow;
        let may = self.door.allowed_in(who, Act::ErasePersonal, workflow);
        let erased = match kept.erased_ms {
            None => None,
            Some(at_ms) => {
                let noted = shelf.erasure_noted(id).await.map_err(refuse::store)?;
                let names = self.names(noted.iter().map(|row| row.who.as_str())).await?;
                let reason = noted.as_ref().and_then(|row| {
                    let command: Value = serde_json::from_str(&row.command).ok()?;
                    command["reason"].as_str().map(str::to_owned)
                });
                Some(ErasedView {
                    values: kept.erased,
                    at: moment(at_ms),
                    who: noted.map(|row| names.of(&row.who)),
                    reason,
                })
            }
        };
        Ok(PersonalView {
            kept: kept.kept,
            erased,
            may_erase: may.await.is_ok(),
        })
    }
}

/// The reason as it is kept.
fn checked(reason: &str) -> Result<String, Refused> {
    let reason = reason.replace("\r\n", "\n").trim().to_owned();
    let rule = match reason.chars().count() {
        0 => Rule::Required,
        n if n > ERASE_REASON_CHARS_MAX as usize => Rule::TooLong(ERASE_REASON_CHARS_MAX),
        _ => return Ok(reason),
    };
    Err(Refused::Form(vec![Fault {
        field: "reason".to_owned(),
        rule,
    }]))
}

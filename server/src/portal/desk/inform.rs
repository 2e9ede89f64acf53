use hms_app::agency::{Refused, Visitor};
use hms_app::views::{Conflict, Fault, Rule};
use hms_engine::Rejected;

use super::{Desk, refuse};
use crate::orchestrator::Refusal;

/// Longest text, in characters.
const TEXT_CHARS_MAX: u32 = 10_000;
/// How the audit trail names who filed the report.
const REPORTER: &str = "reporter";

impl Desk {
    /// Keeps what a reporter adds to the report whose receipt they showed; its number comes back.
    pub(super) async fn inform(
        &self,
        who: &Visitor,
        number: &str,
        text: &str,
    ) -> Result<String, Refused> {
        let report = self.report_of(who, number).await?;
        let text = text.replace("\r\n", "\n").trim().to_owned();
        let rule = match text.chars().count() {
            0 => Some(Rule::Required),
            n if n > TEXT_CHARS_MAX as usize => Some(Rule::TooLong(TEXT_CHARS_MAX)),
            _ => None,
        };
        if let Some(rule) = rule {
            let field = hms_app::posted::INFORMATION.to_owned();
            return Err(Refused::Form(vec![Fault { field, rule }]));
        }
        // Never taken back: after some in a row the next has to wait.
        let _ = self.door.begin_try("add", &report.number, None).await?;
        let added = self.orchestrator.inform(report.run_id, REPORTER, text);
        match added.await {
            Ok(_) => Ok(report.number),
            // Its page says so, in the reporter's language.
            Err(Refusal::Rejected(why @ (Rejected::RunEnded(_) | Rejected::MuchAdded(_)))) => {
                Err(Refused::Conflict(Conflict::Run(why.to_string())))
            }
            Err(Refusal::UnknownRun(_)) => Err(self.report_moved_out(&report).await),
            Err(refusal) => Err(refuse::other(refusal)),
        }
    }
}

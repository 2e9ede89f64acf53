use hms_app::agency::{Refused, Visitor};
use hms_app::views::{Draft, Fault, Filed, Language, Opened, Receipt, Rule, StatusView};
use hms_engine::SchemaFault;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::files::SOURCE;
use super::titles::Titles;
use super::{Desk, refuse, status};
use crate::edge;
use crate::identity::{ReceiptSecret, ReportNumber};
use crate::orchestrator::{Emitted, NewEvent, NewReport, Origin, Refusal};
use crate::store::{AuditRow, ReportRow};

/// The event a filed report becomes.
const EVENT: &str = "ComplaintLogged";
/// How many numbers a draft tries before it gives up. With a million reports in a billion numbers
/// even three in a row are taken once in a billion drafts.
const TURNS_MAX: u32 = 32;
/// Rows of history read at once.
const HISTORY_PAGE: u32 = 500;
/// What a receipt is compared with when there is no such report.
const NO_HASH: &str = "0000000000000000000000000000000000000000000000000000000000000000";

impl Desk {
    /// Files a complaint. The same draft again gives the number and receipt it got the first time.
    pub(super) async fn file(&self, draft: Draft) -> Result<Filed, Refused> {
        let faults = draft.check();
        if !faults.is_empty() {
            return Err(Refused::Form(faults));
        }
        self.file_event(draft.id, EVENT, None, |number| payload(&draft, number))
            .await
    }

    /// Keeps a draft as an event with a report of its own, followed in the run of this workflow.
    pub(super) async fn file_event(
        &self,
        draft: Uuid,
        event: &str,
        workflow: Option<&str>,
        payload: impl Fn(ReportNumber) -> Value,
    ) -> Result<Filed, Refused> {
        // One machine must not fill the inboxes of all investigators.
        self.door.may_file(edge::address().as_deref()).await?;
        for turn in 0..TURNS_MAX {
            let number = ReportNumber::of_draft(self.door.key(), draft, turn);
            let receipt = ReceiptSecret::of_draft(self.door.key(), draft, turn);
            let event = NewEvent {
                name: event.to_owned(),
                payload: payload(number),
                origin: Some(Origin {
                    source: SOURCE.to_owned(),
                    // Not the draft's id itself: whoever reads the events table could get the
                    // receipt by sending the draft again.
                    id: self.door.key().pseudonym("draft", &draft.to_string()),
                }),
                report: Some(NewReport {
                    number: number.to_string(),
                    receipt_hash: receipt.hash(),
                    workflow: workflow.map(str::to_owned),
                }),
            };
            match self.orchestrator.emit(event).await {
                Ok(emitted) if emitted.repeated => {
                    return self.filed_before(draft, &emitted).await;
                }
                Ok(_) => return self.filed(number, &receipt).await,
                Err(Refusal::NumberTaken) => {}
                Err(Refusal::BadPayload { faults, .. }) => return Err(not_taken(&faults)),
                Err(refusal) => return Err(refuse::other(refusal)),
            }
        }
        tracing::error!("no free report number in {TURNS_MAX} turns");
        Err(Refused::NotNow)
    }

    async fn filed_before(&self, draft: Uuid, emitted: &Emitted) -> Result<Filed, Refused> {
        let report = self.orchestrator.shelf().report_of_event(emitted.event_id);
        let report = report.await.map_err(refuse::store)?;
        let report = report.ok_or(Refused::NotNow)?;
        // At which turn it found its number free is not kept; it is found again.
        let found = (0..TURNS_MAX).find_map(|turn| {
            let number = ReportNumber::of_draft(self.door.key(), draft, turn);
            let receipt = ReceiptSecret::of_draft(self.door.key(), draft, turn);
            (number.to_string() == report.number && receipt.matches(&report.receipt_hash))
                .then_some((number, receipt))
        });
        match found {
            Some((number, receipt)) => self.filed(number, &receipt).await,
            None => {
                tracing::error!("a draft filed before was filed with another server key");
                Err(Refused::NotNow)
            }
        }
    }

    async fn filed(&self, number: ReportNumber, receipt: &ReceiptSecret) -> Result<Filed, Refused> {
        Ok(Filed {
            number: number.to_string(),
            receipt: Receipt(receipt.written()),
            token: self.door.admit_reporter(&number.to_string()).await?,
        })
    }

    /// Opens a report with number and receipt. A number nobody has and a wrong receipt get the
    /// same answer after the same work; what is mistyped (its check digit or letter is wrong)
    /// can be nobody's and is not counted as a guess.
    pub(super) async fn open(&self, number: &str, receipt: &str) -> Result<Opened, Refused> {
        let number = number.parse::<ReportNumber>();
        let receipt = receipt.parse::<ReceiptSecret>();
        let (Ok(number), Ok(receipt)) = (number, receipt) else {
            return Err(Refused::WrongSecret);
        };
        let number = number.to_string();
        let address = edge::address();
        let counted = self.door.begin_try("report", &number, address.as_deref());
        let counted = counted.await?;
        let report = self.orchestrator.shelf().report(&number).await;
        let report = report.map_err(refuse::store)?;
        let kept = report
            .as_ref()
            .map_or(NO_HASH, |report| &report.receipt_hash);
        let run = report.as_ref().map(|report| report.run_id);
        if !receipt.matches(kept) {
            self.receipt_shown(&number, run, "receipt_failed").await?;
            return Err(Refused::WrongSecret);
        }
        self.door.end_try(counted).await?;
        let token = self.door.admit_reporter(&number).await?;
        self.receipt_shown(&number, run, "receipt_opened").await?;
        Ok(Opened { number, token })
    }

    /// The report a visitor may read: the one whose receipt they showed. Another number is not
    /// found, whether there is such a report or not.
    pub(in crate::portal) async fn report_of(
        &self,
        who: &Visitor,
        number: &str,
    ) -> Result<ReportRow, Refused> {
        let mine = self.door.reporter(who).await?.ok_or(Refused::SignIn)?;
        let asked = number.parse::<ReportNumber>();
        if asked.map_err(|_| Refused::NotFound)?.to_string() != mine {
            return Err(Refused::NotFound);
        }
        let report = self.orchestrator.shelf().report(&mine).await;
        report.map_err(refuse::store)?.ok_or(Refused::NotFound)
    }

    /// A report's status, for those who may read it.
    pub(in crate::portal) async fn status_of(
        &self,
        report: &ReportRow,
        language: Language,
    ) -> Result<StatusView, Refused> {
        let run = self.orchestrator.shelf().run(report.run_id).await;
        let run = match run.map_err(refuse::store)? {
            Some(row) => row.run,
            None => return Err(self.report_moved_out(report).await),
        };
        let history = self.history(report.run_id).await?;
        let titles = Titles::for_reporter(self.orchestrator.registry(), &run.version, language);
        let clock = hms_app::agency::Agency::clock(self);
        Ok(status::view(report, &run, &history, &titles, clock))
    }

    /// A run's whole history, oldest first.
    pub(super) async fn history(&self, run: Uuid) -> Result<Vec<AuditRow>, Refused> {
        let mut history: Vec<AuditRow> = Vec::new();
        loop {
            let after = history.last().and_then(|row| row.seq).unwrap_or(0);
            let page = self.orchestrator.shelf().history(run, after, HISTORY_PAGE);
            let page = page.await.map_err(refuse::store)?;
            let last = page.len() < HISTORY_PAGE as usize;
            history.extend(page);
            if last {
                return Ok(history);
            }
        }
    }
}

/// The workflow's `input` takes less than the form lets through: told at the fields it names.
fn not_taken(faults: &[SchemaFault]) -> Refused {
    tracing::error!(
        ?faults,
        "a workflow's input does not take what its form asks for"
    );
    let field = |fault: &SchemaFault| {
        let field = fault.pointer.split('/').nth(1)?.to_owned();
        let rule = Rule::NotTaken;
        Some(Fault { field, rule })
    };
    Refused::Form(faults.iter().filter_map(field).collect())
}

/// What workflows, agents and people get to read: answers that were given, and nothing empty.
fn payload(draft: &Draft, number: ReportNumber) -> Value {
    let mut payload = Map::new();
    payload.insert("complaintId".into(), json!(number.to_string()));
    let text = draft.text.replace("\r\n", "\n");
    payload.insert("text".into(), json!(text.trim()));
    if let Some(cents) = draft.lost_cents() {
        payload.insert("lost".into(), hms_forms::dollars(cents));
    }
    for (field, answer) in [
        ("contact", &draft.contact),
        ("suspect", &draft.suspect),
        ("email", &draft.email),
    ] {
        if !answer.trim().is_empty() {
            payload.insert(field.into(), json!(answer.trim()));
        }
    }
    payload.insert("language".into(), json!(draft.language.code()));
    Value::Object(payload)
}

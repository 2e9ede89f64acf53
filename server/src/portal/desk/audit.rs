use std::collections::{BTreeSet, HashMap};

use chrono::{Days, NaiveDate, NaiveTime};
use hms_app::agency::{Refused, Visitor};
use hms_app::views::{
    AuditKind, AuditLine, AuditObject, AuditPage, AuditQuery, Person, SealView, Time,
};
use serde_json::Value;
use uuid::Uuid;

use super::names::Names;
use super::{Desk, refuse};
use crate::identity::{Act, signature, signed_by, signed_by_token};
use crate::store::{LogKind, LogQuery, RunQuery, RunRow, TrailRow};
use crate::trail::{LastSeal, look_at_last};

/// Entries on a page.
const ROWS: u32 = 50;
/// People to choose from.
const PEOPLE: u32 = 200;
/// Longest text of a case's number that is looked for, in characters.
const OBJECT_CHARS_MAX: usize = 100;
/// Without a new checkpoint for so long, though there is something to seal, sealing does not work; in seconds of the wall
/// clock.
const LATE_SECONDS: f64 = 300.0;
/// Longest text of what changed, in characters.
const CHANGE_CHARS_MAX: usize = 200;

impl Desk {
    /// A page of the audit trail, for those who may read it.
    pub(super) async fn read_audit(
        &self,
        who: &Visitor,
        asked: AuditQuery,
    ) -> Result<AuditPage, Refused> {
        let person = self.door.allowed(who, Act::ReadAudit).await?;
        let first = asked.before.is_none();
        let people = self.to_choose_from(asked.who.as_deref()).await?;
        let mut page = match self.log_query(&asked, ROWS).await? {
            Some(query) => self.log_page(&query).await?,
            None => AuditPage {
                unknown_object: true,
                ..AuditPage::default()
            },
        };
        page.people = people;
        if first {
            page.seal = Some(self.seal().await?);
        }
        self.saw(&person, |deed| deed, "audit").await?;
        Ok(page)
    }

    /// Who may download the audit trail, once it is noted that they do.
    pub(in crate::portal) async fn takes_audit(&self, who: &Visitor) -> Result<Person, Refused> {
        let person = self.door.allowed(who, Act::ReadAudit).await?;
        self.saw(&person, |deed| deed, "audit_csv").await?;
        Ok(person)
    }

    /// A page of so many entries as the question asks; none when it names a case that is not there.
    pub(in crate::portal) async fn log_query(
        &self,
        asked: &AuditQuery,
        limit: u32,
    ) -> Result<Option<LogQuery>, Refused> {
        let about = match asked.object.as_deref().map(str::trim) {
            None | Some("") => None,
            Some(text) => match self.object_of(text).await? {
                Some(about) => Some(about),
                None => return Ok(None),
            },
        };
        let begins = |day: NaiveDate| day.and_time(NaiveTime::MIN).and_utc();
        let next = |day: NaiveDate| day.checked_add_days(Days::new(1));
        Ok(Some(LogQuery {
            who: asked.who.as_deref().map(|who| match who.parse() {
                Ok(id) => signature(id),
                Err(_) => who.to_owned(),
            }),
            kind: asked.kind.map(kind),
            about,
            from: asked.from.map(begins),
            until: asked.to.and_then(next).map(begins),
            before: asked.before,
            limit,
        }))
    }

    /// Entries with the names behind them: three questions, however many there are.
    pub(in crate::portal) async fn log_page(&self, query: &LogQuery) -> Result<AuditPage, Refused> {
        let shelf = self.orchestrator.shelf();
        let found = shelf.logbook(query).await.map_err(refuse::store)?;
        let about: BTreeSet<Uuid> = found
            .rows
            .iter()
            .filter_map(|row| row.run_id.or(row.about))
            .collect();
        let about: Vec<Uuid> = about.into_iter().collect();
        let runs = shelf.runs_by_id(&about).await.map_err(refuse::store)?;
        let cases: HashMap<Uuid, String> = runs
            .iter()
            .map(|run: &RunRow| (run.run.id, run.case()))
            .collect();
        let accounts: Vec<String> = about
            .iter()
            .filter(|id| !cases.contains_key(id))
            .map(|id| signature(*id))
            .collect();
        let signed = found.rows.iter().map(|row| row.who.as_str());
        let names = self
            .names(signed.chain(accounts.iter().map(String::as_str)))
            .await?;
        let by_token = found
            .rows
            .iter()
            .filter_map(|row| signed_by_token(&row.who));
        let no_case = about.iter().filter(|id| !cases.contains_key(id));
        let tokens: BTreeSet<Uuid> = by_token.chain(no_case.copied()).collect();
        let tokens: Vec<Uuid> = tokens.into_iter().collect();
        let tokens = self.door.people().token_names(&tokens).await;
        let tokens = tokens.map_err(refuse::store)?;
        Ok(AuditPage {
            next: found.next,
            rows: found
                .rows
                .into_iter()
                .map(|row| line(row, &cases, &names, &tokens))
                .collect(),
            ..AuditPage::default()
        })
    }

    /// A case by its number, business key or id, or a person by their id.
    async fn object_of(&self, text: &str) -> Result<Option<Uuid>, Refused> {
        if let Ok(id) = text.parse::<Uuid>() {
            // Of what was taken away there may still be entries.
            return Ok(Some(id));
        }
        let search: String = text.chars().take(OBJECT_CHARS_MAX).collect();
        let query = RunQuery {
            search: Some(search.clone()),
            limit: ROWS,
            ..RunQuery::default()
        };
        let runs = self.orchestrator.shelf().runs(&query).await;
        let runs = runs.map_err(refuse::store)?;
        let exact = runs.iter().find(|run| run.case() == search);
        let only = (runs.len() == 1).then(|| &runs[0]);
        Ok(exact.or(only).map(|run| run.run.id))
    }

    /// The newest of the staff, and who is chosen, by name.
    async fn to_choose_from(&self, chosen: Option<&str>) -> Result<Vec<(Uuid, String)>, Refused> {
        let page = self.door.people().accounts().page(None, PEOPLE).await;
        let mut people: Vec<(Uuid, String)> = page
            .map_err(refuse::store)?
            .into_iter()
            .map(|account| (account.id, account.name))
            .collect();
        let chosen = chosen.and_then(|who| who.parse::<Uuid>().ok());
        if let Some(id) = chosen.filter(|id| people.iter().all(|(known, _)| known != id)) {
            let signed = signature(id);
            let names = self.names([signed.as_str()]).await?;
            people.push((id, names.of(&signed)));
        }
        people.sort_by(|a, b| a.1.cmp(&b.1));
        Ok(people)
    }

    /// How the trail was last sealed, and whether that fits.
    async fn seal(&self) -> Result<SealView, Refused> {
        let key = self.door.key().seal().public_key();
        let shelf = self.orchestrator.shelf();
        let last = look_at_last(shelf, key).await.map_err(refuse::store)?;
        let Some(last) = last else {
            return Ok(SealView::None);
        };
        let LastSeal {
            number,
            at,
            chains,
            faults,
            newer,
        } = last;
        let waited = (self.orchestrator.now() - at).num_milliseconds() as f64 / 1000.0;
        Ok(if faults > 0 {
            SealView::Broken { number, at, faults }
        } else if newer && waited / self.orchestrator.clock().rate() > LATE_SECONDS {
            SealView::Late { at }
        } else {
            SealView::Whole { number, at, chains }
        })
    }
}

fn kind(kind: AuditKind) -> LogKind {
    match kind {
        AuditKind::Read => LogKind::Read,
        AuditKind::SignIn => LogKind::SignIn,
        AuditKind::Account => LogKind::Account,
        AuditKind::Case => LogKind::Case,
        AuditKind::Deploy => LogKind::Deploy,
    }
}

fn line(
    row: TrailRow,
    cases: &HashMap<Uuid, String>,
    names: &Names,
    tokens: &HashMap<Uuid, String>,
) -> AuditLine {
    // What cannot be read was changed from outside: it is shown as it is, and the check above names it.
    let command: Value = serde_json::from_str(&row.command).unwrap_or_default();
    let text = |field: &str| command.get(field).and_then(Value::as_str);
    let order = text("order").unwrap_or("?");
    let what = match (row.run_id, text("what")) {
        (Some(_), _) => format!("case.{order}"),
        (None, Some(what)) => format!("{order}.{what}"),
        (None, None) => order.to_owned(),
    };
    let object = row.run_id.or(row.about).map(|id| {
        let (case, name) = (cases.get(&id), names.of(&signature(id)));
        match case {
            Some(case) => AuditObject::Case {
                run: id,
                case: case.clone(),
            },
            None if name != signature(id) => AuditObject::Person { id, name },
            None => match tokens.get(&id) {
                Some(name) => AuditObject::Token {
                    id,
                    name: name.clone(),
                },
                None => AuditObject::Other { id },
            },
        }
    });
    // Of what a person decided only the outcome: what they wrote is the case's.
    let outcome = command
        .pointer("/result/outcome")
        .and_then(Value::as_str)
        .map(str::to_owned);
    let own_id = row.about.map(|about| about.to_string());
    let detail = match row.run_id {
        Some(_) => text("task"),
        None => text("id")
            .or(text("workflow"))
            .or(text("calendar"))
            .filter(|id| own_id.as_deref() != Some(id)),
    };
    AuditLine {
        n: row.n,
        at: row.at,
        who: match signed_by_token(&row.who) {
            Some(_) => row.who.clone(),
            None => names.of(&row.who),
        },
        person: signed_by(&row.who),
        token: signed_by_token(&row.who).and_then(|id| tokens.get(&id).cloned()),
        what,
        object,
        detail: detail.map(str::to_owned),
        from: text("from").map(str::to_owned),
        before: command.get("before").and_then(told),
        after: outcome.or_else(|| command.get("after").and_then(told)),
    }
}

/// What something was or is, in a line.
fn told(value: &Value) -> Option<String> {
    let text = match value {
        Value::Null => return None,
        Value::String(text) => text.clone(),
        Value::Array(many) => {
            let many = many.iter().map(|one| match one {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            });
            many.collect::<Vec<_>>().join(", ")
        }
        other => other.to_string(),
    };
    Some(text.chars().take(CHANGE_CHARS_MAX).collect())
}

/// A moment as the download writes it.
pub(in crate::portal) fn written(at: Time) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}

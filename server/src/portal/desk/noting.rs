//! What the desk writes into the audit trail beside the changes themselves: who read what about people, who came and went.
//! Nobody gets an answer before its entry is kept.

use hms_app::agency::{Refused, SignedIn, Token, Visitor};
use hms_app::views::Person;
use uuid::Uuid;

use super::{Desk, refuse};
use crate::identity::signature;
use crate::trail::Deed;

/// How the trail names whoever was not known.
const NOBODY: &str = "nobody";
/// How it names whoever shows a report's receipt.
const REPORTER: &str = "reporter";

impl Desk {
    /// Notes that a person read something about people. The same again within a minute counts once.
    pub(super) async fn saw(
        &self,
        person: &Person,
        deed: impl FnOnce(Deed) -> Deed,
        what: &'static str,
    ) -> Result<(), Refused> {
        let deed = deed(Deed::read(signature(person.id), what));
        let noted = self.orchestrator.notebook().note_once(&deed).await;
        noted.map_err(refuse::store)
    }

    /// The same of whoever is signed in.
    pub(super) async fn visitor_saw(
        &self,
        who: &Visitor,
        deed: impl FnOnce(Deed) -> Deed,
        what: &'static str,
    ) -> Result<(), Refused> {
        let person = self.door.signed_in(who).await?;
        self.saw(&person, deed, what).await
    }

    /// Notes what came of a sign-in with an address and a password, and hands it on. Of an address that is no account's the
    /// trail has a pseudonym: it may be a typing error of somebody's own, or their password.
    pub(super) async fn came(
        &self,
        email: &str,
        tried: Result<SignedIn, Refused>,
    ) -> Result<SignedIn, Refused> {
        let what = match &tried {
            Ok(came) => {
                return self
                    .signed_in_with(&came.session)
                    .await
                    .map(|()| came.clone());
            }
            Err(Refused::WrongSecret) => "failed",
            Err(Refused::TooMany(_)) => "held_back",
            Err(_) => return tried,
        };
        let email = crate::identity::normal_email(email);
        let account = self.door.people().account(&email).await;
        let deed = match account.map_err(refuse::store)? {
            Some(account) => Deed::sign_in(NOBODY, what).about(account.id),
            None => Deed::sign_in(NOBODY, what).of(self.door.key().pseudonym("account", &email)),
        };
        let notebook = self.orchestrator.notebook();
        let noted = match what {
            // Whoever goes on trying is not checked, and leaves one entry a minute.
            "held_back" => notebook.note_once(&deed).await,
            _ => notebook.note(&deed).await,
        };
        noted.map_err(refuse::store)?;
        tried
    }

    /// Notes that a person signed in, by the session they got.
    pub(super) async fn signed_in_with(&self, token: &Token) -> Result<(), Refused> {
        let visitor = Visitor {
            session: Some(token.clone()),
            ..Visitor::default()
        };
        let person = self.door.signed_in(&visitor).await?;
        let deed = Deed::sign_in(signature(person.id), "signed_in").about(person.id);
        let noted = self.orchestrator.notebook().note(&deed).await;
        noted.map_err(refuse::store)
    }

    /// Notes that a sign-in at the provider came to nothing.
    pub(super) async fn not_come_from_provider(&self) -> Result<(), Refused> {
        let deed = Deed::sign_in(NOBODY, "provider_failed");
        let noted = self.orchestrator.notebook().note_once(&deed).await;
        noted.map_err(refuse::store)
    }

    /// Ends the visitor's session and notes it.
    pub(super) async fn go(&self, who: &Visitor) -> Result<(), Refused> {
        let person = self.door.person(who).await?;
        self.door.sign_out(who).await?;
        let Some(person) = person else { return Ok(()) };
        let deed = Deed::sign_in(signature(person.id), "signed_out").about(person.id);
        let noted = self.orchestrator.notebook().note(&deed).await;
        noted.map_err(refuse::store)
    }

    /// Notes that a receipt was shown for a number, right or wrong. A run is named only when there is one.
    pub(super) async fn receipt_shown(
        &self,
        number: &str,
        run: Option<Uuid>,
        what: &'static str,
    ) -> Result<(), Refused> {
        let deed = Deed::sign_in(REPORTER, what).of(number);
        let deed = match run {
            Some(run) => deed.about(run),
            None => deed,
        };
        let noted = self.orchestrator.notebook().note(&deed).await;
        noted.map_err(refuse::store)
    }
}

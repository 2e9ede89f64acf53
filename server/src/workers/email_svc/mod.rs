//! `SVC:email-svc`: tells reporters that there is news. It sends by SMTP, or without a server
//! writes each message as a file for the demonstration to show.

#[cfg(test)]
mod attack_tests;
mod letter;
mod link_letter;
mod post;
mod reminder;
#[cfg(test)]
mod smtp_tests;

use std::path::Path;

use async_trait::async_trait;
use clap::Args;
use hms_engine::{Actor, ActorKind};
use lettre::message::Mailbox;
use serde_json::{Value, json};
use uuid::Uuid;

use self::letter::Letter;
use self::link_letter::LinkLetter;
use self::post::Post;
pub(super) use self::reminder::About;
use self::reminder::Reminder;
use super::{WorkFailed, Worker, actor};
use crate::api::TaskJson;
use crate::clock::moment;
use crate::store::AccountLink;

/// Where mail goes and what it says of itself.
#[derive(Clone, Default, Args)]
pub struct MailSettings {
    /// The mail server: smtp://USER:PASSWORD@HOST:587?tls=required, or smtps://…. Without it each message is a file in the data folder
    #[arg(long, env = "HMS_SMTP_URL", value_name = "URL", hide_env_values = true)]
    pub smtp_url: Option<String>,

    /// The sender of messages; needed with a mail server
    #[arg(long, env = "HMS_MAIL_FROM", value_name = "ADDRESS")]
    pub mail_from: Option<String>,

    /// Where people open the pages, for the links in messages. With https:// their cookies are Secure and named __Host-…
    #[arg(long, env = "HMS_PORTAL_URL", value_name = "URL")]
    pub portal_url: Option<String>,
}

impl std::fmt::Debug for MailSettings {
    /// Without the password that a mail server's URL may hold.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MailSettings")
            .field("smtp", &self.smtp_url.is_some())
            .field("mail_from", &self.mail_from)
            .field("portal_url", &self.portal_url)
            .finish()
    }
}

/// Why mail cannot be sent with these settings.
#[derive(Debug, thiserror::Error)]
pub enum BadMail {
    /// The mail server's URL is none.
    #[error("HMS_SMTP_URL is no mail server – write smtp://HOST:587?tls=required or smtps://HOST")]
    Server,
    /// The sender is no address.
    #[error(
        "\"{0}\" is no sender – write HMS_MAIL_FROM like \"Fraud reports <reports@example.gov>\""
    )]
    Sender(String),
    /// A mail server, and nobody who sends.
    #[error("a mail server needs a sender – set HMS_MAIL_FROM")]
    NoSender,
}

/// The sender of messages that are only files.
const NOBODY: &str = "Fraud reports <no-reply@hms.example>";

/// The mail worker.
pub struct EmailSvc {
    from: Mailbox,
    portal_url: String,
    post: Post,
}

impl EmailSvc {
    /// A worker with these settings; `portal_url` is used when they name none.
    pub fn new(
        settings: &MailSettings,
        portal_url: &str,
        data_dir: &Path,
    ) -> Result<EmailSvc, BadMail> {
        let from = match (&settings.mail_from, &settings.smtp_url) {
            (Some(from), _) => from.as_str(),
            (None, Some(_)) => return Err(BadMail::NoSender),
            (None, None) => NOBODY,
        };
        let portal_url = settings.portal_url.as_deref().unwrap_or(portal_url);
        Ok(EmailSvc {
            from: from.parse().map_err(|_| BadMail::Sender(from.to_owned()))?,
            portal_url: portal_url.trim_end_matches('/').to_owned(),
            post: match &settings.smtp_url {
                Some(url) => Post::by_smtp(url)?,
                None => Post::to_files(data_dir.join("mail")),
            },
        })
    }
}

impl EmailSvc {
    /// Tells a person of the staff that the time for a task runs out. The same notice to the same
    /// person is the same message, also when it is sent again.
    pub(super) async fn remind(
        &self,
        about: &About<'_>,
        person: Uuid,
        email: &str,
    ) -> Result<(), WorkFailed> {
        let address = email
            .parse()
            .map_err(|_| WorkFailed("the address is not one mail can be sent to".to_owned()))?;
        let id = Uuid::from_u128(about.notice.id.as_u128() ^ person.as_u128());
        let message = Reminder {
            about,
            from: &self.from,
            to: Mailbox::new(None, address),
            portal_url: &self.portal_url,
            id,
        };
        let message = message
            .write()
            .map_err(|_| WorkFailed("the message could not be written".to_owned()))?;
        self.post.send(about.notice.created, id, message).await
    }
}

impl EmailSvc {
    /// Mails a person the link to set their password; `word` is what stands in it.
    pub(super) async fn send_link(&self, link: &AccountLink, word: &str) -> Result<(), WorkFailed> {
        let address = link
            .email
            .parse()
            .map_err(|_| WorkFailed("the address is not one mail can be sent to".to_owned()))?;
        let letter = LinkLetter {
            link,
            word,
            from: &self.from,
            to: Mailbox::new(None, address),
            portal_url: &self.portal_url,
        };
        let message = letter
            .write()
            .map_err(|_| WorkFailed("the message could not be written".to_owned()))?;
        let made = moment(link.link.created_ms);
        self.post.send(made, link.link.id, message).await
    }
}

#[async_trait]
impl Worker for EmailSvc {
    fn name(&self) -> &'static str {
        "email-svc"
    }

    fn actor(&self) -> Actor {
        actor(ActorKind::Svc, self.name())
    }

    fn at_once(&self) -> u32 {
        8
    }

    async fn work(&self, task: &TaskJson) -> Result<Value, WorkFailed> {
        let (input, payload) = (&task.input, &task.payload());
        // What the step hands over comes before what the event brought.
        let text = |handed: &str, brought: &str| {
            let handed = input[handed].as_str();
            handed.or_else(|| payload[brought].as_str())
        };
        let unsent = |why: &str| Ok(json!({"sent": false, "why": why}));
        let address = text("email", "email").unwrap_or_default();
        let address = address.trim();
        if address.is_empty() {
            return unsent("no address");
        }
        let Ok(to) = address.parse() else {
            return unsent("the address is not one mail can be sent to");
        };
        let letter = Letter {
            task,
            from: &self.from,
            to: Mailbox::new(None, to),
            language: text("language", "language").unwrap_or("en"),
            case: text("number", "complaintId"),
            portal_url: &self.portal_url,
        };
        let message = letter
            .write()
            .map_err(|_| WorkFailed("the message could not be written".to_owned()))?;
        self.post.send(task.created, task.id, message).await?;
        Ok(json!({"sent": true, "by": self.post.name()}))
    }
}

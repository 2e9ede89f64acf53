//! The message with a link to set a password.

use chrono::TimeDelta;
use lettre::Message;
use lettre::message::Mailbox;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};

use crate::store::{AccountLink, LinkPurpose};

/// A message to write.
pub(super) struct LinkLetter<'a> {
    /// The link it is about.
    pub(super) link: &'a AccountLink,
    /// What stands in the link.
    pub(super) word: &'a str,
    /// The sender.
    pub(super) from: &'a Mailbox,
    /// The receiver.
    pub(super) to: Mailbox,
    /// Where the pages are.
    pub(super) portal_url: &'a str,
}

impl LinkLetter<'_> {
    /// The message. The same link always gives the same `Message-ID`, so a repeat is known as one.
    pub(super) fn write(&self) -> Result<Message, lettre::error::Error> {
        let spanish = self.link.language.as_deref() == Some("es");
        let first = self.link.link.purpose == LinkPurpose::Invite;
        let address = format!("{}/password/set/{}", self.portal_url, self.word);
        let lasts = TimeDelta::milliseconds(self.link.link.expires_ms - self.link.link.created_ms);
        let (subject, body) = match (spanish, first) {
            (false, true) => (
                "Your account",
                format!(
                    "An account was made for you at {}.\n\n\
                     To set your password, open this address within {} days:\n{address}\n\n\
                     It works once. Then sign in with your e-mail address and the password.\n\
                     If you do not know what this is about, do nothing.\n",
                    self.portal_url,
                    lasts.num_days()
                ),
            ),
            (false, false) => (
                "Set your password",
                format!(
                    "Somebody asked for a new password for your account at {}.\n\n\
                     To set it, open this address within {} minutes:\n{address}\n\n\
                     It works once. If it was not you, do nothing: your password stays as it is.\n",
                    self.portal_url,
                    lasts.num_minutes()
                ),
            ),
            (true, true) => (
                "Su cuenta",
                format!(
                    "Se creó una cuenta para usted en {}.\n\n\
                     Para elegir su contraseña, abra esta dirección dentro de {} días:\n{address}\n\n\
                     Sirve una sola vez. Después entre con su correo y la contraseña.\n\
                     Si no sabe de qué se trata, no haga nada.\n",
                    self.portal_url,
                    lasts.num_days()
                ),
            ),
            (true, false) => (
                "Cambie su contraseña",
                format!(
                    "Alguien pidió una contraseña nueva para su cuenta en {}.\n\n\
                     Para elegirla, abra esta dirección dentro de {} minutos:\n{address}\n\n\
                     Sirve una sola vez. Si no fue usted, no haga nada: su contraseña no cambia.\n",
                    self.portal_url,
                    lasts.num_minutes()
                ),
            ),
        };
        let id = format!("<{}@{}>", self.link.link.id, self.from.email.domain());
        let header = |name, value: &str| {
            HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
        };
        let language = if spanish { "es" } else { "en" };
        Message::builder()
            .from(self.from.clone())
            .to(self.to.clone())
            .subject(subject)
            .date_now()
            .message_id(Some(id))
            // Out-of-office programs do not answer such messages (RFC 3834).
            .raw_header(header("Auto-Submitted", "auto-generated"))
            .raw_header(header("Content-Language", language))
            .header(ContentType::TEXT_PLAIN)
            .body(body)
    }
}

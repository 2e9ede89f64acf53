//! What the staff are told of a task whose time runs out: which step, how much of the time is used,
//! and where to open it. Nothing about the case, because mail is read by others.

use lettre::Message;
use lettre::message::Mailbox;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use uuid::Uuid;

use crate::store::Notice;

/// A message to write.
pub(super) struct Reminder<'a> {
    /// What it is about.
    pub(super) notice: &'a Notice,
    /// The sender.
    pub(super) from: &'a Mailbox,
    /// The receiver.
    pub(super) to: Mailbox,
    /// Where the pages are.
    pub(super) portal_url: &'a str,
    /// The message's own id: the same for the same notice and person.
    pub(super) id: Uuid,
}

impl Reminder<'_> {
    pub(super) fn write(&self) -> Result<Message, lettre::error::Error> {
        let notice = self.notice;
        let (percent, step, workflow) = (notice.at_percent, &notice.step_id, &notice.workflow);
        let subject = match percent {
            ..100 => format!("{percent} % of the time for a task is used: {step}"),
            _ => format!("A task is past its deadline: {step}"),
        };
        let deadline = match notice.deadline {
            Some(deadline) => format!("Its deadline: {} UTC\n", deadline.format("%Y-%m-%d %H:%M")),
            None => String::new(),
        };
        let body = format!(
            "A task of {workflow} is open at the step {step}.\n\
             {percent} % of its time is used.\n{deadline}\n\
             To open it, sign in at\n{}/inbox/{}\n\n\
             This message does not say what the case is about, because others may read your mail.\n\
             Nobody reads answers to this message.\n",
            self.portal_url, notice.task_id,
        );
        let id = format!("<{}@{}>", self.id, self.from.email.domain());
        let header = |name, value: &str| {
            HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
        };
        Message::builder()
            .from(self.from.clone())
            .to(self.to.clone())
            .subject(subject)
            .date_now()
            .message_id(Some(id))
            // Out-of-office programs do not answer such messages (RFC 3834).
            .raw_header(header("Auto-Submitted", "auto-generated"))
            .raw_header(header("Content-Language", "en"))
            .header(ContentType::TEXT_PLAIN)
            .body(body)
    }
}

//! What the staff are told of a task whose time runs out: which step, how much of the time is used,
//! and where to open it. Nothing about the case, because mail is read by others.

use lettre::Message;
use lettre::message::Mailbox;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use uuid::Uuid;

use crate::orchestrator::Registry;
use crate::store::Notice;

/// What a message is about, in the language of who gets it.
pub(in crate::workers) struct About<'a> {
    /// The notice.
    pub(super) notice: &'a Notice,
    spanish: bool,
    /// What the step is called.
    step: String,
    /// What the workflow is called.
    workflow: String,
}

impl<'a> About<'a> {
    /// In a language, and in English where nobody said which. Step and workflow are called as the
    /// definition in force says, and by their ids where it says nothing.
    pub(in crate::workers) fn of(
        registry: &Registry,
        notice: &'a Notice,
        language: Option<&str>,
    ) -> About<'a> {
        let spanish = language == Some("es");
        let code = if spanish { "es" } else { "en" };
        let flow = registry.in_force(&notice.workflow);
        let step = flow.as_ref().and_then(|flow| {
            let title = flow.step(&notice.step_id)?.title.get(code)?;
            Some(title.to_owned())
        });
        let workflow = flow.as_ref().and_then(|flow| flow.title.get(code));
        About {
            spanish,
            step: step.unwrap_or_else(|| notice.step_id.clone()),
            workflow: workflow.unwrap_or(&notice.workflow).to_owned(),
            notice,
        }
    }

    fn subject(&self) -> String {
        let (percent, step) = (self.notice.at_percent, &self.step);
        match (percent, self.spanish) {
            (..100, false) => format!("{percent} % of the time for a task is used: {step}"),
            (_, false) => format!("A task is past its deadline: {step}"),
            (..100, true) => format!("Se usó el {percent} % del tiempo de una tarea: {step}"),
            (_, true) => format!("Una tarea pasó su plazo: {step}"),
        }
    }

    fn body(&self, portal_url: &str) -> String {
        let (step, workflow, percent) = (&self.step, &self.workflow, self.notice.at_percent);
        let link = format!("{portal_url}/inbox/{}", self.notice.task_id);
        let deadline = self.notice.deadline;
        let deadline = deadline.map(|deadline| deadline.format("%Y-%m-%d %H:%M").to_string());
        let deadline = match (&deadline, self.spanish) {
            (None, _) => String::new(),
            (Some(deadline), false) => format!("Its deadline: {deadline} UTC\n"),
            (Some(deadline), true) => format!("Su plazo: {deadline} UTC\n"),
        };
        if self.spanish {
            return format!(
                "Una tarea de “{workflow}” está abierta: {step}.\n\
                 Se usó el {percent} % de su tiempo.\n{deadline}\n\
                 Para abrirla, entre en\n{link}\n\n\
                 Este mensaje no dice de qué trata el caso, porque otras personas pueden leer su correo.\n\
                 Nadie lee las respuestas a este mensaje.\n",
            );
        }
        format!(
            "A task of “{workflow}” is open: {step}.\n\
             {percent} % of its time is used.\n{deadline}\n\
             To open it, sign in at\n{link}\n\n\
             This message does not say what the case is about, because others may read your mail.\n\
             Nobody reads answers to this message.\n",
        )
    }
}

/// A message to write.
pub(super) struct Reminder<'a> {
    /// What it is about.
    pub(super) about: &'a About<'a>,
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
        let id = format!("<{}@{}>", self.id, self.from.email.domain());
        let header = |name, value: &str| {
            HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
        };
        let language = if self.about.spanish { "es" } else { "en" };
        Message::builder()
            .from(self.from.clone())
            .to(self.to.clone())
            .subject(self.about.subject())
            .date_now()
            .message_id(Some(id))
            // Out-of-office programs do not answer such messages (RFC 3834).
            .raw_header(header("Auto-Submitted", "auto-generated"))
            .raw_header(header("Content-Language", language))
            .header(ContentType::TEXT_PLAIN)
            .body(self.about.body(self.portal_url))
    }
}

#[cfg(test)]
mod tests {
    use hms_engine::{Recipient, Workflow};

    use super::*;

    const TITLED: &str = "id: Claim\nstart: Claimed\ntitle: { en: A claim, es: Una reclamación }\nsteps:\n  - id: decide\n    title: { en: We decide, es: Decidimos }\n    actor: HUMAN:clerk\n  - id: tell\n    actor: HUMAN:clerk\n";

    fn notice(step: &str, at_percent: u32) -> Notice {
        Notice {
            id: Uuid::from_u128(1),
            task_id: Uuid::from_u128(2),
            workflow: "Claim".into(),
            step_id: step.into(),
            who: Recipient::Role("HUMAN:clerk".parse().unwrap()),
            at_percent,
            deadline: Some("2026-01-05T14:00:00Z".parse().unwrap()),
            created: "2026-01-05T12:00:00Z".parse().unwrap(),
            tries: 1,
            told: Vec::new(),
        }
    }

    #[test]
    fn a_message_is_in_the_language_of_who_gets_it_and_names_the_step() {
        let registry = Registry::default();
        registry.put(Workflow::parse(TITLED).unwrap().workflow, Some(0));
        let (titled, plain, late) = (
            notice("decide", 80),
            notice("tell", 80),
            notice("decide", 150),
        );
        for (notice, language, subject, says) in [
            (
                &titled,
                None,
                "80 % of the time for a task is used: We decide",
                "A task of “A claim” is open: We decide.",
            ),
            (
                &titled,
                Some("es"),
                "Se usó el 80 % del tiempo de una tarea: Decidimos",
                "Una tarea de “Una reclamación” está abierta: Decidimos.",
            ),
            (
                &titled,
                Some("fr"),
                "80 % of the time for a task is used: We decide",
                "Its deadline: 2026-01-05 14:00 UTC",
            ),
            (
                &plain,
                Some("en"),
                "80 % of the time for a task is used: tell",
                "is open: tell.",
            ),
            (
                &late,
                None,
                "A task is past its deadline: We decide",
                "150 % of its time is used.",
            ),
            (
                &late,
                Some("es"),
                "Una tarea pasó su plazo: Decidimos",
                "Su plazo: 2026-01-05 14:00 UTC",
            ),
        ] {
            let about = About::of(&registry, notice, language);
            assert_eq!(about.subject(), subject);
            let body = about.body("https://portal.example");
            assert!(body.contains(says), "{body}");
            assert!(
                body.contains("https://portal.example/inbox/00000000-0000-0000-0000-000000000002")
            );
        }
        let mut gone = notice("decide", 50);
        gone.workflow = "Gone".into();
        let about = About::of(&registry, &gone, None);
        assert!(about.body("").contains("A task of “Gone” is open: decide."));
    }
}

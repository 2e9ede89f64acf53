//! What a message says: that there is news, and where to read it. Nothing about the report itself
//! and no secret, because mail is read by others.

use lettre::Message;
use lettre::message::Mailbox;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};

use crate::api::TaskJson;

/// A message to write.
pub(super) struct Letter<'a> {
    /// The task it is sent for.
    pub(super) task: &'a TaskJson,
    /// The sender.
    pub(super) from: &'a Mailbox,
    /// The receiver.
    pub(super) to: Mailbox,
    /// `en` or `es`.
    pub(super) language: &'a str,
    /// The number people know the report by.
    pub(super) case: Option<&'a str>,
    /// Where the pages are.
    pub(super) portal_url: &'a str,
}

/// Longest number that is written into a message; a sender of events may put anything there.
const CASE_BYTES_MAX: usize = 40;

impl Letter<'_> {
    /// The message. The same task always gives the same `Message-ID`, so a repeat is known as one.
    pub(super) fn write(&self) -> Result<Message, lettre::error::Error> {
        let spanish = self.language == "es";
        let case = self.case.filter(|case| is_number(case));
        let (subject, body) = if spanish {
            (subject_es(case), body_es(case, self.portal_url))
        } else {
            (subject_en(case), body_en(case, self.portal_url))
        };
        let id = format!("<{}@{}>", self.task.id, self.from.email.domain());
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
            .raw_header(header(
                "Content-Language",
                if spanish { "es" } else { "en" },
            ))
            .header(ContentType::TEXT_PLAIN)
            .body(body)
    }
}

fn is_number(case: &str) -> bool {
    !case.is_empty()
        && case.len() <= CASE_BYTES_MAX
        && case.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

fn link(portal_url: &str, case: Option<&str>) -> String {
    match case {
        Some(case) => format!("{portal_url}/status/{case}"),
        None => format!("{portal_url}/status"),
    }
}

fn subject_en(case: Option<&str>) -> String {
    match case {
        Some(case) => format!("Your report {case} has news"),
        None => "Your report has news".to_owned(),
    }
}

fn body_en(case: Option<&str>, portal_url: &str) -> String {
    let number = case.map(|case| format!(" {case}")).unwrap_or_default();
    format!(
        "There is news about your report{number}.\n\n\
         To read it, open\n{}\n\
         and enter the report number and the receipt you saved when you sent it.\n\n\
         This message does not say what the news is, because others may read your mail.\n\
         Nobody reads answers to this message.\n",
        link(portal_url, case)
    )
}

fn subject_es(case: Option<&str>) -> String {
    match case {
        Some(case) => format!("Su denuncia {case} tiene novedades"),
        None => "Su denuncia tiene novedades".to_owned(),
    }
}

fn body_es(case: Option<&str>, portal_url: &str) -> String {
    let number = case.map(|case| format!(" {case}")).unwrap_or_default();
    format!(
        "Hay novedades sobre su denuncia{number}.\n\n\
         Para leerlas, abra\n{}\n\
         y escriba el número de la denuncia y el recibo que guardó al enviarla.\n\n\
         Este mensaje no dice cuáles son, porque otras personas pueden leer su correo.\n\
         Nadie lee las respuestas a este mensaje.\n",
        link(portal_url, case)
    )
}

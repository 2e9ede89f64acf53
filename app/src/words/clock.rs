//! A task's clock: the part of its page where people stop it, let it run again, and give it more time.

use crate::views::{LedgerView, ToldView};

use super::when::short_ms;

/// The clock's part of a task's page.
#[derive(Debug)]
#[allow(missing_docs, reason = "each name says the text it holds")]
pub struct ClockWords {
    pub title: &'static str,
    pub outside: fn(&str) -> String,
    pub resume: &'static str,
    pub resume_hint: &'static str,
    pub reason: &'static str,
    pub reason_hint: &'static str,
    pub no_reason: &'static str,
    pub waiting: &'static str,
    pub pause: &'static str,
    pub by: &'static str,
    pub by_hint: &'static str,
    pub no_by: &'static str,
    pub why: &'static str,
    pub no_why: &'static str,
    pub extend: &'static str,
    pub closed: &'static str,
    pub not_allowed: &'static str,
    pub ledger: fn(&LedgerView) -> String,
}

/// English.
pub(super) const EN: ClockWords = ClockWords {
    title: "Clock",
    outside: |moment| {
        format!("The office is closed now and opens at {moment}. Until then no time is used.")
    },
    resume: "Resume the clock",
    resume_hint: "The time that is left begins to run again.",
    reason: "Why the clock is to stop",
    reason_hint: "The person who sent the report can read this. Leave out names.",
    no_reason: "Write down why the clock is to stop",
    waiting: "We wait for the person who sent the report",
    pause: "Pause the clock",
    by: "More time",
    by_hint: "Like 4h or 2d, or 2bd where business days are counted.",
    no_by: "Enter how much time to add, like 4h",
    why: "Why more time is needed",
    no_why: "Write down why more time is needed",
    extend: "Extend",
    closed: "The task is closed. Its clock was not changed",
    not_allowed: "Your role cannot change this clock",
    ledger: |what| match what {
        LedgerView::Started => "The clock runs".to_owned(),
        LedgerView::Stopped {
            reason,
            for_reporter: false,
        } => format!("Paused: “{reason}”"),
        LedgerView::Stopped { reason, .. } => {
            format!("Paused, waiting for the person who sent the report: “{reason}”")
        }
        LedgerView::Extended { by_ms, reason } => {
            format!("Given {} more: “{reason}”", length(*by_ms))
        }
        LedgerView::Recalendared => "The calendar changed".to_owned(),
        LedgerView::Migrated => "The rules for this step changed".to_owned(),
        LedgerView::AcceptMissed => "Nobody accepted it in time".to_owned(),
        LedgerView::Reached {
            percent,
            reminded,
            notified,
            priority,
        } => {
            let mut told = format!("{percent} % of the time is used.");
            if let Some(reminded) = reminded {
                told += &match (reminded.people, reminded.over) {
                    (0, false) => " A reminder is about to be sent.".to_owned(),
                    (0, true) => " Nobody could be reminded.".to_owned(),
                    (1, _) => " Reminder sent.".to_owned(),
                    (many, _) => format!(" Reminder sent to {many} people."),
                };
            }
            if let Some(ToldView { role, sent }) = notified {
                told += &match (sent.people, sent.over) {
                    (0, false) => format!(" “{role}” is about to be told."),
                    (0, true) => format!(" Nobody with the role “{role}” could be told."),
                    (1, _) => format!(" “{role}” was told."),
                    (many, _) => format!(" “{role}” was told ({many} people)."),
                };
            }
            if *priority {
                told += " It comes before other tasks now.";
            }
            told
        }
    },
};

/// Spanish.
pub(super) const ES: ClockWords = ClockWords {
    title: "Plazo",
    outside: |moment| {
        format!("La oficina está cerrada y abre a las {moment}. Hasta entonces no corre el plazo.")
    },
    resume: "Reanudar el plazo",
    resume_hint: "El tiempo que queda vuelve a correr.",
    reason: "Por qué se detiene el plazo",
    reason_hint: "La persona que envió la denuncia puede leerlo. No escriba nombres.",
    no_reason: "Escriba por qué se detiene el plazo",
    waiting: "Esperamos a la persona que envió la denuncia",
    pause: "Detener el plazo",
    by: "Más tiempo",
    by_hint: "Como 4h o 2d, o 2bd si se cuentan días hábiles.",
    no_by: "Escriba cuánto tiempo añadir, como 4h",
    why: "Por qué hace falta más tiempo",
    no_why: "Escriba por qué hace falta más tiempo",
    extend: "Ampliar",
    closed: "La tarea está cerrada. Su plazo no cambió",
    not_allowed: "Su función no puede cambiar este plazo",
    ledger: |what| match what {
        LedgerView::Started => "El plazo corre".to_owned(),
        LedgerView::Stopped {
            reason,
            for_reporter: false,
        } => format!("Detenido: «{reason}»"),
        LedgerView::Stopped { reason, .. } => {
            format!("Detenido, a la espera de la persona que envió la denuncia: «{reason}»")
        }
        LedgerView::Extended { by_ms, reason } => {
            format!("Ampliado en {}: «{reason}»", length(*by_ms))
        }
        LedgerView::Recalendared => "Cambió el calendario".to_owned(),
        LedgerView::Migrated => "Cambiaron las reglas de este paso".to_owned(),
        LedgerView::AcceptMissed => "Nadie la aceptó a tiempo".to_owned(),
        LedgerView::Reached {
            percent,
            reminded,
            notified,
            priority,
        } => {
            let mut told = format!("Se usó el {percent} % del tiempo.");
            if let Some(reminded) = reminded {
                told += &match (reminded.people, reminded.over) {
                    (0, false) => " Se va a enviar un recordatorio.".to_owned(),
                    (0, true) => " No se pudo recordar a nadie.".to_owned(),
                    (1, _) => " Recordatorio enviado.".to_owned(),
                    (many, _) => format!(" Recordatorio enviado a {many} personas."),
                };
            }
            if let Some(ToldView { role, sent }) = notified {
                told += &match (sent.people, sent.over) {
                    (0, false) => format!(" Se va a avisar a «{role}»."),
                    (0, true) => format!(" No se pudo avisar a nadie con la función «{role}»."),
                    (1, _) => format!(" Se avisó a «{role}»."),
                    (many, _) => format!(" Se avisó a «{role}» ({many} personas)."),
                };
            }
            if *priority {
                told += " Ahora va antes que otras tareas.";
            }
            told
        }
    },
};

/// A length that was added is never negative.
fn length(ms: i64) -> String {
    short_ms(ms.unsigned_abs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::views::{Language, Sent};
    use crate::words::words;

    #[test]
    fn the_ledger_is_told() {
        let stopped = |for_reporter| LedgerView::Stopped {
            reason: "strike".into(),
            for_reporter,
        };
        let extended = LedgerView::Extended {
            by_ms: 7_200_000,
            reason: "new papers".into(),
        };
        let sent = |people, over| Sent { people, over };
        let reached = |reminded, notified: Option<Sent>, priority| LedgerView::Reached {
            percent: 80,
            reminded,
            notified: notified.map(|sent| ToldView {
                role: "supervisor".into(),
                sent,
            }),
            priority,
        };
        for (what, en, es) in [
            (LedgerView::Started, "The clock runs", "El plazo corre"),
            (stopped(false), "Paused: “strike”", "Detenido: «strike»"),
            (
                stopped(true),
                "Paused, waiting for the person who sent the report: “strike”",
                "Detenido, a la espera de la persona que envió la denuncia: «strike»",
            ),
            (
                extended,
                "Given 2 h more: “new papers”",
                "Ampliado en 2 h: «new papers»",
            ),
            (
                reached(Some(sent(1, true)), None, false),
                "80 % of the time is used. Reminder sent.",
                "Se usó el 80 % del tiempo. Recordatorio enviado.",
            ),
            (
                reached(Some(sent(0, false)), Some(sent(0, true)), true),
                "80 % of the time is used. A reminder is about to be sent. Nobody with the role “supervisor” could be told. It comes before other tasks now.",
                "Se usó el 80 % del tiempo. Se va a enviar un recordatorio. No se pudo avisar a nadie con la función «supervisor». Ahora va antes que otras tareas.",
            ),
            (
                reached(Some(sent(3, true)), Some(sent(2, false)), false),
                "80 % of the time is used. Reminder sent to 3 people. “supervisor” was told (2 people).",
                "Se usó el 80 % del tiempo. Recordatorio enviado a 3 personas. Se avisó a «supervisor» (2 personas).",
            ),
        ] {
            assert_eq!((words(Language::En).clock.ledger)(&what), en);
            assert_eq!((words(Language::Es).clock.ledger)(&what), es);
        }
    }
}

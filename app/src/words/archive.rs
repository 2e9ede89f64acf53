//! Cases that ended long ago and were moved out into the agency's archive.

/// What their reporter and the staff are told of them.
#[derive(Debug)]
#[allow(missing_docs, reason = "each name says the text it holds")]
pub struct ArchiveWords {
    /// With the day, where that is known.
    pub closed: fn(Option<&str>) -> String,
    pub moved: &'static str,
    pub what_title: &'static str,
    pub ask: fn(&str) -> String,
    pub secret: &'static str,
    pub again: &'static str,
    pub report: &'static str,
}

/// English.
pub(super) const EN: ArchiveWords = ArchiveWords {
    closed: |day| match day {
        Some(day) => format!("Your report was closed on {day}"),
        None => "Your report was closed".to_owned(),
    },
    moved: "That was some time ago. Its file has been moved to the agency’s archive, so this page cannot show the steps any more.",
    what_title: "What you can do",
    ask: |number| {
        format!(
            "To find out how it ended, or to get a copy, write to or call the agency. Tell them this number: {number}. They can read the file."
        )
    },
    secret: "Keep your receipt to yourself. The agency does not need it to find the file.",
    again: "If something new has happened, send a new report. Name this number in it.",
    report: "Send a new report",
};

/// Spanish.
pub(super) const ES: ArchiveWords = ArchiveWords {
    closed: |day| match day {
        Some(day) => format!("Su denuncia se cerró el {day}"),
        None => "Su denuncia se cerró".to_owned(),
    },
    moved: "Eso fue hace tiempo. Su expediente pasó al archivo de la agencia, y por eso esta página ya no puede mostrar los pasos.",
    what_title: "Qué puede hacer",
    ask: |number| {
        format!(
            "Para saber cómo terminó, o para tener una copia, escriba o llame a la agencia. Dígales este número: {number}. Allí pueden leer el expediente."
        )
    },
    secret: "No dé su recibo a nadie. La agencia no lo necesita para encontrar el expediente.",
    again: "Si ha pasado algo nuevo, envíe una denuncia nueva. Nombre en ella este número.",
    report: "Enviar una denuncia nueva",
};

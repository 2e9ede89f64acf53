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
    pub runs: &'static str,
    pub title: &'static str,
    pub ended: fn(&str) -> String,
    /// Where only the month is known.
    pub ended_in: fn(&str) -> String,
    pub workflow: &'static str,
    pub run: &'static str,
    pub file: &'static str,
    pub read_title: &'static str,
    pub by_command: &'static str,
    pub verify: &'static str,
    pub personal: &'static str,
    pub found: &'static str,
    pub open: &'static str,
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
    runs: "Runs",
    title: "This case is in the archive",
    ended: |day| format!("It ended on {day}. Later it was moved out of the database into a file."),
    ended_in: |month| {
        format!("It ended in {month}. Later it was moved out of the database into a file.")
    },
    workflow: "Workflow",
    run: "Run id",
    file: "File in the folder of archives",
    read_title: "How to read it",
    by_command: "On the server, where DIR is the folder of archives:",
    verify: "To see whether every file in the archive is as it was written:",
    personal: "Contact details and other data that were kept apart are not in the file. They were erased.",
    found: "The case you looked for is in the archive.",
    open: "See where it is",
};

/// Spanish.
pub(super) const ES: ArchiveWords = ArchiveWords {
    closed: |day| match day {
        Some(day) => format!("Su denuncia se cerró el {day}"),
        None => "Su denuncia se cerró".to_owned(),
    },
    moved: "Eso fue hace tiempo. Su expediente pasó al archivo histórico de la agencia, y por eso esta página ya no puede mostrar los pasos.",
    what_title: "Qué puede hacer",
    ask: |number| {
        format!(
            "Para saber cómo terminó, o para tener una copia, escriba o llame a la agencia. Dígales este número: {number}. Allí pueden leer el expediente."
        )
    },
    secret: "No dé su comprobante a nadie. La agencia no lo necesita para encontrar el expediente.",
    again: "Si ha pasado algo nuevo, envíe una denuncia nueva. Nombre en ella este número.",
    report: "Enviar una denuncia nueva",
    runs: "Casos",
    title: "Este caso está en el archivo histórico",
    ended: |day| {
        format!("Terminó el {day}. Después se sacó de la base de datos y se guardó en un archivo.")
    },
    ended_in: |month| {
        format!(
            "Terminó en {month}. Después se sacó de la base de datos y se guardó en un archivo."
        )
    },
    workflow: "Flujo de trabajo",
    run: "Identificador",
    file: "Archivo, en la carpeta del archivo histórico",
    read_title: "Cómo leerlo",
    by_command: "En el servidor, donde DIR es esa carpeta:",
    verify: "Para ver si todo lo que hay en ella está como se escribió:",
    personal: "Los datos de contacto y otros que se guardaban aparte no están en el archivo. Se borraron.",
    found: "El caso que busca está en el archivo histórico.",
    open: "Ver dónde está",
};

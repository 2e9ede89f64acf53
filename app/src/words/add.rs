//! Adding to a report that was sent.

/// The page where a reporter adds to their report.
#[derive(Debug)]
#[allow(missing_docs, reason = "each name says the text it holds")]
pub struct AddWords {
    pub title: fn(&str) -> String,
    pub back: &'static str,
    pub lead: &'static str,
    pub asked: fn(&str) -> String,
    pub asked_more: &'static str,
    pub label: &'static str,
    pub hint: &'static str,
    pub missing: &'static str,
    pub too_long: fn(u32) -> String,
    pub send: &'static str,
    pub over: &'static str,
    pub kept: &'static str,
    pub link: &'static str,
    pub received: &'static str,
}

/// English.
pub(super) const EN: AddWords = AddWords {
    title: |number| format!("Add to report {number}"),
    back: "Back to my report",
    lead: "What you add is kept with your report. The people who work on it can read it.",
    asked: |reason| format!("We asked you: {reason}"),
    asked_more: "When you send your answer, the clock of this step runs again.",
    label: "What do you want to add?",
    hint: "Up to 10,000 characters. Leave out card numbers, passwords and your Social Security number.",
    missing: "Write what you want to add",
    too_long: |chars| format!("Use {chars} characters or fewer"),
    send: "Send",
    over: "You can no longer add to this report: it is finished, or much was added to it before. You can send a new report and name this number in it.",
    kept: "What you wrote was not sent:",
    link: "Add information",
    received: "We received what you added.",
};

/// Spanish.
pub(super) const ES: AddWords = AddWords {
    title: |number| format!("Añadir a la denuncia {number}"),
    back: "Volver a mi denuncia",
    lead: "Lo que añada se guarda con su denuncia. Lo pueden leer las personas que trabajan en ella.",
    asked: |reason| format!("Le hemos preguntado: {reason}"),
    asked_more: "Cuando envíe su respuesta, vuelve a correr el plazo de este paso.",
    label: "¿Qué quiere añadir?",
    hint: "Hasta 10.000 caracteres. No escriba números de tarjeta, contraseñas ni su número de Seguro Social.",
    missing: "Escriba lo que quiere añadir",
    too_long: |chars| format!("Use {chars} caracteres o menos"),
    send: "Enviar",
    over: "Ya no se puede añadir nada a esta denuncia: está terminada, o ya se añadió mucho. Puede enviar una denuncia nueva y nombrar en ella este número.",
    kept: "Lo que escribió no se envió:",
    link: "Añadir información",
    received: "Recibimos lo que añadió.",
};

//! Erasing the personal data of a case.

/// The page that erases, and what a case's page tells of it.
#[derive(Debug)]
#[allow(missing_docs, reason = "each name says the text it holds")]
pub struct EraseWords {
    pub section: &'static str,
    pub kept: fn(u64) -> String,
    pub erased: fn(u64, &str) -> String,
    pub by: fn(&str) -> String,
    pub by_program: &'static str,
    pub by_rule: &'static str,
    pub with_other: &'static str,
    pub reason_was: fn(&str) -> String,
    pub link: &'static str,
    pub title: fn(&str) -> String,
    pub back: &'static str,
    pub nothing: &'static str,
    pub goes_title: &'static str,
    pub goes: fn(u64) -> String,
    pub goes_how: &'static str,
    pub stays_title: &'static str,
    pub stays: [&'static str; 4],
    pub running: &'static str,
    pub shared: fn(u64) -> String,
    pub reason: &'static str,
    pub reason_hint: &'static str,
    pub missing: &'static str,
    pub too_long: fn(u32) -> String,
    pub next: &'static str,
    pub sure_title: &'static str,
    pub sure: fn(u64) -> String,
    pub sure_reason: &'static str,
    pub erase: &'static str,
    pub keep: &'static str,
    pub not_allowed: &'static str,
}

/// English.
pub(super) const EN: EraseWords = EraseWords {
    section: "Personal data",
    kept: |values| match values {
        1 => "1 value is kept apart from this case, sealed.".to_owned(),
        _ => format!("{values} values are kept apart from this case, sealed."),
    },
    erased: |values, at| match values {
        1 => format!("1 value was erased at {at}."),
        _ => format!("{values} values were erased, the last at {at}."),
    },
    by: |who| format!("By {who}."),
    by_program: "By the command hms personal erase.",
    by_rule: "By the rule of its workflow.",
    with_other: "It was done for another case that began with the same report.",
    reason_was: |reason| format!("Reason: “{reason}”"),
    link: "Erase the personal data",
    title: |case| format!("Erase the personal data of {case}"),
    back: "Back to the case",
    nothing: "There is nothing to erase: no value is kept apart from this case.",
    goes_title: "What goes",
    goes: |values| match values {
        1 => "1 value, such as an email address or a phone number.".to_owned(),
        _ => format!("{values} values, such as an email address or a phone number."),
    },
    goes_how: "It is taken out of the database for good, and nobody can bring it back. Copies in backups stay until those are gone.",
    stays_title: "What stays",
    stays: [
        "The case, its tasks and what was decided",
        "What people wrote as text, and their files",
        "All figures and reports",
        "The audit trail, with an entry that you erased this, when and why",
    ],
    running: "This case still goes on. Whoever works on it will not have the values any more, and no message can be sent to an erased address.",
    shared: |cases| match cases {
        1 => "1 other case began with the same report. It loses the values too.".to_owned(),
        _ => format!("{cases} other cases began with the same report. They lose the values too."),
    },
    reason: "Why do you erase it?",
    reason_hint: "Kept in the audit trail, for everybody who may read it. Write no names and no addresses.",
    missing: "Write down why you erase it",
    too_long: |chars| format!("Use {chars} characters or fewer"),
    next: "Go on",
    sure_title: "Erase it now?",
    sure: |values| match values {
        1 => "1 value will be erased for good. This cannot be undone.".to_owned(),
        _ => format!("{values} values will be erased for good. This cannot be undone."),
    },
    sure_reason: "Your reason:",
    erase: "Yes, erase it for good",
    keep: "No, keep it",
    not_allowed: "Your role cannot erase personal data",
};

/// Spanish.
pub(super) const ES: EraseWords = EraseWords {
    section: "Datos personales",
    kept: |values| match values {
        1 => "Se guarda 1 dato aparte de este caso, sellado.".to_owned(),
        _ => format!("Se guardan {values} datos aparte de este caso, sellados."),
    },
    erased: |values, at| match values {
        1 => format!("Se borró 1 dato a las {at}."),
        _ => format!("Se borraron {values} datos, el último a las {at}."),
    },
    by: |who| format!("Lo hizo {who}."),
    by_program: "Se hizo con la orden hms personal erase.",
    by_rule: "Se hizo por la regla de su flujo.",
    with_other: "Se hizo por otro caso que empezó con la misma denuncia.",
    reason_was: |reason| format!("Motivo: «{reason}»"),
    link: "Borrar los datos personales",
    title: |case| format!("Borrar los datos personales de {case}"),
    back: "Volver al caso",
    nothing: "No hay nada que borrar: no se guarda ningún dato aparte de este caso.",
    goes_title: "Qué se borra",
    goes: |values| match values {
        1 => "1 dato, como un correo electrónico o un teléfono.".to_owned(),
        _ => format!("{values} datos, como un correo electrónico o un teléfono."),
    },
    goes_how: "Se quita de la base de datos para siempre, y nadie lo puede recuperar. Las copias de seguridad lo tienen hasta que se eliminen.",
    stays_title: "Qué queda",
    stays: [
        "El caso, sus tareas y lo que se decidió",
        "Lo que las personas escribieron como texto, y sus archivos",
        "Todas las cifras y los informes",
        "La auditoría, con una entrada que dice que usted lo borró, cuándo y por qué",
    ],
    running: "Este caso sigue abierto. Quienes trabajan en él ya no tendrán los datos, y no se podrá enviar ningún mensaje a una dirección borrada.",
    shared: |cases| match cases {
        1 => "Otro caso empezó con la misma denuncia. También pierde los datos.".to_owned(),
        _ => format!(
            "Otros {cases} casos empezaron con la misma denuncia. También pierden los datos."
        ),
    },
    reason: "¿Por qué lo borra?",
    reason_hint: "Queda en la auditoría, para todas las personas que la pueden leer. No escriba nombres ni direcciones.",
    missing: "Escriba por qué lo borra",
    too_long: |chars| format!("Use {chars} caracteres o menos"),
    next: "Seguir",
    sure_title: "¿Borrar ahora?",
    sure: |values| match values {
        1 => "Se borrará 1 dato para siempre. No se puede deshacer.".to_owned(),
        _ => format!("Se borrarán {values} datos para siempre. No se puede deshacer."),
    },
    sure_reason: "Su motivo:",
    erase: "Sí, borrar para siempre",
    keep: "No, conservar",
    not_allowed: "Su función no puede borrar datos personales",
};

//! The audit trail in words.

use crate::views::AuditKind;

/// The page of the audit trail.
#[derive(Debug)]
#[allow(missing_docs, reason = "each name says the text it holds")]
pub struct AuditWords {
    pub title: &'static str,
    pub intro: &'static str,
    pub caption: &'static str,
    pub when: &'static str,
    pub who: &'static str,
    pub what: &'static str,
    pub about: &'static str,
    pub from_where: &'static str,
    pub change: &'static str,
    pub everybody: &'static str,
    pub everything: &'static str,
    pub kind: fn(AuditKind) -> &'static str,
    pub object: &'static str,
    pub object_hint: &'static str,
    pub from: &'static str,
    pub to: &'static str,
    pub show: &'static str,
    pub older: &'static str,
    pub csv: &'static str,
    pub none: &'static str,
    pub none_yet: &'static str,
    pub unknown_object: &'static str,
    pub wrong_day: &'static str,
    pub wrong_order: &'static str,
    pub only_person: fn(&str) -> String,
    pub before: &'static str,
    pub after: &'static str,
    pub seal_title: &'static str,
    pub not_sealed: &'static str,
    pub whole: fn(u64, &str, u64) -> String,
    pub late: fn(&str) -> String,
    pub broken: fn(u64, &str, u64) -> String,
    /// Who is no person, as the trail names them.
    pub nobody: &'static str,
    pub reporter: &'static str,
    pub token: fn(&str) -> String,
    pub token_named: fn(&str) -> String,
    pub token_object: fn(&str) -> String,
    pub other_object: fn(&str) -> String,
    pub case_files: &'static str,
    pub case_json: &'static str,
    pub case_html: &'static str,
    told: fn(&str) -> Option<&'static str>,
}

impl AuditWords {
    /// What was done; a kind that is not known is shown by its own name: nothing is hidden.
    pub fn told(&self, what: &str) -> String {
        (self.told)(what).map_or_else(|| what.to_owned(), str::to_owned)
    }

    /// Whoever is no person.
    pub fn named(&self, who: &str) -> String {
        match (who, who.strip_prefix("token:")) {
            ("nobody", _) => self.nobody.to_owned(),
            ("reporter", _) => self.reporter.to_owned(),
            (_, Some(id)) => (self.token)(id.split('-').next_back().unwrap_or(id)),
            _ => who.to_owned(),
        }
    }
}

/// English.
pub(super) const EN: AuditWords = AuditWords {
    title: "Audit",
    intro: "Who read or changed what, and who signed in. Nothing here can be changed. Reading a case again within a minute counts once.",
    caption: "Entries of the audit trail, newest first",
    when: "When (UTC)",
    who: "Who",
    what: "What",
    about: "Case or person",
    from_where: "From",
    change: "Before and after",
    everybody: "Everybody",
    everything: "Everything",
    kind: |kind| match kind {
        AuditKind::Read => "Reading",
        AuditKind::SignIn => "Signing in and out",
        AuditKind::Account => "Accounts and tokens",
        AuditKind::Case => "Changes to cases",
        AuditKind::Deploy => "Workflows and calendars",
    },
    object: "Case number",
    object_hint: "By “Case number” you can also look for the id of a run or of a person. Of a case you see what programs did too.",
    from: "From (UTC)",
    to: "To, included",
    show: "Show",
    older: "Older entries",
    csv: "Download as CSV",
    none: "Nothing fits. Choose other days, or less.",
    none_yet: "Nothing among the newest entries fits. Look at older ones.",
    unknown_object: "There is no case and no person with this number or id",
    wrong_day: "Enter a date like 2024-05-14",
    wrong_order: "The first day must not be after the last day",
    only_person: |name| format!("Only what {name} did"),
    before: "Before",
    after: "After",
    seal_title: "Is the audit trail whole?",
    not_sealed: "Nothing was sealed yet. It is done once a minute.",
    whole: |number, at, chains| {
        format!(
            "Sealed last at {at} (checkpoint {number}, {chains} cases and lists). All that it covers is as it was written. The command hms audit verify looks at everything."
        )
    },
    late: |at| {
        format!(
            "Sealed last at {at}, and there is something newer. Sealing is done once a minute: ask whoever runs this server to look at its log."
        )
    },
    broken: |number, at, faults| {
        format!(
            "Something in the audit trail was changed from outside. What checkpoint {number} of {at} covers does not fit in {faults} places. Keep a copy of the database, and run hms audit verify: it names each place."
        )
    },
    nobody: "Not signed in",
    reporter: "Person with a receipt",
    token: |id| format!("Program with token …{id}"),
    token_named: |name| format!("Program with token “{name}”"),
    token_object: |name| format!("Token “{name}”"),
    other_object: |id| format!("Token …{id}"),
    case_files: "The whole case as a file",
    case_json: "To verify (JSON)",
    case_html: "To read (HTML)",
    told: |what| {
        Some(match what {
            "read.task" => "Read a task",
            "read.tasks" => "Read a list of tasks",
            "read.task_clear" => "Read a task, with personal data",
            "read.run" => "Read a case",
            "read.history" => "Read the history of a case",
            "read.case" => "Took a case out as a file",
            "read.file" => "Opened a file",
            "read.mails" => "Read the mails",
            "read.people" => "Read the list of people",
            "read.account" => "Read an account",
            "read.audit" => "Read the audit trail",
            "read.audit_csv" => "Downloaded the audit trail",
            "sign_in.signed_in" => "Signed in",
            "sign_in.signed_out" => "Signed out",
            "sign_in.failed" => "Failed to sign in",
            "sign_in.held_back" => "Tried to sign in too often and was held back",
            "sign_in.provider_failed" => "Failed to sign in with the agency's account",
            "sign_in.receipt_opened" => "Opened a report with its receipt",
            "sign_in.receipt_failed" => "Showed a wrong receipt for a number",
            "account.added" => "Added the account",
            "account.roles" => "Changed the roles",
            "account.disabled" => "Kept the person out",
            "account.enabled" => "Let the person in again",
            "account.sessions_ended" => "Signed the person out everywhere",
            "account.password" => "Set a password",
            "account.link" => "Had a link for the password mailed",
            "account.second_step_on" => "Turned on the second step",
            "account.second_step_off" => "Turned off the second step",
            "account.recovery_code" => "Used a recovery code",
            "account.token_made" => "Made a token",
            "account.token_revoked" => "Ended a token",
            "erase_personal" => "Erased the personal data of a case",
            "deploy" => "Put a workflow in force",
            "deploy_calendar" => "Put a calendar in force",
            "case.start" => "The case began",
            "case.claim" => "Took a task",
            "case.release" => "Gave a task back",
            "case.heartbeat" => "Went on with a task",
            "case.complete" => "Finished a task",
            "case.fail" => "Said that a task failed",
            "case.signal" => "An event came",
            "case.call_ended" => "A case that it called ended",
            "case.call_refused" => "A case that it called could not begin",
            "case.timer_fired" => "A time came",
            "case.pause" => "Paused a clock",
            "case.resume" => "Let a clock run again",
            "case.extend" => "Gave a task more time",
            "case.recalendar" => "Another version of its calendar counts",
            "case.migrate" => "Moved the case to another version",
            "case.inform" => "Added information",
            "case.cancel" => "Cancelled the case",
            "case.retry" => "Sent the case on",
            _ => return None,
        })
    },
};

/// Spanish.
pub(super) const ES: AuditWords = AuditWords {
    title: "Auditoría",
    intro: "Quién leyó o cambió qué, y quién entró. Aquí nada se puede cambiar. Leer un caso otra vez en el mismo minuto cuenta una vez.",
    caption: "Entradas de la auditoría, las más nuevas primero",
    when: "Cuándo (UTC)",
    who: "Quién",
    what: "Qué",
    about: "Caso o persona",
    from_where: "Desde",
    change: "Antes y después",
    everybody: "Todas las personas",
    everything: "Todo",
    kind: |kind| match kind {
        AuditKind::Read => "Lecturas",
        AuditKind::SignIn => "Entradas y salidas",
        AuditKind::Account => "Cuentas y claves de programas",
        AuditKind::Case => "Cambios de casos",
        AuditKind::Deploy => "Flujos y calendarios",
    },
    object: "Número del caso",
    object_hint: "En «Número del caso» también puede buscar el identificador de un caso o de una persona. De un caso se ve también lo que hicieron los programas.",
    from: "Desde (UTC)",
    to: "Hasta, incluido",
    show: "Mostrar",
    older: "Entradas anteriores",
    csv: "Descargar como CSV",
    none: "No hay nada así. Elija otros días, o pida menos.",
    none_yet: "Entre las entradas más nuevas no hay nada así. Mire las anteriores.",
    unknown_object: "No hay ningún caso ni persona con este número o identificador",
    wrong_day: "Escriba una fecha como 2024-05-14",
    wrong_order: "El primer día no puede ser posterior al último",
    only_person: |name| format!("Solo lo que hizo {name}"),
    before: "Antes",
    after: "Después",
    seal_title: "¿Está entera la auditoría?",
    not_sealed: "Todavía no se selló nada. Se hace una vez por minuto.",
    whole: |number, at, chains| {
        format!(
            "Sellada por última vez a las {at} (sello {number}, {chains} casos y listas). Todo lo que abarca está como se escribió. La orden hms audit verify lo revisa todo."
        )
    },
    late: |at| {
        format!(
            "Sellada por última vez a las {at}, y hay algo más nuevo. Se sella una vez por minuto: pida a quien cuida este servidor que mire su registro."
        )
    },
    broken: |number, at, faults| {
        format!(
            "Algo de la auditoría se cambió desde fuera. Lo que abarca el sello {number} de las {at} no coincide en {faults} lugares. Guarde una copia de la base de datos y use la orden hms audit verify: nombra cada lugar."
        )
    },
    nobody: "Sin entrar",
    reporter: "Persona con un recibo",
    token: |id| format!("Programa con la clave …{id}"),
    token_named: |name| format!("Programa con la clave «{name}»"),
    token_object: |name| format!("Clave «{name}»"),
    other_object: |id| format!("Clave …{id}"),
    case_files: "El caso entero como archivo",
    case_json: "Para comprobar (JSON)",
    case_html: "Para leer (HTML)",
    told: |what| {
        Some(match what {
            "read.task" => "Leyó una tarea",
            "read.tasks" => "Leyó una lista de tareas",
            "read.task_clear" => "Leyó una tarea, con datos personales",
            "read.run" => "Leyó un caso",
            "read.history" => "Leyó la historia de un caso",
            "read.case" => "Sacó un caso como archivo",
            "read.file" => "Abrió un archivo",
            "read.mails" => "Leyó los correos",
            "read.people" => "Leyó la lista de personas",
            "read.account" => "Leyó una cuenta",
            "read.audit" => "Leyó la auditoría",
            "read.audit_csv" => "Descargó la auditoría",
            "sign_in.signed_in" => "Entró",
            "sign_in.signed_out" => "Salió",
            "sign_in.failed" => "No logró entrar",
            "sign_in.held_back" => "Probó demasiadas veces y tuvo que esperar",
            "sign_in.provider_failed" => "No logró entrar con la cuenta de su institución",
            "sign_in.receipt_opened" => "Abrió una denuncia con su recibo",
            "sign_in.receipt_failed" => "Mostró un recibo que no es de ese número",
            "account.added" => "Añadió la cuenta",
            "account.roles" => "Cambió las funciones",
            "account.disabled" => "Quitó el acceso",
            "account.enabled" => "Devolvió el acceso",
            "account.sessions_ended" => "Cerró todas las sesiones",
            "account.password" => "Eligió una contraseña",
            "account.link" => "Pidió un enlace para la contraseña",
            "account.second_step_on" => "Activó el segundo paso",
            "account.second_step_off" => "Desactivó el segundo paso",
            "account.recovery_code" => "Usó un código de recuperación",
            "account.token_made" => "Hizo una clave para un programa",
            "account.token_revoked" => "Anuló la clave de un programa",
            "erase_personal" => "Borró los datos personales de un caso",
            "deploy" => "Puso en vigor un flujo",
            "deploy_calendar" => "Puso en vigor un calendario",
            "case.start" => "El caso empezó",
            "case.claim" => "Tomó una tarea",
            "case.release" => "Devolvió una tarea",
            "case.heartbeat" => "Siguió con una tarea",
            "case.complete" => "Terminó una tarea",
            "case.fail" => "Dijo que una tarea falló",
            "case.signal" => "Llegó un evento",
            "case.call_ended" => "Terminó un caso que este había llamado",
            "case.call_refused" => "No pudo empezar un caso que este había llamado",
            "case.timer_fired" => "Llegó un momento fijado",
            "case.pause" => "Paró un reloj",
            "case.resume" => "Puso un reloj en marcha",
            "case.extend" => "Dio más tiempo a una tarea",
            "case.recalendar" => "Cuenta otra versión de su calendario",
            "case.migrate" => "Pasó el caso a otra versión",
            "case.inform" => "Añadió información",
            "case.cancel" => "Canceló el caso",
            "case.retry" => "Hizo seguir el caso",
            _ => return None,
        })
    },
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_in_one_language_is_told_in_the_other() {
        let kinds = [
            "read.task",
            "read.audit_csv",
            "sign_in.failed",
            "sign_in.held_back",
            "account.roles",
            "account.token_made",
            "case.complete",
            "case.migrate",
            "deploy",
        ];
        for what in kinds {
            assert_ne!(EN.told(what), what);
            assert_ne!(ES.told(what), what);
            assert_ne!(EN.told(what), ES.told(what));
        }
        // What is not known is shown all the same.
        assert_eq!(EN.told("case.dance"), "case.dance");
        assert_eq!(EN.named("clock"), "clock");
        assert_eq!(
            EN.named("token:0190-aa"),
            "Program with token …aa".to_owned()
        );
    }
}

//! Spanish.

use super::*;

/// What to do about an answer that breaks a rule.
fn broken(rule: Rule) -> String {
    match rule {
        Rule::TooLong(chars) => format!("Use {chars} caracteres o menos"),
        Rule::Required => "Escriba una respuesta".into(),
        Rule::Money => "Escriba una cantidad, como 120.50".into(),
        Rule::Email => "Escriba un correo como nombre@example.com".into(),
        Rule::Choice => "Elija una respuesta de la lista".into(),
        Rule::Phone => "Escriba un número de teléfono, como 202-555-0100".into(),
        Rule::Number => "Escriba un número, como 12".into(),
        Rule::Above(most) => format!("Escriba {most} o menos"),
        Rule::Date => "Escriba una fecha real: mes, día y los cuatro números del año".into(),
        Rule::YesNo => "Elija sí o no".into(),
        Rule::TooMany(most) => format!("Elija {most} o menos"),
        Rule::Text => "Escriba su respuesta con palabras".into(),
        Rule::NotAsked => "Borre esta respuesta: ya no se pregunta".into(),
        Rule::NotTaken => "Cambie esta respuesta: la agencia no la puede usar así".into(),
        Rule::File => "Agregue el archivo otra vez: ya no lo tenemos".into(),
        Rule::FileTooLarge(most) => format!("Elija un archivo de {most} MB o menos"),
        Rule::FilesTooLarge(most) => {
            format!("Agregue archivos de {most} MB o menos cada vez; después envíe los demás")
        }
        Rule::FileKind => {
            "Elija un PDF, una foto o un archivo de Word, Excel, texto o correo. No se aceptan otros".into()
        }
        Rule::FileEmpty => "Elija un archivo que no esté vacío".into(),
        Rule::FileNotKept => "No pudimos guardar el archivo ahora. Agréguelo otra vez".into(),
    }
}

/// The Spanish texts.
pub static WORDS: Words = Words {
    site: SiteWords {
        name: "Denuncias de fraude",
        skip: "Ir al contenido principal",
        alert_label: "Aviso del sitio",
        demo: "Demostración: no es un sitio del Gobierno.",
        demo_more: "No escriba datos personales reales.",
        clock_rate: |rate| format!("Reloj de demostración: {rate} veces más rápido."),
        nav_label: "Principal",
        nav_report: "Denunciar un fraude",
        nav_status: "Consultar una denuncia",
        staff: "Acceso del personal",
        language_label: "Idioma",
        footer_label: "Sobre este sitio",
        footer: "HMS-ACT lleva cada denuncia paso a paso y muestra en qué punto está.",
        loading: "Cargando",
        error_prefix: "Error: ",
        problem: "Hay un problema",
        back_home: "Ir a la primera página",
    },
    home: HomeWords {
        title: "Denuncie un fraude y vea qué pasa después",
        lead: "Cuéntenos sobre una estafa, una empresa falsa o una llamada que quiso engañarle. Puede seguir su denuncia en cada paso.",
        report: "Denunciar un fraude",
        check_title: "¿Ya envió una denuncia?",
        check_text: "Use el número de su denuncia y su comprobante para ver en qué punto está.",
        check: "Consultar una denuncia",
        how_title: "Qué pasa con su denuncia",
        how: [
            (
                "Usted nos cuenta lo que pasó",
                "Toma unos 5 minutos. No tiene que dar su nombre.",
            ),
            (
                "Primero la lee un programa",
                "Marca qué tan grave es y dice por qué. No decide nada más.",
            ),
            (
                "Un investigador mira las denuncias graves",
                "Hay un plazo. Si no se cumple, un supervisor se hace cargo, y usted puede verlo.",
            ),
            (
                "Al final le avisamos",
                "Si nos dio un correo electrónico, le escribimos cuando su denuncia termina.",
            ),
        ],
        examples_title: "Qué puede denunciar",
        examples: [
            "Alguien dijo ser de su banco, de la oficina de impuestos o de la policía",
            "Pagó por algo que nunca llegó",
            "Llamadas, mensajes o correos que buscan su dinero o sus contraseñas",
            "Empleos, premios o inversiones falsos",
            "Alguien usó su nombre o su tarjeta",
        ],
        urgent: "Si está en peligro ahora, llame al 911. Si envió dinero, llame primero a su banco: quizás pueda detener el pago.",
    },
    report: ReportWords {
        title: "Denunciar un fraude",
        step_of: |step, steps| format!("Paso {step} de {steps}"),
        current_step: "paso actual",
        completed_step: "hecho",
        future_step: "todavía no",
        steps: [
            "Qué pasó",
            "Dinero y contacto",
            "Su correo",
            "Revisar y enviar",
        ],
        headings: [
            "¿Qué pasó?",
            "Dinero y contacto",
            "¿Dónde podemos escribirle?",
            "Revise sus respuestas",
        ],
        intro: "No tiene que dar su nombre. No escriba números de tarjeta, contraseñas ni su número de Seguro Social.",
        text: "Cuéntenos qué pasó",
        text_hint: "Por ejemplo: quién le buscó, qué le dijo y qué hizo usted. Hasta 10,000 caracteres.",
        lost: "¿Cuánto dinero perdió?",
        lost_hint: "En dólares, como 120.50. Si no perdió nada, escriba 0.",
        contact: "¿Cómo le contactaron?",
        contact_hint: "Elija la primera forma que usaron.",
        contacts: [
            "Llamada telefónica",
            "Mensaje de texto",
            "Correo electrónico",
            "Sitio web o aplicación",
            "Redes sociales",
            "Carta",
            "En persona",
            "Otra forma",
        ],
        suspect: "¿Quién lo hizo?",
        suspect_hint: "Un nombre, una empresa, un teléfono o un sitio web, hasta donde lo sepa.",
        email: "Su correo electrónico",
        email_hint: "Lo usamos solo para decirle qué pasa con esta denuncia.",
        optional: "(opcional)",
        next: "Continuar",
        back: "Atrás",
        change: "Cambiar",
        to_check: "Volver a sus respuestas",
        send: "Enviar la denuncia",
        sending: "Enviando su denuncia…",
        not_sent: "Su denuncia todavía no se ha enviado",
        not_sent_more: "No pudimos conectar con el servidor. Sus respuestas siguen en esta página. Intente de nuevo en un minuto: si la envía dos veces, será una sola denuncia.",
        kept: "Guardamos las respuestas que dio antes.",
        no_answer: "Sin respuesta",
        check_intro: "Lea sus respuestas una vez más. Puede cambiar cada una.",
        privacy_title: "Cómo usamos lo que nos cuenta",
        privacy: [
            (
                "Por qué podemos preguntar",
                "La ley permite a esta agencia reunir denuncias de fraude (15 U.S.C. 41 y siguientes).",
            ),
            (
                "Para qué lo usamos",
                "Para examinar su denuncia, encontrar patrones y detener a quienes cometen fraude.",
            ),
            (
                "Quién más puede verlo",
                "Otras agencias que actúan contra el fraude. Las empresas que usted nombra no reciben de nosotros su correo.",
            ),
            (
                "¿Tiene que responder?",
                "No. Solo hace falta lo que pasó. Lo demás depende de usted.",
            ),
            (
                "Si deja algo sin responder",
                "Leemos su denuncia de todos modos. Sin un correo no podemos escribirle.",
            ),
        ],
        fault: |fault| match (fault.field.as_str(), fault.rule) {
            ("text", Rule::Required) => "Cuéntenos qué pasó".into(),
            ("lost", _) => "Escriba la cantidad que perdió, como 120.50".into(),
            ("contact", _) => "Elija de la lista cómo le contactaron".into(),
            (_, rule) => broken(rule),
        },
    },
    form: FormWords {
        rule: broken,
        month: "Mes",
        day: "Día",
        year: "Año",
        date_hint: "Por ejemplo 4 28 2026",
        yes: "Sí",
        no: "No",
        any: "Elija todo lo que corresponda.",
        intro: "Responda lo que pueda. Después envíe todo con el botón del final.",
        more: "Sus respuestas llevan a otra pregunta. Respóndala y envíe otra vez.",
        send: "Enviar",
        services_title: "Qué puede hacer aquí",
        files_hint: |most| {
            let many = match most {
                1 => "Un archivo".to_owned(),
                most => format!("Hasta {most} archivos, cada uno"),
            };
            format!(
                "{many} de 10 MB como máximo: PDF, fotos (JPEG, PNG, HEIC) y documentos escaneados, Word, Excel, texto, CSV o correos guardados (EML)."
            )
        },
        files_kept: "Archivos que agregó. Desmarque un archivo para quitarlo.",
        files_add: "Agregar un archivo",
    },
    receipt: ReceiptWords {
        title: "Recibimos su denuncia",
        lead: "Su denuncia está guardada. Conserve las dos líneas de abajo: necesita ambas para ver su denuncia más tarde.",
        number: "Número de denuncia",
        receipt: "Comprobante",
        save_title: "Guarde su comprobante ahora",
        save_text: "Lo mostramos una sola vez y no podemos enviárselo. Quien tenga las dos líneas puede leer el estado de su denuncia.",
        copy: "Copiar número y comprobante",
        copied: "Copiado.",
        copy_failed: "Aquí no se pudo copiar. Anote las dos líneas o descárguelas.",
        print: "Imprimir esta página",
        download: "Descargar como archivo de texto",
        saved: "Guardé mi número de denuncia y mi comprobante",
        not_saved: "Guarde su número y su comprobante; después marque la casilla",
        go: "Ver mi denuncia",
        next_title: "Qué pasa ahora",
        next: [
            "Un programa lee su denuncia y marca qué tan grave es.",
            "Las denuncias graves van a un investigador, que tiene un plazo.",
            "La página de su denuncia muestra cada paso cuando ocurre.",
        ],
        file: |number, receipt| {
            format!(
                "Su denuncia\n\nNúmero de denuncia: {number}\nComprobante:        {receipt}\n\nConserve ambos. Los necesita para ver su denuncia: abra el sitio y elija «Consultar una denuncia».\n"
            )
        },
        file_name: "comprobante-denuncia.txt",
    },
    find: FindWords {
        title: "Consultar una denuncia",
        lead: "Escriba el número y el comprobante que recibió al enviar su denuncia.",
        number: "Número de denuncia",
        number_hint: "Por ejemplo 4839-2017-55",
        receipt: "Comprobante",
        receipt_hint: "No importan los espacios, los guiones ni las mayúsculas. Puede pegarlo.",
        open: "Abrir mi denuncia",
        need_receipt: "Para ver aquí esta denuncia, escriba su comprobante.",
        no_number: "Escriba su número de denuncia",
        no_receipt: "Escriba su comprobante",
        wrong: "Este número y este comprobante no van juntos. Revise ambos e intente de nuevo",
        lost_title: "Perdí mi comprobante",
        lost_text: "No podemos mostrarlo ni enviarlo otra vez, porque no lo guardamos de forma legible. Su denuncia sigue su curso. Puede enviar una denuncia nueva y mencionar en ella el número anterior.",
    },
    status: StatusWords {
        title: |number| format!("Denuncia {number}"),
        states: [
            "Estamos trabajando en su denuncia",
            "Su denuncia está en espera: una persona mira un problema",
            "Su denuncia terminó",
            "Su denuncia se cerró antes de terminar",
        ],
        received: "Recibida",
        now_title: "Qué pasa ahora",
        who: "Quién la tiene",
        promised: "Plazo",
        promised_by: |moment| format!("antes de las {moment}"),
        remaining: |duration| format!("en {duration}"),
        past: |duration| format!("hace {duration}"),
        late: "No se cumplió el plazo.",
        no_promise: "Este paso no tiene plazo.",
        since: "Desde",
        none_now: "No hay pasos abiertos.",
        timeline_title: "Qué pasó hasta ahora",
        files_title: "Archivos que envió",
        holder: |holder| match holder {
            Holder::Ai => "Un programa".into(),
            Holder::Service => "Un servicio automático".into(),
            Holder::People { role, taken } => {
                let who = match role.as_str() {
                    "investigator" => "un investigador".to_owned(),
                    "supervisor" => "un supervisor".to_owned(),
                    other => format!("el equipo «{other}»"),
                };
                if *taken {
                    format!("La tiene {who}")
                } else {
                    format!("Espera a {who}")
                }
            }
        },
        happened: |what| match what {
            Happened::Received => "Recibimos su denuncia".into(),
            Happened::Began { title, .. } => format!("Comenzó: {title}"),
            Happened::Taken { title } => format!("Una persona tomó este paso: {title}"),
            Happened::Done { title } => format!("Hecho: {title}"),
            Happened::Missed { title, now: None } => {
                format!("No se cumplió el plazo: {title}. El paso sigue.")
            }
            Happened::Missed {
                title,
                now: Some(now),
            } => {
                format!("No se cumplió el plazo: {title}. Pasó a: {now}")
            }
            Happened::Paused {
                title,
                reason,
                for_reporter,
            } => match for_reporter {
                true => format!("El reloj se detuvo: {title}. Esperamos algo de usted: {reason}"),
                false => format!("El reloj se detuvo: {title}. Motivo: {reason}"),
            },
            Happened::Continued { title, .. } => format!("El reloj corre de nuevo: {title}"),
            Happened::Extended { title, reason, .. } => {
                format!("Este paso tiene más tiempo: {title}. Motivo: {reason}")
            }
            Happened::Moved { title, .. } => {
                format!("Cambiaron los días hábiles y con ellos el plazo: {title}")
            }
            Happened::Revised { title, .. } => {
                format!("Cambiaron las reglas de este paso y con ellas el plazo: {title}")
            }
            Happened::Added { .. } => "Usted añadió información".into(),
            Happened::Held => {
                "Su denuncia se detuvo por un problema. Una persona lo está mirando.".into()
            }
            Happened::Resumed => "El problema está resuelto. Su denuncia sigue.".into(),
            Happened::Finished => "Su denuncia terminó".into(),
            Happened::Cancelled => "Su denuncia se cerró antes de terminar".into(),
        },
        stopped: |reason, for_reporter| match for_reporter {
            true => format!("El reloj está detenido mientras esperamos algo de usted: {reason}"),
            false => format!("El reloj está detenido: {reason}"),
        },
        live: "En vivo: esta página cambia sola.",
        paused: "La actualización en vivo está en pausa.",
        reconnecting: |time| format!("Conectando de nuevo; datos de las {time}"),
        ended: "La actualización en vivo terminó. Escriba otra vez su comprobante para seguir.",
        pause: "Pausar la actualización en vivo",
        resume: "Reanudar la actualización en vivo",
        changed: |what| format!("Novedad: {what}"),
        reloads: "Esta página se vuelve a cargar cada 30 segundos.",
        stop_reloading: "Detener",
        reload: "Volver a cargar la página sola",
        clock_title: "Hora actual",
    },
    add: add::ES,
    archive: archive::ES,
    people: people::ES,
    audit: audit::ES,
    erase: erase::ES,
    clock: clock::ES,
    lists: lists::ES,
    refusal: RefusalWords {
        not_found_title: "No existe esa página",
        not_found: "Revise la dirección. Si siguió un enlace, puede que la página se haya movido.",
        not_allowed_title: "Su cuenta no puede abrir esta página",
        not_allowed: "Hace falta otro rol. Pregunte a su administrador si lo necesita para su trabajo.",
        not_now_title: "Esta página no está disponible ahora",
        not_now: "No se cambió ni se perdió nada. Intente de nuevo en un minuto.",
        not_known_title: "Puede que esto no se haya guardado",
        not_known: "No pudimos confirmar que esto se guardó. Vea cómo está antes de hacerlo otra vez.",
        report_not_known: "No pudimos confirmar que su denuncia se guardó. Envíela otra vez: se cuenta una sola vez.",
        too_many_title: "Demasiados intentos",
        too_many: |duration| format!("Espere {duration} y vuelva a intentar."),
        again: "Intentar de nuevo",
    },
    when: WhenWords {
        units: [
            ["día", "días"],
            ["hora", "horas"],
            ["minuto", "minutos"],
            ["segundo", "segundos"],
        ],
        months: [
            "enero",
            "febrero",
            "marzo",
            "abril",
            "mayo",
            "junio",
            "julio",
            "agosto",
            "septiembre",
            "octubre",
            "noviembre",
            "diciembre",
        ],
        date: |day, month, year| format!("{day} de {month} de {year}"),
        moment: |time, date| format!("{time} del {date} (UTC)"),
    },
};

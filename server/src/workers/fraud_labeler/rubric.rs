//! The rubric: what counts, and how much. Change it here, and the cases beside it say what moves.

/// A report whose weights add up to this is severe.
pub(super) const SEVERE_FROM: i32 = 50;

/// Dollars lost and what they weigh, the largest first.
pub(super) const LOSSES: [(f64, i32); 3] = [(10_000.0, 60), (1_000.0, 40), (100.0, 10)];

/// The signal an age adds to.
pub(super) const VULNERABLE: &str = "vulnerable";

/// Something to look for.
pub(super) struct Signal {
    /// Its name in the result.
    pub(super) name: &'static str,
    /// What it adds.
    pub(super) weight: i32,
    /// What it means, for people.
    pub(super) reason: &'static str,
    /// Phrases, parted by commas: lower case without accents; a trailing `*` is any ending, `..` is
    /// up to three words between.
    phrases: &'static str,
}

impl Signal {
    /// Any of these is the signal.
    pub(super) fn phrases(&self) -> impl Iterator<Item = &'static str> {
        self.phrases.split(", ")
    }
}

/// What takes weight away; looked for only when no loss is known.
pub(super) const NOTHING_LOST: Signal = Signal {
    name: "nothing_lost",
    weight: -25,
    reason: "The reporter says nothing was paid or given",
    phrases: "did not pay, didnt pay, did not lose, didnt lose, did not send, didnt send, \
            did not give, didnt give, not lose, never paid, never sent, nothing lost, \
            no money lost, lost no money, lost nothing, paid nothing, no loss, hung up, \
            threw it away, deleted it, deleted the, ignored it, blocked the, no pague, no perdi, \
            no envie, no di, no mande, colgue, no le pague, no les pague, no les di, no le di, \
            lo ignore, sin perdida*",
};

/// What adds weight.
pub(super) const SIGNALS: [Signal; 12] = [
    Signal {
        name: "hard_to_recover",
        weight: 25,
        reason: "Paid in a way that is hard to get back",
        phrases: "wire, wired, wire transfer*, gift card*, giftcard*, bitcoin*, crypto*, ethereum, usdt, \
            western union, moneygram, zelle, cash app, cashapp, venmo, bank transfer*, transferred, \
            money order*, prepaid card*, paid .. cash, handed .. cash, gave .. cash, \
            mailed .. cash, gold bar*, transferencia*, transferi, transfirio, giro postal, \
            tarjeta* de regalo, criptomoneda*, pague .. efectivo, en efectivo",
    },
    Signal {
        name: "violence",
        weight: 50,
        reason: "Threat to life or body",
        phrases: "kill me, kill us, kill him, kill her, kill my, killed me, hurt me, hurt us, hurt my, \
            harm me, harm my, beat me, shoot, with a gun, death threat*, burn down, matarme, \
            matar a, matarnos, matarlo, matarla, hacerme dano, hacernos dano, amenaza* de muerte, \
            golpearme",
    },
    Signal {
        name: "threat",
        weight: 35,
        reason: "Threat or blackmail",
        phrases: "threat*, arrest*, jail, prison, deport*, blackmail*, extort*, sextort*, warrant, \
            or else, publish .. photos, share .. photos, nude*, amenaz*, carcel, prision, chantaj*, \
            extorsi*, orden de arresto, publicar .. fotos, encarcel*",
    },
    Signal {
        name: "impersonation",
        weight: 25,
        reason: "Poses as an authority, a bank or support",
        phrases: "irs, tax office, from the government, social security administration, \
            social security office, from social security, federal agent*, fbi, police officer*, \
            sheriff, from the police, customs officer*, from customs, immigration officer*, \
            from immigration, from my bank*, from the bank, my banks fraud, bank employee, \
            fraud department, fraud team, from medicare, from microsoft, from apple, tech support, \
            technical support, hacienda, del gobierno, agente* federal*, policia, de migracion, \
            de mi banco, del banco, de su banco, del seguro social, soporte tecnico, \
            del servicio de impuestos",
    },
    Signal {
        name: "remote_access",
        weight: 30,
        reason: "Let into a computer or phone",
        phrases: "anydesk, teamviewer, remote access, remote control, remotely, control of my computer, \
            control of my phone, access to my computer, access to my phone, into my computer, \
            shared my screen, share my screen, acceso remoto, control de mi computadora, \
            control de mi ordenador, control de mi telefono, acceso a mi computadora, \
            acceso a mi telefono",
    },
    Signal {
        name: "identity_given",
        weight: 35,
        reason: "Gave away what proves who they are",
        phrases: "gave .. social security, gave .. ssn, gave .. passport, gave .. password*, gave .. pin, \
            gave .. account number*, gave .. card number*, gave .. bank details, gave .. license, \
            gave .. verification code*, sent .. social security, sent .. ssn, sent .. passport, \
            sent .. license, sent .. card number*, shared .. social security, shared .. ssn, \
            shared .. password*, shared .. passport, entered .. social security, entered .. ssn, \
            entered .. password*, entered .. card number*, entered .. bank details, \
            told .. social security, told .. pin, told .. verification code*, \
            read .. verification code*, provided .. social security, provided .. ssn, \
            has my social security, have my social security, has my ssn, have my ssn, \
            di .. seguro social, di .. contrasena, di .. clave, di .. pasaporte, \
            di .. numero de cuenta, di .. numero de tarjeta, envie .. pasaporte, \
            envie .. seguro social, comparti .. contrasena, comparti .. clave, \
            tienen mi seguro social, tiene mi seguro social, tienen mi numero de seguro",
    },
    Signal {
        name: "identity_stolen",
        weight: 40,
        reason: "An identity or account was taken over",
        phrases: "identity theft, stole my identity, stolen identity, identity was stolen, in my name, \
            in her name, in his name, took over my, emptied my, emptied her, emptied his, \
            drained my, drained her, hacked my, hacked into, unauthorized charge*, \
            unauthorized transfer*, unauthorized withdrawal*, robo de identidad, \
            robaron mi identidad, robaron la identidad, a mi nombre, vaciaron mi, vacio mi cuenta, \
            hackearon, cargos no autorizados",
    },
    Signal {
        name: VULNERABLE,
        weight: 20,
        reason: "The person harmed is old or in care",
        phrases: "grandmother*, grandfather*, grandma, grandpa, elderly, dementia, alzheimer*, \
            nursing home, widow*, disabled, abuela, abuelo, abuelita, anciana, anciano, \
            tercera edad, adulta mayor, adulto mayor, viuda, viudo",
    },
    Signal {
        name: "investment",
        weight: 20,
        reason: "A false investment or prize that must be paid for",
        phrases: "investment*, invested, trading, guaranteed return*, big profit*, fee to withdraw, \
            tax before, processing fee, release fee, invers*, inverti, ganancias garantizadas, \
            grandes ganancias, para retirar",
    },
    Signal {
        name: "romance",
        weight: 15,
        reason: "Trust won online over time",
        phrases: "dating site, dating app, met online, met .. online, fell in love, tinder, \
            online relationship, boyfriend online, girlfriend online, sitio de citas, \
            aplicacion de citas, por internet .. novio, novio por internet, novia por internet, \
            enamor*",
    },
    Signal {
        name: "ongoing",
        weight: 20,
        reason: "It goes on",
        phrases: "keeps charging, keep charging, still charging, still charges, keeps taking, \
            still taking, asks for more, asked for more, asking for more, wants more money, \
            want more money, demands more, still paying, every month, every week, sigue* cobrando, \
            sigue* pidiendo, piden mas, pide mas, cada mes, cada semana, todos los meses",
    },
    Signal {
        name: "pressure",
        weight: 10,
        reason: "Put under pressure",
        phrases: "urgent*, right now, immediately, right away, within the hour, today or, unless .. pa*, \
            not to tell, dont tell, do not tell, keep it secret, stay on the phone, urgente*, \
            inmediatamente, ahora mismo, no .. diga, no le diga*, en secreto, si no pag*",
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_phrase_is_written_as_texts_are_read() {
        for signal in SIGNALS.iter().chain([&NOTHING_LOST]) {
            for phrase in signal.phrases() {
                let plain = phrase
                    .chars()
                    .all(|c| c.is_ascii_lowercase() || c == ' ' || c == '*' || c == '.');
                assert!(plain, "{}: {phrase}", signal.name);
            }
        }
    }
}

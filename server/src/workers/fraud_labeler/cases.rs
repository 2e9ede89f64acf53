//! What the rubric is held to: reports people could write, and how severe they are.

use serde_json::{Value, json};

use super::label;

/// Text, dollars stated as lost, severity.
const CASES: [(&str, f64, &str); 60] = [
    // What is little more than a nuisance.
    ("Spam calls", 0.0, "Low"),
    (
        "Spam calls about my car warranty, several times a day.",
        0.0,
        "Low",
    ),
    ("", 0.0, "Low"),
    ("x", 0.0, "Low"),
    (
        "Robocalls about health insurance, although I asked them to stop.",
        0.0,
        "Low",
    ),
    (
        "Flyer that promised a free cruise. I threw it away.",
        0.0,
        "Low",
    ),
    (
        "A text said my package was held and asked for a small fee. I did not pay.",
        0.0,
        "Low",
    ),
    (
        "I ordered shoes from a web shop. They never came and the shop is gone.",
        89.0,
        "Low",
    ),
    (
        "The gym keeps charging my card after I cancelled.",
        49.0,
        "Low",
    ),
    (
        "A charity collector would not show an identity card.",
        20.0,
        "Low",
    ),
    (
        "They promised me $10,000 if I answered a survey. I deleted it.",
        0.0,
        "Low",
    ),
    ("An email said I won $1,000,000. I ignored it.", 0.0, "Low"),
    (
        "Someone asked me to buy gift cards but I hung up.",
        0.0,
        "Low",
    ),
    (
        "He said he was from the IRS and that I would be arrested. I hung up and did not pay.",
        0.0,
        "Low",
    ),
    (
        "A caller from tech support wanted remote access. I refused and did not give it.",
        0.0,
        "Low",
    ),
    ("A website has misleading prices.", 0.0, "Low"),
    (
        "My subscription renewed without asking and I paid $120.",
        0.0,
        "Low",
    ),
    (
        "I bought a phone online for $250 and got a brick.",
        0.0,
        "Low",
    ),
    ("Somebody uses my photo on a profile.", 0.0, "Low"),
    (
        "A company calls me every week to sell solar panels.",
        0.0,
        "Low",
    ),
    (
        "I did not send money and I did not give my password.",
        0.0,
        "Low",
    ),
    ("They never threatened me and I lost nothing.", 0.0, "Low"),
    ("The store will not refund $60.", 60.0, "Low"),
    (
        "I was not hurt, nobody threatened me, no gift cards were bought.",
        0.0,
        "Low",
    ),
    ("Llamadas de spam todos los días.", 0.0, "Low"),
    (
        "Me ofrecieron un premio de 10.000 dólares. Lo ignoré.",
        0.0,
        "Low",
    ),
    ("Un mensaje pidió mi contraseña, no la di.", 0.0, "Low"),
    (
        "Compré unos zapatos y nunca llegaron, pagué 80 dólares.",
        0.0,
        "Low",
    ),
    ("Dijo que era de mi banco y colgué.", 0.0, "Low"),
    ("No me amenazaron, no perdí dinero.", 0.0, "Low"),
    // What somebody must look at soon.
    (
        "A caller said he was from my bank and I wired $18,400 of my savings.",
        0.0,
        "High",
    ),
    (
        "Someone on a dating site asked for gift cards for a hospital bill. I sent the codes.",
        2_300.0,
        "High",
    ),
    (
        "A man said he was from the tax office and I would be arrested unless I paid today with bitcoin.",
        7_650.0,
        "High",
    ),
    (
        "A pop-up said my computer was infected. They took remote access and emptied my account.",
        12_900.0,
        "High",
    ),
    (
        "My mother, 84, was told her grandson was in jail and she paid his bail in cash.",
        9_000.0,
        "High",
    ),
    (
        "An investment app showed big profits, then asked for a tax before it pays out.",
        31_000.0,
        "High",
    ),
    ("I lost $12,000.", 0.0, "High"),
    ("", 10_000.0, "High"),
    (
        "He threatened to kill my dog and me, he will kill me if I talk.",
        0.0,
        "High",
    ),
    (
        "They have photos of me and threaten to publish my photos. I paid with bitcoin.",
        0.0,
        "High",
    ),
    (
        "Somebody opened three credit cards in my name and I gave my SSN to them last week.",
        0.0,
        "High",
    ),
    (
        "I gave the caller my social security number, he said he was from Medicare.",
        0.0,
        "High",
    ),
    (
        "They took over my account and hacked my email. An unauthorized transfer of $3,000 was made.",
        0.0,
        "High",
    ),
    (
        "I transferred 5,000 dollars by Zelle to a landlord who does not exist.",
        0.0,
        "High",
    ),
    (
        "My grandfather with dementia sent $1,500 by Western Union.",
        0.0,
        "High",
    ),
    (
        "The police officer on the phone told me to stay on the phone and buy gift cards right now or be arrested. I bought them.",
        0.0,
        "High",
    ),
    (
        "I invested 4k dollars in crypto and now they want a fee to withdraw.",
        0.0,
        "High",
    ),
    (
        "I did not pay at first, but then I wired $2,500.",
        0.0,
        "High",
    ),
    (
        "AnyDesk was installed and money is gone: $1,100 taken from my bank.",
        0.0,
        "High",
    ),
    (
        "I met him online, he wants more money, I have sent $1,800 by wire so far.",
        0.0,
        "High",
    ),
    (
        "The FBI agent said there is a warrant; I paid $900 in gift cards.",
        0.0,
        "High",
    ),
    (
        "My neighbor, 79 years old, handed $6,000 in cash to a courier.",
        0.0,
        "High",
    ),
    (
        "Un hombre dijo que era de Hacienda y que iría a la cárcel si no pagaba. Le envié 3.000 dólares en bitcoin.",
        0.0,
        "High",
    ),
    ("Perdí 12.000 dólares en una inversión falsa.", 0.0, "High"),
    (
        "Mi abuela de 82 años transfirió 2.500 dólares por transferencia.",
        0.0,
        "High",
    ),
    ("Me amenazaron con matarme si no pagaba.", 0.0, "High"),
    (
        "Vaciaron mi cuenta y abrieron préstamos a mi nombre, me robaron 1.200 dólares.",
        0.0,
        "High",
    ),
    (
        "Le di mi número de seguro social a un agente federal falso.",
        0.0,
        "High",
    ),
    (
        "Piden más dinero cada semana; ya les mandé 1.900 dólares en tarjetas de regalo.",
        0.0,
        "High",
    ),
    (
        "Tomaron control de mi computadora y robaron mi identidad.",
        0.0,
        "High",
    ),
];

fn payload(text: &str, lost: f64) -> Value {
    let mut payload = json!({"complaintId": "C-1", "text": text});
    if lost > 0.0 {
        payload["lost"] = json!(lost);
    }
    payload
}

#[test]
fn every_case_is_as_severe_as_people_say() {
    let wrong: Vec<String> = CASES
        .iter()
        .filter_map(|(text, lost, severity)| {
            let label = label(&payload(text, *lost));
            (label["severity"] != *severity).then(|| format!("{text}: {label}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_label_gives_its_reasons() {
    let label = label(&payload(
        "He said he was from my bank and I wired the money.",
        18_400.0,
    ));
    assert_eq!(
        label,
        json!({
            "severity": "High",
            "confidence": 0.95,
            "score": 110,
            "reasons": [
                "Lost $18,400, which is $10,000 or more",
                "Paid in a way that is hard to get back: “wired”",
                "Poses as an authority, a bank or support: “from my bank”",
            ],
            "signals": [
                {"signal": "loss", "weight": 60, "words": ["$18,400"]},
                {"signal": "hard_to_recover", "weight": 25, "words": ["wired"]},
                {"signal": "impersonation", "weight": 25, "words": ["from my bank"]},
            ],
        })
    );
}

#[test]
fn the_amount_is_read_as_a_form_sends_it() {
    for (lost, severity) in [
        (json!("18400"), "High"),
        (json!("$18,400.00"), "High"),
        (json!("18.400"), "High"),
        (json!("89.50"), "Low"),
        (json!(""), "Low"),
        (json!("nothing"), "Low"),
        (json!(null), "Low"),
        (json!(-20000), "Low"),
    ] {
        let label = label(&json!({"text": "A shop never delivered.", "lost": lost}));
        assert_eq!(label["severity"], severity, "{lost}");
    }
}

#[test]
fn a_payload_of_any_shape_gets_a_label() {
    for payload in [
        json!({}),
        json!({"text": 7}),
        json!([]),
        json!({"text": "$$$ ,,, ... k 1k"}),
        json!({"text": "é".repeat(50_000)}),
    ] {
        assert_eq!(label(&payload)["severity"], "Low");
    }
}

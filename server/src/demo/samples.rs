//! Made-up complaints for the demonstration's history. Nobody in them exists.

use serde_json::{Value, json};

/// A complaint somebody could file: the text, and how much was lost in dollars.
type Sample = (&'static str, u32);

const SAMPLES: [Sample; 14] = [
    (
        "A caller said he was from my bank's fraud team and had me wire my savings to a safe account.",
        18_400,
    ),
    ("Spam calls about my car warranty, several times a day.", 0),
    (
        "Someone on a dating site asked for gift cards for a hospital bill. I sent the codes.",
        2_300,
    ),
    (
        "I ordered shoes from a web shop. They never came and the shop is gone.",
        89,
    ),
    (
        "A message said my package was held and asked for a small fee. I did not pay.",
        0,
    ),
    (
        "A man said he was from the tax office and I would be arrested unless I paid today with bitcoin.",
        7_650,
    ),
    (
        "Robocalls about health insurance, although I asked them to stop.",
        0,
    ),
    ("I paid a deposit for a flat that does not exist.", 1_450),
    (
        "A pop-up said my computer was infected. They took remote access and emptied my account.",
        12_900,
    ),
    ("A charity collector would not show an identity card.", 20),
    (
        "My mother, 84, was told her grandson was in jail and she paid his bail in cash.",
        9_000,
    ),
    ("The gym keeps charging my card after I cancelled.", 49),
    (
        "An investment app showed big profits, then asked for a tax before it pays out.",
        31_000,
    ),
    ("Flyer that promised a free cruise. I threw it away.", 0),
];

/// The payload of the n-th complaint of the history.
pub(super) fn complaint(n: usize, chosen: usize) -> Value {
    let (text, lost) = SAMPLES[chosen % SAMPLES.len()];
    let mut payload = json!({ "complaintId": format!("C-{}", 1001 + n), "text": text });
    if lost > 0 {
        payload["lost"] = json!(lost);
    }
    payload
}

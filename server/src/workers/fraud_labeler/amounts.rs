//! Amounts of money in a text: `$1,200`, `1.200 dólares`, `USD 5k`; and which of them were lost.

use super::words::Words;

/// Words that say money went.
const WENT: [&str; 50] = [
    "lost",
    "paid",
    "sent",
    "gave",
    "wired",
    "transferred",
    "spent",
    "invested",
    "deposited",
    "took",
    "stole",
    "stolen",
    "charged",
    "withdrew",
    "loaned",
    "lent",
    "handed",
    "emptied",
    "drained",
    "mailed",
    "taken",
    "missing",
    "gone",
    "cost",
    "scammed",
    "bought",
    "losing",
    "defrauded",
    "cheated",
    "perdi",
    "perdio",
    "perdimos",
    "perdieron",
    "pague",
    "pagamos",
    "envie",
    "envio",
    "enviamos",
    "transferi",
    "transfirio",
    "robaron",
    "robo",
    "cobraron",
    "quitaron",
    "inverti",
    "deposite",
    "entregue",
    "gaste",
    "estafaron",
    "mande",
];
/// How far such a word may stand from its amount.
const REACH: usize = 7;

/// Every amount of money.
pub(super) fn all(words: &Words) -> Vec<f64> {
    places(words)
        .into_iter()
        .map(|(_, amount)| amount)
        .collect()
}

/// The amounts that went, by a word beside them in their sentence that no negation turns.
pub(super) fn lost(words: &Words) -> Vec<f64> {
    let went = |at: usize| {
        let sentence = words.0[at].sentence;
        let from = at.saturating_sub(REACH);
        let to = (at + REACH + 1).min(words.0.len());
        (from..to).any(|near| {
            let word = &words.0[near];
            word.sentence == sentence && WENT.contains(&word.text.as_str()) && !words.negated(near)
        })
    };
    let mut lost = places(words);
    lost.retain(|(at, _)| went(*at));
    lost.into_iter().map(|(_, amount)| amount).collect()
}

/// Amounts and where they stand.
fn places(words: &Words) -> Vec<(usize, f64)> {
    let word = |at: usize| words.0.get(at).map_or("", |word| word.text.as_str());
    (0..words.0.len())
        .filter_map(|at| {
            let amount = number(word(at))?;
            let (times, next) = match word(at + 1) {
                "thousand" | "mil" | "k" => (1e3, at + 2),
                "million" | "millon" | "millones" => (1e6, at + 2),
                _ => (1.0, at + 1),
            };
            let before = at.checked_sub(1).map_or("", word);
            let marked = matches!(before, "$" | "usd")
                || matches!(
                    word(next),
                    "dollars" | "dollar" | "usd" | "bucks" | "dolares" | "dolar" | "euros" | "$"
                )
                || (word(next) == "de" && word(next + 1) == "dolares");
            marked.then_some((at, amount * times))
        })
        .collect()
}

/// A number as people write it: `18,400`, `1.200`, `120.50`, `5k`, `$1,200`.
pub(super) fn number(text: &str) -> Option<f64> {
    let text = text.trim().trim_start_matches(['$', '€', '£']).trim();
    let (text, times) = match text.strip_suffix(['k', 'K']) {
        Some(text) => (text, 1e3),
        None => (text, 1.0),
    };
    if !text.starts_with(|c: char| c.is_ascii_digit())
        || !text
            .chars()
            .all(|c| c.is_ascii_digit() || c == '.' || c == ',')
    {
        return None;
    }
    // The last separator begins the cents when one or two digits follow it; every other parts thousands.
    let (whole, cents) = match text.rfind(['.', ',']) {
        Some(at) if (1..=2).contains(&(text.len() - at - 1)) => (&text[..at], &text[at + 1..]),
        _ => (text, ""),
    };
    let whole: String = whole.chars().filter(char::is_ascii_digit).collect();
    format!("{whole}.{cents}0")
        .parse::<f64>()
        .ok()
        .map(|number| number * times)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_people_write_them() {
        for (text, number_read) in [
            ("18,400", Some(18_400.0)),
            ("1.200", Some(1_200.0)),
            ("$1,200.50", Some(1_200.5)),
            ("1.200,50", Some(1_200.5)),
            ("120.5", Some(120.5)),
            ("1,250,000", Some(1_250_000.0)),
            ("5k", Some(5_000.0)),
            (" $ 89 ", Some(89.0)),
            ("", None),
            ("none", None),
            ("12a", None),
            ("-5", None),
        ] {
            assert_eq!(number(text), number_read, "{text}");
        }
    }

    #[test]
    fn amounts_are_lost_when_a_word_says_so() {
        for (text, mentioned, went) in [
            (
                "I wired $18,400 of my savings",
                vec![18_400.0],
                vec![18_400.0],
            ),
            ("They promised me $10,000.", vec![10_000.0], vec![]),
            ("I did not send the 2,000 dollars", vec![2_000.0], vec![]),
            ("Perdí 1.200 dólares", vec![1_200.0], vec![1_200.0]),
            ("Me robaron 3 mil dólares", vec![3_000.0], vec![3_000.0]),
            ("I lost USD 5k", vec![5_000.0], vec![5_000.0]),
            ("I paid. The prize was $9,000", vec![9_000.0], vec![]),
            ("He called 300 times and I lost sleep", vec![], vec![]),
            ("$2 million was taken", vec![2e6], vec![2e6]),
        ] {
            let words = Words::read(text);
            assert_eq!(all(&words), mentioned, "{text}");
            assert_eq!(lost(&words), went, "{text}");
        }
    }
}

/// The candidate a mistyped word most likely meant, if any is near: up to a third of its letters
/// may differ. Case counts as no change.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let letters: Vec<char> = word.to_lowercase().chars().take(WORD_CHARS_MAX).collect();
    let allowed = letters.len() / 3;
    candidates
        .into_iter()
        .map(|candidate| (distance(&letters, candidate), candidate))
        .filter(|(distance, _)| *distance <= allowed)
        .min()
        .map(|(_, candidate)| candidate)
}

/// The candidate to ask for, as the end of a help text: `did you mean "human_review"?`
pub(crate) fn did_you_mean<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<String> {
    nearest(word, candidates).map(|near| format!("did you mean \"{near}\"?"))
}

/// Longer words are compared by their beginning.
const WORD_CHARS_MAX: usize = 80;

/// How many letters must be put in, left out, changed or swapped with their neighbour.
fn distance(word: &[char], candidate: &str) -> usize {
    let other: Vec<char> = candidate
        .to_lowercase()
        .chars()
        .take(WORD_CHARS_MAX)
        .collect();
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in word.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, b) in other.iter().enumerate() {
            let change = last[j] + usize::from(a != b);
            let mut best = change.min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *a == other[j - 1] && word[i - 1] == *b {
                best = best.min(before[j - 1] + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut last, row);
    }
    last[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typo_finds_its_word_and_nonsense_finds_none() {
        let steps = ["classify", "human_review", "escalate", "end"];
        for (word, meant) in [
            ("human_reveiw", Some("human_review")),
            ("humanreview", Some("human_review")),
            ("Escalate", Some("escalate")),
            ("edn", Some("end")),
            ("clasify", Some("classify")),
            ("notify", None),
            ("", None),
            ("x", None),
            ("END", Some("end")),
        ] {
            assert_eq!(nearest(word, steps), meant, "{word}");
        }
    }
}

//! What somebody may have meant.

/// How many suggestions are given.
const SUGGESTIONS_MAX: usize = 3;

/// The known names most like what was asked for, the nearest first; every name (up to a few) when
/// none is like it.
pub(crate) fn nearest(asked: &str, known: Vec<String>) -> Vec<String> {
    let mut ranked: Vec<(usize, String)> = known
        .into_iter()
        .map(|name| (distance(asked, &name), name))
        .collect();
    ranked.sort();
    ranked.dedup();
    let close = |(far, name): &(usize, String)| *far <= name.chars().count().div_ceil(2);
    if ranked.iter().any(close) {
        ranked.retain(close);
    }
    ranked
        .into_iter()
        .take(SUGGESTIONS_MAX)
        .map(|(_, name)| name)
        .collect()
}

/// Edit distance without regard to case (Levenshtein), over at most 100 characters.
fn distance(a: &str, b: &str) -> usize {
    let lower = |text: &str| -> Vec<char> { text.to_lowercase().chars().take(100).collect() };
    let (a, b) = (lower(a), lower(b));
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(from != to);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typo_finds_what_was_meant() {
        let known = || vec!["AppealFiled".to_owned(), "ComplaintLogged".to_owned()];
        assert_eq!(nearest("complaintLoged", known()), ["ComplaintLogged"]);
        assert_eq!(nearest("zzz", known()), ["AppealFiled", "ComplaintLogged"]);
    }
}

//! A text as the rubric reads it: lower case, without accents, cut into words and clauses.

/// A word of a text.
pub(super) struct Word {
    /// Folded: lower case, no accents, no apostrophes. Currency signs are words of their own.
    pub(super) text: String,
    /// Which clause it stands in; clauses end at punctuation and at "but".
    clause: usize,
    /// Which sentence it stands in.
    pub(super) sentence: usize,
}

/// A text cut into words.
pub(super) struct Words(pub(super) Vec<Word>);

/// Words that turn what follows in their clause into its opposite.
const NEGATIONS: [&str; 27] = [
    "no", "not", "never", "none", "nobody", "without", "didnt", "dont", "doesnt", "wasnt", "isnt",
    "havent", "hasnt", "hadnt", "cant", "couldnt", "wouldnt", "wont", "neither", "refused",
    "nunca", "sin", "nadie", "ningun", "ninguna", "tampoco", "jamas",
];
/// How many words a negation reaches.
const NEGATION_REACH: usize = 4;
/// How many words `..` stands for at most.
const GAP_MAX: usize = 3;
/// Words that begin a clause of their own.
const TURNS: [&str; 6] = ["but", "although", "until", "pero", "aunque", "sino"];
/// Words an age stands beside.
const RELATIVES: [&str; 12] = [
    "mother", "father", "mom", "dad", "aunt", "uncle", "neighbor", "madre", "padre", "mama",
    "papa", "tia",
];

impl Words {
    /// Cuts a text.
    pub(super) fn read(text: &str) -> Words {
        let mut words = Words(Vec::new());
        let (mut word, mut clause, mut sentence) = (String::new(), 0, 0);
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            let c = folded(c);
            let in_number = word.ends_with(|c: char| c.is_ascii_digit())
                && chars.peek().is_some_and(char::is_ascii_digit);
            match c {
                c if c.is_alphanumeric() => word.extend(c.to_lowercase()),
                '.' | ',' if in_number => word.push(c),
                // didn't is one word; an accent that stands alone belongs to its letter.
                '\'' | '’' | '\u{300}'..='\u{36f}' => {}
                _ => {
                    words.end(&mut word, &mut clause, sentence);
                    match c {
                        '$' | '€' | '£' => {
                            word.push('$');
                            words.end(&mut word, &mut clause, sentence);
                        }
                        '.' | '!' | '?' | '\n' | '¡' | '¿' => {
                            (clause, sentence) = (clause + 1, sentence + 1)
                        }
                        ',' | ';' | ':' | '(' | ')' => clause += 1,
                        _ => {}
                    }
                }
            }
        }
        words.end(&mut word, &mut clause, sentence);
        words
    }

    fn end(&mut self, word: &mut String, clause: &mut usize, sentence: usize) {
        if word.is_empty() {
            return;
        }
        let text = std::mem::take(word);
        if TURNS.contains(&text.as_str()) {
            *clause += 1;
        }
        self.0.push(Word {
            text,
            clause: *clause,
            sentence,
        });
    }

    /// How many words there are.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// The words a phrase is found as, where no negation turns it.
    pub(super) fn find(&self, phrase: &str) -> Option<String> {
        (0..self.0.len()).find_map(|start| {
            let end = self.match_at(start, phrase)?;
            let found: Vec<&str> = self.0[start..end]
                .iter()
                .map(|word| word.text.as_str())
                .collect();
            // A phrase with a negation of its own ("did not pay") means what it says.
            let own = phrase.split(' ').any(is_negation);
            let inside = found.iter().any(|word| is_negation(word));
            let turned = !own && (inside || self.negated(start));
            (!turned).then(|| found.join(" "))
        })
    }

    /// Whether a negation stands before a word, in its clause.
    pub(super) fn negated(&self, at: usize) -> bool {
        let clause = self.0[at].clause;
        self.0[at.saturating_sub(NEGATION_REACH)..at]
            .iter()
            .any(|word| word.clause == clause && is_negation(&word.text))
    }

    /// Where a phrase that begins at a word ends.
    fn match_at(&self, start: usize, phrase: &str) -> Option<usize> {
        let (mut at, mut gap) = (start, 0);
        for part in phrase.split(' ') {
            if part == ".." {
                gap = GAP_MAX;
                continue;
            }
            let hit = (at..=at + gap).find(|n| self.fits(*n, start, part))?;
            (at, gap) = (hit + 1, 0);
        }
        Some(at)
    }

    fn fits(&self, at: usize, start: usize, part: &str) -> bool {
        self.0.get(at).is_some_and(|word| {
            word.clause == self.0[start].clause
                && match part.strip_suffix('*') {
                    Some(beginning) => word.text.starts_with(beginning),
                    None => word.text == part,
                }
        })
    }

    /// Numbers said to be somebody's age: "84 years old", "my mother, 84".
    pub(super) fn ages(&self) -> Vec<f64> {
        let word = |at: usize| self.0.get(at).map_or("", |word| word.text.as_str());
        (0..self.0.len())
            .filter_map(|at| {
                let number: f64 = word(at).parse().ok()?;
                let years = matches!(word(at + 1), "years" | "year" | "anos");
                let before = |n: usize| at.checked_sub(n).map_or("", word);
                let relative = RELATIVES.contains(&before(1)) || RELATIVES.contains(&before(2));
                (before(1) != "$" && (years || relative)).then_some(number)
            })
            .collect()
    }
}

fn is_negation(word: &str) -> bool {
    NEGATIONS.contains(&word)
}

/// A letter without its accent.
fn folded(c: char) -> char {
    match c {
        'á' | 'à' | 'â' | 'ä' | 'Á' | 'À' | 'Â' | 'Ä' => 'a',
        'é' | 'è' | 'ê' | 'ë' | 'É' | 'È' | 'Ê' | 'Ë' => 'e',
        'í' | 'ì' | 'î' | 'ï' | 'Í' | 'Ì' | 'Î' | 'Ï' => 'i',
        'ó' | 'ò' | 'ô' | 'ö' | 'Ó' | 'Ò' | 'Ô' | 'Ö' => 'o',
        'ú' | 'ù' | 'û' | 'ü' | 'Ú' | 'Ù' | 'Û' | 'Ü' => 'u',
        'ñ' | 'Ñ' => 'n',
        'ç' | 'Ç' => 'c',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phrases_are_found_unless_negated() {
        for (text, phrase, found) in [
            ("I bought Gift Cards.", "gift card*", Some("gift cards")),
            ("I gave him all of my password", "gave .. password", None),
            (
                "I gave him my password",
                "gave .. password",
                Some("gave him my password"),
            ),
            ("I didn’t buy gift cards", "gift card*", None),
            (
                "I did not pay, gift cards were asked for",
                "gift card*",
                Some("gift cards"),
            ),
            ("No hubo amenazas", "amenaz*", None),
            ("No, but threats came", "threat*", Some("threats")),
            ("Extorsión", "extorsi*", Some("extorsion")),
            ("gift. Cards", "gift card*", None),
        ] {
            assert_eq!(Words::read(text).find(phrase).as_deref(), found, "{text}");
        }
    }

    #[test]
    fn ages_stand_beside_years_or_relatives() {
        for (text, ages) in [
            ("My mother, 84, was told", vec![84.0]),
            ("she is 71 years old", vec![71.0]),
            ("mi madre de 80 años", vec![80.0]),
            ("I sent my mother $84", vec![]),
            ("he called 84 times", vec![]),
        ] {
            assert_eq!(Words::read(text).ages(), ages, "{text}");
        }
    }
}

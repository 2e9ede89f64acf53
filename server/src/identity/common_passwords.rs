//! Passwords that are long enough and that everybody tries.

/// Beginnings that, with digits or signs behind them, are what people take when they must use twelve characters.
const WORDS: [&str; 52] = [
    "password",
    "passwort",
    "passw0rd",
    "p@ssw0rd",
    "p@ssword",
    "contraseña",
    "contrasena",
    "clave",
    "qwerty",
    "qwertyuiop",
    "qwertzuiop",
    "qwerty123",
    "asdfghjkl",
    "zxcvbnm",
    "1q2w3e4r",
    "1q2w3e4r5t",
    "1qaz2wsx",
    "1qaz2wsx3edc",
    "q1w2e3r4",
    "iloveyou",
    "letmein",
    "welcome",
    "welcometo",
    "bienvenido",
    "admin",
    "administrator",
    "administrador",
    "investigator",
    "supervisor",
    "changeme",
    "changeit",
    "changethis",
    "default",
    "secret",
    "sunshine",
    "princess",
    "football",
    "baseball",
    "superman",
    "batman",
    "dragon",
    "monkey",
    "master",
    "whatever",
    "trustno1",
    "starwars",
    "computer",
    "internet",
    "summer",
    "winter",
    "spring",
    "autumn",
];

/// Whole passwords that are known too well.
const WHOLE: [&str; 16] = [
    "correcthorsebatterystaple",
    "passwordpassword",
    "password password",
    "thisismypassword",
    "this is my password",
    "mypasswordis",
    "iloveyouiloveyou",
    "letmeinletmein",
    "welcomewelcome",
    "qwertyqwerty",
    "adminadminadmin",
    "administrator",
    "administrador",
    "bienvenidos1",
    "contraseñasegura",
    "abcdefghijkl",
];

/// Whether a password, in lower case, is one that is tried first: a common word with digits or signs behind it,
/// one character or a short piece again and again, or a row of the keyboard or of digits.
pub fn common_password(typed: &str) -> bool {
    WHOLE.contains(&typed) || word_and_digits(typed) || repeated(typed) || row(typed)
}

fn word_and_digits(typed: &str) -> bool {
    let word = typed.trim_end_matches(|c: char| c.is_ascii_digit() || c.is_ascii_punctuation());
    let word = word.trim_start_matches(|c: char| c.is_ascii_digit() || c.is_ascii_punctuation());
    WORDS.contains(&word)
        || WORDS.iter().any(|known| {
            // A word that itself ends in digits.
            typed.strip_prefix(known).is_some_and(|rest| {
                rest.chars()
                    .all(|c| c.is_ascii_digit() || c.is_ascii_punctuation())
            })
        })
}

/// A piece of at most four characters again and again.
fn repeated(typed: &str) -> bool {
    let letters: Vec<char> = typed.chars().collect();
    (1..=4).any(|piece| {
        letters.len() > piece && (piece..letters.len()).all(|at| letters[at] == letters[at - piece])
    })
}

/// Neighbours of the alphabet, of the digits or of the keyboard, one after the other.
fn row(typed: &str) -> bool {
    const ROWS: [&str; 5] = [
        "abcdefghijklmnopqrstuvwxyz",
        "01234567890123456789",
        "qwertyuiopasdfghjklzxcvbnm",
        "09876543210987654321",
        "zyxwvutsrqponmlkjihgfedcba",
    ];
    ROWS.iter().any(|row| row.contains(typed))
}

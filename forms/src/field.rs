use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::amount::CENTS_MAX;
use crate::contact::{EMAIL_CHARS_MAX, PHONE_CHARS_MAX, looks_like_email, looks_like_phone};
use crate::file::{FILES_MAX, FileAnswer};
use crate::rule::Rule;

/// A field of a form: what it takes. Its words are elsewhere, in each language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// Its id: what its answer is called.
    pub id: String,
    /// What is asked for.
    pub kind: Kind,
    /// Whether it must be answered.
    pub required: bool,
    /// The most it takes: characters of a text, dollars, a number, how many options or how many files.
    /// Without it, as much as its kind takes at all.
    pub max: Option<u64>,
    /// The options to choose from, by their ids.
    pub options: Vec<String>,
}

/// What a field asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A line of text.
    Text,
    /// Several lines of text.
    Textarea,
    /// An e-mail address.
    Email,
    /// A phone number.
    Phone,
    /// An amount of dollars.
    Money,
    /// A number.
    Number,
    /// A day.
    Date,
    /// One of some options.
    Choice,
    /// Any of some options.
    Choices,
    /// Yes or no.
    YesNo,
    /// A postal address.
    Address,
    /// Files.
    File,
}

/// Largest number either way: up to here JSON numbers are exact.
pub(crate) const NUMBER_MAX: u64 = 999_999_999_999_999;

impl Kind {
    /// In the order of the language's reference.
    pub const ALL: [Kind; 12] = [
        Kind::Text,
        Kind::Textarea,
        Kind::Email,
        Kind::Phone,
        Kind::Money,
        Kind::Number,
        Kind::Date,
        Kind::Choice,
        Kind::Choices,
        Kind::YesNo,
        Kind::Address,
        Kind::File,
    ];

    /// The word in a definition.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Text => "text",
            Kind::Textarea => "textarea",
            Kind::Email => "email",
            Kind::Phone => "phone",
            Kind::Money => "money",
            Kind::Number => "number",
            Kind::Date => "date",
            Kind::Choice => "choice",
            Kind::Choices => "choices",
            Kind::YesNo => "yesno",
            Kind::Address => "address",
            Kind::File => "file",
        }
    }

    /// The kind a definition's word names.
    pub fn from_word(word: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    /// Whether it has options to choose from.
    pub fn has_options(self) -> bool {
        matches!(self, Kind::Choice | Kind::Choices)
    }

    /// The most characters it takes when a field says nothing, and the most a field may say; none
    /// for what is no text.
    pub fn chars(self) -> Option<(u32, u32)> {
        match self {
            Kind::Text => Some((200, 1_000)),
            Kind::Textarea => Some((10_000, 20_000)),
            Kind::Address => Some((500, 1_000)),
            Kind::Email => Some((EMAIL_CHARS_MAX, EMAIL_CHARS_MAX)),
            Kind::Phone => Some((PHONE_CHARS_MAX, PHONE_CHARS_MAX)),
            _ => None,
        }
    }

    /// What a field's `max` may be; none where there is nothing to limit.
    pub fn max(self) -> Option<std::ops::RangeInclusive<u64>> {
        match self {
            Kind::Text | Kind::Textarea | Kind::Address => {
                self.chars().map(|(_, most)| 1..=u64::from(most))
            }
            Kind::Money => Some(1..=CENTS_MAX / 100),
            Kind::Number => Some(1..=NUMBER_MAX),
            Kind::Choices => Some(1..=100),
            Kind::File => Some(1..=FILES_MAX),
            Kind::Email | Kind::Phone | Kind::Date | Kind::Choice | Kind::YesNo => None,
        }
    }
}

impl Field {
    /// Whether an answer may stand; `null` is the same as none.
    ///
    /// # Errors
    ///
    /// The first rule it breaks.
    pub fn check(&self, answer: Option<&Value>) -> Result<(), Rule> {
        let answer = answer.filter(|answer| !is_nothing(answer));
        match answer {
            None if self.required => Err(Rule::Required),
            None => Ok(()),
            Some(answer) => self.check_given(answer),
        }
    }

    fn check_given(&self, answer: &Value) -> Result<(), Rule> {
        match self.kind {
            Kind::Text | Kind::Textarea | Kind::Address => {
                self.short_enough(answer.as_str().ok_or(Rule::Text)?)
            }
            Kind::Email => self.shaped(answer, looks_like_email, Rule::Email),
            Kind::Phone => self.shaped(answer, looks_like_phone, Rule::Phone),
            Kind::Money => {
                let dollars = answer.as_f64().ok_or(Rule::Money)?;
                // Fractions of cents are told by what rounding loses, beyond what doubles lose.
                let cents = dollars * 100.0;
                let whole = (cents - cents.round()).abs() <= (cents.abs() * 1e-15).max(1e-4);
                if !whole || dollars < 0.0 || cents > CENTS_MAX as f64 {
                    return Err(Rule::Money);
                }
                self.not_above(dollars)
            }
            Kind::Number => {
                let number = answer.as_f64().ok_or(Rule::Number)?;
                if number.abs() > NUMBER_MAX as f64 {
                    return Err(Rule::Number);
                }
                self.not_above(number)
            }
            Kind::Date => {
                let day = answer.as_str().and_then(day_of);
                day.map(|_| ()).ok_or(Rule::Date)
            }
            Kind::Choice => self.known(answer),
            Kind::Choices => {
                let chosen = answer.as_array().ok_or(Rule::Choice)?;
                for (at, one) in chosen.iter().enumerate() {
                    self.known(one)?;
                    if chosen[..at].contains(one) {
                        return Err(Rule::Choice);
                    }
                }
                match self.max {
                    Some(most) if chosen.len() as u64 > most => {
                        Err(Rule::TooMany(u32::try_from(most).unwrap_or(u32::MAX)))
                    }
                    _ => Ok(()),
                }
            }
            Kind::YesNo => answer.as_bool().map(|_| ()).ok_or(Rule::YesNo),
            Kind::File => {
                let files = FileAnswer::list_of(answer).ok_or(Rule::File)?;
                let twice = |at: usize| files[..at].iter().any(|one| one.file == files[at].file);
                if (0..files.len()).any(twice) {
                    return Err(Rule::File);
                }
                let most = self.files_max();
                match u32::try_from(files.len()) {
                    Ok(many) if many <= most => Ok(()),
                    _ => Err(Rule::TooMany(most)),
                }
            }
        }
    }

    /// The most characters it takes.
    pub fn chars_max(&self) -> Option<u32> {
        let (usual, most) = self.kind.chars()?;
        let own = self.max.and_then(|max| u32::try_from(max).ok());
        Some(own.unwrap_or(usual).min(most))
    }

    /// The most files it takes.
    pub fn files_max(&self) -> u32 {
        let most = self.max.unwrap_or(FILES_MAX).min(FILES_MAX);
        u32::try_from(most).unwrap_or(u32::MAX)
    }

    /// Browsers send a line break as two characters (CR LF); a person counts it as one.
    fn short_enough(&self, text: &str) -> Result<(), Rule> {
        let chars = text.chars().filter(|c| *c != '\r').count();
        match self.chars_max() {
            Some(most) if chars > most as usize => Err(Rule::TooLong(most)),
            _ => Ok(()),
        }
    }

    fn shaped(&self, answer: &Value, fits: fn(&str) -> bool, rule: Rule) -> Result<(), Rule> {
        let text = answer.as_str().ok_or(rule)?;
        self.short_enough(text)?;
        if fits(text) { Ok(()) } else { Err(rule) }
    }

    fn not_above(&self, number: f64) -> Result<(), Rule> {
        match self.max {
            Some(most) if number > most as f64 => Err(Rule::Above(most)),
            _ => Ok(()),
        }
    }

    fn known(&self, answer: &Value) -> Result<(), Rule> {
        let chosen = answer.as_str().ok_or(Rule::Choice)?;
        let known = self.options.iter().any(|option| option == chosen);
        if known { Ok(()) } else { Err(Rule::Choice) }
    }
}

/// Whether an answer says nothing: a text of blanks, no option.
fn is_nothing(answer: &Value) -> bool {
    match answer {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => false,
    }
}

/// A day of the calendar as ISO 8601 writes it, in full: `2024-05-14`.
fn day_of(text: &str) -> Option<NaiveDate> {
    let plain = text.len() == 10 && text.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    plain.then(|| text.parse().ok())?
}

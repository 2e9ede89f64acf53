use serde_json::{Value, json};

use crate::amount::{cents, dollars, grouped};
use crate::field::{Field, Kind, NUMBER_MAX};
use crate::file::FileAnswer;
use crate::rule::Rule;

impl Field {
    /// The answer as it is kept, from what a form sends for the field: nothing, one text, a text for
    /// each option chosen, or month, day and year; of files, each as the JSON it has in the answer. None
    /// when it is left empty.
    ///
    /// # Errors
    ///
    /// The first rule it breaks.
    pub fn read(&self, sent: &[String]) -> Result<Option<Value>, Rule> {
        let answer = self.value_of(sent)?;
        self.check(answer.as_ref())?;
        Ok(answer)
    }

    fn value_of(&self, sent: &[String]) -> Result<Option<Value>, Rule> {
        if sent.iter().all(|text| text.trim().is_empty()) {
            return Ok(None);
        }
        let first = sent.first().map_or("", |text| text.trim());
        Ok(Some(match self.kind {
            Kind::Text | Kind::Email | Kind::Phone => json!(one_line(first)),
            Kind::Textarea | Kind::Address => json!(plain(first)),
            Kind::Money => dollars(cents(first).ok_or(Rule::Money)?),
            Kind::Number => number(first).ok_or(Rule::Number)?,
            Kind::Date => json!(day(sent).ok_or(Rule::Date)?),
            Kind::Choice => json!(first),
            Kind::Choices => {
                let chosen = sent.iter().filter(|text| !text.is_empty());
                json!(chosen.collect::<Vec<_>>())
            }
            Kind::YesNo => match first {
                "yes" | "true" => json!(true),
                "no" | "false" => json!(false),
                _ => return Err(Rule::YesNo),
            },
            Kind::File => {
                let files = sent.iter().filter(|text| !text.trim().is_empty());
                let file = |text: &String| {
                    let file = serde_json::from_str(text).ok()?;
                    Some(FileAnswer::of(&file)?.to_value())
                };
                let files: Option<Vec<Value>> = files.map(file).collect();
                Value::Array(files.ok_or(Rule::File)?)
            }
        }))
    }
}

/// A text without what no keyboard types: control characters, and the carriage returns of browsers.
fn plain(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_control() || matches!(c, '\n' | '\t'))
        .collect()
}

/// The same in one line.
fn one_line(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}

/// A number as people type it: `12`, `-3.5`, `1,200`.
fn number(typed: &str) -> Option<Value> {
    let typed = typed.replace('\u{2212}', "-");
    let (negative, amount) = match typed.strip_prefix('-') {
        Some(amount) => (true, amount.trim_start()),
        None => (false, typed.as_str()),
    };
    let (whole, fraction) = match amount.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (amount, None),
    };
    let whole = grouped(whole).filter(|whole| *whole <= NUMBER_MAX)?;
    let Some(fraction) = fraction else {
        let whole = i64::try_from(whole).ok()?;
        return Some(json!(if negative { -whole } else { whole }));
    };
    let digits = (1..=9).contains(&fraction.len()) && fraction.bytes().all(|b| b.is_ascii_digit());
    let sign = if negative { "-" } else { "" };
    let number: f64 = digits
        .then(|| format!("{sign}{whole}.{fraction}").parse().ok())
        .flatten()?;
    Some(json!(number))
}

/// A day from month, day and year as typed, or from one text as ISO 8601 writes it.
fn day(sent: &[String]) -> Option<String> {
    let [month, day, year] = sent else {
        return match sent {
            [only] => Some(only.trim().to_owned()),
            _ => None,
        };
    };
    let part = |text: &str| {
        let text = text.trim();
        let digits = (1..=4).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        digits.then(|| text.parse::<u32>().ok()).flatten()
    };
    // Two digits of a year would be a guess.
    let year = part(year).filter(|_| year.trim().len() == 4)?;
    Some(format!("{year:04}-{:02}-{:02}", part(month)?, part(day)?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn field(kind: Kind) -> Field {
        Field {
            id: "f".into(),
            kind,
            required: false,
            max: None,
            options: vec!["red".into(), "blue".into()],
        }
    }

    fn sent(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    /// What a field of a kind makes of what is typed.
    type Typed<'t> = (Kind, &'t [&'t str], Result<Option<Value>, Rule>);

    #[test]
    fn answers_as_people_type_them() {
        let cases: &[Typed<'_>] = &[
            (Kind::Text, &[" Ana\r\n "], Ok(Some(json!("Ana")))),
            (Kind::Text, &["a\u{0}b"], Ok(Some(json!("ab")))),
            (Kind::Text, &["  "], Ok(None)),
            (Kind::Text, &[], Ok(None)),
            (Kind::Textarea, &["one\r\ntwo"], Ok(Some(json!("one\ntwo")))),
            (
                Kind::Address,
                &["1 Main St\r\nDenver"],
                Ok(Some(json!("1 Main St\nDenver"))),
            ),
            (
                Kind::Email,
                &[" ana@example.org "],
                Ok(Some(json!("ana@example.org"))),
            ),
            (Kind::Email, &["ana"], Err(Rule::Email)),
            (
                Kind::Phone,
                &["(202) 555-0100"],
                Ok(Some(json!("(202) 555-0100"))),
            ),
            (Kind::Phone, &["call me"], Err(Rule::Phone)),
            (Kind::Money, &["$1,200.50"], Ok(Some(json!(1200.5)))),
            (Kind::Money, &["120"], Ok(Some(json!(120)))),
            (Kind::Money, &["12,5"], Err(Rule::Money)),
            (Kind::Number, &["1,200"], Ok(Some(json!(1200)))),
            (Kind::Number, &["-3.5"], Ok(Some(json!(-3.5)))),
            (Kind::Number, &["\u{2212}3"], Ok(Some(json!(-3)))),
            (Kind::Number, &["3."], Err(Rule::Number)),
            (Kind::Number, &["three"], Err(Rule::Number)),
            (Kind::Number, &["1e9"], Err(Rule::Number)),
            (Kind::Number, &["9999999999999999"], Err(Rule::Number)),
            (
                Kind::Date,
                &["5", "14", "2024"],
                Ok(Some(json!("2024-05-14"))),
            ),
            (Kind::Date, &["2024-05-14"], Ok(Some(json!("2024-05-14")))),
            (Kind::Date, &["", "", ""], Ok(None)),
            (Kind::Date, &["2", "30", "2024"], Err(Rule::Date)),
            (Kind::Date, &["5", "14", "24"], Err(Rule::Date)),
            (Kind::Date, &["May", "14", "2024"], Err(Rule::Date)),
            (Kind::Date, &["5", "", "2024"], Err(Rule::Date)),
            (Kind::Choice, &["red"], Ok(Some(json!("red")))),
            (Kind::Choice, &["green"], Err(Rule::Choice)),
            (
                Kind::Choices,
                &["red", "blue"],
                Ok(Some(json!(["red", "blue"]))),
            ),
            (Kind::Choices, &["", "red"], Ok(Some(json!(["red"])))),
            (Kind::Choices, &["red", "red"], Err(Rule::Choice)),
            (Kind::Choices, &["red", "green"], Err(Rule::Choice)),
            (Kind::YesNo, &["yes"], Ok(Some(json!(true)))),
            (Kind::YesNo, &["no"], Ok(Some(json!(false)))),
            (Kind::YesNo, &["perhaps"], Err(Rule::YesNo)),
            (Kind::File, &[""], Ok(None)),
            (Kind::File, &["plans.pdf"], Err(Rule::File)),
            (Kind::File, &["{\"file\": 7}"], Err(Rule::File)),
        ];
        for (kind, typed, expected) in cases {
            assert_eq!(
                field(*kind).read(&sent(typed)),
                *expected,
                "{kind:?} {typed:?}"
            );
        }
    }

    #[test]
    fn what_must_be_answered_and_the_most_it_takes() {
        let with = |kind, max| Field {
            required: true,
            max: Some(max),
            ..field(kind)
        };
        let cases: &[(Field, &[&str], Rule)] = &[
            (with(Kind::Text, 5), &[" "], Rule::Required),
            (with(Kind::Text, 5), &["longer"], Rule::TooLong(5)),
            (
                with(Kind::Textarea, 5),
                &["lo\r\nng\r\n!"],
                Rule::TooLong(5),
            ),
            (with(Kind::Money, 5), &["5.01"], Rule::Above(5)),
            (with(Kind::Number, 5), &["6"], Rule::Above(5)),
            (with(Kind::Choices, 1), &["red", "blue"], Rule::TooMany(1)),
            (with(Kind::Choices, 1), &[], Rule::Required),
            (with(Kind::YesNo, 1), &[], Rule::Required),
        ];
        for (field, typed, rule) in cases {
            assert_eq!(field.read(&sent(typed)), Err(*rule), "{field:?} {typed:?}");
        }
        assert_eq!(
            with(Kind::Number, 5).read(&sent(&["5"])),
            Ok(Some(json!(5)))
        );
    }

    #[test]
    fn files_are_kept_as_they_are_named() {
        let named = |id: u32| {
            json!({
                "file": format!("0190a1b2-0000-7000-8000-{id:012}"), "name": "plans.pdf",
                "type": "application/pdf", "size": 12, "sha256": "a".repeat(64),
            })
        };
        let all: Vec<Value> = (0..6).map(named).collect();
        let sent =
            |many: usize| -> Vec<String> { all[..many].iter().map(Value::to_string).collect() };
        let two = Field {
            max: Some(2),
            ..field(Kind::File)
        };
        assert_eq!(two.read(&sent(2)), Ok(Some(json!(all[..2]))));
        assert_eq!(two.read(&sent(3)), Err(Rule::TooMany(2)));
        assert_eq!(
            field(Kind::File).read(&sent(5)).unwrap(),
            Some(json!(all[..5]))
        );
        assert_eq!(field(Kind::File).read(&sent(6)), Err(Rule::TooMany(5)));
        let twice = json!([all[0], all[0]]);
        assert_eq!(two.check(Some(&twice)), Err(Rule::File));
    }

    #[test]
    fn answers_as_other_systems_send_them() {
        let cases = [
            (Kind::Text, json!(7), Rule::Text),
            (Kind::Email, json!(["a@example.org"]), Rule::Email),
            (Kind::Money, json!("120"), Rule::Money),
            (Kind::Money, json!(-1), Rule::Money),
            (Kind::Money, json!(1.005), Rule::Money),
            (Kind::Number, json!("7"), Rule::Number),
            (Kind::Number, json!(1e300), Rule::Number),
            (Kind::Date, json!("2024-5-14"), Rule::Date),
            (Kind::Date, json!("+024-05-14"), Rule::Date),
            (Kind::Date, json!(20240514), Rule::Date),
            (Kind::Choice, json!({"red": true}), Rule::Choice),
            (Kind::Choices, json!("red"), Rule::Choice),
            (Kind::YesNo, json!("yes"), Rule::YesNo),
            (Kind::File, json!("plans.pdf"), Rule::File),
            (Kind::File, json!([{"file": "plans.pdf"}]), Rule::File),
            (Kind::File, json!({"file": "plans.pdf"}), Rule::File),
        ];
        for (kind, answer, rule) in cases {
            assert_eq!(
                field(kind).check(Some(&answer)),
                Err(rule),
                "{kind:?} {answer}"
            );
        }
        for (kind, answer) in [
            (Kind::Money, json!(1200.55)),
            (Kind::Money, json!(0.07)),
            (Kind::Number, json!(-0.5)),
            (Kind::YesNo, json!(false)),
            (Kind::Text, Value::Null),
        ] {
            assert_eq!(
                field(kind).check(Some(&answer)),
                Ok(()),
                "{kind:?} {answer}"
            );
        }
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            ".{0,30}".prop_map(Value::from),
        ];
        leaf.prop_recursive(2, 8, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map(".{0,4}", inner, 0..3)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        /// Whatever is sent, a field answers; and what it read it takes again.
        #[test]
        fn no_answer_makes_a_field_panic(
            kind in prop::sample::select(Kind::ALL.to_vec()),
            required: bool,
            max in prop::option::of(1..1_000_000u64),
            typed in prop::collection::vec("[ -~\u{0}-\u{9}é０-９]{0,30}", 0..4),
            answer in any_json(),
        ) {
            let field = Field { required, max, ..field(kind) };
            if let Ok(read) = field.read(&typed) {
                prop_assert_eq!(field.check(read.as_ref()), Ok(()));
                prop_assert!(!required || read.is_some());
            }
            let _ = field.check(Some(&answer));
        }
    }
}

use super::fields;
use super::report::Report;
use super::tree::Node;
use crate::sla::DAY_MS;
use crate::{Budget, Measure, Place};

/// The duration written here: in milliseconds, and as written. Business time has no meaning here.
pub(super) fn read(
    node: &Node,
    key: &str,
    like: &str,
    report: &mut Report,
) -> Option<(i64, String)> {
    let length = read_any(node, key, like, report)?;
    if length.budget.measure == Measure::Clock {
        return Some((length.budget.amount, length.budget.written));
    }
    let message = format!(
        "\"{}\" is business time, and \"{key}\" goes by the clock",
        length.budget.written
    );
    let help = "write hours or days by the clock, like 4h or 2d".to_owned();
    report.error("HMS032", length.place, message, Some(help));
    None
}

/// A duration that may be in business time, and where it stands.
#[derive(Debug, Clone)]
pub(super) struct Length {
    pub(super) budget: Budget,
    pub(super) place: Place,
}

/// The duration written here.
pub(super) fn read_any(node: &Node, key: &str, like: &str, report: &mut Report) -> Option<Length> {
    let help = format!("write how long, like {key}: {like}");
    let word = fields::word(node, key, &help, report)?;
    match parse_any(&word.text) {
        Ok((amount, measure)) => Some(Length {
            budget: Budget {
                amount,
                measure,
                written: word.text,
            },
            place: word.place,
        }),
        Err(bad) => {
            report.error(bad.code, word.place, bad.message, Some(bad.help.into()));
            None
        }
    }
}

/// A shortest and a longest wait anybody can mean; beyond it a date was mistyped.
const MS_MIN: i64 = 1_000;
const MS_MAX: i64 = 3_650 * DAY_MS;

/// What is wrong with a duration.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct BadDuration {
    pub(super) code: &'static str,
    pub(super) message: String,
    pub(super) help: &'static str,
}

const FORM: &str =
    "write a number and a unit, like 90s, 15m, 4h, 2d, 1w or 1h30m, or ISO 8601 like PT4H";

/// A duration: `90s`, `1h30m`, `2d`, ISO 8601 `PT4H`, `P1DT2H`, or in business time `4bh`, `2bd`.
/// Days are 24 hours and weeks 7 days, whatever a calendar says; months and years have no fixed
/// length and are refused. A business day counts a day of milliseconds.
pub(super) fn parse_any(text: &str) -> Result<(i64, Measure), BadDuration> {
    let business = [
        ("bd", DAY_MS, Measure::Days),
        ("bh", 3_600_000, Measure::Hours),
    ];
    let business = business.into_iter().find(|(unit, ..)| text.ends_with(unit));
    let (ms, measure) = match (text.strip_prefix('P'), business) {
        (Some(iso), _) => (iso_ms(iso), Measure::Clock),
        (None, Some((unit, ms, measure))) => (parts_ms(text, &[(unit, ms)]), measure),
        (None, None) => (
            parts_ms(
                text,
                &[
                    ("w", 7 * DAY_MS),
                    ("d", DAY_MS),
                    ("h", 3_600_000),
                    ("m", 60_000),
                    ("s", 1_000),
                ],
            ),
            Measure::Clock,
        ),
    };
    let ms = ms.ok_or_else(|| BadDuration {
        code: "HMS031",
        message: format!("\"{}\" is no duration", fields::clip(text)),
        help: FORM,
    })?;
    if !(MS_MIN..=MS_MAX).contains(&ms) {
        return Err(BadDuration {
            code: "HMS031",
            message: format!("\"{text}\" is out of bounds"),
            help: "a duration is at least 1s and at most 3650d",
        });
    }
    Ok((ms, measure))
}

/// A duration by the clock, in milliseconds.
pub(super) fn parse(text: &str) -> Result<i64, BadDuration> {
    match parse_any(text)? {
        (ms, Measure::Clock) => Ok(ms),
        _ => Err(BadDuration {
            code: "HMS032",
            message: format!("\"{text}\" is business time, and here the clock counts"),
            help: "write hours or days by the clock, like 4h or 2d",
        }),
    }
}

fn iso_ms(text: &str) -> Option<i64> {
    const DATE: &[(&str, i64)] = &[("W", 7 * DAY_MS), ("D", DAY_MS)];
    const TIME: &[(&str, i64)] = &[("H", 3_600_000), ("M", 60_000), ("S", 1_000)];
    match text.split_once('T') {
        None => parts_ms(text, DATE),
        Some(("", time)) => parts_ms(time, TIME),
        Some((date, time)) => parts_ms(date, DATE)?.checked_add(parts_ms(time, TIME)?),
    }
}

/// Numbers with units, each unit at most once and the largest first.
fn parts_ms(mut text: &str, mut units: &[(&str, i64)]) -> Option<i64> {
    let mut sum: i64 = 0;
    if text.is_empty() {
        return None;
    }
    while !text.is_empty() {
        let digits = text.chars().take_while(char::is_ascii_digit).count();
        let number: i64 = text[..digits].parse().ok()?;
        text = &text[digits..];
        let at = units.iter().position(|(unit, _)| text.starts_with(unit))?;
        let (unit, ms) = units[at];
        sum = sum.checked_add(number.checked_mul(ms)?)?;
        text = &text[unit.len()..];
        units = &units[at + 1..];
    }
    Some(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_in_both_forms() {
        for (text, seconds) in [
            ("90s", 90),
            ("15m", 900),
            ("4h", 14_400),
            ("2d", 172_800),
            ("1w", 604_800),
            ("1h30m", 5_400),
            ("1d2h3m4s", 93_784),
            ("PT4H", 14_400),
            ("P1DT2H", 93_600),
            ("P1W", 604_800),
            ("PT90M", 5_400),
            ("3650d", 315_360_000),
        ] {
            let read = parse_any(text);
            assert_eq!(read, Ok((seconds * 1000, Measure::Clock)), "{text}");
        }
    }

    #[test]
    fn what_is_no_duration_is_told() {
        for text in [
            "",
            "4",
            "h",
            "4 h",
            "-4h",
            "4h30",
            "30m1h",
            "4h4h",
            "1.5h",
            "4H",
            "P",
            "PT",
            "PT4",
            "P1M",
            "P4H",
            "1y",
            "99999999999999999999d",
            "9223372036854775807w",
            "٣h",
            "4ħ",
            "0s",
            "3651d",
            "PT0S",
        ] {
            assert_eq!(parse_any(text).unwrap_err().code, "HMS031", "{text}");
        }
    }

    #[test]
    fn business_time_is_told_from_time_by_the_clock() {
        assert_eq!(parse_any("4bh"), Ok((14_400_000, Measure::Hours)));
        assert_eq!(parse_any("2bd"), Ok((2 * DAY_MS, Measure::Days)));
        for text in ["bd", "1d2bd", "2bd4bh", "4bh30m", "-2bd", "0bd", "4000bd"] {
            assert_eq!(parse_any(text).unwrap_err().code, "HMS031", "{text}");
        }
    }
}

//! Durations in the API: `30s`, `5m`, `1h`, or bare seconds. They are durations of the wall clock,
//! also when workflow time runs faster.

use std::time::Duration;

/// Reads a duration from `min` to `max`; the error says what would be right.
pub(super) fn read(text: &str, min: Duration, max: Duration) -> Result<Duration, String> {
    let wrong = || {
        format!(
            "\"{}\" is no duration from {}s to {}s – write it like 30s",
            text.chars().take(20).collect::<String>(),
            min.as_secs(),
            max.as_secs()
        )
    };
    let (digits, unit) = match text.find(|c: char| !c.is_ascii_digit()) {
        None => (text, 1),
        Some(at) => match &text[at..] {
            "s" => (&text[..at], 1),
            "m" => (&text[..at], 60),
            "h" => (&text[..at], 3600),
            _ => return Err(wrong()),
        },
    };
    let seconds = digits
        .parse::<u64>()
        .ok()
        .and_then(|number| number.checked_mul(unit))
        .ok_or_else(wrong)?;
    let duration = Duration::from_secs(seconds);
    if duration < min || duration > max {
        return Err(wrong());
    }
    Ok(duration)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_within_their_limits() {
        let (second, minute) = (Duration::from_secs(1), Duration::from_secs(60));
        for (text, seconds) in [("30s", Some(30)), ("60", Some(60)), ("1m", Some(60))] {
            assert_eq!(
                read(text, second, minute).ok().map(|d| d.as_secs()),
                seconds
            );
        }
        for text in [
            "",
            "0s",
            "61s",
            "2m",
            "s",
            "3 s",
            "-1s",
            "1d",
            "ünf",
            "99999999999999999999s",
        ] {
            assert!(read(text, second, minute).is_err(), "{text}");
        }
    }
}

//! `AI:fraud-labeler`: how severe a fraud report is, by a rubric anybody can read. It is no model:
//! it looks for signals in the text and the amounts, adds up their weights, and says what it found.

mod amounts;
#[cfg(test)]
mod cases;
mod rubric;
mod words;

use async_trait::async_trait;
use hms_engine::Actor;
use serde_json::{Value, json};

use self::rubric::{LOSSES, NOTHING_LOST, SEVERE_FROM, SIGNALS, Signal, VULNERABLE};
use self::words::Words;
use super::{WorkFailed, Worker, actor};
use crate::api::TaskJson;

/// The parts of a payload that hold what somebody wrote.
const TEXTS: [&str; 5] = ["text", "description", "details", "message", "narrative"];
/// The parts of a payload that hold how much was lost.
const AMOUNTS: [&str; 4] = ["lost", "amount", "amount_lost", "loss"];
/// At most this many characters are read.
const CHARS_MAX: usize = 20_000;
/// An amount that is only mentioned weighs something from here.
const MENTIONED: (f64, i32) = (1_000.0, 10);
/// Ages from which somebody counts as old.
const OLD: std::ops::RangeInclusive<f64> = 65.0..=110.0;

/// The labeller.
pub struct FraudLabeler;

#[async_trait]
impl Worker for FraudLabeler {
    fn name(&self) -> &'static str {
        "fraud-labeler"
    }

    fn actor(&self) -> Actor {
        actor(hms_engine::ActorKind::Ai, self.name())
    }

    fn at_once(&self) -> u32 {
        64
    }

    async fn work(&self, task: &TaskJson) -> Result<Value, WorkFailed> {
        Ok(label(&task.payload()))
    }
}

/// Something the rubric found.
struct Found {
    signal: &'static str,
    weight: i32,
    reason: String,
    words: Vec<String>,
}

/// Labels a payload: severity, confidence, and the reasons.
pub fn label(payload: &Value) -> Value {
    let words = Words::read(&text_of(payload));
    let stated = AMOUNTS
        .iter()
        .find_map(|name| stated_amount(&payload[*name]));
    let lost = amounts::lost(&words)
        .into_iter()
        .chain(stated)
        .fold(0.0, f64::max);
    let mut found: Vec<Found> = loss(lost).into_iter().collect();
    found.extend(SIGNALS.iter().filter_map(|signal| search(signal, &words)));
    found.extend(old_age(&words, &found));
    if lost == 0.0 {
        found.extend(mentioned(&words));
        found.extend(search(&NOTHING_LOST, &words));
    }
    let score: i32 = found.iter().map(|found| found.weight).sum();
    let severe = score >= SEVERE_FROM;
    json!({
        "severity": if severe { "High" } else { "Low" },
        "confidence": confidence(score, words.len(), found.is_empty()),
        "score": score,
        "reasons": found.iter().map(|found| &found.reason).collect::<Vec<_>>(),
        "signals": found.iter().map(|found| json!({
            "signal": found.signal, "weight": found.weight, "words": found.words,
        })).collect::<Vec<_>>(),
    })
}

fn text_of(payload: &Value) -> String {
    let texts: Vec<&str> = TEXTS
        .iter()
        .filter_map(|name| payload[*name].as_str())
        .collect();
    texts.join(". ").chars().take(CHARS_MAX).collect()
}

fn stated_amount(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => amounts::number(text),
        _ => None,
    }
    .filter(|amount| *amount > 0.0)
}

fn loss(lost: f64) -> Option<Found> {
    let (from, weight) = LOSSES.into_iter().find(|(from, _)| lost >= *from)?;
    Some(Found {
        signal: "loss",
        weight,
        reason: format!(
            "Lost ${}, which is ${} or more",
            dollars(lost),
            dollars(from)
        ),
        words: vec![format!("${}", dollars(lost))],
    })
}

fn mentioned(words: &Words) -> Option<Found> {
    let largest = amounts::all(words).into_iter().fold(0.0, f64::max);
    (largest >= MENTIONED.0).then(|| Found {
        signal: "amount_mentioned",
        weight: MENTIONED.1,
        reason: format!("Mentions ${}, not said to be lost", dollars(largest)),
        words: vec![format!("${}", dollars(largest))],
    })
}

fn search(signal: &Signal, words: &Words) -> Option<Found> {
    let mut hits: Vec<String> = signal
        .phrases()
        .filter_map(|phrase| words.find(phrase))
        .collect();
    hits.sort();
    hits.dedup();
    (!hits.is_empty()).then(|| found(signal, hits))
}

fn found(signal: &Signal, words: Vec<String>) -> Found {
    let quoted: Vec<String> = words.iter().map(|word| format!("“{word}”")).collect();
    Found {
        signal: signal.name,
        weight: signal.weight,
        reason: format!("{}: {}", signal.reason, quoted.join(", ")),
        words,
    }
}

/// An age beside a relative: "my mother, 84".
fn old_age(words: &Words, already: &[Found]) -> Option<Found> {
    if already.iter().any(|found| found.signal == VULNERABLE) {
        return None;
    }
    let signal = SIGNALS.iter().find(|signal| signal.name == VULNERABLE)?;
    let age = words.ages().into_iter().find(|age| OLD.contains(age))?;
    Some(found(signal, vec![format!("{age} years")]))
}

/// From 0.5 at the border to 0.95 far from it. Few words and no signal say little.
fn confidence(score: i32, words: usize, nothing: bool) -> f64 {
    let distance = f64::from((score - SEVERE_FROM).abs());
    let sure = 0.5 + 0.45 * (distance / 60.0).min(1.0);
    let bounded = if nothing && words < 4 {
        sure.min(0.7)
    } else {
        sure
    };
    (bounded * 100.0).round() / 100.0
}

/// Whole dollars with thousands parted.
fn dollars(amount: f64) -> String {
    let digits = format!("{amount:.0}");
    let mut parted = String::new();
    for (n, digit) in digits.chars().enumerate() {
        if n > 0 && (digits.len() - n).is_multiple_of(3) {
            parted.push(',');
        }
        parted.push(digit);
    }
    parted
}

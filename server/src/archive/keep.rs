use std::str::FromStr;

use chrono::{Datelike, Months, NaiveDate, NaiveTime, TimeDelta};
use hms_engine::Time;

/// The longest anybody can mean: beyond it a number was mistyped.
const YEARS_MAX: u32 = 200;
const DAYS_MAX: u32 = YEARS_MAX * 366;

/// How long finished runs stay in the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// So many years by the calendar.
    Years(u32),
    /// So many days.
    Days(u32),
}

impl Keep {
    /// The moment before which a run must have ended to be moved out now. It is the first of a month: runs go by
    /// whole months, each when all of it is old enough.
    pub fn ended_before(self, now: Time) -> Time {
        let day = now.date_naive();
        let then = match self {
            Keep::Years(years) => day.checked_sub_months(Months::new(12 * years)),
            Keep::Days(days) => day.checked_sub_signed(TimeDelta::days(days.into())),
        };
        let first = then.and_then(|day| day.with_day(1));
        let first = first.unwrap_or(NaiveDate::MIN);
        first.and_time(NaiveTime::MIN).and_utc()
    }
}

impl FromStr for Keep {
    type Err = String;

    fn from_str(text: &str) -> Result<Keep, String> {
        let wrong = || {
            format!(
                "\"{text}\" is no time to keep runs: write years, weeks or days, like 7y or 90d, from 1d to {YEARS_MAX}y"
            )
        };
        let unit = text.chars().next_back().ok_or_else(wrong)?;
        let number = text.strip_suffix(unit).unwrap_or_default();
        // No sign and no space, which a number could be read with.
        let digits = number.bytes().all(|byte| byte.is_ascii_digit());
        let number: u32 = number.parse().ok().filter(|_| digits).ok_or_else(wrong)?;
        let (keep, most) = match unit {
            'y' => (Keep::Years(number), YEARS_MAX),
            'w' => (Keep::Days(number.saturating_mul(7)), DAYS_MAX / 7),
            'd' => (Keep::Days(number), DAYS_MAX),
            _ => return Err(wrong()),
        };
        match (1..=most).contains(&number) {
            true => Ok(keep),
            false => Err(wrong()),
        }
    }
}

/// How long finished runs stay, of one workflow or of all that no rule of their own is for: `7y`, `FTC-Complaint=10y`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeepRule {
    /// The workflow's id; none for all others.
    pub workflow: Option<String>,
    /// How long.
    pub keep: Keep,
}

impl FromStr for KeepRule {
    type Err = String;

    fn from_str(text: &str) -> Result<KeepRule, String> {
        match text.split_once('=') {
            None => Ok(KeepRule {
                workflow: None,
                keep: text.parse()?,
            }),
            Some(("", _)) => Err("write WORKFLOW=TIME, like FTC-Complaint=7y".to_owned()),
            Some((workflow, keep)) => Ok(KeepRule {
                workflow: Some(workflow.to_owned()),
                keep: keep.parse()?,
            }),
        }
    }
}

/// All of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeepRules(Vec<KeepRule>);

impl KeepRules {
    /// Of a list, in which none may be twice.
    pub fn of(rules: &[KeepRule]) -> Result<KeepRules, String> {
        for (n, rule) in rules.iter().enumerate() {
            if rules[..n]
                .iter()
                .any(|other| other.workflow == rule.workflow)
            {
                return Err(match &rule.workflow {
                    Some(workflow) => format!("how long runs of {workflow} are kept is said twice"),
                    None => "how long runs are kept is said twice".to_owned(),
                });
            }
        }
        Ok(KeepRules(rules.to_vec()))
    }

    /// How long runs of a workflow are kept; none: for ever.
    pub fn of_workflow(&self, id: &str) -> Option<Keep> {
        let own = |rule: &&KeepRule| rule.workflow.as_deref() == Some(id);
        let rule = self.0.iter().find(own);
        let rule = rule.or_else(|| self.0.iter().find(|rule| rule.workflow.is_none()));
        rule.map(|rule| rule.keep)
    }

    /// The workflows that have a rule of their own.
    pub fn named(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|rule| rule.workflow.as_deref())
    }

    /// Whether everything is kept for ever.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read() {
        for (text, expected) in [
            ("7y", Some(Keep::Years(7))),
            ("200y", Some(Keep::Years(200))),
            ("90d", Some(Keep::Days(90))),
            ("2w", Some(Keep::Days(14))),
            ("1d", Some(Keep::Days(1))),
        ] {
            assert_eq!(text.parse().ok(), expected, "{text}");
        }
        for wrong in [
            "",
            "y",
            "7",
            "0d",
            "-1d",
            "+1d",
            " 1d",
            "1.5y",
            "201y",
            "7m",
            "7h",
            "9999999999d",
            "99999999w",
            "7ÿ",
            "7yy",
        ] {
            let told = wrong.parse::<Keep>().unwrap_err();
            assert!(told.contains("like 7y or 90d"), "{wrong}: {told}");
        }
    }

    #[test]
    fn a_workflows_own_rule_comes_first() {
        let rules: Vec<KeepRule> = ["FTC-Complaint=10y", "7y"]
            .iter()
            .map(|text| text.parse().unwrap())
            .collect();
        let rules = KeepRules::of(&rules).unwrap();
        assert_eq!(rules.of_workflow("FTC-Complaint"), Some(Keep::Years(10)));
        assert_eq!(rules.of_workflow("FOIA-Request"), Some(Keep::Years(7)));
        assert_eq!(rules.named().collect::<Vec<_>>(), ["FTC-Complaint"]);
        let one = KeepRules::of(&["A=1y".parse().unwrap()]).unwrap();
        assert_eq!(one.of_workflow("B"), None);
        assert!("=7y".parse::<KeepRule>().is_err() && "A=".parse::<KeepRule>().is_err());
        let twice = ["7y".parse().unwrap(), "8y".parse().unwrap()];
        assert_eq!(
            KeepRules::of(&twice).unwrap_err(),
            "how long runs are kept is said twice"
        );
    }

    #[test]
    fn runs_go_by_whole_months() {
        for (keep, now, expected) in [
            ("7y", "2026-11-26T12:00:00Z", "2019-11-01T00:00:00Z"),
            ("7y", "2026-11-01T00:00:00Z", "2019-11-01T00:00:00Z"),
            ("1y", "2024-02-29T12:00:00Z", "2023-02-01T00:00:00Z"),
            ("30d", "2026-03-30T00:00:00Z", "2026-02-01T00:00:00Z"),
            ("30d", "2026-03-31T00:00:00Z", "2026-03-01T00:00:00Z"),
            ("1d", "2026-03-01T23:00:00Z", "2026-02-01T00:00:00Z"),
        ] {
            let keep: Keep = keep.parse().unwrap();
            let before = keep.ended_before(now.parse().unwrap());
            assert_eq!(before, expected.parse::<Time>().unwrap(), "{keep:?} {now}");
        }
    }
}

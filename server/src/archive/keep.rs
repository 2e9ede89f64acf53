use std::str::FromStr;

use hms_engine::Keep;

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

    /// How long runs of a workflow are kept; none: for ever. A rule for the workflow is stronger than what its definition
    /// says, and that is stronger than the rule for all others.
    pub fn of_workflow(&self, id: &str, defined: Option<Keep>) -> Option<Keep> {
        let rule = |workflow: Option<&str>| {
            let mut rules = self.0.iter();
            let found = rules.find(|rule| rule.workflow.as_deref() == workflow);
            found.map(|rule| rule.keep)
        };
        rule(Some(id)).or(defined).or_else(|| rule(None))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_workflows_own_rule_comes_first() {
        let rules: Vec<KeepRule> = ["FTC-Complaint=10y", "7y"]
            .iter()
            .map(|text| text.parse().unwrap())
            .collect();
        let rules = KeepRules::of(&rules).unwrap();
        assert_eq!(
            rules.of_workflow("FTC-Complaint", None),
            Some(Keep::Years(10))
        );
        assert_eq!(
            rules.of_workflow("FOIA-Request", None),
            Some(Keep::Years(7))
        );
        // What a definition says stands between the two.
        let defined = Some(Keep::Days(400));
        let of = |id| rules.of_workflow(id, defined);
        assert_eq!(of("FTC-Complaint"), Some(Keep::Years(10)));
        assert_eq!(of("FOIA-Request"), defined);
        let none = KeepRules::default();
        assert_eq!(none.of_workflow("FOIA-Request", defined), defined);
        let one = KeepRules::of(&["A=1y".parse().unwrap()]).unwrap();
        assert_eq!(one.of_workflow("B", None), None);
        assert!("=7y".parse::<KeepRule>().is_err() && "A=".parse::<KeepRule>().is_err());
        let twice = ["7y".parse().unwrap(), "8y".parse().unwrap()];
        assert_eq!(
            KeepRules::of(&twice).unwrap_err(),
            "how long runs are kept is said twice"
        );
    }
}

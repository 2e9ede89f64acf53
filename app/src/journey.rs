//! The way through the complaint form, from question to question: one pure function for the browser
//! and for the server, which does the same when scripts are off. The answers travel in the form
//! itself, so nothing is kept on the server before the report is sent, and nothing is in a URL.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::agency::Refused;
use crate::views::{Draft, Fault, Language, Receipt};

/// A page of the form.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// What happened.
    #[default]
    What,
    /// How much was lost, how and by whom they were reached.
    Money,
    /// Where to write to.
    You,
    /// All answers once more, then send.
    Check,
}

impl Step {
    /// In the order asked.
    pub const ALL: [Step; 4] = [Step::What, Step::Money, Step::You, Step::Check];

    /// As in the form's hidden field.
    pub fn as_str(self) -> &'static str {
        match self {
            Step::What => "what",
            Step::Money => "money",
            Step::You => "you",
            Step::Check => "check",
        }
    }

    /// The step a hidden field names; the first one when it names none.
    pub fn from_word(word: &str) -> Step {
        Step::ALL
            .into_iter()
            .find(|step| step.as_str() == word)
            .unwrap_or_default()
    }

    /// Its place, from 0.
    pub fn place(self) -> usize {
        self as usize
    }

    /// The fields it asks for.
    pub fn fields(self) -> &'static [&'static str] {
        match self {
            Step::What => &["text"],
            Step::Money => &["lost", "contact", "suspect"],
            Step::You => &["email"],
            Step::Check => &[],
        }
    }

    /// The step that asks for a field.
    pub fn asking(field: &str) -> Step {
        Step::ALL
            .into_iter()
            .find(|step| step.fields().contains(&field))
            .unwrap_or_default()
    }

    fn after(self) -> Step {
        Step::ALL[(self.place() + 1).min(Step::ALL.len() - 1)]
    }

    fn before(self) -> Step {
        Step::ALL[self.place().saturating_sub(1)]
    }
}

/// What the pressed button asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Go {
    /// Check this page and go on.
    Next,
    /// One page back, with what was typed, right or not.
    Back,
    /// From the answers to one page, and straight back.
    Change(Step),
    /// Send the report.
    Send,
    /// Leave the page with number and receipt.
    Saved,
}

impl Go {
    /// The button's value: `next`, `back`, `change_money`, `send`, `saved`. Anything else goes on,
    /// which is what Enter in a text field means.
    pub fn from_word(word: &str) -> Go {
        match word {
            "back" => Go::Back,
            "send" => Go::Send,
            "saved" => Go::Saved,
            other => other
                .strip_prefix("change_")
                .map_or(Go::Next, |step| Go::Change(Step::from_word(step))),
        }
    }
}

/// What a reporter gets for a sent report. The token that goes with it is only in the cookie.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirmation {
    /// The report's number.
    pub number: String,
    /// Its secret.
    pub receipt: Receipt,
    /// Whether they tried to leave without saying that they saved both.
    #[serde(default)]
    pub unsaved: bool,
}

/// The form as it stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Journey {
    /// The answers so far.
    pub draft: Draft,
    /// The page shown.
    pub step: Step,
    /// Whether the answers were already checked once: then each page leads back to them.
    pub checking: bool,
    /// What is wrong on the page shown.
    pub faults: Vec<Fault>,
    /// Why sending did not work, when it did not.
    pub trouble: Option<Refused>,
    /// Set once the report is kept.
    pub sent: Option<Confirmation>,
}

impl Journey {
    /// The first page of a fresh form.
    pub fn begin(id: Uuid, language: Language) -> Journey {
        Journey {
            draft: Draft {
                id,
                language,
                ..Draft::default()
            },
            step: Step::What,
            checking: false,
            faults: Vec::new(),
            trouble: None,
            sent: None,
        }
    }

    /// Where a button leads. True when the report is to be sent now.
    pub fn turn(&mut self, go: Go) -> bool {
        self.faults.clear();
        self.trouble = None;
        match go {
            Go::Next => {
                self.faults = self.faults_of(self.step);
                if self.faults.is_empty() {
                    self.step = if self.checking {
                        Step::Check
                    } else {
                        self.step.after()
                    };
                    self.checking |= self.step == Step::Check;
                }
                false
            }
            Go::Back => {
                self.step = self.step.before();
                false
            }
            Go::Change(step) => {
                self.step = step;
                self.checking = true;
                false
            }
            Go::Send => {
                let faults = self.draft.check();
                let complete = faults.is_empty();
                if !complete {
                    self.refuse(Refused::Form(faults));
                }
                complete
            }
            Go::Saved => false,
        }
    }

    /// Takes in why the report was not kept: faults lead to the first page that has one.
    pub fn refuse(&mut self, refused: Refused) {
        match refused {
            Refused::Form(faults) => {
                if let Some(first) = faults.first() {
                    self.step = Step::asking(&first.field);
                    self.checking = true;
                }
                let fields = self.step.fields();
                self.faults = faults
                    .into_iter()
                    .filter(|fault| fields.contains(&fault.field.as_str()))
                    .collect();
            }
            other => {
                self.step = Step::Check;
                self.trouble = Some(other);
            }
        }
    }

    fn faults_of(&self, step: Step) -> Vec<Fault> {
        let fields = step.fields();
        self.draft
            .check()
            .into_iter()
            .filter(|fault| fields.contains(&fault.field.as_str()))
            .collect()
    }
}

/// The form's fields as a browser posts them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Posted {
    /// The draft's id.
    pub id: Uuid,
    /// [`Draft::text`].
    pub text: String,
    /// [`Draft::lost`].
    pub lost: String,
    /// [`Draft::contact`].
    pub contact: String,
    /// [`Draft::suspect`].
    pub suspect: String,
    /// [`Draft::email`].
    pub email: String,
    /// The page the button stands on.
    pub step: String,
    /// `1` when the answers were already checked once.
    pub checking: String,
    /// The button.
    pub go: String,
}

impl Posted {
    /// The form as it was when the button was pressed, and the button.
    pub fn journey(self, language: Language) -> (Journey, Go) {
        let go = Go::from_word(&self.go);
        let journey = Journey {
            draft: Draft {
                id: self.id,
                text: self.text.trim().replace("\r\n", "\n"),
                lost: self.lost.trim().to_owned(),
                contact: self.contact,
                suspect: self.suspect.trim().to_owned(),
                email: self.email.trim().to_owned(),
                language,
            },
            step: Step::from_word(&self.step),
            checking: self.checking == "1",
            faults: Vec::new(),
            trouble: None,
            sent: None,
        };
        (journey, go)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::views::Rule;

    fn at(step: Step, checking: bool, draft: Draft) -> Journey {
        Journey {
            draft,
            step,
            checking,
            ..Journey::begin(Uuid::nil(), Language::En)
        }
    }

    fn good() -> Draft {
        Draft {
            text: "A call".into(),
            ..Draft::default()
        }
    }

    #[test]
    fn the_straight_way() {
        let mut journey = at(Step::What, false, good());
        for step in [Step::Money, Step::You, Step::Check] {
            assert!(!journey.turn(Go::Next));
            assert_eq!(journey.step, step);
        }
        assert!(journey.checking);
        assert!(journey.turn(Go::Send));
    }

    #[test]
    fn a_fault_holds_the_page_and_back_keeps_what_is_wrong() {
        let mut journey = at(
            Step::Money,
            false,
            Draft {
                lost: "much".into(),
                ..good()
            },
        );
        assert!(!journey.turn(Go::Next));
        assert_eq!(journey.step, Step::Money);
        assert_eq!(journey.faults[0].rule, Rule::Money);
        journey.turn(Go::Back);
        assert_eq!(journey.step, Step::What);
        assert_eq!(journey.draft.lost, "much");
        assert!(journey.faults.is_empty());
    }

    #[test]
    fn change_leads_straight_back_to_the_answers() {
        let mut journey = at(Step::Check, true, good());
        journey.turn(Go::from_word("change_what"));
        assert_eq!(journey.step, Step::What);
        journey.turn(Go::Next);
        assert_eq!(journey.step, Step::Check);
    }

    #[test]
    fn sending_with_faults_goes_to_the_first_and_shows_that_page_only() {
        let mut journey = at(
            Step::Check,
            true,
            Draft {
                lost: "much".into(),
                email: "me".into(),
                ..good()
            },
        );
        assert!(!journey.turn(Go::Send));
        assert_eq!(journey.step, Step::Money);
        assert_eq!(journey.faults.len(), 1);
        journey.draft.lost = "5".into();
        journey.turn(Go::Next);
        assert_eq!(journey.step, Step::Check);
        assert!(!journey.turn(Go::Send));
        assert_eq!(journey.step, Step::You);
    }

    #[test]
    fn trouble_keeps_the_answers_on_the_last_page() {
        let mut journey = at(Step::Check, true, good());
        journey.refuse(Refused::NotNow);
        assert_eq!(journey.step, Step::Check);
        assert_eq!(journey.trouble, Some(Refused::NotNow));
        assert_eq!(journey.draft, good());
    }

    #[test]
    fn enter_in_a_field_goes_on() {
        assert_eq!(Go::from_word(""), Go::Next);
        assert_eq!(Go::from_word("change_you"), Go::Change(Step::You));
    }
}

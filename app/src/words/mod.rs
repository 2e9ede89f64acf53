//! Every text for the public, in each language. A text is a field of a struct, so a language that
//! lacks one does not compile.
//!
//! Rules of the copy: reading grade 8 or lower; say what happened and what to do next; no blame.

pub mod add;
pub mod archive;
pub mod audit;
pub mod clock;
pub mod en;
pub mod erase;
pub mod es;
pub mod lists;
pub mod people;
pub mod record;
pub mod runs;
pub mod sla;
pub mod when;

use crate::agency::Refused;
use crate::views::{Fault, Happened, Holder, Language, Rule};

/// All texts of one language.
#[derive(Debug)]
pub struct Words {
    /// Around every page.
    pub site: SiteWords,
    /// The first page.
    pub home: HomeWords,
    /// The complaint form.
    pub report: ReportWords,
    /// Forms that a definition describes.
    pub form: FormWords,
    /// Number and receipt after sending.
    pub receipt: ReceiptWords,
    /// Opening a report with its receipt.
    pub find: FindWords,
    /// A report's status.
    pub status: StatusWords,
    /// Adding to a report.
    pub add: add::AddWords,
    /// Cases in the archive.
    pub archive: archive::ArchiveWords,
    /// Signing in, passwords, people.
    pub people: people::PeopleWords,
    /// The audit trail.
    pub audit: audit::AuditWords,
    /// Erasing personal data.
    pub erase: erase::EraseWords,
    /// A task's clock.
    pub clock: clock::ClockWords,
    /// Long lists.
    pub lists: lists::ListWords,
    /// Why something was not done.
    pub refusal: RefusalWords,
    /// Times and durations.
    pub when: WhenWords,
}

/// The texts of a language.
pub fn words(language: Language) -> &'static Words {
    match language {
        Language::En => &en::WORDS,
        Language::Es => &es::WORDS,
    }
}

/// Around every page.
#[derive(Debug)]
#[allow(missing_docs, reason = "each name says the text it holds")]
pub struct SiteWords {
    pub name: &'static str,
    pub skip: &'static str,
    pub alert_label: &'static str,
    pub demo: &'static str,
    pub demo_more: &'static str,
    pub clock_rate: fn(&str) -> String,
    pub nav_label: &'static str,
    pub nav_report: &'static str,
    pub nav_status: &'static str,
    pub staff: &'static str,
    pub language_label: &'static str,
    pub footer_label: &'static str,
    pub footer: &'static str,
    pub loading: &'static str,
    pub error_prefix: &'static str,
    pub problem: &'static str,
    pub back_home: &'static str,
}

/// The first page.
#[derive(Debug)]
#[allow(missing_docs, reason = "each name says the text it holds")]
pub struct HomeWords {
    pub title: &'static str,
    pub lead: &'static str,
    pub report: &'static str,
    pub check_title: &'static str,
    pub check_text: &'static str,
    pub check: &'static str,
    pub how_title: &'static str,
    pub how: [(&'static str, &'static str); 4],
    pub examples_title: &'static str,
    pub examples: [&'static str; 5],
    pub urgent: &'static str,
}

/// The complaint form.
#[derive(Debug)]
#[allow(missing_docs, reason = "each name says the text it holds")]
pub struct ReportWords {
    pub title: &'static str,
    pub step_of: fn(usize, usize) -> String,
    pub current_step: &'static str,
    pub completed_step: &'static str,
    pub future_step: &'static str,
    pub steps: [&'static str; 4],
    pub headings: [&'static str; 4],
    pub intro: &'static str,
    pub text: &'static str,
    pub text_hint: &'static str,
    pub lost: &'static str,
    pub lost_hint: &'static str,
    pub contact: &'static str,
    pub contact_hint: &'static str,
    pub contacts: [&'static str; 8],
    pub suspect: &'static str,
    pub suspect_hint: &'static str,
    pub email: &'static str,
    pub email_hint: &'static str,
    pub optional: &'static str,
    pub next: &'static str,
    pub back: &'static str,
    pub change: &'static str,
    pub to_check: &'static str,
    pub send: &'static str,
    pub sending: &'static str,
    pub not_sent: &'static str,
    pub not_sent_more: &'static str,
    pub kept: &'static str,
    pub no_answer: &'static str,
    pub check_intro: &'static str,
    pub privacy_title: &'static str,
    pub privacy: [(&'static str, &'static str); 5],
    pub fault: fn(&Fault) -> String,
}

/// Forms that a definition describes.
#[derive(Debug)]
#[allow(missing_docs, reason = "each name says the text it holds")]
pub struct FormWords {
    pub rule: fn(Rule) -> String,
    pub month: &'static str,
    pub day: &'static str,
    pub year: &'static str,
    pub date_hint: &'static str,
    pub yes: &'static str,
    pub no: &'static str,
    pub any: &'static str,
    pub intro: &'static str,
    pub more: &'static str,
    pub send: &'static str,
    pub services_title: &'static str,
    /// What a field of this many files takes.
    pub files_hint: fn(u32) -> String,
    pub files_kept: &'static str,
    pub files_add: &'static str,
}

/// Number and receipt after sending.
#[derive(Debug)]
#[allow(missing_docs, reason = "each name says the text it holds")]
pub struct ReceiptWords {
    pub title: &'static str,
    pub lead: &'static str,
    pub number: &'static str,
    pub receipt: &'static str,
    pub save_title: &'static str,
    pub save_text: &'static str,
    pub copy: &'static str,
    pub copied: &'static str,
    pub copy_failed: &'static str,
    pub print: &'static str,
    pub download: &'static str,
    pub saved: &'static str,
    pub not_saved: &'static str,
    pub go: &'static str,
    pub next_title: &'static str,
    pub next: [&'static str; 3],
    pub file: fn(&str, &str) -> String,
    pub file_name: &'static str,
}

/// Opening a report with its receipt.
#[derive(Debug)]
#[allow(missing_docs, reason = "each name says the text it holds")]
pub struct FindWords {
    pub title: &'static str,
    pub lead: &'static str,
    pub number: &'static str,
    pub number_hint: &'static str,
    pub receipt: &'static str,
    pub receipt_hint: &'static str,
    pub open: &'static str,
    pub need_receipt: &'static str,
    pub no_number: &'static str,
    pub no_receipt: &'static str,
    pub wrong: &'static str,
    pub lost_title: &'static str,
    pub lost_text: &'static str,
}

/// A report's status.
#[derive(Debug)]
#[allow(missing_docs, reason = "each name says the text it holds")]
pub struct StatusWords {
    pub title: fn(&str) -> String,
    pub states: [&'static str; 4],
    pub received: &'static str,
    pub now_title: &'static str,
    pub who: &'static str,
    pub promised: &'static str,
    pub promised_by: fn(&str) -> String,
    pub remaining: fn(&str) -> String,
    pub past: fn(&str) -> String,
    pub late: &'static str,
    pub no_promise: &'static str,
    pub since: &'static str,
    pub none_now: &'static str,
    pub timeline_title: &'static str,
    pub files_title: &'static str,
    pub holder: fn(&Holder) -> String,
    pub happened: fn(&Happened) -> String,
    pub stopped: fn(&str, bool) -> String,
    pub live: &'static str,
    pub paused: &'static str,
    pub reconnecting: fn(&str) -> String,
    pub ended: &'static str,
    pub pause: &'static str,
    pub resume: &'static str,
    pub changed: fn(&str) -> String,
    pub reloads: &'static str,
    pub stop_reloading: &'static str,
    pub reload: &'static str,
    pub clock_title: &'static str,
}

/// Why something was not done.
#[derive(Debug)]
#[allow(missing_docs, reason = "each name says the text it holds")]
pub struct RefusalWords {
    pub not_found_title: &'static str,
    pub not_found: &'static str,
    pub not_allowed_title: &'static str,
    pub not_allowed: &'static str,
    pub not_now_title: &'static str,
    pub not_now: &'static str,
    pub not_known_title: &'static str,
    pub not_known: &'static str,
    pub report_not_known: &'static str,
    pub too_many_title: &'static str,
    pub too_many: fn(&str) -> String,
    pub again: &'static str,
}

impl RefusalWords {
    /// What is said beside a form when what it asked was not done, or nobody knows.
    pub(crate) fn not_done(&self, refused: &Refused) -> &'static str {
        match refused {
            Refused::NotKnown => self.not_known,
            _ => self.not_now,
        }
    }
}

/// Times and durations.
#[derive(Debug)]
#[allow(missing_docs, reason = "each name says the text it holds")]
pub struct WhenWords {
    pub units: [[&'static str; 2]; 4],
    pub months: [&'static str; 12],
    pub date: fn(u32, &str, i32) -> String,
    pub moment: fn(&str, &str) -> String,
}

impl ReportWords {
    /// The answer to "how were you reached" in words; the key itself when it is none of the choices.
    pub fn contact_word<'a>(&self, contact: &'a str) -> &'a str {
        crate::draft::CONTACTS
            .iter()
            .position(|known| *known == contact)
            .map_or(contact, |place| self.contacts[place])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draft::CONTACTS;

    const RULES: [Rule; 20] = [
        Rule::Required,
        Rule::TooLong(200),
        Rule::Money,
        Rule::Email,
        Rule::Choice,
        Rule::Phone,
        Rule::Number,
        Rule::Above(12),
        Rule::Date,
        Rule::YesNo,
        Rule::TooMany(3),
        Rule::Text,
        Rule::NotAsked,
        Rule::NotTaken,
        Rule::File,
        Rule::FileTooLarge(10),
        Rule::FilesTooLarge(25),
        Rule::FileKind,
        Rule::FileEmpty,
        Rule::FileNotKept,
    ];

    #[test]
    fn faults_say_what_to_do_in_each_language() {
        let banned = [
            "please",
            "sorry",
            "invalid",
            "oops",
            "required",
            "por favor",
            "lo sentimos",
            "inválid",
        ];
        for language in [Language::En, Language::Es] {
            for field in ["text", "lost", "contact", "suspect", "email"] {
                for rule in RULES {
                    let told = (words(language).report.fault)(&Fault {
                        field: field.into(),
                        rule,
                    });
                    let lower = told.to_lowercase();
                    assert!(
                        banned.iter().all(|word| !lower.contains(word)),
                        "{told:?} uses a word that does not help"
                    );
                    assert!(told.len() > 12, "{field} {rule:?}: {told:?}");
                }
            }
        }
    }

    #[test]
    fn languages_differ_and_contacts_match_their_keys() {
        assert_ne!(
            words(Language::En).home.title,
            words(Language::Es).home.title
        );
        let report = &words(Language::En).report;
        assert_eq!(report.contacts.len(), CONTACTS.len());
        assert_eq!(report.contact_word("in_person"), "In person");
        assert_eq!(report.contact_word("pigeon"), "pigeon");
    }
}

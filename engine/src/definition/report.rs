use crate::{Diagnostic, Level, Place};

/// More than this many are not told: after a few the reader fixes and checks again.
const TOLD_MAX: usize = 100;

/// What is wrong with a definition, collected while it is read.
#[derive(Debug, Default)]
pub(super) struct Report {
    found: Vec<Diagnostic>,
    errors: usize,
}

impl Report {
    pub(super) fn error(
        &mut self,
        code: &'static str,
        place: Place,
        message: String,
        help: Option<String>,
    ) {
        self.errors += 1;
        self.tell(Level::Error, code, place, message, help);
    }

    pub(super) fn warning(
        &mut self,
        code: &'static str,
        place: Place,
        message: String,
        help: Option<String>,
    ) {
        self.tell(Level::Warning, code, place, message, help);
    }

    fn tell(
        &mut self,
        level: Level,
        code: &'static str,
        place: Place,
        message: String,
        help: Option<String>,
    ) {
        debug_assert!(
            super::codes::CODES.iter().any(|(known, _)| *known == code),
            "{code} is not in the list of codes"
        );
        if self.found.len() < TOLD_MAX {
            self.found.push(Diagnostic {
                level,
                code: code.to_owned(),
                place,
                message,
                help,
            });
        }
    }

    /// How many errors there are by now.
    pub(super) fn errors(&self) -> usize {
        self.errors
    }

    /// All, in the order of their places. A value reached through two aliases is told once.
    pub(super) fn into_sorted(mut self) -> Vec<Diagnostic> {
        self.found
            .sort_by(|a, b| (a.place, &a.code).cmp(&(b.place, &b.code)));
        self.found.dedup();
        self.found
    }
}

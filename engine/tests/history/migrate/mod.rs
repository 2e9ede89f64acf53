//! Runs that move to another version of their workflow: what is kept, what is counted anew, and what
//! is refused.

mod clocks;
mod lists;
mod refused;
mod tasks;
mod waits;

use std::collections::BTreeMap;

use hms_engine::{Command, Order, Rejected, Workflow, migrate};
use serde_json::json;

use crate::desk::{Desk, FEDERAL, calendars};

impl Desk {
    /// Moves the run to the version that this definition is; a refusal must leave it as it was.
    fn migrate(&mut self, definition: &str, steps: &[(&str, &str)]) -> Result<(), Rejected> {
        let to = Workflow::parse_with(definition, &calendars(FEDERAL)).expect("it loads");
        let to = to.workflow;
        let pairs = steps.iter();
        let steps: BTreeMap<_, _> = pairs
            .map(|(old, new)| ((*old).to_owned(), (*new).to_owned()))
            .collect();
        let order = Order::Migrate {
            to: to.version.clone(),
            steps,
            note: "mended".to_owned(),
        };
        let before = self.run.clone();
        let command = Command::new("ada", order);
        match migrate(&self.workflow, &to, &mut self.run, &command, self.now) {
            Ok(effects) => {
                assert_eq!(self.run.seq, before.seq + 1);
                assert_eq!(self.run.version, to.version);
                // The same again gives the same, byte for byte.
                let mut again = before;
                let same = migrate(&self.workflow, &to, &mut again, &command, self.now);
                assert_eq!(same.as_ref(), Ok(&effects));
                let bytes = |run| serde_json::to_vec(run).unwrap();
                assert_eq!(bytes(&again), bytes(&self.run));
                (self.effects, self.workflow) = (effects, to);
                Ok(())
            }
            Err(rejected) => {
                assert_eq!(self.run, before, "a refused move changed the run");
                Err(rejected)
            }
        }
    }

    /// What is in the way, a line each.
    fn obstacles(&mut self, definition: &str, steps: &[(&str, &str)]) -> Vec<String> {
        match self.migrate(definition, steps) {
            Err(Rejected::CannotMigrate(all)) => all.iter().map(ToString::to_string).collect(),
            other => panic!("{other:?}"),
        }
    }

    fn deadline(&self, step: &str) -> String {
        let expires = self.task(step).expires;
        expires.map_or_else(String::new, |at| at.format("%d %H:%M").to_string())
    }

    /// When the only timer of the run fires.
    fn due(&self) -> String {
        assert_eq!(self.run.timers.len(), 1, "{:?}", self.run.timers);
        self.run.timers[0].due.format("%d %H:%M").to_string()
    }
}

/// A definition with these steps.
fn with(steps: &str) -> String {
    format!("id: W\nstart: E\nkey: payload.n\nsteps:\n{steps}")
}

/// A run of a definition with these steps, begun on 14 May 2024 at 10:03.
fn begun(steps: &str) -> Desk {
    Desk::started(&with(steps), json!({"n": 1, "items": [1, 2, 3]}))
}

const REVIEW: &str = "  - { id: review, actor: HUMAN:clerk, sla: 4h, on_timeout: boss }
  - { id: boss, actor: HUMAN:boss }\n";

const ITEMS: &str = "  - id: each
    type: foreach
    items: payload.items
    as: item
    at_once: 1
    steps:
      - { id: look, actor: AI:x, input: { one: item } }
      - { id: judge, actor: AI:x }\n";

const BRANCHES: &str = "  - id: both
    type: parallel
    branches:
      law: [{ id: law_check, actor: HUMAN:clerk }]
      money: [{ id: money_check, actor: HUMAN:clerk }]
      press: [{ id: press_check, actor: HUMAN:clerk }]
  - { id: after, actor: HUMAN:clerk }\n";

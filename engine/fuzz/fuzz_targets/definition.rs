//! Any text is a definition or is told what is wrong with it; one that loads is drawn too. How to run
//! it, and from what to begin, stands in ARCHITECTURE.md.

#![no_main]

use std::collections::BTreeMap;

use hms_engine::Workflow;
use hms_engine::diagram::{Look, mermaid, svg};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|source: &str| {
    match Workflow::parse(source) {
        Ok(parsed) => {
            let look = Look {
                language: "en",
                open: &BTreeMap::new(),
                here: &[],
                alone: true,
            };
            svg(&parsed.workflow, &look);
            mermaid(&parsed.workflow, "en");
        }
        Err(found) => {
            assert!(!found.is_empty());
            for one in found {
                one.render("fuzz.yml", source);
            }
        }
    }
});

//! The language's reference says what the engine says.

use std::collections::BTreeSet;

use hms_engine::{CODES, Workflow};

const REFERENCE: &str = include_str!("../../../workflows/README.md");

#[test]
fn every_code_is_explained_and_none_is_invented() {
    let explained: BTreeSet<&str> = REFERENCE
        .lines()
        .filter_map(|line| line.strip_prefix("| `HMS"))
        .map(|rest| &rest[..3])
        .collect();
    let known: BTreeSet<&str> = CODES.iter().map(|(code, _)| &code[3..]).collect();
    assert_eq!(explained, known);
}

/// Each definition in the reference stands in a `yaml` block that begins with `id:`.
#[test]
fn every_definition_in_the_reference_loads() {
    let definitions: Vec<&str> = REFERENCE
        .split("```yaml\n")
        .skip(1)
        .filter_map(|rest| rest.split("```").next())
        .filter(|block| block.starts_with("id:"))
        .collect();
    assert!(definitions.len() >= 2, "the reference shows definitions");
    for definition in definitions {
        let parsed = Workflow::parse(definition);
        assert!(parsed.is_ok(), "{definition}\n{parsed:?}");
    }
}

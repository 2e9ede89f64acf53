//! Whatever the text: no panic, and every diagnostic stands where there is something.

use hms_engine::{CODES, Diagnostic, Workflow};
use proptest::prelude::*;

use super::FTC;

fn check(source: &str) -> Result<(), TestCaseError> {
    let found: Vec<Diagnostic> = match Workflow::parse(source) {
        Ok(parsed) => parsed.warnings,
        Err(found) => {
            prop_assert!(!found.is_empty(), "refused without a word: {source:?}");
            found
        }
    };
    let lines = source.lines().count();
    for one in &found {
        let place = one.place;
        prop_assert!(
            place.line >= 1 && place.column >= 1 && place.length >= 1,
            "{one}"
        );
        prop_assert!(place.line as usize <= lines + 1, "{one} in {lines} lines");
        prop_assert!(CODES.iter().any(|(code, _)| *code == one.code), "{one}");
        prop_assert!(
            !one.message.is_empty() && one.help.as_ref().is_none_or(|help| !help.is_empty())
        );
        one.render("w.yml", source);
    }
    Ok(())
}

/// The FTC definition with some of its lines or words changed.
fn near_definitions() -> impl Strategy<Value = String> {
    let words = prop::sample::select(vec![
        "",
        " ",
        "\n",
        "\t",
        ":",
        "- ",
        "{",
        "}",
        "[",
        "]",
        "\"",
        "'",
        "&a ",
        "*a",
        "!!str ",
        "!x ",
        "|\n",
        ">\n",
        "#",
        "end",
        "null",
        "true",
        "4h",
        "classify",
        "result.severity",
        "ñ",
        "\u{0}",
        "\u{feff}",
        "---\n",
        "? ",
        "<<: ",
    ]);
    let length = FTC.len();
    prop::collection::vec((0..length, 0..30usize, words), 1..4).prop_map(|changes| {
        let mut text = FTC.to_owned();
        for (at, cut, word) in changes {
            let at = (0..=at.min(text.len()))
                .rev()
                .find(|at| text.is_char_boundary(*at))
                .unwrap_or(0);
            let end = (at..=(at + cut).min(text.len()))
                .rev()
                .find(|end| text.is_char_boundary(*end))
                .unwrap_or(at);
            text.replace_range(at..end, word);
        }
        text
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read_or_told(source in "\\PC{0,200}") {
        check(&source)?;
    }

    #[test]
    fn any_yaml_like_text_is_read_or_told(source in "[-a-z:{}\\[\\],&*!|>'\"# \n\t]{0,120}") {
        check(&source)?;
    }

    #[test]
    fn a_definition_with_changes_is_read_or_told(source in near_definitions()) {
        check(&source)?;
    }
}

#[test]
fn aliases_of_aliases_do_not_grow_without_end() {
    let mut bomb = String::from("id: W\nstart: E\nx0: &x0 [a,a,a,a,a,a,a,a,a,a]\n");
    for level in 1..20 {
        let inner = format!("*x{}", level - 1);
        bomb += &format!("x{level}: &x{level} [{}]\n", vec![inner; 10].join(","));
    }
    let begun = std::time::Instant::now();
    let found = Workflow::parse(&bomb).unwrap_err();
    assert_eq!(found[0].code, "HMS009");
    assert!(begun.elapsed().as_secs() < 10, "{:?}", begun.elapsed());
}

#[test]
fn a_file_at_the_limit_is_told_in_bearable_time() {
    for piece in [
        "{a: 1},",
        "a: b\n",
        "- - - - -\n",
        "'",
        "? a\n",
        "[",
        "&a ",
        "a: *a\n",
        "\u{1F600}",
    ] {
        let source = piece.repeat(256 * 1024 / piece.len());
        let begun = std::time::Instant::now();
        assert!(Workflow::parse(&source).is_err());
        assert!(
            begun.elapsed().as_secs() < 10,
            "{piece:?} takes {:?}",
            begun.elapsed()
        );
    }
}

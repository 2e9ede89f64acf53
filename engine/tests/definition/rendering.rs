use hms_engine::Workflow;
use insta::assert_snapshot;

use super::steps;

fn rendered(source: &str) -> String {
    let found = Workflow::parse(source).unwrap_err();
    found
        .iter()
        .map(|one| one.render("ftc.yml", source))
        .collect()
}

#[test]
fn the_line_is_shown_with_a_marker() {
    assert_snapshot!(rendered(&steps("  - { id: a, actor: BOT:x, on_complete: b }\n")), @r#"
    error[HMS030]: Unknown actor type "BOT:" – use AI:, HUMAN: or SVC:
     --> ftc.yml:4:21
      |
    4 |   - { id: a, actor: BOT:x, on_complete: b }
      |                     ^^^^^
    error[HMS022]: there is no step "b"
     --> ftc.yml:4:41
      |
    4 |   - { id: a, actor: BOT:x, on_complete: b }
      |                                         ^
      = help: write the id of a step, or end
    "#);
}

#[test]
fn tabs_and_long_lines_keep_the_marker_under_its_place() {
    let long = format!(
        "  - {{ id: a, title: \"{}\",\tactor: BOT:x, description: {} }}\n",
        "ñ".repeat(150),
        "y".repeat(150)
    );
    assert_snapshot!(rendered(&steps(&long)), @r#"
    error[HMS030]: Unknown actor type "BOT:" – use AI:, HUMAN: or SVC:
     --> ftc.yml:4:182
      |
    4 | …ññññññññññññññññññññññññññññññññññññññññññññññññññ", actor: BOT:x, description: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy…
      |                                                              ^^^^^
    error[HMS005]: step "a" has no key "description"
     --> ftc.yml:4:189
      |
    4 | …ñññññññññññññññññññññññññññññññññññññññññññ", actor: BOT:x, description: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy…
      |                                                              ^^^^^^^^^^^
      = help: the keys here are id, title, type, actor, input, output, form, priority, sla, on_timeout, timeout, retry, on_error, outcomes, on_complete
    "#);
}

#[test]
fn a_place_beyond_the_text_is_no_trouble() {
    assert_snapshot!(rendered(""), @r#"
    error[HMS003]: there is no workflow in this file
     --> ftc.yml:1:1
      = help: begin with "id:", "start:" and "steps:"
    "#);
    assert_snapshot!(rendered("id: W\nstart: E\nsteps: [\n"), @r"
    error[HMS002]: this is not YAML: unclosed bracket '['
     --> ftc.yml:3:8
      |
    3 | steps: [
      |        ^
      = help: check the indentation, the brackets and the quotes here and in the line before
    ");
}

use hms_engine::{Changes, Next, Retry, StepKind, SwitchBy, WayBy, Workflow};

use super::{CLASSIC, FTC, loaded, steps};

#[test]
fn the_classic_definition_loads_without_a_warning() {
    let parsed = loaded(CLASSIC);
    assert_eq!(parsed.warnings, []);
    let workflow = parsed.workflow;
    assert_eq!(
        (workflow.id.as_str(), workflow.start.as_str()),
        ("FTC-Complaint", "ComplaintLogged")
    );
    assert!(workflow.key.is_none());
    let ways: Vec<String> = workflow
        .steps
        .steps
        .iter()
        .map(|step| {
            let ways: Vec<String> = step
                .ways()
                .iter()
                .map(|way| {
                    let by = match way.by {
                        WayBy::Done => "done",
                        WayBy::Outcome(word) | WayBy::Case(word) => word,
                        WayBy::Timeout => "timeout",
                        WayBy::Default => "default",
                        WayBy::Error => "error",
                        WayBy::Condition(when) => when,
                    };
                    format!("{by} → {}", way.to.as_str())
                })
                .collect();
            format!("{} {}: {}", step.line, step.id, ways.join(", "))
        })
        .collect();
    insta::assert_snapshot!(ways.join("\n"), @r"
    4 classify: done → severity_branch
    7 severity_branch: High → human_review, Low → notify_citizen
    11 human_review: approve → notify_citizen, reject → notify_citizen, timeout → escalate
    16 escalate: approve → notify_citizen, reject → notify_citizen
    18 notify_citizen: done → end
    ");
}

#[test]
fn the_shipped_definition_has_the_classic_steps_and_no_warning() {
    let shipped = loaded(FTC);
    assert_eq!(shipped.warnings, []);
    let classic = loaded(CLASSIC).workflow;
    let shape = |workflow: &Workflow| {
        let steps = workflow.steps.steps.iter();
        steps
            .map(|step| {
                (
                    step.id.clone(),
                    format!("{:?} {:?}", step.kind, step.on_complete),
                )
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(shape(&shipped.workflow), shape(&classic));
    for language in ["en", "es"] {
        assert!(shipped.workflow.title.0.contains_key(language));
        for step in &shipped.workflow.steps.steps {
            assert!(
                step.title.0.contains_key(language),
                "{} has no title in {language}",
                step.id
            );
        }
    }
    assert_eq!(
        shipped.workflow.key.unwrap().source(),
        "payload.complaintId"
    );
}

#[test]
fn the_version_is_the_hash_of_the_text() {
    // printf 'id: W\nstart: E\nsteps: [{id: a, actor: AI:x}]\n' | sha256sum
    let workflow = loaded("id: W\nstart: E\nsteps: [{id: a, actor: AI:x}]\n").workflow;
    insta::assert_snapshot!(workflow.version, @"97868917313b50b25270109e75baf795986b5ca70384357508157fb40a406d0b");
    let other = loaded("id: W\nstart: E\nsteps: [{id: b, actor: AI:x}]\n").workflow;
    assert_ne!(workflow.version, other.version);
}

#[test]
fn a_workflow_can_be_shared_between_threads() {
    fn shared<T: Send + Sync + Clone + 'static>(_: &T) {}
    shared(&loaded(CLASSIC).workflow);
}

#[test]
fn all_keys_are_read() {
    let source = r#"
id: Everything-1_x
title: A title
description: { en: Text, es: Texto, pt-BR: Texto }
start: gov.ftc.complaint/v1
key: "string(payload.number)"
steps:
  - id: call
    title: { en: Call }
    type: task
    actor: SVC:x
    sla: P1DT2H
    on_timeout: end
    on_complete: branch
    retry: { attempts: 5, first: 30s, factor: 1.5, max: 1h }
  - id: branch
    type: switch
    expr: steps.call.result.code
    cases:
      200: end
      true: again
      "null": again
    default: again
  - { id: again, actor: AI:y, retry: 7, on_complete: call }
"#;
    let workflow = loaded(source).workflow;
    assert_eq!(workflow.title.get("es"), Some("A title"));
    assert_eq!(workflow.description.get("pt-BR"), Some("Texto"));
    assert_eq!(workflow.start, "gov.ftc.complaint/v1");
    let StepKind::Task(call) = &workflow.step("call").unwrap().kind else {
        panic!()
    };
    let sla = call.sla.as_ref().unwrap();
    assert_eq!(
        (sla.within.amount, sla.written.as_str()),
        (93_600_000, "P1DT2H")
    );
    assert_eq!(sla.on_timeout, Some(Next::End));
    assert_eq!(
        call.retry,
        Retry {
            attempts: 5,
            first_ms: 30_000,
            factor: 1.5,
            max_ms: 3_600_000
        }
    );
    let StepKind::Switch(branch) = &workflow.step("branch").unwrap().kind else {
        panic!()
    };
    let SwitchBy::Value { expr, cases } = &branch.by else {
        panic!("{branch:?}");
    };
    assert_eq!(expr.source(), "steps.call.result.code");
    let cases: Vec<&str> = cases.iter().map(|(case, _)| case.as_str()).collect();
    assert_eq!(cases, ["200", "true", "null"]);
    assert_eq!(branch.default, Some(Next::Step("again".into())));
    let StepKind::Task(again) = &workflow.step("again").unwrap().kind else {
        panic!()
    };
    assert_eq!((again.retry.attempts, again.retry.first_ms), (7, 10_000));
    assert_eq!(workflow.step("again").unwrap().line, 24);
}

#[test]
fn who_says_nothing_gets_the_defaults() {
    let workflow = loaded(&steps(
        "  - { id: a, actor: AI:x }\n  - { id: h, actor: HUMAN:x, sla: 1h }\n  - { id: s, actor: SVC:x }\n",
    ))
    .workflow;
    for (id, attempts, next) in [
        ("a", 3, Next::Step("h".into())),
        ("h", 1, Next::Step("s".into())),
        ("s", 3, Next::End),
    ] {
        let step = workflow.step(id).unwrap();
        let StepKind::Task(task) = &step.kind else {
            panic!()
        };
        assert_eq!(
            (task.retry.attempts, &step.on_complete),
            (attempts, &next),
            "{id}"
        );
        assert_eq!((task.retry.first_ms, task.retry.max_ms), (10_000, 600_000));
    }
}

#[test]
fn aliases_and_flow_and_json_are_yaml_too() {
    loaded("{\"id\": \"W\", \"start\": \"E\", \"steps\": [{\"id\": \"a\", \"actor\": \"AI:x\"}]}");
    let workflow = loaded(&steps(
        "  - { id: a, actor: &who SVC:x, sla: &long 4h }\n  - { id: b, actor: *who, sla: *long }\n",
    ))
    .workflow;
    let StepKind::Task(task) = &workflow.step("b").unwrap().kind else {
        panic!()
    };
    assert_eq!(task.actor.to_string(), "SVC:x");
}

#[test]
fn another_version_is_told_step_by_step() {
    let old = loaded(&steps(
        "
  - { id: a, actor: AI:x }
  - id: p
    type: parallel
    branches:
      one: [{ id: b, actor: AI:x }]
      two: [{ id: c, actor: AI:x }]
  - { id: gone, actor: AI:x }
",
    ))
    .workflow;
    let laid_out_otherwise = loaded(&steps("
  - actor: AI:x   # the same
    id: a
  - { id: p, type: parallel, branches: { one: [{ id: b, actor: AI:x }], two: [{ id: c, actor: AI:x }] } }
  - { id: gone, actor: AI:x }
")).workflow;
    assert_ne!(old.version, laid_out_otherwise.version);
    assert_eq!(old.changes_to(&laid_out_otherwise), Changes::default());
    let new = loaded(&steps("
  - { id: a, actor: AI:x, priority: high }
  - { id: p, type: parallel, branches: { one: [{ id: c, actor: AI:x }], two: [{ id: b, actor: AI:x }] } }
  - { id: new, actor: AI:x }
")).workflow;
    // What stands in another list is changed, and so is what leads to another step.
    let told = Changes {
        added: vec!["new".into()],
        removed: vec!["gone".into()],
        changed: vec!["a".into(), "p".into(), "c".into(), "b".into()],
    };
    assert_eq!(old.changes_to(&new), told);
}

//! Forms of tasks and the portal of a workflow.

use hms_engine::{StepKind, Workflow};
use hms_forms::{Kind, Rule};
use insta::assert_snapshot;
use serde_json::{Value, json};

use super::{loaded, mistakes};

/// A task with these fields.
fn form(fields: &str) -> String {
    format!(
        "id: W\nstart: E\nsteps:\n  - id: a\n    actor: HUMAN:x\n    sla: 1h\n    form:\n{fields}"
    )
}

/// A workflow with this portal.
fn portal(portal: &str) -> String {
    format!(
        "id: W\nstart: E\nkey: payload.caseNumber\nportal:\n{portal}\nsteps: [{{ id: read_it, actor: AI:x }}]\n"
    )
}

#[test]
fn a_field_says_what_it_takes() {
    assert_snapshot!(mistakes(&form("      - amount\n")), @r#"
    8:9: error[HMS007]: a field is a mapping, and here is a text
        write "key: value", one in a line
    "#);
    assert_snapshot!(mistakes(&form("      amount: money\n")), @r#"
    8:7: error[HMS007]: "form" is a list, and here is a mapping
        write a list of fields, like - { id: amount, type: money, label: How much? }
    "#);
    assert_snapshot!(mistakes(&form("      - { type: money, labl: How much? }\n")), @r#"
    8:9: error[HMS006]: this field has no "id"
        add "id:" and a name for the answer
    8:9: error[HMS006]: this field has no "label"
        add "label:" and what is asked, like label: { en: How much?, es: ¿Cuánto? }
    8:24: error[HMS005]: a field has no key "labl"
        did you mean "label"?
    "#);
    assert_snapshot!(mistakes(&form("      - { id: note, type: mony, label: How much?, required: yes }\n")), @r#"
    8:15: error[HMS064]: "note" is what the note is called
        give the field another id
    8:27: error[HMS063]: there is no field type "mony"
        did you mean "money"?
    8:61: error[HMS007]: "required" is true or false, and here is a text
        write required: true, or leave it out
    "#);
    assert_snapshot!(mistakes(&form("      - { id: doc, type: file, label: The document, max: 9 }\n")), @r#"
    8:58: error[HMS066]: "9" is no "max" for this type
        write a whole number from 1 to 5
    "#);
    let files: String = (0..3)
        .map(|n| format!("      - {{ id: f{n}, type: file, label: F }}\n"))
        .collect();
    assert_snapshot!(mistakes(&form(&files)), @r#"
    8:7: error[HMS066]: this form asks for more than 10 files together
        give its fields of type file a smaller "max"
    "#);
    assert_snapshot!(mistakes(&form(
        "      - { id: a, label: A }\n      - { id: a, type: date, label: Again, max: 3 }\n"
    )), @r#"
    9:15: error[HMS064]: a second field is called "a"
        the first stands in line 8: give one of them another id
    9:44: error[HMS066]: field "a" is of type date and has no "max"
        take it out
    "#);
    assert_snapshot!(mistakes(&form(
        "      - { id: a, label: A, max: many }\n      - { id: b, type: textarea, label: B, max: 50000 }\n"
    )), @r#"
    8:33: error[HMS066]: "many" is no "max" for this type
        write a whole number from 1 to 1000
    9:49: error[HMS066]: "50000" is no "max" for this type
        write a whole number from 1 to 20000
    "#);
    assert_snapshot!(mistakes(&form(
        "      - { id: a, type: choice, label: A }\n      - { id: b, label: B, options: [x, y] }\n      \
         - { id: c, type: choices, label: C, options: [one] }\n      - { id: d, type: choice, label: D, options: [x, x] }\n"
    )), @r#"
    8:9: error[HMS065]: field "a" has no options to choose from
        write each option and its words, like options: { phone: Phone call, other: Another way }
    9:28: error[HMS065]: field "b" is of type text and has no options
        take them out, or write type: choice
    10:52: error[HMS065]: field "c" has 1 options, and takes 2 to 100
        write each option and its words, like options: { phone: Phone call, other: Another way }
    11:55: error[HMS065]: the option "x" stands here twice
        take one out
    "#);
    let many: String = (0..4)
        .map(|n| format!("      - {{ id: t{n}, type: textarea, label: T, max: 20000 }}\n"))
        .collect();
    assert_snapshot!(mistakes(&form(&many)), @r#"
    8:7: error[HMS066]: the texts of this form take more than 50000 characters together
        give the longest a smaller "max"
    "#);
}

#[test]
fn a_condition_asks_for_what_stands_before_it() {
    assert_snapshot!(mistakes(&form(
        "      - { id: lost, type: money, label: A, show_if: answers.outcom == 'approve' }\n      \
         - { id: how, label: B, show_if: answers.last > 0 && answers.when != '' }\n      \
         - { id: when, type: date, label: C, show_if: lost > 0 }\n      \
         - { id: who, label: D, show_if: size(answers) > 0 }\n"
    )), @r#"
    8:61: error[HMS067]: there is no field "outcom" before this one
        did you mean "outcome"?
    9:47: error[HMS067]: there is no field "last" before this one
        did you mean "lost"?
    9:67: error[HMS067]: there is no field "when" before this one
        a condition asks for the answers to fields that stand before it
    10:52: error[HMS041]: there is no variable "lost"
        an expression here is over answers, payload, result, steps, run; a text stands in quotes
    11:44: error[HMS067]: of a form, an expression can only ask for single answers
        write answers.ID, or has(answers.ID) to ask whether there is one
    "#);
    assert_snapshot!(mistakes(&portal(
        "  slug: s\n  title: T\n  pages:\n    - title: P\n      fields:\n        - { id: a, label: A, show_if: payload.x == 1 }"
    )), @r#"
    10:39: error[HMS041]: there is no variable "payload"
        an expression here is over answers; a text stands in quotes
    "#);
}

#[test]
fn only_a_person_has_a_form() {
    assert_snapshot!(mistakes(
        "id: W\nstart: E\nsteps:\n  - id: a\n    actor: AI:x\n    form: [{ id: b, label: B }]\n"
    ), @r#"
    6:5: error[HMS021]: "form" is for HUMAN: tasks, and step "a" is for AI:x
        say in "output" what a machine is to answer
    "#);
}

#[test]
fn a_portal_is_whole() {
    assert_snapshot!(mistakes(&portal("  slug: Report Fraud\n  pages: []")), @r#"
    5:3: error[HMS006]: the portal has no "title"
        add "title:" and what the service is called, like title: Report fraud
    5:9: error[HMS068]: "Report Fraud" is no slug
        a slug is of small letters, digits and single dashes between them, at most 64
    6:10: error[HMS007]: "pages" is a list of 1 to 20 pages, and here is a list
        write each page like - { title: What happened, fields: […] }
    "#);
    assert_snapshot!(mistakes(&portal(
        "  slug: fraud\n  title: T\n  page: x\n  pages:\n    - fields: [{ id: language, label: L }, { id: email, label: E }]\n  \
         statuses: { reed_it: We read it }\n  notify: email"
    )), @r#"
    7:3: error[HMS005]: a portal has no key "page"
        did you mean "pages"?
    9:7: error[HMS006]: this page has no "title"
        add "title:" and what the page is about
    9:22: error[HMS064]: "language" is what the reporter's language is called
        give the field another id
    10:15: error[HMS069]: there is no step "reed_it"
        did you mean "read_it"?
    11:11: error[HMS069]: field "email" is of type text, and messages go to an email
        write the id of the field that asks for the e-mail address
    "#);
    assert_snapshot!(mistakes(&portal(
        "  slug: fraud\n  title: T\n  notify: mail\n  pages:\n    - title: A\n      fields: [{ id: email, type: email, label: E }]\n    \
         - title: B\n      fields: [{ id: email, label: E }]"
    )), @r#"
    7:11: error[HMS069]: there is no field "mail"
        did you mean "email"?
    12:22: error[HMS064]: a second field is called "email"
        the first stands in line 10: give one of them another id
    "#);
}

/// The example of the language's description.
const FRAUD: &str = "
  slug: fraud
  title: { en: Report fraud, es: Denuncie un fraude }
  pages:
    - title: { en: What happened }
      fields:
        - { id: text, type: textarea, label: { en: Tell us what happened }, required: true, max: 10000 }
        - { id: lost, type: money, label: { en: How much did you lose? } }
        - id: how
          type: choice
          label: How did you pay?
          options: { card: { en: By card, es: Con tarjeta }, cash: In cash }
          show_if: answers.lost > 0
    - title: About you
      fields:
        - { id: email, type: email, label: { en: Your email }, hint: { en: Only to tell you what happens } }
  statuses: { read_it: { en: We are reading your report } }
  notify: email";

#[test]
fn a_portal_is_read() {
    let workflow = loaded(&portal(FRAUD)).workflow;
    let portal = workflow.portal.expect("a portal");
    assert_eq!(
        (portal.slug.as_str(), portal.number.as_str()),
        ("fraud", "caseNumber")
    );
    assert_eq!(portal.title.get("es"), Some("Denuncie un fraude"));
    assert_eq!(portal.notify.as_deref(), Some("email"));
    assert_eq!(
        portal.statuses["read_it"].get("es"),
        Some("We are reading your report")
    );
    let form = portal.form();
    let kinds: Vec<(&str, Kind)> = form
        .fields
        .iter()
        .map(|one| (one.field.id.as_str(), one.field.kind))
        .collect();
    assert_eq!(
        kinds,
        [
            ("text", Kind::Textarea),
            ("lost", Kind::Money),
            ("how", Kind::Choice),
            ("email", Kind::Email)
        ]
    );
    let how = &form.fields[2];
    assert_eq!(how.field.options, ["card", "cash"]);
    assert_eq!(how.options[0].get("es"), Some("Con tarjeta"));
}

#[test]
fn what_is_asked_follows_from_the_answers() {
    let workflow = loaded(&portal(FRAUD)).workflow;
    let form = workflow.portal.expect("a portal").form();
    let check = |answers: Value| {
        let Value::Object(answers) = answers else {
            panic!("{answers}");
        };
        let asked: Vec<String> = form
            .asked(&answers)
            .iter()
            .map(|one| one.field.id.clone())
            .collect();
        let faults: Vec<(String, Rule)> = form
            .faults(&answers)
            .into_iter()
            .map(|fault| (fault.field, fault.rule))
            .collect();
        (asked.join(" "), faults)
    };
    assert_eq!(
        check(json!({"text": "A"})),
        ("text lost email".into(), vec![])
    );
    assert_eq!(
        check(json!({"text": "A", "lost": 5})),
        ("text lost how email".into(), vec![])
    );
    assert_eq!(
        check(json!({"text": " ", "lost": 0, "how": "card", "email": "me"})),
        (
            "text lost email".into(),
            vec![
                ("text".into(), Rule::Required),
                ("how".into(), Rule::NotAsked),
                ("email".into(), Rule::Email)
            ]
        )
    );
    // A condition over what has the wrong type does not hold, and nothing breaks.
    assert_eq!(
        check(json!({"text": "A", "lost": "much"})).0,
        "text lost email"
    );
}

#[test]
fn the_key_names_the_number_unless_people_are_asked_for_it() {
    let number = |key: &str| {
        let source = format!(
            "id: W\nstart: E\nkey: {key}\nportal:\n  slug: s\n  title: T\n  pages:\n    - title: P\n      \
             fields: [{{ id: plate, label: Plate }}]\nsteps: [{{ id: a, actor: AI:x }}]\n"
        );
        loaded(&source).workflow.portal.expect("a portal").number
    };
    assert_eq!(number("payload.complaintId"), "complaintId");
    assert_eq!(number("payload.plate"), "number");
    assert_eq!(number("payload.plate + '-1'"), "number");
}

#[test]
fn a_task_has_its_form() {
    let workflow: Workflow = loaded(&form(
        "      - { id: amount, type: money, label: { en: Amount, es: Monto }, required: true }\n      \
         - { id: why, label: Why?, show_if: answers.outcome == 'reject' && payload.x == 1 }\n",
    ))
    .workflow;
    let StepKind::Task(task) = &workflow.step("a").expect("a step").kind else {
        panic!("a task");
    };
    let form = task.form.as_ref().expect("a form");
    assert!(form.fields[0].field.required);
    assert_eq!(form.fields[0].label.get("es"), Some("Monto"));
    assert!(form.fields[1].show_if.is_some());
}

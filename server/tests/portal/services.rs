//! The pages of public services, as a browser without scripts sees and sends them.

use hms_app::agency::{Agency, REPORTER_COOKIE, SESSION_COOKIE};
use hms_app::views::InboxTab;
use hms_engine::Workflow;
use hms_server::orchestrator::{Refusal, Sight, TaskOrder};
use hms_server::store::RunQuery;
use serde_json::{Value, json};

use crate::browser::{Page, get, pages, post};
use crate::house::{House, house};

pub(crate) const ALL_KINDS: &str = r#"id: Pothole
title: Pothole report
description: { en: Tell us about a hole in the street., es: Avise de un bache. }
start: PotholeReported
key: payload.number
portal:
  slug: pothole
  title: { en: Report a pothole, es: Avise de un bache }
  pages:
    - title: { en: The hole, es: El bache }
      fields:
        - { id: what, type: textarea, label: { en: What did you see?, es: ¿Qué vio? }, required: true, max: 300 }
        - { id: street, label: Which street?, max: 50 }
        - { id: depth, type: number, label: How deep is it?, hint: In inches, max: 60 }
        - { id: seen, type: date, label: When did you see it? }
        - { id: damage, type: yesno, label: Did it cause damage? }
        - { id: cost, type: money, label: What did it cost?, show_if: answers.damage, required: true }
        - { id: size, type: choice, label: How large is it?, options: { small: { en: Like a plate, es: Como un plato }, large: Like a door } }
        - { id: near, type: choices, label: What is near?, options: [a school, a crossing, a bus stop], max: 2 }
    - title: { en: You, es: Usted }
      fields:
        - { id: mail, type: email, label: Your email }
        - { id: phone, type: phone, label: Your phone }
        - { id: home, type: address, label: Your address }
  statuses: { measure: { en: We measure the hole, es: Medimos el bache } }
  notify: mail
steps:
  - { id: measure, title: Internal measuring, actor: AI:road-camera }
  - { id: answer, actor: SVC:email-svc }
"#;

async fn payloads(house: &House) -> Vec<Value> {
    let query = RunQuery {
        limit: 10,
        ..RunQuery::default()
    };
    let runs = house.orchestrator.shelf().runs(&query).await.unwrap();
    let mut payloads = Vec::new();
    for mut row in runs {
        let (id, payload) = (row.run.id, &mut row.run.payload);
        assert!(!payload.to_string().contains('@'), "{payload}");
        let all = house.orchestrator.show_personal(id, payload, Sight::Clear);
        all.await.unwrap();
        payloads.push(row.run.payload);
    }
    payloads
}

#[tokio::test]
async fn the_first_page_names_the_services_and_the_form_asks_in_the_visitors_language() {
    let house = house(1.0).await;
    let pages = pages(&house, ALL_KINDS).await;
    let home = get(&pages, "/", "en", "").await;
    assert!(
        home.has("href=\"/report/pothole\"") && home.has("Report a pothole"),
        "{}",
        home.html
    );
    assert!(
        home.has("href=\"/report\""),
        "the complaint stays where it was"
    );
    let form = get(&pages, "/report/pothole", "es", "").await;
    assert_eq!(form.status, 200);
    for told in [
        "<title>Avise de un bache",
        "¿Qué vio?",
        "El bache",
        "Como un plato",
        "Like a door",
        "(opcional)",
        "Mes",
        "Enviar",
    ] {
        assert!(form.has(told), "{told}: {}", form.html);
    }
    assert!(!form.has("name=\"cost\""), "asked for only after damage");
    assert!(form.has("name=\"seen.month\"") && form.has("type=\"checkbox\""));
    assert_eq!(get(&pages, "/report/nothing", "en", "").await.status, 404);
    assert_eq!(
        post(&pages, "/report/nothing", "", &[("what", "x")])
            .await
            .status,
        404
    );
}

#[tokio::test]
async fn a_report_is_filed_with_a_number_and_a_receipt() {
    let house = house(1.0).await;
    let pages = pages(&house, ALL_KINDS).await;
    let form = get(&pages, "/report/pothole", "en", "").await;
    let (draft, asked) = (form.hidden(".draft"), form.hidden(".asked"));
    let fields = [
        (".draft", draft.as_str()),
        (".asked", &asked),
        ("what", "A hole.\r\nDeep."),
        ("depth", "7.5"),
        ("seen.month", "5"),
        ("seen.day", "14"),
        ("seen.year", "2024"),
        ("damage", "no"),
        ("size", "large"),
        ("near", "a school"),
        ("near", "a bus stop"),
        ("mail", "ana@example.org"),
        ("phone", ""),
        ("home", "1 Main St\r\nDenver"),
        ("unknown", "left out"),
    ];
    let sent = post(&pages, "/report/pothole", "", &fields).await;
    assert_eq!(sent.status, 200, "{}", sent.html);
    let number = sent.hidden("number");
    assert!(sent.has("id=\"receipt\"") && sent.cookie.starts_with(REPORTER_COOKIE));
    let expected = json!({
        "what": "A hole.\nDeep.", "depth": 7.5, "seen": "2024-05-14", "damage": false, "size": "large",
        "near": ["a school", "a bus stop"], "mail": "ana@example.org", "home": "1 Main St\nDenver",
        "number": number, "language": "en",
    });
    assert_eq!(payloads(&house).await, [expected]);
    // Sent again it is the same report with the same receipt.
    let again = post(&pages, "/report/pothole", "", &fields).await;
    assert_eq!(
        (again.hidden("number"), again.hidden("receipt")),
        (number.clone(), sent.hidden("receipt"))
    );
    assert_eq!(payloads(&house).await.len(), 1);

    let cookie = sent.cookie.split(';').next().unwrap();
    let status = get(&pages, &format!("/status/{number}"), "es", cookie).await;
    assert!(
        status.has("Medimos el bache") && status.has("Avise de un bache"),
        "{}",
        status.html
    );
    assert!(!status.has("Internal measuring"));
    house.work("AI:road-camera", json!({})).await;
    let task = house.open_tasks("SVC:email-svc").await.remove(0).task;
    let input = json!({"email": "ana@example.org", "number": number, "language": "en"});
    assert_ne!(task.input, input, "a list does not say it");
    let claim = TaskOrder::Claim { lease_ms: None };
    let taken = house
        .orchestrator
        .task_order(task.id, "mailer", claim)
        .await;
    assert_eq!(taken.unwrap().task.input, input);
    // What the portal has no words for is called by the step's own.
    let status = get(&pages, &format!("/status/{number}"), "en", cookie).await;
    assert!(
        status.has("We measure the hole") && status.has("Answer"),
        "{}",
        status.html
    );
}

#[tokio::test]
async fn faults_are_told_at_their_fields_and_every_answer_is_kept() {
    let house = house(1.0).await;
    let pages = pages(&house, ALL_KINDS).await;
    let wrong = [
        ("what", " "),
        ("street", "Elm \"Street\""),
        ("depth", "very"),
        ("seen.month", "2"),
        ("seen.day", "30"),
        ("seen.year", "2024"),
        ("damage", "no"),
        ("size", "huge"),
        ("near", "a school"),
        ("near", "a crossing"),
        ("near", "a bus stop"),
        ("mail", "ana"),
        ("phone", "none"),
    ];
    let page = post(&pages, "/report/pothole", "", &wrong).await;
    assert_eq!(page.status, 422);
    assert!(
        page.has("<title>Error: Report a pothole") && page.has("There is a problem"),
        "{}",
        page.html
    );
    for (field, told) in [
        ("what", "Fill in this answer"),
        ("depth", "Enter a number, like 12"),
        (
            "seen.month",
            "Enter a real date: month, day and four digits of the year",
        ),
        ("size", "Choose one answer from the list"),
        ("near", "Choose 2 or fewer"),
        ("mail", "Enter an email address like name@example.com"),
        ("phone", "Enter a phone number, like 202-555-0100"),
    ] {
        let link = page.html.split(&format!("href=\"#{field}\"")).nth(1);
        assert!(
            link.is_some_and(|rest| rest.split("</a>").next().unwrap().contains(told)),
            "{field}"
        );
        assert!(page.has(&format!("id=\"{field}\"")), "{field}");
        let name = field.split('.').next().unwrap();
        assert!(page.has(&format!("id=\"{name}-fault\"")), "{field}");
    }
    for kept in [
        "Elm &quot;Street&quot;",
        "value=\"very\"",
        "value=\"30\"",
        "value=\"ana\"",
        "value=\"none\"",
    ] {
        assert!(page.has(kept), "{kept}: {}", page.html);
    }
    assert_eq!(
        page.html.matches(" checked").count(),
        4,
        "the three near it and no damage"
    );
    assert!(payloads(&house).await.is_empty());
}

#[tokio::test]
async fn an_answer_that_leads_to_a_question_is_asked_it_before_anything_is_sent() {
    let house = house(1.0).await;
    let pages = pages(&house, ALL_KINDS).await;
    let form = get(&pages, "/report/pothole", "en", "").await;
    let (draft, asked) = (form.hidden(".draft"), form.hidden(".asked"));
    let with = |asked: &str, more: &[(&'static str, &str)]| {
        let mut fields = vec![
            (".draft", draft.clone()),
            (".asked", asked.to_owned()),
            ("what", "A hole".to_owned()),
        ];
        fields.extend(
            more.iter()
                .map(|(name, value)| (*name, (*value).to_owned())),
        );
        fields
    };
    let send = async |fields: Vec<(&'static str, String)>| {
        let fields: Vec<(&str, &str)> = fields
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        post(&pages, "/report/pothole", "", &fields).await
    };
    let page = send(with(&asked, &[("damage", "yes")])).await;
    assert_eq!(page.status, 422);
    assert!(
        page.has("Your answers lead to another question") && page.has("name=\"cost\""),
        "{}",
        page.html
    );
    // It was not there before, so nothing is wrong with it yet.
    assert!(!page.has("id=\"cost-fault\""));
    assert_eq!(page.hidden(".draft"), draft);
    let asked = page.hidden(".asked");
    let page = send(with(&asked, &[("damage", "yes"), ("cost", "")])).await;
    assert!(page.has("id=\"cost-fault\""), "{}", page.html);
    // What was typed and is no longer asked for is left out.
    let sent = send(with(&asked, &[("damage", "no"), ("cost", "lots")])).await;
    assert_eq!(sent.status, 200, "{}", sent.html);
    assert_eq!(payloads(&house).await[0].get("cost"), None);
}

/// Whatever is typed into whatever field is shown as typed, and never as markup.
#[tokio::test]
async fn nothing_typed_becomes_markup() {
    let house = house(1.0).await;
    let pages = pages(&house, ALL_KINDS).await;
    let attack =
        "</textarea></title><script>alert(1)</script>\"'><img src=x onerror=alert(1)>&amp;";
    let mut fields: Vec<(&str, &str)> = [
        "what",
        "street",
        "depth",
        "seen.month",
        "seen.day",
        "seen.year",
        "damage",
        "cost",
        "size",
        "near",
        "mail",
        "phone",
        "home",
        ".draft",
        ".asked",
        attack,
    ]
    .map(|name| (name, attack))
    .to_vec();
    let page = post(&pages, "/report/pothole", "", &fields).await;
    assert_eq!(page.status, 422);
    let markup = |page: &Page| {
        !page.has("<script>alert")
            && !page.has("<img src=x")
            && !page.has("onerror=alert(1)>&amp;\"")
    };
    assert!(markup(&page), "{}", page.html);
    assert!(
        page.has("&lt;/textarea&gt;&lt;/title&gt;&lt;script&gt;alert(1)"),
        "{}",
        page.html
    );
    // Filed and followed, it is no markup either.
    fields = vec![
        ("what", attack),
        ("street", "</textarea><script>alert(1)</script>"),
        ("home", attack),
    ];
    let sent = post(&pages, "/report/pothole", "", &fields).await;
    assert_eq!(sent.status, 200, "{}", sent.html);
    assert!(markup(&sent));
    assert_eq!(payloads(&house).await[0]["what"], json!(attack));
}

#[tokio::test]
async fn two_workflows_in_force_do_not_share_an_address() {
    let house = house(1.0).await;
    house.orchestrator.deploy(ALL_KINDS, "test").await.unwrap();
    let other = ALL_KINDS.replace("id: Pothole", "id: Other");
    let refused = house.orchestrator.deploy(&other, "test").await.unwrap_err();
    assert!(
        matches!(&refused, Refusal::SlugTaken { slug, workflow } if slug == "pothole" && workflow == "Pothole")
    );
    // A new version of the same workflow keeps it.
    let newer = ALL_KINDS.replace("Pothole report", "Report of a pothole");
    house.orchestrator.deploy(&newer, "test").await.unwrap();
}

#[tokio::test]
async fn a_report_follows_its_own_workflow_when_several_start_on_the_event() {
    let house = house(1.0).await;
    // It stands before the other in the order of ids.
    let statistics =
        "id: A-Statistics\nstart: PotholeReported\nsteps: [{ id: count, actor: SVC:counter }]\n";
    house.orchestrator.deploy(statistics, "test").await.unwrap();
    let pages = pages(&house, ALL_KINDS).await;
    let sent = post(&pages, "/report/pothole", "", &[("what", "A hole")]).await;
    let number = sent.hidden("number");
    let report = house
        .orchestrator
        .shelf()
        .report(&number)
        .await
        .unwrap()
        .unwrap();
    let run = house
        .orchestrator
        .shelf()
        .run(report.run_id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(run.run.workflow, "Pothole");
}

#[tokio::test]
async fn what_the_workflows_input_refuses_is_told_at_its_field() {
    let house = house(1.0).await;
    let strict = ALL_KINDS.replace(
        "key: payload.number",
        "key: payload.number\ninput: { properties: { street: { enum: [Elm Street] } } }",
    );
    let pages = pages(&house, &strict).await;
    let page = post(
        &pages,
        "/report/pothole",
        "",
        &[("what", "A hole"), ("street", "Oak Street")],
    )
    .await;
    assert_eq!(page.status, 422);
    assert!(
        page.has("id=\"street-fault\"") && page.has("the agency cannot use it as it is"),
        "{}",
        page.html
    );
    assert!(payloads(&house).await.is_empty());
    let sent = post(
        &pages,
        "/report/pothole",
        "",
        &[("what", "A hole"), ("street", "Elm Street")],
    )
    .await;
    assert_eq!(sent.status, 200);
}

#[test]
fn the_definition_of_these_tests_loads_in_silence() {
    let parsed = Workflow::parse(ALL_KINDS).unwrap();
    assert_eq!(parsed.warnings, []);
}

#[tokio::test]
async fn whoever_works_on_a_report_reads_it_in_the_words_of_its_form() {
    let house = house(1.0).await;
    let by_hand = ALL_KINDS.replace("AI:road-camera", "HUMAN:crew");
    let pages = pages(&house, &by_hand).await;
    let fields = [
        ("what", "A hole"),
        ("damage", "yes"),
        ("cost", "1200"),
        ("size", "large"),
        ("near", "a bus stop"),
    ];
    let sent = post(&pages, "/report/pothole", "", &fields).await;
    assert_eq!(sent.status, 200, "{}", sent.html);
    let cal = house.staff("Cal", &["crew"]).await;
    let task = house.only_task(&cal, InboxTab::Unassigned).await;
    let cookie = format!("{SESSION_COOKIE}={}", cal.session.unwrap().0);
    let page = get(&pages, &format!("/inbox/{task}"), "en", &cookie).await;
    for told in [
        "What did you see?",
        "A hole",
        "$1,200.00",
        "Like a door",
        "Did it cause damage?",
        "Yes",
    ] {
        assert!(page.has(told), "{told}: {}", page.html);
    }
}

#[tokio::test]
async fn a_draft_of_its_own_each_time() {
    let house = house(1.0).await;
    house.orchestrator.deploy(ALL_KINDS, "test").await.unwrap();
    let form = || {
        house
            .desk
            .service_form("pothole", Default::default(), Default::default())
    };
    assert_ne!(form().unwrap().draft, form().unwrap().draft);
}

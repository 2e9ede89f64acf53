//! A script in whatever can be written, and every page of the table asked for: a page that is new is looked at without
//! anybody thinking of it. Then every form of every page is sent with the script in each of its fields.

use std::collections::BTreeSet;

use hms_app::agency::{Agency, Visitor};
use hms_app::views::{AccountAct, ClockAct, InboxTab, TaskAct};
use hms_server::portal::access::PATHS;
use serde_json::Value;

use crate::browser::{get, pages, post};
use crate::house::house;
use crate::stored_script::{ATTACK, cookie, shown, written};
use crate::walk::ways::{Case, way};

/// A service whose every text is the attack. JSON is YAML.
fn definition() -> String {
    let attack = Value::String(ATTACK.to_owned());
    format!(
        "id: Evil\nstart: Evil\ntitle: {attack}\ndescription: {attack}\nportal:\n  slug: evil\n  title: {attack}\n  \
         pages:\n    - title: {attack}\n      fields:\n        - {{ id: what, type: textarea, label: {attack}, hint: {attack} }}\n        \
         - {{ id: size, type: choice, label: {attack}, options: {{ small: {attack}, large: {attack} }} }}\n  \
         statuses: {{ measure: {attack} }}\nsteps:\n  - {{ id: measure, title: {attack}, actor: HUMAN:investigator }}\n"
    )
}

/// Whether a row gives a page.
fn is_page(path: &str) -> bool {
    !path.contains("/files/") && !path.starts_with("/live/") && !path.ends_with(".csv")
}

/// The names of all controls in a page.
fn controls(html: &str) -> impl Iterator<Item = String> + '_ {
    let tags = html.split('<').filter(|tag| {
        ["input", "textarea", "select", "button"]
            .iter()
            .any(|name| tag.starts_with(name))
    });
    tags.filter_map(|tag| tag.split(" name=\"").nth(1)?.split('"').next())
        .map(str::to_owned)
}

#[tokio::test]
async fn a_script_that_was_written_runs_on_no_page_of_the_table() {
    let house = house(1.0).await;
    let pages = pages(&house, &definition()).await;
    let (number, reporter) = written(&house).await;
    let roles = ["investigator", "supervisor", "administrator", ATTACK];
    let staff = house.staff(ATTACK, &roles).await;
    let ada = house.staff("Ada", &["administrator"]).await;
    let desk = &house.desk;
    let person = desk.person(&staff).await.unwrap().unwrap().id;
    desk.change_account(&ada, person, AccountAct::SendLink)
        .await
        .unwrap();
    let task = house.only_task(&staff, InboxTab::Unassigned).await;
    desk.act_on_task(&staff, task, TaskAct::Accept)
        .await
        .unwrap();
    let pause = ClockAct::Pause {
        reason: ATTACK.to_owned(),
        waiting_for_reporter: true,
    };
    desk.set_clock(&staff, task, pause).await.unwrap();
    let added = desk.add_information(&reporter, &number, ATTACK.to_owned());
    added.await.unwrap();
    house.keep_mail(&format!(
        "From: a@x.example\r\nTo: b@x.example\r\nSubject: {ATTACK}\r\nContent-Type: text/plain\r\n\r\n{ATTACK}\r\n"
    ));
    let run = desk.task(&staff, task).await.unwrap().run_id;
    let case = Case {
        number,
        task,
        run,
        person,
    };
    let rows = |method: &'static str| {
        let rows = PATHS
            .iter()
            .filter(move |(known, path, _)| *known == method && is_page(path));
        let rows = rows.map(|(method, path, _)| format!("{method} {path}"));
        rows.map(|row| {
            let asked = way(&row, &case);
            asked.unwrap_or_else(|| panic!("nobody walks {row}"))
        })
    };
    let everybody = [&staff, &reporter, &Visitor::default()].map(|who| {
        let signed_in = who.session.is_some() || who.reporter.is_some();
        if signed_in {
            cookie(who)
        } else {
            String::new()
        }
    });
    let more = ["/report/evil", "/admin/workflows/Evil", "/inbox?tab=mine"];
    let mut names = BTreeSet::new();
    // Before the forms are sent and after: what they leave is looked at too.
    for round in 0..2 {
        let all = rows("GET").map(|(address, _)| address);
        for address in all.chain(more.map(str::to_owned)) {
            for (n, who) in everybody.iter().enumerate() {
                let page = get(&pages, &address, ["en", "es"][round], who).await;
                assert!(page.status < 500, "{address}: {}", page.status);
                let times = shown(&address, &page);
                // Whoever is signed in is named on each page, and is named so.
                let named = n == 0 && page.status == 200;
                assert!(times > 0 || !named, "{address}: {}", page.html);
                names.extend(controls(&page.html));
            }
        }
        for what in [
            "/admin/people",
            "/admin/mails",
            &format!("/admin/people/{person}"),
            more[0],
            more[1],
        ] {
            let page = get(&pages, what, "en", &everybody[0]).await;
            assert!(shown(what, &page) > 1, "{what}: {}", page.html);
        }
        if round > 0 {
            break;
        }
        assert!(names.len() > 20, "{names:?}");
        for (address, body) in rows("POST").chain([("/report/evil".to_owned(), String::new())]) {
            if address == "/sign-out" {
                continue;
            }
            let sent: Vec<(&str, &str)> = body
                .split('&')
                .filter_map(|pair| pair.split_once('='))
                .collect();
            let known = |name: &str| sent.iter().any(|(sent, _)| *sent == name);
            let others = names.iter().filter(|name| !known(name));
            let others: Vec<(&str, &str)> = others.map(|name| (name.as_str(), ATTACK)).collect();
            for fields in [
                [&sent[..], &others].concat(),
                names.iter().map(|name| (name.as_str(), ATTACK)).collect(),
            ] {
                for who in &everybody {
                    let page = post(&pages, &address, who, &fields).await;
                    assert!(page.status < 500, "POST {address}: {}", page.status);
                    shown(&format!("POST {address}"), &page);
                }
            }
        }
    }
}

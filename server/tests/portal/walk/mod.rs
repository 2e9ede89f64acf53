//! The walk: every page, form, server function, download and socket is asked for by everybody there is, and what
//! they get is held against the table in `portal/access.rs`. A row that is not asked for here fails the walk, and
//! so does a page or server function that stands in no row.

pub(crate) mod ways;

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request};
use futures_util::StreamExt;
use hms_app::agency::{Agency, Visitor};
use hms_app::live::Frame;
use hms_app::views::InboxTab;
use hms_server::identity::{Act, holds, may_in, reach};
use hms_server::portal::access::{FUNCTIONS, Needs, PATHS, function_name, needs};
use hms_server::portal::{self, Assets};
use http_body_util::BodyExt;
use leptos::server_fn::axum::server_fn_paths;
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_util::task::TaskTracker;
use tower::ServiceExt;
use uuid::Uuid;

use self::ways::{Case, arguments, nothing_there, way};
use crate::house::{House, house};

const DEFINITION: &str = include_str!("../../../../workflows/ftc-complaint.yml");
/// The role of the task that the walk is about.
const ROLE: &str = "investigator";
/// Its workflow.
const WORKFLOW: &str = "FTC-Complaint";

/// Somebody who walks.
struct Walker {
    name: &'static str,
    cookie: String,
    roles: Vec<String>,
    signed_in: bool,
    receipt: bool,
}

impl Walker {
    /// Whether they get what a row is about. What has a name in its address is of the case's workflow; lists are for
    /// whoever has something to see in them.
    fn good_for(&self, needs: Needs, of_case: bool) -> bool {
        match needs {
            Needs::Nothing => true,
            Needs::Receipt => self.receipt,
            Needs::SignedIn => self.signed_in,
            Needs::Task => {
                self.has_role()
                    || may_in(&self.roles, Act::SeeAllTasks, WORKFLOW)
                    || may_in(&self.roles, Act::ExtendSla, WORKFLOW)
            }
            Needs::Decide => self.has_role(),
            Needs::Clock => self.has_role() || may_in(&self.roles, Act::ExtendSla, WORKFLOW),
            Needs::May(act) if of_case => may_in(&self.roles, act, WORKFLOW),
            Needs::May(act) => !reach(&self.roles, act).is_nowhere(),
        }
    }

    fn has_role(&self) -> bool {
        holds(&self.roles, ROLE, WORKFLOW)
    }

    /// Whether anything at all may tell them that there is the case.
    fn may_know(&self) -> bool {
        self.receipt
            || self.good_for(Needs::Task, true)
            || may_in(&self.roles, Act::ReadRuns, WORKFLOW)
    }
}

async fn walkers(house: &House) -> (Vec<Walker>, Case) {
    let filed = house.severe_report().await;
    let other = house.desk.file_report(crate::house::draft("Another one."));
    let other = other.await.unwrap();
    let mut walkers = Vec::new();
    let mut person = Uuid::nil();
    let roles: [(&'static str, &[&str]); 11] = [
        ("investigator", &[ROLE]),
        ("supervisor", &["supervisor"]),
        ("administrator", &["administrator"]),
        ("auditor", &["auditor"]),
        ("clerk", &["clerk"]),
        ("patterns", &["*", "invest*"]),
        ("nothing", &[]),
        ("investigator here", &["investigator@FTC-Complaint"]),
        ("administrator here", &["administrator@FTC-Complaint"]),
        // Of another workflow: the case is not there for them.
        (
            "investigator elsewhere",
            &["investigator@FOIA-Request", "clerk"],
        ),
        (
            "administrator elsewhere",
            &["administrator@FOIA-Request", "supervisor@FOIA-Request"],
        ),
    ];
    for (name, roles) in roles {
        let who = house.staff(name, roles).await;
        person = house.desk.person(&who).await.unwrap().unwrap().id;
        walkers.push(Walker {
            name,
            cookie: format!("hms_session={}", who.session.unwrap().0),
            roles: roles.iter().map(|role| (*role).to_owned()).collect(),
            signed_in: true,
            receipt: false,
        });
    }
    let plain = |name, cookie: String, receipt| Walker {
        name,
        cookie,
        roles: Vec::new(),
        signed_in: false,
        receipt,
    };
    let ended = walkers[2].cookie.clone();
    walkers.push(plain(
        "reporter",
        format!("hms_reporter={}", filed.token.0),
        true,
    ));
    walkers.push(plain(
        "reporter of another",
        format!("hms_reporter={}", other.token.0),
        false,
    ));
    // A secret of the one kind is none of the other.
    walkers.push(plain(
        "swapped",
        format!("hms_session={}", filed.token.0),
        false,
    ));
    walkers.push(plain(
        "staff as reporter",
        ended.replace("hms_session", "hms_reporter"),
        false,
    ));
    walkers.push(plain("nobody", String::new(), false));
    walkers.push(plain(
        "made up",
        format!("hms_session={}", "0".repeat(64)),
        false,
    ));
    let ivy = Visitor {
        session: Some(hms_app::agency::Token(
            walkers[0]
                .cookie
                .trim_start_matches("hms_session=")
                .to_owned(),
        )),
        ..Visitor::default()
    };
    let task = house.only_task(&ivy, InboxTab::Unassigned).await;
    let run = house.desk.task(&ivy, task).await.unwrap().run_id;
    let case = Case {
        number: filed.number,
        task,
        run,
        person,
    };
    (walkers, case)
}

struct Answer {
    status: u16,
    location: String,
    body: String,
}

async fn ask(pages: &Router, method: &str, address: &str, cookie: &str, body: &str) -> Answer {
    let mut request = Request::builder()
        .method(method)
        .uri(address)
        .header(
            "accept",
            if address.starts_with("/api/") {
                "application/json"
            } else {
                "text/html"
            },
        )
        .header("accept-language", "en")
        .header("sec-fetch-site", "same-origin")
        .header("cookie", cookie);
    if method == "POST" {
        request = request.header("content-type", "application/x-www-form-urlencoded");
    }
    let request = request.body(Body::from(body.to_owned())).unwrap();
    let response = pages.clone().oneshot(request).await.unwrap();
    let location = response.headers().get("location");
    let location = location.map_or_else(String::new, |to| to.to_str().unwrap().to_owned());
    let status = response.status().as_u16();
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    let body = String::from_utf8_lossy(&bytes).into_owned();
    Answer {
        status,
        location,
        body,
    }
}

impl Answer {
    /// Whether somebody was turned away: led to the sign-in, told that it is not for them, or that it
    /// is not there.
    fn turned_away(&self, needs: Needs) -> bool {
        // A report's pages ask for the receipt in their place.
        let asked = needs == Needs::Receipt && self.body.contains("name=\"receipt\"");
        asked || self.location.starts_with("/sign-in") || matches!(self.status, 401 | 403 | 404)
    }

    /// Whether a server function refused.
    fn refused(&self) -> bool {
        ["sign_in", "not_allowed", "not_found"]
            .iter()
            .any(|why| self.body.contains(&format!("\"refused\":\"{why}\"")))
    }
}

async fn site(house: &House) -> Router {
    house.orchestrator.deploy(DEFINITION, "test").await.unwrap();
    let desk = Arc::new(house.desk.clone());
    portal::site(desk.clone(), Assets::find())
        .merge(portal::files(desk.clone()))
        .merge(portal::csv(desk))
}

#[tokio::test]
async fn every_path_is_for_whom_the_table_says() {
    let house = house(1.0).await;
    let pages = site(&house).await;
    let (walkers, case) = walkers(&house).await;
    let mut wrong = Vec::new();
    for (method, path, needs) in PATHS
        .iter()
        .filter(|(_, path, _)| !path.starts_with("/live/"))
    {
        let row = format!("{method} {path}");
        let Some((address, body)) = way(&row, &case) else {
            panic!("nobody walks {row}");
        };
        for walker in &walkers {
            if row == "POST /sign-out" && walker.signed_in {
                continue;
            }
            let answer = ask(&pages, method, &address, &walker.cookie, &body).await;
            assert!(
                answer.status < 500,
                "{row} for {}: {}",
                walker.name,
                answer.status
            );
            assert_ne!(
                answer.status, 405,
                "{row} stands in the table, and nothing is there"
            );
            let expect_away = !walker.good_for(*needs, path.contains('{'));
            let fits = match expect_away {
                true => answer.turned_away(*needs),
                false => nothing_there(&row) || !answer.turned_away(*needs),
            };
            if !fits {
                wrong.push(format!(
                    "{row} for {}: {} {:?}, and the table says {needs:?}",
                    walker.name, answer.status, answer.location
                ));
            }
            // A form to show the receipt says again what was asked for.
            let told = answer.body.contains(&case.number) && !address.contains(&case.number);
            if told && !walker.may_know() {
                wrong.push(format!("{row} tells {} of the case", walker.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn every_server_function_is_for_whom_the_table_says() {
    let house = house(1.0).await;
    let pages = site(&house).await;
    let (walkers, case) = walkers(&house).await;
    // All that are in the program stand in the table, and the other way round.
    let known: BTreeSet<&str> = FUNCTIONS.iter().map(|(_, name, _)| *name).collect();
    let paths: Vec<&str> = server_fn_paths().map(|(path, _)| path).collect();
    let registered: BTreeSet<&str> = paths.iter().map(|path| function_name(path)).collect();
    assert_eq!(registered, known);
    let mut wrong = Vec::new();
    for path in paths {
        let name = function_name(path);
        let asked = needs(&Method::POST, "/api/{*function}", path).unwrap();
        let arguments = arguments(name, &case).unwrap_or_else(|| panic!("nobody walks {name}"));
        for walker in &walkers {
            let answer = ask(&pages, "POST", path, &walker.cookie, &arguments).await;
            let of_case = arguments.contains("id=") && !name.ends_with("_own_account");
            let expect = walker.good_for(asked, of_case);
            // A refused form is an answer too; what the server could not read is not.
            let answered = answer.status == 200 || answer.body.contains("\"refused\":\"form\"");
            let fits = if expect {
                answered
            } else {
                answer.refused() && !answered
            };
            if answer.body.contains(&case.number) && !walker.may_know() {
                wrong.push(format!("{name} tells {} of the case", walker.name));
            }
            // Whoever is not signed in has an empty answer to how long they still are.
            if !fits {
                wrong.push(format!(
                    "{name} for {}: {} {}, and the table says {asked:?}",
                    walker.name,
                    answer.status,
                    answer.body.chars().take(200).collect::<String>()
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn every_socket_is_for_whom_the_table_says() {
    let house = house(1.0).await;
    house.orchestrator.deploy(DEFINITION, "test").await.unwrap();
    let (walkers, case) = walkers(&house).await;
    let router = portal::live(
        Arc::new(house.desk.clone()),
        house.stop.clone(),
        TaskTracker::new(),
    );
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let host = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move { axum::serve(listener, router).await });
    let sockets: Vec<_> = PATHS
        .iter()
        .filter(|(_, path, _)| path.starts_with("/live/"))
        .collect();
    assert_eq!(sockets.len(), 2);
    for (_, path, needs) in sockets {
        let path = path.replace("{number}", &case.number);
        for walker in &walkers {
            let mut request = format!("ws://{host}{path}").into_client_request().unwrap();
            let headers = request.headers_mut();
            headers.insert("origin", format!("http://{host}").parse().unwrap());
            if !walker.cookie.is_empty() {
                headers.insert("cookie", walker.cookie.parse().unwrap());
            }
            let heard = match connect_async(request).await {
                // A page whose sign-in has ended is told so in a frame.
                Ok((mut socket, _)) => match socket.next().await {
                    Some(Ok(Message::Text(text))) => {
                        !matches!(serde_json::from_str(&text).unwrap(), Frame::Ended)
                    }
                    other => panic!("{path} for {}: {other:?}", walker.name),
                },
                Err(Error::Http(answer)) => {
                    assert!(matches!(answer.status().as_u16(), 401 | 404));
                    false
                }
                Err(error) => panic!("{path} for {}: {error}", walker.name),
            };
            assert_eq!(
                heard,
                walker.good_for(*needs, true),
                "{path} for {}",
                walker.name
            );
        }
    }
}

// The first list of pages needs a runtime, and this may be the test that asks for it.
#[tokio::test]
async fn every_page_stands_in_the_table() {
    for page in portal::pages() {
        let known = PATHS
            .iter()
            .any(|(method, path, _)| *method == "GET" && path == page);
        assert!(
            known,
            "{page} stands in no row of portal/access.rs: nobody can open it"
        );
    }
}

#[tokio::test]
async fn what_stands_in_no_row_is_refused_before_anything_else() {
    let house = house(1.0).await;
    let pages = site(&house).await;
    for (method, address, status) in [
        ("DELETE", "/inbox", 405),
        ("PUT", "/admin/people", 405),
        ("POST", "/admin", 405),
        ("GET", "/api/read_mails", 405),
        ("POST", "/api/made_up123", 405),
        ("GET", "/nowhere", 404),
    ] {
        let answer = ask(&pages, method, address, "", "").await;
        assert_eq!(answer.status, status, "{method} {address}");
    }
}

#[tokio::test]
async fn another_sites_page_can_send_no_form_no_function_and_no_sign_in() {
    let house = house(1.0).await;
    let pages = site(&house).await;
    let ada = house.staff("Ada", &["administrator"]).await;
    let cookie = format!("hms_session={}", ada.session.unwrap().0);
    let function = server_fn_paths().find(|(path, _)| function_name(path) == "stay_signed_in");
    let function = function.unwrap().0;
    let ways = PATHS
        .iter()
        .filter(|(method, _, _)| *method == "POST")
        .map(|(_, path, _)| path.replace("{id}", "x").replace("{slug}", "fraud"))
        .chain([function.to_owned()]);
    for address in ways {
        let address = address.replace("{number}", "1").replace("{task}", "x");
        for (name, value) in [
            ("origin", "https://evil.example"),
            ("origin", "null"),
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
        ] {
            let request = Request::post(&address)
                .header("host", "portal.example")
                .header(name, value)
                .header("cookie", &cookie)
                .header("content-type", "application/x-www-form-urlencoded")
                .body(Body::from("act=disable"))
                .unwrap();
            let response = pages.clone().oneshot(request).await.unwrap();
            assert_eq!(response.status().as_u16(), 403, "{address} {name}: {value}");
            assert!(response.headers().get("set-cookie").is_none(), "{address}");
        }
    }
}

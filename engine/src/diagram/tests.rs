use std::collections::BTreeMap;

use super::graph::Graph;
use super::placed::{Placed, Point};
use super::{Look, mermaid, svg};
use crate::Workflow;

const FTC: &str = include_str!("../../../workflows/ftc-complaint.yml");
const LISTS: &str = include_str!("../../tests/corpus/right/lists-in-lists.yml");
const TASKS: &str = include_str!("../../tests/corpus/right/every-key-of-a-task.yml");
const WAITS: &str = include_str!("../../tests/corpus/right/waits-and-ends.yml");
const SWITCHES: &str = include_str!("../../tests/corpus/right/every-switch.yml");

fn load(source: &str) -> Workflow {
    Workflow::parse(source).unwrap().workflow
}

/// Left, top, right, bottom.
type Area = (f64, f64, f64, f64);

fn areas(placed: &Placed<'_, '_>) -> Vec<Area> {
    let shapes = placed.shapes.iter().map(|shape| {
        let (x, y) = shape.at;
        (x, y, x + shape.size.0, y + shape.size.1)
    });
    let labels = placed.ways.iter().filter_map(|way| way.label);
    let labels = labels.map(|(text, (x, y))| {
        let half = super::words::width(text, 12.0) / 2.0;
        (x - half, y - 7.0, x + half, y + 7.0)
    });
    shapes.chain(labels).collect()
}

/// Whether a line between two points goes through the inside of an area.
fn crosses((from, to): (Point, Point), area: Area) -> bool {
    let inside = |(x, y): Point| {
        x > area.0 + 1.0 && x < area.2 - 1.0 && y > area.1 + 1.0 && y < area.3 - 1.0
    };
    (0..=20).any(|part| {
        let part = f64::from(part) / 20.0;
        inside((
            from.0 + (to.0 - from.0) * part,
            from.1 + (to.1 - from.1) * part,
        ))
    })
}

fn check(placed: &Placed<'_, '_>) {
    let areas = areas(placed);
    for (at, one) in areas.iter().enumerate() {
        assert!(one.0 > -0.1 && one.1 > -0.1, "{one:?}");
        assert!(
            one.2 < placed.size.0 + 0.1 && one.3 < placed.size.1 + 0.1,
            "{one:?}"
        );
        for other in &areas[at + 1..] {
            let apart =
                one.2 <= other.0 || other.2 <= one.0 || one.3 <= other.1 || other.3 <= one.1;
            assert!(apart, "{one:?} lies on {other:?}");
        }
    }
    for way in &placed.ways {
        for pair in way.points.windows(2) {
            for shape in &areas[..placed.shapes.len()] {
                assert!(
                    !crosses((pair[0], pair[1]), *shape),
                    "{pair:?} through {shape:?}"
                );
            }
        }
    }
    for shape in &placed.shapes {
        for (_, at, inside) in &shape.inside {
            assert!(at.0 >= 0.0 && at.0 + inside.size.0 <= shape.size.0);
            assert!(at.1 >= 0.0 && at.1 + inside.size.1 <= shape.size.1);
            check(inside);
        }
    }
}

#[test]
fn nothing_lies_on_anything() {
    for source in [FTC, LISTS, TASKS, WAITS, SWITCHES] {
        let workflow = load(source);
        check(&Placed::of(&Graph::of(&workflow), "en"));
    }
}

#[test]
fn mermaid_has_all_steps_and_ways() {
    insta::assert_snapshot!(mermaid(&load(FTC), "es"), @r#"
    flowchart TD
      n0(["ComplaintLogged"])
      n1["Leemos su denuncia<br>classify<br>AI:fraud-labeler"]
      n2{"Decidimos si es urgente<br>severity_branch<br>result.severity"}
      n3["Un investigador revisa su<br>denuncia<br>human_review<br>HUMAN:investigator · 4h"]
      n4["Un supervisor se encarga<br>de su denuncia<br>escalate<br>HUMAN:supervisor"]
      n5["Le informamos del<br>resultado<br>notify_citizen<br>SVC:email-svc"]
      n6(["end"])
      n0 --> n1
      n1 --> n2
      n2 -->|"High"| n3
      n2 -->|"Low"| n5
      n3 --> n5
      n3 -.->|"after 4h"| n4
      n4 --> n5
      n5 --> n6
    "#);
    let text = mermaid(&load(LISTS), "en");
    for part in [
        "subgraph n1[\"search<br>side by side, until one is done\"]",
        "subgraph n2[\"north\"]",
        "[\"ask_north<br>SVC:archive-north\"]",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
}

#[test]
fn a_picture_says_what_it_shows_and_nothing_escapes_from_it() {
    let wild = FTC.replace("en: Fraud report,", "en: \"</title><script>&\\u0001\",");
    let open = BTreeMap::from([("human_review".to_owned(), 12), ("classify".to_owned(), 0)]);
    let look = Look {
        language: "en",
        open: &open,
        here: &["human_review"],
        alone: false,
    };
    let picture = svg(&load(&wild), &look);
    assert!(
        picture.contains("&lt;/title&gt;&lt;script&gt;&amp;?</title>"),
        "{picture}"
    );
    assert!(!picture.contains("<script"));
    assert!(
        !picture.contains("style"),
        "a strict policy allows no style inside"
    );
    assert!(picture.contains(
        "human_review: HUMAN:investigator · 4h, then notify_citizen or escalate, 12 open."
    ));
    assert!(picture.contains("hms-diagram__node--human hms-diagram__node--here"));
    assert_eq!(picture.matches("hms-diagram__count").count(), 1);
    assert!(
        svg(
            &load(FTC),
            &Look {
                alone: true,
                ..look
            }
        )
        .contains("prefers-color-scheme: dark")
    );
}

#[test]
fn a_switch_with_200_ways_is_drawn_in_bearable_time() {
    let steps: Vec<String> = (0..199)
        .map(|n| format!("  - {{ id: s{n}, actor: AI:x }}\n"))
        .collect();
    let cases: Vec<String> = (0..199).map(|n| format!("c{n}: s{n}")).collect();
    let source = format!(
        "id: W\nstart: E\nsteps:\n  - {{ id: s, type: switch, expr: payload.x, cases: {{ {} }} }}\n{}",
        cases.join(", "),
        steps.concat()
    );
    let open = BTreeMap::new();
    let look = Look {
        language: "en",
        open: &open,
        here: &[],
        alone: true,
    };
    let begun = std::time::Instant::now();
    assert!(svg(&load(&source), &look).len() > 100_000);
    assert!(begun.elapsed().as_secs() < 20, "{:?}", begun.elapsed());
}

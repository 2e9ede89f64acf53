use std::fmt::Write as _;

use super::Look;
use super::graph::{Graph, Manner};
use super::placed::{LIST_HEAD, LIST_PAD, POINTED, Placed, Point, Shape, Way};
use super::words::Line;
use crate::{Step, Workflow};

/// The style a page has for it, and what a picture that stands alone adds in the dark.
const LIGHT: &str = include_str!("../../../style/diagram.css");
const DARK: &str = include_str!("dark.css");
/// Around everything, in pixels.
const MARGIN: f64 = 16.0;
/// The head of an arrow.
const HEAD: Point = (4.5, 8.0);

/// The workflow as an SVG.
pub fn svg(workflow: &Workflow, look: &Look<'_>) -> String {
    let graph = Graph::of(workflow);
    let placed = Placed::of(&graph, look.language);
    let (width, height) = (placed.size.0 + 2.0 * MARGIN, placed.size.1 + 2.0 * MARGIN);
    let mut pen = Pen {
        text: String::new(),
        look,
    };
    pen.write(format_args!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"hms-diagram\" role=\"img\" \
         aria-labelledby=\"hms-diagram-title hms-diagram-desc\" width=\"{0}\" height=\"{1}\" \
         viewBox=\"0 0 {0} {1}\">",
        number(width),
        number(height)
    ));
    let title = workflow.title.get(look.language).unwrap_or(&workflow.id);
    pen.element("title", "hms-diagram-title", title);
    pen.element("desc", "hms-diagram-desc", &told(workflow, look));
    if look.alone {
        let (light, dark) = (squeezed(LIGHT), squeezed(DARK));
        pen.write(format_args!("<style>{light}{dark}</style>"));
        pen.write(format_args!(
            "<rect class=\"hms-diagram__ground\" width=\"100%\" height=\"100%\"/>"
        ));
    }
    pen.placed(&placed, (MARGIN, MARGIN));
    pen.text.push_str("</svg>\n");
    pen.text
}

/// The picture in words: each step, what it does, and where it leads.
fn told(workflow: &Workflow, look: &Look<'_>) -> String {
    let steps = workflow.all_steps().into_iter().map(|step| {
        let graph_words = super::words::does(step);
        let ways = step.ways().into_iter().map(|way| way.to.as_str());
        let mut ways: Vec<&str> = ways.collect();
        ways.dedup();
        let mut told = format!("{}: {graph_words}", step.id);
        if !ways.is_empty() {
            told += &format!(", then {}", ways.join(" or "));
        }
        if let Some(open) = open_at(step, look) {
            told += &format!(", {} open", counted(open));
        }
        told
    });
    let steps: Vec<String> = steps.collect();
    format!("Starts on {}. {}.", workflow.start, steps.join(". "))
}

/// A number of at most four digits: no more has room at a step.
fn counted(open: u64) -> String {
    match open {
        0..=9_999 => open.to_string(),
        _ => "9999+".to_owned(),
    }
}

fn open_at(step: &Step, look: &Look<'_>) -> Option<u64> {
    look.open.get(&step.id).copied().filter(|open| *open > 0)
}

struct Pen<'l> {
    text: String,
    look: &'l Look<'l>,
}

impl Pen<'_> {
    fn write(&mut self, what: std::fmt::Arguments<'_>) {
        // Writing to a String does not fail.
        let _ = self.text.write_fmt(what);
    }

    fn element(&mut self, name: &str, id: &str, text: &str) {
        self.write(format_args!(
            "<{name} id=\"{id}\">{}</{name}>",
            escaped(text)
        ));
    }

    /// A graph from this corner on: the ways lie under the shapes.
    fn placed(&mut self, placed: &Placed<'_, '_>, corner: Point) {
        for way in &placed.ways {
            self.way(way, corner);
        }
        for shape in &placed.shapes {
            self.shape(shape, corner);
        }
        for way in &placed.ways {
            if let Some((label, (x, y))) = way.label {
                self.words(label, "label", (corner.0 + x, corner.1 + y + 4.0));
            }
        }
    }

    fn way(&mut self, way: &Way<'_>, corner: Point) {
        let points: Vec<Point> = way
            .points
            .iter()
            .map(|(x, y)| (corner.0 + x, corner.1 + y))
            .collect();
        let [.., before, end] = points.as_slice() else {
            return;
        };
        let manner = match way.manner {
            Manner::Usual => "usual",
            Manner::Late => "late",
            Manner::Failed => "failed",
        };
        // The head ends where the way ends, and points where the way comes from the side.
        let sideways = (before.1 - end.1).abs() < 0.01;
        let back = if sideways {
            before.0 - end.0
        } else {
            before.1 - end.1
        };
        let length = HEAD.1.copysign(back);
        let (neck, left, right) = match sideways {
            true => (
                (end.0 + length, end.1),
                (end.0 + length, end.1 - HEAD.0),
                (end.0 + length, end.1 + HEAD.0),
            ),
            false => (
                (end.0, end.1 + length),
                (end.0 - HEAD.0, end.1 + length),
                (end.0 + HEAD.0, end.1 + length),
            ),
        };
        let line = curve(&points[..points.len() - 1], neck);
        self.write(format_args!(
            "<path class=\"hms-diagram__way hms-diagram__way--{manner}\" d=\"{line}\"/>\
             <path class=\"hms-diagram__head\" d=\"M{} L{} L{} Z\"/>",
            point(*end),
            point(left),
            point(right)
        ));
    }

    fn shape(&mut self, shape: &Shape<'_, '_>, corner: Point) {
        let (x, y) = (corner.0 + shape.at.0, corner.1 + shape.at.1);
        let (width, height) = shape.size;
        let class = shape.node.class();
        let here = shape
            .node
            .step()
            .is_some_and(|step| self.look.here.contains(&step));
        let here = if here { " hms-diagram__node--here" } else { "" };
        self.write(format_args!(
            "<g class=\"hms-diagram__node hms-diagram__node--{class}{here}\">"
        ));
        match class {
            "switch" | "wait" => {
                let (right, middle, bottom) = (x + width, y + height / 2.0, y + height);
                let corners = [
                    (x + POINTED, y),
                    (right - POINTED, y),
                    (right, middle),
                    (right - POINTED, bottom),
                    (x + POINTED, bottom),
                    (x, middle),
                ];
                let corners: Vec<String> = corners.into_iter().map(point).collect();
                self.write(format_args!("<path d=\"M{} Z\"/>", corners.join(" L")));
            }
            _ => {
                let round = match class {
                    "start" | "end" => height / 2.0,
                    _ => 6.0,
                };
                self.rectangle("", (x, y), shape.size, round);
            }
        }
        if matches!(class, "ai" | "human" | "svc") {
            self.rectangle(
                "hms-diagram__band",
                (x + 4.0, y + 6.0),
                (4.0, height - 12.0),
                2.0,
            );
        }
        self.lines(&shape.lines, shape, (x, y));
        for (name, at, placed) in &shape.inside {
            let head = if name.is_some() { LIST_HEAD } else { LIST_PAD };
            let frame = (
                placed.size.0 + 2.0 * LIST_PAD,
                placed.size.1 + head + LIST_PAD,
            );
            let left = (x + at.0 - LIST_PAD, y + at.1 - head);
            self.rectangle("hms-diagram__list", left, frame, 4.0);
            if let Some(name) = name {
                let middle = left.0 + frame.0 / 2.0;
                self.words(name, "branch", (middle, left.1 + 15.0));
            }
            self.placed(placed, (x + at.0, y + at.1));
        }
        let open = shape.node.step().and_then(|step| self.look.open.get(step));
        if let Some(open) = open.copied().filter(|open| *open > 0) {
            let text = counted(open);
            let wide = 14.0 + 8.0 * text.len() as f64;
            let left = (x + width - wide + 8.0, y - 10.0);
            self.rectangle("hms-diagram__open", left, (wide, 20.0), 10.0);
            self.words(&text, "count", (left.0 + wide / 2.0, y + 4.5));
        }
        self.text.push_str("</g>");
    }

    /// The words of a shape, in its middle, above the lists inside.
    fn lines(&mut self, lines: &[Line], shape: &Shape<'_, '_>, (x, y): Point) {
        let middle = x + shape.size.0 / 2.0;
        let mut baseline = y + 9.0;
        for line in lines {
            baseline += line.height();
            self.words(&line.text, line.manner.class(), (middle, baseline - 5.0));
        }
    }

    fn words(&mut self, text: &str, class: &str, at: Point) {
        self.write(format_args!(
            "<text class=\"hms-diagram__{class}\" text-anchor=\"middle\" x=\"{}\" y=\"{}\">{}</text>",
            number(at.0),
            number(at.1),
            escaped(text)
        ));
    }

    fn rectangle(&mut self, class: &str, at: Point, size: Point, round: f64) {
        let class = match class {
            "" => String::new(),
            class => format!("class=\"{class}\" "),
        };
        self.write(format_args!(
            "<rect {class}x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"{}\"/>",
            number(at.0),
            number(at.1),
            number(size.0),
            number(size.1),
            number(round)
        ));
    }
}

/// A line through points that is upright at each, so that it bends between them.
fn curve(points: &[Point], end: Point) -> String {
    let mut line = String::new();
    let mut from: Option<Point> = None;
    for to in points.iter().copied().chain([end]) {
        let straight = |from: Point| (from.0 - to.0).abs() < 0.05 || (from.1 - to.1).abs() < 0.05;
        match from {
            None => line += &format!("M{}", point(to)),
            Some(from) if straight(from) => line += &format!(" L{}", point(to)),
            Some(from) => {
                let middle = f64::midpoint(from.1, to.1);
                line += &format!(
                    " C{} {} {}",
                    point((from.0, middle)),
                    point((to.0, middle)),
                    point(to)
                );
            }
        }
        from = Some(to);
    }
    line
}

fn point((x, y): Point) -> String {
    format!("{},{}", number(x), number(y))
}

/// A tenth of a pixel is enough.
fn number(number: f64) -> String {
    let text = format!("{number:.1}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn squeezed(css: &str) -> String {
    css.lines().map(str::trim).collect()
}

/// As text in XML. What XML cannot hold at all becomes a question mark.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => escaped.push('?'),
            c => escaped.push(c),
        }
    }
    escaped
}

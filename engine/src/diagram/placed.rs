use super::graph::{Edge, Graph, Manner, Node};
use super::layers::{Chain, Layers, Link, Size, layers};
use super::places::{Places, places};
use super::words::{self, Line, Written};

/// A graph with everything at its place, from its own upper left corner.
pub(super) struct Placed<'g, 'w> {
    pub(super) size: Size,
    pub(super) shapes: Vec<Shape<'g, 'w>>,
    pub(super) ways: Vec<Way<'g>>,
}

/// A node at its place.
pub(super) struct Shape<'g, 'w> {
    pub(super) node: &'g Node<'w>,
    pub(super) lines: Vec<Line>,
    /// The upper left corner.
    pub(super) at: Point,
    pub(super) size: Size,
    /// The lists inside, each with its name and its upper left corner inside the shape.
    pub(super) inside: Vec<(Option<&'w str>, Point, Placed<'g, 'w>)>,
}

/// A way at its place.
pub(super) struct Way<'g> {
    /// From its beginning to its end; it comes and goes upright at each.
    pub(super) points: Vec<Point>,
    /// The label and its middle.
    pub(super) label: Option<(&'g str, Point)>,
    pub(super) manner: Manner,
}

pub(super) type Point = (f64, f64);

/// Around the words of a shape.
const PAD: Size = (14.0, 9.0);
const WIDTH_MIN: f64 = 84.0;
/// The points of a switch stand out so far.
pub(super) const POINTED: f64 = 16.0;
/// A list inside: around it, and above it for its name.
pub(super) const LIST_PAD: f64 = 12.0;
pub(super) const LIST_HEAD: f64 = 22.0;
/// The end of a list inside another.
const DOT: f64 = 12.0;
/// A way from a step to itself leaves so far to the side.
const LOOP: f64 = 26.0;
/// Between the beginnings of ways that leave one shape.
const PORT: f64 = 26.0;

impl<'g, 'w> Placed<'g, 'w> {
    /// Lays out a graph, the lists inside its nodes first.
    pub(super) fn of(graph: &'g Graph<'w>, language: &str) -> Placed<'g, 'w> {
        let mut shapes: Vec<Shape<'g, 'w>> = graph
            .nodes
            .iter()
            .map(|node| Shape::of(node, language))
            .collect();
        let mut sizes: Vec<Size> = shapes.iter().map(|shape| shape.size).collect();
        for edge in graph.edges.iter().filter(|edge| edge.from == edge.to) {
            // On both sides, so that the shape stays in the middle of its place.
            sizes[edge.from].0 += 2.0 * (LOOP + words::width(&edge.label, Written::Small.size()));
        }
        let links: Vec<Link> = graph.edges.iter().map(link).collect();
        let layers = layers(&sizes, &links);
        let places = places(&layers);
        for (at, shape) in shapes.iter_mut().enumerate() {
            let (top, bottom) = places.layers[layers.spots[at].layer];
            shape.at = (
                places.x[at] - shape.size.0 / 2.0,
                f64::midpoint(top, bottom) - shape.size.1 / 2.0,
            );
        }
        let ports = ports(&shapes, &layers, &places);
        let ways = graph.edges.iter().zip(&layers.chains).zip(ports);
        let ways = ways
            .map(|((edge, chain), port)| way(edge, chain, port, &shapes, &layers, &places))
            .collect();
        Placed {
            size: (places.width, places.height),
            shapes,
            ways,
        }
    }
}

fn link(edge: &Edge) -> Link {
    let small = Written::Small.size();
    Link {
        from: edge.from,
        to: edge.to,
        label: (!edge.label.is_empty())
            .then(|| (words::width(&edge.label, small) + 8.0, small + 4.0)),
    }
}

impl<'g, 'w> Shape<'g, 'w> {
    fn of(node: &'g Node<'w>, language: &str) -> Shape<'g, 'w> {
        let lines = node.lines(language);
        let text: Size = (
            lines.iter().map(Line::width).fold(0.0, f64::max),
            lines.iter().map(Line::height).sum(),
        );
        let mut size = ((text.0 + 2.0 * PAD.0).max(WIDTH_MIN), text.1 + 2.0 * PAD.1);
        match node.class() {
            "switch" | "wait" => size.0 += 2.0 * POINTED,
            "end" if lines.is_empty() => size = (DOT, DOT),
            _ => {}
        }
        let mut inside = Vec::new();
        if !node.inside.is_empty() {
            let (mut right, mut bottom) = (LIST_PAD, 0.0f64);
            for (name, graph) in &node.inside {
                let placed = Placed::of(graph, language);
                let named = name.map_or(0.0, |name| words::width(name, 13.0) + 2.0 * LIST_PAD);
                let width = (placed.size.0 + 2.0 * LIST_PAD).max(named);
                let shift = (width - placed.size.0) / 2.0;
                let head = if name.is_some() { LIST_HEAD } else { LIST_PAD };
                bottom = bottom.max(head + placed.size.1 + LIST_PAD);
                inside.push((*name, (right + shift, size.1 + head), placed));
                right += width + LIST_PAD;
            }
            let spare = (size.0 - right).max(0.0) / 2.0;
            inside.iter_mut().for_each(|(_, at, _)| at.0 += spare);
            size = (size.0.max(right), size.1 + bottom + LIST_PAD);
        }
        Shape {
            node,
            lines,
            at: (0.0, 0.0),
            size,
            inside,
        }
    }

    fn bottom(&self) -> f64 {
        self.at.1 + self.size.1
    }
}

/// Where each way leaves the lower side of its upper shape: side by side, in the order in which they
/// go on.
fn ports(shapes: &[Shape<'_, '_>], layers: &Layers, places: &Places) -> Vec<f64> {
    let mut ports = vec![0.0; layers.chains.len()];
    for (node, shape) in shapes.iter().enumerate() {
        let mut out: Vec<(f64, usize)> = layers
            .chains
            .iter()
            .enumerate()
            .filter(|(_, chain)| chain.spots.first() == Some(&node))
            .map(|(at, chain)| (places.x[chain.spots[1]], at))
            .collect();
        out.sort_by(|(a, _), (b, _)| a.total_cmp(b));
        let between = match out.len() {
            0 | 1 => 0.0,
            count => PORT.min((shape.size.0 - 2.0 * POINTED - 8.0).max(0.0) / (count - 1) as f64),
        };
        let half = (out.len().saturating_sub(1)) as f64 / 2.0;
        for (place, (_, at)) in out.into_iter().enumerate() {
            ports[at] = places.x[node] + (place as f64 - half) * between;
        }
    }
    ports
}

fn way<'g>(
    edge: &'g Edge,
    chain: &Chain,
    port: f64,
    shapes: &[Shape<'_, '_>],
    layers: &Layers,
    places: &Places,
) -> Way<'g> {
    let text = (!edge.label.is_empty()).then_some(edge.label.as_str());
    let [first, between @ .., last] = chain.spots.as_slice() else {
        return around(edge, text, &shapes[edge.from]);
    };
    let shape = &shapes[*first];
    let layer = |spot: usize| places.layers[layers.spots[spot].layer];
    let mut points = vec![(port, shape.bottom()), (port, layer(*first).1)];
    let mut label = None;
    for spot in between {
        let (top, bottom) = layer(*spot);
        let (x, middle) = (places.x[*spot], f64::midpoint(top, bottom));
        if chain.label == Some(*spot) {
            let half = layers.spots[*spot].size.1 / 2.0;
            points.extend([(x, middle - half), (x, middle + half)]);
            label = text.map(|text| (text, (x, middle)));
        } else if layers.spots[*spot].layer.is_multiple_of(2) {
            points.extend([(x, top), (x, bottom)]);
        } else {
            points.push((x, middle));
        }
    }
    let x = places.x[*last];
    points.extend([(x, layer(*last).0), (x, shapes[*last].at.1)]);
    points.dedup_by(|a, b| (a.0 - b.0).abs() + (a.1 - b.1).abs() < 0.1);
    if chain.up {
        points.reverse();
    }
    Way {
        points,
        label,
        manner: edge.manner,
    }
}

/// A way from a step to itself: out to the right and back.
fn around<'g>(edge: &'g Edge, text: Option<&'g str>, shape: &Shape<'_, '_>) -> Way<'g> {
    let right = shape.at.0 + shape.size.0;
    let (low, high) = (
        shape.at.1 + shape.size.1 * 0.75,
        shape.at.1 + shape.size.1 * 0.25,
    );
    let out = right + LOOP * 0.6;
    let width = words::width(&edge.label, Written::Small.size());
    Way {
        points: vec![(right, low), (out, low), (out, high), (right, high)],
        label: text.map(|text| (text, (out + 4.0 + width / 2.0, f64::midpoint(low, high)))),
        manner: edge.manner,
    }
}

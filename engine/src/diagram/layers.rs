//! Layers: each node stands below those that lead to it, and the order in a layer keeps ways from
//! crossing (Sugiyama, Tagawa and Toda 1981: layers by the longest way, sweeps by the mean place of
//! the neighbours).
//!
//! Nodes stand in the even layers. A way passes every layer between its ends at a bend of its own; its
//! label takes the place of the bend in the first odd layer, so labels lie on nothing.

/// Width and height, in pixels.
pub(super) type Size = (f64, f64);

/// A way from one node to another and the size of its label.
pub(super) struct Link {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) label: Option<Size>,
}

/// A node, or what a way passes a layer at.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spot {
    pub(super) layer: usize,
    pub(super) size: Size,
    /// A way passes here, and nothing else is.
    pub(super) is_bend: bool,
}

/// What stands where: the nodes come first among the spots, in their own order.
pub(super) struct Layers {
    pub(super) spots: Vec<Spot>,
    /// The spots of each layer, from left to right.
    pub(super) order: Vec<Vec<usize>>,
    /// Each way's spots, from the upper end to the lower.
    pub(super) chains: Vec<Chain>,
}

/// The way of a link through the layers.
pub(super) struct Chain {
    pub(super) spots: Vec<usize>,
    /// Which of the spots is the label's.
    pub(super) label: Option<usize>,
    /// The link leads up: it closes a circle.
    pub(super) up: bool,
}

/// How often the layers are gone through to find a better order.
const SWEEPS: usize = 12;
/// How wide a bend is.
const BEND: f64 = 10.0;

/// Puts nodes into layers. Links from a node to itself take no part and give an empty chain.
pub(super) fn layers(sizes: &[Size], links: &[Link]) -> Layers {
    let up = links_up(sizes.len(), links);
    let level = levels(sizes.len(), links, &up);
    let nodes = sizes.iter().zip(&level).map(|(size, level)| Spot {
        layer: level * 2,
        size: *size,
        is_bend: false,
    });
    let mut spots: Vec<Spot> = nodes.collect();
    let mut chains = Vec::with_capacity(links.len());
    for (link, up) in links.iter().zip(&up) {
        let (mut top, mut bottom) = (link.from, link.to);
        if *up {
            std::mem::swap(&mut top, &mut bottom);
        }
        let mut chain = Chain {
            spots: Vec::new(),
            label: None,
            up: *up,
        };
        if top != bottom {
            chain.spots.push(top);
            for layer in spots[top].layer + 1..spots[bottom].layer {
                let label = link.label.filter(|_| chain.label.is_none());
                if label.is_some() {
                    chain.label = Some(spots.len());
                }
                chain.spots.push(spots.len());
                spots.push(Spot {
                    layer,
                    size: label.unwrap_or((BEND, 0.0)),
                    is_bend: label.is_none(),
                });
            }
            chain.spots.push(bottom);
        }
        chains.push(chain);
    }
    let count = spots.iter().map(|spot| spot.layer + 1).max().unwrap_or(0);
    let mut order = vec![Vec::new(); count];
    for (at, spot) in spots.iter().enumerate() {
        order[spot.layer].push(at);
    }
    let mut layers = Layers {
        spots,
        order,
        chains,
    };
    layers.untangle();
    layers
}

/// Which links close a circle, gone through from the first node on.
fn links_up(nodes: usize, links: &[Link]) -> Vec<bool> {
    #[derive(Clone, Copy, PartialEq)]
    enum Mark {
        New,
        OnPath,
        Done,
    }
    let mut out = vec![Vec::new(); nodes];
    for (at, link) in links.iter().enumerate() {
        out[link.from].push(at);
    }
    let mut up = vec![false; links.len()];
    let mut marks = vec![Mark::New; nodes];
    for root in 0..nodes {
        if marks[root] != Mark::New {
            continue;
        }
        marks[root] = Mark::OnPath;
        // The path from the root: each node, and how many of its links were taken.
        let mut path = vec![(root, 0)];
        while let Some((at, taken)) = path.last_mut() {
            let Some(link) = out[*at].get(*taken).copied() else {
                marks[*at] = Mark::Done;
                path.pop();
                continue;
            };
            *taken += 1;
            let to = links[link].to;
            match marks[to] {
                Mark::OnPath => up[link] = true,
                Mark::Done => {}
                Mark::New => {
                    marks[to] = Mark::OnPath;
                    path.push((to, 0));
                }
            }
        }
    }
    up
}

/// How many nodes stand above each, at most.
fn levels(nodes: usize, links: &[Link], up: &[bool]) -> Vec<usize> {
    let down = || {
        let links = links.iter().zip(up);
        links
            .filter(|(link, _)| link.from != link.to)
            .map(|(link, up)| match up {
                true => (link.to, link.from),
                false => (link.from, link.to),
            })
    };
    let mut above = vec![0usize; nodes];
    let mut below = vec![Vec::new(); nodes];
    for (from, to) in down() {
        above[to] += 1;
        below[from].push(to);
    }
    let mut level = vec![0; nodes];
    let mut free: Vec<usize> = (0..nodes).filter(|node| above[*node] == 0).collect();
    while let Some(node) = free.pop() {
        for to in &below[node] {
            level[*to] = level[*to].max(level[node] + 1);
            above[*to] -= 1;
            if above[*to] == 0 {
                free.push(*to);
            }
        }
    }
    level
}

impl Layers {
    /// The spots each spot is joined with, in the layer above and in the layer below.
    pub(super) fn neighbours(&self) -> (Vec<Vec<usize>>, Vec<Vec<usize>>) {
        let mut above = vec![Vec::new(); self.spots.len()];
        let mut below = vec![Vec::new(); self.spots.len()];
        for chain in &self.chains {
            for pair in chain.spots.windows(2) {
                below[pair[0]].push(pair[1]);
                above[pair[1]].push(pair[0]);
            }
        }
        (above, below)
    }

    /// Orders each layer by where its neighbours stand, down and up again, and keeps the best.
    fn untangle(&mut self) {
        let (above, below) = self.neighbours();
        let mut best = (self.crossings(&below), self.order.clone());
        for sweep in 0..SWEEPS {
            let layers: Vec<usize> = match sweep % 2 {
                0 => (1..self.order.len()).collect(),
                _ => (0..self.order.len().saturating_sub(1)).rev().collect(),
            };
            let neighbours = if sweep % 2 == 0 { &above } else { &below };
            for layer in layers {
                self.sort(layer, neighbours);
            }
            let crossings = self.crossings(&below);
            if crossings < best.0 {
                best = (crossings, self.order.clone());
            }
            if best.0 == 0 {
                break;
            }
        }
        self.order = best.1;
    }

    fn sort(&mut self, layer: usize, neighbours: &[Vec<usize>]) {
        let place = self.places();
        let mut spots: Vec<(f64, usize)> = self.order[layer]
            .iter()
            .map(|spot| {
                let near = &neighbours[*spot];
                let sum: usize = near.iter().map(|spot| place[*spot]).sum();
                match near.len() {
                    0 => (place[*spot] as f64, *spot),
                    count => (sum as f64 / count as f64, *spot),
                }
            })
            .collect();
        // Stable: among equals the order stays.
        spots.sort_by(|(a, _), (b, _)| a.total_cmp(b));
        self.order[layer] = spots.into_iter().map(|(_, spot)| spot).collect();
    }

    /// Where each spot stands in its layer.
    fn places(&self) -> Vec<usize> {
        let mut place = vec![0; self.spots.len()];
        for layer in &self.order {
            for (at, spot) in layer.iter().enumerate() {
                place[*spot] = at;
            }
        }
        place
    }

    /// How many ways cross between layers: pairs that are in another order below than above.
    fn crossings(&self, below: &[Vec<usize>]) -> usize {
        let place = self.places();
        let mut count = 0;
        for pair in self.order.windows(2) {
            let mut ends: Vec<usize> = Vec::new();
            for spot in &pair[0] {
                let from = ends.len();
                ends.extend(below[*spot].iter().map(|spot| place[*spot]));
                ends[from..].sort_unstable();
            }
            count += inversions(&ends, pair[1].len());
        }
        count
    }
}

/// How many pairs stand in the wrong order, counted with a tree of sums (Fenwick 1994).
fn inversions(ends: &[usize], width: usize) -> usize {
    let mut sums = vec![0usize; width + 1];
    let mut count = 0;
    for (seen, end) in ends.iter().enumerate() {
        // Those seen that do not stand beyond this one.
        let (mut at, mut before) = (end + 1, 0);
        while at > 0 {
            before += sums[at];
            at -= at & at.wrapping_neg();
        }
        count += seen - before;
        let mut at = end + 1;
        while at <= width {
            sums[at] += 1;
            at += at & at.wrapping_neg();
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(nodes: usize, links: &[(usize, usize)]) -> Layers {
        let links: Vec<Link> = links
            .iter()
            .map(|(from, to)| Link {
                from: *from,
                to: *to,
                label: None,
            })
            .collect();
        layers(&vec![(10.0, 10.0); nodes], &links)
    }

    #[test]
    fn every_way_leads_down_but_the_one_that_closes_a_circle() {
        let found = of(4, &[(0, 1), (1, 2), (2, 3), (2, 1), (0, 3), (3, 3)]);
        let levels: Vec<usize> = found.spots[..4].iter().map(|spot| spot.layer).collect();
        assert_eq!(levels, [0, 2, 4, 6]);
        let up: Vec<bool> = found.chains.iter().map(|chain| chain.up).collect();
        assert_eq!(up[..5], [false, false, false, true, false]);
        // From 0 to 3: four layers between, one bend each.
        assert_eq!(found.chains[4].spots.len(), 7);
        assert!(found.chains[5].spots.is_empty());
    }

    #[test]
    fn ways_are_untangled() {
        // Two pairs that cross as they are numbered.
        let found = of(5, &[(0, 1), (0, 2), (1, 4), (2, 3)]);
        let (_, below) = found.neighbours();
        assert_eq!(found.crossings(&below), 0);
    }

    #[test]
    fn inversions_are_counted() {
        for (ends, count) in [
            (vec![0, 1, 2], 0),
            (vec![2, 1, 0], 3),
            (vec![1, 1, 0, 2], 2),
            (vec![], 0),
        ] {
            assert_eq!(inversions(&ends, 3), count, "{ends:?}");
        }
    }
}

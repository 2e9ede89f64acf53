use super::layers::Layers;

/// Between neighbours in a layer, in pixels.
const GAP: f64 = 28.0;
/// The least height of a layer between nodes: ways bend there.
const BETWEEN_MIN: f64 = 40.0;
/// Above and below a label together: a way bends there too.
const ROUND_LABEL: f64 = 40.0;
/// How often the layers are gone through to bring neighbours above each other.
const ROUNDS: usize = 12;
/// The last of them look above and below at once.
const ROUNDS_BOTH: usize = 4;

/// Where everything stands.
pub(super) struct Places {
    /// The middle of each spot.
    pub(super) x: Vec<f64>,
    /// Top and bottom of each layer.
    pub(super) layers: Vec<(f64, f64)>,
    pub(super) width: f64,
    pub(super) height: f64,
}

/// Gives layers their places: each spot as near above and below its neighbours as the others in its
/// layer allow.
pub(super) fn places(layers: &Layers) -> Places {
    let mut x = vec![0.0; layers.spots.len()];
    for layer in &layers.order {
        let mut right = 0.0;
        for spot in layer {
            let width = layers.spots[*spot].size.0;
            x[*spot] = right + width / 2.0;
            right += width + GAP;
        }
    }
    let (above, below) = layers.neighbours();
    for round in 0..ROUNDS {
        let count = layers.order.len();
        let down = round % 2 == 0;
        for step in 0..count {
            let layer = if down { step } else { count - 1 - step };
            let near = |spot: usize| match (round + ROUNDS_BOTH >= ROUNDS, down) {
                (true, _) => [&above[spot], &below[spot]],
                (false, true) => [&above[spot], &above[spot]],
                (false, false) => [&below[spot], &below[spot]],
            };
            settle(layers, &layers.order[layer], near, &mut x);
        }
    }
    let edge = |spot: usize, side: f64| x[spot] + side * layers.spots[spot].size.0 / 2.0;
    let left = (0..x.len())
        .map(|spot| edge(spot, -1.0))
        .fold(f64::MAX, f64::min);
    let right = (0..x.len())
        .map(|spot| edge(spot, 1.0))
        .fold(f64::MIN, f64::max);
    let width = (right - left).max(0.0);
    x.iter_mut().for_each(|x| *x -= left);

    let mut y = 0.0;
    let mut heights = Vec::with_capacity(layers.order.len());
    for (at, layer) in layers.order.iter().enumerate() {
        let spots = layer.iter().map(|spot| layers.spots[*spot].size.1);
        let mut height = spots.fold(0.0, f64::max);
        if at % 2 == 1 {
            height = (height + ROUND_LABEL).max(BETWEEN_MIN);
        }
        heights.push((y, y + height));
        y += height;
    }
    Places {
        x,
        layers: heights,
        width,
        height: y,
    }
}

/// Moves the spots of a layer to the middle of their neighbours, as far as their order and their gaps
/// allow: the places with the least squares of what is missed (pool adjacent violators).
fn settle<'n>(
    layers: &Layers,
    layer: &[usize],
    near: impl Fn(usize) -> [&'n Vec<usize>; 2],
    x: &mut [f64],
) {
    /// Neighbours that want the same place.
    struct Pool {
        wish: f64,
        weight: f64,
        spots: usize,
    }
    let mut pools: Vec<Pool> = Vec::with_capacity(layer.len());
    let mut offsets = Vec::with_capacity(layer.len());
    let mut offset = 0.0;
    for (at, spot) in layer.iter().enumerate() {
        if at > 0 {
            let half = |spot: usize| layers.spots[spot].size.0 / 2.0;
            offset += half(layer[at - 1]) + GAP + half(*spot);
        }
        offsets.push(offset);
        let (mut sum, mut weight) = (0.0, 0.0);
        for other in near(*spot).into_iter().flatten() {
            // A way that is straight where it passes is worth more than a node in the middle.
            let bends = [*spot, *other].into_iter();
            let bends = bends.filter(|spot| layers.spots[*spot].is_bend).count();
            let pull = [1.0, 2.0, 8.0][bends];
            sum += pull * x[*other];
            weight += pull;
        }
        // Where nothing pulls, a spot would rather stay.
        let (wish, weight) = match weight {
            0.0 => (x[*spot], 0.1),
            weight => (sum / weight, weight),
        };
        pools.push(Pool {
            wish: wish - offset,
            weight,
            spots: 1,
        });
        while let [.., before, last] = pools.as_mut_slice()
            && before.wish > last.wish
        {
            let weight = before.weight + last.weight;
            before.wish = (before.wish * before.weight + last.wish * last.weight) / weight;
            before.weight = weight;
            before.spots += last.spots;
            pools.pop();
        }
    }
    let wishes = pools
        .iter()
        .flat_map(|pool| std::iter::repeat_n(pool.wish, pool.spots));
    for ((spot, offset), wish) in layer.iter().zip(offsets).zip(wishes) {
        x[*spot] = wish + offset;
    }
}

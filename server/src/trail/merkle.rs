//! A Merkle tree as RFC 6962 builds it: a leaf and an inner node are hashed apart, so that one is never taken for the
//! other, and no leaf is counted twice.

use sha2::{Digest, Sha256};

use crate::store::chain::Hash;

/// On which side of the way up a neighbour stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Before.
    Left,
    /// After.
    Right,
}

/// The root over leaves; of none it is the hash of nothing.
pub fn root<L: AsRef<[u8]>>(leaves: &[L]) -> Hash {
    match leaves {
        [] => Sha256::digest(b"").into(),
        [leaf] => leaf_hash(leaf.as_ref()),
        more => {
            let (left, right) = more.split_at(half(more.len()));
            node_hash(&root(left), &root(right))
        }
    }
}

/// What it takes to come from one leaf to the root: its neighbours, from the bottom up. None for a leaf that is not
/// there.
pub fn proof<L: AsRef<[u8]>>(leaves: &[L], at: usize) -> Option<Vec<(Side, Hash)>> {
    if at >= leaves.len() {
        return None;
    }
    let (mut rest, mut at, mut path) = (leaves, at, Vec::new());
    while rest.len() > 1 {
        let (left, right) = rest.split_at(half(rest.len()));
        if at < left.len() {
            path.push((Side::Right, root(right)));
            rest = left;
        } else {
            path.push((Side::Left, root(left)));
            at -= left.len();
            rest = right;
        }
    }
    path.reverse();
    Some(path)
}

/// The root that a leaf and its neighbours lead to.
pub fn proven(leaf: &[u8], path: &[(Side, Hash)]) -> Hash {
    path.iter()
        .fold(leaf_hash(leaf), |hash, (side, neighbour)| match side {
            Side::Left => node_hash(neighbour, &hash),
            Side::Right => node_hash(&hash, neighbour),
        })
}

/// The largest power of two below a number of leaves, which are at least two.
fn half(leaves: usize) -> usize {
    1 << (leaves - 1).ilog2()
}

fn leaf_hash(leaf: &[u8]) -> Hash {
    Sha256::new()
        .chain_update([0])
        .chain_update(leaf)
        .finalize()
        .into()
}

fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Sha256::new()
        .chain_update([1])
        .chain_update(left)
        .chain_update(right)
        .finalize()
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::hex;

    #[test]
    fn the_roots_of_rfc_6962() {
        // The test vectors of certificate transparency's reference implementation.
        let leaves: [&[u8]; 8] = [
            b"",
            b"\x00",
            b"\x10",
            b"\x20\x21",
            b"\x30\x31",
            b"\x40\x41\x42\x43",
            b"\x50\x51\x52\x53\x54\x55\x56\x57",
            b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
        ];
        for (size, expected) in [
            (
                0,
                "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            ),
            (
                1,
                "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            ),
            (
                2,
                "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
            ),
            (
                3,
                "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
            ),
            (
                8,
                "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
            ),
        ] {
            assert_eq!(hex(&root(&leaves[..size])), expected, "{size}");
        }
    }

    #[test]
    fn every_leaf_is_proven_by_its_own_neighbours_and_no_other_is() {
        for size in 1..40_usize {
            let leaves: Vec<[u8; 1]> = (0..size).map(|leaf| [leaf as u8]).collect();
            let whole = root(&leaves);
            for (at, leaf) in leaves.iter().enumerate() {
                let path = proof(&leaves, at).unwrap();
                assert_eq!(proven(leaf, &path), whole, "{at} of {size}");
                assert_ne!(proven(&[99], &path), whole);
                for cut in 0..path.len() {
                    let mut other = path.clone();
                    other[cut].1[0] ^= 1;
                    assert_ne!(proven(leaf, &other), whole);
                }
            }
            assert_eq!(proof(&leaves, size), None);
        }
    }
}

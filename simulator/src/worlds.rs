//! Many worlds, one after another on every core, until one fails or there were enough.

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::plot::{Plot, Told};
use crate::world::live;

/// How often something is asked in one world.
pub const ROUNDS: usize = 100;

/// How many worlds to live through.
#[derive(Debug, Clone, Copy)]
pub struct Goal {
    /// Until runs have taken so many commands in all.
    pub transitions: u64,
    /// The seed of the first; the others follow.
    pub first: u64,
}

/// Lives through the worlds that once failed, then through new ones.
///
/// # Errors
///
/// The first world found that fails: its seed, in how few rounds it fails, and what is wrong.
pub fn live_through(goal: Goal) -> Result<Told, String> {
    let kept = kept()?;
    let (next, over) = (AtomicU64::new(0), AtomicBool::new(false));
    let transitions = AtomicU64::new(0);
    let told = Mutex::new(Ok(Told::default()));
    let work = || {
        while !over.load(Ordering::Relaxed) {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let plot = match number.checked_sub(kept.len() as u64) {
                None => kept[number as usize],
                Some(_) if transitions.load(Ordering::Relaxed) >= goal.transitions => return,
                Some(after) => Plot::new(goal.first + after, ROUNDS),
            };
            let lived = live(plot);
            let mut told = told.lock().unwrap();
            match (&mut *told, lived) {
                (Ok(sum), Ok(one)) => {
                    transitions.fetch_add(one.transitions, Ordering::Relaxed);
                    sum.add(&one);
                }
                (Ok(_), Err(error)) => {
                    over.store(true, Ordering::Relaxed);
                    *told = Err((plot, error));
                }
                (Err(_), _) => {}
            }
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(work);
        }
    });
    told.into_inner().unwrap().map_err(|(plot, error)| {
        let (rounds, error) = smallest(plot, error);
        let kept = kept_seeds();
        format!(
            "seed {} fails within {rounds} rounds; keep it in {}:\n{error}",
            plot.seed,
            kept.display()
        )
    })
}

/// The fewest rounds in which a world fails, and what fails then.
fn smallest(plot: Plot, error: String) -> (usize, String) {
    let (mut holds, mut fails, mut told) = (0, plot.rounds, error);
    while fails - holds > 1 {
        let rounds = holds + (fails - holds) / 2;
        match live(Plot { rounds, ..plot }) {
            Ok(_) => holds = rounds,
            Err(error) => (fails, told) = (rounds, error),
        }
    }
    (fails, told)
}

/// The worlds that once failed: a seed and its rounds on each line, and after a `#` what was wrong.
fn kept() -> Result<Vec<Plot>, String> {
    let path = kept_seeds();
    let text = std::fs::read_to_string(&path);
    let text = text.map_err(|error| format!("{}: {error}", path.display()))?;
    let lines = text.lines().map(|line| line.split('#').next().unwrap());
    lines
        .map(str::split_whitespace)
        .filter_map(|mut words| Some((words.next()?, words.next())))
        .map(|(seed, rounds)| {
            let plot = seed.parse().ok().zip(rounds?.parse().ok());
            plot.map(|(seed, rounds)| Plot::new(seed, rounds))
        })
        .map(|plot| plot.ok_or_else(|| format!("{}: no seed and rounds", path.display())))
        .collect()
}

fn kept_seeds() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds.txt")
}

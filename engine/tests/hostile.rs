//! Whatever the text: an error in under a second and in bounded memory. The bounded run of what
//! `engine/fuzz` does without end; seeded, so what fails once fails again.

// Clippy's leave to unwrap in tests does not reach the helpers of tests.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::fs;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use hms_engine::simulation::Script;
use hms_engine::{Workflow, plain_value};
use peak_alloc::PeakAlloc;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// The memory is counted for all threads together, so only one test reads at a time.
static ALONE: Mutex<()> = Mutex::new(());

/// What a compiled program needs. Without optimization, and beside other tests, it takes longer.
const LONGEST: Duration = match cfg!(debug_assertions) {
    true => Duration::from_secs(15),
    false => Duration::from_secs(1),
};
/// Far more than the largest definition needs, and far less than what an alias bomb stands for.
const MEMORY_MAX: usize = 96 * 1024 * 1024;

/// Reads a text as everything it could be. Gives whether it is a definition.
fn read(source: &str) -> bool {
    let before = MEMORY.current_usage();
    MEMORY.reset_peak_usage();
    let begun = Instant::now();
    let parsed = Workflow::parse(source);
    let took = begun.elapsed();
    let used = MEMORY.peak_usage().saturating_sub(before);
    let beginning: String = source.chars().take(200).collect();
    assert!(took < LONGEST, "{took:?} for {beginning:?}");
    assert!(used < MEMORY_MAX, "{used} bytes for {beginning:?}");
    match &parsed {
        Ok(_) => {}
        Err(found) => {
            assert!(!found.is_empty(), "refused without a word: {beginning:?}");
            for one in found {
                assert!(one.place.line >= 1 && one.place.column >= 1 && one.place.length >= 1);
                one.render("hostile.yml", source);
            }
        }
    }
    parsed.is_ok()
}

/// Numbers that look like chance and are the same each time (SplitMix64).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % (below.max(1) as u64)).unwrap()
    }
}

/// The corpus and the shipped definitions.
fn seeds() -> Vec<Vec<u8>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folders = [
        "tests/corpus/right",
        "tests/corpus/suspicious",
        "tests/corpus/wrong",
        "../workflows",
    ];
    let mut files: Vec<_> = folders
        .iter()
        .flat_map(|folder| fs::read_dir(root.join(folder)).expect("the folder is there"))
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "yml"))
        .collect();
    files.sort();
    let read = |path: &std::path::PathBuf| fs::read(path).unwrap();
    let (wrong, right): (Vec<_>, Vec<_>) = files
        .iter()
        .partition(|path| path.to_string_lossy().contains("/wrong/"));
    // As many that load as that do not.
    let times = wrong.len() / right.len() + 1;
    let right = right.iter().copied().cycle().take(right.len() * times);
    right.chain(wrong.iter().copied()).map(read).collect()
}

/// Some bytes changed, taken out, put in, repeated, or taken from another.
fn mutated(seeds: &[Vec<u8>], dice: &mut Dice) -> Vec<u8> {
    const PIECES: [&[u8]; 16] = [
        b"&a ", b"*a", b"- ", b": ", b"{", b"}", b"[", b"]", b"\"", b"'", b"|\n", b"? ", b"!!str ",
        b"---\n", b"\t", b"<<: ",
    ];
    let mut bytes = seeds[dice.roll(seeds.len())].clone();
    for _ in 0..=dice.roll(4) {
        let at = dice.roll(bytes.len() + 1);
        let end = (at + dice.roll(24)).min(bytes.len());
        match dice.roll(6) {
            0 if at < bytes.len() => bytes[at] = u8::try_from(dice.roll(256)).unwrap(),
            1 => drop(bytes.drain(at..end)),
            2 => drop(bytes.splice(at..at, PIECES[dice.roll(PIECES.len())].iter().copied())),
            3 => {
                let part: Vec<u8> = bytes[at..end].repeat(1 + dice.roll(40));
                bytes.splice(at..at, part);
            }
            4 => {
                let other = &seeds[dice.roll(seeds.len())];
                let from = dice.roll(other.len() + 1);
                let to = (from + dice.roll(200)).min(other.len());
                bytes.splice(at..end, other[from..to].iter().copied());
            }
            _ => bytes.truncate(at.max(1)),
        }
    }
    bytes
}

#[test]
fn mutations_of_the_corpus() {
    const CASES: usize = 4_000;
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let seeds = seeds();
    let mut dice = Dice(2026);
    let mut loads = 0;
    for _ in 0..CASES {
        let bytes = mutated(&seeds, &mut dice);
        loads += usize::from(read(&String::from_utf8_lossy(&bytes)));
    }
    // Both are tried: what still loads, and what does not.
    assert!((20..CASES - 20).contains(&loads), "{loads} load");
}

#[test]
fn every_byte_in_every_part() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let parts = ["id: W", "start: E", "steps:", "  - { id: a, actor: AI:x }"];
    for byte in 0..=255u8 {
        let c = char::from(byte);
        for at in 0..parts.len() {
            let mut lines = parts.map(str::to_owned);
            lines[at].push(c);
            read(&lines.join("\n"));
            lines[at] = format!("{c}{}", parts[at]);
            read(&lines.join("\n"));
        }
        read(&c.to_string().repeat(1_000));
    }
}

#[test]
fn files_of_ten_megabytes() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    for piece in [
        "a",
        "\n",
        "[",
        "{a: ",
        "- ",
        "&a ",
        "'",
        "#",
        "? \n",
        "\u{1F600}",
    ] {
        let source = piece.repeat(10 * 1024 * 1024 / piece.len());
        assert!(!read(&source), "{piece:?}");
        assert!(plain_value(&source).is_none());
        assert!(Script::parse(&source, &[]).is_err());
    }
}

#[test]
fn deep_nesting_and_bombs() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let deep = |open: &str, close: &str, times: usize| open.repeat(times) + &close.repeat(times);
    let blocks: String = (0..400)
        .map(|depth| format!("{:1$}- \n", "", depth))
        .collect();
    let mut bomb = "a: &a [x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..30 {
        let (last, next) = (level - 1, level);
        let name = |n: i32| {
            if n == 0 {
                "a".to_owned()
            } else {
                format!("a{n}")
            }
        };
        let uses = vec![format!("*{}", name(last)); 8].join(", ");
        bomb += &format!("{0}: &{0} [{uses}]\n", name(next));
    }
    for source in [
        deep("[", "]", 100_000),
        deep("{a: ", "}", 50_000),
        deep("- ", "", 100_000),
        blocks,
        bomb,
        "&a ".repeat(50_000),
        format!(
            "a: &a {}\nb: [{}]\n",
            "x".repeat(60_000),
            "*a,".repeat(20_000)
        ),
    ] {
        assert!(!read(&source));
    }
}

#[test]
fn expressions() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let nested = |open: &str, inner: &str, close: &str, times: usize| {
        open.repeat(times) + inner + &close.repeat(times)
    };
    let macros = (0..20).fold("payload".to_owned(), |inner, n| {
        format!("{inner}.map(x{n}, x{n})")
    });
    for expression in [
        nested("(", "1", ")", 900),
        nested("[", "", "]", 900),
        nested("{'a':", "1", "}", 300),
        nested("!", "true", "", 1_900),
        nested("-", "1", "", 1_900),
        nested("true ? ", "1", " : 2", 150),
        nested("payload.all(x, ", "true", ")", 120),
        vec!["1"; 900].join("+"),
        vec!["a"; 900].join("."),
        macros,
        "'".to_owned() + &"\\u00e9".repeat(300),
        "\u{0}".to_owned(),
    ] {
        let quoted = serde_json::to_string(&expression).unwrap();
        read(&format!(
            "id: W\nstart: E\nsteps:\n  - {{ id: s, type: switch, expr: {quoted}, cases: {{ x: end }} }}\n"
        ));
    }
}

use proptest::prelude::*;

use super::{Kind, LADDERS, lists, unwind, write};

/// A definition, and another version of it: some of its steps are written otherwise, some are new or
/// gone, and all may have other names.
pub(crate) fn versions() -> impl Strategy<Value = [String; 2]> {
    let dice = prop::collection::vec(any::<u32>(), 0..60);
    (lists(2, 7), dice, any::<bool>()).prop_map(|(kinds, dice, renamed)| {
        let mut edited = kinds.clone();
        edit(&mut edited, &mut dice.into_iter());
        let prefix = if renamed { "t" } else { "s" };
        [text(&kinds, "s"), text(&edited, prefix)]
    })
}

/// A definition of these steps, whose ids begin with a letter of their own.
pub(super) fn text(kinds: &[Kind], prefix: &str) -> String {
    let mut text = String::from("id: W\nstart: E\nkey: payload.n\nsteps:\n");
    write(kinds, prefix, 2, &mut text);
    text
}

/// Most steps stay as they are, or runs would seldom find their place.
fn edit(kinds: &mut Vec<Kind>, dice: &mut impl Iterator<Item = u32>) {
    for kind in kinds.iter_mut() {
        let Some(die) = dice.next() else { return };
        match kind {
            Kind::Task {
                actor,
                sla,
                ladder,
                retry,
                timeout,
                input,
                ..
            } => match die % 12 {
                0 => *sla = None,
                1 | 2 => {
                    *sla = sla
                        .take()
                        .or(Some((0, None)))
                        .map(|(_, to)| (die % 2_000 + 1, to))
                }
                3 => *sla = sla.take().map(|(within, to)| (within, to.xor(Some(1)))),
                4 | 5 => *ladder = LADDERS[die as usize / 12 % LADDERS.len()],
                6 if !actor.starts_with("HUMAN") => *timeout = Some(die % 200 + 1),
                7 if !actor.starts_with("HUMAN") => *retry = Some(die % 4 + 1),
                8 => {
                    *input = if input.is_empty() {
                        "{ n: payload.n }"
                    } else {
                        ""
                    }
                }
                9 => {
                    *actor = match *actor {
                        "AI:a" => "AI:b",
                        "HUMAN:h" => "HUMAN:i",
                        "SVC:s" => "SVC:t",
                        other => other,
                    }
                }
                10 if die % 5 == 0 => *kind = Kind::End,
                _ => {}
            },
            Kind::Wait { what, sla, .. } => match die % 4 {
                0 if what.starts_with("for") => *what = "for: 200s",
                0 if what.starts_with("event") => *what = "event: Other",
                1 if what.starts_with("event") => {
                    *sla = sla.take().xor(Some((die % 500 + 1, 0)));
                }
                2 if what.starts_with("until: \"") => *what = "until: \"'2024-05-14T10:30:00Z'\"",
                _ => {}
            },
            Kind::Parallel { branches, join, .. } => {
                let begun = branches.len();
                branches.iter_mut().for_each(|steps| edit(steps, dice));
                match die % 8 {
                    0 | 1 => *join = die as usize / 8 % begun + 1,
                    2 => branches.push(vec![Kind::End]),
                    _ => {}
                }
            }
            Kind::Foreach { steps, at_once, .. } => {
                edit(steps, dice);
                if die % 3 == 0 {
                    *at_once = Some(die as usize % 4 + 1);
                }
            }
            Kind::Call { .. } | Kind::Switch { .. } | Kind::End => {}
        }
    }
    match dice.next().unwrap_or(0) % 10 {
        1 => kinds.push(Kind::End),
        2 if kinds.len() > 1 => {
            kinds.pop();
        }
        _ => {}
    }
    unwind(kinds);
}

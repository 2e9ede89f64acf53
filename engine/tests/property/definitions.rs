use proptest::prelude::*;

/// Where a step leads, by a number that is taken modulo what there is.
type Target = usize;

#[derive(Debug, Clone)]
enum Kind {
    Task {
        actor: &'static str,
        sla: Option<(u32, Option<Target>)>,
        on_complete: Option<Target>,
        retry: Option<u32>,
        timeout: Option<u32>,
        on_error: Option<Target>,
        outcomes: Vec<Target>,
        input: &'static str,
    },
    End,
    Switch {
        expr: &'static str,
        cases: Vec<Target>,
        default: Option<Target>,
    },
}

/// Definitions of one to seven steps that load: loops, dead ends by incident and all.
pub(crate) fn definitions() -> impl Strategy<Value = String> {
    prop::collection::vec(kinds(), 1..8).prop_map(|mut kinds| {
        unwind(&mut kinds);
        write(&kinds)
    })
}

fn kinds() -> impl Strategy<Value = Kind> {
    let sla = prop::option::of((1..2_000u32, prop::option::of(any::<Target>())));
    let task = (
        prop::sample::select(vec!["AI:a", "HUMAN:h", "SVC:s"]),
        sla,
        prop::option::of(any::<Target>()),
        prop::option::of(1..5u32),
        prop::option::of(1..200u32),
        prop::option::of(any::<Target>()),
        prop::collection::vec(any::<Target>(), 0..3),
        prop::sample::select(vec![
            "",
            "",
            "",
            "",
            "",
            "{ n: payload.n }",
            "{ n: [run.key, result.n] }",
        ]),
    )
        .prop_map(
            |(actor, sla, on_complete, retry, timeout, on_error, mut outcomes, input)| {
                let person = actor == "HUMAN:h";
                if !person {
                    outcomes.clear();
                }
                Kind::Task {
                    actor,
                    sla,
                    on_complete: on_complete.filter(|_| outcomes.is_empty()),
                    retry: retry.filter(|_| !person),
                    timeout: timeout.filter(|_| !person),
                    on_error,
                    outcomes,
                    input,
                }
            },
        );
    let switch = (
        prop::sample::select(vec![
            "result.n",
            "payload.n",
            "result",
            "has(result.n) ? result.n : 7",
        ]),
        prop::collection::vec(any::<Target>(), 1..4),
        prop::option::of(any::<Target>()),
    )
        .prop_map(|(expr, cases, default)| Kind::Switch {
            expr,
            cases,
            default,
        });
    prop_oneof![12 => task, 8 => switch, 1 => Just(Kind::End)]
}

/// A target's place among the steps; none is the end.
fn place(target: Target, steps: usize) -> Option<usize> {
    Some(target % (steps + 1)).filter(|at| *at < steps)
}

/// No switch leads back to a switch, so no circle is without a task.
fn unwind(kinds: &mut [Kind]) {
    let steps = kinds.len();
    let switches: Vec<bool> = kinds
        .iter()
        .map(|kind| matches!(kind, Kind::Switch { .. }))
        .collect();
    for (at, kind) in kinds.iter_mut().enumerate() {
        if let Kind::Switch { cases, default, .. } = kind {
            for target in cases.iter_mut().chain(default) {
                if place(*target, steps).is_some_and(|to| to <= at && switches[to]) {
                    *target = steps;
                }
            }
        }
    }
}

fn targets(kinds: &[Kind], at: usize) -> Vec<Option<usize>> {
    let place = |target: &Target| place(*target, kinds.len());
    match &kinds[at] {
        Kind::Task {
            sla,
            on_complete,
            on_error,
            outcomes,
            ..
        } => {
            let next = Some(at + 1).filter(|next| *next < kinds.len());
            let complete = on_complete.as_ref().map_or(next, place);
            let timeout = sla.as_ref().and_then(|(_, to)| to.as_ref()).map(place);
            let complete = [complete].into_iter().filter(|_| outcomes.is_empty());
            let answered = outcomes.iter().chain(on_error).map(place);
            complete.chain(timeout).chain(answered).collect()
        }
        Kind::End => Vec::new(),
        Kind::Switch { cases, default, .. } => cases.iter().chain(default).map(place).collect(),
    }
}

/// The definition, without the steps that cannot be reached.
fn write(kinds: &[Kind]) -> String {
    let mut reached = vec![false; kinds.len()];
    let mut open = vec![0];
    while let Some(at) = open.pop() {
        if !std::mem::replace(&mut reached[at], true) {
            open.extend(targets(kinds, at).into_iter().flatten());
        }
    }
    let named = |target: &Target| match place(*target, kinds.len()) {
        Some(at) => format!("s{at}"),
        None => "end".into(),
    };
    let mut text = String::from("id: W\nstart: E\nkey: payload.n\nsteps:\n");
    for (at, kind) in kinds.iter().enumerate().filter(|(at, _)| reached[*at]) {
        text += &format!("  - id: s{at}\n");
        match kind {
            Kind::Task {
                actor,
                sla,
                on_complete,
                retry,
                timeout,
                on_error,
                outcomes,
                input,
            } => {
                text += &format!("    actor: {actor}\n");
                if let Some((seconds, on_timeout)) = sla {
                    text += &format!("    sla: {seconds}s\n");
                    if let Some(to) = on_timeout {
                        text += &format!("    on_timeout: {}\n", named(to));
                    }
                }
                if let Some(to) = on_complete {
                    text += &format!("    on_complete: {}\n", named(to));
                }
                if let Some(attempts) = retry {
                    text += &format!("    retry: {attempts}\n");
                }
                if let Some(seconds) = timeout {
                    text += &format!("    timeout: {seconds}s\n");
                }
                if let Some(to) = on_error {
                    text += &format!("    on_error: {}\n", named(to));
                }
                for (to, (head, outcome)) in outcomes
                    .iter()
                    .zip([("    outcomes:\n", "reject"), ("", "approve")])
                {
                    text += &format!("{head}      {outcome}: {}\n", named(to));
                }
                if !input.is_empty() {
                    text += &format!("    input: {input}\n");
                }
            }
            Kind::End => {
                text += "    type: end\n    outcome: over\n    result: { n: payload.n }\n";
            }
            Kind::Switch {
                expr,
                cases,
                default,
            } => {
                text += &format!("    type: switch\n    expr: \"{expr}\"\n    cases:\n");
                for (case, to) in cases.iter().enumerate() {
                    text += &format!("      {case}: {}\n", named(to));
                }
                if let Some(to) = default {
                    text += &format!("    default: {}\n", named(to));
                }
            }
        }
    }
    text
}

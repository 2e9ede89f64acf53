mod edit;

pub(crate) use edit::versions;
use proptest::prelude::*;

/// What an SLA has besides `within`.
const LADDERS: [&str; 6] = [
    "",
    "",
    "",
    ", accept: 1s",
    ", ladder: [{ at: 1%, priority: high }, { at: 50%, remind: assignee }, { at: 80%, notify: HUMAN:boss }]",
    ", calendar: office, accept: 1s, ladder: [{ at: 100%, notify: HUMAN:boss }, { at: 60%, remind: assignee }]",
];

/// Where a step leads, by a number that is taken modulo what there is.
type Target = usize;

#[derive(Debug, Clone)]
enum Kind {
    Task {
        actor: &'static str,
        sla: Option<(u32, Option<Target>)>,
        ladder: &'static str,
        on_complete: Option<Target>,
        retry: Option<u32>,
        timeout: Option<u32>,
        on_error: Option<Target>,
        outcomes: Vec<Target>,
        input: &'static str,
        /// Whether it says what its answer must be.
        strict: bool,
    },
    Parallel {
        branches: Vec<Vec<Kind>>,
        join: usize,
        on_complete: Option<Target>,
    },
    Foreach {
        items: &'static str,
        steps: Vec<Kind>,
        at_once: Option<usize>,
        on_complete: Option<Target>,
    },
    Wait {
        what: &'static str,
        sla: Option<(u32, Target)>,
        on_complete: Option<Target>,
    },
    Call {
        payload: &'static str,
        on_complete: Option<Target>,
    },
    End,
    Switch {
        expr: &'static str,
        cases: Vec<Target>,
        default: Option<Target>,
    },
}

/// Definitions of one to seven steps, with lists in lists, that load: loops, dead ends by incident
/// and all.
pub(crate) fn definitions() -> impl Strategy<Value = String> {
    lists(2, 7).prop_map(|kinds| edit::text(&kinds, "s"))
}

/// Lists of steps, with lists in them as deep as this.
fn lists(depth: u32, steps_max: usize) -> BoxedStrategy<Vec<Kind>> {
    let kind = match depth {
        0 => kinds().boxed(),
        _ => {
            let branches = prop::collection::vec(lists(depth - 1, 3), 1..4);
            let parallel = (branches, any::<usize>(), prop::option::of(any::<Target>()));
            let parallel = parallel.prop_map(|(branches, join, on_complete)| Kind::Parallel {
                join: join % branches.len() + 1,
                branches,
                on_complete,
            });
            let items = vec![
                "payload.items",
                "payload.items",
                "[result, 2]",
                "[]",
                "payload.n",
            ];
            let foreach = (
                prop::sample::select(items),
                lists(depth - 1, 3),
                prop::option::of(1..4usize),
                prop::option::of(any::<Target>()),
            );
            let foreach = foreach.prop_map(|(items, steps, at_once, on_complete)| Kind::Foreach {
                items,
                steps,
                at_once,
                on_complete,
            });
            prop_oneof![12 => kinds(), 2 => parallel, 2 => foreach, 1 => crowd()].boxed()
        }
    };
    prop::collection::vec(kind, 1..=steps_max)
        .prop_map(|mut kinds| {
            unwind(&mut kinds);
            kinds
        })
        .boxed()
}

/// Lists that wait side by side for one event, the last of them for another, perhaps.
fn crowd() -> impl Strategy<Value = Kind> {
    let whats = [
        "event: Came",
        "event: Came\n    match: event.payload.n == 2",
    ];
    let last = prop::sample::select(whats.to_vec());
    (2..4usize, last).prop_map(move |(join, last)| {
        let wait = |what| Kind::Wait {
            what,
            sla: None,
            on_complete: None,
        };
        let mut branches = vec![vec![wait(whats[0])]; join];
        branches.push(vec![wait(last)]);
        Kind::Parallel {
            branches,
            join,
            on_complete: None,
        }
    })
}

fn kinds() -> impl Strategy<Value = Kind> {
    let sla = prop::option::of((1..2_000u32, prop::option::of(any::<Target>())));
    let task = (
        prop::sample::select(vec!["AI:a", "HUMAN:h", "SVC:s"]),
        (sla, prop::sample::select(LADDERS.to_vec())),
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
        prop::bool::weighted(0.2),
    )
        .prop_map(
            |(
                actor,
                (sla, ladder),
                on_complete,
                retry,
                timeout,
                on_error,
                mut outcomes,
                input,
                strict,
            )| {
                let person = actor == "HUMAN:h";
                if !person {
                    outcomes.clear();
                }
                Kind::Task {
                    actor,
                    sla,
                    ladder,
                    on_complete: on_complete.filter(|_| outcomes.is_empty()),
                    retry: retry.filter(|_| !person),
                    timeout: timeout.filter(|_| !person),
                    on_error,
                    outcomes,
                    input,
                    strict,
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
    let whats = vec![
        "for: 100s",
        "until: \"'2024-05-14T12:00:00Z'\"",
        "until: payload.n",
        "event: Came",
        "event: Came",
        "event: Came\n    match: event.payload.n == 2",
    ];
    let sla = prop::option::of((1..500u32, any::<Target>()));
    let wait = (
        prop::sample::select(whats),
        sla,
        prop::option::of(any::<Target>()),
    );
    let wait = wait.prop_map(|(what, sla, on_complete)| Kind::Wait {
        what,
        sla: sla.filter(|_| what.starts_with("event")),
        on_complete,
    });
    let payloads = vec!["", "{ n: payload.n }", "{ n: result.n }"];
    let call = (
        prop::sample::select(payloads),
        prop::option::of(any::<Target>()),
    );
    let call = call.prop_map(|(payload, on_complete)| Kind::Call {
        payload,
        on_complete,
    });
    prop_oneof![12 => task, 8 => switch, 3 => wait, 2 => call, 1 => Just(Kind::End)]
}

/// A target's place among the steps; none is the end.
fn place(target: Target, steps: usize) -> Option<usize> {
    Some(target % (steps + 1)).filter(|at| *at < steps)
}

/// No step that may not wait leads back to such a step, so no circle is without a task.
fn unwind(kinds: &mut [Kind]) {
    let steps = kinds.len();
    let waits: Vec<bool> = kinds
        .iter()
        .map(|kind| matches!(kind, Kind::Task { .. } | Kind::Wait { .. } | Kind::End))
        .collect();
    for (at, kind) in kinds.iter_mut().enumerate() {
        let targets: Vec<&mut Target> = match kind {
            Kind::Switch { cases, default, .. } => cases.iter_mut().chain(default).collect(),
            Kind::Parallel { on_complete, .. }
            | Kind::Foreach { on_complete, .. }
            | Kind::Call { on_complete, .. } => on_complete.iter_mut().collect(),
            Kind::Task { .. } | Kind::Wait { .. } | Kind::End => Vec::new(),
        };
        for target in targets {
            if place(*target, steps).is_some_and(|to| to <= at && !waits[to]) {
                *target = steps;
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
        Kind::Wait {
            sla, on_complete, ..
        } => {
            let next = Some(at + 1).filter(|next| *next < kinds.len());
            let complete = on_complete.as_ref().map_or(next, place);
            let timeout = sla.as_ref().map(|(_, to)| place(to));
            [complete].into_iter().chain(timeout).collect()
        }
        Kind::Parallel { on_complete, .. }
        | Kind::Foreach { on_complete, .. }
        | Kind::Call { on_complete, .. } => {
            let next = Some(at + 1).filter(|next| *next < kinds.len());
            vec![on_complete.as_ref().map_or(next, place)]
        }
        Kind::Switch { cases, default, .. } => cases.iter().chain(default).map(place).collect(),
    }
}

/// The steps of a list, without those that cannot be reached.
fn write(kinds: &[Kind], prefix: &str, indent: usize, text: &mut String) {
    let mut reached = vec![false; kinds.len()];
    let mut open = vec![0];
    while let Some(at) = open.pop() {
        if !std::mem::replace(&mut reached[at], true) {
            open.extend(targets(kinds, at).into_iter().flatten());
        }
    }
    let named = |target: &Target| match place(*target, kinds.len()) {
        Some(at) => format!("{prefix}{at}"),
        None => "end".into(),
    };
    let pad = " ".repeat(indent);
    for (at, kind) in kinds.iter().enumerate().filter(|(at, _)| reached[*at]) {
        *text += &format!("{pad}- id: {prefix}{at}\n");
        match kind {
            Kind::Task {
                actor,
                sla,
                ladder,
                on_complete,
                retry,
                timeout,
                on_error,
                outcomes,
                input,
                strict,
            } => {
                *text += &format!("{pad}  actor: {actor}\n");
                if let Some((seconds, on_timeout)) = sla {
                    *text += &format!("{pad}  sla: {{ within: {seconds}s{ladder} }}\n");
                    if let Some(to) = on_timeout {
                        *text += &format!("{pad}  on_timeout: {}\n", named(to));
                    }
                }
                if let Some(to) = on_complete {
                    *text += &format!("{pad}  on_complete: {}\n", named(to));
                }
                if let Some(attempts) = retry {
                    *text += &format!("{pad}  retry: {attempts}\n");
                }
                if let Some(seconds) = timeout {
                    *text += &format!("{pad}  timeout: {seconds}s\n");
                }
                if let Some(to) = on_error {
                    *text += &format!("{pad}  on_error: {}\n", named(to));
                }
                for (to, (head, outcome)) in outcomes.iter().zip([
                    (format!("{pad}  outcomes:\n"), "reject"),
                    (String::new(), "approve"),
                ]) {
                    *text += &format!("{head}{pad}    {outcome}: {}\n", named(to));
                }
                if !input.is_empty() {
                    *text += &format!("{pad}  input: {input}\n");
                }
                match (strict, actor.starts_with("HUMAN:")) {
                    (false, _) => {}
                    (true, false) => {
                        let schema = "{ properties: { n: { maximum: 2 } } }";
                        *text += &format!("{pad}  output: {schema}\n");
                    }
                    (true, true) => {
                        let shown = "show_if: answers.outcome == 'approve'";
                        *text += &format!(
                            "{pad}  form: [{{ id: n, type: number, label: N, max: 2, {shown} }}]\n"
                        );
                    }
                }
            }
            Kind::Wait {
                what,
                sla,
                on_complete,
            } => {
                let what = what.replace("\n    ", &format!("\n{pad}  "));
                *text += &format!("{pad}  type: wait\n{pad}  {what}\n");
                if let Some((seconds, to)) = sla {
                    let to = named(to);
                    *text += &format!("{pad}  sla: {seconds}s\n{pad}  on_timeout: {to}\n");
                }
                if let Some(to) = on_complete {
                    *text += &format!("{pad}  on_complete: {}\n", named(to));
                }
            }
            Kind::Call {
                payload,
                on_complete,
            } => {
                *text += &format!("{pad}  type: call\n{pad}  workflow: Other\n");
                if !payload.is_empty() {
                    *text += &format!("{pad}  payload: {payload}\n");
                }
                if let Some(to) = on_complete {
                    *text += &format!("{pad}  on_complete: {}\n", named(to));
                }
            }
            Kind::End => {
                *text += &format!("{pad}  type: end\n{pad}  outcome: over\n");
                *text += &format!("{pad}  result: {{ n: payload.n }}\n");
            }
            Kind::Parallel {
                branches,
                join,
                on_complete,
            } => {
                *text += &format!("{pad}  type: parallel\n{pad}  join: {join}\n");
                if let Some(to) = on_complete {
                    *text += &format!("{pad}  on_complete: {}\n", named(to));
                }
                *text += &format!("{pad}  branches:\n");
                for (branch, kinds) in branches.iter().enumerate() {
                    *text += &format!("{pad}    b{branch}:\n");
                    write(kinds, &format!("{prefix}{at}_{branch}_"), indent + 6, text);
                }
            }
            Kind::Foreach {
                items,
                steps,
                at_once,
                on_complete,
            } => {
                *text += &format!("{pad}  type: foreach\n{pad}  items: \"{items}\"\n");
                *text += &format!("{pad}  as: item_{prefix}{at}\n");
                if let Some(number) = at_once {
                    *text += &format!("{pad}  at_once: {number}\n");
                }
                if let Some(to) = on_complete {
                    *text += &format!("{pad}  on_complete: {}\n", named(to));
                }
                *text += &format!("{pad}  steps:\n");
                write(steps, &format!("{prefix}{at}_"), indent + 4, text);
            }
            Kind::Switch {
                expr,
                cases,
                default,
            } => {
                *text += &format!("{pad}  type: switch\n{pad}  expr: \"{expr}\"\n{pad}  cases:\n");
                for (case, to) in cases.iter().enumerate() {
                    *text += &format!("{pad}    {case}: {}\n", named(to));
                }
                if let Some(to) = default {
                    *text += &format!("{pad}  default: {}\n", named(to));
                }
            }
        }
    }
}

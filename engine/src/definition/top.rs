use std::collections::{BTreeSet, HashMap, HashSet};
use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use super::binding::Binding;
use super::fields::{self, Fields, Word};
use super::list::DraftList;
use super::report::Report;
use super::tree::Node;
use super::{
    call, formula, json_schema, list, names, personal, portal, retention, unchecked, wait,
};
use crate::expression::{Expression, Roots};
use crate::{Calendars, List, Place, Workflow};

/// The keys of the file.
pub(super) const KEYS: &[&str] = &[
    "id",
    "title",
    "description",
    "start",
    "input",
    "key",
    "calendar",
    "portal",
    "personal",
    "retention",
    "steps",
];
/// Most steps in one definition.
const STEPS_MAX: usize = 500;
const TITLE_CHARS_MAX: usize = 200;
const DESCRIPTION_CHARS_MAX: usize = 5_000;

/// The whole file. A workflow comes back only if everything it needs could be read; whether it is
/// without errors is for the report to say.
pub(super) fn read(
    root: &Node,
    source: &str,
    calendars: &Calendars,
    report: &mut Report,
) -> Option<Workflow> {
    let file = Fields::of(root, "a workflow", report)?;
    file.only(KEYS, "a workflow", report);
    let id = file
        .require(
            "id",
            "the workflow",
            "add \"id:\" and a name for it, like id: FTC-Complaint",
            report,
        )
        .and_then(|node| fields::id(node, report));
    let start = file
        .require(
            "start",
            "the workflow",
            "add \"start:\" and the event that starts a run, like start: ComplaintLogged",
            report,
        )
        .and_then(|node| fields::event_name(node, "start", report));
    let title = fields::people_text(file.get("title"), "title", TITLE_CHARS_MAX, report);
    let description = fields::people_text(
        file.get("description"),
        "description",
        DESCRIPTION_CHARS_MAX,
        report,
    );
    let key = file.get("key").and_then(|node| {
        formula::read(node, "key", Roots::PAYLOAD, report).map(|key| key.expression)
    });
    let mut binding = Binding::new(calendars, file.get("calendar"), report);
    let input = file
        .get("input")
        .and_then(|node| json_schema::read(node, "input", report));
    let mut asked = personal::Asked::default();
    let steps = file
        .require(
            "steps",
            "the workflow",
            "add \"steps:\" and under it a list, each step beginning with \"- id:\"",
            report,
        )
        .and_then(|node| {
            let has_key = file.get("key").is_some();
            let list = list::read(node, "steps", Roots::ALL, report)?;
            asked.take(&list);
            steps(
                list,
                node.place,
                (id.as_ref(), has_key),
                &mut binding,
                report,
            )
        });
    let mut found = HashMap::new();
    if let Some(steps) = &steps {
        places(steps, &mut Vec::new(), &mut found);
    }
    let portal = file.get("portal").and_then(|node| {
        let key = key.as_ref().map(Expression::source);
        // Steps that could not be read are told already, and not again by what names them.
        let ids = steps
            .is_some()
            .then(|| found.keys().map(String::as_str).collect());
        portal::read(node, key, ids.as_ref(), report)
    });
    let named = file.get("personal");
    let written_key = key.as_ref().zip(file.get("key").map(|node| node.place));
    let personal = personal::read(named, (portal.as_ref(), written_key), report);
    let retention = file
        .get("retention")
        .and_then(|node| retention::read(node, report));
    asked.check(&personal, report);
    let steps = steps?;
    let mut workflow = Workflow {
        id: id?.text,
        version: version(source),
        start: start?.text,
        title,
        description,
        input,
        key,
        calendars: binding.used(),
        portal,
        personal,
        retention,
        steps,
        source: source.to_owned(),
        places: found,
        awaited: BTreeSet::new(),
        matches: Vec::new(),
    };
    let all = workflow.all_steps();
    let awaited = all.iter().filter_map(|step| step.awaited_event());
    let awaited = awaited.map(str::to_owned).collect();
    let matches = all.iter().filter(|step| step.has_match());
    let matches = matches.map(|step| step.id.clone()).collect();
    (workflow.awaited, workflow.matches) = (awaited, matches);
    Some(workflow)
}

/// The version a text has: its SHA-256 in hex.
pub(super) fn version(source: &str) -> String {
    Sha256::digest(source.as_bytes())
        .iter()
        .fold(String::with_capacity(64), |mut hex, byte| {
            // Writing to a String does not fail.
            let _ = write!(hex, "{byte:02x}");
            hex
        })
}

fn steps(
    mut list: DraftList,
    place: Place,
    (id, has_key): (Option<&Word>, bool),
    binding: &mut Binding<'_>,
    report: &mut Report,
) -> Option<List> {
    let count = list.count();
    if count > STEPS_MAX {
        report.error(
            "HMS009",
            place,
            format!("there are {count} steps, the limit is {STEPS_MAX}"),
            Some("split the definition into several workflows".into()),
        );
        return None;
    }
    binding.bind(&mut list, report);
    names::check(&list, report);
    if !has_key {
        wait::check_matches(&list, report);
    }
    if let Some(id) = id {
        call::check_itself(&list, &id.text, report);
    }
    let mut everywhere = HashSet::new();
    list.ids(&mut everywhere);
    let flows = list.flows(&everywhere, true, report)?;
    if report.errors() == 0 {
        unchecked::check(&list, &flows, report);
    }
    list.finish(&flows)
}

/// Where each step stands, those of lists in lists included.
fn places(list: &List, way: &mut Vec<usize>, found: &mut HashMap<String, Vec<usize>>) {
    for (at, step) in list.steps.iter().enumerate() {
        way.push(at);
        found.insert(step.id.clone(), way.clone());
        for (at, (_, list)) in step.kind.lists().into_iter().enumerate() {
            way.push(at);
            places(list, way, found);
            way.pop();
        }
        way.pop();
    }
}

//! `portal`: what makes a workflow a public service.

use std::collections::{BTreeMap, HashSet};

use hms_forms::Kind;

use super::fields::{self, Fields, Word};
use super::form::{DraftForm, Reader, Rules};
use super::nearest::did_you_mean;
use super::report::Report;
use super::tree::{Node, NodeKind};
use crate::expression::Roots;
use crate::{Portal, PortalPage, Text};

/// The keys of a portal.
pub(super) const KEYS: &[&str] = &["slug", "title", "pages", "statuses", "notify"];
/// The keys of a page.
pub(super) const PAGE_KEYS: &[&str] = &["title", "fields"];
const PAGES_MAX: usize = 20;
const TITLE_CHARS_MAX: usize = 200;
const SLUG_BYTES_MAX: usize = 64;
/// What the report's number is called in the payload when the workflow's `key` says nothing.
const NUMBER: &str = "number";

/// The portal written here. `key` is the workflow's; `steps` are the ids of all its
/// steps, when they could be read.
pub(super) fn read(
    node: &Node,
    key: Option<&str>,
    steps: Option<&HashSet<&str>>,
    report: &mut Report,
) -> Option<Portal> {
    let portal = Fields::of(node, "a portal", report)?;
    portal.only(KEYS, "a portal", report);
    let slug = portal
        .require(
            "slug",
            "the portal",
            "add \"slug:\", the end of its address, like slug: fraud for /report/fraud",
            report,
        )
        .and_then(|node| slug(node, report));
    portal.require(
        "title",
        "the portal",
        "add \"title:\" and what the service is called, like title: Report fraud",
        report,
    );
    let title = fields::people_text(portal.get("title"), "title", TITLE_CHARS_MAX, report);
    let pages = portal
        .require(
            "pages",
            "the portal",
            "add \"pages:\" and what is asked on each: title, fields",
            report,
        )
        .and_then(|node| pages(node, report));
    let statuses = portal
        .get("statuses")
        .map_or_else(BTreeMap::new, |node| statuses(node, steps, report));
    let notify = portal
        .get("notify")
        .and_then(|node| fields::word(node, "notify", NOTIFY_HELP, report));
    if let (Some(notify), Some(pages)) = (&notify, &pages) {
        check_notify(notify, pages, report);
    }
    let pages = pages?;
    // What the key names and nobody is asked for can only be the number.
    let number = key.and_then(named_by).filter(|number| {
        let mut ids = pages.iter().flat_map(|(_, form)| form.ids());
        !ids.any(|id| id == *number)
    });
    let number = number.unwrap_or(NUMBER).to_owned();
    let pages = pages.into_iter().map(|(title, form)| PortalPage {
        title,
        form: form.finish(),
    });
    Some(Portal {
        slug: slug?,
        title,
        pages: pages.collect(),
        statuses,
        notify: notify.map(|word| word.text),
        number,
    })
}

/// A key that is one field of the payload names it: `payload.complaintId`.
fn named_by(key: &str) -> Option<&str> {
    let name = key.trim().strip_prefix("payload.")?;
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    (!name.is_empty() && name.chars().all(plain)).then_some(name)
}

fn slug(node: &Node, report: &mut Report) -> Option<String> {
    const FORM: &str =
        "a slug is of small letters, digits and single dashes between them, at most 64";
    let word = fields::word(node, "slug", FORM, report)?;
    let part = |part: &str| {
        !part.is_empty()
            && part
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
    };
    if word.text.len() > SLUG_BYTES_MAX || !word.text.split('-').all(part) {
        let message = format!("\"{}\" is no slug", fields::clip(&word.text));
        report.error("HMS068", word.place, message, Some(FORM.into()));
        return None;
    }
    Some(word.text)
}

fn pages(node: &Node, report: &mut Report) -> Option<Vec<(Text, DraftForm)>> {
    let items = match &node.kind {
        NodeKind::List(items) if (1..=PAGES_MAX).contains(&items.len()) => items,
        _ => {
            let message = format!(
                "\"pages\" is a list of 1 to {PAGES_MAX} pages, and here is {}",
                match node.len() {
                    0 => node.what().to_owned(),
                    count => format!("{} of {count}", node.what()),
                }
            );
            let help = "write each page like - { title: What happened, fields: […] }";
            report.error("HMS007", node.place, message, Some(help.into()));
            return None;
        }
    };
    let mut reader = Reader::new(Rules {
        taken: &[
            (NUMBER, "the report's number"),
            ("language", "the reporter's language"),
        ],
        asked: &[],
        roots: Roots::ANSWERS,
    });
    // Each is read before any is given up, so all their mistakes are told.
    let pages: Vec<_> = items
        .iter()
        .map(|item| {
            let page = Fields::of(item, "a page", report)?;
            page.only(PAGE_KEYS, "a page", report);
            let help = "add \"title:\" and what the page is about";
            page.require("title", "this page", help, report);
            let title = fields::people_text(page.get("title"), "title", TITLE_CHARS_MAX, report);
            let help = "add \"fields:\" and what is asked";
            let fields = page.require("fields", "this page", help, report)?;
            Some((title, reader.read(fields, "fields", report)?))
        })
        .collect();
    pages.into_iter().collect()
}

fn statuses(
    node: &Node,
    steps: Option<&HashSet<&str>>,
    report: &mut Report,
) -> BTreeMap<String, Text> {
    let mut found = BTreeMap::new();
    let NodeKind::Mapping(entries) = &node.kind else {
        report.error(
            "HMS007",
            node.place,
            format!("\"statuses\" is a mapping, and here is {}", node.what()),
            Some("write steps and words, like statuses: { classify: We read your report }".into()),
        );
        return found;
    };
    for (key, node) in entries {
        if let Some(steps) = steps
            && !steps.contains(key.text.as_str())
        {
            let near = did_you_mean(&key.text, steps.iter().copied());
            report.error(
                "HMS069",
                key.place,
                format!("there is no step \"{}\"", fields::clip(&key.text)),
                Some(near.unwrap_or_else(|| "write the id of a step".into())),
            );
        }
        let words = fields::people_text(Some(node), "status", TITLE_CHARS_MAX, report);
        found.insert(key.text.clone(), words);
    }
    found
}

const NOTIFY_HELP: &str = "write the id of the field that asks for the e-mail address";

fn check_notify(notify: &Word, pages: &[(Text, DraftForm)], report: &mut Report) {
    let kind = pages
        .iter()
        .find_map(|(_, form)| form.kind_of(&notify.text));
    let message = match kind {
        Some(Kind::Email) => return,
        Some(other) => format!(
            "field \"{}\" is of type {}, and messages go to an email",
            notify.text,
            other.as_str()
        ),
        None => format!("there is no field \"{}\"", fields::clip(&notify.text)),
    };
    let ids = pages.iter().flat_map(|(_, form)| form.ids());
    let near = did_you_mean(&notify.text, ids).filter(|_| kind.is_none());
    let help = near.unwrap_or_else(|| NOTIFY_HELP.into());
    report.error("HMS069", notify.place, message, Some(help));
}

use std::collections::HashMap;

use granit_parser::{Event, Parser, Span, Tag};

use super::report::Report;
use super::tree::{Key, Node, NodeKind, Scalar};
use crate::Place;

/// Longest definition, in bytes.
const SOURCE_BYTES_MAX: usize = 256 * 1024;
/// Deepest nesting of lists and mappings.
const DEPTH_MAX: usize = 32;
/// Most values in one definition, each use of an alias counted again: a few lines of aliases to
/// aliases could otherwise stand for gigabytes.
const NODES_MAX: usize = 50_000;
/// Most text in one definition, likewise: a long text has many uses too.
const TEXT_BYTES_MAX: usize = 4 * SOURCE_BYTES_MAX;

/// Reads the one YAML document of a definition; mistakes go into the report. A mapping with a key
/// written twice still gives a tree, so the rest can be checked too.
pub(super) fn read(source: &str, report: &mut Report) -> Option<Node> {
    if source.len() > SOURCE_BYTES_MAX {
        report.error(
            "HMS001",
            START,
            format!(
                "the definition is {} KB long, the limit is {} KB",
                source.len().div_ceil(1024),
                SOURCE_BYTES_MAX / 1024
            ),
            Some("split it into several workflows".into()),
        );
        return None;
    }
    let options = granit_parser::options! {
        emit_comments: false,
        emit_unresolved_aliases: true,
        flow_nesting_limit: DEPTH_MAX,
        block_nesting_limit: DEPTH_MAX,
    };
    let mut builder = Builder {
        source,
        report,
        open: Vec::new(),
        root: None,
        anchors: HashMap::new(),
        nodes: 0,
        text_bytes: 0,
    };
    let mut documents = 0;
    for event in Parser::new_from_str_with_options(source, options) {
        let (event, span) = match event {
            Ok(event) => event,
            Err(error) => {
                let marker = error.marker();
                let place = Place {
                    line: to_u32(marker.line().max(1)),
                    column: to_u32(marker.col() + 1),
                    length: 1,
                };
                let what = error.info();
                if what.contains("recursion limit") {
                    builder.too_deep(place);
                    return None;
                }
                let help = if what.contains("tab") {
                    "indent with spaces, not with tabs"
                } else if what.contains("mapping values are not allowed") {
                    "a text with a colon stands in quotes; else check the indentation here and in the line before"
                } else {
                    "check the indentation, the brackets and the quotes here and in the line before"
                };
                let message = format!("this is not YAML: {what}");
                builder
                    .report
                    .error("HMS002", place, message, Some(help.into()));
                return None;
            }
        };
        if matches!(event, Event::DocumentStart(..)) {
            documents += 1;
            if documents > 1 {
                builder.report.error(
                    "HMS003",
                    place_of(&span, source),
                    "a second document begins here".into(),
                    Some("one file is one workflow: put this one into a file of its own".into()),
                );
                return None;
            }
        }
        builder.take(event, &span)?;
    }
    builder.root
}

/// Where a mistake of the whole file is told.
pub(super) const START: Place = Place {
    line: 1,
    column: 1,
    length: 1,
};

/// A list or mapping whose end has not come yet.
enum Open {
    List(Vec<Node>, Place, usize),
    Mapping(OpenMapping, Place, usize),
}

#[derive(Default)]
struct OpenMapping {
    entries: Vec<(Key, Node)>,
    /// The key whose value comes next.
    key: Option<Key>,
    /// Each key and its line.
    seen: HashMap<String, u32>,
}

struct Builder<'a> {
    source: &'a str,
    report: &'a mut Report,
    open: Vec<Open>,
    root: Option<Node>,
    anchors: HashMap<usize, Node>,
    nodes: usize,
    text_bytes: usize,
}

impl Builder<'_> {
    /// One event; `None` ends the reading, the report says why.
    fn take(&mut self, event: Event<'_>, span: &Span) -> Option<()> {
        let place = place_of(span, self.source);
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let plain = style == granit_parser::ScalarStyle::Plain
                    && !self.tagged_text(tag.as_deref(), place);
                let verbatim_at = verbatim_at(span, self.source, &text);
                let node = Node {
                    place,
                    kind: NodeKind::Scalar(Scalar {
                        text: text.into_owned(),
                        plain,
                        verbatim_at,
                    }),
                };
                self.finish(node, anchor)
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.tagged_text(tag.as_deref(), place);
                self.open(Open::List(Vec::new(), place, anchor), place)
            }
            Event::MappingStart(_, anchor, tag) => {
                self.tagged_text(tag.as_deref(), place);
                self.open(Open::Mapping(OpenMapping::default(), place, anchor), place)
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let (kind, place, anchor) = match self.open.pop()? {
                    Open::List(items, place, anchor) => (NodeKind::List(items), place, anchor),
                    Open::Mapping(mapping, place, anchor) => {
                        (NodeKind::Mapping(mapping.entries), place, anchor)
                    }
                };
                self.finish(Node { place, kind }, anchor)
            }
            Event::Alias(id) => match self.anchors.get(&id) {
                Some(node) => {
                    self.nodes += node.count();
                    self.text_bytes += node.text_bytes();
                    self.within_limits(place)?;
                    let node = self.anchors.get(&id)?.clone();
                    self.finish(node, 0)
                }
                None => self.refuse(
                    "HMS008",
                    place,
                    "this alias stands inside what it stands for".into(),
                    "write the value out".into(),
                ),
            },
            Event::UnresolvedAlias(name) => self.refuse(
                "HMS008",
                place,
                format!("there is no anchor \"&{name}\" before this alias"),
                format!("write the value out, or put \"{name}\" in quotes with its star"),
            ),
            _ => Some(()),
        }
    }

    fn refuse(
        &mut self,
        code: &'static str,
        place: Place,
        what: String,
        help: String,
    ) -> Option<()> {
        self.report.error(code, place, what, Some(help));
        None
    }

    /// `!!str` makes a text of anything; every other tag is refused, for none has a meaning here.
    fn tagged_text(&mut self, tag: Option<&Tag>, place: Place) -> bool {
        let Some(tag) = tag else { return false };
        match tag.core_suffix() {
            Some("str") => true,
            Some(_) => false,
            None => {
                self.report.error(
                    "HMS008",
                    place,
                    format!(
                        "the tag \"{}\" has no meaning in a definition",
                        tag.original()
                    ),
                    Some("write the value without the tag".into()),
                );
                false
            }
        }
    }

    fn open(&mut self, open: Open, place: Place) -> Option<()> {
        if self.open.len() >= DEPTH_MAX {
            return self.too_deep(place);
        }
        self.open.push(open);
        Some(())
    }

    fn too_deep(&mut self, place: Place) -> Option<()> {
        self.refuse(
            "HMS009",
            place,
            format!("lists and mappings are nested deeper than {DEPTH_MAX}"),
            "make it flatter".into(),
        )
    }

    /// There is not too much in the definition up to here.
    fn within_limits(&mut self, place: Place) -> Option<()> {
        let what = if self.nodes > NODES_MAX {
            format!("{NODES_MAX} values")
        } else if self.text_bytes > TEXT_BYTES_MAX {
            format!("{} KB of text", TEXT_BYTES_MAX / 1024)
        } else {
            return Some(());
        };
        let message = format!("there are more than {what} up to here, aliases counted each time");
        let help = "split the definition into several workflows".into();
        self.refuse("HMS009", place, message, help)
    }

    /// A value is complete: it goes into what is open around it.
    fn finish(&mut self, node: Node, anchor: usize) -> Option<()> {
        self.nodes += 1;
        self.within_limits(node.place)?;
        if anchor != 0 {
            self.anchors.insert(anchor, node.clone());
        }
        match self.open.last_mut() {
            None => self.root = Some(node),
            Some(Open::List(items, ..)) => items.push(node),
            Some(Open::Mapping(mapping, ..)) => match mapping.key.take() {
                Some(key) => mapping.entries.push((key, node)),
                None => return self.key(node),
            },
        }
        Some(())
    }

    /// A key of the innermost mapping is complete.
    fn key(&mut self, node: Node) -> Option<()> {
        let what = node.what();
        let NodeKind::Scalar(scalar) = node.kind else {
            return self.refuse(
                "HMS007",
                node.place,
                format!("a key is a text, and here is {what}"),
                "write \"key: value\"".into(),
            );
        };
        let Some(Open::Mapping(mapping, ..)) = self.open.last_mut() else {
            return Some(());
        };
        match mapping.seen.get(&scalar.text) {
            Some(line) => self.report.error(
                "HMS004",
                node.place,
                format!("the key \"{}\" is written twice", scalar.text),
                Some(format!(
                    "it stands in line {line} already: keep one of the two"
                )),
            ),
            None => {
                mapping.seen.insert(scalar.text.clone(), node.place.line);
            }
        }
        mapping.key = Some(Key {
            text: scalar.text,
            place: node.place,
        });
        Some(())
    }
}

fn to_u32(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// The span's place; what goes over several lines is marked to the end of its first.
fn place_of(span: &Span, source: &str) -> Place {
    let (start, end) = (span.start, span.end);
    let length = if end.line() == start.line() {
        end.col().saturating_sub(start.col())
    } else {
        let rest = start.byte_offset().and_then(|at| source.get(at..));
        let line = rest.and_then(|rest| rest.lines().next());
        line.map_or(0, |line| line.trim_end().chars().count())
    };
    Place {
        line: to_u32(start.line().max(1)),
        column: to_u32(start.col() + 1),
        length: to_u32(length.max(1)),
    }
}

fn verbatim_at(span: &Span, source: &str, text: &str) -> Option<u32> {
    let written = span.slice(source)?;
    if written == text {
        return Some(0);
    }
    let inner = written.get(1..written.len().checked_sub(1)?)?;
    (inner == text).then_some(1)
}

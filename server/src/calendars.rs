//! The files of working calendars: those in a folder `calendars` beside definitions, and those shipped with
//! the program. What counts is in the store; a file is where a calendar comes from.

use std::path::Path;
use std::sync::Arc;

use hms_engine::{Calendar, Calendars, Diagnostic, Time};

use crate::orchestrator::foretell::foretell;
use crate::orchestrator::{Foretold, Refusal, Registry};
use crate::shipped;
use crate::store::Shelf;

/// A calendar's file that loads.
#[derive(Debug, Clone)]
pub struct CalendarFile {
    /// Its name, for people.
    pub name: String,
    /// Whether it is shipped with the program.
    pub shipped: bool,
    /// What it holds.
    pub calendar: Arc<Calendar>,
}

/// A calendar's file that does not load.
#[derive(Debug)]
pub struct BadCalendar {
    /// Its name, for people.
    pub name: String,
    /// The calendar it is to be: what it says itself, or else what the file is called.
    pub id: String,
    /// Its text.
    pub source: String,
    /// What is wrong with it.
    pub found: Vec<Diagnostic>,
}

/// The name of the folder.
pub const FOLDER: &str = "calendars";
/// In whose name a shipped calendar is put in force.
pub const SHIPPED: &str = "hms serve";
/// In whose name one of the folder is.
pub const BY_FILE: &str = "file";

/// Those shipped, and in place of them those of the same id in the folder beside definitions. What
/// does not load is told apart.
///
/// # Errors
///
/// The folder is there and cannot be read.
pub fn beside(definitions: Option<&Path>) -> std::io::Result<(Calendars, Vec<BadCalendar>)> {
    let (files, bad) = files(definitions)?;
    let mut calendars = Calendars::default();
    for file in files {
        calendars.put(Calendar::clone(&file.calendar));
    }
    for broken in &bad {
        calendars.put_broken(broken.id.clone());
    }
    Ok((calendars, bad))
}

/// Each file: those shipped that the folder has no file for, and those of the folder.
///
/// # Errors
///
/// The folder is there and cannot be read.
pub fn files(definitions: Option<&Path>) -> std::io::Result<(Vec<CalendarFile>, Vec<BadCalendar>)> {
    let (mut files, mut bad) = (Vec::new(), Vec::new());
    let own = match definitions {
        Some(folder) => texts(&folder.join(FOLDER))?,
        None => Vec::new(),
    };
    let shipped = shipped::calendars().into_iter().map(|text| (true, text));
    let own = own.into_iter().map(|text| (false, text));
    for (shipped, (name, source)) in shipped.chain(own) {
        match Calendar::parse(&source) {
            Ok(calendar) => {
                files.retain(|file: &CalendarFile| file.calendar.id != calendar.id);
                files.push(CalendarFile {
                    name,
                    shipped,
                    calendar: Arc::new(calendar),
                });
            }
            Err(found) => bad.push(BadCalendar {
                id: meant(&name, &source),
                name,
                source,
                found,
            }),
        }
    }
    Ok((files, bad))
}

/// The calendar that a text with mistakes is to be.
fn meant(name: &str, source: &str) -> String {
    let written = hms_engine::plain_value(source);
    let written = written.as_ref().and_then(|file| file["id"].as_str());
    let stem = || {
        Path::new(name)
            .file_stem()
            .map(|stem| stem.to_string_lossy())
    };
    written.map_or_else(|| stem().unwrap_or_default().into_owned(), str::to_owned)
}

/// The name and text of each calendar in a folder, which need not be there.
pub(crate) fn texts(folder: &Path) -> std::io::Result<Vec<(String, String)>> {
    let entries = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if path
            .extension()
            .is_some_and(|ending| ending == "yml" || ending == "yaml")
        {
            found.push((path.display().to_string(), std::fs::read_to_string(&path)?));
        }
    }
    found.sort();
    Ok(found)
}

/// What is to be done about a file, by what is in force.
#[derive(Debug)]
pub(crate) enum Weighed {
    /// It is in force.
    InForce,
    /// It is to be put in force: there is no calendar of its id, or no open deadline moves by it.
    ToDeploy,
    /// It was in force before. Files are left behind on some node or in some program, and must not undo
    /// what somebody deployed since.
    Earlier,
    /// Somebody deployed another one in place of the shipped one.
    Replaced,
    /// Open deadlines would move, which somebody is to look at first.
    Moves(Box<Foretold>),
}

impl CalendarFile {
    /// In whose name it is put in force.
    pub(crate) fn by(&self) -> &'static str {
        match self.shipped {
            true => SHIPPED,
            false => BY_FILE,
        }
    }

    /// Weighs it against what is in force.
    pub(crate) async fn weigh(
        &self,
        registry: &Registry,
        shelf: &dyn Shelf,
        now: Time,
    ) -> Result<Weighed, Refusal> {
        let calendar = &self.calendar;
        let Some(in_force) = registry.calendar(&calendar.id) else {
            return Ok(Weighed::ToDeploy);
        };
        if in_force.version == calendar.version {
            return Ok(Weighed::InForce);
        }
        if self.shipped && registry.deployer_of(&calendar.id).as_deref() != Some(SHIPPED) {
            return Ok(Weighed::Replaced);
        }
        if shelf.calendar_version(&calendar.version).await?.is_some() {
            return Ok(Weighed::Earlier);
        }
        let foretold = foretell(registry, shelf, calendar, now, 0).await?;
        Ok(match foretold.is_nothing() {
            true => Weighed::ToDeploy,
            false => Weighed::Moves(Box::new(foretold)),
        })
    }

    /// What to tell whoever looks at the console of a file that stays out of force; nothing of one that is
    /// in force or in whose place somebody put another.
    pub(crate) fn left_out(&self, weighed: &Weighed) -> Option<String> {
        let CalendarFile { name, calendar, .. } = self;
        let id = &calendar.id;
        match weighed {
            Weighed::InForce | Weighed::ToDeploy | Weighed::Replaced => None,
            Weighed::Earlier if self.shipped => None,
            Weighed::Earlier => Some(format!(
                "{name} is an earlier version of the calendar {id} than the one in force, which stays – \
                 hms calendar deploy {name} puts the earlier one back"
            )),
            Weighed::Moves(foretold) => {
                let file = match self.shipped {
                    true => format!("the shipped {name}"),
                    false => name.clone(),
                };
                let moments =
                    foretold.deadlines + foretold.accepts + foretold.rungs + foretold.waits;
                let least = if foretold.more { "at least " } else { "" };
                Some(format!(
                    "{file} would move {least}{} ({} deadlines of tasks, {} clocks that stand still) in {} of {} \
                     open cases, so the calendar {id} in force stays – hms calendar deploy {name} --dry-run shows \
                     them, and without --dry-run puts it in force",
                    counted(moments, "moment"),
                    foretold.deadlines,
                    foretold.standing,
                    foretold.moved,
                    foretold.cases,
                ))
            }
        }
    }
}

fn counted(n: u64, noun: &str) -> String {
    format!("{n} {noun}{}", if n == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_the_same_id_counts_before_a_shipped_one() {
        let (shipped, bad) = beside(None).unwrap();
        assert!(bad.is_empty());
        let federal = shipped.get("us-federal").unwrap();
        assert_eq!(federal.time_zone(), "America/New_York");

        let folder = tempfile::tempdir().unwrap();
        let (none, _) = beside(Some(folder.path())).unwrap();
        assert_eq!(none.ids().collect::<Vec<_>>(), ["us-federal"]);
        let own = folder.path().join(FOLDER);
        std::fs::create_dir(&own).unwrap();
        let text = "id: us-federal\ntime_zone: UTC\nhours: { weekdays: 08:00-12:00 }\n";
        std::fs::write(own.join("us-federal.yml"), text).unwrap();
        std::fs::write(own.join("broken.yml"), "id: court\n").unwrap();
        std::fs::write(own.join("torn.yml"), "id: [\n").unwrap();
        let (found, bad) = beside(Some(folder.path())).unwrap();
        assert_eq!(found.get("us-federal").unwrap().time_zone(), "UTC");
        let names: Vec<&str> = bad.iter().map(|one| one.id.as_str()).collect();
        assert_eq!(names, ["court", "torn"]);
        assert!(bad[0].name.ends_with("broken.yml"));
        assert!(found.is_broken("court") && !found.is_broken("us-federal"));
    }
}

//! The calendars that definitions may name: files in a folder `calendars` beside them, and those
//! shipped with the program.

use std::path::Path;

use hms_engine::{Calendar, Calendars, Diagnostic};

use crate::shipped;

/// A calendar's file that does not load.
#[derive(Debug)]
pub struct BadCalendar {
    /// Its name, for people.
    pub name: String,
    /// Its text.
    pub source: String,
    /// What is wrong with it.
    pub found: Vec<Diagnostic>,
}

/// The name of the folder.
pub const FOLDER: &str = "calendars";

/// Those shipped, and in place of them those of the same id in the folder beside definitions. What
/// does not load is told apart.
///
/// # Errors
///
/// The folder is there and cannot be read.
pub fn beside(definitions: Option<&Path>) -> std::io::Result<(Calendars, Vec<BadCalendar>)> {
    let mut calendars = Calendars::default();
    let mut bad = Vec::new();
    let own = match definitions {
        Some(folder) => texts(&folder.join(FOLDER))?,
        None => Vec::new(),
    };
    for (name, source) in shipped::calendars().into_iter().chain(own) {
        match Calendar::parse(&source) {
            Ok(calendar) => calendars.put(calendar),
            Err(found) => bad.push(BadCalendar {
                name,
                source,
                found,
            }),
        }
    }
    Ok((calendars, bad))
}

/// The name and text of each calendar in a folder, which need not be there.
fn texts(folder: &Path) -> std::io::Result<Vec<(String, String)>> {
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
        std::fs::write(own.join("broken.yml"), "id: broken\n").unwrap();
        let (found, bad) = beside(Some(folder.path())).unwrap();
        assert_eq!(found.get("us-federal").unwrap().time_zone(), "UTC");
        assert!(bad.len() == 1 && bad[0].name.ends_with("broken.yml"));
    }
}

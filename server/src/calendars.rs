//! The calendars definitions are bound to: those shipped with the program, and those in the folder `calendars`
//! beside the definitions, which go before.

use std::path::{Path, PathBuf};

use hms_engine::{Calendar, Calendars};

use crate::shipped;

/// Why a folder of calendars cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BadCalendars {
    /// A file or the folder cannot be read.
    #[error("cannot read the calendars at {path}: {error}")]
    Unreadable {
        /// Where.
        path: PathBuf,
        /// What the system says.
        error: std::io::Error,
    },
    /// A calendar has mistakes, rendered for people.
    #[error("{0}")]
    Wrong(String),
}

/// The shipped calendars.
pub fn shipped() -> Result<Calendars, BadCalendars> {
    let mut calendars = Calendars::default();
    for (name, source) in shipped::calendars() {
        put(&mut calendars, &name, &source)?;
    }
    Ok(calendars)
}

/// The shipped calendars and those in the folder `calendars` of this one, where there is one.
pub fn beside(definitions: &Path) -> Result<Calendars, BadCalendars> {
    let mut calendars = shipped()?;
    let folder = definitions.join("calendars");
    let unreadable = |path: &Path| {
        let path = path.to_owned();
        |error| BadCalendars::Unreadable { path, error }
    };
    let entries = match std::fs::read_dir(&folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(calendars),
        entries => entries.map_err(unreadable(&folder))?,
    };
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry.map_err(unreadable(&folder))?.path();
        if path
            .extension()
            .is_some_and(|end| end == "yml" || end == "yaml")
        {
            paths.push(path);
        }
    }
    paths.sort();
    for path in paths {
        let source = std::fs::read_to_string(&path).map_err(unreadable(&path))?;
        put(&mut calendars, &path.display().to_string(), &source)?;
    }
    Ok(calendars)
}

fn put(calendars: &mut Calendars, name: &str, source: &str) -> Result<(), BadCalendars> {
    let calendar = Calendar::parse(source).map_err(|found| {
        let each: Vec<String> = found.iter().map(|one| one.render(name, source)).collect();
        BadCalendars::Wrong(each.join("\n"))
    })?;
    calendars.put(calendar);
    Ok(())
}

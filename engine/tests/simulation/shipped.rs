use std::fs;
use std::path::{Path, PathBuf};

use hms_engine::Workflow;

use super::{calendars, play, told};

/// What a folder holds, by name.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("the folder is there");
    let mut found: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    found.sort();
    found
}

/// The definitions under `workflows/`.
fn definitions(workflows: &Path) -> Vec<PathBuf> {
    let mut found = entries(workflows);
    found.retain(|path| path.extension().is_some_and(|end| end == "yml"));
    found
}

/// Each folder of `workflows/simulations` is named like the definition it plays; each script has its
/// timeline beside it. `HMS_BLESS=1` writes what comes of it now.
#[test]
fn every_shipped_definition_goes_as_its_scripts_say() {
    let bless = std::env::var_os("HMS_BLESS").is_some();
    let workflows = Path::new(env!("CARGO_MANIFEST_DIR")).join("../workflows");
    let mut faults = Vec::new();
    for definition in definitions(&workflows) {
        let name = definition.file_stem().unwrap();
        let source = fs::read_to_string(&definition).unwrap();
        let folder = workflows.join("simulations").join(name);
        let scripts = entries(&folder).into_iter();
        let scripts: Vec<PathBuf> = scripts
            .filter(|path| path.extension().is_some_and(|end| end == "yml"))
            .collect();
        assert!(!scripts.is_empty(), "{} has no script", name.display());
        for script in scripts {
            let timeline = play(&[&source], &fs::read_to_string(&script).unwrap()).to_string();
            let beside = script.with_extension("txt");
            if bless {
                fs::write(&beside, &timeline).unwrap();
            }
            match fs::read_to_string(&beside) {
                Ok(expected) if expected == timeline => {}
                Ok(expected) => faults.push(format!(
                    "{}\nexpected:\n{expected}\nhappened:\n{timeline}",
                    script.display()
                )),
                Err(error) => faults.push(format!("{}: {error}", beside.display())),
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
}

/// What agencies copy from must be above suspicion.
#[test]
fn every_shipped_definition_is_checked_without_a_warning() {
    let workflows = Path::new(env!("CARGO_MANIFEST_DIR")).join("../workflows");
    let all = definitions(&workflows);
    assert!(all.len() >= 5);
    for definition in all {
        let source = fs::read_to_string(&definition).unwrap();
        let parsed = Workflow::parse_with(&source, &calendars())
            .unwrap_or_else(|faults| panic!("{}: {}", definition.display(), told(&faults)));
        let warnings = told(&parsed.warnings);
        assert_eq!(warnings, "", "{}", definition.display());
    }
}

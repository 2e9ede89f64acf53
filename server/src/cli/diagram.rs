use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use hms_engine::diagram::{self, Look};

use super::Failed;
use super::check::load;
use super::table::say;

/// `hms diagram`: a definition as a picture on standard output.
#[derive(Debug, Args)]
pub(super) struct Diagram {
    /// The definition; - is what comes on standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// A picture, or text that Mermaid makes one of
    #[arg(long, env = "HMS_DIAGRAM_FORMAT", value_enum, default_value_t = Format::Svg)]
    format: Format,

    /// The language of the titles
    #[arg(long, env = "HMS_LANGUAGE", default_value = "en")]
    language: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Svg,
    Mermaid,
}

/// Draws; fails when the definition does not load.
pub(super) fn run(args: &Diagram) -> Result<(), Failed> {
    let workflow = load(&args.file)?;
    say(&match args.format {
        Format::Mermaid => diagram::mermaid(&workflow, &args.language),
        Format::Svg => {
            let look = Look {
                language: &args.language,
                open: &BTreeMap::new(),
                here: &[],
                alone: true,
            };
            diagram::svg(&workflow, &look)
        }
    });
    Ok(())
}

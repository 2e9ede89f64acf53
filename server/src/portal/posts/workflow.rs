//! Looks at what moving open cases to the version in force would do, or does it.

use axum::extract::{Form, Path, State};
use axum::http::request::Parts;
use axum::response::Response;
use hms_app::agency::Refused;
use hms_app::functions::visitor_of;
use hms_app::posted::MigrationPosted;
use hms_app::views::{Fault, MigrationAsk, Pairs, Rule};

use super::super::site::Site;

/// What the names of the choices of steps begin with.
const STEP_PREFIX: &str = "step.";

/// A button of the part of a definition's page was pressed that moves cases. Its page is shown again with
/// what came of it: a second try finds nobody left to move.
pub(in super::super) async fn migrate(
    State(site): State<Site>,
    Path(id): Path<String>,
    parts: Parts,
    Form(pairs): Form<Pairs>,
) -> Response {
    let visitor = visitor_of(&parts.headers);
    let control = |name: &str| {
        let found = pairs.iter().find(|(known, _)| known == name);
        found.map_or_else(String::new, |(_, value)| value.trim().to_owned())
    };
    let steps = pairs.iter().filter_map(|(name, new)| {
        let old = name.strip_prefix(STEP_PREFIX)?;
        (!new.is_empty()).then(|| (old.to_owned(), new.clone()))
    });
    let ask = MigrationAsk {
        from: control("from"),
        steps: steps.collect(),
        note: control("note"),
    };
    let agency = &site.agency;
    let looked = agency.look_at_migration(&visitor, &id, ask.clone());
    let (view, refused) = match control("act").as_str() {
        "look" => kept(looked.await),
        "move" if ask.note.is_empty() => {
            let needed = Refused::Form(vec![Fault {
                field: "note".to_owned(),
                rule: Rule::Required,
            }]);
            // What was looked at is shown again, for the note to be added.
            let (view, refused) = kept(looked.await);
            (view, refused.or(Some(needed)))
        }
        "move" => kept(agency.migrate_runs(&visitor, &id, ask.clone()).await),
        _ => (None, Some(Refused::NotFound)),
    };
    let left = MigrationPosted {
        ask,
        view,
        refused: refused.clone(),
    };
    site.again(parts, left, refused.as_ref()).await
}

fn kept<T>(done: Result<T, Refused>) -> (Option<T>, Option<Refused>) {
    match done {
        Ok(view) => (Some(view), None),
        Err(refused) => (None, Some(refused)),
    }
}

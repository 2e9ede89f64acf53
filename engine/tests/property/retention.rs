//! `retention`: whatever is written is kept as it is meant, or told at its place.

use hms_engine::{Keep, Workflow};
use proptest::option;
use proptest::prelude::*;

const DAY_MS: i64 = 86_400_000;

proptest! {
    #[test]
    fn a_retention_is_kept_as_it_is_meant_or_told(
        personal in option::of((0u32..5_000, prop::sample::select(vec!['d', 'w']))),
        runs in option::of((0u32..80_000, prop::sample::select(vec!['d', 'w', 'y', 'm']))),
    ) {
        let mut said = Vec::new();
        said.extend(personal.map(|(n, unit)| format!("personal: {n}{unit}")));
        said.extend(runs.map(|(n, unit)| format!("runs: {n}{unit}")));
        let source = format!(
            "id: Permit\nstart: Asked\nretention: {{ {} }}\nsteps: [{{ id: read, actor: AI:reader }}]\n",
            said.join(", ")
        );
        let days = |(n, unit): (u32, char)| i64::from(n) * if unit == 'w' { 7 } else { 1 };
        let personal_ms = personal.map(|personal| days(personal) * DAY_MS);
        let personal_fits = personal_ms.is_none_or(|ms| ms > 0 && ms <= 3_650 * DAY_MS);
        let most = |unit| match unit {
            'y' => 200,
            'w' => 200 * 366 / 7,
            'd' => 200 * 366,
            _ => 0,
        };
        let runs_fit = runs.is_none_or(|(n, unit)| (1..=most(unit)).contains(&n));
        let runs_ms = runs.map(|(n, unit)| match unit {
            'y' => i64::from(n) * 365 * DAY_MS,
            _ => days((n, unit)) * DAY_MS,
        });
        let in_order = match (personal_ms, runs_ms) {
            (Some(personal), Some(runs)) => runs >= personal,
            (None, None) => false,
            _ => true,
        };
        match Workflow::parse(&source) {
            Ok(parsed) => {
                prop_assert!(personal_fits && runs_fit && in_order, "{source}");
                let retention = parsed.workflow.retention.unwrap();
                prop_assert_eq!(retention.personal.map(|personal| personal.ms), personal_ms);
                let expected = runs.map(|(n, unit)| match unit {
                    'y' => Keep::Years(n),
                    'w' => Keep::Days(7 * n),
                    _ => Keep::Days(n),
                });
                prop_assert_eq!(retention.runs, expected);
                // Written out it is the same again.
                let again = expected.map(|keep| keep.to_string().parse::<Keep>().unwrap());
                prop_assert_eq!(again, expected);
            }
            Err(found) => {
                prop_assert!(!(personal_fits && runs_fit && in_order), "{source}\n{found:?}");
                prop_assert!(found.iter().all(|one| one.place.line == 3), "{found:?}");
            }
        }
    }
}

//! The API as it is told to programs. Others build on it, so a change of it is looked at before it is kept.

use std::path::Path;

use serde_json::Value;

use crate::house::House;

#[tokio::test]
async fn the_api_is_what_was_agreed() {
    let house = House::open().await;
    let told: Value = house.get("/act/openapi.json").await.body;
    let told = format!("{told:#}\n");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/api/openapi.json");
    if std::env::var_os("HMS_BLESS").is_some() {
        std::fs::write(&path, &told).unwrap();
    }
    let agreed = std::fs::read_to_string(&path).unwrap_or_default();
    let mut lines = agreed.lines().zip(told.lines()).enumerate();
    let differs = lines.find(|(_, (agreed, told))| agreed != told);
    assert!(
        agreed == told,
        "the API is not the one in {}, from line {} on. When that is meant, write it anew with\n    \
         HMS_BLESS=1 cargo test -p hms-server --test api the_api_is_what_was_agreed\nand read the difference: \
         what was there must still be, for programs rely on it.",
        path.display(),
        differs.map_or_else(
            || agreed.lines().count().min(told.lines().count()),
            |(n, _)| n
        ) + 1
    );
}

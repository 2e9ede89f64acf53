//! The definitions shipped with the program, so that it works when copied to another folder.

use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "../workflows"]
struct Shipped;

/// Each definition's file name and text.
pub fn definitions() -> Vec<(String, String)> {
    files(|name| !name.contains('/'))
}

/// Each calendar's file name and text.
pub fn calendars() -> Vec<(String, String)> {
    files(|name| name.starts_with("calendars/"))
}

fn files(wanted: impl Fn(&str) -> bool) -> Vec<(String, String)> {
    Shipped::iter()
        .filter(|name| name.ends_with(".yml") && wanted(name))
        .filter_map(|name| {
            let file = Shipped::get(&name)?;
            let text = String::from_utf8(file.data.into_owned()).ok()?;
            Some((name.into_owned(), text))
        })
        .collect()
}

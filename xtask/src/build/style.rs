//! The style sheet, fonts and pictures.

use std::fs;

use anyhow::{Context, Result, bail, ensure};

use super::shown;
use super::site::{Naming, Site};
use crate::folders;
use crate::stage::kilobytes;

/// Names the sheets in their order, one `@import "NAME";` a line.
const MAIN: &str = "main.css";

/// Adds `style/`, `fonts/` and `img/` to the site.
pub fn collect(site: &mut Site) -> Result<String> {
    let folder = folders::root().join("style");
    site.add_folder(&folder.join("fonts"), "fonts")?;
    site.add_folder(&folder.join("img"), "img")?;

    let read = |name: &str| {
        let path = folder.join(name);
        fs::read_to_string(&path).with_context(|| format!("cannot read {}", shown(&path)))
    };
    let mut css = String::new();
    for sheet in imports(&read(MAIN)?) {
        css += &read(sheet)?;
        css.push('\n');
    }
    let css = minify(&css);
    ensure!(!css.is_empty(), "style/{MAIN} imports nothing");
    for address in addresses(&css) {
        // A wrong address shows only as a missing picture, so it is found here.
        let Some(path) = address.strip_prefix("../") else {
            bail!("url({address}) in the style sheet: write it as ../fonts/NAME or ../img/NAME");
        };
        if !site.has(path) {
            bail!("url({address}) in the style sheet: there is no style/{path}");
        }
    }
    let size = css.len();
    site.add("style/main.css", css.into_bytes(), Naming::Hashed);
    Ok(format!("main.css {}", kilobytes(size)))
}

/// The sheets that a sheet imports.
fn imports(css: &str) -> Vec<&str> {
    css.lines()
        .filter_map(|line| line.trim().strip_prefix("@import \"")?.strip_suffix("\";"))
        .collect()
}

/// What `url(…)` names, apart from data and fragments.
fn addresses(css: &str) -> Vec<&str> {
    css.split("url(")
        .skip(1)
        .filter_map(|rest| rest.split(')').next())
        .map(|address| address.trim_matches(['"', '\'', ' ']))
        .filter(|address| !address.starts_with("data:") && !address.starts_with('#'))
        .map(|address| address.split(['?', '#']).next().unwrap_or(address))
        .collect()
}

/// Takes out comments (but `/*!`, which carry licences) and white space that means nothing. Strings stay as
/// they are. Nothing is rewritten: a space around `+`, `>` or `:` may mean something.
fn minify(css: &str) -> String {
    let mut small = String::with_capacity(css.len());
    let mut rest = css;
    let mut gap = false;
    while let Some(next) = rest.chars().next() {
        let length = if next.is_whitespace() {
            gap = true;
            rest = rest.trim_start();
            continue;
        } else if rest.starts_with("/*") {
            let length = rest.find("*/").map_or(rest.len(), |at| at + 2);
            if !rest.starts_with("/*!") {
                rest = &rest[length..];
                continue;
            }
            length
        } else if next == '"' || next == '\'' {
            length_of_string(rest, next)
        } else {
            next.len_utf8()
        };

        let means_nothing = |character| "{};,".contains(character);
        if std::mem::take(&mut gap)
            && !means_nothing(next)
            && !small.chars().next_back().is_none_or(means_nothing)
        {
            small.push(' ');
        }
        if next == '}' && small.ends_with(';') {
            small.pop();
        }
        small += &rest[..length];
        rest = &rest[length..];
    }
    small
}

/// Where the string that `text` begins with ends, in bytes, past its closing quote.
fn length_of_string(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, character) in text.char_indices().skip(1) {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if character == quote => return at + 1,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(css: &str, expected: &str) {
        assert_eq!(minify(css), expected);
    }

    #[test]
    fn white_space_that_means_nothing_goes() {
        check(
            "a {\n  color: red;\n  margin: 0 auto;\n}\n",
            "a{color: red;margin: 0 auto}",
        );
        check("h1,\nh2 { x: y }", "h1,h2{x: y}");
        check(
            "@media (min-width: 40em) {\n  a { b: c; }\n}",
            "@media (min-width: 40em){a{b: c}}",
        );
    }

    #[test]
    fn white_space_that_means_something_stays() {
        check(
            "a  :hover > b + c { width: calc(1px + 2px) }",
            "a :hover > b + c{width: calc(1px + 2px)}",
        );
        check(
            "a { content: \"  { /* x */ \\\"; } \" }",
            "a{content: \"  { /* x */ \\\"; } \"}",
        );
        check("a\nb{}", "a b{}");
    }

    #[test]
    fn comments_go_but_licences_stay() {
        check("/* why */ a { /* b */ c: d /* e */ f }", "a{c: d f}");
        check("/*! CC0 */\na{}", "/*! CC0 */ a{}");
        check("a{} /* never closed", "a{}");
    }

    #[test]
    fn sheets_come_in_the_order_they_are_named() {
        let main =
            "/* why */\n@import \"b.css\";\n  @import \"a.css\";\n/* @import \"c.css\"; */\n";
        assert_eq!(imports(main), ["b.css", "a.css"]);
    }

    #[test]
    fn addresses_are_found_in_every_notation() {
        let css = "@font-face{src:url(../fonts/a.woff2?v=1)} b{background:url('../img/x.svg#i'), url(\"data:image/png;base64,AA==\")}";
        assert_eq!(addresses(css), ["../fonts/a.woff2", "../img/x.svg"]);
    }
}

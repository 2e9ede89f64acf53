//! A case's file as a page that needs nothing else: no script, no style sheet, no picture from elsewhere. Everything in
//! it that a person wrote is escaped.

use serde_json::Value;

use super::CaseFile;

/// What stands before and after the JSON in the page.
pub(super) const BEFORE_JSON: &str = "<script type=\"application/json\" id=\"case\">";
pub(super) const AFTER_JSON: &str = "</script>";

const STYLE: &str = "body{font:16px/1.5 sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1b1b1b;\
    background:#fff}table{border-collapse:collapse;width:100%}th,td{border:1px solid #71767a;padding:.5rem;\
    text-align:left;vertical-align:top}pre,code{white-space:pre-wrap;overflow-wrap:anywhere;font-size:.875rem}\
    dt{font-weight:bold}dd{margin:0 0 .5rem}";

/// The page, which also holds the file itself as JSON.
pub fn page(file: &CaseFile) -> Result<String, serde_json::Error> {
    let title = format!("Case {}", text(&file.case));
    let facts = [
        ("Workflow", file.workflow.clone()),
        ("Status", file.status.clone()),
        ("Run", file.run_id.to_string()),
        ("Definition (SHA-256)", file.version.clone()),
        ("Taken out", moment(file.taken_out)),
        ("Sealed", sealed(file)),
    ];
    let facts: String = facts
        .iter()
        .map(|(name, value)| format!("<dt>{name}</dt><dd>{}</dd>", text(value)))
        .collect();
    let rows: String = file
        .rows
        .iter()
        .map(|row| {
            format!(
                "<tr><td>{}</td><td>{}</td><td>{}</td><td><pre>{}</pre></td><td><pre>{}</pre></td>\
                 <td><code>{}</code></td></tr>",
                row.number,
                moment(row.at),
                text(&row.who),
                text(&readable(&row.command)),
                text(&readable(&row.entries)),
                text(&row.hash),
            )
        })
        .collect();
    let payload = serde_json::to_string_pretty(&file.payload)?;
    let covered = match file.covers_report() {
        true => "The first row below has the SHA-256 of it as it was received.",
        false => {
            "As it is kept: this case is from before rows had the SHA-256 of it. Sealed is what happened, and the definition."
        }
    };
    let files = files(file);
    let json = json(file)?;
    Ok(format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\">\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\
         <title>{title}</title><style>{STYLE}</style></head><body><main><h1>{title}</h1><dl>{facts}</dl>\
         <p>Whether this is whole: <code>hms audit verify FILE</code>, without the database.</p>\
         <h2>What was reported</h2><p>{covered}</p><pre>{}</pre>{files}\
         <h2>What happened</h2><table><thead><tr><th>Row</th><th>When (UTC)</th><th>Who</th><th>Asked</th>\
         <th>Happened</th><th>SHA-256</th></tr></thead><tbody>{rows}</tbody></table>\
         <h2>By which definition</h2><pre>{}</pre></main>{BEFORE_JSON}{json}{AFTER_JSON}</body></html>\n",
        text(&payload),
        text(&file.definition),
    ))
}

/// The file as JSON that is nothing else wherever it is opened, as in an element. A `<` stands in texts only there, and may be written otherwise, so nothing ends
/// the element; likewise what turns directions for whoever looks at the page's source.
pub fn json(file: &CaseFile) -> Result<String, serde_json::Error> {
    let plain = serde_json::to_string(file)?;
    let mut json = String::with_capacity(plain.len());
    for c in plain.chars() {
        match c == '<' || hides(c) {
            true => json.push_str(&format!("\\u{:04x}", u32::from(c))),
            false => json.push(c),
        }
    }
    Ok(json)
}

/// What turns the direction of what follows, or is not seen at all.
fn hides(c: char) -> bool {
    matches!(c, '\u{0}'..='\u{8}' | '\u{b}'..='\u{1f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2066}'..='\u{2069}')
}

/// The files that came, by what tells one from another.
fn files(file: &CaseFile) -> String {
    if file.files.is_empty() {
        return String::new();
    }
    let rows = file.files.iter().map(|one| {
        format!(
            "<tr><td>{}</td><td>{}</td><td>{}</td><td><code>{}</code></td></tr>",
            text(&one.name),
            text(&one.media),
            one.size,
            text(&one.sha256),
        )
    });
    format!(
        "<h2>Files</h2><p>They are not in here. One is the same when its SHA-256 is.</p><table><thead><tr><th>Name</th>\
         <th>Type</th><th>Bytes</th><th>SHA-256</th></tr></thead><tbody>{}</tbody></table>",
        rows.collect::<String>()
    )
}

fn sealed(file: &CaseFile) -> String {
    match &file.seal {
        None => "by no checkpoint yet".to_owned(),
        Some(seal) => format!(
            "up to row {} by checkpoint {} of {}",
            seal.number,
            seal.checkpoint,
            moment(seal.at)
        ),
    }
}

fn moment(at: hms_engine::Time) -> String {
    at.format("%Y-%m-%d %H:%M:%S").to_string()
}

/// JSON with lines; a text that is none stays as it is.
fn readable(json: &str) -> String {
    serde_json::from_str::<Value>(json)
        .and_then(|value| serde_json::to_string_pretty(&value))
        .unwrap_or_else(|_| json.to_owned())
}

/// A text as HTML shows it, in elements and in attributes.
fn text(plain: &str) -> String {
    let mut html = String::with_capacity(plain.len());
    for c in plain.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            c if hides(c) => html.push_str(&format!("\\u{{{:x}}}", u32::from(c))),
            _ => html.push(c),
        }
    }
    html
}

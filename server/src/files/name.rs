//! The names of files.

use hms_forms::{FILE_KINDS, FILE_NAME_CHARS_MAX};

/// What a file without a usable name is called.
const NAMELESS: &str = "file";

/// A name as it is kept: without folders, without what does not show or shows something else than it
/// is, and with an ending that says what the file holds, so that nothing passes for something else.
pub fn clean_name(sent: &str, media: &str) -> String {
    let last = sent.rsplit(['/', '\\']).next().unwrap_or_default();
    let plain: String = last.chars().filter(|c| !hides(*c)).collect();
    let plain = plain.trim_matches(|c: char| c.is_whitespace() || c == '.');
    let endings = endings_of(media);
    let (stem, ending) = match plain.rsplit_once('.') {
        Some((stem, ending)) if is_one_of(endings, ending) => (stem, ending.to_ascii_lowercase()),
        _ => (plain, endings.first().copied().unwrap_or("bin").to_owned()),
    };
    let most = FILE_NAME_CHARS_MAX - ending.len() - 1;
    let stem: String = stem.chars().take(most).collect();
    let stem = stem.trim_end_matches(|c: char| c.is_whitespace() || c == '.');
    let stem = if stem.is_empty() { NAMELESS } else { stem };
    format!("{stem}.{ending}")
}

/// The endings that names of this kind may have.
fn endings_of(media: &str) -> &'static [&'static str] {
    let known = FILE_KINDS.iter().find(|(known, _)| *known == media);
    known.map_or(&[], |(_, endings)| endings)
}

fn is_one_of(endings: &[&str], ending: &str) -> bool {
    endings
        .iter()
        .any(|known| known.eq_ignore_ascii_case(ending))
}

/// Control characters, and those that turn the direction of what follows or are not seen at all:
/// `plan\u{202e}fdp.exe` reads as `planexe.pdf`.
fn hides(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

/// The header that makes a browser save a file under its name (RFC 6266).
pub fn attachment(name: &str) -> String {
    let simple = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ' ');
    let fallback: String = name
        .chars()
        .map(|c| if simple(c) { c } else { '_' })
        .collect();
    let mut encoded = String::with_capacity(name.len());
    for byte in name.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                encoded.push(char::from(byte));
            }
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    format!("attachment; filename=\"{fallback}\"; filename*=UTF-8''{encoded}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_what_the_file_is_and_leads_nowhere() {
        let pdf = "application/pdf";
        let long = "x".repeat(300);
        for (sent, media, kept) in [
            ("plans.pdf", pdf, "plans.pdf".to_owned()),
            ("Plans.PDF", pdf, "Plans.pdf".to_owned()),
            ("../../etc/passwd", pdf, "passwd.pdf".to_owned()),
            ("C:\\Users\\ana\\plans.pdf", pdf, "plans.pdf".to_owned()),
            ("plans.exe", pdf, "plans.exe.pdf".to_owned()),
            ("plan\u{202e}fdp.exe", pdf, "planfdp.exe.pdf".to_owned()),
            ("a\r\nb\0.pdf", pdf, "ab.pdf".to_owned()),
            ("", pdf, "file.pdf".to_owned()),
            (".pdf", pdf, "pdf.pdf".to_owned()),
            ("..", pdf, "file.pdf".to_owned()),
            ("año nuevo.jpeg", "image/jpeg", "año nuevo.jpeg".to_owned()),
            ("IMG_1", "image/jpeg", "IMG_1.jpg".to_owned()),
            (
                "=cmd|' /C calc'!A0.csv",
                "text/csv",
                "C calc'!A0.csv".to_owned(),
            ),
            (
                "</textarea><script>alert(1)</script>.txt",
                "text/plain",
                "script>.txt".to_owned(),
            ),
            (
                &long,
                pdf,
                format!("{}.pdf", "x".repeat(FILE_NAME_CHARS_MAX - 4)),
            ),
        ] {
            assert_eq!(clean_name(sent, media), kept, "{sent:?}");
        }
    }

    #[test]
    fn the_header_holds_any_name() {
        assert_eq!(
            attachment("año \"x\".pdf"),
            "attachment; filename=\"a_o _x_.pdf\"; filename*=UTF-8''a%C3%B1o%20%22x%22.pdf"
        );
    }
}

//! What a file holds, by its bytes.
//!
//! Libraries that know hundreds of kinds tell Office documents by the first entries of their archive,
//! which is wrong for what some programs write, and go by two bytes for others. Here only what is
//! taken has to be told, and all else is refused: an archive is read by its directory, and text has
//! to look like text and be called so.

use hms_forms::FILE_KINDS;

/// What a file holds, of the kinds that are taken; none of any other. The name only tells one kind of
/// text from another.
pub fn media_of(name: &str, bytes: &[u8]) -> Option<&'static str> {
    by_magic(bytes)
        .or_else(|| by_directory(bytes))
        .or_else(|| as_text(name, bytes))
}

/// How files of a kind begin: (at, bytes, kind).
const BEGINNINGS: [(usize, &[u8], &str); 13] = [
    (0, b"%PDF-", "application/pdf"),
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"II*\0", "image/tiff"),
    (0, b"MM\0*", "image/tiff"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (8, b"WEBPVP8", "image/webp"),
    (4, b"ftypheic", "image/heic"),
    (4, b"ftypheix", "image/heic"),
    (4, b"ftypmif1", "image/heic"),
    (
        30,
        b"mimetypeapplication/vnd.oasis.opendocument.textPK",
        "application/vnd.oasis.opendocument.text",
    ),
    (
        30,
        b"mimetypeapplication/vnd.oasis.opendocument.spreadsheetPK",
        "application/vnd.oasis.opendocument.spreadsheet",
    ),
];

fn by_magic(bytes: &[u8]) -> Option<&'static str> {
    let begins = |(at, beginning, _): &&(usize, &[u8], &str)| {
        bytes
            .get(*at..)
            .is_some_and(|rest| rest.starts_with(beginning))
    };
    let (_, _, media) = BEGINNINGS.iter().find(begins)?;
    known(media)
}

/// Entries of an archive's directory that are looked at.
const ENTRIES_MAX: usize = 10_000;

/// Word and Excel documents, by what stands in their archive (APPNOTE.TXT 4.3.12, 4.3.16). One with
/// macros is none.
fn by_directory(bytes: &[u8]) -> Option<&'static str> {
    if !bytes.starts_with(b"PK\x03\x04") {
        return None;
    }
    let mut found = None;
    let mut at = directory_at(bytes)?;
    for _ in 0..ENTRIES_MAX {
        let entry = bytes.get(at..)?;
        if !entry.starts_with(b"PK\x01\x02") {
            break;
        }
        let length = |at: usize| {
            let two = entry.get(at..at + 2)?;
            Some(usize::from(u16::from_le_bytes([two[0], two[1]])))
        };
        let (name, extra, comment) = (length(28)?, length(30)?, length(32)?);
        let name_of = entry.get(46..46 + name)?;
        if name_of.ends_with(b"vbaProject.bin") {
            return None;
        }
        found = found.or(match name_of {
            b"word/document.xml" => {
                known("application/vnd.openxmlformats-officedocument.wordprocessingml.document")
            }
            b"xl/workbook.xml" => {
                known("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
            }
            _ => None,
        });
        at += 46 + name + extra + comment;
    }
    found
}

/// Where an archive's directory begins: its last record says so.
fn directory_at(bytes: &[u8]) -> Option<usize> {
    // The record has 22 bytes and a comment of at most 65,535.
    let from = bytes.len().saturating_sub(22 + 65_535);
    let tail = bytes.get(from..)?;
    let record = tail
        .windows(4)
        .rposition(|four| four == b"PK\x05\x06")
        .and_then(|at| tail.get(at..at + 20))?;
    let at: [u8; 4] = record.get(16..20)?.try_into().ok()?;
    usize::try_from(u32::from_le_bytes(at)).ok()
}

/// Text as people save it, in UTF-8 or in an older encoding: no character that no text has.
fn as_text(name: &str, bytes: &[u8]) -> Option<&'static str> {
    let (_, ending) = name.rsplit_once('.')?;
    let media = FILE_KINDS.iter().find(|(media, endings)| {
        let text = media.starts_with("text/") || *media == "message/rfc822";
        text && endings
            .iter()
            .any(|known| known.eq_ignore_ascii_case(ending))
    });
    let plain = |byte: u8| byte >= b' ' || matches!(byte, b'\t' | b'\n' | b'\r' | 0x0c);
    let (media, _) = media?;
    (!bytes.is_empty() && bytes.iter().all(|byte| plain(*byte) && *byte != 0x7f)).then_some(*media)
}

fn known(media: &str) -> Option<&'static str> {
    let found = FILE_KINDS.iter().find(|(known, _)| *known == media)?;
    Some(found.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An archive with these entries, each empty.
    fn archive(names: &[&str]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for name in names {
            bytes.extend(b"PK\x03\x04");
            bytes.extend([0; 22]);
            bytes.extend((name.len() as u16).to_le_bytes());
            bytes.extend([0; 2]);
            bytes.extend(name.as_bytes());
        }
        let at = bytes.len() as u32;
        for name in names {
            bytes.extend(b"PK\x01\x02");
            bytes.extend([0; 24]);
            bytes.extend((name.len() as u16).to_le_bytes());
            bytes.extend([0; 16]);
            bytes.extend(name.as_bytes());
        }
        bytes.extend(b"PK\x05\x06");
        bytes.extend([0; 12]);
        bytes.extend(at.to_le_bytes());
        bytes.extend([0; 2]);
        bytes
    }

    #[test]
    fn what_files_hold_and_what_they_are_called() {
        let docx = archive(&["docProps/app.xml", "_rels/.rels", "word/document.xml"]);
        let xlsx = archive(&["[Content_Types].xml", "xl/workbook.xml"]);
        let macros = archive(&["word/document.xml", "word/vbaProject.bin"]);
        let jar = archive(&["META-INF/MANIFEST.MF"]);
        let mut odt = b"PK\x03\x04".to_vec();
        odt.extend([0; 26]);
        odt.extend(b"mimetypeapplication/vnd.oasis.opendocument.textPK");
        let word = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
        let excel = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
        let cases: [(&str, &[u8], Option<&str>); 26] = [
            ("a.pdf", b"%PDF-1.7\n", Some("application/pdf")),
            ("a.exe", b"%PDF-1.7\n", Some("application/pdf")),
            ("a", b"\xff\xd8\xff\xe0\0", Some("image/jpeg")),
            ("a.png", b"\x89PNG\r\n\x1a\n\0", Some("image/png")),
            ("a.tif", b"II*\0abcd", Some("image/tiff")),
            ("a.gif", b"GIF89a", Some("image/gif")),
            ("a.webp", b"RIFF\x10\0\0\0WEBPVP8 ", Some("image/webp")),
            ("a.heic", b"\0\0\0\x18ftypheic\0\0\0\0", Some("image/heic")),
            ("a.docx", &docx, Some(word)),
            ("a.xlsx", &xlsx, Some(excel)),
            (
                "a.odt",
                &odt,
                Some("application/vnd.oasis.opendocument.text"),
            ),
            ("a.docx", &macros, None),
            ("a.docx", &jar, None),
            ("a.docx", b"PK\x03\x04", None),
            ("a.txt", "Año\r\n".as_bytes(), Some("text/plain")),
            ("a.TXT", b"A\xf1o", Some("text/plain")),
            ("a.csv", b"=cmd,1\n", Some("text/csv")),
            ("a.eml", b"From: a@example.org\n\n", Some("message/rfc822")),
            ("a.txt", b"MZ\x90\0\x03", None),
            ("a.txt", b"", None),
            ("a.html", b"<script>alert(1)</script>", None),
            ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", None),
            ("a.pdf", b"<html>", None),
            ("a.png", b"<svg/>", None),
            ("a.exe", b"MZ\x90\0", None),
            ("a", b"text", None),
        ];
        for (name, bytes, expected) in cases {
            assert_eq!(media_of(name, bytes), expected, "{name} {bytes:?}");
        }
    }

    #[test]
    fn an_archive_that_lies_about_itself_is_none() {
        let whole = archive(&["word/document.xml", "a"]);
        for cut in 0..whole.len() {
            let _ = media_of("a.docx", &whole[..cut]);
            let mut bent = whole.clone();
            bent[cut] = 0xff;
            let _ = media_of("a.docx", &bent);
        }
    }
}

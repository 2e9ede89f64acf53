use std::fmt::Write;

use qrcodegen::{QrCode, QrCodeEcc};

/// White around the code, in modules (ISO/IEC 18004 asks for four).
const QUIET: i32 = 4;

/// A text as a picture that a phone reads; empty when the text is too long for one. Black on white whatever
/// the page's colours, because that is what apps expect.
pub(super) fn qr_code(text: &str) -> String {
    let Ok(code) = QrCode::encode_text(text, QrCodeEcc::Medium) else {
        return String::new();
    };
    let mut path = String::new();
    for y in 0..code.size() {
        for x in (0..code.size()).filter(|x| code.get_module(*x, y)) {
            // Writing to a string does not fail.
            let _ = write!(path, "M{},{}h1v1h-1z", x + QUIET, y + QUIET);
        }
    }
    let size = code.size() + 2 * QUIET;
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {size} {size}\" width=\"240\" height=\"240\" \
         shape-rendering=\"crispEdges\" aria-hidden=\"true\"><rect width=\"{size}\" height=\"{size}\" fill=\"#fff\"/>\
         <path d=\"{path}\" fill=\"#000\"/></svg>"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_becomes_a_picture_that_holds_none_of_its_markup() {
        let picture = qr_code("otpauth://totp/HMS:<script>?secret=ABC");
        assert!(picture.starts_with("<svg ") && picture.ends_with("</svg>"));
        assert!(!picture.contains("script") && picture.matches('M').count() > 200);
        assert_eq!(qr_code(&"x".repeat(5000)), "");
    }
}

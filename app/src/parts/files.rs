//! Files that were handed in, and the field that asks for some.

use hms_forms::{FILE_KINDS, file_size};
use leptos::prelude::*;
use serde_json::Value;

use super::field::Heading;
use super::page_words;
use crate::views::FileAnswer;

/// Each file as a link that brings it, with its size. `at` is the address their ids follow.
#[component]
pub(crate) fn FileLinks(files: Vec<FileAnswer>, at: String) -> impl IntoView {
    let links = files.into_iter().map(|file| {
        let address = format!("{at}/{}", file.file);
        view! {
            <li>
                // `external` keeps the router out: this is no page.
                <a rel="external" href=address>{file.name}</a>
                <span class="hms-files__size">{format!(" ({})", file_size(file.size))}</span>
            </li>
        }
    });
    view! { <ul class="hms-files">{links.collect_view()}</ul> }
}

/// A field that takes files. A browser cannot be given files back, so those that came with a form that
/// was not sent yet are kept, and each stands here with a box that is ticked as long as it is wanted.
#[component]
pub(super) fn FileField(
    legend: Heading,
    /// The files kept, as an answer names them.
    typed: Vec<String>,
    /// The most it takes.
    most: u32,
) -> impl IntoView {
    let words = &page_words().form;
    let mut legend = legend;
    let takes = (words.files_hint)(most);
    legend.hint = match legend.hint.is_empty() {
        true => takes,
        false => format!("{} {takes}", legend.hint),
    };
    let kept: Vec<FileAnswer> = typed.iter().filter_map(|text| kept(text)).collect();
    let name = legend.name.clone();
    let add = view! {
        <input
            class="hms-file-input"
            id=name.clone()
            name=name.clone()
            type="file"
            multiple={most > 1}
            accept=accepted()
            aria-describedby=legend.described_by()
            aria-invalid=legend.invalid()
        />
    };
    if kept.is_empty() {
        return view! {
            <div class=legend.class("usa-form-group")>
                <label class=legend.class("usa-label") for=name>{legend.label_text()}</label>
                {legend.notes()}
                {add}
            </div>
        }
        .into_any();
    }
    let boxes = kept
        .into_iter()
        .map(|file| {
            let id = format!("{name}-{}", file.file);
            let told = format!("{} ({})", file.name, file_size(file.size));
            view! {
                <div class="usa-checkbox">
                    <input
                        class="usa-checkbox__input"
                        type="checkbox"
                        id=id.clone()
                        name=name.clone()
                        value=file.file.to_string()
                        checked=true
                    />
                    <label class="usa-checkbox__label hms-file-kept" for=id>{told}</label>
                </div>
            }
        })
        .collect_view();
    view! {
        <div class=legend.class("usa-form-group")>
            <fieldset class="usa-fieldset" aria-describedby=legend.described_by()>
                <legend class=legend.class("usa-label")>{legend.label_text()}</legend>
                {legend.notes()}
                <p class="hms-files-kept">{words.files_kept}</p>
                {boxes}
                <label class="usa-label" for=name>{words.files_add}</label>
                {add}
            </fieldset>
        </div>
    }
    .into_any()
}

fn kept(text: &str) -> Option<FileAnswer> {
    let value: Value = serde_json::from_str(text).ok()?;
    FileAnswer::of(&value)
}

/// What a file chooser offers, by the endings of names.
fn accepted() -> String {
    let endings = FILE_KINDS.iter().flat_map(|(_, endings)| endings.iter());
    let dotted: Vec<String> = endings.map(|ending| format!(".{ending}")).collect();
    dotted.join(",")
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_never_markup() {
        let attack = FileAnswer {
            file: uuid::Uuid::from_u128(7),
            name: "<textarea><script>alert(1)<script>\".pdf".into(),
            media: "application/pdf".into(),
            size: 12,
            sha256: "0".repeat(64),
        };
        let html = Owner::new().with(|| {
            provide_context(crate::views::Language::En);
            let typed = vec![attack.to_value().to_string(), "no file".to_owned()];
            let legend = Heading {
                name: "plans".into(),
                ..Heading::default()
            };
            let field = view! { <FileField legend typed most=2/> }.to_html();
            let at = "/inbox/x/files".to_owned();
            let links = view! { <FileLinks files=vec![attack] at/> }.to_html();
            format!("{field}{links}")
        });
        assert!(!html.contains("<script>"), "{html}");
        assert_eq!(html.matches("type=\"checkbox\"").count(), 1, "{html}");
        assert_eq!(html.matches("&lt;script&gt;").count(), 4, "{html}");
    }
}

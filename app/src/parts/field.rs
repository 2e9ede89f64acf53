//! Form fields: label, hint, what is wrong, control.

use leptos::prelude::*;

use super::page_words;

/// What stands above a control.
#[derive(Debug, Clone, Default)]
pub(crate) struct Legend {
    /// The field's name and id.
    pub(crate) name: &'static str,
    /// Its label.
    pub(crate) label: String,
    /// A hint, or empty.
    pub(crate) hint: &'static str,
    /// What is wrong with it.
    pub(crate) fault: Option<String>,
    /// Whether it may be left empty, and the label says so.
    pub(crate) optional: bool,
}

/// What stands above a control whose words come from a definition.
#[derive(Debug, Clone, Default)]
pub(crate) struct Heading {
    /// The field's name and id.
    pub(crate) name: String,
    /// Its label.
    pub(crate) label: String,
    /// A hint, or empty.
    pub(crate) hint: String,
    /// What is wrong with it.
    pub(crate) fault: Option<String>,
    /// Whether it may be left empty, and the label says so.
    pub(crate) optional: bool,
}

impl From<Legend> for Heading {
    fn from(legend: Legend) -> Heading {
        Heading {
            name: legend.name.to_owned(),
            label: legend.label,
            hint: legend.hint.to_owned(),
            fault: legend.fault,
            optional: legend.optional,
        }
    }
}

impl Heading {
    /// For `aria-describedby`: the ids of hint and fault.
    pub(super) fn described_by(&self) -> Option<String> {
        let mut ids = Vec::new();
        if !self.hint.is_empty() {
            ids.push(format!("{}-hint", self.name));
        }
        if self.fault.is_some() {
            ids.push(format!("{}-fault", self.name));
        }
        (!ids.is_empty()).then(|| ids.join(" "))
    }

    pub(super) fn class(&self, base: &str) -> String {
        match self.fault {
            Some(_) => format!("{base} {base}--error"),
            None => base.to_owned(),
        }
    }

    pub(super) fn invalid(&self) -> Option<&'static str> {
        self.fault.as_ref().map(|_| "true")
    }

    pub(super) fn label_text(&self) -> AnyView {
        let optional = self.optional.then(|| {
            view! { " " <span class="hms-optional">{page_words().report.optional}</span> }
        });
        view! {
            {self.label.clone()}
            {optional}
        }
        .into_any()
    }

    pub(super) fn notes(&self) -> AnyView {
        let hint = (!self.hint.is_empty()).then(|| {
            view! {
                <span class="usa-hint" id=format!("{}-hint", self.name)>
                    {self.hint.clone()}
                </span>
            }
        });
        let fault = self.fault.clone().map(|fault| {
            view! {
                <span class="usa-error-message" id=format!("{}-fault", self.name)>
                    {fault}
                </span>
            }
        });
        view! {
            {hint}
            {fault}
        }
        .into_any()
    }
}

/// A field of one line.
#[component]
pub(crate) fn TextField(
    #[prop(into)] legend: Heading,
    #[prop(into)] value: String,
    #[prop(default = "text")] kind: &'static str,
    #[prop(default = "off")] autocomplete: &'static str,
    #[prop(optional)] inputmode: Option<&'static str>,
    #[prop(optional)] narrow: bool,
) -> impl IntoView {
    let name = legend.name.clone();
    let class = if narrow {
        format!("{} usa-input--md", legend.class("usa-input"))
    } else {
        legend.class("usa-input")
    };
    view! {
        <div class=legend.class("usa-form-group")>
            <label class=legend.class("usa-label") for=name.clone()>{legend.label_text()}</label>
            {legend.notes()}
            <input
                class=class
                id=name.clone()
                name=name
                type=kind
                value=value
                autocomplete=autocomplete
                autocapitalize="off"
                spellcheck="false"
                inputmode=inputmode
                aria-describedby=legend.described_by()
                aria-invalid=legend.invalid()
            />
        </div>
    }
}

/// A field of many lines.
///
/// The text goes in as escaped HTML, not as a child: server rendering writes the children of a
/// `<textarea>` as they are, so that `</textarea><script>` would run.
#[component]
pub(crate) fn LongField(
    #[prop(into)] legend: Heading,
    #[prop(into)] value: String,
    #[prop(default = 8)] rows: u32,
    #[prop(default = "off")] autocomplete: &'static str,
) -> impl IntoView {
    let name = legend.name.clone();
    view! {
        <div class=legend.class("usa-form-group")>
            <label class=legend.class("usa-label") for=name.clone()>{legend.label_text()}</label>
            {legend.notes()}
            <textarea
                class=format!("{} hms-textarea", legend.class("usa-textarea"))
                id=name.clone()
                name=name
                rows=rows
                autocomplete=autocomplete
                aria-describedby=legend.described_by()
                aria-invalid=legend.invalid()
                inner_html=escaped(&value)
            ></textarea>
        </div>
    }
}

/// One choice of several.
#[component]
pub(crate) fn ChoiceField(
    #[prop(into)] legend: Heading,
    #[prop(into)] value: String,
    choices: Vec<(String, String)>,
) -> impl IntoView {
    let name = legend.name.clone();
    let options = choices
        .into_iter()
        .enumerate()
        .map(|(place, (key, label))| {
            // The first one has the field's own id: the summary of problems leads to it.
            let id = if place == 0 {
                name.clone()
            } else {
                format!("{name}-{key}")
            };
            view! {
                <div class="usa-radio">
                    <input
                        class="usa-radio__input"
                        type="radio"
                        id=id.clone()
                        name=name.clone()
                        value=key.clone()
                        checked=value == key
                    />
                    <label class="usa-radio__label" for=id>{label}</label>
                </div>
            }
        })
        .collect_view();
    view! {
        <div class=legend.class("usa-form-group")>
            <fieldset class="usa-fieldset" aria-describedby=legend.described_by()>
                <legend class=legend.class("usa-label")>{legend.label_text()}</legend>
                {legend.notes()}
                {options}
            </fieldset>
        </div>
    }
}

/// A text as the content of an element that cannot hold elements.
pub(crate) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    fn legend() -> Legend {
        Legend {
            name: "text",
            label: "Tell us".into(),
            ..Legend::default()
        }
    }

    const ATTACK: &str = "</textarea><script>alert(1)</script>\"&amp;";

    #[test]
    fn typed_text_never_becomes_markup() {
        let html = Owner::new().with(|| {
            let long = view! { <LongField legend=legend() value=ATTACK/> }.to_html();
            let short = view! { <TextField legend=legend() value=ATTACK/> }.to_html();
            format!("{long}{short}")
        });
        assert!(!html.contains("<script"), "{html}");
        assert_eq!(html.matches("</textarea>").count(), 1, "{html}");
        assert!(
            html.contains("&lt;/textarea&gt;&lt;script&gt;alert(1)&lt;/script&gt;\"&amp;amp;"),
            "what was typed is shown as typed: {html}"
        );
        assert!(html.contains("&quot;"), "{html}");
    }

    #[test]
    fn a_fault_is_tied_to_its_field() {
        let html = Owner::new().with(|| {
            let legend = Legend {
                hint: "A hint",
                fault: Some("Do this".into()),
                ..legend()
            };
            view! { <TextField legend value=""/> }.to_html()
        });
        assert!(
            html.contains("aria-describedby=\"text-hint text-fault\""),
            "{html}"
        );
        assert!(html.contains("aria-invalid=\"true\""), "{html}");
    }
}

use std::collections::BTreeMap;

use serde_json::Value;

use crate::{Form, Text};

/// What makes a workflow a public service: a form that anybody can fill in, and the words in which
/// its reporter is told where the case stands.
#[derive(Debug, Clone)]
pub struct Portal {
    /// Its address: `/report/{slug}`.
    pub slug: String,
    /// What the service is called.
    pub title: Text,
    /// The form, page by page.
    pub pages: Vec<PortalPage>,
    /// What a step is called for the reporter, where that is not its title.
    pub statuses: BTreeMap<String, Text>,
    /// The field with the e-mail address that gets messages.
    pub notify: Option<String>,
    /// What the report's number is called in the payload: what the workflow's `key` names, else
    /// `number`.
    pub number: String,
}

/// A page of a portal's form.
#[derive(Debug, Clone)]
pub struct PortalPage {
    /// Its heading.
    pub title: Text,
    /// Its fields.
    pub form: Form,
}

impl Portal {
    /// How to reach the reporter, from the payload that their form became: `email`, `number` and
    /// `language`, as far as they are there. Nothing without an address.
    pub(crate) fn contact(&self, payload: &Value) -> Value {
        let Some(notify) = &self.notify else {
            return Value::Null;
        };
        let named = [
            ("email", notify.as_str()),
            ("number", &self.number),
            ("language", "language"),
        ];
        if !payload[notify].is_string() {
            return Value::Null;
        }
        let contact = named.into_iter().filter_map(|(name, field)| {
            let value = payload.get(field)?;
            Some((name.to_owned(), value.clone()))
        });
        Value::Object(contact.collect())
    }

    /// The whole form, whose later conditions look at the answers of earlier pages.
    pub fn form(&self) -> Form {
        Form {
            fields: self
                .pages
                .iter()
                .flat_map(|page| page.form.fields.iter().cloned())
                .collect(),
        }
    }
}

//! Whether an expression finds nothing where it looks, because what stands there is kept apart.

use std::collections::BTreeSet;

use super::locate::{Role, word};
use super::term::{Function, Operator, Term};
use super::{Expression, Span};

/// What of a run is kept apart.
#[derive(Debug, Clone, Copy)]
pub(crate) struct KeptApart<'k> {
    /// The fields of payloads.
    pub(crate) fields: &'k BTreeSet<String>,
    /// The waits whose result is an event's payload.
    pub(crate) waits: &'k BTreeSet<String>,
}

impl Expression {
    /// The first field that is kept apart and that the expression looks into, and where it names it. To ask whether it
    /// is there and to hand it on as it is are no looks; `hands_on` is whether its value is only handed on.
    pub(crate) fn looks_into<'k>(
        &self,
        apart: KeptApart<'k>,
        hands_on: bool,
    ) -> Option<(&'k str, Option<Span>)> {
        let field = apart.looked_at(&self.0.term, hands_on)?;
        Some((field, word(self.source(), field, Role::Field)))
    }
}

impl<'k> KeptApart<'k> {
    /// The field a term is, when it is kept apart.
    fn names(self, term: &Term) -> Option<&'k str> {
        let (base, name) = match term {
            Term::Field(base, name) => (base, name),
            Term::Index(base, index) => match index.as_ref() {
                Term::Text(name) => (base, name),
                _ => return None,
            },
            _ => return None,
        };
        let of_payload = match base.as_ref() {
            Term::Payload => true,
            Term::Field(event, part) => part == "payload" && matches!(**event, Term::Event),
            Term::StepResult(step) => self.waits.contains(step),
            _ => false,
        };
        let kept = of_payload.then(|| self.fields.get(name)).flatten();
        kept.map(String::as_str)
    }

    /// The first field that is looked at in a term. What a term comes to may be `handed_on`.
    fn looked_at(self, term: &Term, handed_on: bool) -> Option<&'k str> {
        if let Some(field) = self.names(term) {
            return (!handed_on).then_some(field);
        }
        let at = |term: &Term| self.looked_at(term, false);
        match term {
            // What is empty is not kept apart, so it can be told from what is there.
            Term::Binary(Operator::Equal | Operator::NotEqual, one, other)
                if is_nothing(one) || is_nothing(other) =>
            {
                [one, other]
                    .into_iter()
                    .find_map(|side| self.looked_at(side, true))
            }
            Term::If(parts) => {
                let [condition, yes, no] = parts.as_ref();
                at(condition)
                    .or_else(|| self.looked_at(yes, handed_on))
                    .or_else(|| self.looked_at(no, handed_on))
            }
            // A text stays the same.
            Term::Call(Function::ToText, arguments) => arguments
                .iter()
                .find_map(|term| self.looked_at(term, handed_on)),
            Term::List(items) => items.iter().find_map(|item| self.looked_at(item, true)),
            Term::Mapping(entries) => entries
                .iter()
                .find_map(|(key, value)| at(key).or_else(|| self.looked_at(value, true))),
            Term::Each(each) => at(&each.range)
                .or_else(|| each.condition.as_ref().and_then(at))
                .or_else(|| {
                    let value = each.value.as_ref()?;
                    self.looked_at(value, true)
                }),
            _ => term.parts().into_iter().find_map(at),
        }
    }
}

fn is_nothing(term: &Term) -> bool {
    match term {
        Term::Null => true,
        Term::Text(text) => text.is_empty(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expression::Roots;

    #[test]
    fn a_look_into_what_is_kept_apart_is_told_from_handing_it_on() {
        let fields = BTreeSet::from(["email".to_owned(), "contact".to_owned()]);
        let waits = BTreeSet::from(["reply".to_owned()]);
        let apart = KeptApart {
            fields: &fields,
            waits: &waits,
        };
        for (source, handed_on, looks) in [
            ("payload.email", true, None),
            ("payload.email", false, Some("email")),
            ("payload.text", false, None),
            ("payload", false, None),
            ("has(payload.email)", false, None),
            ("has(payload.email) && payload.urgent", false, None),
            ("has(payload.contact.phone)", false, Some("contact")),
            ("payload.contact.phone", true, Some("contact")),
            ("payload['email']", true, None),
            ("payload['email'] + '.'", true, Some("email")),
            ("payload.email != ''", false, None),
            ("payload.email == null", false, None),
            ("payload.email == 'a@b.example'", false, Some("email")),
            ("payload.email == payload.other", false, Some("email")),
            ("size(payload.email) > 3", false, Some("email")),
            ("payload.email.endsWith('.gov')", false, Some("email")),
            ("has(payload.email) ? payload.email : 'none'", true, None),
            ("payload.email == 'x' ? 1 : 2", true, Some("email")),
            ("[payload.email, payload.text]", false, None),
            ("{'to': payload.email}", true, None),
            ("string(payload.email)", true, None),
            ("payload.email in ['a@b.example']", false, Some("email")),
            ("steps.reply.result.email", true, None),
            ("steps.reply.result.email == 'a'", false, Some("email")),
            ("steps.other.result.email == 'a'", false, None),
            ("event.payload.email == run.key", false, Some("email")),
            ("event.payload.number == run.key", false, None),
            (
                "payload.list.all(x, x == payload.email)",
                false,
                Some("email"),
            ),
            ("payload.contact.map(x, x)", true, Some("contact")),
        ] {
            let compiled = Expression::compile(source, Roots::ALL.with_event()).unwrap();
            let found = compiled.looks_into(apart, handed_on);
            assert_eq!(found.map(|(field, _)| field), looks, "{source}");
        }
    }

    #[test]
    fn the_place_is_that_of_the_field() {
        let fields = BTreeSet::from(["email".to_owned()]);
        let apart = KeptApart {
            fields: &fields,
            waits: &BTreeSet::new(),
        };
        let source = "'email' != payload.email + 'x'";
        let compiled = Expression::compile(source, Roots::ALL).unwrap();
        assert_eq!(
            compiled.looks_into(apart, true),
            Some(("email", Some((19, 5))))
        );
    }
}

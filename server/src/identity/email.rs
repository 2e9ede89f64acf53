/// An e-mail address as accounts are known by: no spaces around it, lower case.
pub fn normal_email(typed: &str) -> String {
    typed.trim().to_lowercase()
}

/// An e-mail address for eyes that need not know it: `m…@example.org`.
pub fn mask_email(address: &str) -> String {
    match address.rsplit_once('@') {
        Some((name, domain)) => {
            let first: String = name.chars().take(1).collect();
            format!("{first}…@{domain}")
        }
        None => "…".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_known_in_one_form_and_shown_without_the_name() {
        assert_eq!(normal_email("  Ivy@Demo.Example\n"), "ivy@demo.example");
        assert_eq!(mask_email("maria@example.org"), "m…@example.org");
        assert_eq!(mask_email("ñandú@example.org"), "ñ…@example.org");
        assert_eq!(mask_email("nonsense"), "…");
    }
}

use super::Span;

/// What a word is in an expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// Not behind a dot, and not called.
    Variable,
    /// Before an opening bracket.
    Function,
    /// Behind a dot.
    Field,
}

/// The first place where a word stands in this role, outside quotes. The parser does not tell
/// where it found what it read. An expression of several lines has no such place: its columns are
/// not those of the file.
pub(super) fn word(source: &str, word: &str, role: Role) -> Option<Span> {
    if source.contains('\n') || word.is_empty() {
        return None;
    }
    let chars: Vec<char> = source.chars().collect();
    let word: Vec<char> = word.chars().collect();
    let of_word = |at: usize| {
        chars
            .get(at)
            .is_some_and(|c| c.is_alphanumeric() || *c == '_')
    };
    let mut quote = None;
    let mut escaped = false;
    for (at, c) in chars.iter().enumerate() {
        if let Some(open) = quote {
            match c {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                _ if *c == open => quote = None,
                _ => {}
            }
            continue;
        }
        if matches!(c, '"' | '\'') {
            quote = Some(*c);
            continue;
        }
        let end = at + word.len();
        let whole =
            chars.get(at..end) == Some(&word[..]) && !of_word(end) && (at == 0 || !of_word(at - 1));
        if !whole {
            continue;
        }
        let before = chars[..at].iter().rev().find(|c| !c.is_whitespace());
        let after = chars[end..].iter().find(|c| !c.is_whitespace());
        let fits = match role {
            Role::Variable => before != Some(&'.') && after != Some(&'('),
            Role::Function => after == Some(&'('),
            Role::Field => before == Some(&'.'),
        };
        if fits {
            return Some((
                u32::try_from(at).unwrap_or(0),
                u32::try_from(word.len()).unwrap_or(1),
            ));
        }
    }
    None
}

/// The place of a byte of the source, counted from the start of its line.
pub(super) fn byte(source: &str, line: isize, byte: isize) -> Option<Span> {
    if line != 1 || source.contains('\n') {
        return None;
    }
    let byte = usize::try_from(byte).ok()?;
    let before = source
        .char_indices()
        .take_while(|(at, _)| *at < byte)
        .count();
    // At the end of the text there is nothing to mark, so the last character is.
    let last = source.chars().count().saturating_sub(1);
    Some((u32::try_from(before.min(last)).ok()?, 1))
}

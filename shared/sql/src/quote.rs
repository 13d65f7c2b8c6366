//! The one place where quotes are written.

/// An identifier in double quotes, quotes inside it doubled (PostgreSQL manual, section 4.1.1).
///
/// NUL cannot stand in SQL text and is left out.
pub(crate) fn quote_identifier(name: &str, out: &mut String) {
    out.push('"');
    for character in name.chars() {
        match character {
            '"' => out.push_str("\"\""),
            '\0' => {}
            other => out.push(other),
        }
    }
    out.push('"');
}

/// A literal in single quotes. A backslash makes it an escape string, so that the answer does not
/// hang on the server's `standard_conforming_strings`.
pub(crate) fn quote_text(text: &str, out: &mut String) {
    if text.contains('\\') {
        out.push_str(" E");
    }
    out.push('\'');
    for character in text.chars() {
        match character {
            '\'' => out.push_str("''"),
            '\\' => out.push_str("\\\\"),
            '\0' => {}
            other => out.push(other),
        }
    }
    out.push('\'');
}

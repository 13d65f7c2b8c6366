//! A caller's text as it may stand in a log.

/// Longest text of a caller that is logged.
pub(crate) const MAX_TEXT_BYTES: usize = 1024;

/// `text` for a log: printable ASCII and letters as they are, everything else escaped (line breaks
/// of every kind, terminal sequences, text direction), cut at 1 KiB.
pub fn clean(text: &str) -> String {
    let mut out = String::with_capacity(text.len().min(MAX_TEXT_BYTES));
    for (index, character) in text.char_indices() {
        if out.len() >= MAX_TEXT_BYTES {
            out.push_str("…(");
            out.push_str(&(text.len() - index).to_string());
            out.push(')');
            break;
        }
        if matches!(character, ' '..='~') || character.is_alphanumeric() {
            out.push(character);
        } else {
            out.extend(character.escape_unicode());
        }
    }
    out
}

/// Appends `text`, cleaned, as a JSON string.
pub(crate) fn push(out: &mut Vec<u8>, text: &str) {
    let is_plain = |byte| matches!(byte, b' '..=b'~') && byte != b'"' && byte != b'\\';
    out.push(b'"');
    if text.len() <= MAX_TEXT_BYTES && text.bytes().all(is_plain) {
        out.extend_from_slice(text.as_bytes());
    } else {
        for byte in clean(text).bytes() {
            if matches!(byte, b'"' | b'\\') {
                out.push(b'\\');
            }
            out.push(byte);
        }
    }
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_can_break_a_line_or_a_terminal() {
        // vectors/input-edge.json, area log
        for (text, expected) in [
            ("a\nINFO forged line", "a\\u{a}INFO forged line"),
            ("a\r\n\r\nforged", "a\\u{d}\\u{a}\\u{d}\\u{a}forged"),
            ("\u{1b}[31mred", "\\u{1b}[31mred"),
            ("a\u{2028}b", "a\\u{2028}b"),
            ("\u{202e}gnp.exe", "\\u{202e}gnp.exe"),
            ("a\0b", "a\\u{0}b"),
            ("\u{85}next", "\\u{85}next"),
            ("Bestellungen.größe", "Bestellungen.größe"),
        ] {
            assert_eq!(clean(text), expected);
        }
    }

    #[test]
    fn long_text_is_cut_and_says_by_how_much() {
        let text = clean(&"x".repeat(1 << 20));
        assert_eq!(text, format!("{}…({})", "x".repeat(1024), (1 << 20) - 1024));
    }

    #[test]
    fn a_json_string_reads_back_as_the_cleaned_text() {
        for text in ["", "plain", "\"},{\"outcome\":\"allowed", "C:\\n", "größe", "a\nb\u{202e}\0"]
        {
            let mut out = Vec::new();
            push(&mut out, text);
            assert_eq!(serde_json::from_slice::<String>(&out).unwrap(), clean(text));
        }
    }
}

//! JSON strings from PostgreSQL's text.

use std::borrow::Cow;

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGHS: u64 = 0x8080_8080_8080_8080;
const HEX: &[u8; 16] = b"0123456789abcdef";

/// Appends `text` as a JSON string (RFC 8259 section 7), quotes included.
///
/// Bytes that are no UTF-8 become U+FFFD. They can come only from a database whose own encoding is
/// `SQL_ASCII`: every other one converts to the UTF-8 that we ask for at login.
pub(crate) fn write_string(text: &[u8], out: &mut Vec<u8>) {
    let text = utf8(text);
    out.reserve(text.len() + 2);
    out.push(b'"');
    let mut rest = text.as_bytes();
    while let Some((clean, byte, after)) = split_at_special(rest) {
        out.extend_from_slice(clean);
        write_escape(byte, out);
        rest = after;
    }
    out.extend_from_slice(rest);
    out.push(b'"');
}

/// `text` itself, or with U+FFFD in place of what is no UTF-8.
pub(crate) fn utf8(text: &[u8]) -> Cow<'_, str> {
    // Much faster than `from_utf8_lossy` on the text that is always there.
    std::str::from_utf8(text).map_or_else(|_| String::from_utf8_lossy(text), Cow::Borrowed)
}

/// Appends bytes known to need no escape (digits, times, UUIDs) as a JSON string.
pub(crate) fn write_plain(text: &[u8], out: &mut Vec<u8>) {
    out.reserve(text.len() + 2);
    out.push(b'"');
    out.extend_from_slice(text);
    out.push(b'"');
}

/// The first byte that must be escaped, with what is before and after it.
fn split_at_special(text: &[u8]) -> Option<(&[u8], u8, &[u8])> {
    let mut words = text.chunks_exact(8);
    let clean_words = words.by_ref().take_while(|word| !has_special(word)).count();
    let start = clean_words * 8;
    let (clean, tail) = text.split_at_checked(start)?;
    let offset = tail.iter().position(|byte| is_special(*byte))?;
    let (more, special) = tail.split_at_checked(offset)?;
    let (byte, after) = special.split_first()?;
    let clean = text.get(..clean.len() + more.len())?;
    Some((clean, *byte, after))
}

/// Whether eight bytes hold one that must be escaped: three "is there such a byte" tests of a whole
/// word at a time, exact as a yes or no.
fn has_special(word: &[u8]) -> bool {
    let Ok(word) = <[u8; 8]>::try_from(word) else { return true };
    let word = u64::from_le_bytes(word);
    let has_zero = |word: u64| word.wrapping_sub(ONES) & !word & HIGHS != 0;
    let below_space = word.wrapping_sub(ONES * 0x20) & !word & HIGHS != 0;
    below_space
        || has_zero(word ^ (ONES * u64::from(b'"')))
        || has_zero(word ^ (ONES * u64::from(b'\\')))
}

const fn is_special(byte: u8) -> bool {
    byte < 0x20 || byte == b'"' || byte == b'\\'
}

fn write_escape(byte: u8, out: &mut Vec<u8>) {
    let short = match byte {
        b'"' | b'\\' => byte,
        b'\n' => b'n',
        b'\r' => b'r',
        b'\t' => b't',
        0x08 => b'b',
        0x0c => b'f',
        _ => {
            let digit = |nibble: u8| HEX.get(usize::from(nibble)).copied().unwrap_or(b'0');
            out.extend_from_slice(b"\\u00");
            out.extend_from_slice(&[digit(byte >> 4), digit(byte & 0x0f)]);
            return;
        }
    };
    out.extend_from_slice(&[b'\\', short]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn written(text: &[u8]) -> String {
        let mut out = Vec::new();
        write_string(text, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn every_byte_below_a_blank_and_both_marks_are_escaped() {
        assert_eq!(
            written(b"a\"b\\c\n\r\t\x08\x0c\x01\x1f/"),
            r#""a\"b\\c\n\r\t\b\f\u0001\u001f/""#
        );
    }

    #[test]
    fn bytes_that_are_no_utf8_become_the_replacement_character() {
        assert_eq!(written(b"ab\xffcd"), "\"ab\u{fffd}cd\"");
    }

    proptest! {
        #[test]
        fn any_text_reads_back_as_itself(text in any::<String>()) {
            prop_assert_eq!(serde_json::from_str::<String>(&written(text.as_bytes())).unwrap(), text);
        }

        #[test]
        fn marks_are_found_at_any_place_of_a_word(
            text in proptest::collection::vec(prop_oneof![Just(b'a'), Just(b'"'), Just(0x1f), Just(0x20)], 0..40)
        ) {
            let read = serde_json::from_str::<String>(&written(&text)).unwrap();
            prop_assert_eq!(read.as_bytes(), text);
        }
    }
}

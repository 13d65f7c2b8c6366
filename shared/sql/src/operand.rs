//! Whether author's SQL needs parentheses beside an operator.

/// Whether text binds as tightly as one operand: names, numbers, quoted pieces, calls and casts
/// without a blank or operator outside parentheses and quotes.
pub(crate) fn is_single_operand(text: &str) -> bool {
    let mut depth = 0_u32;
    let mut quote: Option<u8> = None;
    let mut was_closed = false;
    for byte in text.bytes() {
        if let Some(open) = quote {
            if byte == open {
                quote = None;
            }
            continue;
        }
        match byte {
            b'\'' | b'"' => quote = Some(byte),
            b'(' | b'[' => depth += 1,
            b')' | b']' if depth > 0 => {
                depth -= 1;
                was_closed = depth == 0;
                continue;
            }
            _ if depth > 0 => {}
            // `(a)b` is no operand, `(a).b` and `(a)::b` are.
            b'.' | b':' => {}
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'$' if !was_closed => {}
            _ => return false,
        }
        if depth == 0 {
            was_closed = was_closed && !matches!(byte, b'.' | b':');
        }
    }
    depth == 0 && quote.is_none() && !text.is_empty()
}

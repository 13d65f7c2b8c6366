//! Whether a text can be parsed on a bounded stack.
//!
//! The parser descends one call chain per nested bracket and per operator of a chain, and Rust
//! cannot recover from an exhausted stack, so depth is judged before it runs.

/// Brackets in brackets; the deepest model seen has a dozen.
const MAX_BRACKETS: usize = 200;
/// Words and operators that may hang on one another, over all open brackets.
const MAX_WORDS: usize = 20_000;

/// The stack the parser is given: 8 KiB for a bracket and 2 KiB for a word, measured without
/// optimization (a quarter of that with it), and as much again.
pub(crate) const STACK_BYTES: usize = 96 * 1024 * 1024;

/// The byte at which the text is deeper than the parser's stack bears.
pub(crate) fn too_deep(text: &str) -> Option<usize> {
    let mut scan = Scan { open: vec![0], words: 0, in_word: false };
    let bytes = text.as_bytes();
    let mut at = 0;
    // The depths at which template literals were left for an expression.
    let mut templates = Vec::new();
    while let Some(&byte) = bytes.get(at) {
        at += 1;
        match byte {
            b'"' | b'\'' => at = skip_string(bytes, at, byte),
            b'/' if bytes.get(at) == Some(&b'/') => at = skip_to(bytes, at, b"\n"),
            b'/' if bytes.get(at) == Some(&b'*') => at = skip_to(bytes, at + 1, b"*/"),
            b'`' => at = skip_template(bytes, at, &mut scan, &mut templates),
            b'}' if templates.last() == Some(&scan.open.len()) => {
                templates.pop();
                scan.close();
                at = skip_template(bytes, at, &mut scan, &mut templates);
            }
            b'(' | b'[' | b'{' => scan.open(),
            b')' | b']' | b'}' => scan.close(),
            b',' | b';' => scan.restart(),
            b'\n' if starts_statement(bytes, at) => scan.restart(),
            _ => scan.word(byte),
        }
        if scan.open.len() > MAX_BRACKETS || scan.words > MAX_WORDS {
            return Some(at - 1);
        }
    }
    None
}

struct Scan {
    /// Words since the last separator, per open bracket.
    open: Vec<usize>,
    /// Their sum.
    words: usize,
    in_word: bool,
}

impl Scan {
    fn open(&mut self) {
        self.in_word = false;
        self.open.push(0);
    }

    fn close(&mut self) {
        self.in_word = false;
        if self.open.len() > 1 {
            self.words -= self.open.pop().unwrap_or_default();
        }
    }

    fn restart(&mut self) {
        self.in_word = false;
        if let Some(last) = self.open.last_mut() {
            self.words -= std::mem::take(last);
        }
    }

    fn word(&mut self, byte: u8) {
        let is_letter = byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$' | 0x80..);
        let starts = if is_letter { !self.in_word } else { !byte.is_ascii_whitespace() };
        self.in_word = is_letter;
        if starts && let Some(last) = self.open.last_mut() {
            *last += 1;
            self.words += 1;
        }
    }
}

fn starts_statement(bytes: &[u8], at: usize) -> bool {
    let rest = bytes.get(at..).unwrap_or_default();
    let rest = rest.trim_ascii_start();
    [&b"const "[..], b"let ", b"var ", b"import ", b"export ", b"function ", b"class ", b"return "]
        .iter()
        .any(|word| rest.starts_with(word))
}

fn skip_to(bytes: &[u8], at: usize, end: &[u8]) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    let found = rest.windows(end.len()).position(|window| window == end);
    found.map_or(bytes.len(), |found| at + found + end.len())
}

fn skip_string(bytes: &[u8], mut at: usize, quote: u8) -> usize {
    while let Some(&byte) = bytes.get(at) {
        at += 1;
        match byte {
            b'\\' => at += 1,
            b'\n' => return at,
            _ if byte == quote => return at,
            _ => {}
        }
    }
    at
}

fn skip_template(
    bytes: &[u8],
    mut at: usize,
    scan: &mut Scan,
    templates: &mut Vec<usize>,
) -> usize {
    while let Some(&byte) = bytes.get(at) {
        at += 1;
        match byte {
            b'\\' => at += 1,
            b'`' => {
                scan.word(b'`');
                return at;
            }
            b'$' if bytes.get(at) == Some(&b'{') => {
                scan.open();
                templates.push(scan.open.len());
                return at + 1;
            }
            _ => {}
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_code_of_any_length_is_not_deep() {
        let cube = "cube(`a`, { sql: `SELECT ((((( ${CUBE.x(`${y}`)} it's`, 'x': [1, 2] })\n";
        assert_eq!(too_deep(&cube.repeat(2_000)), None);
        assert_eq!(too_deep(&"const a = b + c\n".repeat(20_000)), None);
        assert_eq!(too_deep(&"// ((((((((\n/* [[[[[[ */ '{{{{{'\n".repeat(1_000)), None);
    }

    #[test]
    fn nesting_and_chains_are_deep() {
        for text in ["(", "[", "{a:", "f(()=>", "`${", "if(1){"] {
            assert!(too_deep(&text.repeat(1_000)).is_some(), "{text}");
        }
        for text in ["!", "1?1:", "a=>", "if(1)", "1+", "new ", "await\n", "-\n"] {
            assert!(too_deep(&text.repeat(30_000)).is_some(), "{text}");
        }
    }
}

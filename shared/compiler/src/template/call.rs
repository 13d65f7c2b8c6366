//! What stands between braces: a dotted path, maybe called with arguments.

use std::borrow::Cow;

use crate::Error;

/// `a.b.c` or `a.b.c(arguments)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Call<'t> {
    pub(super) path: Vec<&'t str>,
    pub(super) arguments: Option<Vec<Argument<'t>>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Argument<'t> {
    /// The inside of a quoted text, as it was written; of several that follow each other, all.
    Text(Cow<'t, str>),
    Call(Call<'t>),
    Lambda(Lambda<'t>),
}

/// `lambda from, to: f"..."`, as Cube writes functions in YAML.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Lambda<'t> {
    pub(super) parameters: Vec<&'t str>,
    /// `*values`: the last one, which takes all values that are left.
    pub(super) rest: Option<&'t str>,
    /// A text or a reference.
    pub(super) body: Box<Argument<'t>>,
}

/// Texts in braces in texts: more than any model has, and little enough for the stack.
const MAX_NESTING: usize = 16;

/// The byte of the `}` that closes a reference whose inside is at the start of `text`.
///
/// Braces inside quoted arguments are theirs.
pub(super) fn closing_brace(text: &str) -> Option<usize> {
    // An odd quote is the SQL's own (`{a's}`): the nearest brace makes the better sentence.
    brace_end(text, 0).or_else(|| text.find('}'))
}

fn brace_end(text: &str, nesting: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'\\' => at += 1,
            b'"' | b'\'' => {
                let before = at.checked_sub(1).and_then(|before| bytes.get(before));
                let is_formatted = matches!(before, Some(b'f' | b'F'));
                at += 1 + quote_end(text.get(at + 1..)?, byte, is_formatted, nesting)?;
            }
            b'{' => depth += 1,
            b'}' if depth == 0 => return Some(at),
            b'}' => depth -= 1,
            _ => {}
        }
        at += 1;
    }
    None
}

/// The byte of the quote that closes a text whose inside is at the start of `text`.
///
/// The braces of a formatted text (`f"..."`) hold references, whose quotes are theirs.
fn quote_end(text: &str, quote: u8, is_formatted: bool, nesting: usize) -> Option<usize> {
    if nesting > MAX_NESTING {
        return None;
    }
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'\\' => at += 1,
            b'{' if is_formatted => {
                at += 1 + brace_end(text.get(at + 1..)?, nesting + 1)?;
            }
            _ if byte == quote => return Some(at),
            _ => {}
        }
        at += 1;
    }
    None
}

/// What braces may hold.
const WHAT_IS_READ: &str = "write `{member}`, `{cube.member}` or `{CUBE}.column`, \
                            or `\\{` for a literal brace";

/// What a function may be.
const WHAT_A_FUNCTION_IS: &str = "a function is a text of SQL over its parameters: \
                                  `lambda x, y: f\"at >= {x} AND at <= {y}\"`";

/// The sentence for braces that hold no reference.
pub(super) fn unreadable(inside: &str, help: &'static str) -> Error {
    let mut text: String = inside.chars().take(80).collect();
    if text.len() < inside.len() {
        text.push_str("...");
    }
    Error::BadReference { text, help }
}

impl<'t> Call<'t> {
    /// Reads the whole of `text` as one call.
    pub(super) fn parse(text: &'t str) -> Result<Self, Error> {
        let mut reader = Reader { rest: text };
        match reader.call(0) {
            Some(call) if reader.blank().rest.is_empty() => Ok(call),
            Some(_) | None if text.contains("lambda") => Err(unreadable(text, WHAT_A_FUNCTION_IS)),
            Some(_) | None => Err(unreadable(text, WHAT_IS_READ)),
        }
    }
}

struct Reader<'t> {
    rest: &'t str,
}

impl<'t> Reader<'t> {
    fn blank(&mut self) -> &mut Self {
        self.rest = self.rest.trim_start();
        self
    }

    fn skip(&mut self, character: char) -> bool {
        match self.blank().rest.strip_prefix(character) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn name(&mut self) -> Option<&'t str> {
        let rest = self.blank().rest;
        let is_part = |character: char| character.is_ascii_alphanumeric() || character == '_';
        let end = rest.find(|character| !is_part(character)).unwrap_or(rest.len());
        let (name, rest) = rest.split_at(end);
        if name.is_empty() || name.starts_with(|first: char| first.is_ascii_digit()) {
            return None;
        }
        self.rest = rest;
        Some(name)
    }

    fn call(&mut self, nesting: usize) -> Option<Call<'t>> {
        let mut path = vec![self.name()?];
        while self.skip('.') {
            path.push(self.name()?);
        }
        let arguments = if self.skip('(') { Some(self.arguments(nesting + 1)?) } else { None };
        Some(Call { path, arguments })
    }

    /// The arguments after `(`, up to and with `)`.
    fn arguments(&mut self, nesting: usize) -> Option<Vec<Argument<'t>>> {
        let mut arguments = Vec::new();
        loop {
            if self.skip(')') {
                return Some(arguments);
            }
            arguments.push(self.argument(nesting)?);
            if !self.skip(',') && !self.blank().rest.starts_with(')') {
                return None;
            }
        }
    }

    fn argument(&mut self, nesting: usize) -> Option<Argument<'t>> {
        if nesting > MAX_NESTING {
            return None;
        }
        if let Some(mut text) = self.quoted().map(Cow::Borrowed) {
            while let Some(more) = self.quoted() {
                text.to_mut().push_str(more);
            }
            return Some(Argument::Text(text));
        }
        let start = self.rest;
        if self.name() == Some("lambda") {
            return self.lambda(nesting).map(Argument::Lambda);
        }
        self.rest = start;
        self.call(nesting).map(Argument::Call)
    }

    /// The parameters and the body after `lambda`.
    fn lambda(&mut self, nesting: usize) -> Option<Lambda<'t>> {
        let mut parameters = Vec::new();
        let mut rest = None;
        while !self.skip(':') {
            if self.skip('*') {
                rest = Some(self.name()?);
                if !self.skip(':') {
                    return None;
                }
                break;
            }
            parameters.push(self.name()?);
            if !self.skip(',') && !self.blank().rest.starts_with(':') {
                return None;
            }
        }
        let body = Box::new(self.argument(nesting + 1)?);
        Some(Lambda { parameters, rest, body })
    }

    /// A text in quotes, `f` before it or not.
    fn quoted(&mut self) -> Option<&'t str> {
        let start = self.blank().rest;
        let body = start.strip_prefix(['f', 'F']);
        let is_formatted = body.is_some();
        let body = body.unwrap_or(start);
        let quote = *body.as_bytes().first().filter(|first| matches!(first, b'"' | b'\''))?;
        let body = body.get(1..)?;
        // Braces that do not balance are reported where the text is read.
        let end =
            quote_end(body, quote, is_formatted, 0).or_else(|| quote_end(body, quote, false, 0))?;
        self.rest = body.get(end + 1..)?;
        body.get(..end)
    }
}

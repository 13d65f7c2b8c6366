//! What stands between braces: a dotted path, maybe called with arguments.

use crate::Error;

/// `a.b.c` or `a.b.c(arguments)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Call<'t> {
    pub(super) path: Vec<&'t str>,
    pub(super) arguments: Option<Vec<Argument<'t>>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Argument<'t> {
    /// The inside of a quoted text, as it was written.
    Text(&'t str),
    Call(Call<'t>),
    /// `lambda ...: ...`
    Function,
}

/// The byte of the `}` that closes a reference whose inside is at the start of `text`.
///
/// Braces inside quoted arguments are theirs.
pub(super) fn closing_brace(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    let mut quote = None;
    let mut is_escaped = false;
    for (offset, byte) in text.bytes().enumerate() {
        if is_escaped {
            is_escaped = false;
            continue;
        }
        match (byte, quote) {
            (b'\\', _) => is_escaped = true,
            (b'"' | b'\'', None) => quote = Some(byte),
            (_, Some(open)) if open == byte => quote = None,
            (b'{', None) => depth += 1,
            (b'}', None) if depth == 0 => return Some(offset),
            (b'}', None) => depth -= 1,
            _ => {}
        }
    }
    // An odd quote is the SQL's own (`{a's}`): the nearest brace makes the better sentence.
    text.find('}')
}

/// What braces may hold.
const WHAT_IS_READ: &str = "write `{member}`, `{cube.member}` or `{CUBE}.column`, \
                            or `\\{` for a literal brace";

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
        match reader.call() {
            Some(call) if reader.blank().rest.is_empty() => Ok(call),
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

    fn call(&mut self) -> Option<Call<'t>> {
        let mut path = vec![self.name()?];
        while self.skip('.') {
            path.push(self.name()?);
        }
        let arguments = if self.skip('(') { Some(self.arguments()?) } else { None };
        Some(Call { path, arguments })
    }

    /// The arguments after `(`, up to and with `)`.
    fn arguments(&mut self) -> Option<Vec<Argument<'t>>> {
        let mut arguments = Vec::new();
        loop {
            if self.skip(')') {
                return Some(arguments);
            }
            arguments.push(self.argument()?);
            if matches!(arguments.last(), Some(Argument::Function)) {
                // What a function holds is not read: it is refused whatever it says.
                self.rest = "";
                return Some(arguments);
            }
            if !self.skip(',') && !self.blank().rest.starts_with(')') {
                return None;
            }
        }
    }

    fn argument(&mut self) -> Option<Argument<'t>> {
        if let Some(text) = self.quoted() {
            return Some(Argument::Text(text));
        }
        if self.blank().rest.starts_with("lambda") {
            return Some(Argument::Function);
        }
        // The arguments of arguments are texts: `FILTER_GROUP(FILTER_PARAMS...filter('x'))`.
        let mut path = vec![self.name()?];
        while self.skip('.') {
            path.push(self.name()?);
        }
        if !self.skip('(') {
            return Some(Argument::Call(Call { path, arguments: None }));
        }
        let mut arguments = Vec::new();
        while !self.skip(')') {
            if self.blank().rest.starts_with("lambda") {
                self.rest = "";
                return Some(Argument::Function);
            }
            arguments.push(Argument::Text(self.quoted()?));
            if !self.skip(',') && !self.blank().rest.starts_with(')') {
                return None;
            }
        }
        Some(Argument::Call(Call { path, arguments: Some(arguments) }))
    }

    /// A text in quotes, `f` before it or not.
    fn quoted(&mut self) -> Option<&'t str> {
        let start = self.blank().rest;
        let body = start.strip_prefix(['f', 'F']).unwrap_or(start);
        let quote = body.chars().next().filter(|first| matches!(first, '"' | '\''))?;
        let body = body.get(1..)?;
        let mut is_escaped = false;
        for (offset, character) in body.char_indices() {
            if is_escaped {
                is_escaped = false;
            } else if character == '\\' {
                is_escaped = true;
            } else if character == quote {
                self.rest = body.get(offset + 1..)?;
                return body.get(..offset);
            }
        }
        None
    }
}

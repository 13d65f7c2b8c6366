//! The author's SQL, split into text and references that are not bound to the model yet.
//!
//! Cube turns the SQL of a YAML file into a Python f-string and that into a JavaScript template
//! (Cube 1.7.25, `packages/cubejs-schema-compiler/src/compiler/YamlCompiler.ts`): `{...}` is an
//! expression, `\{` a brace, and a backslash means what it means in a JavaScript template. Of the
//! expressions only references and the documented calls are read here; anything else between braces
//! is a mistake, never text.

mod call;
mod expression;

use model::Operator;

use crate::Error;
use crate::diagnostic::Notice;
use call::Call;
use expression::Scope;

/// A piece of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Piece {
    Text(String),
    Reference {
        /// The byte of the outermost `{` in the template's text.
        offset: usize,
        expression: Expression,
    },
}

/// What stands between two braces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Expression {
    /// `a`, `a.b` or `a.b.c`.
    Path(Vec<String>),
    /// `a.sql()`
    CubeSql(String),
    ClaimFilter {
        path: Vec<String>,
        form: Form,
        is_required: bool,
    },
    /// A claim by its bare name.
    Claim(Vec<String>),
    ClaimValue(Vec<String>),
    #[cfg_attr(not(feature = "javascript"), expect(dead_code, reason = "YAML does not compute"))]
    Computed(Computed),
    FilterParam(FilterCall),
    FilterGroup(Vec<FilterCall>),
    ConvertTimeZone(Vec<Piece>),
    UrlEncode(Vec<Piece>),
    /// A parameter of the function whose body this is, counted from 0.
    Argument(u32),
    /// All values from a parameter on, with a text between them.
    Arguments {
        from: u32,
        separator: String,
    },
}

/// What is computed from claims; [`model::Computation`] before its references are bound.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(not(feature = "javascript"), expect(dead_code, reason = "YAML does not compute"))]
pub(crate) enum Computed {
    Undefined,
    Null,
    Boolean(bool),
    Number(String),
    Text(String),
    Sql(Vec<Piece>),
    List(Vec<Computed>),
    Claim(Vec<String>),
    Element,
    Member { of: Box<Computed>, name: String },
    Operation { operator: Operator, of: Vec<Computed> },
    Refusal(String),
}

/// `FILTER_PARAMS.cube.member.filter(...)`
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FilterCall {
    pub(crate) cube: String,
    pub(crate) member: String,
    pub(crate) form: Form,
}

/// What `.filter(...)` is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Form {
    Column(Vec<Piece>),
    /// What a function returns.
    Function(Vec<Piece>),
}

/// A template with the mistakes found in it, each at the byte of an outermost `{`.
#[derive(Debug, Default)]
pub(crate) struct Parsed {
    pub(crate) pieces: Vec<Piece>,
    pub(crate) errors: Vec<(usize, Error)>,
    pub(crate) notices: Vec<Notice>,
}

/// References nested in the arguments of references.
const MAX_DEPTH: usize = 4;

/// Splits a text of SQL.
pub(crate) fn parse(text: &str) -> Parsed {
    let mut parsed = Parsed::default();
    parse_into(text, None, Scope::default(), &mut parsed);
    trim(&mut parsed.pieces);
    parsed
}

/// Splits `text`; in a nested text every mistake stands at `outer`, the brace it is nested in.
fn parse_into(text: &str, outer: Option<usize>, scope: Scope<'_>, parsed: &mut Parsed) {
    let mut literal = String::new();
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        let offset = outer.unwrap_or(text.len() - rest.len());
        let after = rest.get(character.len_utf8()..).unwrap_or_default();
        match character {
            '\\' => rest = unescape(after, offset, &mut literal, parsed),
            '{' => {
                if literal.ends_with('$') {
                    parsed.errors.push((offset, Error::DollarBrace));
                }
                let Some(end) = call::closing_brace(after) else {
                    parsed.errors.push((offset, Error::OpenBrace));
                    return;
                };
                if !literal.is_empty() {
                    parsed.pieces.push(Piece::Text(std::mem::take(&mut literal)));
                }
                let (inside, next) = after.split_at(end);
                reference(inside, offset, scope, parsed);
                rest = next.get(1..).unwrap_or_default();
            }
            _ => {
                literal.push(character);
                rest = after;
            }
        }
    }
    if !literal.is_empty() {
        parsed.pieces.push(Piece::Text(literal));
    }
}

fn reference(inside: &str, offset: usize, scope: Scope<'_>, parsed: &mut Parsed) {
    let expression = if scope.depth >= MAX_DEPTH {
        Err(call::unreadable(inside, "it is nested too deep"))
    } else {
        Call::parse(inside).and_then(|call| expression::read(inside, &call, offset, scope, parsed))
    };
    match expression {
        Ok(expression) => parsed.pieces.push(Piece::Reference { offset, expression }),
        Err(error) => parsed.errors.push((offset, error)),
    }
}

/// What a backslash and the text after it mean in a JavaScript template; gives back the rest.
fn unescape<'t>(
    after: &'t str,
    offset: usize,
    literal: &mut String,
    parsed: &mut Parsed,
) -> &'t str {
    let mut characters = after.chars();
    let Some(character) = characters.next() else {
        parsed.errors.push((offset, Error::BadEscape(' ')));
        return "";
    };
    match character {
        '{' | '}' | '\\' | '"' | '\'' | '`' => literal.push(character),
        'n' => literal.push('\n'),
        't' => literal.push('\t'),
        'r' => literal.push('\r'),
        '\n' => {}
        // JavaScript's other escapes make control characters or are errors.
        'b' | 'f' | 'v' | 'x' | 'u' | '0'..='9' => {
            parsed.errors.push((offset, Error::BadEscape(character)));
        }
        _ => {
            parsed.notices.push(Notice::DroppedBackslash(character));
            literal.push(character);
        }
    }
    characters.as_str()
}

/// Takes blanks off both ends, but not the line end that closes a `--` comment.
pub(crate) fn trim(pieces: &mut Vec<Piece>) {
    if let Some(Piece::Text(text)) = pieces.first_mut() {
        *text = text.trim_start().to_owned();
    }
    if let Some(Piece::Text(text)) = pieces.last_mut() {
        let trimmed = text.trim_end();
        let last_line = trimmed.rsplit('\n').next().unwrap_or_default();
        *text = if last_line.contains("--") { format!("{trimmed}\n") } else { trimmed.to_owned() };
    }
    pieces.retain(|piece| !matches!(piece, Piece::Text(text) if text.is_empty()));
}

#[cfg(test)]
mod tests;

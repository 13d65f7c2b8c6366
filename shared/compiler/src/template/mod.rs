//! The author's SQL, split into text and references that are not bound to the model yet.
//!
//! Cube turns the SQL of a YAML file into a Python f-string and that into a JavaScript template
//! (Cube 1.7.25, `packages/cubejs-schema-compiler/src/compiler/YamlCompiler.ts`): `{...}` is an
//! expression, `\{` a brace, and a backslash means what it means in a JavaScript template. Of the
//! expressions only references and the documented calls are read here; anything else between braces
//! is a mistake, never text.

mod call;

use crate::Error;
use crate::diagnostic::Notice;
use call::Call;

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
        column: Vec<Piece>,
        is_required: bool,
    },
    ClaimValue(Vec<String>),
    FilterParam(FilterCall),
    FilterGroup(Vec<FilterCall>),
    ConvertTimeZone(Vec<Piece>),
}

/// `FILTER_PARAMS.cube.member.filter(column)`
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FilterCall {
    pub(crate) cube: String,
    pub(crate) member: String,
    pub(crate) column: Vec<Piece>,
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
    parse_into(text, None, 0, &mut parsed);
    trim(&mut parsed.pieces);
    parsed
}

/// Splits `text`; in a nested text every mistake stands at `outer`, the brace it is nested in.
fn parse_into(text: &str, outer: Option<usize>, depth: usize, parsed: &mut Parsed) {
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
                reference(inside, offset, depth, parsed);
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

fn reference(inside: &str, offset: usize, depth: usize, parsed: &mut Parsed) {
    let expression = if depth >= MAX_DEPTH {
        Err(call::unreadable(inside, "it is nested too deep"))
    } else {
        Call::parse(inside).and_then(|call| expression(inside, &call, offset, depth, parsed))
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
fn trim(pieces: &mut Vec<Piece>) {
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

/// Reads a call as one of the expressions Cube documents.
fn expression(
    inside: &str,
    call: &Call<'_>,
    offset: usize,
    depth: usize,
    parsed: &mut Parsed,
) -> Result<Expression, Error> {
    let mut nested = Nested { offset, depth: depth + 1, parsed };
    match call.path.as_slice() {
        [
            "SECURITY_CONTEXT" | "USER_CONTEXT" | "securityContext" | "security_context",
            claim @ ..,
        ] => nested.claim(claim, call),
        ["FILTER_PARAMS", ..] => Ok(Expression::FilterParam(nested.filter_param(inside, call)?)),
        ["FILTER_GROUP"] => nested.filter_group(inside, call),
        ["SQL_UTILS", function @ ..] => nested.sql_utils(function, call),
        ["COMPILE_CONTEXT", ..] => Err(Error::Unsupported("COMPILE_CONTEXT is")),
        ["userAttributes" | "user_attributes", ..] => {
            Err(Error::Unsupported("`userAttributes` is"))
        }
        [cube, "sql"] if call.arguments.as_ref().is_some_and(Vec::is_empty) => {
            Ok(Expression::CubeSql((*cube).to_owned()))
        }
        _ if call.arguments.is_some() => Err(call::unreadable(inside, "there is no such function")),
        path => Ok(Expression::Path(path.iter().map(|part| (*part).to_owned()).collect())),
    }
}

/// Where texts inside a reference are read.
struct Nested<'p> {
    offset: usize,
    depth: usize,
    parsed: &'p mut Parsed,
}

impl Nested<'_> {
    fn claim(&mut self, path: &[&str], call: &Call<'_>) -> Result<Expression, Error> {
        let owned = |path: &[&str]| path.iter().map(|part| (*part).to_owned()).collect::<Vec<_>>();
        let Some(arguments) = &call.arguments else {
            let path = if path.is_empty() { "claim".to_owned() } else { path.join(".") };
            return Err(Error::BareClaim { path });
        };
        let (Some((function, claim)), false) = (path.split_last(), path.len() < 2) else {
            return Err(Error::BareClaim { path: "claim".to_owned() });
        };
        let path = owned(claim);
        match *function {
            "filter" => {
                let column = self.column(call, arguments)?;
                Ok(Expression::ClaimFilter { path, column, is_required: false })
            }
            "requiredFilter" | "required_filter" => {
                let column = self.column(call, arguments)?;
                Ok(Expression::ClaimFilter { path, column, is_required: true })
            }
            "unsafeValue" | "unsafe_value" if arguments.is_empty() => {
                Ok(Expression::ClaimValue(path))
            }
            "unsafeValue" | "unsafe_value" => {
                let function = call.path.join(".");
                Err(Error::BadArguments { function, takes: "no argument" })
            }
            _ => Err(Error::BareClaim { path: claim.join(".") }),
        }
    }

    fn filter_param(&mut self, inside: &str, call: &Call<'_>) -> Result<FilterCall, Error> {
        match (call.path.as_slice(), &call.arguments) {
            (["FILTER_PARAMS", cube, member, "filter"], Some(arguments)) => Ok(FilterCall {
                cube: (*cube).to_owned(),
                member: (*member).to_owned(),
                column: self.column(call, arguments)?,
            }),
            _ => Err(call::unreadable(
                inside,
                "write `{FILTER_PARAMS.cube.member.filter('column')}`",
            )),
        }
    }

    fn filter_group(&mut self, inside: &str, call: &Call<'_>) -> Result<Expression, Error> {
        let takes = "one or more `FILTER_PARAMS.cube.member.filter('column')`";
        let bad = || Error::BadArguments { function: "FILTER_GROUP".to_owned(), takes };
        let mut params = Vec::new();
        for argument in call.arguments.as_ref().ok_or_else(bad)? {
            match argument {
                call::Argument::Call(call) if call.path.first() == Some(&"FILTER_PARAMS") => {
                    params.push(self.filter_param(inside, call)?);
                }
                call::Argument::Call(_) | call::Argument::Text(_) | call::Argument::Function => {
                    return Err(bad());
                }
            }
        }
        if params.is_empty() { Err(bad()) } else { Ok(Expression::FilterGroup(params)) }
    }

    fn sql_utils(&mut self, function: &[&str], call: &Call<'_>) -> Result<Expression, Error> {
        match (function, &call.arguments) {
            (["convertTz" | "convert_tz"], Some(arguments)) => {
                Ok(Expression::ConvertTimeZone(self.column(call, arguments)?))
            }
            (["urlEncode" | "url_encode"], _) => {
                Err(Error::Unsupported("`SQL_UTILS.urlEncode` is"))
            }
            _ => Err(call::unreadable(
                &call.path.join("."),
                "write `{SQL_UTILS.convertTz('column')}`",
            )),
        }
    }

    /// The one argument of a filter: a text that may hold references itself.
    fn column(
        &mut self,
        call: &Call<'_>,
        arguments: &[call::Argument<'_>],
    ) -> Result<Vec<Piece>, Error> {
        match arguments {
            [call::Argument::Text(text)] => {
                let mut parsed = Parsed::default();
                parse_into(text, Some(self.offset), self.depth, &mut parsed);
                trim(&mut parsed.pieces);
                self.parsed.errors.append(&mut parsed.errors);
                self.parsed.notices.append(&mut parsed.notices);
                if parsed.pieces.is_empty() {
                    let function = call.path.join(".");
                    return Err(Error::BadArguments {
                        function,
                        takes: "a column that is not empty",
                    });
                }
                Ok(parsed.pieces)
            }
            [call::Argument::Function] => {
                Err(Error::Unsupported("a function as the argument of a filter is"))
            }
            _ => {
                let takes = "one column in quotes, such as `'user_id'` or `f\"{CUBE}.user_id\"`";
                Err(Error::BadArguments { function: call.path.join("."), takes })
            }
        }
    }
}

#[cfg(test)]
mod tests;

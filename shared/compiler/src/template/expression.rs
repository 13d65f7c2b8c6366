//! What the calls between braces mean.

use super::call::{self, Argument, Call, Lambda};
use super::{Expression, FilterCall, Form, MAX_DEPTH, Parsed, Piece, parse_into, trim};
use crate::Error;

/// Where a text stands.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Scope<'s> {
    /// In how many references.
    pub(super) depth: usize,
    /// In which function's body.
    function: Option<&'s Function<'s>>,
}

/// The function whose body is read.
#[derive(Debug)]
struct Function<'s> {
    lambda: &'s Lambda<'s>,
    /// Whether its first parameter is a whole claim, which may be a list.
    is_of_a_claim: bool,
}

/// Reads a call as one of the expressions Cube documents.
pub(super) fn read(
    inside: &str,
    call: &Call<'_>,
    offset: usize,
    scope: Scope<'_>,
    parsed: &mut Parsed,
) -> Result<Expression, Error> {
    if let Some(argument) = scope.function.and_then(|function| function.argument(call)) {
        return Ok(argument);
    }
    let mut nested = Nested { offset, depth: scope.depth + 1, parsed };
    match call.path.as_slice() {
        [
            "SECURITY_CONTEXT" | "USER_CONTEXT" | "securityContext" | "security_context",
            claim @ ..,
        ] => nested.claim(claim, call),
        ["FILTER_PARAMS", ..] => Ok(Expression::FilterParam(nested.filter_param(inside, call)?)),
        ["FILTER_GROUP"] => nested.filter_group(inside, call),
        ["SQL_UTILS", function @ ..] => nested.sql_utils(function, call, scope),
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

impl Function<'_> {
    /// A reference to one of its parameters: `x`, or `x.join(', ')` of one that holds several
    /// values.
    fn argument(&self, call: &Call<'_>) -> Option<Expression> {
        let Lambda { parameters, rest, .. } = self.lambda;
        let (name, separator) = match (call.path.as_slice(), call.arguments.as_deref()) {
            ([name], None) => (*name, None),
            ([name, "join"], Some([Argument::Text(separator)])) => (*name, Some(separator)),
            _ => return None,
        };
        if *rest == Some(name) {
            let from = u32::try_from(parameters.len()).unwrap_or(u32::MAX);
            let separator = separator.map_or(",", |text| text).to_owned();
            return Some(Expression::Arguments { from, separator });
        }
        let place = parameters.iter().position(|parameter| *parameter == name)?;
        let place = u32::try_from(place).unwrap_or(u32::MAX);
        match separator {
            None => Some(Expression::Argument(place)),
            Some(separator) if self.is_of_a_claim => {
                Some(Expression::Arguments { from: place, separator: separator.to_string() })
            }
            Some(_) => None,
        }
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
            if path.is_empty() {
                return Err(Error::BareClaim { path: "claim".to_owned() });
            }
            return Ok(Expression::Claim(owned(path)));
        };
        let (Some((function, claim)), false) = (path.split_last(), path.len() < 2) else {
            return Err(Error::BareClaim { path: "claim".to_owned() });
        };
        let path = owned(claim);
        match *function {
            "filter" => {
                let form = self.form(call, arguments, true)?;
                Ok(Expression::ClaimFilter { path, form, is_required: false })
            }
            "requiredFilter" | "required_filter" => {
                let form = self.form(call, arguments, true)?;
                Ok(Expression::ClaimFilter { path, form, is_required: true })
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
                form: self.form(call, arguments, false)?,
            }),
            (["FILTER_PARAMS", _, _, "time_shifts" | "timeShifts", ..], _) => {
                Err(Error::Unsupported("`time_shifts` in FILTER_PARAMS is"))
            }
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
                Argument::Call(call) if call.path.first() == Some(&"FILTER_PARAMS") => {
                    params.push(self.filter_param(inside, call)?);
                }
                Argument::Call(_) | Argument::Text(_) | Argument::Lambda(_) => return Err(bad()),
            }
        }
        if params.is_empty() { Err(bad()) } else { Ok(Expression::FilterGroup(params)) }
    }

    fn sql_utils(
        &mut self,
        function: &[&str],
        call: &Call<'_>,
        scope: Scope<'_>,
    ) -> Result<Expression, Error> {
        let Some(arguments) = &call.arguments else {
            return Err(call::unreadable(
                &call.path.join("."),
                "write `{SQL_UTILS.convertTz('column')}`",
            ));
        };
        match function {
            ["convertTz" | "convert_tz"] => {
                Ok(Expression::ConvertTimeZone(self.sql(call, arguments, scope)?))
            }
            ["urlEncode" | "url_encode"] => {
                Ok(Expression::UrlEncode(self.sql(call, arguments, scope)?))
            }
            _ => Err(call::unreadable(
                &call.path.join("."),
                "write `{SQL_UTILS.convertTz('column')}` or `{SQL_UTILS.urlEncode('text')}`",
            )),
        }
    }

    /// The one argument of a filter: a column, or a function over the filter's values.
    fn form(
        &mut self,
        call: &Call<'_>,
        arguments: &[Argument<'_>],
        is_of_a_claim: bool,
    ) -> Result<Form, Error> {
        let [Argument::Lambda(lambda)] = arguments else {
            let takes = "one column in quotes, such as `'user_id'` or `f\"{CUBE}.user_id\"`, or a \
                         function, such as `lambda x: f\"user_id = {x}\"`";
            return match arguments {
                [Argument::Text(text)] => self
                    .text(call, text, Scope { depth: self.depth, function: None })
                    .map(Form::Column),
                _ => Err(Error::BadArguments { function: call.path.join("."), takes }),
            };
        };
        if is_of_a_claim && lambda.parameters.len() + usize::from(lambda.rest.is_some()) > 1 {
            let takes = "a function of one parameter: the claim, or all elements of a list";
            return Err(Error::BadArguments { function: call.path.join("."), takes });
        }
        let function = Function { lambda, is_of_a_claim };
        let scope = Scope { depth: self.depth, function: Some(&function) };
        self.sql(call, std::slice::from_ref(&*lambda.body), scope).map(Form::Function)
    }

    /// One argument that is SQL: a text that may hold references itself, or a reference.
    fn sql(
        &mut self,
        call: &Call<'_>,
        arguments: &[Argument<'_>],
        scope: Scope<'_>,
    ) -> Result<Vec<Piece>, Error> {
        let scope = Scope { depth: self.depth, ..scope };
        match arguments {
            [Argument::Text(text)] => self.text(call, text, scope),
            [Argument::Call(inner)] if scope.depth < MAX_DEPTH => {
                let inside = inner.path.join(".");
                let expression = read(&inside, inner, self.offset, scope, self.parsed)?;
                Ok(vec![Piece::Reference { offset: self.offset, expression }])
            }
            _ => {
                let takes = "one text in quotes, such as `'created_at'`, or one reference";
                Err(Error::BadArguments { function: call.path.join("."), takes })
            }
        }
    }

    fn text(&mut self, call: &Call<'_>, text: &str, scope: Scope<'_>) -> Result<Vec<Piece>, Error> {
        let mut parsed = Parsed::default();
        parse_into(text, Some(self.offset), scope, &mut parsed);
        trim(&mut parsed.pieces);
        let is_whole = parsed.errors.is_empty();
        self.parsed.errors.append(&mut parsed.errors);
        self.parsed.notices.append(&mut parsed.notices);
        if is_whole && parsed.pieces.is_empty() {
            let function = call.path.join(".");
            return Err(Error::BadArguments { function, takes: "a text that is not empty" });
        }
        Ok(parsed.pieces)
    }
}

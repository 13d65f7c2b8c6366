//! The values that stand in the places of a function's parameters.

use std::borrow::Cow;

use sql::Fragment;

use super::Env;
use crate::Error;
use crate::slots::{Slots, Source, Subject};

/// The value of one parameter of the function that is being written.
///
/// # Errors
/// [`Error::TooFewValues`] when the filter has none for it.
pub(super) fn one<'a>(
    env: &Env<'a>,
    slots: &mut Slots,
    place: u32,
) -> Result<Vec<Fragment<'a>>, Error> {
    let values = match slots.arguments() {
        // The first parameter of a claim's function is the whole claim, a list or not.
        Some(arguments) if matches!(arguments.subject, Subject::Claim(_)) && place == 0 => {
            arguments.values.clone()
        }
        Some(arguments) => {
            arguments.values.get(place as usize).cloned().into_iter().collect::<Vec<_>>()
        }
        None => Vec::new(),
    };
    if values.is_empty() {
        return Err(too_few(env, slots));
    }
    Ok(joined(slots, values, ","))
}

/// The values of all parameters from a place on, with the author's text between them.
///
/// # Errors
/// [`Error::TooFewValues`] when there is none.
pub(super) fn rest<'a>(
    env: &Env<'a>,
    slots: &mut Slots,
    from: u32,
    separator: &'a str,
) -> Result<Vec<Fragment<'a>>, Error> {
    let values: Vec<Source> = slots
        .arguments()
        .map(|arguments| arguments.values.iter().skip(from as usize).cloned().collect())
        .unwrap_or_default();
    if values.is_empty() {
        return Err(too_few(env, slots));
    }
    Ok(joined(slots, values, separator))
}

/// Parameters with text between them, each with a number of its own: the author may use one value
/// as several types.
pub(super) fn joined<'a>(
    slots: &mut Slots,
    values: Vec<Source>,
    separator: &'a str,
) -> Vec<Fragment<'a>> {
    let mut fragments = Vec::with_capacity(values.len() * 2);
    for value in values {
        if !fragments.is_empty() {
            fragments.push(Fragment::Text(Cow::Borrowed(separator)));
        }
        fragments.push(Fragment::Expr(slots.scoped(|slots| slots.parameter(value))));
    }
    fragments
}

fn too_few(env: &Env<'_>, slots: &Slots) -> Error {
    match slots.arguments() {
        Some(arguments) => match &arguments.subject {
            Subject::Member(id) => Error::TooFewValues {
                path: env.model.path(*id).to_owned(),
                given: arguments.values.len(),
            },
            Subject::Claim(path) => Error::UnusableClaim(path.clone()),
        },
        // The compiler lets a parameter stand in the body of its function only.
        None => Error::TooFewValues { path: String::new(), given: 0 },
    }
}
